package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"jishi/base/db"
	"jishi/bench"
	"jishi/derive/rates"
	"jishi/schema"
	"jishi/work/journal"
)

// ofMatter are the tables that hold the rows of a matter, and the column that names it ("" for those that hang
// on an event).
var ofMatter = map[string]string{"press_token": "matter", "event": "matter", "matter": "id", "matter_party": "matter",
	"matter_clock": "matter", "matter_entry": "matter", "rate_case": "matter", "event_position": "", "event_waiting": ""}

func prepared(ctx context.Context, url string) error {
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Migrate(ctx, schema.FS)
}

// insert is the statement that puts n rows into the table.
func (t table) insert(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.Name + " (" + t.names() + ") VALUES ")
	mark := 0
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for j := range t.Columns {
			mark++
			fmt.Fprintf(&b, "%s$%d", map[bool]string{true: "(", false: ", "}[j == 0], mark)
		}
		b.WriteString(")")
	}
	return b.String()
}

func (t table) at(name string) int {
	return slices.IndexFunc(t.Columns, func(c column) bool { return c.Name == name })
}

// rows reads every row of the table.
func (t table) rows(ctx context.Context, r db.Reader) ([][]any, error) {
	var all [][]any
	err := r.Each(ctx, "SELECT "+t.names()+" FROM "+t.Name, nil, func(scan func(...any) error) error {
		dest := t.dest()
		err := scan(dest...)
		all = append(all, values(dest))
		return err
	})
	return all, err
}

// onlyFiling is what the one filing of a fresh database wrote.
func onlyFiling(ctx context.Context, d *db.DB) (bench.Filing, error) {
	var f bench.Filing
	list, err := tables(schema.FS)
	if err != nil {
		return f, err
	}
	for _, t := range list {
		if _, of := ofMatter[t.Name]; !of && t.Name != "vault" {
			continue
		}
		rows, err := t.rows(ctx, d)
		if err != nil {
			return f, err
		}
		for _, row := range rows {
			f.Rows = append(f.Rows, bench.Row{SQL: t.insert(1), Args: row})
			for _, key := range []string{"id", "number", "token", "code", "ref", "commitment"} {
				if i := t.at(key); i >= 0 && !slices.Contains(f.Unique, row[i].(string)) {
					f.Unique = append(f.Unique, row[i].(string))
				}
			}
		}
	}
	if len(f.Rows) < 6 {
		return f, fmt.Errorf("a filing wrote only %d rows", len(f.Rows))
	}
	return f, nil
}

// template is one real matter: all its rows, with the values that each copy has of its own.
type template struct {
	rows  map[string][][]any
	keys  []string // UUIDs of the matter and its events
	more  []string // number, tokens and codes
	ended bool
}

// openShare is the share of matters that are not ended in a database of many years: one in thirty.
const openShare = 30

