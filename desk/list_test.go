package desk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/desk"
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
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
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
