package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// notes is a small schema of our own beside the real one.
var notes = fstest.MapFS{"9001_note.sql": {Data: []byte(`-- +goose Up
CREATE TABLE shelf (
  shelf TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
CREATE TABLE note (
  note  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  shelf TEXT COLLATE "C" NOT NULL REFERENCES shelf (shelf),
  seq   BIGINT NOT NULL,
  open  BOOLEAN NOT NULL,
  body  BYTEA NOT NULL
);
CREATE INDEX note_seq ON note (seq);
`)}}

func withNotes(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { shelve(t, d); fn(t, d) })
}

func shelve(t testing.TB, d *db.DB) {
	t.Helper()
	if err := d.Migrate(t.Context(), plus(t, notes)); err != nil {
		t.Fatal(err)
	}
	must(t, d.Write(t.Context(), func(tx *db.Tx) error {
		return tx.Put(t.Context(), "INSERT INTO shelf (shelf) VALUES ($1)", "a")
	}))
}

const insert = "INSERT INTO note (note, shelf, seq, open, body) VALUES ($1, $2, $3, $4, $5)"

func count(t *testing.T, d db.Reader) (n int) {
	t.Helper()
	must(t, d.Row(t.Context(), "SELECT COUNT(*) FROM note", nil, &n))
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSixtyFourWriteAtOnceAndOneFails(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		sorry := errors.New("changed my mind after writing")
		var wg sync.WaitGroup
		var failed, stored atomic.Int64
		for i := range 64 {
			wg.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if _, err := tx.Exec(t.Context(), insert, fmt.Sprint("n", i), "a", i, true, []byte{1}); err != nil {
						return err
					}
					if i == 13 {
						return sorry
					}
					return nil
				})
				switch {
				case err == nil:
					stored.Add(1)
					var seq int
					if err := d.Row(t.Context(), "SELECT seq FROM note WHERE note = $1", []any{fmt.Sprint("n", i)}, &seq); err != nil || seq != i {
						t.Errorf("n%d was acknowledged and is not there: %v", i, err)
					}
				case errors.Is(err, sorry) && i == 13:
					failed.Add(1)
				default:
					t.Errorf("n%d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if stored.Load() != 63 || failed.Load() != 1 || count(t, d) != 63 {
			t.Fatalf("stored %d, failed %d, in the table %d", stored.Load(), failed.Load(), count(t, d))
		}
		if s := d.Stats(); d.Engine() == db.SQLite && (s.Replays != 1 || s.Waiting != 0) {
			t.Errorf("want one replay and nobody waiting: %+v", s)
		}
	})
}

// Whoever is refused before having written anything must not cost the others their shared commit.
func TestARefusalBeforeWritingDisturbsNobody(t *testing.T) {
	d := dbtest.SQLite(t)
	shelve(t, d)
	hold, held := make(chan struct{}), make(chan struct{})
	go d.Write(t.Context(), func(tx *db.Tx) error { close(held); <-hold; return nil })
	<-held
	before := d.Stats()
	refused := errors.New("somebody acted before you")
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if i%2 == 0 {
					n, err := tx.Exec(t.Context(), "UPDATE note SET seq = $1 WHERE note = $2", 1, "nobody")
					if err != nil || n != 0 {
						t.Errorf("changed %d rows, %v", n, err)
					}
					return refused
				}
				return tx.Put(t.Context(), insert, fmt.Sprint("n", i), "a", i, false, nil2())
			})
			if (i%2 == 0) != errors.Is(err, refused) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	for d.Stats().Waiting < 32 {
		runtime.Gosched()
	}
	close(hold)
	wg.Wait()
	s := d.Stats()
	if s.Replays != 0 || s.Commits-before.Commits != 1 || count(t, d) != 16 {
		t.Fatalf("want one commit for all, no replay, 16 rows; %+v then %+v, %d rows", before, s, count(t, d))
	}
}

func nil2() []byte { return nil }

func TestAPanicReachesItsOwnCallerOnly(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			must(t, tx.Put(t.Context(), insert, "p", "a", 1, true, []byte{}))
			panic("oops")
		})
		if err == nil || !strings.Contains(err.Error(), "oops") {
			t.Fatalf("want the panic as an error, got %v", err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			d.Write(context.Background(), func(tx *db.Tx) error { runtime.Goexit(); return nil })
		}()
		<-done
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), insert, "q", "a", 1, true, []byte{})
		}))
		if n := count(t, d); n != 1 {
			t.Fatalf("%d rows, want the one that was acknowledged", n)
		}
	})
}

