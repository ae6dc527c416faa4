package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

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
// new. It returns how many matters moved. Where two must do it, it is only asked for, with the reason: asked is not nil.
func (d *Desk) Publish(ctx context.Context, who actor.Actor, text, reason string) (moved int, asked *Ask, err error) {
	if err := admin(who); err != nil {
		return 0, nil, err
	}
	year, err := readYear(text)
	if err != nil {
		return 0, nil, err
	}
	if d.Eyes > 0 {
		n, err := publishedYears(ctx, d.DB)
		if err != nil {
			return 0, nil, err
		}
		a, err := d.ask(ctx, who, newCalendar, "", "", yearLine(year), asYear{text, n}, reason)
		return 0, &a, err
	}
	if err := d.DB.Write(ctx, func(tx *db.Tx) error { return d.putYear(ctx, tx, who, text, strings.TrimSpace(reason)) }); err != nil {
		return 0, nil, fmt.Errorf("desk.Publish: %w", err)
	}
	d.calendar.Store(d.Calendar().With(year))
	moved, err = d.Recalendar(ctx) // broken off, it goes on at the next start
	return moved, nil, err
}

// yearLine is a calendar in one line: its year, its source and every day that is not as in other years, for whoever agrees.
func yearLine(y calendar.Year) string {
	line := []string{strconv.Itoa(y.Year), y.Source}
	for _, list := range []struct {
		title string
		spans []calendar.Span
	}{{"放假", y.Off}, {"上班", y.Work}} {
		var days []string
		for _, s := range list.spans {
			days = append(days, strings.TrimSpace(strings.TrimSuffix(string(s.From)+"—"+string(s.To), "—")+" "+s.Name))
		}
		if len(days) > 0 {
			line = append(line, list.title+"："+strings.Join(days, "，"))
		}
	}
	return strings.Join(line, " · ")
}

func (d *Desk) putYear(ctx context.Context, tx *db.Tx, who actor.Actor, text, detail string) error {
	year, err := readYear(text)
	if err != nil {
		return err
	}
	if err := actor.Record(ctx, tx, who, "calendar", "", strings.TrimSpace(strconv.Itoa(year.Year)+" "+detail), d.Now()); err != nil {
		return err
	}
	if err := tx.Mark(ctx, calendarMark); err != nil {
		return err
	}
	return tx.Put(ctx, `INSERT INTO calendar_year (id, data, by, at) VALUES ($1, $2, $3, $4)`, matter.NewID(), text, who.ID, d.Now().UnixMilli())
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
