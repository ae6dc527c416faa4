package desk

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/actor"
)

// Layout is the department's own layout filled in from the one table, for one place or ("") all that answer. It is given
// to the asking body once the form is on the list, or was refused because all of it is known; and to the two desks.
// Personal data of others stay out of a view that replaces a refused form: they need a request for sharing.
func (d *Desk) Layout(ctx context.Context, who actor.Actor, id, place string) (collect.Produced, string, error) {
	f, err := d.form(ctx, who, id)
	if err != nil {
		return collect.Produced{}, "", err
	}
	if f.Org != who.Acting && !d.SeesAllForms(who) {
		return collect.Produced{}, "", words.Refuse(words.Forbidden, "not-your-form", "这是别的单位的表。").Try("要用里面的数据，请申请共享。")
	}
	if f.State != collect.Listed && (f.State != collect.Refused || f.Why == "") {
		return collect.Produced{}, "", words.Refuse(words.Closed, "form-not-listed", "这张表还没有列入清单，没有可以取的数据。")
	}
	p, err := d.produce(ctx, f, place)
	return p, f.Title + ".xlsx", err
}

func (d *Desk) produce(ctx context.Context, f collect.Form, place string) (collect.Produced, error) {
	_, elements, err := d.catalogue(ctx)
	if err != nil {
		return collect.Produced{}, err
	}
	f, elements, ids, err := d.viewed(ctx, f, elements)
	if err != nil {
		return collect.Produced{}, err
	}
	var places []collect.Place
	for _, o := range d.formPlaces(f) {
		if place != "" && o.Division != place {
			continue
		}
		p := collect.Place{Code: o.Division, Name: o.Label()}
		if d.Known != nil {
			if p.Cells, err = d.Known.Values(ctx, d.DB, o.Division, ids, d.Today()); err != nil {
				return collect.Produced{}, err
			}
		}
		places = append(places, p)
	}
	if place != "" && len(places) == 0 {
		return collect.Produced{}, words.Refuse(words.NotFound, "no-such-place", "这张表不下到这个地方。")
	}
	var original []byte
	if f.Layout != "" {
		if original, err = d.bytesOf(f.Layout); err != nil {
			return collect.Produced{}, err
		}
	}
	return collect.Produce(f, elements, original, places)
}

// viewed is the form with an element under each of its fields, and the elements that it may be given. What is new stands
// in the one table under the form's own name, or, of a form refused as a duplicate, under that of the form it repeats.
func (d *Desk) viewed(ctx context.Context, f collect.Form, known map[string]collect.Element) (collect.Form, map[string]collect.Element, []string, error) {
	asked := f
	if f.Twin != "" {
		var err error
		if asked, err = collect.GetForm(ctx, d.DB, f.Twin); err != nil {
			return f, nil, nil, err
		}
	}
	var ids []string
	f.Fields, known = slices.Clone(f.Fields), maps.Clone(known)
	for i, x := range f.Fields {
		own, ok := x, true
		if f.Twin != "" {
			own, ok = asked.Own(x.Label)
		}
		if x.Element == "" && ok {
			e := table.OwnElement(asked.ID, own.N, own.Label, own.Type, own.Unit, asked.Period)
			x.Element, f.Fields[i].Element, known[e.ID] = e.ID, e.ID, e
		}
		e, ok := known[x.Element]
		if ok && !(f.State == collect.Refused && e.Personal() && e.Source != f.Org) {
			ids = append(ids, x.Element)
		}
	}
	return f, known, ids, nil
}

// LayoutDue is a layout that is produced by itself.
type LayoutDue struct {
	Form, Every    string
	Next           calendar.Day
	Made           string // hash of the newest file
	MadeAt         int64
	Cells, Filled  int
	title, madeFor string
}

var everyOf = []string{"day", "week", "month"}