func TestWhoGivesUpWaitingWasNeverRun(t *testing.T) {
	d := dbtest.SQLite(t)
	hold, held := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- d.Write(t.Context(), func(tx *db.Tx) error { close(held); <-hold; return nil })
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := d.Write(ctx, func(tx *db.Tx) error { t.Error("it ran"); return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	close(hold)
	must(t, <-first)
}

// On SQLite this would wait for itself; it is told instead, and nothing of the outer one stays.
func TestAWriteInsideAWriteIsToldSo(t *testing.T) {
	d := dbtest.SQLite(t)
	shelve(t, d)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		must(t, tx.Put(t.Context(), insert, "n", "a", 1, true, []byte{}))
		return d.Write(t.Context(), func(*db.Tx) error { return nil })
	})
	if err == nil || !strings.Contains(err.Error(), "inside Write") || count(t, d) != 0 {
		t.Fatalf("%v, %d rows", err, count(t, d))
	}
}

func TestDriversErrorsBecomeOurs(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		add := func(note, shelf string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				return tx.Put(t.Context(), insert, note, shelf, 1, true, []byte{})
			})
		}
		must(t, add("n", "a"))
		if err := add("n", "a"); !errors.Is(err, db.ErrExists) || strings.Contains(err.Error(), "“”") {
			t.Errorf("the same key twice: %v", err)
		}
		if err := add("m", "nowhere"); !errors.Is(err, db.ErrForeign) {
			t.Errorf("an unknown shelf: %v", err)
		}
		var seq int
		if err := d.Row(t.Context(), "SELECT seq FROM note WHERE note = $1", []any{"none"}, &seq); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("no row: %v", err)
		}
		if err := d.Row(t.Context(), "SELECT nothing FROM note", nil, &seq); err == nil || errors.Is(err, db.ErrNotFound) {
			t.Errorf("bad SQL: %v", err)
		}
	})
}

// PostgreSQL would not go on after a failed statement; SQLite must not either.
func TestASwallowedFailureStillUndoesEverything(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			must(t, tx.Put(t.Context(), insert, "n", "a", 1, true, []byte{}))
			tx.Exec(t.Context(), insert, "n", "a", 2, true, []byte{})
			tx.Put(t.Context(), insert, "m", "a", 3, true, []byte{})
			return nil
		})
		if !errors.Is(err, db.ErrExists) || count(t, d) != 0 {
			t.Fatalf("%v, %d rows", err, count(t, d))
		}
	})
}

func TestAWriteSeesItsOwnRowsAndReadersDoNotUntilItEnds(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			must(t, tx.Put(t.Context(), insert, "n", "a", 7, true, []byte("内容")))
			must(t, tx.Put(t.Context(), insert, "o", "a", 8, false, []byte{}))
			if n := count(t, tx); n != 2 {
				t.Errorf("inside: %d", n)
			}
			if n := count(t, d); n != 0 {
				t.Errorf("outside, before the commit: %d", n)
			}
			var seq int64
			must(t, tx.Row(t.Context(), "UPDATE note SET seq = seq + 1 WHERE note = $1 RETURNING seq", []any{"n"}, &seq))
			if seq != 8 {
				t.Errorf("seq %d", seq)
			}
			n, err := tx.Exec(t.Context(), "DELETE FROM note WHERE open = $1", false)
			if n != 1 {
				t.Errorf("deleted %d", n)
			}
			return err
		}))
		var open bool
		var body []byte
		must(t, d.Row(t.Context(), "SELECT open, body FROM note WHERE note = $1 AND open = TRUE", []any{"n"}, &open, &body))
		if !open || !bytes.Equal(body, []byte("内容")) {
			t.Errorf("%v %q", open, body)
		}
	})
}

func TestParametersMayRepeatAndComeInAnyOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var a, b string
		err := d.Row(t.Context(), "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT), 'costs $1' WHERE CAST($11 AS TEXT) = 'k'",
			[]any{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}[0:11], &a, &b)
		if d.Engine() == db.PostgreSQL && err != nil { // unused parameters have no type there
			err = d.Row(t.Context(), "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT), 'costs $1'", []any{"a", "b"}, &a, &b)
		}
		if err != nil || a != "bab" || b != "costs $1" {
			t.Fatalf("%q %q %v", a, b, err)
		}
	})
}

// A statement of many rows stores each value where it belongs, whether its places come in order or not, and a text that
// looks like a place stays a text.
func TestAStatementOfManyRowsKeepsItsOrder(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		put := func(sql string, args ...any) {
			must(t, d.Write(t.Context(), func(tx *db.Tx) error {
				tx.Many()
				return tx.Put(t.Context(), sql, args...)
			}))
		}
		put("INSERT INTO shelf (shelf) VALUES ('$1''s')")
		for _, ordered := range []bool{true, false} {
			var args []any
			var rows []string
			for i := range 40 {
				row := []any{fmt.Sprint(ordered, i), i, []byte{byte(i)}}
				a, c := 0, 2
				if !ordered {
					a, c = 2, 0
				}
				rows = append(rows, fmt.Sprintf("($%d, $%d, '$1''s', FALSE, $%d)", 3*i+a+1, 3*i+2, 3*i+c+1))
				args = append(args, row[a], row[1], row[c])
			}
			put("INSERT INTO note (note, seq, shelf, open, body) VALUES "+strings.Join(rows, ", "), args...)
			var n int
			var shelf string
			var body []byte
			must(t, d.Row(t.Context(), "SELECT seq, shelf, body FROM note WHERE note = $1", []any{fmt.Sprint(ordered, 37)}, &n, &shelf, &body))
			if n != 37 || shelf != "$1's" || !bytes.Equal(body, []byte{37}) {
				t.Errorf("%d %q %v", n, shelf, body)
			}
		}
	})
}

func TestTextIsOrderedByItsBytes(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		names := []string{"b", "阿", "a_b", "a-b", "A", "李", "a", "张", "B", "é"}
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			for _, n := range names {
				must(t, tx.Put(t.Context(), insert, n, "a", 1, true, []byte{}))
			}
			return nil
		}))
		var got []string
		must(t, d.Each(t.Context(), "SELECT note FROM note ORDER BY note", nil, func(scan func(...any) error) error {
			var n string
			err := scan(&n)
			got = append(got, n)
			return err
		}))
		slices.Sort(names)
		if !slices.Equal(got, names) {
			t.Errorf("got  %q\nwant %q", got, names)
		}
	})
}

func TestWhatPostgresWouldRefuseIsRefusedBefore(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		for _, bad := range []any{"a\x00b", "half \xe6\x9d", time.Unix(0, 0), uint64(1) << 63, struct{}{}} {
			ran := false
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				ran = true
				return tx.Put(t.Context(), insert, bad, "a", 1, true, []byte{})
			})
			if err == nil || !ran {
				t.Errorf("%#v was taken", bad)
			}
			if s, ok := bad.(string); ok && !errors.Is(err, db.ErrText) {
				t.Errorf("%q: %v", s, err)
			}
		}
	})
}

func TestAReaderCannotWrite(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		var s string
		err := d.Row(t.Context(), "INSERT INTO shelf (shelf) VALUES ($1) RETURNING shelf", []any{"z"}, &s)
		if err == nil {
			t.Fatal("a row was written through the read pool")
		}
	})
}

func TestStatementsInsideEachAreRefused(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Each(t.Context(), "SELECT shelf FROM shelf", nil, func(scan func(...any) error) error {
				return tx.Put(t.Context(), "DELETE FROM note")
			})
		})
		if err == nil || !strings.Contains(err.Error(), "inside Each") {
			t.Fatal(err)
		}
	})
}

// Sixteen officers press the same button: the row count tells fifteen of them.
func TestSixteenPressOneButton(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		must(t, d.Write(t.Context(), func(tx *db.Tx) error { return tx.Put(t.Context(), insert, "n", "a", 1, true, []byte{}) }))
		var won atomic.Int64
		stale := errors.New("stale")
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					n, err := tx.Exec(t.Context(), "UPDATE note SET seq = seq + 1 WHERE note = $1 AND seq = $2", "n", 1)
					if err == nil && n == 0 {
						return stale
					}
					return err
				})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, stale) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d won", won.Load())
		}
	})
}

