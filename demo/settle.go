package demo

import (
	"context"
	"fmt"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

// Settle puts the county's villages, the bodies and their officers into an empty database. Accounts have no
// password: whoever runs the demonstration signs in through its own page.
func Settle(ctx context.Context, d *desk.Desk, c *Content, land Land, now time.Time) error {
	r, err := d.Places.Import(ctx, division.DemoVillages(), nil)
	if err != nil {
		return fmt.Errorf("demo.Settle: villages: %w", err)
	}
	if len(r.Faults) > 0 {
		return fmt.Errorf("demo.Settle: villages: %v", r.Faults[0])
	}
	officers := c.Officers(land)
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, o := range c.Bodies(land) {
			if err := org.Put(ctx, tx, o); err != nil {
				return err
			}
		}
		for _, o := range officers {
			if err := o.put(ctx, tx, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("demo.Settle: %w", err)
	}
	return d.Offices.Reload(ctx, d.DB, calendar.DayOf(now))
}

func (o Officer) put(ctx context.Context, tx *db.Tx, now time.Time) error {
	if err := actor.PutPerson(ctx, tx, actor.Person{ID: o.ID, Name: o.Name}); err != nil {
		return err
	}
	if err := actor.PutPost(ctx, tx, o.ID, actor.Post{ID: o.ID, Org: o.Org, Title: o.Title, Powers: o.Powers, From: Since}); err != nil {
		return err
	}
	return actor.PutAccount(ctx, tx, o.ID, o.ID, now.UnixMilli())
}
