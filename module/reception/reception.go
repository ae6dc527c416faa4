// Package reception keeps on which days a body receives whoever comes in person, and works out the next of them.
//
// That time and place are public is law (信访工作条例第十八条第一款). How often and by whom is each body's own setting.
package reception

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
)

// Last is the Nth of a weekday that is the last one of its month.
const Last = 5

// A Reception is one rule of a body.
type Reception struct {
	ID, Org          string
	Host, Spot, Note string
	Weekday          int            // 1 Monday to 7 Sunday; 0 where Days are named
	Nth              int            // 0 each week, 1 to 4 of the month, Last
	Days             []calendar.Day // named one by one, in order
	Opens, Closes    string         // 09:00
	By               string
	At               time.Time
	Ended            bool // taken off
}

// Next are the days from the first to the last on which it is held. A weekday that is a public holiday is none; a day that
// is named is, whatever day it is.
func (r Reception) Next(cal *calendar.Calendar, first, last calendar.Day) (list []calendar.Day) {
	if r.Weekday == 0 {
		for _, d := range r.Days {
			if d >= first && d <= last {
				list = append(list, d)
			}
		}
		return list
	}
	for d := first; d <= last; d = d.Add(1) {
		if r.falls(d) && cal.Workday(d) {
			list = append(list, d)
		}
	}
	return list
}

func (r Reception) falls(d calendar.Day) bool {
	if int(d.Weekday()) != r.Weekday%7 {
		return false
	}
	switch month := d.Start().Day(); r.Nth {
	case 0:
		return true
	case Last:
		return d.Add(7).Start().Month() != d.Start().Month()
	default:
		return (month-1)/7+1 == r.Nth
	}
}

// Begins is when it opens on the day, Ends when it closes.
func (r Reception) Begins(d calendar.Day) time.Time { return moment(d, r.Opens) }

// Ends is when it closes on the day.
func (r Reception) Ends(d calendar.Day) time.Time { return moment(d, r.Closes) }

func moment(d calendar.Day, clock string) time.Time {
	at, _ := calendar.ParseMinute(string(d) + " " + clock)
	return at
}

const columns = `SELECT r.id, r.org, r.host, r.spot, r.note, r.weekday, r.nth, r.days, r.opens, r.closes, r.by_person, r.at, r.ended_at FROM reception r`

func rows(ctx context.Context, r db.Reader, where string, args ...any) (list []Reception, err error) {
	err = r.Each(ctx, columns+where, args, func(scan func(...any) error) error {
		var x Reception
		var days string
		var at, ended int64
		if err := scan(&x.ID, &x.Org, &x.Host, &x.Spot, &x.Note, &x.Weekday, &x.Nth, &days, &x.Opens, &x.Closes, &x.By, &at, &ended); err != nil {
			return err
		}
		for _, d := range strings.Fields(days) {
			x.Days = append(x.Days, calendar.Day(d))
		}
		x.At, x.Ended = time.UnixMilli(at), ended != 0
		list = append(list, x)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reception: %w", err)
	}
	return list, nil
}

// All are those of every body that hold, body by body.
func All(ctx context.Context, r db.Reader) ([]Reception, error) {
	return rows(ctx, r, ` WHERE r.ended_at = 0 ORDER BY r.org, r.at, r.id`)
}

// Of are those of the body that hold.
func Of(ctx context.Context, r db.Reader, org string) ([]Reception, error) {
	return rows(ctx, r, ` WHERE r.org = $1 AND r.ended_at = 0 ORDER BY r.at, r.id`, org)
}

// Put enters one.
func Put(ctx context.Context, tx *db.Tx, x Reception) error {
	var days []string
	for _, d := range slices.Sorted(slices.Values(x.Days)) {
		days = append(days, string(d))
	}
	err := tx.Put(ctx, `INSERT INTO reception (id, org, host, spot, note, weekday, nth, days, opens, closes, by_person, at, ended_by, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 0)`,
		x.ID, x.Org, x.Host, x.Spot, x.Note, x.Weekday, x.Nth, strings.Join(days, " "), x.Opens, x.Closes, x.By, x.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("reception.Put: %w", err)
	}
	return nil
}

// End takes one of the body off; ok is false where there is none that holds.
func End(ctx context.Context, tx *db.Tx, org, id, by string, at time.Time) (ok bool, err error) {
	n, err := tx.Exec(ctx, `UPDATE reception SET ended_by = $3, ended_at = $4 WHERE id = $1 AND org = $2 AND ended_at = 0`, id, org, by, at.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("reception.End %s: %w", id, err)
	}
	return n == 1, nil
}

// A Visit is the reception for which somebody said that they would come.
type Visit struct {
	Reception
	Day calendar.Day
}

// Name keeps it for the matter, in place of the one before.
func Name(ctx context.Context, tx *db.Tx, matter, id string, day calendar.Day, by string, at time.Time) error {
	if err := Forget(ctx, tx, matter); err != nil {
		return err
	}
	err := tx.Put(ctx, `INSERT INTO reception_visit (matter, reception, day, by_person, at) VALUES ($1, $2, $3, $4, $5)`, matter, id, string(day), by, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("reception.Name: %w", err)
	}
	return nil
}

// Forget takes it back.
func Forget(ctx context.Context, tx *db.Tx, matter string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM reception_visit WHERE matter = $1`, matter); err != nil {
		return fmt.Errorf("reception.Forget: %w", err)
	}
	return nil
}

// Named is the one of the matter, also where it was taken off since; ok is false where there is none.
func Named(ctx context.Context, r db.Reader, matter string) (v Visit, ok bool, err error) {
	var id string
	err = r.Row(ctx, `SELECT reception, day FROM reception_visit WHERE matter = $1`, []any{matter}, &id, (*string)(&v.Day))
	if errors.Is(err, db.ErrNotFound) {
		return v, false, nil
	}
	if err != nil {
		return v, false, fmt.Errorf("reception.Named: %w", err)
	}
	list, err := rows(ctx, r, ` WHERE r.id = $1`, id)
	if err != nil || len(list) == 0 {
		return v, false, err
	}
	v.Reception = list[0]
	return v, true, nil
}
