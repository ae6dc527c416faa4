package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jishi/base/db"
	"jishi/bench"
	"jishi/schema"
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
