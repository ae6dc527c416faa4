package demo

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/desk"
	"jishi/module/collect"
	"jishi/module/price"
	"jishi/module/table"
	"jishi/people/org"
)

// Tables fills part of every village's one table, as the forms on the county's list ask: what departments hold is given
// by them, what villages know is filled by them, and some cells still wait. Call it after the forms were brought.
func Tables(ctx context.Context, d *desk.Desk, now time.Time) error {
	villages := d.Offices.Tree().In("", org.Village)
	for i, v := range villages {
		needs, err := table.Needs(ctx, d.DB, v.Division, "village", calendar.DayOf(now))
		if err != nil {
			return fmt.Errorf("demo.Tables: %w", err)
		}
		err = d.DB.Write(ctx, func(tx *db.Tx) error {
			f := tableFiller{d: d, tx: tx, village: v, now: now, rich: i%2 == 0, times: map[string]int{}}
			return f.fill(ctx, needs)
		})
		if err != nil {
			return fmt.Errorf("demo.Tables %s: %w", v.Name, err)
		}
	}
	if len(villages) == 0 {
		return nil
	}
	if err := means(ctx, d, now); err != nil {
		return fmt.Errorf("demo.Tables: %w", err)
	}
	return budgets(ctx, d)
}

// tableFiller fills the table of one village in one transaction.
type tableFiller struct {
	d       *desk.Desk
	tx      *db.Tx
	village org.Org
	now     time.Time
	rich    bool // most of it is known; otherwise little
	times   map[string]int
}

func (f *tableFiller) fill(ctx context.Context, needs []table.Need) error {
	for _, n := range needs {
		if n.Element.Subject != "" && n.Element.Subject != "place" || table.Sensitive(n.Element) || !f.knows(n.Element.ID) {
			continue
		}
		if err := f.put(ctx, n); err != nil {
			return err
		}
	}
	for form, cells := range f.times {
		each := time.Duration(25+chance(form, 60)) * time.Second
		if err := price.Took(ctx, f.tx, form, calendar.DayOf(f.now), cells, time.Duration(cells)*each, true); err != nil {
			return err
		}
	}
	return nil
}

// knows: the same cells in every demonstration.
func (f *tableFiller) knows(element string) bool {
	if element == "place.name" || element == "place.code" || element == "place.town" {
		return false // the divisions have said it
	}
	of := chance(f.village.ID+element, 100)
	if f.rich {
		return of < 72
	}
	return of < 15
}

func (f *tableFiller) put(ctx context.Context, n table.Need) error {
	e := table.Entry{Key: table.Key{Place: f.village.Division, Element: n.Element.ID, Period: n.Period}, Act: table.Fill, Value: f.value(n.Element),
		Source: f.village.ID, Org: f.village.ID, By: f.village.ID + "-officer", Token: "demo-" + f.village.ID + "-" + n.Element.ID + "-" + n.Period,
		At: f.now.AddDate(0, 0, -chance(n.Element.ID, 20)).Add(-time.Duration(chance(f.village.ID, 300)) * time.Minute), Numeric: table.Numeric(n.Element)}
	if source := f.d.SourceOf(n.Element, f.village.Division); source != "" {
		e.Act, e.Source, e.Org, e.By = table.Given, source, source, source+"-officer"
	} else if len(n.Forms) > 0 {
		e.Form = n.Forms[0].ID
		f.times[e.Form]++
	}
	e.AsOf = calendar.DayOf(e.At)
	_, err := (&table.Store{Vault: f.d.Vault}).Write(ctx, f.tx, e)
	return err
}

// value is a believable one; nobody is meant.
func (f *tableFiller) value(e collect.Element) string {
	n := chance(e.ID+f.village.ID, 97)
	switch e.Type {
	case "int":
		if e.Unit == "人" || e.Unit == "户" {
			return strconv.Itoa(20 + n*9)
		}
		return strconv.Itoa(n % 40)
	case "number":
		if e.Unit == "%" {
			return strconv.Itoa(n) + ".5"
		}
		return strconv.Itoa(n*11) + ".5"
	case "day":
		return string(calendar.DayOf(f.now.AddDate(0, 0, -n)))
	case "yes":
		return []string{"yes", "no"}[n%2]
	case "code":
		if len(e.Codes) > 0 {
			return e.Codes[n%len(e.Codes)].Code
		}
	}
	return []string{"已落实", "正常", "每月一次", "由村里统一安排"}[n%4]
}

// chance is a number below n that depends on the text alone.
func chance(text string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(text))
	return int(h.Sum32() % uint32(n))
}

// means are what each township has, as the county's personnel and finance say: posts, people, money.
func means(ctx context.Context, d *desk.Desk, now time.Time) error {
	s := &table.Store{Vault: d.Vault}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		for i, x := range []struct{ id, title, en, unit string }{
			{"town.posts", "核定编制", "Posts authorised", "个"}, {"town.staff", "在岗人员", "Staff at work", "人"}, {"town.funds", "年度运转经费", "Yearly running costs", "万元"}} {
			err := tx.Put(ctx, `INSERT INTO element (id, from_day, to_day, title, en, definition, type, codes, unit, period, subject, source, share, sensitivity, synonyms,
				theme, grade, by_person, at) VALUES ($1, $2, '', $3, $4, $3, 'int', '[]', $5, 'year', 'place', 'county-personnel', 'free', 'public', '[]', '乡镇家底', 'D', 'demo', 0)`,
				x.id, Since, x.title, x.en, x.unit)
			if err != nil {
				return err
			}
			for _, t := range d.Offices.Tree().In("", org.StreetTownship) {
				n := []int{38, 31, 420}[i] + chance(t.ID+x.id, 12)*(i+1)
				_, err := s.Write(ctx, tx, table.Entry{Key: table.Key{Place: t.Division, Element: x.id, Period: string(calendar.DayOf(now))[:4]}, Act: table.Given, Value: strconv.Itoa(n),
					Source: "county-personnel", Org: "county-personnel", By: "county-personnel-officer", AsOf: calendar.DayOf(now).Add(-30), At: now.AddDate(0, 0, -30),
					Token: "demo-" + t.ID + x.id, Numeric: true})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// budgets of three departments, as the county's leaders set them.
func budgets(ctx context.Context, d *desk.Desk) error {
	leader, err := d.Staff(ctx, "county-gov-head")
	if err != nil {
		return fmt.Errorf("demo.budgets: %w", err)
	}
	for department, hours := range map[string]int{"county-agriculture": 40, "county-civil": 30, "county-water": 5} {
		if err := d.SetBudget(ctx, leader, department, hours, "按上年实际减三成"); err != nil {
			return fmt.Errorf("demo.budgets: %w", err)
		}
	}
	return nil
}
