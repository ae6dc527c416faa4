package desk_test

import (
	"sync"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/demo"
	"jishi/desk"
	"jishi/people/actor"
)

// A form is pressed again after a lost answer, at the same moment by eight, and with other words.
func TestAFormIsGoodForOneFiling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		press := func(token, what string) (desk.Receipt, error) {
			return c.d.File(t.Context(), actor.Nobody(words.ZH), desk.Filing{Token: token, Class: "claim", Who: demo.Citizen(7, ""),
				With: map[string]string{"title": "楼道漏水", "what": what, "place": c.land.Towns[0].Code}})
		}
		first, err := press("lost", "漏水。")
		if err != nil || first.Again {
			t.Fatalf("%+v, %v", first, err)
		}
		again, err := press("lost", "漏水。")
		if err != nil || !again.Again || again.Number != first.Number || again.Code != first.Code {
			t.Errorf("pressed again: %+v, %v; first %+v", again, err, first)
		}
		if r, err := press("lost", "另一件事。"); !refused(err, "key-used") {
			t.Errorf("with other words: %+v, %v", r, err)
		}
		if _, err := press("lost", ""); !refused(err, "key-used") { // what is wrong with the form besides need not be told
			t.Errorf("without words: %v", err)
		}
		if _, err := press("new", ""); !refused(err, "fields") {
			t.Errorf("a first press without words: %v", err)
		}
		var mu sync.Mutex
		var presses sync.WaitGroup
		receipts, fresh := map[string]bool{}, 0
		for range 8 {
			presses.Go(func() {
				r, err := press("together", "漏水。")
				mu.Lock()
				defer mu.Unlock()
				if receipts[r.Number+r.Code] = true; err != nil {
					t.Error(err)
				}
				if !r.Again {
					fresh++
				}
			})
		}
		presses.Wait()
		if len(receipts) != 1 || fresh != 1 {
			t.Errorf("eight presses at once: %v, %d of them the first", receipts, fresh)
		}
	})
}
