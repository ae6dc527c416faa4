package matter_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/law"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/rules"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// offices is a county with its bureau, two departments, one of them with a body beneath it, and the city above.
type offices struct {
	tree  *org.Tree
	heads map[string][]string
	of    map[string][]string
}

func (o offices) Tree() *org.Tree              { return o.tree }
func (o offices) Heads(person string) []string { return o.heads[person] }
func (o offices) HeadsOf(body string) []string { return o.of[body] }

const (
	countyCode = "421223000000"
	cityCode   = "421200000000"
	townCode   = "421223100000"
)

var county = offices{
	tree: org.NewTree([]org.Org{
		{ID: "city-gov", Name: "市政府", Kind: org.Government, Level: org.City, Division: cityCode},
		{ID: "city-bureau", Name: "市信访局", Kind: org.PetitionBureau, Level: org.City, Division: cityCode, Parent: "city-gov"},
		{ID: "city-housing", Name: "市住建局", Kind: org.Department, Line: "住建", Level: org.City, Division: cityCode, Parent: "city-gov"},
		{ID: "gov", Name: "县政府", Kind: org.Government, Level: org.County, Division: countyCode, Parent: "city-gov"},
		{ID: "bureau", Name: "县信访局", Kind: org.PetitionBureau, Level: org.County, Division: countyCode, Parent: "gov"},
		{ID: "housing", Name: "县住建局", Kind: org.Department, Line: "住建", Level: org.County, Division: countyCode, Parent: "gov"},
		{ID: "housing-station", Name: "县房管所", Kind: org.Department, Level: org.County, Division: countyCode, Parent: "housing"},
		{ID: "water", Name: "县水利局", Kind: org.Department, Line: "水利", Level: org.County, Division: countyCode, Parent: "gov"},
		{ID: "discipline", Name: "县纪委监委", Kind: org.Discipline, Level: org.County, Division: countyCode},
		{ID: "town", Name: "天城镇政府", Kind: org.StreetTownship, Level: org.Township, Division: townCode, Parent: "gov"},
	}),
	heads: map[string][]string{"housing-head": {"housing"}, "gov-head": {"gov"}},
	of:    map[string][]string{"housing": {"housing-head"}, "gov": {"gov-head"}},
}

func officer(id, body string, powers ...actor.Power) actor.Actor {
	return actor.Actor{Kind: actor.Staff, ID: id, Name: "王某" + id, Acting: body,
		Posts: []actor.Post{{ID: id, Org: body, Title: "承办人", Powers: powers, From: "2000-01-01"}}}
}

var (
	registrar = officer("甲", "bureau", actor.Register, actor.Handle)
	builder   = officer("乙", "housing", actor.Handle)
	builder2  = officer("丙", "housing", actor.Handle)
)

func store(t testing.TB) (*matter.Store, *calendar.Calendar) {
	t.Helper()
	cal, err := calendar.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	laws, err := law.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	book, err := procedure.Load(rules.FS, laws, cal)
	if err != nil {
		t.Fatal(err)
	}
	s := &matter.Store{Engine: &matter.Engine{Book: book, Offices: county}}
	s.Calendar = func() *calendar.Calendar { return cal }
	return s, cal
}

var ctx = context.Background()

func day(s string) time.Time { return calendar.Day(s).Start().Add(9 * time.Hour) }

func file(t testing.TB, s *matter.Store, d *db.DB, n int, class string, at time.Time, with map[string]string) *matter.Matter {
	t.Helper()
	m, err := tryFile(t, s, d, n, class, at, with)
	return must(t, m, err)
}

