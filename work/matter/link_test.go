package matter_test

import (
	"os"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/law"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/rules"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// repairs is a store with two invented procedures, in which one opens matters of the other.
func repairs(t testing.TB) *matter.Store {
	t.Helper()
	s, cal := store(t)
	laws, err := law.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	book, err := procedure.Load(os.DirFS("testdata"), laws, cal)
	if err != nil {
		t.Fatal(err)
	}
	s.Book = book
	return s
}

func report(t testing.TB, s *matter.Store, d *db.DB, class string, with map[string]string) *matter.Matter {
	t.Helper()
	p, err := s.Book.Procedure("repair", "2025-03-03", "")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{"title": "水管爆裂", "what": "巷口水管爆裂。", "target": "town"}
	for k, v := range with {
		said[k] = v
	}
	var m *matter.Matter
	id := matter.NewID()
	err = d.Write(ctx, func(tx *db.Tx) error {
		var err error
		m, err = s.Open(ctx, tx, matter.Opening{ID: id, Number: "QX-" + id, Procedure: p, Class: class, Channel: "net",
			Parties: map[string][]matter.Party{"owner": {{Person: "ref1"}}},
			Entry:   &matter.Entry{Number: "x", Channel: "net", Person: "ref1"},
			Press:   matter.Press{By: actor.Nobody(words.ZH), At: day("2025-03-03"), With: said}})
		return err
	})
	return must(t, m, err)
}

// parts are the matters opened from m, as they stand.
func parts(t testing.TB, s *matter.Store, d *db.DB, m *matter.Matter) (list []*matter.Matter) {
	t.Helper()
	for _, l := range m.Links {
		if l.Kind == matter.Opened {
			part, err := s.Load(ctx, d, l.Matter)
			list = append(list, must(t, part, err))
		}
	}
	return list
}

// A street calls two crews; each has its own task; the first to arrive moves the whole; the whole cannot end before
// both have left; and whoever reported it follows all of it.
func TestOneMatterOpensOthersAndWaitsForThem(t *testing.T) {
	town := officer("街", "town", actor.Handle)
	water := officer("水", "water", actor.Handle)
	housing := officer("房", "housing", actor.Handle)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := repairs(t)
		m := report(t, s, d, "open", nil)
		act := func(m *matter.Matter, by actor.Actor, action string, with map[string]string) (*matter.Matter, error) {
			var next *matter.Matter
			err := d.Write(ctx, func(tx *db.Tx) error {
				var err error
				next, err = s.Do(ctx, tx, m.ID, 0, matter.Press{Action: action, By: by, At: day("2025-03-04"), With: with})
				return err
			})
			return next, err
		}
		m, err := act(m, town, "send", map[string]string{"crews": "water housing", "remark": "带泵"})
		must(t, m, err)
		crews := parts(t, s, d, m)
		if len(crews) != 2 || crews[0].Org("crew") != "water" || crews[1].Org("crew") != "housing" {
			t.Fatalf("two crews were called, %d tasks are there", len(crews))
		}
		if c := crews[0]; c.Org("street") != "town" || c.Fields["title"] != "水管爆裂" || c.Fields["remark"] != "带泵" || c.Fields["what"] != "" {
			t.Errorf("the task carries %v of %v: what it asks for and nothing else", c.Fields, c.Parties)
		}
		if c := crews[0]; c.Org("caller") != "town" || len(c.Parties["called-by"]) != 1 || c.Parties["called-by"][0].Person != "街" {
			t.Errorf("whoever took the step did not call: %v", c.Parties)
		}
		citizen := actor.Actor{Kind: actor.Citizen, Person: "ref1"}
		if !s.Sees(citizen, crews[1]) {
			t.Error("whoever reported it cannot follow the task")
		}
		if s.Sees(housing, crews[0]) {
			t.Error("one crew reads the other's task")
		}
		if _, err := act(m, town, "finish", nil); code(err) != "still-open" {
			t.Errorf("finishing while two crews are out: %v", err)
		}
		_, err = act(crews[0], water, "arrive", map[string]string{"remark": "到了"})
		must(t, m, err)
		m = reload(t, s, d, m)
		if m.State != "moving" || m.Fields["remark"] != "到了" {
			t.Errorf("after the first arrival the whole is %s, remark %q", m.State, m.Fields["remark"])
		}
		_, err = act(crews[1], housing, "arrive", nil) // the whole has moved already: nothing is in the way
		must(t, m, err)
		_, err = act(crews[0], water, "leave", nil)
		must(t, m, err)
		if _, err := act(m, town, "finish", nil); code(err) != "still-open" {
			t.Errorf("finishing while one crew is out: %v", err)
		}
		_, err = act(m, town, "stop", nil)
		must(t, m, err)
		for _, c := range parts(t, s, d, m) {
			if !c.Ended {
				t.Errorf("the crew of %s was told to leave and is %s", c.Org("crew"), c.State)
			}
		}
		m, err = act(m, town, "finish", nil)
		if must(t, m, err); m.State != "done" {
			t.Error("finished, and the state is", m.State)
		}
		if _, faults, err := s.Verify(ctx, d); err != nil || len(faults) > 0 {
			t.Errorf("the rows differ from the journal: %v %v", faults, err)
		}
	})
}

// What a sealed matter opens is as sealed, and as closed to whoever is complained of.
func TestASealedMatterOpensSealedOnes(t *testing.T) {
	town, water := officer("街", "town", actor.Handle), officer("水", "water", actor.Handle)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := repairs(t)
		m := report(t, s, d, "secret", map[string]string{"against": "housing"})
		send := func(crews string) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := s.Do(ctx, tx, m.ID, 0, matter.Press{Action: "send", By: town, At: day("2025-03-04"), With: map[string]string{"crews": crews}})
				return err
			})
		}
		for _, crews := range []string{"housing", "water housing", "housing-station"} {
			if err := send(crews); code(err) != "goes-to-reported" {
				t.Errorf("a task for %s, who is complained of: %v", crews, err)
			}
		}
		if err := send("water"); err != nil {
			t.Fatal(err)
		}
		list := parts(t, s, d, reload(t, s, d, m))
		if len(list) != 1 || !list[0].Sealed || !s.Sees(water, list[0]) || s.Sees(officer("房", "housing", actor.Handle), list[0]) {
			t.Errorf("the task of a sealed matter: %+v", list)
		}
		if list[0].Number != "RW2025-000001" {
			t.Errorf("the refused presses took numbers: %s", list[0].Number)
		}
	})
}

func reload(t testing.TB, s *matter.Store, d *db.DB, m *matter.Matter) *matter.Matter {
	t.Helper()
	m, err := s.Load(ctx, d, m.ID)
	return must(t, m, err)
}

func code(err error) string {
	if r, ok := words.AsRefusal(err); ok {
		return r.Code
	}
	return ""
}
