package rates_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/law"
	"jishi/derive/rates"
	"jishi/rules"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

func book(t testing.TB) *procedure.Book {
	t.Helper()
	laws, err := law.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range procedure.CheckFiles(os.DirFS("testdata"), laws, cal) {
		t.Error(f)
	}
	b, err := procedure.Load(os.DirFS("testdata"), laws, cal)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// story writes the events of one matter by hand, as the engine would have left them.
type story struct {
	id     string
	at     time.Time
	events []journal.Event
	m      *matter.Matter
}

func ticket(id string) *story {
	s := &story{id: id, at: time.Date(2026, 3, 2, 9, 0, 0, 0, calendar.Zone)}
	return s.then("open", matter.Change{Open: &matter.Matter{ID: id, Number: "GD-" + id, Procedure: "ticket", Version: "ticket@2022-05-01",
		Class: "help", State: "recorded", Fields: map[string]string{"place": "990101001001"}, Parties: map[string][]matter.Party{}, Flags: map[string]string{}}})
}

func (s *story) then(action string, c matter.Change) *story {
	data, _ := json.Marshal(c)
	e := journal.Event{ID: fmt.Sprintf("%s-%d", s.id, len(s.events)+1), Matter: s.id, Seq: len(s.events) + 1, At: s.at, Action: action, Data: string(data)}
	s.events = append(s.events, e)
	m, err := matter.Apply(s.m, e)
	if err != nil {
		panic(err)
	}
	s.m = m
	s.at = s.at.Add(time.Hour)
	return s
}

func (s *story) after(d time.Duration) *story { s.at = s.at.Add(d); return s }

func (s *story) clock() matter.Clock {
	c, _ := s.m.Clock("respond")
	return c
}

func (s *story) dispatch(unit string) *story {
	c := matter.Clock{ID: "respond", N: s.clock().N + 1, Start: s.at.UnixMilli(), Due: s.at.Add(24 * time.Hour).UnixMilli()}
	return s.then("dispatch", matter.Change{To: "dispatched", Set: map[string][]matter.Party{"unit": {{Org: unit}}}, Clocks: []matter.Clock{c}})
}

func (s *story) stopped(action, to string) *story {
	c := s.clock()
	c.Stopped = s.at.UnixMilli()
	var late []matter.Late
	if s.at.UnixMilli() >= c.Due {
		late = []matter.Late{{Clock: "respond"}}
	}
	return s.then(action, matter.Change{To: to, Clocks: []matter.Clock{c}, Late: late})
}

func (s *story) contact() *story { return s.stopped("contact", "dispatched") }
func (s *story) uphold() *story  { return s.stopped("uphold", "recorded") }
func (s *story) missed() *story {
	c := s.clock()
	c.Missed = true
	return s.then("missed", matter.Change{To: "dispatched", Clocks: []matter.Clock{c}})
}

func (s *story) called(solved, satisfied, how string) *story {
	return s.then("call-back", matter.Change{To: "called-back", With: map[string]string{"solved": solved, "satisfied": satisfied, "asked_how": how}})
}

// save puts the story into the database, with positions.
func save(t testing.TB, d *db.DB, stories ...*story) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range stories {
			fold, _ := json.Marshal(s.m)
			for _, e := range s.events {
				if err := journal.Append(t.Context(), tx, e); err != nil && err != journal.ErrTaken {
					return err
				}
			}
			err := tx.Put(t.Context(), `INSERT INTO matter (id, number, procedure, version, class, state, sealed, ended, holder, area, officer,
				title, place, channel, opened, updated, due, alarm, due_clock, seq, fold)
				VALUES ($1, $2, $3, '', $4, $5, $6, $7, '', '', '', '', '', '', $8, 0, 0, 0, '', 1, $9)
				ON CONFLICT (id) DO UPDATE SET fold = excluded.fold, sealed = excluded.sealed`,
				s.m.ID, s.m.Number, s.m.Procedure, s.m.Class, s.m.State, s.m.Sealed, s.m.Ended, s.m.Opened, string(fold))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n > 0; {
		if n, err = journal.Sequence(t.Context(), d, 500); err != nil {
			t.Fatal(err)
		}
	}
}

func follow(t testing.TB, d *db.DB, x *rates.Index, n int) {
	t.Helper()
	for k := 1; k > 0; {
		var err error
		if k, err = x.Follow(t.Context(), d, n); err != nil {
			t.Fatal(err)
		}
	}
}

func ask(t testing.TB, d *db.DB, q rates.Query, by rates.By) map[string]map[string]*rates.Figure {
	t.Helper()
	q.Rates = []string{"ticket.response", "ticket.solved", "ticket.satisfied"}
	if q.Period == "" {
		q.Period = "2026"
	}
	sums, err := rates.Sums(t.Context(), d, q, by)
	if err != nil {
		t.Fatal(err)
	}
	return rates.Figures(sums)
}

// JS-10: 120 dispatched, 117 contacted in time, 100 reached, 83 solved, 91 satisfied: 97.5 %, 83 %, 91 %, and with
// equal weights 90.5; with 30/35/35 it is 90.2, and without weights nothing.
func TestThreeRates(t *testing.T) {
	b := book(t)
	var stories []*story
	for i := range 120 {
		s := ticket(fmt.Sprintf("t%03d", i)).dispatch("street-east")
		switch i { // three were not contacted in time: too late, not before the sweep, and not at all
		case 0:
			s.after(48 * time.Hour).contact()
		case 1:
			s.after(48 * time.Hour).missed()
		case 2:
			s.stopped("call-back", "called-back")
		default:
			s.contact()
		}
		if i < 20 {
			s.called("unreached", "unreached", "call")
		} else {
			s.called(pick(i < 103, "yes", "no"), pick(i < 60, "very", pick(i < 111, "basically", "no")), pick(i%2 == 0, "call", "sms"))
		}
		stories = append(stories, s)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		save(t, d, stories...)
		x := &rates.Index{Sets: b.Rates("equal")}
		follow(t, d, x, 50)
		f := ask(t, d, rates.Query{}, rates.ByOrg)
		shares := map[string]rates.Share{}
		for id, want := range map[string]struct {
			share rates.Share
			said  string
		}{
			"response":  {rates.Share{N: 117, Of: 120}, "97.5"},
			"solved":    {rates.Share{N: 83, Of: 100}, "83"},
			"satisfied": {rates.Share{N: 91, Of: 100}, "91"},
		} {
			got := f["ticket."+id]["street-east"]
			if got == nil || got.Raw != want.share || got.Adjusted != want.share || got.Raw.String() != want.said {
				t.Errorf("%s: %+v, want %v", id, got, want)
				continue
			}
			shares[id] = got.Adjusted
		}
		for profile, want := range map[string]string{"equal": "90.5", "thirty": "90.2", "": ""} {
			if got := rates.Composite(b.Rates(profile)[0].Weights, shares); got != want {
				t.Errorf("composite in %q is %s, want %s", profile, got, want)
			}
		}
		asked := f["ticket.satisfied"]["street-east"].Asked
		if len(asked) != 2 || asked[0].How != "call" || asked[0].Of != 50 || asked[1].Of != 50 || asked[0].N+asked[1].N != 91 {
			t.Errorf("asked: %+v", asked)
		}
		if f := ask(t, d, rates.Query{Place: "990101001", Class: "help", Period: "2026-03"}, rates.ByPlace)["ticket.solved"]; f["990101001000"] == nil || f["990101001000"].Raw.Of != 100 {
			t.Errorf("by place: %+v", f)
		}
		if f := ask(t, d, rates.Query{Class: "nothing"}, rates.ByClass); len(f) != 0 {
			t.Errorf("a class without cases has figures: %+v", f)
		}
	})
}

