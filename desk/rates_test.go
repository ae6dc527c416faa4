package desk_test

import (
	"slices"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/derive/rates"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/work/journal"
)

// counted lets the rates catch up.
func (c *county) counted() {
	c.t.Helper()
	x := c.d.RateIndex()
	for _, step := range []func() (int, error){
		func() (int, error) { return journal.Sequence(c.t.Context(), c.d.DB, 1000) },
		func() (int, error) { return x.Follow(c.t.Context(), c.d.DB, 4) },
	} {
		for n := 1; n > 0; {
			var err error
			if n, err = step(); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// given brings a matter to the housing bureau, which has signed for it.
func (c *county) given(town int, title string) string {
	c.t.Helper()
	r := c.file(town, map[string]string{"title": title, "what": title})
	c.do("county-petition-registrar", r.ID, "register", map[string]string{"class": "claim"})
	c.do("county-petition-registrar", r.ID, "forward", map[string]string{"target": "county-housing", "reason": "请核实"})
	c.do("county-housing-officer", r.ID, "receive", nil)
	return r.ID
}

func (c *county) later(d time.Duration) {
	c.t.Helper()
	c.now = c.now.Add(d)
	if _, err := c.d.Sweep(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *county) rates(who actor.Actor, ask desk.RateAsk) *desk.RateTable {
	c.t.Helper()
	ask.Set = "petition"
	t, err := c.d.Rates(c.t.Context(), who, ask)
	if err != nil {
		c.t.Fatal(err)
	}
	return t
}

func (c *county) notice(who actor.Actor) rates.Figure {
	c.t.Helper()
	for _, row := range c.rates(who, desk.RateAsk{}).Rows {
		if f := row.Figures["notice"]; row.Key == "county-housing" && f != nil {
			return *f
		}
	}
	return rates.Figure{}
}

// Four matters come to the housing bureau: it tells one citizen in time, one late, takes no step in one, and one is a
// sealed report about itself. It appeals the late one; another body decides; the figure shows both.
func TestRatesOfTheHousingBureau(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		officer, head, registrar := c.officer("county-housing-officer"), c.officer("county-petition-head"), c.officer("county-petition-registrar")
		good, bad := c.given(0, "楼道漏水"), c.given(1, "物业乱收费")
		c.do("county-housing-officer", good, "accept", nil)
		c.counted()
		if f := c.notice(officer); f.Raw != (rates.Share{N: 1, Of: 1}) || f.Open != 1 {
			t.Errorf("while one is open: %+v", f)
		}
		before := c.notice(officer)
		c.file(0, map[string]string{"title": "住建局有人收钱", "what": "住建局有人收钱"}, func(f *desk.Filing) { f.Class, f.Reported = "report", []string{"county-housing"} })
		c.counted()
		if f := c.notice(head); f.Raw != before.Raw {
			t.Errorf("a sealed report moved a figure: %+v", f)
		}
		c.later(20 * 24 * time.Hour) // the period for the notice runs out, and is never made good
		c.counted()
		if f := c.notice(officer); f.Raw != (rates.Share{N: 1, Of: 2}) || f.Open != 0 {
			t.Errorf("after the period: %+v", f)
		}

		ask := desk.RateAsk{Set: "petition"}
		cell, err := c.d.Rate(t.Context(), officer, ask, "notice", "county-housing", desk.RatePick{Outcome: rates.Not})
		if err != nil || len(cell.Cases) != 1 || cell.Cases[0].Matter != bad {
			t.Fatalf("the late one is behind the figure: %+v, %v", cell, err)
		}
		number := cell.Cases[0].Number
		appeal, err := c.d.File(t.Context(), officer, desk.Filing{Procedure: "attribution-appeal", With: map[string]string{
			"title": "归市场监管局", "linked": number, "ground": "not-ours", "reason": "收费由市场监管局管", "evidence": "三定规定第六条"}})
		if err != nil {
			t.Fatal(err)
		}
		c.counted()
		if f := c.notice(officer); f.Adjusted != f.Raw {
			t.Errorf("an appeal that nobody decided changed the figure: %+v", f)
		}
		if _, err := c.d.Do(t.Context(), officer, appeal.ID, desk.Press{Action: "uphold", With: map[string]string{"reason": "我们自己认为成立"}}); err == nil {
			t.Error("the body that appeals decides itself")
		}
		m, err := c.d.Matters.Load(t.Context(), c.d.DB, appeal.ID)
		if err != nil || m.Org("decider") == "" || m.Org("decider") == "county-housing" {
			t.Fatalf("another body decides: %+v, %v", m, err)
		}
		c.do(m.Org("decider")+"-officer", appeal.ID, "uphold", map[string]string{"reason": "三定规定写明"})
		c.counted()
		f := c.notice(officer)
		if f.Raw != (rates.Share{N: 1, Of: 2}) || f.Adjusted != (rates.Share{N: 1, Of: 1}) || !slices.Equal(f.Left, []rates.Left{{Why: "not-ours", N: 1}}) {
			t.Errorf("before and after the exclusion: %+v", f)
		}
		cell, err = c.d.Rate(t.Context(), officer, ask, "notice", "county-housing", desk.RatePick{Why: "any"})
		if err != nil || len(cell.Cases) != 1 || cell.Cases[0].Appeal != appeal.ID || len(cell.Appeals) != 1 || cell.Appeals[0].About != number {
			t.Errorf("the exclusion opens to its appeal: %+v, %v", cell, err)
		}
		c.whoSees(t, registrar)
	})
}

// whoSees: an officer of another body sees nothing of this one; nobody sees the petition figures from outside; a
// figure about a body that one may not see is not there.
func (c *county) whoSees(t *testing.T, registrar actor.Actor) {
	t.Helper()
	for _, row := range c.rates(c.officer("county-labor-officer"), desk.RateAsk{}).Rows {
		t.Errorf("the labour bureau sees %s", row.Key)
	}
	ask := desk.RateAsk{Set: "petition"}
	for name, who := range map[string]actor.Actor{"nobody": actor.Nobody(words.ZH), "labour": c.officer("county-labor-officer")} {
		if _, err := c.d.Rate(t.Context(), who, ask, "notice", "county-housing", desk.RatePick{}); !notFound(err) {
			t.Errorf("%s opens the housing bureau's figure: %v", name, err)
		}
	}
	if out, err := c.d.Rates(t.Context(), actor.Nobody(words.ZH), desk.RateAsk{Set: "petition"}); err == nil {
		t.Errorf("what is not public is public: %+v", out)
	}
	for _, bad := range []desk.RateAsk{{Period: "20266"}, {Period: "2026-13"}, {By: "person"}, {Place: "xx"}, {Set: "nothing"}} {
		if _, err := c.d.Rates(t.Context(), registrar, bad); err == nil {
			t.Errorf("%+v was answered", bad)
		}
	}
	byPlace := c.rates(c.officer("county-housing-officer"), desk.RateAsk{By: "place", Class: "claim", Period: "2025-03"})
	if len(byPlace.Rows) != 2 || byPlace.Total.Figures["notice"].Raw.Of != 2 {
		t.Errorf("by place: %+v", byPlace.Rows)
	}
}

func notFound(err error) bool {
	r, ok := words.AsRefusal(err)
	return ok && r.Kind == words.NotFound
}
