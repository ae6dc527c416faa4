package api_test

import (
	"strings"
	"testing"

	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/derive/search"
	"jishi/desk"
	"jishi/work/journal"
)

// caughtUp lets the index and the rates take in what was done.
func (c *county) caughtUp() {
	c.t.Helper()
	index, sums := &search.Index{Book: c.Book, Places: c.Places}, c.RateIndex()
	for _, step := range []func() (int, error){
		func() (int, error) { return journal.Sequence(c.t.Context(), c.DB, 1000) },
		func() (int, error) { return index.Follow(c.t.Context(), c.DB, 100) },
		func() (int, error) { return sums.Follow(c.t.Context(), c.DB, 100) },
	} {
		for n := 1; n > 0; {
			var err error
			if n, err = step(); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

var noise = m{"class": "complaint", "with": m{"title": "工地夜里打混凝土", "what": "城东工地半夜十二点还在打混凝土，孩子睡不着。", "place": apitest.County, "category": "noise"},
	"who": m{"name": "王秀兰", "phone": "13900001234"}}

// atOnce is the call with the step that is taken while the caller speaks.
func atOnce(call m, then m) m {
	out := m{"then": then}
	for k, v := range call {
		out[k] = v
	}
	return out
}

// One call: dispatched while the caller speaks, joined by a second caller, objected to, ruled on, extended, answered,
// rated by one caller, and each of the two called back before it is closed.
func TestACallFromFirstWordToLastCallBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		c.Profile = "hotline-example"
		taker, urban, street, streetHead := c.as("taker"), c.as("urban-officer"), c.as("street-officer"), c.as("street-head")
		key := []string{"Idempotency-Key", "one-call-one-key-0001"}

		// What the step refuses is not recorded at all.
		a := taker.must(409, "POST", "/api/v1/calls", atOnce(noise, m{"action": "dispatch", "with": m{"target": "village", "urgency": "ordinary"}}), key...)
		if a.text("type") != "/problems/wrong-kind" || !strings.Contains(a.text("detail"), "社区工作清单以外的事项不得作为主办单位") || a.text("cite") != "北京市接诉即办工作条例第十七条第二款" {
			t.Errorf("to a committee outside its list: %s", a.body)
		}
		if rows := taker.must(200, "GET", "/api/v1/matters?procedure=hotline", nil); rows.at("rows.0") != nil {
			t.Errorf("a refused call was recorded: %s", rows.body)
		}
		c.as("clerk").must(403, "POST", "/api/v1/calls", noise)

		dispatch := atOnce(noise, m{"action": "dispatch", "with": m{"target": "urban", "urgency": "ordinary", "category": "noise"}})
		a = taker.must(201, "POST", "/api/v1/calls", dispatch, key...)
		id, number, code := a.text("receipt.id"), a.text("receipt.number"), a.text("receipt.code")
		if a.text("matter.state") != "dispatched" || a.text("matter.holder.id") != "urban" || a.text("matter.next.lastDay") != "2026-03-09" {
			t.Fatalf("dispatched: %s", a.body)
		}
		if again := taker.must(200, "POST", "/api/v1/calls", dispatch, key...); again.text("receipt.number") != number {
			t.Errorf("pressed twice: %s", again.body)
		}

		// The second caller: their own earlier calls only with consent; the same matter is found by its words and place.
		c.caughtUp()
		if a := taker.must(422, "POST", "/api/v1/calls/earlier", m{"phone": "13900001234", "consent": false}); a.text("errors.0.pointer") != "#/consent" {
			t.Errorf("without consent: %s", a.body)
		}
		for range 2 { // one call looks once, however often it is pressed
			if a := taker.must(200, "POST", "/api/v1/calls/earlier", m{"phone": "139 0000 1234", "consent": true}, "Idempotency-Key", "another-call-key-0002"); a.text("0.number") != number {
				t.Errorf("earlier calls: %s", a.body)
			}
		}
		if a := taker.must(200, "POST", "/api/v1/calls/earlier", m{"phone": "13900009999", "consent": true}); a.at("0") != nil {
			t.Errorf("somebody else's number: %s", a.body)
		}
		first := client{t: t, url: c.url, pair: [2]string{number, code}}
		if a := first.must(200, "GET", "/api/v1/matters/"+id+"/looks", nil); a.text("0.reason") != "征得来电人同意，按号码查找以前的来电" || a.at("1") != nil {
			t.Errorf("the look is told once: %s", a.body)
		}
		a = taker.must(200, "GET", "/api/v1/similar?title=城东工地夜里施工打混凝土&place="+apitest.County, nil)
		if a.text("0.id") != id || a.text("0.why") != "同一地点，标题用词相近" || a.text("0.procedure") != "hotline" {
			t.Errorf("the same matter: %s", a.body)
		}
		a = taker.must(201, "POST", "/api/v1/calls", m{"class": "complaint", "with": m{"title": "夜里施工吵", "what": "我也睡不着"}, "who": m{"name": "李建国", "phone": "13900005678"},
			"then": m{"action": "join", "with": m{"linked": number}}}, "Idempotency-Key", "another-call-key-0002")
		second := client{t: t, url: c.url, pair: [2]string{a.text("receipt.number"), a.text("receipt.code")}}
		if a.text("matter.state") != "joined" || a.text("matter.mergedInto") != number {
			t.Errorf("joined: %s", a.body)
		}

		// The unit objects; the hotline upholds; the street is next, with the copy to the district and a limit of its own.
		c.On(t, "2026-03-03")
		c.press(urban, id, "object", m{"reason": "工地在街道辖区，由街道先行处置"})
		a = c.press(taker, id, "uphold-objection", m{"target": "street", "reason": "异议成立"})
		if a.text("holder.id") != "street" || a.text("next.lastDay") != "2026-03-10" || !strings.Contains(string(a.body), `"relation":"copied"`) {
			t.Errorf("ruled: %s", a.body)
		}
		urban.must(404, "GET", "/api/v1/matters/"+id, nil)
		if a := first.must(200, "GET", "/api/v1/matters/"+id, nil); strings.Contains(string(a.body), `"relation":"copied"`) {
			t.Error("what the bodies are to each other is no part of what a citizen is told")
		}
		c.press(street, id, "contact", m{"record": "已与两位诉求人联系"})
		tag := street.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
		street.must(403, "POST", "/api/v1/matters/"+id+"/actions/rate", m{"with": m{"solved": "yes", "satisfied": "very"}}, "If-Match", tag)

		// The extension holds only when both were told.
		extend := func(status int, w m) answer {
			tag := streetHead.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
			return streetHead.must(status, "POST", "/api/v1/matters/"+id+"/actions/extend", m{"with": w}, "If-Match", tag)
		}
		extend(422, m{"days": "5", "reason": "连续监测噪声", "told_citizen": "yes"})
		if a := extend(200, m{"days": "5", "reason": "连续监测噪声", "told_citizen": "yes", "told_hotline": "yes"}); a.text("next.lastDay") != "2026-03-15" {
			t.Errorf("extended: %s", a.body)
		}

		c.On(t, "2026-03-05")
		a = c.press(street, id, "feed-back", m{"result": "夜间施工已停止，施工单位被处罚", "told_citizen": "yes", "told_hotline": "yes"})
		if a.text("state") != "fed-back" {
			t.Errorf("answered: %s", a.body)
		}
		for _, who := range []client{first, second} { // each follows the one ticket by their own receipt
			if a := who.must(200, "GET", "/api/v1/matters/"+id+"/timeline", nil); !strings.Contains(string(a.body), "夜间施工已停止") {
				t.Errorf("the answer reaches both: %s", a.body)
			}
		}
		c.press(second, id, "rate", m{"solved": "yes", "satisfied": "basically"})

		c.press(taker, id, "call-back", m{"asked_how": "call", "solved": "yes", "satisfied": "very"})
		tag = taker.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
		if a := taker.must(409, "POST", "/api/v1/matters/"+id+"/actions/close", m{}, "If-Match", tag); a.text("type") != "/problems/some-left" {
			t.Errorf("closed before the second was asked: %s", a.body)
		}
		c.press(taker, id, "call-next", m{"asked_how": "sms", "solved": "partly", "satisfied": "no"})
		if a := c.press(taker, id, "close", m{}); a.text("state") != "closed" {
			t.Errorf("closed: %s", a.body)
		}

		c.caughtUp()
		c.threeRates(t)
	})
}

