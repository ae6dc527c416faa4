package scenario_test

import (
	"context"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/rules"
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
