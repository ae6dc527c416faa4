package db_test

import (
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/schema"
)

// plus is the program's own migrations and some more.
func plus(t testing.TB, more fstest.MapFS) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	names, err := fs.Glob(schema.FS, "*.sql")
	must(t, err)
	for _, n := range names {
		b, err := schema.FS.ReadFile(n)
		must(t, err)
		all[n] = &fstest.MapFile{Data: b}
	}
	for n, f := range more {
		all[n] = f
	}
	return all
}

func TestAnOldProgramRefusesANewDatabase(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		err := d.Migrate(t.Context(), schema.FS)
		if err == nil || !strings.Contains(err.Error(), "schema 9001") || !strings.Contains(err.Error(), "newer") {
			t.Fatalf("got %v", err)
		}
	})
}

func TestANumberThatComesLateIsStillRun(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		late := fstest.MapFS{"9001_note.sql": notes["9001_note.sql"], "9000_late.sql": {Data: []byte(
			"-- +goose Up\nCREATE TABLE late (\n  n BIGINT NOT NULL,\n  f DOUBLE PRECISION NOT NULL,\n" +
				"  lite BIGINT NOT NULL, -- only: sqlite\n  pg BIGINT NOT NULL, -- only: postgres\n  CHECK (n > 0)\n);\n")}}
		must(t, d.Migrate(t.Context(), plus(t, late)))
		must(t, d.Migrate(t.Context(), plus(t, late)))
		column := map[db.Engine]string{db.SQLite: "lite", db.PostgreSQL: "pg"}[d.Engine()]
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), "INSERT INTO late (n, f, "+column+") VALUES ($1, $2, $3)", 1, 0.5, 2)
		}))
	})
}

// Without STRICT, SQLite would keep a word in a number's column.
func TestAWordInANumbersColumnIsRefused(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), insert, "n", "a", "many", true, []byte{})
		})
		if err == nil {
			t.Fatal("it was taken")
		}
	})
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	url := dbtest.URLs(t)["postgres"]
	if url == "" {
		t.Skip("NOT TESTED ON POSTGRESQL")
	}
	var wg sync.WaitGroup
	for range 3 {
		d := dbtest.Open(t, url)
		wg.Go(func() {
			if err := d.Migrate(t.Context(), plus(t, notes)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
