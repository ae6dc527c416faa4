package tests

import (
	"strings"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/work/journal"
)

// TestABoardShowsWhatItsReaderMaySeeNow: an open board gets what happens, each reader their own part of it, and from
// the moment on at which somebody may no longer see a whistle they get nothing of it.
func TestABoardShowsWhatItsReaderMaySeeNow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 0, t.TempDir())
		street, urban, water := w.staff("town-1-officer"), w.staff("county-urban-officer"), w.staff("county-water-officer")
		theirs, ours := w.watch(street), w.watch(water)
		if u := theirs.All(street); !u.All || len(u.Whistles) != 0 {
			t.Fatalf("an empty board: %+v", u)
		}
		whistle := w.blows(street, "路面塌陷", "county-urban county-water", "")
		w.boards()
		u := theirs.Next(street, false)
		if len(u.Whistles) != 1 || len(u.Whistles[0].Reports) != 2 {
			t.Fatalf("the street's board after the whistle: %+v", u.Whistles)
		}
		if u := ours.Next(water, false); len(u.Whistles) != 1 || len(u.Whistles[0].Reports) != 1 || u.Whistles[0].Reports[0].Body.ID != "county-water" {
			t.Fatalf("the water bureau's board: %+v", u.Whistles)
		}

		// The other department signs: the street sees it, the water bureau is told nothing.
		for _, r := range u.Whistles[0].Reports {
			if r.Body.ID == "county-urban" {
				w.must(w.step(urban, r.ID, "sign", nil))
			}
		}
		w.boards()
		if u := theirs.Next(street, false); len(u.Whistles) != 1 || u.Whistles[0].Reports[0].State+u.Whistles[0].Reports[1].State != "signedcalled" && u.Whistles[0].Reports[0].State+u.Whistles[0].Reports[1].State != "calledsigned" {
			t.Errorf("after the signature: %+v", u.Whistles)
		}
		if u := ours.Next(water, false); len(u.Whistles)+len(u.Gone) != 0 {
			t.Errorf("the water bureau learns of another's signature: %+v", u)
		}

		// Somebody loses the post while the board is open: all of it goes.
		lost := street
		lost.Posts = nil
		if u := theirs.Next(lost, true); len(u.Gone) != 1 || u.Gone[0] != whistle {
			t.Errorf("without a post the board still shows %+v, gone %v", u.Whistles, u.Gone)
		}

		// Withdrawn: it leaves the boards.
		back := w.watch(street)
		back.All(street)
		w.must(w.step(street, whistle, "withdraw", map[string]string{"reason": "已经处理"}))
		w.boards()
		if u := back.Next(street, false); len(u.Gone) != 1 {
			t.Errorf("after the withdrawal: %+v", u)
		}
	})
}

// TestAWhistleNeverCallsTheReported: a whistle that comes from a sealed report cannot call the reported body, is not
// told why, and is itself seen by nobody beneath it; on no board of the reported it leaves a trace.
func TestAWhistleNeverCallsTheReported(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 0, t.TempDir())
		street, urban := w.staff("town-1-officer"), w.staff("county-urban-officer")
		r, err := w.d.File(t.Context(), street, desk.Filing{Token: desk.NewToken(), Class: "report", Channel: "visit", Body: "town-1",
			With: map[string]string{"title": "执法时收红包", "what": "收了钱就不罚。", "place": "421223100001"}, Who: vault.Identity{Name: "王某甲"}, Reported: []string{"county-urban"}})
		w.must(err)
		_, err = w.blow(street, "占道", "county-urban county-water", r.Number)
		refusal, ok := words.AsRefusal(err)
		if !ok {
			t.Fatalf("a whistle that calls the reported body: %v", err)
		}
		for _, word := range []string{"检举", "控告", "密封", r.Number} {
			if strings.Contains(refusal.Say(words.ZH), word) {
				t.Errorf("the refusal tells why: %s", refusal.Say(words.ZH))
			}
		}
		theirs := w.watch(urban)
		theirs.All(urban)
		w.blows(street, "占道", "county-water", r.Number)
		w.boards()
		if u := theirs.Next(urban, true); len(u.Whistles)+len(u.Gone) != 0 {
			t.Errorf("the reported body's board: %+v", u)
		}
		if list, err := w.d.Whistled(t.Context(), urban, "421223100001"); err != nil || len(list) != 0 {
			t.Errorf("the reported body finds it by its place: %+v %v", list, err)
		}
		if b, err := w.d.Board(t.Context(), street); err != nil || len(b.Whistles) != 1 {
			t.Errorf("the street's own board: %+v %v", b.Whistles, err)
		}
	})
}

func (w *world) staff(person string) actor.Actor {
	w.t.Helper()
	who, err := w.d.Staff(w.t.Context(), person)
	w.must(err)
	return who
}

func (w *world) watch(who actor.Actor) *desk.Watch {
	w.t.Helper()
	watch, err := w.d.Live.Watch(w.t.Context(), who)
	w.must(err)
	w.t.Cleanup(watch.Close)
	return watch
}

func (w *world) blow(who actor.Actor, title, targets, linked string) (desk.Receipt, error) {
	with := map[string]string{"title": title, "what": title + "。", "place": "421223100001", "targets": targets}
	if linked != "" {
		with["linked"] = linked
	}
	return w.d.File(w.t.Context(), who, desk.Filing{Token: desk.NewToken(), Procedure: desk.WhistleID, Class: "demand", With: with})
}

func (w *world) blows(who actor.Actor, title, targets, linked string) string {
	w.t.Helper()
	r, err := w.blow(who, title, targets, linked)
	w.must(err)
	return r.ID
}

func (w *world) step(who actor.Actor, id, action string, with map[string]string) error {
	_, err := w.d.Do(w.t.Context(), who, id, desk.Press{Action: action, With: with})
	return err
}

// boards gives events their positions and brings the boards to them.
func (w *world) boards() {
	w.t.Helper()
	_, err := journal.Sequence(w.t.Context(), w.d.DB, 500)
	w.must(err)
	w.must(w.d.Live.Follow(w.t.Context()))
}
