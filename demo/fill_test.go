package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/law"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/rules"
	"jishi/work/procedure"
)

// the days on which the demonstration is made in these tests: an ordinary one, and the morning after the
// longest holiday.
var (
	autumn = time.Date(2026, 11, 24, 10, 20, 0, 0, calendar.Zone)
	spring = time.Date(2026, 2, 24, 0, 30, 0, 0, calendar.Zone)
)

func openDesk(t testing.TB, d *db.DB, now time.Time) *desk.Desk {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cal, err := calendar.Load(rules.FS)
	check(err)
	laws, err := law.Load(rules.FS)
	check(err)
	book, err := procedure.Load(rules.FS, laws, cal)
	check(err)
	v, err := vault.OpenKeys(filepath.Join(t.TempDir(), "keys.json"))
	check(err)
	blobs, err := blob.New(filepath.Join(t.TempDir(), "blobs"))
	check(err)
	places, err := division.Load(ctx, d)
	check(err)
	offices, err := desk.NewOffices(ctx, d, calendar.DayOf(now))
	check(err)
	return desk.New(&desk.Desk{DB: d, Book: book, Laws: laws, Places: places, Offices: offices, Vault: v, Blobs: blobs,
		Demo: true, Now: func() time.Time { return now }}, cal, []byte("a secret of this test, 32 bytes long"))
}

func filled(t testing.TB, d *db.DB, now time.Time) (*desk.Desk, *Content, Land) {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	land, err := LandOf(division.DemoCounty)
	if err != nil {
		t.Fatal(err)
	}
	k := openDesk(t, d, now)
	began := time.Now()
	if err := Fill(context.Background(), k, c, land, now, 300); err != nil {
		t.Fatal(err)
	}
	t.Logf("filled in %v", time.Since(began).Round(time.Millisecond))
	return k, c, land
}

// counts are the matters by procedure, state and holder.
func counts(t testing.TB, d *db.DB) (states, all map[string]int) {
	t.Helper()
	states, all = map[string]int{}, map[string]int{}
	err := d.Each(context.Background(), `SELECT procedure, state, holder, number, COUNT(*) FROM matter GROUP BY procedure, state, holder, number`, nil,
		func(scan func(...any) error) error {
			var procedure, state, holder, number string
			var n int
			err := scan(&procedure, &state, &holder, &number, &n)
			states[procedure+" "+state] += n
			all[fmt.Sprint(procedure, " ", number, " ", state, " ", holder)] += n
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	return states, all
}

func TestEveryStateOnAnyDay(t *testing.T) {
	for name, now := range map[string]time.Time{"autumn": autumn, "after the spring festival": spring} {
		t.Run(name, func(t *testing.T) {
			k, c, land := filled(t, dbtest.SQLite(t), now)
			states, first := counts(t, k.DB)
			for _, id := range []string{"suggestion", "suggestion-call"} { // the few that end quietly stand there once
				p, err := k.Book.Procedure(id, k.Today(), "")
				if err != nil {
					t.Fatal(err)
				}
				for state := range p.States {
					if states[id+" "+state] < 1 && !slices.Contains([]string{"suggestion declined", "suggestion-call draft", "suggestion-call dropped"}, id+" "+state) {
						t.Errorf("%s %s: none", id, state)
					}
				}
			}
			for _, id := range []string{"petition", "supervision"} {
				p, err := k.Book.Procedure(id, k.Today(), "")
				if err != nil {
					t.Fatal(err)
				}
				for state := range p.States {
					if states[id+" "+state] < 2 {
						t.Errorf("%s %s: %d", id, state, states[id+" "+state])
					}
				}
			}
			p, err := k.Book.Procedure("hotline", k.Today(), "")
			if err != nil {
				t.Fatal(err)
			}
			for state := range p.States {
				if states["hotline "+state] < 1 {
					t.Errorf("no ticket is %s", state)
				}
			}
			verify(t, k)
			everyRoleSignsIn(t, k, c, land)
			visitors(t, k, c, land)

			if now != autumn { // once is enough to show that nothing in it is by chance
				return
			}
			_, second := counts(t, again(t, c, land, now))
			for what, n := range first {
				if second[what] != n {
					t.Errorf("the second time %s: %d, not %d", what, second[what], n)
				}
			}
		})
	}
}

func again(t *testing.T, c *Content, land Land, now time.Time) *db.DB {
	t.Helper()
	k := openDesk(t, dbtest.SQLite(t), now)
	if err := Fill(context.Background(), k, c, land, now, 300); err != nil {
		t.Fatal(err)
	}
	return k.DB
}

// The rows must be what the events make them.
func verify(t *testing.T, k *desk.Desk) {
	t.Helper()
	n, faults, err := k.Matters.Verify(context.Background(), k.DB)
	if err != nil || n < 300 {
		t.Fatalf("%d looked at, %v", n, err)
	}
	for _, f := range faults {
		t.Errorf("%+v", f)
	}
}

func everyRoleSignsIn(t *testing.T, k *desk.Desk, c *Content, land Land) {
	t.Helper()
	ctx := context.Background()
	for _, r := range c.Roles(land) {
		a, err := k.As(ctx, r.ID)
		if err != nil || a.Acting != r.Org {
			t.Errorf("%s: %+v, %v", r.ID, a, err)
			continue
		}
		if !r.Featured {
			continue
		}
		token, err := k.Begin(ctx, a, "test")
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
		if back, err := k.Resume(ctx, token); err != nil || back.ID != r.ID {
			t.Errorf("%s resumes as %s, %v", r.ID, back.ID, err)
		}
	}
}

func visitors(t *testing.T, k *desk.Desk, c *Content, land Land) {
	t.Helper()
	ctx := context.Background()
	list, err := Visitors(ctx, k, c, land, 300)
	if err != nil || len(list) < 6 {
		t.Fatalf("%d visitors, %v", len(list), err)
	}
	for _, v := range list {
		a, err := k.Enter(ctx, v.Number, v.Code, "", words.ZH)
		if err != nil {
			t.Errorf("%+v: %v", v, err)
			continue
		}
		if a.Kind != actor.Citizen {
			t.Errorf("%+v enters as %v", v, a.Kind)
		}
	}
}

// Whatever day somebody starts the demonstration, there is a county for it: every step lies in the past, in
// order, and no earlier than fourteen months and some weeks ago.
func TestAPlanForEveryDay(t *testing.T) {
	c, land := content(t)
	cal, err := calendar.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 365 {
		now := time.Date(2026, 1, 1, i%24, 7*i%60, 0, 0, calendar.Zone).AddDate(0, 0, i)
		runs, err := plan(c, land, cal, now, 300)
		if err != nil {
			t.Fatalf("%v: %v", now, err)
		}
		if len(runs) < 280 || len(runs) > 400 {
			t.Fatalf("%v: %d matters", now, len(runs))
		}
		for _, r := range runs {
			sorted := slices.IsSortedFunc(r.at, func(a, b time.Time) int { return a.Compare(b) })
			if !sorted || r.at[len(r.at)-1].After(now) || now.Sub(r.at[0]) > 500*24*time.Hour {
				t.Fatalf("%v: %s: %v", now, r.story.name, r.at)
			}
		}
	}
}
