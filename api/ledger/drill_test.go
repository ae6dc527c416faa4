package ledger_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	door "jishi/api/ledger"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/derive/ledger"
	"jishi/derive/ledger/receipt"
	"jishi/work/journal"
)

var day = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// office is one ledger with its door, a citizen's receipt from it, and a watcher who has seen it.
type office struct {
	t       *testing.T
	db      *db.DB
	ledger  *ledger.Ledger
	url     string
	mine    journal.Event
	receipt *receipt.File
	watcher *receipt.Watcher
	next    int // number of the next event
}

func open(t *testing.T, d *db.DB) *office {
	keys, err := ledger.LoadKeys(filepath.Join(t.TempDir(), "ledger.json"), "county.example/ledger", day)
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger.Ledger{DB: d, Keys: keys}
	o := &office{t: t, db: d, ledger: l}
	server := httptest.NewServer(door.New(l, door.Options{Now: func() time.Time { return day }, Fault: func(err error) { t.Error(err) }}))
	t.Cleanup(server.Close)
	o.url = server.URL + "/ledger"
	o.watcher = &receipt.Watcher{URL: o.url, Client: server.Client()}
	o.mine = o.accept(300)
	o.receipt = o.get(o.mine)
	o.look("first")
	return o
}

// accept brings in n events and takes them into the ledger; it returns one of them.
func (o *office) accept(n int) (mine journal.Event) {
	o.t.Helper()
	for i := range n {
		k := o.next
		o.next++
		e := journal.Event{ID: fmt.Sprintf("event-%06d", k), Matter: fmt.Sprintf("matter-%03d", k/3), Seq: k%3 + 1,
			At: day.Add(time.Duration(k) * time.Second), Action: "register", Actor: "officer-1", Org: "county", Data: fmt.Sprintf(`{"with":{"n":"%d"}}`, k)}
		if err := o.db.Write(context.Background(), func(tx *db.Tx) error { return journal.Append(context.Background(), tx, e) }); err != nil {
			o.t.Fatal(err)
		}
		if i == n/2 {
			mine = e
		}
	}
	if _, err := journal.Sequence(context.Background(), o.db, n); err != nil {
		o.t.Fatal(err)
	}
	o.follow()
	return mine
}

func (o *office) follow() {
	o.t.Helper()
	for {
		n, err := o.ledger.Follow(context.Background(), 37) // so that tiles grow in uneven steps
		if err != nil {
			o.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if err := o.ledger.Sign(context.Background(), day); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) get(e journal.Event) *receipt.File {
	o.t.Helper()
	f, err := o.ledger.Receipt(context.Background(), "LX2026-000150", e, []receipt.Saying{{Name: "what", Text: "夜间施工"}})
	if err != nil {
		o.t.Fatal(err)
	}
	return f
}

// look has the watcher look, and wants this to be found.
func (o *office) look(want string) {
	o.t.Helper()
	list, err := o.watcher.Look(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	o.found("the watcher", list, want)
}

// asks has the citizen ask the ledger for the proof of the receipt.
func (o *office) asks(want string) {
	o.t.Helper()
	list, err := o.watcher.Receipt(context.Background(), o.receipt, day.Add(time.Hour))
	if err != nil {
		o.t.Fatal(err)
	}
	o.found("the citizen", list, want)
}

func (o *office) found(who string, list []receipt.Finding, want string) {
	o.t.Helper()
	last := list[len(list)-1]
	if last.Code != want {
		o.t.Errorf("%s found %q (%s), want %q", who, last.Code, last.Say(words.ZH), want)
	}
	if said := last.Say(words.EN); strings.ContainsAny(said, "，。{}") {
		o.t.Errorf("%s: not English: %s", last.Code, said)
	}
}

// verify has the office verify itself, and wants these faults.
func (o *office) verify(want ...string) {
	o.t.Helper()
	_, faults, err := o.ledger.Verify(context.Background())
	if err != nil {
		o.t.Fatal(err)
	}
	var codes []string
	for _, f := range faults {
		if !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	if !slices.Equal(codes, want) {
		o.t.Errorf("verify found %v, want %v", faults, want)
	}
}

func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	err := o.db.Write(context.Background(), func(tx *db.Tx) error { return tx.Put(context.Background(), sql, args...) })
	if err != nil {
		o.t.Fatal(err)
	}
}

// rebuild is an administrator who holds the keys too: he makes the whole tree anew from what stands in the journal.
func (o *office) rebuild() {
	o.t.Helper()
	for _, table := range []string{"ledger_tile", "ledger_checkpoint"} {
		o.exec("DELETE FROM " + table)
	}
	o.exec(`DELETE FROM follower WHERE name = 'ledger'`)
	o.follow()
}

// An administrator with every right in the database, and then with the keys too, changes what was accepted. Each time the
// office's own check says what he did; and when he makes the tree fit again, the receipt and the watcher do.
func TestTheDrill(t *testing.T) {
	drills := []struct {
		name   string
		does   func(o *office)
		verify string // what `jishi verify` finds
		ask    string // what the citizen finds once the tree was made to fit
	}{
		{"edits", func(o *office) {
			o.exec(`UPDATE event SET data = '{"with":{"n":"0"}}' WHERE id = $1`, o.mine.ID)
		}, "changed", "entry"},
		{"backdates", func(o *office) {
			o.exec(`UPDATE event SET at = at - 86400000 WHERE id = $1`, o.mine.ID)
		}, "changed", "entry"},
		{"reorders", func(o *office) {
			var position int64
			if err := o.db.Row(context.Background(), `SELECT position FROM event_position WHERE id = $1`, []any{o.mine.ID}, &position); err != nil {
				o.t.Fatal(err)
			}
			o.exec(`UPDATE event_position SET id = id || '-' WHERE position IN ($1, $2)`, position, position+1)
			o.exec(`UPDATE event_position SET id = (SELECT id FROM event WHERE id = $2) WHERE position = $1`, position+1, o.mine.ID)
			o.exec(`UPDATE event_position SET id = $2 WHERE position = $1`, position, fmt.Sprintf("event-%06d", 151))
		}, "reordered", "included"},
		{"deletes", func(o *office) {
			o.exec(`DELETE FROM event WHERE id = $1`, o.mine.ID)
			o.exec(`DELETE FROM event_position WHERE id = $1`, o.mine.ID)
		}, "missing", "missing"},
	}
	for _, d := range drills {
		t.Run(d.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, base *db.DB) {
				o := open(t, base)
				o.verify()
				o.asks("included")
				o.accept(70)
				o.look("grown")
				o.verify()
				d.does(o)
				o.verify(d.verify)
				o.look("same") // the published tree still says what it said
				if d.name == "deletes" {
					o.exec(`UPDATE event_position SET position = position - 1 WHERE position > 151`)
				}
				o.rebuild()
				o.verify()
				o.asks(d.ask)
				if d.name == "deletes" {
					o.look("shrunk")
					o.accept(5)
				}
				o.look("forked")
			})
		})
	}
}

