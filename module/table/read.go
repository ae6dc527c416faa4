package table

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/division"
)

// Event is one line of a cell's history.
type Event struct {
	ID string
	Key
	Seq, Base     int64
	Act           Act
	Outcome       Outcome
	Value, Sealed string
	Source        string
	AsOf          calendar.Day
	Reason, Form  string
	By, Org       string
	At            time.Time
	Open          bool         // waits for a person
	Contest       bool         // of one that waits: its source body decides
	Decides       string       // that body, "" whoever keeps the table
	Due           calendar.Day // of a contest: the last day of its period
}

const eventColumns = `e.id, e.place, e.subject, e.element, e.period, e.seq, e.base, e.act, e.outcome, e.value, e.sealed, e.source, e.as_of,
	e.reason, e.form, e.by_person, e.org, e.at`

func (x *Event) fields(at *int64) []any {
	return []any{&x.ID, &x.Place, &x.Subject, &x.Element, &x.Period, &x.Seq, &x.Base, &x.Act, &x.Outcome, &x.Value, &x.Sealed, &x.Source, &x.AsOf,
		&x.Reason, &x.Form, &x.By, &x.Org, at}
}

func events(ctx context.Context, r db.Reader, sql string, args []any) ([]Event, error) {
	var all []Event
	err := r.Each(ctx, sql, args, func(scan func(...any) error) error {
		var x Event
		var at int64
		var kind, decides, due *string
		err := scan(append(x.fields(&at), &kind, &decides, &due)...)
		x.At = time.UnixMilli(at)
		if kind != nil {
			x.Open, x.Contest, x.Decides, x.Due = true, *kind == "contest", *decides, calendar.Day(*due)
		}
		all = append(all, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.events: %w", err)
	}
	return all, nil
}

// History is everything that was written into the cell, oldest first.
func History(ctx context.Context, r db.Reader, k Key) ([]Event, error) {
	return events(ctx, r, `SELECT `+eventColumns+`, o.kind, o.decides, o.due FROM cell_event e LEFT JOIN cell_open o ON o.event = e.id
		WHERE e.place = $1 AND e.subject = $2 AND e.element = $3 AND e.period = $4 ORDER BY e.seq`, []any{k.Place, k.Subject, k.Element, k.Period})
}

// mostOpen are the open values that one list shows: whoever has more decides these first.
const mostOpen = 200

// Opens are the values of the place that wait for a person, oldest first.
func Opens(ctx context.Context, r db.Reader, place string) ([]Event, error) {
	return events(ctx, r, `SELECT `+eventColumns+`, o.kind, o.decides, o.due FROM cell_open o JOIN cell_event e ON e.id = o.event
		WHERE o.place = $1 ORDER BY o.at, o.event LIMIT $2`, []any{place, mostOpen})
}

// Contested are the open contests that the body decides, oldest first.
func Contested(ctx context.Context, r db.Reader, org string) ([]Event, error) {
	return events(ctx, r, `SELECT `+eventColumns+`, o.kind, o.decides, o.due FROM cell_open o JOIN cell_event e ON e.id = o.event
		WHERE o.decides = $1 ORDER BY o.at, o.event LIMIT $2`, []any{org, mostOpen})
}

func cells(ctx context.Context, r db.Reader, sql string, args []any) ([]Cell, error) {
	var all []Cell
	err := r.Each(ctx, sql, args, func(scan func(...any) error) error {
		c, err := scanCell(scan)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.cells: %w", err)
	}
	return all, nil
}

// Of are the cells of one subject, "" the place itself, by element and period.
func Of(ctx context.Context, r db.Reader, place, subject string) ([]Cell, error) {
	return cells(ctx, r, `SELECT `+columns+` FROM cell WHERE place = $1 AND subject = $2 AND stands > 0 ORDER BY element, period`, []any{place, subject})
}

// Counts are how many subjects of the place have a value, by element and period. Subjects that left do not count: they
// are few, so that counting everything by its key and taking them off reads no row of the many.
func Counts(ctx context.Context, r db.Reader, place string) (map[[2]string]int, error) {
	n := map[[2]string]int{}
	for _, q := range []struct {
		sql  string
		sign int
	}{
		{`SELECT element, period, COUNT(*) FROM cell WHERE place = $1 AND subject <> '' GROUP BY element, period`, 1},
		{`SELECT c.element, c.period, COUNT(*) FROM subject s JOIN cell c ON c.place = s.place AND c.subject = s.id
			WHERE s.place = $1 AND s.to_day <> '' GROUP BY c.element, c.period`, -1},
	} {
		err := r.Each(ctx, q.sql, []any{place}, func(scan func(...any) error) error {
			var element, period string
			var count int
			err := scan(&element, &period, &count)
			n[[2]string{element, period}] += q.sign * count
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("table.Counts: %w", err)
		}
	}
	return n, nil
}

// Total is the sum of one element over the places beneath another, computed from their cells.
type Total struct {
	Element, Period string
	Place           string // the place whose total it is
	Sum             int64  // of numbers, times ten thousand
	Cells           int    // numerator: cells that are known
	Places          int    // places that have at least one
}

// Totals are the sums of the elements for the periods over the place and all beneath it, grouped by the first digits of
// their codes: 12 is each village by itself, 9 the townships, 6 the county. Sealed values are never summed.
func Totals(ctx context.Context, r db.Reader, elements []string, periods []string, place string, digits int) ([]Total, error) {
	if len(elements) == 0 {
		return nil, nil
	}
	from, to := division.Span(place)
	args := []any{digits, from, to}
	for _, e := range elements {
		args = append(args, e)
	}
	for _, p := range periods {
		args = append(args, p)
	}
	var all []Total
	err := r.Each(ctx, `SELECT element, period, substr(place, 1, CAST($1 AS INTEGER)) AS up, CAST(SUM(n) AS BIGINT), COUNT(*), COUNT(DISTINCT place)
		FROM cell WHERE place >= $2 AND place < $3 AND element IN (`+list(len(elements), 4)+`) AND period IN (`+list(len(periods), 4+len(elements))+`)
		AND stands > 0 AND sealed = '' GROUP BY element, period, up ORDER BY element, period, up`, args, func(scan func(...any) error) error {
		var t Total
		err := scan(&t.Element, &t.Period, &t.Place, &t.Sum, &t.Cells, &t.Places)
		all = append(all, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.Totals: %w", err)
	}
	return all, nil
}

// Read is one look at a person's cells.
type Read struct {
	Place, Subject string
	Elements       []string
	By, Post, Org  string
	Form, Reason   string
	At             time.Time
}

// Record stores a look. What it is about is shown only when this succeeded.
func Record(ctx context.Context, tx *db.Tx, x Read) error {
	elements, err := json.Marshal(x.Elements)
	if err != nil {
		return fmt.Errorf("table.Record: %w", err)
	}
	return tx.Put(ctx, `INSERT INTO cell_read (id, place, subject, elements, by_person, post, org, form, reason, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, uuid.Must(uuid.NewV7()).String(), x.Place, x.Subject, string(elements), x.By, x.Post, x.Org,
		x.Form, x.Reason, x.At.UnixMilli())
}

// Reads are the looks at a subject's cells, newest first.
func Reads(ctx context.Context, r db.Reader, place, subject string) ([]Read, error) {
	var all []Read
	err := r.Each(ctx, `SELECT place, subject, elements, by_person, post, org, form, reason, at FROM cell_read
		WHERE place = $1 AND subject = $2 ORDER BY at DESC, id DESC LIMIT 500`, []any{place, subject}, func(scan func(...any) error) error {
		var x Read
		var elements string
		var at int64
		if err := scan(&x.Place, &x.Subject, &elements, &x.By, &x.Post, &x.Org, &x.Form, &x.Reason, &at); err != nil {
			return err
		}
		x.At = time.UnixMilli(at)
		all = append(all, x)
		return json.Unmarshal([]byte(elements), &all[len(all)-1].Elements)
	})
	if err != nil {
		return nil, fmt.Errorf("table.Reads: %w", err)
	}
	return all, nil
}
