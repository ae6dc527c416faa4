package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"jishi/base/words"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

// LeastOfPeople is from how many cells on a total of what is about people is shown. Setting, not law.
const LeastOfPeople = 5

// TableState is how far the table of a village is.
type TableState struct {
	Body          Body
	Place         string
	Waiting, Open int
}

// TableStates are the villages whose tables the actor keeps, with what waits in each.
func (d *Desk) TableStates(ctx context.Context, who actor.Actor) ([]TableState, error) {
	var list []TableState
	for _, b := range d.MyTables(who) {
		t, err := d.Table(ctx, who, d.PlaceOf(b.ID))
		if err != nil {
			return nil, err
		}
		list = append(list, TableState{b, t.Place, len(t.Waiting), len(t.Open)})
	}
	return list, nil
}

// TableTotals are the sums of a place. With an element, its parts: the places right beneath.
type TableTotals struct {
	Place, PlaceName string
	Element          collect.Element
	Rows             []TotalRow
}

// TotalRow is one sum with how many villages it is from.
type TotalRow struct {
	Title, En, Period, Sum, Unit string
	Known                        string // 18 / 24
	Hidden                       bool   // too few people
	Element, Code                string
	Opens                        string // "parts": the places beneath have sums of their own; "cell": the actor may open the cell
	Cells, Villages, Of          int
}

// Totals are sums of the table over the villages of a county or township, computed from the cells. Officers whose body
// is for the place or above it see them.
func (d *Desk) Totals(ctx context.Context, who actor.Actor, place, element string) (*TableTotals, error) {
	place, err := d.totalPlace(ctx, who, place)
	if err != nil {
		return nil, err
	}
	t := &TableTotals{Place: place, PlaceName: lastName(d.path(ctx, place))}
	elements, err := d.heldElements(ctx, place)
	if err != nil {
		return nil, err
	}
	if element == "" {
		elements = slices.DeleteFunc(elements, func(e collect.Element) bool { return !table.Additive(e) })
	} else {
		i := slices.IndexFunc(elements, func(e collect.Element) bool { return e.ID == element })
		if i < 0 {
			return nil, words.Refuse(words.NotFound, "no-such-element", "目录里没有这个数据项，可能已经停用。")
		}
		t.Element, elements = elements[i], elements[i:i+1]
	}
	digits := len(division.Prefix(place))
	if element != "" && digits < 12 {
		digits = len(division.Prefix(place)) + 3
	}
	return t, d.total(ctx, who, t, elements, digits)
}

// totalPlace is the place asked for, or the actor's own.
func (d *Desk) totalPlace(ctx context.Context, who actor.Actor, place string) (string, error) {
	if who.Kind != actor.Staff {
		return "", signIn()
	}
	tree := d.Offices.Tree()
	for _, p := range who.Posts {
		o, ok := tree.Get(p.Org)
		if !ok || o.Division == "" || !(p.Has(actor.Handle) || p.Has(actor.Head) || p.Has(actor.Lead) || p.Has(actor.Supervise)) {
			continue
		}
		if place == "" {
			place = o.Division
		}
		if strings.HasPrefix(place, division.Prefix(o.Division)) && d.path(ctx, place) != nil {
			return place, nil
		}
	}
	return "", words.Refuse(words.NotFound, "no-such-totals", "没有这个地方的汇总，或者您不能查看它。")
}

// heldElements are the elements with values beneath the place, by theme and title; what forms collect under their own
// name is among them.
func (d *Desk) heldElements(ctx context.Context, place string) ([]collect.Element, error) {
	titles := map[string]string{}
	from, to := division.Span(place)
	err := d.DB.Each(ctx, `SELECT DISTINCT element FROM cell WHERE place >= $1 AND place < $2 AND stands > 0`, []any{from, to}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		titles[id] = ""
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("desk.heldElements: %w", err)
	}
	for id := range titles {
		form, n, own := strings.Cut(id, "#")
		if !own {
			continue
		}
		err := d.DB.Each(ctx, `SELECT label FROM form_field WHERE form = $1 AND CAST(n AS TEXT) = $2`, []any{form, n}, func(scan func(...any) error) error {
			var label string
			err := scan(&label)
			titles[id] = label
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("desk.heldElements: %w", err)
		}
	}
	found, err := table.Elements(ctx, d.DB, slices.Sorted(maps.Keys(titles)), d.Today())
	if err != nil {
		return nil, err
	}
	var list []collect.Element
	for id, title := range titles {
		if e, ok := found[id]; ok {
			list = append(list, e)
		} else if title != "" {
			list = append(list, collect.Element{ID: id, Title: title, Subject: "place", Sensitivity: "internal"})
		}
	}
	slices.SortFunc(list, func(a, b collect.Element) int {
		return strings.Compare(a.Theme+"\x00"+a.Title+a.ID, b.Theme+"\x00"+b.Title+b.ID)
	})
	return list, nil
}

func (d *Desk) total(ctx context.Context, who actor.Actor, t *TableTotals, elements []collect.Element, digits int) error {
	var ids []string
	periods := []string{""}
	for _, e := range elements {
		if ids = append(ids, e.ID); strings.Contains(e.ID, "#") { // a form's own field may have any period
			for _, kind := range []string{"year", "quarter", "month"} {
				periods = append(periods, table.PeriodOf(kind, d.Today()))
			}
		}
		for _, p := range []string{table.PeriodOf(e.Period, d.Today()), table.Before(table.PeriodOf(e.Period, d.Today()))} {
			if !slices.Contains(periods, p) {
				periods = append(periods, p)
			}
		}
	}
	sums, err := table.Totals(ctx, d.DB, ids, periods, t.Place, digits)
	if err != nil {
		return err
	}
	for _, e := range elements {
		for _, s := range sums {
			if s.Element == e.ID {
				t.Rows = append(t.Rows, d.totalRow(ctx, who, t, e, s))
			}
		}
	}
	return nil
}

func (d *Desk) totalRow(ctx context.Context, who actor.Actor, t *TableTotals, e collect.Element, s table.Total) TotalRow {
	code := s.Place + strings.Repeat("0", 12-len(s.Place))
	r := TotalRow{Title: e.Title, En: e.En, Period: s.Period, Sum: table.Unscaled(s.Sum), Unit: e.Unit, Element: e.ID, Code: code, Cells: s.Cells, Villages: s.Places,
		Of: len(d.villagesIn(code))}
	r.Hidden = e.Personal() && s.Cells < LeastOfPeople
	if r.Hidden {
		r.Sum = ""
	} else if !table.Additive(e) {
		r.Sum, r.Unit = "—", ""
	}
	r.Known = strconv.Itoa(r.Villages) + " / " + strconv.Itoa(r.Of)
	switch {
	case len(s.Place) < 12:
		r.Opens = "parts"
	case !e.Personal() && (e.Subject == "place" || e.Subject == "") && d.tableRole(who, code).inside:
		r.Opens = "cell"
	}
	if t.Element.ID != "" {
		r.Title = lastName(d.path(ctx, code))
		r.En = r.Title
	}
	return r
}

// villagesIn are the village bodies of the place that keep a table.
func (d *Desk) villagesIn(place string) []org.Org {
	return d.Offices.Tree().In(division.Prefix(place), org.Village)
}