// multiply copies the demonstration's matters until there are n. A copy has the same events and rows as the
// matter that the engine made; only its keys are its own. One in thirty copies is of an open matter.
func multiply(ctx context.Context, d *db.DB, x *rates.Index, n int, progress io.Writer) error {
	list, err := tables(schema.FS)
	if err != nil {
		return err
	}
	if err := sequenced(ctx, d); err != nil {
		return err
	}
	if err := x.Rebuild(ctx, d); err != nil { // its cases are copied with the matters
		return err
	}
	open, ended, have, err := templates(ctx, d, list)
	if err != nil {
		return err
	}
	var position int64
	if err := d.Row(ctx, `SELECT COALESCE(MAX(position), 0) FROM event_position`, nil, &position); err != nil {
		return err
	}
	last, began := time.Now(), time.Now()
	const atOnce = 150
	for have < n {
		group := min(atOnce, n-have)
		rows := map[string][][]any{}
		for i := range group {
			k := have + i
			t := ended[k%len(ended)]
			if k%openShare == 0 {
				t = open[k/openShare%len(open)]
			}
			t.copy(list, k, &position, rows)
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, t := range list {
				for some := range slices.Chunk(rows[t.Name], 50) {
					if err := tx.Put(ctx, t.insert(len(some)), slices.Concat(some...)...); err != nil {
						return fmt.Errorf("%s: %w", t.Name, err)
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("seed: %w", err)
		}
		if have += group; time.Since(last) > 10*time.Second {
			last = time.Now()
			fmt.Fprintf(progress, "%d matters after %.0f s\n", have, time.Since(began).Seconds())
		}
	}
	// The pages are measured as on any day, not while search and rates take in a hundred thousand copies.
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := rates.Resum(ctx, tx); err != nil {
			return err
		}
		if err := x.CaughtUp(ctx, tx, position); err != nil {
			return err
		}
		return tx.Put(ctx, `INSERT INTO follower (name, position) VALUES ('search', $1)
			ON CONFLICT (name) DO UPDATE SET position = excluded.position`, position)
	})
}

// sequenced gives every waiting event its position, as the server does by and by.
func sequenced(ctx context.Context, d *db.DB) error {
	for {
		if n, err := journal.Sequence(ctx, d, 500); err != nil || n == 0 {
			return err
		}
	}
}

// templates reads the matters that are there.
func templates(ctx context.Context, d *db.DB, list []table) (open, ended []template, n int, err error) {
	of := map[string]*template{} // by matter
	event := map[string]string{} // event: its matter
	for _, t := range orderForTemplates(list) {
		rows, err := t.rows(ctx, d)
		if err != nil {
			return nil, nil, 0, err
		}
		for _, row := range rows {
			m, ok := "", true
			if c := ofMatter[t.Name]; c != "" {
				m = row[t.at(c)].(string)
			} else if m, ok = event[row[t.at("id")].(string)]; !ok {
				continue
			}
			if of[m] == nil {
				of[m] = &template{rows: map[string][][]any{}, keys: []string{m}}
			}
			of[m].take(t, row)
			if t.Name == "event" {
				event[row[0].(string)] = m
			}
		}
	}
	for _, t := range of {
		if t.ended {
			ended = append(ended, *t)
		} else {
			open = append(open, *t)
		}
	}
	if len(open) == 0 || len(ended) == 0 {
		return nil, nil, 0, fmt.Errorf("seed: %d open and %d ended matters to copy", len(open), len(ended))
	}
	byKey := func(a, b template) int { return strings.Compare(a.keys[0], b.keys[0]) }
	slices.SortFunc(open, byKey)
	slices.SortFunc(ended, byKey)
	return open, ended, len(of), nil
}

// orderForTemplates puts events first: positions hang on them.
func orderForTemplates(list []table) []table {
	var order []table
	for _, t := range list {
		if _, of := ofMatter[t.Name]; of {
			order = append(order, t)
		}
	}
	slices.SortStableFunc(order, func(a, b table) int {
		first := func(t table) int { return map[bool]int{true: 0, false: 1}[t.Name == "event"] }
		return first(a) - first(b)
	})
	return order
}

func (t *template) take(of table, row []any) {
	t.rows[of.Name] = append(t.rows[of.Name], row)
	switch of.Name {
	case "event":
		t.keys = append(t.keys, row[0].(string))
	case "matter":
		t.more = append(t.more, row[of.at("number")].(string))
		t.ended = row[of.at("ended")].(bool)
	case "press_token":
		t.more = append(t.more, row[0].(string))
	case "matter_entry":
		t.more = append(t.more, row[0].(string))
	}
}

// copy adds the rows of the k-th matter. Its keys begin with k, so that they grow as real ones do.
func (t template) copy(list []table, k int, position *int64, into map[string][][]any) {
	var pairs []string
	for _, key := range t.keys {
		pairs = append(pairs, key, fmt.Sprintf("%08x", k)+key[min(8, len(key)):])
	}
	for _, key := range t.more {
		pairs = append(pairs, key, fmt.Sprintf("%s-%d", key, k))
	}
	own := strings.NewReplacer(pairs...)
	for _, of := range list {
		for _, row := range t.rows[of.Name] {
			again := slices.Clone(row)
			for j, v := range row {
				if s, ok := v.(string); ok {
					again[j] = own.Replace(s)
				}
			}
			if of.Name == "event_position" {
				*position++
				again[of.at("position")] = *position
			}
			into[of.Name] = append(into[of.Name], again)
		}
	}
}
