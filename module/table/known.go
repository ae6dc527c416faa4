package table

import (
	"context"
	"fmt"
	"slices"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/module/collect"
)

// Held answers what collect asks of the one table. It gives no value that is sealed.
type Held struct{}

var _ collect.Known = Held{}

// periodsOn are the periods of each kind in which the day lies; a cell of an element stands in the one of its kind.
func periodsOn(day calendar.Day) []any {
	return []any{"", PeriodOf("year", day), PeriodOf("quarter", day), PeriodOf("month", day)}
}

// Holdings are the elements that are known in any of the places for the day, by element.
func (Held) Holdings(ctx context.Context, r db.Reader, elements, places []string, day calendar.Day) (map[string]collect.Holding, error) {
	found := map[string]collect.Holding{}
	if len(elements) == 0 || len(places) == 0 {
		return found, nil
	}
	args := periodsOn(day)
	for _, x := range append(slices.Clone(elements), places...) {
		args = append(args, x)
	}
	err := r.Each(ctx, `SELECT element, source, COUNT(DISTINCT place), MIN(as_of), MAX(as_of) FROM cell
		WHERE period IN ($1, $2, $3, $4) AND element IN (`+list(len(elements), 5)+`) AND place IN (`+list(len(places), 5+len(elements))+`)
		AND stands > 0 GROUP BY element, source ORDER BY element, source`, args, func(scan func(...any) error) error {
		var element, source string
		var n int
		var oldest, newest calendar.Day
		if err := scan(&element, &source, &n, &oldest, &newest); err != nil {
			return err
		}
		h := found[element]
		if h.Element == "" || oldest < h.Oldest {
			h.Oldest = oldest
		}
		h.Element, h.Places, h.Newest = element, min(h.Places+n, len(places)), max(h.Newest, newest)
		h.Sources = append(h.Sources, source)
		found[element] = h
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("table.Holdings: %w", err)
	}
	return found, nil
}

// Values are the place's cells under the elements for the day.
func (Held) Values(ctx context.Context, r db.Reader, place string, elements []string, day calendar.Day) ([]collect.Cell, error) {
	if len(elements) == 0 {
		return nil, nil
	}
	args := append(periodsOn(day), place)
	for _, x := range elements {
		args = append(args, x)
	}
	sql := `SELECT ` + columns + ` FROM cell WHERE period IN ($1, $2, $3, $4) AND place = $5 AND element IN (` + list(len(elements), 6) + `)
		AND stands > 0 AND sealed = '' ORDER BY element, subject, period`
	all, err := cells(ctx, r, sql, args)
	if err != nil {
		return nil, err
	}
	var kept []collect.Cell
	for i, c := range all {
		newer := i+1 < len(all) && all[i+1].Element == c.Element && all[i+1].Subject == c.Subject
		if !newer { // periods order as text: the last one of a subject is its newest
			kept = append(kept, collect.Cell{Place: c.Place, Subject: c.Subject, Element: c.Element, Period: c.Period, Value: c.Value, Source: c.Source, AsOf: c.AsOf})
		}
	}
	return kept, nil
}
