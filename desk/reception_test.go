package desk_test

import (
	"strings"
	"testing"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/reception"
)

// A body announces its days and nobody else's; everybody reads them, its people have them in their calendars, and somebody
// says with their matter when they will come. What was cancelled is told to who meant to come; what went to another body
// is not expected any more.
func TestReceptionDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		registrar, housing := c.officer("county-petition-registrar"), c.officer("county-housing-officer")
		weekly := reception.Reception{Org: "county-petition", Host: "值班局长，电话0715-3000000", Spot: "接待中心一楼", Weekday: 4, Opens: "09:00", Closes: "11:30"}
		wrong := weekly
		wrong.Host, wrong.Opens, wrong.Days = "找老王 13900005678", "12:00", []calendar.Day{c.d.Today()}
		for _, x := range []struct {
			who  string
			r    reception.Reception
			code string
			n    int
		}{{"county-housing-officer", weekly, "not-your-reception", 0}, {"county-petition-registrar", wrong, "fields", 3}} {
			_, err := c.d.PutReception(t.Context(), c.officer(x.who), x.r)
			if r, ok := words.AsRefusal(err); !ok || r.Code != x.code || len(r.Fields) != x.n {
				t.Errorf("%s announces %+v: %v", x.who, x.r, err)
			}
		}
		id, err := c.d.PutReception(t.Context(), registrar, weekly)
		if err != nil {
			t.Fatal(err)
		}
		list, err := c.d.Receptions(t.Context(), housing, "")
		if err != nil || len(list) != 1 || len(list[0].Next) != 3 || list[0].May || list[0].Next[0].Weekday() != 4 {
			t.Fatalf("what everybody reads: %+v, %v", list, err)
		}

		noise := c.file(0, map[string]string{"title": "工地夜里打桩", "what": "凌晨两点还在打桩。"})
		citizen, err := c.d.Enter(t.Context(), noise.Number, noise.Code, "", words.ZH)
		if err != nil {
			t.Fatal(err)
		}
		days, err := c.d.Comings(t.Context(), citizen, noise.ID)
		if err != nil || len(days) == 0 {
			t.Fatal("no day to choose", err)
		}
		if err := c.d.NameReception(t.Context(), citizen, noise.ID, id, days[0].Day.Add(1)); err == nil {
			t.Error("a day on which nobody receives was taken")
		}
		if err := c.d.NameReception(t.Context(), housing, noise.ID, id, days[0].Day); err == nil {
			t.Error("somebody who does not see the matter named a day for it")
		}
		if err := c.d.NameReception(t.Context(), citizen, noise.ID, id, days[0].Day); err != nil {
			t.Fatal(err)
		}
		begins := "DTSTART:" + days[0].From.UTC().Format("20060102T150405Z")
		for who, holds := range map[string]bool{c.feed(registrar, desk.Today): true, c.feed(citizen, ""): true, c.feed(housing, desk.Today): false} {
			if text, _ := c.calendarOf(who); strings.Contains(text, begins) != holds || strings.Contains(text, "说了要来的："+noise.Number) != holds {
				t.Errorf("in the calendar: %v\n%s", holds, text)
			}
		}
		meets := func() string {
			t.Helper()
			v, err := c.d.Matter(t.Context(), citizen, noise.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(v.Meetings) == 0 {
				return ""
			}
			return v.Meetings[0].Title + " " + v.Meetings[0].Spot
		}
		if got := meets(); got != "接待日 接待中心一楼" {
			t.Errorf("on the matter: %q", got)
		}
		if err := c.d.EndReception(t.Context(), housing, id); err == nil {
			t.Error("another body cancels it")
		}
		if err := c.d.EndReception(t.Context(), registrar, id); err != nil {
			t.Fatal(err)
		}
		if got := meets(); !strings.HasPrefix(got, "接待日（已经取消）") {
			t.Errorf("cancelled, and whoever meant to come reads %q", got)
		}
		c.do("county-petition-registrar", noise.ID, "register", map[string]string{"class": "claim"})
		c.do("county-petition-registrar", noise.ID, "forward", map[string]string{"target": "county-housing"})
		if got := meets(); got != "" {
			t.Errorf("it went to another body, and is still expected: %q", got)
		}
	})
}