func pick(is bool, a, b string) string {
	if is {
		return a
	}
	return b
}

// What became of a case, step by step.
func TestWhatIsCounted(t *testing.T) {
	b := book(t)
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		s       *story
		appeals []rates.Appeal
		want    []string // RATE ORG OUTCOME WHY
	}{
		"just dispatched": {ticket("a").dispatch("east"), nil, []string{"response east open -"}},
		"in time":         {ticket("a").dispatch("east").contact(), nil, []string{"response east met -"}},
		// Lateness is frozen when it happens: neither a later contact nor a later objection undoes it.
		"missed, then contacted":      {ticket("a").dispatch("east").after(2 * day).missed().contact(), nil, []string{"response east not -"}},
		"missed, then objected":       {ticket("a").dispatch("east").after(2 * day).missed().uphold().dispatch("west").contact(), nil, []string{"response east not -", "response west met -"}},
		"objection upheld":            {ticket("a").dispatch("east").uphold().dispatch("west").contact(), nil, []string{"response east not moved", "response west met -"}},
		"never contacted, and closed": {ticket("a").dispatch("east").then("close", matter.Change{To: "closed", Ended: yes()}), nil, []string{"response east not -"}},
		// The last answer counts, and the case is of the day of that answer.
		"asked twice": {ticket("a").dispatch("east").contact().called("no", "no", "call").called("yes", "very", "sms"), nil,
			[]string{"response east met -", "satisfied east met -", "solved east met -"}},
		"not reached": {ticket("a").dispatch("east").contact().called("unreached", "unreached", "call"), nil, []string{"response east met -"}},
		"sealed":      {ticket("a").dispatch("east").contact().called("no", "no", "call").then("classify", matter.Change{Seal: true}), nil, nil},
		"appeal upheld": {ticket("a").dispatch("east").after(2 * day).missed(), []rates.Appeal{{ID: "g", Org: "east", At: calendar.Day("2026-03-09").Start().UnixMilli(), Ground: "not-ours", State: "upheld"}},
			[]string{"response east not not-ours"}},
		"appeal not decided": {ticket("a").dispatch("east").after(2 * day).missed(), []rates.Appeal{{ID: "g", Org: "east", At: calendar.Day("2026-03-09").Start().UnixMilli(), Ground: "not-ours", State: "filed"}},
			[]string{"response east not -"}},
		"appeal of another body": {ticket("a").dispatch("east").after(2 * day).missed(), []rates.Appeal{{ID: "g", Org: "west", At: calendar.Day("2026-03-09").Start().UnixMilli(), Ground: "not-ours", State: "upheld"}},
			[]string{"response east not -"}},
		"appeal on a ground that is not listed": {ticket("a").dispatch("east").after(2 * day).missed(), []rates.Appeal{{ID: "g", Org: "east", At: calendar.Day("2026-03-09").Start().UnixMilli(), Ground: "repeat", State: "upheld"}},
			[]string{"response east not -"}},
	} {
		cases, err := rates.Cases(b.Rates(""), c.s.events, c.appeals)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range cases {
			got = append(got, fmt.Sprintf("%s %s %s %s", x.Rate[len("ticket."):], x.Org, x.Outcome, pick(x.Why == "", "-", x.Why)))
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func yes() *bool { b := true; return &b }

// Whatever happened in whatever order and in whatever batches, the sums are those of counting everything again;
// and a matter that is sealed later leaves every sum.
func TestFollowingIsCountingAgain(t *testing.T) {
	b := book(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := &rates.Index{Sets: b.Rates("")}
		one, two := ticket("one").dispatch("east"), ticket("two").dispatch("east").contact()
		save(t, d, one, two)
		follow(t, d, x, 1)
		one.after(48*time.Hour).missed().contact().called("yes", "very", "call")
		two.called("no", "no", "sms").then("classify", matter.Change{Seal: true})
		appeal := &story{id: "appeal", at: one.at}
		appeal.then("open", matter.Change{Open: &matter.Matter{ID: "appeal", Number: "GS-1", Procedure: "attribution-appeal", State: "filed", Opened: one.at.UnixMilli(),
			Fields: map[string]string{"ground": "not-ours"}, Parties: map[string][]matter.Party{"unit": {{Org: "east"}}}, Flags: map[string]string{},
			Links: []matter.Link{{Kind: "attribution", Matter: "one", Number: "GD-one"}}}})
		save(t, d, one, two, appeal)
		follow(t, d, x, 2)
		if f := ask(t, d, rates.Query{}, rates.ByOrg); f["ticket.response"]["east"].Raw != (rates.Share{N: 0, Of: 1}) || f["ticket.response"]["east"].Adjusted.Of != 1 {
			t.Errorf("before the decision: %+v", f["ticket.response"]["east"])
		}
		appeal.then("uphold", matter.Change{To: "upheld", Ended: yes()})
		save(t, d, appeal)
		follow(t, d, x, 2)
		after := ask(t, d, rates.Query{}, rates.ByOrg)
		if f := after["ticket.response"]["east"]; f.Raw != (rates.Share{N: 0, Of: 1}) || f.Adjusted.Of != 0 || len(f.Left) != 1 || f.Left[0].Why != "not-ours" {
			t.Errorf("after the decision: %+v", f)
		}
		known, err := rates.Appeals(t.Context(), d, "one")
		if err != nil || len(known) != 1 || known[0].State != "upheld" {
			t.Errorf("appeals: %+v, %v", known, err)
		}
		before := dump(t, d)
		if err := x.Rebuild(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if again := dump(t, d); !slices.Equal(before, again) {
			t.Errorf("following gave\n%q\ncounting again\n%q", before, again)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return rates.Resum(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if again := dump(t, d); !slices.Equal(before, again) {
			t.Errorf("following gave\n%q\nsumming again\n%q", before, again)
		}
		// Where a profile takes the ground away, all is counted again by itself.
		follow(t, d, &rates.Index{Sets: b.Rates("thirty")}, 100)
		if f := ask(t, d, rates.Query{}, rates.ByOrg)["ticket.response"]["east"]; f.Adjusted.Of != 1 {
			t.Errorf("in the profile without the ground: %+v", f)
		}
	})
}

func dump(t testing.TB, d *db.DB) (lines []string) {
	t.Helper()
	for _, sql := range []string{
		`SELECT matter || rate || org || day || place || class || asked || why || outcome || appeal FROM rate_case ORDER BY matter, rate, n, org`,
		`SELECT rate || period || place || class || org || asked || why || outcome || '=' || CAST(n AS TEXT) FROM rate_sum WHERE n <> 0 ORDER BY rate, period, place, class, org, asked, why, outcome`,
	} {
		err := d.Each(t.Context(), sql, nil, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			lines = append(lines, line)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

func TestFewAreHidden(t *testing.T) {
	for _, c := range []struct {
		of   map[string]int
		want []string
	}{
		{map[string]int{"a": 10, "b": 20}, nil},
		{map[string]int{"a": 1, "b": 2, "c": 3, "d": 40}, []string{"a", "b", "c"}},
		{map[string]int{"a": 4, "b": 7, "c": 30}, []string{"a", "b"}}, // one alone could be found from the total
		{map[string]int{"a": 1, "b": 2, "c": 9, "d": 30}, []string{"a", "b", "c"}},
		{map[string]int{"a": 0, "b": 8}, nil},
		{map[string]int{"a": 3}, []string{"a"}},
	} {
		var got []string
		for k := range rates.Few(5, c.of) {
			got = append(got, k)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.of, got, c.want)
		}
	}
}

// Parts of a public figure that tell of few cases are not told, and cannot be found by taking the others from the whole.
func TestFewPartsAreSpared(t *testing.T) {
	figure := func(raw, left, phone, net int) *rates.Figure {
		f := &rates.Figure{Raw: rates.Share{N: raw / 2, Of: raw}, Adjusted: rates.Share{N: raw / 2, Of: raw - left}}
		if left > 0 {
			f.Left = []rates.Left{{Why: "repeat", N: left}}
		}
		f.Asked = []rates.Asked{{How: "phone", Share: rates.Share{Of: phone}}, {How: "net", Share: rates.Share{Of: net}}}
		return f
	}
	all := map[string]*rates.Figure{"many": figure(40, 0, 20, 20), "one left out": figure(30, 1, 29, 0), "six left out": figure(30, 6, 22, 2), "ten left out": figure(50, 10, 20, 20)}
	rates.Spare(5, all)
	for key, want := range map[string]struct {
		raw, left, asked int
		spared           bool
	}{"many": {40, 0, 2, false}, "one left out": {0, 0, 2, true}, "six left out": {0, 0, 0, true}, "ten left out": {50, 1, 2, false}} {
		if f := all[key]; f.Raw.Of != want.raw || len(f.Left) != want.left || len(f.Asked) != want.asked || f.Spared != want.spared || f.Adjusted.Of == 0 {
			t.Errorf("%s: %+v, want %+v", key, f, want)
		}
	}
}
