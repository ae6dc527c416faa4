package desk

import (
	"context"
	"fmt"
	"slices"

	"jishi/base/db"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/people/org"
)

// names are the elements of a place that the divisions say: nobody is asked what their village is called.
var names = []string{"place.name", "place.code", "place.town"}

// GiveNames writes into every table what the divisions know of its place, as given by the body that the catalogue names
// as their source. A cell that says so already is left alone, so that it may be called as often as one likes.
func (d *Desk) GiveNames(ctx context.Context) error {
	elements, err := table.Elements(ctx, d.DB, names, d.Today())
	if err != nil || len(elements) == 0 {
		return err
	}
	stands, err := d.namesNow(ctx)
	if err != nil {
		return err
	}
	var list []table.Entry
	for _, kind := range []org.Kind{org.Village, org.StreetTownship} {
		for _, o := range d.Offices.Tree().In("", kind) {
			if len(o.Division) == 12 && o.To == "" {
				list = append(list, d.namesOf(ctx, o, elements, stands)...)
			}
		}
	}
	for chunk := range slices.Chunk(list, rowsAtOnce) {
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			for _, e := range chunk {
				if _, err := d.cells().Write(ctx, tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("desk.GiveNames: %w", err)
		}
	}
	return nil
}

// namesNow are the cells of all places as they stand.
func (d *Desk) namesNow(ctx context.Context) (map[table.Key]table.Cell, error) {
	stands := map[table.Key]table.Cell{}
	err := d.DB.Each(ctx, `SELECT place, element, period, value, seq FROM cell WHERE element IN ($1, $2, $3) AND subject = ''`, []any{names[0], names[1], names[2]}, func(scan func(...any) error) error {
		var c table.Cell
		err := scan(&c.Place, &c.Element, &c.Period, &c.Value, &c.Seq)
		stands[c.Key] = c
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("desk.namesNow: %w", err)
	}
	return stands, nil
}

func (d *Desk) namesOf(ctx context.Context, o org.Org, elements map[string]collect.Element, stands map[table.Key]table.Cell) (list []table.Entry) {
	path := d.path(ctx, o.Division)
	if len(path) < 4 {
		return nil
	}
	values := map[string]string{"place.name": path[len(path)-1].Name, "place.code": o.Division, "place.town": path[3].Name}
	for _, id := range names {
		e, ok := elements[id]
		k := table.Key{Place: o.Division, Element: id, Period: table.PeriodOf(e.Period, d.Today())}
		source := d.SourceOf(e, o.Division)
		if !ok || source == "" || stands[k].Value == values[id] {
			continue
		}
		list = append(list, table.Entry{Key: k, Act: table.Given, Value: values[id], Source: source, Org: source, By: actor.Program("divisions").ID, AsOf: d.Today(),
			Base: stands[k].Seq, Token: fmt.Sprintf("divisions-%s-%s-%s-%d", o.Division, id, values[id], stands[k].Seq), At: d.Now()})
	}
	return list
}
