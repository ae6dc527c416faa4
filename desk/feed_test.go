package desk_test

import (
	"strings"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
)

// calendarOf is what the address gives, unfolded; refused is the code of a refusal.
func (c *county) calendarOf(secret string) (text, refused string) {
	c.t.Helper()
	text, err := c.d.CalendarFeed(c.t.Context(), secret, "崇阳县", "https://jishi.example")
	if r, ok := words.AsRefusal(err); ok {
		return "", r.Code
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.ReplaceAll(text, "\r\n ", ""), ""
}

func (c *county) feed(who actor.Actor, box desk.Box) string {
	c.t.Helper()
	secret, err := c.d.MakeFeed(c.t.Context(), who, box)
	if err != nil {
		c.t.Fatal(err)
	}
	return secret
}

// An officer's calendar holds the last days of what lies with them and the hearings they attend; of a sealed report it
// holds the number and the day alone. What went to somebody else is gone at the next fetch, and so is everything once
// the address was changed or the account closed.
func TestACalendarHoldsWhatItsOwnerMaySeeNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		noise := c.file(0, map[string]string{"title": "工地夜里打桩", "what": "凌晨两点还在打桩。"})
		c.do("county-petition-registrar", noise.ID, "register", map[string]string{"class": "claim"})
		clerk := c.officer("county-petition-registrar")
		theirs := c.feed(clerk, desk.Today)
		text, _ := c.calendarOf(theirs)
		for _, want := range []string{"工地夜里打桩", noise.Number, "DTSTART;VALUE=DATE:2025", "URL:https://jishi.example/m/" + noise.ID} {
			if !strings.Contains(text, want) {
				t.Errorf("the bureau's calendar lacks %q:\n%s", want, text)
			}
		}
		c.do("county-petition-registrar", noise.ID, "forward", map[string]string{"target": "county-housing"})
		if text, _ = c.calendarOf(theirs); strings.Contains(text, noise.Number) {
			t.Error("the bureau handed it on, and its calendar still holds it")
		}
		c.do("county-housing-officer", noise.ID, "receive", nil)
		c.do("county-housing-officer", noise.ID, "accept", map[string]string{})
		c.do("county-housing-head", noise.ID, "assign-officer", map[string]string{"person": "county-housing-officer"})
		c.do("county-housing-officer", noise.ID, "open-hearing", map[string]string{"hearing_at": "2025-03-20 14:30", "hearing_spot": "县住建局三楼"})
		mine := c.feed(c.officer("county-housing-officer"), desk.Mine)
		text, _ = c.calendarOf(mine)
		for _, want := range []string{"DTSTART:20250320T063000Z", "LOCATION:县住建局三楼", "SUMMARY:听证时间 · 工地夜里打桩 · " + noise.Number} {
			if !strings.Contains(text, want) {
				t.Errorf("the hearing is not in the officer's calendar: %q\n%s", want, text)
			}
		}
		c.do("county-housing-officer", noise.ID, "set-hearing", map[string]string{"hearing_at": "2025-03-21 09:00", "hearing_spot": "县住建局二楼"})
		if text, _ = c.calendarOf(mine); strings.Contains(text, "20250320T063000Z") || !strings.Contains(text, "DTSTART:20250321T010000Z") {
			t.Errorf("the hearing was moved, and the calendar does not say so:\n%s", text)
		}
		if faults := c.faults(); faults != "" {
			t.Error(faults)
		}
		anew := c.feed(c.officer("county-housing-officer"), desk.Mine)
		if _, refused := c.calendarOf(mine); refused != "no-such-feed" {
			t.Errorf("the old address still answers: %q", refused)
		}
		if err := c.d.EndFeed(t.Context(), c.officer("county-housing-officer")); err != nil {
			t.Fatal(err)
		}
		if _, refused := c.calendarOf(anew); refused != "no-such-feed" {
			t.Errorf("an address that was ended still answers: %q", refused)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), `UPDATE account SET closed_at = 1 WHERE person = $1`, clerk.ID)
		}); err != nil {
			t.Fatal(err)
		}
		if _, refused := c.calendarOf(theirs); refused != "no-such-feed" {
			t.Errorf("a closed account still has a calendar: %q", refused)
		}
	})
}

// faults is what verify finds.
func (c *county) faults() string {
	c.t.Helper()
	_, faults, err := c.d.Matters.Verify(c.t.Context(), c.d.DB)
	if err != nil {
		c.t.Fatal(err)
	}
	var list []string
	for _, f := range faults {
		list = append(list, f.Number+": "+f.What)
	}
	return strings.Join(list, "\n")
}

func TestASealedMatterIsANumberAndATimeInACalendar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		r := c.file(0, map[string]string{"title": "住建局科长收钱", "what": "收了开发商的钱。"}, func(f *desk.Filing) {
			f.Class, f.Reported = "report", []string{"county-housing"}
		})
		c.do("county-petition-registrar", r.ID, "register", map[string]string{"class": "report"})
		text, _ := c.calendarOf(c.feed(c.officer("county-petition-registrar"), desk.Today))
		if !strings.Contains(text, "SUMMARY:"+r.Number+"\r\n") {
			t.Errorf("the number and its day are not there:\n%s", text)
		}
		for _, secret := range []string{"科长", "收钱", "住建", r.ID, "URL:", "DESCRIPTION:信访", "CATEGORIES", "条例"} {
			if strings.Contains(text, secret) {
				t.Errorf("the calendar tells %q of a sealed report:\n%s", secret, text)
			}
		}
		reported, _ := c.calendarOf(c.feed(c.officer("county-housing-head"), desk.Today))
		if strings.Contains(reported, r.Number) {
			t.Error("the reported body's calendar holds the report")
		}
	})
}

// The citizen's own last days come by an address made on their page; a wrong one is not found.
func TestACitizensCalendarHoldsTheirOwnLastDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		r := c.file(0, map[string]string{"title": "楼道漏水", "what": "漏了一年。"})
		other := c.file(0, map[string]string{"title": "别人的事", "what": "与您无关。"})
		for _, m := range []desk.Receipt{r, other} {
			c.do("county-petition-registrar", m.ID, "register", map[string]string{"class": "claim"})
			c.do("county-petition-registrar", m.ID, "forward", map[string]string{"target": "county-housing"})
			c.do("county-housing-officer", m.ID, "receive", nil)
			c.do("county-housing-officer", m.ID, "accept", map[string]string{})
			c.do("county-housing-officer", m.ID, "serve-opinion", map[string]string{"outcome": "supported", "facts": "属实。", "opinion": "予以支持。",
				"basis": "民法典第二百七十八条", "remedy": "三十日内请求复查。", "served_on": "2025-03-03", "served_how": "in-person"})
		}
		who, err := c.d.Enter(t.Context(), r.Number, r.Code, "", words.EN)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := c.calendarOf(c.feed(who, ""))
		if !strings.Contains(text, "DTSTART;VALUE=DATE:20250402") || !strings.Contains(text, r.Number) {
			t.Errorf("the last day to ask for a review is not there:\n%s", text)
		}
		if strings.Contains(text, other.Number) || strings.Contains(text, "/m/") {
			t.Errorf("somebody else's matter, or an officer's address:\n%s", text)
		}
		if _, err := c.d.MakeFeed(t.Context(), actor.Nobody(words.ZH), ""); err == nil {
			t.Error("nobody made a calendar of nothing")
		}
		if _, refused := c.calendarOf("guess"); refused != "no-such-feed" {
			t.Errorf("a guess was answered: %q", refused)
		}
	})
}