// threeRates: the street answers for response and for what both callers said; what one said online stands apart.
func (c *county) threeRates(t *testing.T) {
	who, err := c.Staff(t.Context(), "street-officer")
	if err != nil {
		t.Fatal(err)
	}
	table, err := c.Rates(t.Context(), who, desk.RateAsk{Set: "hotline", By: "body", Period: "2026"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]int{"response": {1, 1}, "solved": {1, 2}, "satisfied": {1, 2}, "rated": {1, 1}}
	for _, r := range table.Rows {
		if r.Key != "street" {
			continue
		}
		for id, f := range r.Figures {
			if n, ok := want[id]; ok && (f.Raw.N != n[0] || f.Raw.Of != n[1]) {
				t.Errorf("%s: %+v, want %v", id, f.Raw, n)
			}
			delete(want, id)
		}
	}
	if len(want) > 0 {
		t.Errorf("not counted: %v", want)
	}
	public := c.as("").must(200, "GET", "/api/v1/rates?set=hotline&period=2026", nil)
	if !strings.Contains(string(public.body), `"hidden":true`) || strings.Contains(string(public.body), `"after"`) {
		t.Errorf("of one ticket the public reads figures: %s", public.body)
	}
}

// A ticket becomes a whistle and another a petition: nothing is typed twice, the map shows each reader what they may
// see, and the caller follows with the one receipt.
func TestATicketLeadsOnAndNothingIsTypedTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		taker, street := c.as("taker"), c.as("street-officer")

		a := taker.must(201, "POST", "/api/v1/calls", atOnce(m{"class": "complaint", "with": m{"title": "外墙瓷砖往下掉", "what": "二号楼外墙瓷砖掉了几块。", "place": "421223100000"},
			"who": noise["who"]}, m{"action": "dispatch-street", "with": m{"target": "street", "urgency": "danger"}}))
		id := a.text("receipt.id")
		c.press(street, id, "contact", m{"record": "已到现场"})
		a = c.press(street, id, "whistle", m{"place": "421223100000", "targets": "urban housing", "wants": "围挡并确定由谁修"})
		if a.text("map.here") != "true" || a.text("map.parts.0.kind") != "opened" || a.text("map.parts.0.title") != "外墙瓷砖往下掉" || a.at("map.parts.0.parts.1") == nil {
			t.Errorf("the street's map: %s", a.body)
		}
		if a := taker.must(200, "GET", "/api/v1/matters/"+id, nil); a.at("map") != nil {
			t.Errorf("the hotline has no part in the whistle: %s", a.body)
		}
		tag := street.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
		if a := street.must(409, "POST", "/api/v1/matters/"+id+"/actions/feed-back", m{"with": m{"result": "好了", "told_citizen": "yes", "told_hotline": "yes"}}, "If-Match", tag); a.text("type") != "/problems/still-open" {
			t.Errorf("answered while departments are out: %s", a.body)
		}

		a = taker.must(201, "POST", "/api/v1/calls", m{"class": "complaint", "with": m{"title": "补偿款没有发", "what": "去年签的协议，到现在没有发。", "place": apitest.County}, "who": noise["who"]})
		caller := client{t: t, url: c.url, pair: [2]string{a.text("receipt.number"), a.text("receipt.code")}}
		ticket := a.text("receipt.id")
		c.press(taker, ticket, "to-petition", m{"bureau": "petition"})
		a = caller.must(200, "GET", "/api/v1/matters/"+ticket, nil)
		petition := a.text("map.parts.0.id")
		if a.text("state") != "petitioned" || a.text("map.parts.0.procedureTitle") != "信访事项" {
			t.Fatalf("the caller's map: %s", a.body)
		}
		a = caller.must(200, "GET", "/api/v1/matters/"+petition, nil)
		if a.text("title") != "补偿款没有发" || !strings.Contains(string(a.body), "去年签的协议") || a.text("map.id") != ticket || a.text("map.parts.0.here") != "true" {
			t.Errorf("the petition by the ticket's receipt: %s", a.body)
		}
		if a := c.as("clerk").must(200, "GET", "/api/v1/matters/"+petition, nil); a.text("petitioner.name") != "王**" || a.at("map") != nil {
			t.Errorf("the bureau's page: %s", a.body)
		}
		c.as("urban-officer").must(404, "GET", "/api/v1/matters/"+petition, nil)
	})
}