func tryFile(t testing.TB, s *matter.Store, d *db.DB, n int, class string, at time.Time, with map[string]string) (*matter.Matter, error) {
	t.Helper()
	p, err := s.Book.Procedure("petition", calendar.DayOf(at), "")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{"title": fmt.Sprint("路灯不亮 ", n), "what": "村口的路灯坏了三个月。", "target": "bureau"}
	for k, v := range with {
		said[k] = v
	}
	var m *matter.Matter
	err = d.Write(ctx, func(tx *db.Tx) error {
		var err error
		m, err = s.Open(ctx, tx, matter.Opening{ID: matter.NewID(), Number: fmt.Sprintf("LX2025-%06d", n), Procedure: p, Class: class, Channel: "net",
			Parties: map[string][]matter.Party{}, Entry: &matter.Entry{Number: "x", Channel: "net", Person: fmt.Sprint("ref", n)},
			Press: matter.Press{By: actor.Nobody(words.ZH), At: at, With: said}})
		if err != nil {
			return err
		}
		return tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $1, $1, $2)`, m.ID, fmt.Sprint("ref", n))
	})
	return m, err
}

func do(s *matter.Store, d *db.DB, m *matter.Matter, seq int, by actor.Actor, at time.Time, action string, with map[string]string) (*matter.Matter, error) {
	var next *matter.Matter
	err := d.Write(ctx, func(tx *db.Tx) error {
		var err error
		next, err = s.Do(ctx, tx, m.ID, seq, matter.Press{Action: action, With: with, By: by, At: at})
		return err
	})
	return next, err
}

func must(t testing.TB, m *matter.Matter, err error) *matter.Matter {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// accepted is a matter that the housing bureau handles.
func accepted(t testing.TB, s *matter.Store, d *db.DB, n int, on string) *matter.Matter {
	t.Helper()
	m := file(t, s, d, n, "claim", day(on), nil)
	for _, step := range []struct {
		by     actor.Actor
		action string
		with   map[string]string
	}{{registrar, "register", nil}, {registrar, "forward", map[string]string{"target": "housing"}}, {builder, "receive", nil}, {builder, "accept", nil}} {
		next, err := do(s, d, m, m.Seq, step.by, day(on), step.action, step.with)
		m = must(t, next, err)
	}
	return m
}

func TestTheSecondOfTwoIsToldWhoActed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := store(t)
		m := accepted(t, s, d, 1, "2025-03-03")
		must(t, must2(do(s, d, m, m.Seq, builder, day("2025-03-05"), "record-statement", map[string]string{"statement": "听取了信访人的陈述。"})), nil)
		_, err := do(s, d, m, m.Seq, builder2, day("2025-03-05"), "open-hearing", nil)
		r, ok := words.AsRefusal(err)
		if !ok || r.Kind != words.Stale || !strings.Contains(r.Say(words.ZH), "县住建局 王某乙") || !strings.Contains(r.Say(words.ZH), "2025-03-05 09:00") {
			t.Fatalf("the second press was answered: %v", err)
		}
	})
}

func must2(m *matter.Matter, err error) *matter.Matter {
	if err != nil {
		panic(err)
	}
	return m
}

func TestVerifyFindsWhatSomebodyChangedBehindTheJournal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := store(t)
		for n, sql := range []string{
			`UPDATE matter SET state = 'closed' WHERE id = $1`,
			`UPDATE matter SET fold = replace(fold, '路灯', '树木') WHERE id = $1`,
			`UPDATE matter SET brief = '{"entries":3}' WHERE id = $1`,
			`UPDATE matter_clock SET due = due + 86400000 WHERE matter = $1`,
			`DELETE FROM matter_clock WHERE matter = $1`,
			`DELETE FROM matter WHERE id = $1`,
			`DELETE FROM event WHERE matter = $1 AND seq = 3`,
			`UPDATE event SET data = replace(data, '村口', '村尾') WHERE matter = $1 AND seq = 1`,
		} {
			m := accepted(t, s, d, 10+n, "2025-03-03")
			_, before, err := s.Verify(ctx, d)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql, m.ID); return err }); err != nil {
				t.Fatal(err)
			}
			_, after, err := s.Verify(ctx, d)
			if err != nil || len(after) != len(before)+1 || !slices.ContainsFunc(after, func(f matter.Fault) bool { return f.Matter == m.ID }) {
				t.Errorf("%s: %d faults before, after %v (%v)", sql, len(before), after, err)
			}
		}
	})
}

func TestALastDayMovesOnlyWithARecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, cal := store(t)
		m := file(t, s, d, 1, "claim", day("2026-12-28"), nil)
		m = must2(do(s, d, m, 0, registrar, day("2026-12-28"), "register", nil))
		m = must2(do(s, d, m, 0, registrar, day("2026-12-28"), "forward", map[string]string{"target": "housing"}))
		m = must2(do(s, d, m, 0, builder, day("2026-12-29"), "receive", nil))
		was, _ := m.Clock("objection") // 5 working days from 29 December 2026, into a year that is not published
		if !was.Provisional {
			t.Fatalf("%+v is not provisional", was)
		}
		cal = cal.With(calendar.Year{Year: 2027, Source: "a notice made up for this test", Off: []calendar.Span{{From: "2027-01-01", To: "2027-01-06"}}})
		s.Calendar = func() *calendar.Calendar { return cal }
		for round, want := range []int{1, 0} { // a second round finds nothing more to move
			if moved, err := s.Recalendar(ctx, d, day("2026-12-30")); err != nil || moved != want {
				t.Fatalf("round %d moved %d: %v", round, moved, err)
			}
		}
		m, err := s.Load(ctx, d, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		now, _ := m.Clock("objection")
		if now.Provisional || now.Day <= was.Day {
			t.Errorf("was %s, now %s, provisional %v", was.Day, now.Day, now.Provisional)
		}
		events, err := journal.Of(ctx, d, m.ID)
		if last := events[len(events)-1]; err != nil || last.Action != "recalendar" ||
			!strings.Contains(last.Data, `"was-objection":"`+string(was.Day)) || !strings.Contains(last.Data, `"now-objection":"`+string(now.Day)) {
			t.Errorf("the record says %s (%v)", last.Data, err)
		}
		if _, faults, err := s.Verify(ctx, d); err != nil || len(faults) > 0 {
			t.Error(faults, err)
		}
	})
}

func TestASealedPartLeavesNothingInTheMatterItCameFrom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := store(t)
		m := accepted(t, s, d, 1, "2025-03-03")
		before, _ := journal.Of(ctx, d, m.ID)
		must2(do(s, d, m, m.Seq, registrar, day("2025-03-04"), "split", map[string]string{"class": "report", "title": "反映办理人员索要好处", "what": "县住建局承办人索要好处", "against": "housing"}))
		after, err := journal.Of(ctx, d, m.ID)
		if err != nil || len(after) != len(before) {
			t.Fatalf("the open matter got an event: %v", err)
		}
		sees := list(t, s, d, builder)
		if len(sees) != 1 || sees[0] != m.ID {
			t.Errorf("the reported body sees %v", sees)
		}
		if all := list(t, s, d, registrar); len(all) != 2 {
			t.Errorf("the bureau sees %v", all)
		}
	})
}

func TestNobodyIsHandedTheReportAgainstThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := store(t)
		for n, with := range []map[string]string{
			{"target": "housing", "against": "housing"}, {"target": "housing-station", "against": "housing"},
			{"target": "bureau", "against-person": "gov-head"}, // the bureau stands beneath the government they head
		} {
			_, err := tryFile(t, s, d, n, "report", day("2025-03-03"), with)
			if r, ok := words.AsRefusal(err); !ok || r.Code != "goes-to-reported" {
				t.Errorf("%v: %v", with, err)
			}
		}
		m := accepted(t, s, d, 9, "2025-03-03")
		_, err := do(s, d, m, m.Seq, registrar, day("2025-03-04"), "split", map[string]string{"class": "report", "title": "反映信访局", "what": "登记员压件", "against": "bureau"})
		if r, ok := words.AsRefusal(err); !ok || r.Code != "goes-to-reported" {
			t.Errorf("the reported body split its own report off to itself: %v", err)
		}
	})
}

func list(t testing.TB, s *matter.Store, d *db.DB, a actor.Actor) []string {
	t.Helper()
	var ids []string
	scope, args := s.Scope(a, 1)
	err := d.Each(ctx, `SELECT m.id FROM matter m WHERE `+scope+` ORDER BY m.id`, args, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestListAndPageAgreeOnWhoMaySee: for random matters and every kind of actor, what the SQL of lists lets through
// is what the page lets through. The two are written apart, and a report is only as sealed as the looser of them.
func TestListAndPageAgreeOnWhoMaySee(t *testing.T) {
	bodies := []string{"bureau", "housing", "housing-station", "water", "gov", "town", "discipline", "city-gov", "city-housing", "city-bureau"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := store(t)
		rnd := rand.New(rand.NewPCG(1, 2))
		pick := func() string { return bodies[rnd.IntN(len(bodies))] }
		var all []*matter.Matter
		for n := range 120 {
			class, with := "claim", map[string]string{"target": pick()}
			if n%2 == 0 {
				class = "report"
				with["against"] = pick()
				if n%6 == 0 {
					with["against"], with["against-person"] = "", []string{"housing-head", "gov-head", "甲"}[rnd.IntN(3)]
				}
			}
			m, err := tryFile(t, s, d, n, class, day("2025-03-03"), with)
			if err == nil {
				all = append(all, m)
			}
		}
		var actors []actor.Actor
		for _, body := range bodies {
			for _, power := range []actor.Power{actor.Handle, actor.Head, actor.Supervise, actor.Lead, actor.Admin} {
				actors = append(actors, officer(body+string(power), body, power))
			}
		}
		actors = append(actors, officer("housing-head", "water", actor.Handle), officer("甲", "bureau", actor.Handle), actor.Nobody(words.ZH),
			actor.Actor{Kind: actor.Citizen, Person: "ref3"}, actor.Actor{Kind: actor.Citizen, Matter: all[4].ID}, actor.Program("clock"))
		seen := 0
		for _, a := range actors {
			listed := list(t, s, d, a)
			for _, m := range all {
				sees := s.Sees(a, m)
				if sees != slices.Contains(listed, m.ID) {
					t.Errorf("%s of %s: page %v, list %v, for %s sealed %v %v", a.ID, a.Acting, sees, !sees, m.Number, m.Sealed, m.Parties)
				}
				if sees {
					seen++
				}
			}
		}
		if seen < 200 {
			t.Errorf("only %d sights: the test has lost its point", seen)
		}
	})
}

func TestALetterNeverPassesAnothersReasonsOffAsTheBodysOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := store(t)
		m := accepted(t, s, d, 1, "2025-03-03")
		opinion := map[string]string{"facts": "已现场查看。", "outcome": "not-supported", "opinion": "不予支持。", "basis": "有关规定。", "remedy": "三十日内可以请求复查。",
			"served_on": "2025-03-10", "served_how": "net"}
		m = must2(do(s, d, m, 0, builder, day("2025-03-10"), "serve-opinion", opinion))
		citizen := actor.Actor{Kind: actor.Citizen, Person: "ref1"}
		m = must2(do(s, d, m, 0, citizen, day("2025-03-12"), "request-review", map[string]string{"reasons": "调查的人根本没有到过现场。"}))
		reviewer := officer("丁", m.Org("reviewer"), actor.Handle)
		m = must2(do(s, d, m, 0, reviewer, day("2025-03-20"), "serve-review", map[string]string{"review-outcome": "uphold", "facts": "已核实。",
			"opinion": "维持原意见。", "basis": "有关规定。", "remedy": "三十日内可以请求复核。"}))
		if text := strings.Join(m.Letters[len(m.Letters)-1].Text, "\n"); strings.Contains(text, "根本没有到过现场") {
			t.Errorf("the review opinion says as its own what the petitioner wrote:\n%s", text)
		}
	})
}
