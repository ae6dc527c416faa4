package api_test

import (
	"maps"
	"strings"
	"testing"

	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
)

var quarrel = m{"procedure": "mediation", "class": "apply", "with": m{"title": "楼上漏水赔偿", "what": "楼上卫生间漏水，泡坏了我家吊顶，两家谈不拢。", "wants": "修好并赔偿吊顶。",
	"kind": "neighbour", "place": apitest.County}, "who": m{"name": "王秀兰", "phone": "13900001234"}, "people": m{"other": m{"name": "赵志刚", "phone": "13900005678"}}}

// bothSides are the two parties with codes of their own, as they sit at their telephones.
func (c *county) bothSides(t *testing.T) (id string, mediator, a, b client) {
	t.Helper()
	mediator = c.as("mediator")
	speaksForBoth := maps.Clone(quarrel)
	speaksForBoth["with"] = m{"title": "楼上漏水赔偿", "what": "两家谈不拢。", "place": apitest.County, "consent-b": "yes"}
	if no := c.as("").must(422, "POST", "/api/v1/filings", speaksForBoth); no.text("errors.0.pointer") != "#/with/consent-b" || !strings.Contains(no.text("cite"), "第三条") {
		t.Errorf("one side consents for the other: %s", no.body)
	}
	filed := c.as("").must(201, "POST", "/api/v1/filings", quarrel)
	id = filed.text("id")
	a = client{t: t, url: c.url, pair: [2]string{filed.text("number"), filed.text("code")}}
	seen := mediator.must(200, "GET", "/api/v1/matters/"+id, nil)
	entry := ""
	for i := range 2 {
		if side := "sides." + string(rune('0'+i)); seen.text(side+".relation") == "party-b" {
			entry = seen.text(side + ".entry")
		}
	}
	if strings.Contains(string(seen.body), "13900005678") || entry == "" {
		t.Fatalf("the other side: %s", seen.body)
	}
	given := mediator.must(201, "POST", "/api/v1/matters/"+id+"/sides/"+entry+"/code", nil)
	return id, mediator, a, client{t: t, url: c.url, pair: [2]string{given.text("number"), given.text("code")}}
}

// refused takes an action that must not be taken, and returns the problem.
func (c *county) refused(who client, status int, id, action string, with m) answer {
	c.t.Helper()
	tag := who.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
	return who.must(status, "POST", "/api/v1/matters/"+id+"/actions/"+action, m{"with": with}, "If-Match", tag)
}

