package desk

import (
	"context"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/work/matter"
)

// admin refuses whoever is not an administrator.
func admin(who actor.Actor) error {
	if who.Kind == actor.System || who.HasAny(actor.Admin) {
		return nil
	}
	if !who.SignedIn() {
		return signIn()
	}
	return words.Refuse(words.Forbidden, "not-an-administrator", "这一步须由系统管理员来做。")
}

// Publish takes in the calendar of a year, or a local closure, as YAML in the form of rules/calendars. Every
// clock that still runs is computed again; a last day that moves is recorded in its matter, the old beside the
// new. It returns how many matters moved.
func (d *Desk) Publish(ctx context.Context, who actor.Actor, text string) (moved int, err error) {
	if err := admin(who); err != nil {
		return 0, err
	}
	year, err := readYear(text)
	if err != nil {
		return 0, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Record(ctx, tx, who, "calendar", "", strconv.Itoa(year.Year), d.Now()); err != nil {
			return err
		}
		if err := tx.Mark(ctx, calendarMark); err != nil {
			return err
		}
		return tx.Put(ctx, `INSERT INTO calendar_year (id, data, by, at) VALUES ($1, $2, $3, $4)`, matter.NewID(), text, who.ID, d.Now().UnixMilli())
	})
	if err != nil {
		return 0, fmt.Errorf("desk.Publish: %w", err)
	}
	d.calendar.Store(d.Calendar().With(year))
	return d.Recalendar(ctx) // broken off, it goes on at the next start
}

const calendarMark = "calendar"

// Refresh takes in what another node changed of bodies, posts and the calendar, and at midnight what the new day changes:
// a post that begins or ends. The program calls it every few seconds; until then a node answers as of the change before.
func (d *Desk) Refresh(ctx context.Context) error {
	if err := d.Vault.Refresh(); err != nil {
		return err
	}
	marks, err := d.DB.Marks(ctx)
	if err != nil {
		return err
	}
	d.fresh.mu.Lock()
	defer d.fresh.mu.Unlock()
	today := d.Today()
	if d.fresh.marks == nil || d.fresh.day != today || d.fresh.marks[org.Mark] != marks[org.Mark] {
		if err := d.Offices.Reload(ctx, d.DB, today); err != nil {
			return err
		}
	}
	if d.fresh.marks[calendarMark] != marks[calendarMark] {
		if err := d.LoadCalendar(ctx); err != nil {
			return err
		}
	}
	d.fresh.marks, d.fresh.day = marks, today
	return nil
}

func readYear(text string) (calendar.Year, error) {
	var year calendar.Year
	err := yaml.Unmarshal([]byte(text), &year)
	if err == nil {
		err = year.Check()
	}
	if err != nil {
		return year, words.Refuse(words.Invalid, "calendar", "这份日历有错，没有采用：{why}", "why", err.Error()).At("year", "请按国务院办公厅通知逐日核对。")
	}
	return year, nil
}

// Recalendar computes again what an older calendar counted. The program calls it after a start.
func (d *Desk) Recalendar(ctx context.Context) (moved int, err error) {
	return d.Matters.Recalendar(ctx, d.DB, d.Now())
}

// LoadCalendar lays the years published since over the calendar that the program brought, at start.
func (d *Desk) LoadCalendar(ctx context.Context) error {
	var years []calendar.Year
	err := d.DB.Each(ctx, `SELECT data FROM calendar_year ORDER BY id`, nil, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		year, err := readYear(text)
		years = append(years, year)
		return err
	})
	if err != nil || len(years) == 0 {
		return err
	}
	d.calendar.Store(d.Calendar().With(years...))
	return nil
}
