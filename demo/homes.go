package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/desk"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/division"
	"jishi/people/org"
)

// homeForm is the one form of the demonstration that asks about households and persons. What it asks is there only when
// the catalogue has it.
const homeForm = "demo-homes"

var homeFields = []string{"hh.resident", "hh.workforce", "hh.income", "hh.phone", "person.education", "person.labor", "person.job-months"}

// Homes gives one village forty households with their persons, invented ones, and lets the agriculture bureau's yearly
// form ask about them. The heads are the demonstration's citizens: who signs in with their number sees what is held.
func Homes(ctx context.Context, d *desk.Desk, land Land, now time.Time) error {
	day := calendar.DayOf(now)
	elements, err := table.Elements(ctx, d.DB, homeFields, day)
	if err != nil || len(elements) < len(homeFields) {
		return err
	}
	village, ok := d.Offices.Tree().Get("village-1-1")
	if !ok {
		return nil
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := askHomes(ctx, tx, land, elements, now); err != nil {
			return fmt.Errorf("demo.Homes: %w", err)
		}
		for h := range 40 {
			if err := home(ctx, tx, d, village, elements, h, now); err != nil {
				return fmt.Errorf("demo.Homes: %w", err)
			}
		}
		return nil
	})
}

func askHomes(ctx context.Context, tx *db.Tx, land Land, elements map[string]collect.Element, now time.Time) error {
	err := tx.Put(ctx, `INSERT INTO form (id, org, title, basis, purpose, level, period, place, state, why, twin, matter, layout, layout_name, seq, by_person, at, listed_at)
		VALUES ($1, 'county-agriculture', '农户基本情况年报', '乡村振兴促进工作要求', '掌握农户就业和收入', 'village', 'year', $2, 'listed', '', '', '', '', '', 1, 'demo', $3, $3)`,
		homeForm, land.County.Code, now.AddDate(0, 0, -40).UnixMilli())
	for i, id := range homeFields {
		if err == nil {
			err = tx.Put(ctx, `INSERT INTO form_field (form, n, label, element, kind, type, unit, sheet, line, col, below, samples, note, decided, decided_at)
				VALUES ($1, $2, $3, $4, 'new', $5, $6, '', 0, 0, FALSE, '[]', '', 'demo', $7)`, homeForm, i+1, elements[id].Title, id, elements[id].Type, elements[id].Unit, now.UnixMilli())
		}
	}
	return err
}

// home is one household with its persons and some of their cells.
func home(ctx context.Context, tx *db.Tx, d *desk.Desk, village org.Org, elements map[string]collect.Element, h int, now time.Time) error {
	id := fmt.Sprintf("h%03d", h+1)
	s := table.Subject{Place: village.Division, ID: id, Kind: table.Household, Label: fmt.Sprintf("%d组%02d号", h/10+1, h%10+1), From: Since}
	if err := table.PutSubject(ctx, tx, s, "demo", now); err != nil {
		return err
	}
	subjects := []table.Subject{s}
	for m := range 2 + h%2 {
		who := Citizen(h+m*400, "")
		ref, _, err := d.Vault.Seal(ctx, tx, now, who)
		if err != nil {
			return err
		}
		p := table.Subject{Place: village.Division, ID: fmt.Sprintf("%s-%d", id, m+1), Kind: table.Person, Home: id, Label: who.Masked().Name, Ref: ref, From: Since}
		if err := table.PutSubject(ctx, tx, p, "demo", now); err != nil {
			return err
		}
		subjects = append(subjects, p)
	}
	f := tableFiller{d: d, tx: tx, village: village, now: now}
	for _, s := range subjects {
		for _, field := range homeFields {
			e := elements[field]
			if !strings.HasPrefix(e.ID, map[string]string{table.Household: "hh.", table.Person: "person."}[s.Kind]) || chance(s.ID+field, 100) >= 70 {
				continue
			}
			if err := f.putAbout(ctx, s.ID, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// putAbout fills one cell of a household or person.
func (f *tableFiller) putAbout(ctx context.Context, subject string, e collect.Element) error {
	at := f.now.AddDate(0, 0, -chance(subject+e.ID, 30))
	value := f.value(e)
	switch {
	case e.ID == "hh.phone":
		value = fmt.Sprintf("1990000%04d", chance(subject, 10_000))
	case e.Type == "int":
		value = fmt.Sprint(1 + chance(subject+e.ID, 5))
	case e.Type == "number":
		value = fmt.Sprint(20_000 + 500*chance(subject+e.ID, 100))
	}
	entry := table.Entry{Key: table.Key{Place: f.village.Division, Subject: subject, Element: e.ID, Period: table.PeriodOf(e.Period, calendar.DayOf(f.now))}, Act: table.Fill,
		Value: value, Source: f.village.ID, Org: f.village.ID, By: f.village.ID + "-officer", AsOf: calendar.DayOf(at), At: at, Form: homeForm,
		Token: "demo-" + division.Prefix(f.village.Division) + "-" + subject + "-" + e.ID, Numeric: table.Numeric(e), Sensitive: table.Sensitive(e)}
	_, err := (&table.Store{Vault: f.d.Vault}).Write(ctx, f.tx, entry)
	return err
}
