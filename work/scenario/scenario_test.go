package scenario_test

import (
	"context"
	"strings"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/rules"
	"jishi/schema"
	"jishi/work/scenario"
)

func world(t testing.TB) scenario.World {
	t.Helper()
	w, err := scenario.NewWorld(rules.FS, words.EN)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func shipped(t testing.TB) []string {
	t.Helper()
	names, err := scenario.Files(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func run(t testing.TB, w scenario.World, d *db.DB, name string) (scenario.Report, error) {
	t.Helper()
	f, err := rules.FS.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return w.Run(context.Background(), d, name, f)
}

// Every worked case that is shipped comes out as its writer said, on both databases.
func TestShippedScenarios(t *testing.T) {
	w := world(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, name := range shipped(t) {
			t.Run(name, func(t *testing.T) {
				report, err := run(t, w, d, name)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range report.Lines {
					if !l.OK {
						t.Errorf("✗ %s", l.Text)
					}
				}
			})
		}
	})
}

// A case that expects something else than what comes out is told so, and what came out.
func TestADifferenceIsTold(t *testing.T) {
	w := world(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		report, err := w.Run(context.Background(), d, "wrong.yaml", strings.NewReader(`scenario: 数错一天
procedure: petition
given: {state: at-competent, handler: 区住建局}
steps:
  - {at: 2025-03-03, as: handler, do: accept, expect: {state: handling, due: {handle: 2025-05-03}, letters: []}}
  - {at: 2025-04-25, as: head-of-handler, do: extend, with: {days: 31}}
  - {at: 2025-04-25, as: head-of-handler, do: extend, with: {days: 30}, expect: {refused: 三十日}}
`))
		if err != nil {
			t.Fatal(err)
		}
		if report.OK() || len(report.Lines) != 3 {
			t.Fatalf("got %+v, want three lines that differ", report)
		}
		for i, want := range [][]string{
			{"want due handle 2025-05-03, got 2025-05-02", "want letters -, got notice-of-receipt"}, {"refused"}, {"三十日"},
		} {
			for _, text := range want {
				if l := report.Lines[i]; l.OK || !strings.Contains(l.Text, text) {
					t.Errorf("step %d says %q, want %q in it", i+1, l.Text, text)
				}
			}
		}
	})
}

// Scenarios leave nothing behind at the address they are given.
func TestScratchLeavesNothing(t *testing.T) {
	for engine, address := range dbtest.URLs(t) {
		t.Run(engine, func(t *testing.T) {
			ctx := context.Background()
			d, done, err := scenario.Scratch(ctx, address, schema.FS)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := run(t, world(t), d, "scenarios/petition/xf-04-extension.yaml"); err != nil {
				t.Error(err)
			}
			done()
			outer, err := db.Open(ctx, address)
			if err != nil {
				t.Fatal(err)
			}
			defer outer.Close()
			n := 0
			if err := outer.Row(ctx, `SELECT COUNT(*) FROM event`, nil, &n); err != nil || n > 0 {
				t.Errorf("%d events stayed behind (%v)", n, err)
			}
		})
	}
}
