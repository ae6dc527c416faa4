package main

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"sort"
	"strings"

	"jishi/base/db"
)

// An archive is a zip file that holds one system: manifest.json, rows/TABLE.jsonl with one JSON array a row, and
// blobs/. It says nothing about the engine, so that what was backed up from a file can be restored into
// PostgreSQL: that is how an office grows.

// table is one table with its columns, as the migrations say.
type table struct {
	Name    string   `json:"name"`
	Columns []column `json:"columns"`
	Rows    int64    `json:"rows"`
}

type column struct {
	Name string `json:"name"`
	Type string `json:"type"` // TEXT, BIGINT, BOOLEAN or BYTEA
}

var (
	createTable = regexp.MustCompile(`(?ms)^CREATE TABLE (\w+) \(\n(.*?)^\);`)
	addColumn   = regexp.MustCompile(`(?m)^ALTER TABLE (\w+) ADD COLUMN (\w+)\s+(TEXT|BIGINT|BOOLEAN|BYTEA)\b`)
	columnLine  = regexp.MustCompile(`^\s*(\w+)\s+(TEXT|BIGINT|BOOLEAN|BYTEA)\b`)
)

// tables reads the migrations: what they create, in their order, which is one in which every row finds those
// that it refers to. A test compares the answer with what the engines really have.
func tables(files fs.FS) ([]table, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var all []table
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		for _, m := range createTable.FindAllStringSubmatch(string(text), -1) {
			t := table{Name: m[1]}
			for line := range strings.Lines(m[2]) {
				if c := columnLine.FindStringSubmatch(line); c != nil && !strings.Contains(line, "-- only:") {
					t.Columns = append(t.Columns, column{c[1], c[2]})
				}
			}
			all = append(all, t)
		}
		for _, m := range addColumn.FindAllStringSubmatch(string(text), -1) {
			for i := range all {
				if all[i].Name == m[1] {
					all[i].Columns = append(all[i].Columns, column{m[2], m[3]})
				}
			}
		}
	}
	return all, nil
}

func (t table) names() string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// dest are places for one row's values, each of its column's type.
func (t table) dest() []any {
	dest := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		switch c.Type {
		case "BIGINT":
			dest[i] = new(int64)
		case "BOOLEAN":
			dest[i] = new(bool)
		case "BYTEA":
			dest[i] = new([]byte)
		default:
			dest[i] = new(string)
		}
	}
	return dest
}

// values are what stands in dest, as arguments of a statement.
func values(dest []any) []any {
	args := make([]any, len(dest))
	for i, d := range dest {
		switch v := d.(type) {
		case *int64:
			args[i] = *v
		case *bool:
			args[i] = *v
		case *[]byte:
			args[i] = *v
			if *v == nil {
				args[i] = []byte{}
			}
		case *string:
			args[i] = *v
		}
	}
	return args
}

// dump writes all rows of the table.
func (t *table) dump(ctx context.Context, r db.Reader, z *zip.Writer) error {
	f, err := z.Create("rows/" + t.Name + ".jsonl")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	dest := t.dest()
	err = r.Each(ctx, "SELECT "+t.names()+" FROM "+t.Name, nil, func(scan func(...any) error) error {
		if err := scan(dest...); err != nil {
			return err
		}
		t.Rows++
		return enc.Encode(values(dest))
	})
	if err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	return w.Flush()
}

// atOnce is how many rows go into the new database in one transaction.
const atOnce = 500

// load puts the archive's rows of the table into the database. Columns that the archive does not have keep the
// migration's default; columns that the table no longer has are an error.
func (t table) load(ctx context.Context, d *db.DB, z *zip.Reader) error {
	f, err := z.Open("rows/" + t.Name + ".jsonl")
	if err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	defer f.Close()
	marks := make([]string, len(t.Columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	// A migration may have put rows there already: the archive's stand.
	insert := "INSERT INTO " + t.Name + " (" + t.names() + ") VALUES (" + strings.Join(marks, ", ") + ") ON CONFLICT DO NOTHING"
	dec := json.NewDecoder(bufio.NewReaderSize(f, 1<<16))
	var n int64
	for done := false; !done; {
		rows, err := t.read(dec, atOnce)
		if done = errors.Is(err, io.EOF); err != nil && !done {
			return fmt.Errorf("table %s after row %d: %w", t.Name, n, err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			for _, row := range rows {
				if err := tx.Put(ctx, insert, row...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("table %s after row %d: %w", t.Name, n, err)
		}
		n += int64(len(rows))
	}
	if n != t.Rows {
		return fmt.Errorf("table %s has %d rows and should have %d: the archive is damaged", t.Name, n, t.Rows)
	}
	return nil
}

// read is at most n rows, with io.EOF when they were the last.
func (t table) read(dec *json.Decoder, n int) ([][]any, error) {
	var rows [][]any
	for range n {
		dest := t.dest()
		if err := dec.Decode(&dest); err != nil {
			return rows, err
		}
		if len(dest) != len(t.Columns) {
			return rows, fmt.Errorf("a row of %d values instead of %d", len(dest), len(t.Columns))
		}
		rows = append(rows, values(dest))
	}
	return rows, nil
}
