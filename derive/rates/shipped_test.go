package rates_test

import (
	"testing"

	"jishi/base/calendar"
	"jishi/base/db/dbtest"
	"jishi/base/law"
	"jishi/base/words"
	"jishi/derive/rates"
	"jishi/rules"
	"jishi/work/journal"
	"jishi/work/procedure"
	"jishi/work/scenario"
)

// Every worked case that is shipped is counted without a fault, no sealed matter is, and each rate of each shipped
// set is one that some case moves: a rate that nothing moves measures nothing.
func TestShippedCasesAreCounted(t *testing.T) {
	w, err := scenario.NewWorld(rules.FS, words.ZH)
	if err != nil {
		t.Fatal(err)
	}
	names, err := scenario.Files(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	laws, _ := law.Load(rules.FS)
	cal, _ := calendar.Load(rules.FS)
	b, err := procedure.Load(rules.FS, laws, cal)
	if err != nil {
		t.Fatal(err)
	}
	x := &rates.Index{Sets: b.Rates("")}
	measured := map[string]bool{}
	for _, s := range x.Sets {
		measured[s.Procedure] = true
	}
	d := dbtest.SQLite(t)
	moved := map[string]bool{}
	for _, name := range names {
		s := scenarioOf(t, name)
		if !measured[s.Procedure] && s.Procedure != "attribution-appeal" {
			continue
		}
		f, err := rules.FS.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Run(t.Context(), d, name, f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for n := 1; n > 0 && err == nil; {
			n, err = journal.Sequence(t.Context(), d, 500)
		}
		if err == nil {
			err = x.Rebuild(t.Context(), d)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var faults, sealed int
		if err := d.Row(t.Context(), `SELECT (SELECT COUNT(*) FROM follower_fault WHERE follower = 'rates'),
			(SELECT COUNT(*) FROM rate_case c JOIN matter m ON m.id = c.matter WHERE m.sealed)`, nil, &faults, &sealed); err != nil || faults+sealed > 0 {
			t.Errorf("%s: %d faults, %d sealed, %v", name, faults, sealed, err)
		}
		err = d.Each(t.Context(), `SELECT DISTINCT rate || ' ' || outcome FROM rate_case ORDER BY 1`, nil, func(scan func(...any) error) error {
			var rate string
			err := scan(&rate)
			moved[rate] = true
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range x.Sets {
		for _, id := range s.RateIDs() {
			if key := s.ID + "." + id; !moved[key+" "+rates.Met] {
				t.Errorf("%s: no worked case counts in its numerator (open %v, not met %v)", key, moved[key+" "+rates.Open], moved[key+" "+rates.Not])
			}
		}
	}
}

func scenarioOf(t *testing.T, name string) *scenario.Scenario {
	t.Helper()
	f, err := rules.FS.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := scenario.Parse(name, f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