// A report taken on the telephone is sealed before anybody can look; it goes to the bureau under the same seal.
func TestAReportOnTheTelephoneIsSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		taker := c.as("taker")
		a := taker.must(201, "POST", "/api/v1/calls", m{"class": "report", "with": m{"title": "验收收好处", "what": "验收的人收了钱。", "place": apitest.County}, "who": noise["who"], "reported": []string{"housing"}})
		id := a.text("receipt.id")
		caller := client{t: t, url: c.url, pair: [2]string{a.text("receipt.number"), a.text("receipt.code")}}
		for _, who := range []string{"officer", "head", "urban-officer"} {
			c.as(who).must(404, "GET", "/api/v1/matters/"+id, nil)
		}
		c.press(taker, id, "to-sealed", m{"bureau": "petition"})
		a = caller.must(200, "GET", "/api/v1/matters/"+id, nil)
		petition := a.text("map.parts.0.id")
		if a := c.as("clerk").must(200, "GET", "/api/v1/matters/"+petition, nil); a.text("class") != "report" || a.text("sealed") != "true" {
			t.Errorf("at the bureau: %s", a.body)
		}
		for _, who := range []string{"officer", "head", "urban-officer", "taker"} {
			c.as(who).must(404, "GET", "/api/v1/matters/"+petition, nil)
		}
	})
}