// A quarrel from the application to the court: each side consents and signs for itself, it is in force with the last
// signature, what one tells the mediator the other does not read, and one party alone gets no confirmation.
func TestAMediationFromApplicationToConfirmation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		id, mediator, a, b := c.bothSides(t)
		named := m{"person": "mediator", "chosen_by": "parties", "no-interest": "yes", "rights-told": "yes"}
		c.press(a, id, "consent-a", nil)
		if no := c.refused(mediator, 409, id, "start", named); !strings.Contains(no.text("detail"), "对方") {
			t.Errorf("begun without the other side's consent: %s", no.body)
		}
		c.press(b, id, "consent-b", nil)
		c.press(mediator, id, "start", named)
		c.press(a, id, "say", m{"statement": "我的底线是四千元"})
		if got := b.must(200, "GET", "/api/v1/matters/"+id+"/timeline", nil); strings.Contains(string(got.body), "底线") {
			t.Errorf("the other side reads it: %s", got.body)
		}
		if got := mediator.must(200, "GET", "/api/v1/matters/"+id+"/timeline", nil); !strings.Contains(string(got.body), "底线") {
			t.Errorf("the mediator does not read it: %s", got.body)
		}
		arranged := c.press(mediator, id, "arrange", m{"session_at": "2026-03-05 15:00", "session_spot": "调解室"})
		if arranged.text("meetings.0.spot") != "调解室" || arranged.text("meetings.0.at") != "2026-03-05T15:00:00+08:00" {
			t.Errorf("the session: %s", arranged.body)
		}
		c.press(b, id, "ask-another", nil) // recusal at one side's wish
		second := c.as("mediator-2")
		again := m{"person": "mediator", "chosen_by": "committee", "no-interest": "yes"}
		for who, status := range map[client]int{mediator: 403, second: 409} {
			if no := c.refused(who, status, id, "name-mediator", again); no.text("type") != "/problems/recused" {
				t.Errorf("the recused mediator acts, or is named again: %s", no.body)
			}
		}
		c.press(second, id, "name-mediator", m{"person": "mediator-2", "chosen_by": "parties", "no-interest": "yes"})
		c.On(t, "2026-03-05")
		c.press(second, id, "session", m{"held_on": "2026-03-05", "record": "双方同意修管、赔四千元。", "where": "调解室"})
		c.press(second, id, "agree", m{"facts": "楼上管道漏水", "duties": "楼上负责维修", "terms": "修好管道，赔偿四千元", "manner": "转账", "perform_by": "2026-03-31"})
		c.press(a, id, "sign-a", nil)
		c.press(second, id, "sign-mediator", nil)
		if got := a.must(200, "GET", "/api/v1/matters/"+id, nil); got.text("state") != "agreed" {
			t.Errorf("in force before the last signature: %s", got.text("state"))
		}
		c.On(t, "2026-03-09")
		if got := c.press(b, id, "sign-b", nil); got.text("state") != "effective" || got.text("next.lastDay") != "2026-04-08" {
			t.Errorf("after the last signature: %s, until %s", got.text("state"), got.text("next.lastDay"))
		}
		c.press(a, id, "ask-confirmation-a", nil)
		if no := c.refused(a, 409, id, "file-confirmation", m{"target": "court", "contact": "身份证复印件"}); no.text("type") != "/problems/not-flagged" || !strings.Contains(no.text("detail"), "对方") {
			t.Errorf("one party alone: %s", no.body)
		}
		c.press(b, id, "ask-confirmation-b", nil)
		if no := c.refused(a, 409, id, "file-confirmation", m{"target": "housing", "contact": "身份证复印件"}); no.text("type") != "/problems/other-kind" {
			t.Errorf("filed at no court: %s", no.body)
		}
		filed := c.press(b, id, "file-confirmation", m{"target": "court", "contact": "双方身份证复印件"})
		part := filed.text("links.0.id")
		judge := c.as("judge")
		judge.must(404, "GET", "/api/v1/matters/"+id, nil) // what was said in mediation does not come with the application
		if seen := judge.must(200, "GET", "/api/v1/matters/"+part, nil); strings.Contains(string(seen.body), "底线") {
			t.Errorf("the court reads what was said: %s", seen.body)
		}
		c.press(judge, part, "accept", nil)
		c.as("clerk").must(404, "GET", "/api/v1/matters/"+id, nil)
		if doc := c.as("").must(200, "GET", "/api/v1/openapi.json", nil); strings.Contains(string(doc.body), `"fee"`) {
			t.Error("there is a field for a fee")
		}
	})
}

// One side says no: there is no mediation, and the other routes are told. The window for the court closes by itself.
func TestOneSideEndsAMediation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		id, _, a, b := c.bothSides(t)
		c.press(a, id, "consent-a", nil)
		if got := c.press(b, id, "refuse", m{"reason": "不想见他"}); got.text("state") != "refused" || got.text("ended") != "true" {
			t.Errorf("after a clear no: %s", got.body)
		}
		letters := a.must(200, "GET", "/api/v1/matters/"+id+"/letters", nil)
		if letters.text("0.kind") != "other-routes" {
			t.Errorf("the other routes are not told: %s", letters.body)
		}
		if got := a.must(200, "GET", "/api/v1/matters/"+id+"/timeline", nil); strings.Contains(string(got.body), "不想见他") {
			t.Errorf("the reason of one side is told to the other: %s", got.body)
		}
		c.as("").must(404, "GET", "/api/v1/registers/mediation", nil)
		c.as("").must(200, "GET", "/api/v1/registers/mediation-committee", nil)
	})
}
