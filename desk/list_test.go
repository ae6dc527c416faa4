package desk_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/demo"
	"jishi/desk"
	"jishi/people/actor"
)

// TestManyListsAtOnceDoNotWaitForEachOther: each line of a list names its village, which a fresh program has to
// look up. When every reader held a connection of the pool while asking for another, a morning's first eight
// officers stopped each other for ever.
func TestManyListsAtOnceDoNotWaitForEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		n := 0
		for town := range c.land.Towns {
			for _, village := range c.land.Towns[town].Villages[:2] {
				n++
				c.file(town, map[string]string{"title": fmt.Sprint("第", n, "件"), "what": "村口的路灯坏了。", "place": village.Code},
					func(f *desk.Filing) { f.With["place"] = village.Code })
			}
		}
		officer := c.officer("county-petition-registrar")
		fresh := desk.New(&desk.Desk{DB: c.d.DB, Book: c.d.Book, Laws: c.d.Laws, Places: c.d.Places, Offices: c.d.Offices,
			Gate: c.d.Gate, Vault: c.d.Vault, Blobs: c.d.Blobs, Now: c.d.Now}, c.d.Calendar(), []byte("another secret of the same length"))
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		answers := make(chan error)
		const readers = 64
		for range readers {
			go func() {
				page, err := fresh.List(ctx, officer, desk.Filter{Box: desk.Today, Limit: 100})
				if err == nil && len(page.Rows) != n {
					err = fmt.Errorf("%d of %d matters", len(page.Rows), n)
				}
				answers <- err
			}()
		}
		for range readers {
			if err := <-answers; err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestAListReadsTheSameBeforeAndAfterAnUpgrade: rows from before lists had a brief are read from their folds, and are
// given one by and by; the line says the same each time. Verify finds a brief that says something else.
func TestAListReadsTheSameBeforeAndAfterAnUpgrade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		ctx, officer := t.Context(), c.officer("county-housing-officer")
		c.given(0, "电梯停了三个月")
		c.given(1, "地下室漏水")
		lines := func() []desk.Row {
			page, err := c.d.List(ctx, officer, desk.Filter{Box: desk.BodyBox})
			if err != nil {
				t.Fatal(err)
			}
			return page.Rows
		}
		before := lines()
		if len(before) != 2 || before[0].Entries != 1 || before[0].Next == nil || before[0].Next.Day == "" {
			t.Fatalf("the list is %+v", before)
		}
		c.exec(`UPDATE matter SET brief = ''`)
		if got := lines(); !reflect.DeepEqual(got, before) {
			t.Errorf("without a brief the list is %+v, not %+v", got, before)
		}
		if n, err := c.d.Matters.AddBriefs(ctx, d, 1); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := c.d.Matters.AddBriefs(ctx, d, 10); n != 1 || err != nil {
			t.Fatalf("%d more were given a brief: %v", n, err)
		}
		if got := lines(); !reflect.DeepEqual(got, before) {
			t.Errorf("with a brief again the list is %+v, not %+v", got, before)
		}
		if _, faults, err := c.d.Matters.Verify(ctx, d); len(faults) > 0 || err != nil {
			t.Errorf("verify: %v %v", faults, err)
		}
		c.exec(`UPDATE matter SET brief = '{"entries":7}' WHERE title = '地下室漏水'`)
		if _, faults, err := c.d.Matters.Verify(ctx, d); len(faults) != 1 || err != nil {
			t.Errorf("verify of a list that lies: %v %v", faults, err)
		}
	})
}

// TestOneFormPressedManyTimesAtOnceIsOneMatter: whoever presses first writes it; all are given the same receipt.
func TestOneFormPressedManyTimesAtOnceIsOneMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		form := desk.Filing{Token: desk.NewToken(), Class: "claim", Who: demo.Citizen(1, ""),
			With: map[string]string{"title": "路灯不亮", "what": "路口的灯坏了。", "wants": "修好", "place": c.land.Towns[0].Code}}
		const presses = 12
		receipts := make(chan desk.Receipt, presses)
		for range presses {
			go func() {
				press := form
				press.With = maps.Clone(form.With)
				r, err := c.d.File(t.Context(), actor.Nobody(words.ZH), press)
				if err != nil {
					t.Error(err)
				}
				receipts <- r
			}()
		}
		first, fresh := <-receipts, 0
		for i := range presses {
			r := first
			if i > 0 {
				r = <-receipts
			}
			if r.Number != first.Number || r.Code != first.Code || r.ID != first.ID {
				t.Errorf("one press was told %s %s, another %s %s", first.Number, first.Code, r.Number, r.Code)
			}
			if !r.Again {
				fresh++
			}
		}
		var n int
		if err := d.Row(t.Context(), `SELECT COUNT(*) FROM matter WHERE title = '路灯不亮'`, nil, &n); err != nil || n != 1 || fresh != 1 {
			t.Errorf("%d matters, %d receipts of a fresh one: %v", n, fresh, err)
		}
	})
}

// TestWhatIsNotThereIsAsMuchWork: whoever asks for a matter that there is not makes us read another one, as whoever asks
// for one that is hidden does. The work itself is looked at, by a neighbour that cannot be read: the difference without
// it, some forty microseconds, is less than what a network adds, and no clock of a busy machine would hold it.
func TestWhatIsNotThereIsAsMuchWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		r := c.file(0, map[string]string{"title": "路灯", "what": "村口的路灯坏了。"})
		before := r.ID[:len(r.ID)-1] // stands before it in the order of IDs, and is none
		officer := c.officer("county-petition-registrar")
		_, err := c.d.Matter(t.Context(), officer, before)
		if refusal, ok := words.AsRefusal(err); !ok || refusal.Kind != words.NotFound {
			t.Fatalf("what is not there: %v", err)
		}
		c.exec("UPDATE matter SET fold = '{' WHERE id = $1", r.ID)
		_, err = c.d.Matter(t.Context(), officer, before)
		if _, ok := words.AsRefusal(err); ok || err == nil {
			t.Errorf("the next matter was not read: %v", err)
		}
	})
}