// ScheduleLayout has the layout of all places produced every day, week or month from tomorrow on; "" ends it. Whoever works
// for the asking body may.
func (d *Desk) ScheduleLayout(ctx context.Context, who actor.Actor, id, every string) error {
	f, err := d.form(ctx, who, id)
	if err != nil {
		return err
	}
	if f.Org != who.Acting {
		return words.Refuse(words.Forbidden, "not-your-form", "这是别的单位的表。")
	}
	if every != "" && !slices.Contains(everyOf, every) {
		return words.Refuse(words.Invalid, "every", "请选择每天、每周或者每月。").At("every", "请选择每天、每周或者每月。")
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if every == "" {
			return tx.Put(ctx, `DELETE FROM layout_due WHERE form = $1`, id)
		}
		return tx.Put(ctx, `INSERT INTO layout_due (form, place, every, next_day, made, made_at, cells, filled) VALUES ($1, '', $2, $3, '', 0, 0, 0)
			ON CONFLICT (form, place) DO UPDATE SET every = excluded.every, next_day = excluded.next_day`, id, every, string(d.Today().Add(1)))
	})
}

// Schedule is how often the form's layout is produced, nil when it is not.
func (d *Desk) Schedule(ctx context.Context, who actor.Actor, id string) (*LayoutDue, error) {
	if _, err := d.form(ctx, who, id); err != nil {
		return nil, err
	}
	list, err := d.layoutsDue(ctx, `WHERE l.form = $1`, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func (d *Desk) layoutsDue(ctx context.Context, where string, args ...any) ([]LayoutDue, error) {
	var list []LayoutDue
	err := d.DB.Each(ctx, `SELECT l.form, l.every, l.next_day, l.made, l.made_at, l.cells, l.filled, l.place, f.title FROM layout_due l JOIN form f ON f.id = l.form `+where+` ORDER BY l.next_day, l.form`,
		args, func(scan func(...any) error) error {
			var x LayoutDue
			err := scan(&x.Form, &x.Every, &x.Next, &x.Made, &x.MadeAt, &x.Cells, &x.Filled, &x.madeFor, &x.title)
			list = append(list, x)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("desk.layoutsDue: %w", err)
	}
	return list, nil
}

// MakeLayouts produces what is due today; the program calls it every little while. It returns how many it made.
func (d *Desk) MakeLayouts(ctx context.Context) (int, error) {
	today := d.Today()
	list, err := d.layoutsDue(ctx, `WHERE l.next_day <= $1`, string(today))
	if err != nil {
		return 0, err
	}
	for n, x := range list {
		f, err := collect.GetForm(ctx, d.DB, x.Form)
		if err != nil {
			return n, err
		}
		p, err := d.produce(ctx, f, x.madeFor)
		if err != nil {
			return n, err
		}
		ref, err := d.Blobs.Put(ctx, bytes.NewReader(p.File), sheet.Office.Bytes)
		if err != nil {
			return n, fmt.Errorf("desk.MakeLayouts: %w", err)
		}
		err = d.DB.Write(ctx, func(tx *db.Tx) error {
			return tx.Put(ctx, `UPDATE layout_due SET made = $1, made_at = $2, cells = $3, filled = $4, next_day = $5 WHERE form = $6 AND place = $7`,
				ref.Hash, d.Now().UnixMilli(), p.Cells, p.Filled, string(nextDay(x.Every, today)), x.Form, x.madeFor)
		})
		if err != nil {
			return n, err
		}
	}
	return len(list), nil
}

func nextDay(every string, today calendar.Day) calendar.Day {
	switch every {
	case "day":
		return today.Add(1)
	case "week":
		return today.Add(7)
	}
	return calendar.DayOf(today.Start().AddDate(0, 1, 0))
}

// MadeLayout is the newest file that the schedule produced. Whoever may fetch the layout may fetch it.
func (d *Desk) MadeLayout(ctx context.Context, who actor.Actor, id string) ([]byte, string, error) {
	f, err := d.form(ctx, who, id)
	if err != nil {
		return nil, "", err
	}
	x, err := d.Schedule(ctx, who, id)
	if err != nil {
		return nil, "", err
	}
	if f.Org != who.Acting && !d.SeesAllForms(who) || x == nil || x.Made == "" {
		return nil, "", words.Refuse(words.NotFound, "no-such-file", "没有找到这个文件。")
	}
	b, err := d.bytesOf(x.Made)
	return b, f.Title + ".xlsx", err
}