// Two transfers that lock two rows in opposite order: PostgreSQL kills one, Write runs it again.
func TestADeadlockIsRunAgain(t *testing.T) {
	withNotes(t, func(t *testing.T, d *db.DB) {
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			must(t, tx.Put(t.Context(), insert, "x", "a", 0, true, []byte{}))
			return tx.Put(t.Context(), insert, "y", "a", 0, true, []byte{})
		}))
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				order := []string{"x", "y"}
				if i%2 == 1 {
					slices.Reverse(order)
				}
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					for _, n := range order {
						if _, err := tx.Exec(t.Context(), "UPDATE note SET seq = seq + 1 WHERE note = $1", n); err != nil {
							return err
						}
						time.Sleep(20 * time.Millisecond)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var x, y int
		must(t, d.Row(t.Context(), "SELECT a.seq, b.seq FROM note a, note b WHERE a.note = 'x' AND b.note = 'y'", nil, &x, &y))
		if x != 4 || y != 4 {
			t.Fatalf("x %d y %d, want 4 4", x, y)
		}
	})
}

func TestABackupTakenWhileWritingIsWhole(t *testing.T) {
	d := dbtest.SQLite(t)
	shelve(t, d)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { // always in pairs
				must(t, tx.Put(t.Context(), insert, fmt.Sprint("a", i), "a", i, true, make([]byte, 500)))
				return tx.Put(t.Context(), insert, fmt.Sprint("b", i), "a", i, true, make([]byte, 500))
			}))
		}
	}()
	time.Sleep(100 * time.Millisecond)
	path := filepath.Join(t.TempDir(), "copy.db")
	must(t, d.Backup(t.Context(), path))
	if err := d.Backup(t.Context(), path); err == nil {
		t.Error("an existing file was overwritten")
	}
	close(stop)
	<-done
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", i.Mode(), err)
	}
	copied := dbtest.Open(t, "sqlite:"+path)
	var check string
	must(t, copied.Row(t.Context(), "PRAGMA integrity_check", nil, &check))
	if n := count(t, copied); check != "ok" || n == 0 || n%2 != 0 {
		t.Fatalf("check %q, %d rows", check, n)
	}
}

// With somebody reading at every moment SQLite never finds one to begin its log anew: after this it had 160 MB.
// Left to itself the log would hold all of the 192 MB. It is emptied at 64, or a few times 16 later where the machine is
// so busy that a reader of some milliseconds does not end within a tenth of a second.
func TestTheLogStaysSmallWhileOthersRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	d := dbtest.Open(t, "sqlite:"+path)
	shelve(t, d)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for n := range 3 {
		must(t, d.Write(t.Context(), func(tx *db.Tx) error { return tx.Put(t.Context(), insert, fmt.Sprint(n), "a", n, true, []byte("x")) }))
	}
	for range 3 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				must(t, d.Each(t.Context(), "SELECT note FROM note WHERE seq < 3", nil, func(scan func(...any) error) error {
					time.Sleep(2 * time.Millisecond)
					var note string
					return scan(&note)
				}))
			}
		})
	}
	for i := range 192 {
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), insert, fmt.Sprint("b", i), "a", 10+i, true, make([]byte, 1<<20))
		}))
	}
	close(stop)
	all.Wait()
	if i, err := os.Stat(path + "-wal"); err != nil || i.Size() > 144<<20 {
		t.Errorf("%v %v", i.Size(), err)
	}
}

func TestPostgresPointsToItsOwnBackup(t *testing.T) {
	d := dbtest.PostgreSQL(t)
	if err := d.Backup(t.Context(), filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Fatal(err)
	}
}

func TestAfterCloseTheAnswerIsUnavailable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		must(t, d.Ping(t.Context()))
		d.Close()
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return nil }); !errors.Is(err, db.ErrUnavailable) && d.Engine() == db.SQLite {
			t.Errorf("write: %v", err)
		}
		if err := d.Ping(t.Context()); err == nil {
			t.Error("a closed database answered")
		}
	})
}

func TestAddressesThatCannotBeOpened(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite:", "postgres://nobody@127.0.0.1:1/x?connect_timeout=1"} {
		d, err := db.Open(t.Context(), url)
		if err == nil {
			d.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
