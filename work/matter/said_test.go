package matter_test

import (
	"encoding/json"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
)

// street calls departments under the rules of the profile, and gives back the whole or why it is refused.
func street(t testing.TB, s *matter.Store, d *db.DB, profile string, by actor.Actor, at time.Time, with map[string]string) (*matter.Matter, error) {
	t.Helper()
	p, err := s.Book.Procedure("whistle", calendar.DayOf(at), profile)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{"title": "工地夜间施工", "what": "连续三夜。", "place": "421223100001"}
	for k, v := range with {
		said[k] = v
	}
	var m *matter.Matter
	err = d.Write(ctx, func(tx *db.Tx) error {
		id := matter.NewID()
		m, err = s.Open(ctx, tx, matter.Opening{ID: id, Number: "SH-" + id, Procedure: p, Class: "demand",
			Parties: map[string][]matter.Party{}, Press: matter.Press{By: by, At: at, With: said}})
		return err
	})
	return m, err
}

// A town whistles because of a report that is sealed. The body that is reported cannot be called, at once or later,
// and the refusal does not say why; whoever is called reads a matter as sealed as the report; a town that knows
// nothing of the report is told that it is not there.
func TestAWhistleNeverCallsTheReportedBody(t *testing.T) {
	town := officer("街", "town", actor.Handle)
	stranger := officer("外", "town", actor.Handle)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := store(t)
		report := file(t, s, d, 1, "report", day("2025-03-03"), map[string]string{"target": "town", "against": "housing"})
		if !report.Sealed || !s.Sees(town, report) {
			t.Fatalf("the report: %+v", report)
		}
		for _, targets := range []string{"housing", "water housing", "housing-station"} {
			_, err := street(t, s, d, "", town, day("2025-03-04"), map[string]string{"targets": targets, "linked": report.Number})
			r, ok := words.AsRefusal(err)
			if !ok || r.Code != "not-this-body" || r.Cite != "" {
				t.Errorf("calling %s: %v under %q", targets, err, r.Cite)
			}
		}
		m, err := street(t, s, d, "", town, day("2025-03-04"), map[string]string{"targets": "water", "linked": report.Number})
		must(t, m, err)
		housing, water := officer("房", "housing", actor.Handle), officer("水", "water", actor.Handle)
		if !m.Sealed || s.Sees(housing, m) || !s.Sees(water, m) {
			t.Errorf("the whistle is no more sealed than any other: %v", m.Sealed)
		}
		for _, part := range parts(t, s, d, m) {
			if !part.Sealed || s.Sees(housing, part) || !s.Sees(water, part) {
				t.Errorf("the task is no more sealed than any other")
			}
		}
		_, err = do(s, d, m, 0, town, day("2025-03-04"), "add-department", map[string]string{"targets": "housing"})
		if code(err) != "not-this-body" {
			t.Errorf("calling the reported body later: %v", err)
		}
		hidden := file(t, s, d, 2, "report", day("2025-03-03"), map[string]string{"against": "town"})
		known, err1 := street(t, s, d, "", stranger, day("2025-03-04"), map[string]string{"targets": "water", "linked": hidden.Number})
		none, err2 := street(t, s, d, "", stranger, day("2025-03-04"), map[string]string{"targets": "water", "linked": "LX2025-999999"})
		if known != nil || none != nil || err1 == nil || err2 == nil || err1.Error() != err2.Error() {
			t.Errorf("a hidden number is answered otherwise than one that does not exist: %v, %v", err1, err2)
		}
	})
}

// Thirty minutes are thirty minutes: what was late by eleven says so for ever.
func TestLatenessInMinutes(t *testing.T) {
	town, water := officer("街", "town", actor.Handle), officer("水", "water", actor.Handle)
	d := dbtest.SQLite(t)
	s, _ := store(t)
	at := time.Date(2024, 7, 31, 23, 50, 0, 0, calendar.Zone)
	m, err := street(t, s, d, "pinggu-2017", town, at, map[string]string{"targets": "water"})
	must(t, m, err)
	task := parts(t, s, d, m)[0]
	_, err = do(s, d, task, 0, town, at.Add(10*time.Minute), "no-show", map[string]string{"reason": "没来"})
	if code(err) != "clock-runs" {
		t.Errorf("nobody came, said before the time was over: %v", err)
	}
	_, err = do(s, d, task, 0, water, at.Add(41*time.Minute), "arrive", map[string]string{"arrived_at": "2024-08-01 00:31", "arrived_place": "村口", "arrived_who": "张工", "can_decide": "yes"})
	must(t, task, err)
	events, err := journal.Of(ctx, d, task.ID)
	if err != nil {
		t.Fatal(err)
	}
	var c matter.Change
	if err := json.Unmarshal([]byte(events[len(events)-1].Data), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Late) != 1 || c.Late[0].Clock != "arrive" || c.Late[0].Minutes != 11 || c.Late[0].Days != 0 {
		t.Errorf("late: %+v", c.Late)
	}
}
