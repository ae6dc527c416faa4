package torture

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/bench"
)

// TestAPoisonedEventStopsNobody: somebody puts events into the journal that nothing can read. All that follows the journal
// goes on behind them, and the operator is shown which they are: by verify, and by a number among the metrics.
func TestAPoisonedEventStopsNobody(t *testing.T) {
	d, _ := long()
	s := newSite(t, "sqlite", 1, false)
	l, h := s.load(rate(), d, func() {
		house, err := db.Open(t.Context(), s.url)
		if err != nil {
			t.Fatal(err)
		}
		defer house.Close()
		err = house.Write(t.Context(), func(tx *db.Tx) error {
			for i, matter := range []string{"poison-nobody", "poison-spoilt"} {
				id := fmt.Sprintf("poison-%d", i)
				if err := tx.Put(t.Context(), `INSERT INTO event (id, matter, seq, at, action, actor, org, data) VALUES ($1, $2, 1, $3, 'open', 'mallory', '', '{no JSON')`,
					id, matter, time.Now().UnixMilli()); err != nil {
					return err
				}
				if err := tx.Put(t.Context(), `INSERT INTO event_waiting (id) VALUES ($1)`, id); err != nil {
					return err
				}
			}
			return tx.Put(t.Context(), `INSERT INTO matter (id, number, procedure, version, class, state, sealed, ended, holder, area, officer, title, place, channel,
				opened, updated, due, alarm, due_clock, seq, fold, brief) SELECT 'poison-spoilt', 'POISON', 'suggestion', version, class, state, FALSE, FALSE, holder, area, '', 'x', place,
				channel, opened, updated, due, alarm, due_clock, 1, '{no JSON', '' FROM matter WHERE procedure = 'petition' LIMIT 1`)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	s.caughtUp()
	s.receipts(h)
	s.journal(l, h)
	out, err := s.run("verify")
	if err == nil || !strings.Contains(out, "search passed over event poison-") || !strings.Contains(out, "shown passed over event poison-1") {
		t.Errorf("verify does not say what was passed over: %v\n%s", err, out)
	}
	for line := range strings.SplitSeq(out, "\n") {
		if strings.HasPrefix(line, "FAULT") && !strings.Contains(strings.ToLower(line), "poison") {
			t.Errorf("one bad event spoilt more than itself: %s", line)
		}
	}
	metrics := fetch(t, s.at()[0]+"/metrics")
	if !strings.Contains(metrics, "jishi_follower_faults ") || strings.Contains(metrics, "jishi_follower_faults 0") {
		t.Errorf("the metrics do not tell of it: %.300s", metrics)
	}
	x := &trial{site: s, says: "2 events"}
	x.row("an event that nothing can read", h)
}

func fetch(t *testing.T, at string) string {
	t.Helper()
	out, err := exec.Command("curl", "-s", "-m", "10", at).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// journal holds the history against the journal alone.
func (s *site) journal(_ *bench.Load, h *bench.History) {
	s.t.Helper()
	d, err := db.Open(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	r, err := Read(s.t.Context(), d, h.Run)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, fault := range Check(h, r) {
		s.t.Error(fault)
	}
}

// next is the program of the next release: the same with one migration more, of the kind that later releases bring.
func next(t *testing.T) string {
	dir, err := filepath.Abs("../schema")
	if err != nil {
		t.Fatal(err)
	}
	sql := filepath.Join(t.TempDir(), "next.sql")
	text := "-- +goose Up\nALTER TABLE matter ADD COLUMN torture TEXT NOT NULL DEFAULT '';\nCREATE INDEX matter_torture ON matter (torture, id);\nCREATE TABLE torture (id TEXT PRIMARY KEY);\n"
	if err := os.WriteFile(sql, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	list, _ := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(dir, "9000_next.sql"): sql}})
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return build(t, "jishi-next", "-overlay", overlay)
}

// TestUpgradeUnderLoad: two servers are replaced one after the other by those of the next release, which brings the schema
// forward while people work; nobody notices. An older program that is started afterwards refuses, says why, and changes
// nothing.
func TestUpgradeUnderLoad(t *testing.T) {
	d, all := long()
	if !all {
		t.Skip("NOT TESTED in the short form: it builds the program a second time; make torture does it")
	}
	s := newSite(t, "postgres", 2, false)
	newer := next(t)
	l, h := s.load(rate(), d, func() {
		for _, n := range s.nodes {
			n.stop()
			n.program = newer
			n.open()
			time.Sleep(d / 4)
		}
	})
	old := &node{site: s, program: build(t, "jishi"), addr: freeAddr(t)}
	err := old.try()
	if err == nil || !strings.Contains(err.Error(), "and this program knows") {
		t.Errorf("an older program starts on a newer database, or does not say why it does not: %v", err)
		old.stop()
	}
	if out, err := s.run("migrate"); err == nil || !strings.Contains(out, "and this program knows") {
		t.Errorf("an older program migrates a newer database: %v %s", err, out)
	}
	s.journal(l, h)
	s.caughtUp()
	s.receipts(h)
	args := append([]string{"verify"}, s.args()...)
	if out, err := exec.Command(newer, args...).CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	x := &trial{site: s, says: "2 servers, 1 migration"}
	x.row("an upgrade, and a downgrade that is refused", h)
}

// TestRestoreToAPoint: a backup is made while people work. What was promised before it began is in it, nothing is in it by
// halves, and all that follows the journal catches up in the restored system.
func TestRestoreToAPoint(t *testing.T) {
	d, all := long()
	if !all {
		t.Skip("NOT TESTED in the short form: cmd/jishi has its own test of backup and restore; make torture does it under load")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s := newSite(t, engine, 1, false)
			archive := filepath.Join(t.TempDir(), "point.zip")
			var began time.Time
			_, h := s.load(rate(), d, func() {
				time.Sleep(d / 2)
				began = time.Now()
				if out, err := s.run("backup", "--keys", archive); err != nil {
					t.Errorf("backup: %v\n%s", err, out)
				}
			})
			again := &site{t: t, engine: engine, data: filepath.Join(t.TempDir(), "again")}
			again.url = "sqlite:" + filepath.Join(again.data, "jishi.db")
			if engine == "postgres" {
				again.url = ours(t).database(t)
			}
			if out, err := again.run("restore", archive); err != nil {
				t.Fatalf("restore: %v\n%s", err, out)
			}
			n := again.add(build(t, "jishi"))
			defer n.stop()
			before := &bench.History{Run: h.Run}
			for _, step := range h.Steps {
				if h.Began.Add(time.Duration(step.Done)).Before(began) {
					before.Steps = append(before.Steps, step)
				} else { // it may be in the backup or not
					step.Status, step.Tries = 0, 1
					before.Steps = append(before.Steps, step)
				}
			}
			again.journal(nil, before)
			again.caughtUp()
			again.searched(before)
			if out, err := again.run("verify"); err != nil {
				t.Errorf("verify: %v\n%s", err, out)
			}
			x := &trial{site: again, says: "1 backup under load"}
			x.row("restored to a point in time", before)
		})
	}
}

// searched: what the restored system holds is found by words and by number, as before.
func (s *site) searched(h *bench.History) {
	s.t.Helper()
	d, err := db.Open(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	var matters, indexed int64
	if err := d.Row(s.t.Context(), `SELECT (SELECT COUNT(*) FROM matter), (SELECT COUNT(*) FROM search_doc)`, nil, &matters, &indexed); err != nil || indexed < matters {
		s.t.Errorf("%d of %d matters can be searched: %v", indexed, matters, err)
	}
	if s.engine == "sqlite" {
		var n int64
		if err := d.Row(s.t.Context(), `SELECT COUNT(*) FROM search_gram`, nil, &n); err != nil || n < matters {
			s.t.Errorf("the tokens of %d of %d matters are there: %v", n, matters, err)
		}
	}
}
