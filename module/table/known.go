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

// Holdings are the elements that are known in any of the places, by element. The period asked for is that of the form;
// a value that holds until changed is known in each.
func (Held) Holdings(ctx context.Context, r db.Reader, elements, places []string, period string) (map[string]collect.Holding, error) {
	found := map[string]collect.Holding{}
	if len(elements) == 0 || len(places) == 0 {
		return found, nil
	}
	args := []any{period}
	for _, x := range append(slices.Clone(elements), places...) {
		args = append(args, x)
	}
	err := r.Each(ctx, `SELECT element, source, COUNT(DISTINCT place), MIN(as_of), MAX(as_of) FROM cell
		WHERE (period = $1 OR period = '') AND element IN (`+list(len(elements), 2)+`) AND place IN (`+list(len(places), 2+len(elements))+`)
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

// Values are the place's cells under the elements for the period, "" the newest of each.
func (Held) Values(ctx context.Context, r db.Reader, place string, elements []string, period string) ([]collect.Cell, error) {
	if len(elements) == 0 {
		return nil, nil
	}
	args := []any{place, period}
	for _, x := range elements {
		args = append(args, x)
	}
	sql := `SELECT ` + columns + ` FROM cell WHERE place = $1 AND ($2 = '' OR period = $2 OR period = '') AND element IN (` + list(len(elements), 3) + `)
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