// A backup of yesterday is put back: the ledger is shorter than it was, and when it has grown again, it is another.
func TestAnOldBackupIsPutBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base *db.DB) {
		o := open(t, base)
		o.accept(40)
		o.look("grown")
		for _, sql := range []string{`DELETE FROM event WHERE id >= 'event-000300'`, `DELETE FROM event_position WHERE position > 300`} {
			o.exec(sql)
		}
		o.rebuild()
		o.look("shrunk")
		o.asks("included") // what was there when the backup was made is still there
		o.exec(`UPDATE event SET action = 'other' WHERE id = 'event-000010'`)
		o.rebuild()
		o.accept(60)
		o.look("forked")
	})
}

// A receipt that was touched says so; one of a key that nobody vouches for is not believed; after a change of keys both
// the old receipt and the new head are.
func TestReceiptsAndKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base *db.DB) {
		o := open(t, base)
		check := func(f *receipt.File, trusted, want string) {
			t.Helper()
			_, list := receipt.Check(f, trusted, nil)
			for _, x := range list {
				if x.Code == want {
					return
				}
			}
			t.Errorf("%+v, want %s", list, want)
		}
		first := o.ledger.Keys.Public()[0].Public
		check(o.get(o.mine), first, "included")
		touched := *o.receipt
		touched.Said = []receipt.Saying{{Name: "what", Text: "白天施工"}}
		check(&touched, first, "said")
		if _, list := receipt.Check(&touched, first, nil); list[1].OK {
			t.Error("changed words were believed")
		}
		touched = *o.receipt
		touched.Promise = strings.Replace(touched.Promise, "LX2026", "LX2025", 1)
		check(&touched, first, "signature")
		if _, list := receipt.Check(&touched, first, nil); list[0].OK {
			t.Error("a changed promise was believed")
		}

		file := filepath.Join(t.TempDir(), "ledger.json")
		keys, err := ledger.LoadKeys(file, "county.example/ledger", day)
		if err != nil {
			t.Fatal(err)
		}
		check(o.receipt, keys.Public()[0].Public, "keys")
		o.ledger.Keys = keys
		o.look("keys")

		o.ledger.Keys, o.watcher.State = keys, receipt.State{}
		o.rebuild()
		o.look("first")
		before := o.get(o.mine)
		if o.ledger.Keys, err = ledger.Rotate(file, day); err != nil {
			t.Fatal(err)
		}
		o.accept(10)
		o.look("grown")
		now := o.ledger.Keys.Public()
		check(before, now[0].Public, "included")
		check(o.get(o.mine), now[0].Public, "included")
		check(o.get(o.mine), now[1].Public, "included")
	})
}

// A witness signs what it found good; a stranger's signature is not taken.
func TestAWitnessSigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, base *db.DB) {
		o := open(t, base)
		private, public, err := note.GenerateKey(nil, "city.example/witness")
		if err != nil {
			t.Fatal(err)
		}
		if public, err = cosign.VKeyToCosignatureV1(public); err != nil {
			t.Fatal(err)
		}
		signer, err := cosign.NewSignerForCosignatureV1(private)
		if err != nil {
			t.Fatal(err)
		}
		o.watcher.Witness = signer
		if _, err := o.watcher.Look(context.Background()); err == nil || !strings.Contains(err.Error(), "见证人") {
			t.Errorf("a stranger's signature: %v", err)
		}
		server := httptest.NewServer(door.New(o.ledger, door.Options{Witnesses: []string{public}, Now: func() time.Time { return day }, Fault: func(err error) { t.Error(err) }}))
		defer server.Close()
		o.watcher.URL = server.URL + "/ledger"
		o.look("same")
		_, list := receipt.Check(o.get(o.mine), "", []string{public})
		if last := list[len(list)-1]; last.Code != "witnessed" || !strings.Contains(last.Say(words.ZH), "city.example/witness") {
			t.Errorf("%+v", list)
		}
		answer, err := http.Get(server.URL + "/ledger/tile/entries/000")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if bundle, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK || len(bundle) != 256*34 {
			t.Errorf("the bundle of entries: %s, %d bytes, %v", answer.Status, len(bundle), err)
		}
	})
}
