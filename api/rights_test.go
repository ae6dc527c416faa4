package api_test

import (
	"strings"
	"testing"
	"time"

	"jishi/api/apitest"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/people/actor"
)

// Somebody sees what is held about them and who looked, takes a copy along, has a telephone number put right, and has
// the identity erased when the matter is over. The record and the receipt stay.
func TestWhatIsHeldAboutMe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		clerk, officer := c.as("clerk"), c.as("officer")
		filed := c.as("").must(201, "POST", "/api/v1/filings", leak)
		id, number := filed.text("id"), filed.text("number")
		me := client{t: t, url: c.url, pair: [2]string{number, filed.text("code")}}
		c.press(clerk, id, "register", nil)
		clerk.must(200, "POST", "/api/v1/matters/"+id+"/identity", m{"reason": "核对电话"})

		held := me.must(200, "GET", "/api/v1/personal-information", nil)
		if held.text("0.number") != number || held.text("0.who.phone") != "139****1234" || held.text("0.looks.0.reason") != "核对电话" || held.text("0.keeper.id") != "petition" || held.text("0.grade") != "D" {
			t.Errorf("held: %s", held.body)
		}
		for _, other := range []client{c.as(""), officer} {
			if a := other.do("GET", "/api/v1/personal-information", nil); a.status != 401 || strings.Contains(string(a.body), number) {
				t.Errorf("somebody else asks what is held: %d %s", a.status, a.body)
			}
		}
		if a := me.must(200, "POST", "/api/v1/personal-information/copy", nil); !strings.Contains(string(a.body), "13900001234") || !strings.Contains(string(a.body), "王秀兰") || !strings.Contains(string(a.body), "核对电话") {
			t.Errorf("the copy: %s", a.body)
		}
		ask := func(status int, body m) answer {
			t.Helper()
			return me.must(status, "POST", "/api/v1/personal-information/requests", body)
		}
		ask(422, m{"matter": number, "kind": "correct"})
		ask(422, m{"matter": number, "kind": "correct", "right": m{"phone": "123"}})
		ask(409, m{"matter": number, "kind": "delete"})
		ask(404, m{"matter": "LX2020-000001", "kind": "delete", "what": "不用再保存"})
		stranger := c.as("").must(201, "POST", "/api/v1/filings", leak)
		ask(404, m{"matter": stranger.text("number"), "kind": "delete", "what": "不用再保存"})

		if a := clerk.do("POST", "/api/v1/filings", m{"procedure": "personal-information", "class": "access", "channel": "visit", "with": m{"title": "查阅", "linked": number, "what": "看一看"},
			"who": m{"name": "赵四", "phone": "13900009999"}}); a.status != 422 || !strings.Contains(string(a.body), "not-the-person") {
			t.Errorf("a clerk asks for somebody who is not the person: %d %s", a.status, a.body)
		}
		asked := ask(201, m{"matter": number, "kind": "correct", "right": m{"phone": "139 0000 5678"}})
		if me.must(200, "GET", "/api/v1/personal-information", nil).text("0.request") != asked.text("number") && asked.text("clocks.0.clock") == "" {
			t.Errorf("the request: %s", asked.body)
		}
		officer.must(404, "GET", "/api/v1/matters/"+asked.text("id"), nil) // private: between the person and the keeper
		c.press(clerk, asked.text("id"), "correct", m{"checked": "当面核对了身份证"})
		if a := me.must(200, "GET", "/api/v1/personal-information", nil); a.text("0.who.phone") != "139****5678" || a.at("0.corrected") != true {
			t.Errorf("corrected: %s", a.body)
		}
		early := ask(201, m{"matter": number, "kind": "delete", "what": "不用再保存"})
		tag := clerk.must(200, "GET", "/api/v1/matters/"+early.text("id"), nil).header.Get("ETag")
		if a := clerk.do("POST", "/api/v1/matters/"+early.text("id")+"/actions/erase", m{"with": m{"ground": "purpose"}}, "If-Match", tag); a.status != 409 || !strings.Contains(string(a.body), "still-needed") {
			t.Errorf("erased while it runs: %d %s", a.status, a.body)
		}
		c.press(clerk, early.text("id"), "freeze", m{"reason": "还没有办结"})
		if a := clerk.do("POST", "/api/v1/matters/"+id+"/identity", m{"reason": "再看一次"}); a.status != 409 || !strings.Contains(string(a.body), "identity-frozen") {
			t.Errorf("an officer opens what is frozen: %d %s", a.status, a.body)
		}
		mine := client{t: t, url: c.url, pair: me.pair}
		tag = mine.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
		mine.must(200, "POST", "/api/v1/matters/"+id+"/actions/withdraw", m{"with": m{"reason": "已经修好"}}, "If-Match", tag)
		over := ask(201, m{"matter": number, "kind": "delete", "what": "不用再保存"})
		c.press(clerk, over.text("id"), "erase", m{"ground": "purpose"})
		after := me.must(200, "GET", "/api/v1/personal-information", nil)
		if after.text("0.erased") == "" || strings.Contains(string(after.body), "139****") && strings.Contains(after.text("0.who"), "139") {
			t.Errorf("after erasing: %s", after.body)
		}
		me.must(200, "GET", "/api/v1/matters/"+id, nil) // the record is there, and names nobody
		clerk.must(200, "GET", "/api/v1/matters/"+id, nil)
		if _, faults, err := c.Matters.Verify(t.Context(), d); err != nil || len(faults) > 0 {
			t.Errorf("the fold does not hold after erasing: %v %v", faults, err)
		}
	})
}

// What the rules of keeping say happens by itself, and not a day before; while something of the same person's runs,
// nothing does.
func TestWhatIsOverIsErasedByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		filed := c.as("").must(201, "POST", "/api/v1/filings", leak)
		running := c.as("").must(201, "POST", "/api/v1/filings", leak)
		me := client{t: t, url: c.url, pair: [2]string{filed.text("number"), filed.text("code")}}
		tag := me.must(200, "GET", "/api/v1/matters/"+filed.text("id"), nil).header.Get("ETag")
		me.must(200, "POST", "/api/v1/matters/"+filed.text("id")+"/actions/withdraw", m{"with": m{"reason": "已经修好"}}, "If-Match", tag)
		until := me.must(200, "GET", "/api/v1/personal-information", nil).text("0.until")
		day := calendar.Day(until)
		if want := c.Today().AddMonths(120); day != want {
			t.Errorf("kept until %s, not %s", day, want)
		}
		today := c.Today()
		c.On(t, string(today.AddMonths(30)))
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return c.Matters.Mark(t.Context(), tx, filed.text("id"), "recalendar", "calendar", c.Now(), "")
		})
		if again := (client{t: t, url: c.url, pair: me.pair}).must(200, "GET", "/api/v1/personal-information", nil).text("0.until"); err != nil || again != until {
			t.Errorf("what was written into it later makes it younger: %s, not %s: %v", again, until, err)
		}
		request := c.alsoIn(t, me, filed.text("id"), filed.text("number"))
		for _, x := range []struct {
			day calendar.Day
			n   int
		}{{c.Today(), 0}, {today.AddMonths(66).Add(2), 1}, {day, 0}, {day.Add(1), 1}, {day.Add(2), 0}} { // after three years only what the request holds of its own
			c.On(t, string(x.day))
			if n, err := c.Clear(t.Context()); n != x.n || err != nil {
				t.Errorf("on %s: %d erased, not %d: %v", x.day, n, x.n, err)
			}
		}
		for _, id := range []string{filed.text("id"), request} {
			if m, err := c.Matters.Load(t.Context(), d, id); err != nil || m.Flags["identity-over"] == "" {
				t.Errorf("a matter that held the identity does not say that it is gone: %v", err)
			}
		}
		var left string
		if err := d.Row(t.Context(), `SELECT m.id FROM vault v JOIN matter_entry e ON e.person = v.ref JOIN matter m ON m.id = e.matter WHERE v.erased_at = 0`, nil, &left); err != nil || left != running.text("id") {
			t.Errorf("left is %s: %v", left, err)
		}
	})
}

// An identity is gone for good, so two officers erase it: what one presses waits, and the other's word does it.
func TestErasingTakesTwoOfficers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		c.Eyes = 72 * time.Hour
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return actor.PutPost(t.Context(), tx, "leader", actor.Post{ID: "deputy", Org: "petition", Title: "副局长", Powers: []actor.Power{actor.Head}, From: "2020-01-01"})
		})
		if err == nil {
			err = c.Offices.Reload(t.Context(), d, c.Today())
		}
		if err != nil {
			t.Fatal(err)
		}
		clerk, chief := c.as("clerk"), c.as("leader")
		filed := c.as("").must(201, "POST", "/api/v1/filings", leak)
		me := client{t: t, url: c.url, pair: [2]string{filed.text("number"), filed.text("code")}}
		tag := me.must(200, "GET", "/api/v1/matters/"+filed.text("id"), nil).header.Get("ETag")
		me.must(200, "POST", "/api/v1/matters/"+filed.text("id")+"/actions/withdraw", m{"with": m{"reason": "已经修好"}}, "If-Match", tag)
		request := me.must(201, "POST", "/api/v1/personal-information/requests", m{"matter": filed.text("number"), "kind": "delete", "what": "不用再保存"}).text("id")
		if a := c.press(clerk, request, "erase", m{"ground": "purpose"}); a.text("state") != "asked" {
			t.Errorf("one officer erased: %s", a.body)
		}
		if a := me.must(200, "GET", "/api/v1/personal-information", nil); strings.Contains(string(a.body), `"erased"`) {
			t.Errorf("one officer erased: %s", a.body)
		}
		c.press(clerk, request, "erase", m{"ground": "purpose"}) // pressed again it is the same
		waits := clerk.must(200, "GET", "/api/v1/second", nil)
		if waits.text("rows.0.state") != "waiting" || strings.Count(string(waits.body), `"waiting"`) != 1 {
			t.Errorf("waiting: %s", waits.body)
		}
		at := "/api/v1/second/" + waits.text("rows.0.id")
		c.waitFor(t, map[string]int{"clerk": 0, "leader": 1, "officer": 0})
		clerk.must(403, "POST", at+"/agree", m{"why": "我自己"})
		c.as("officer").must(404, "POST", at+"/agree", m{"why": "别的单位"})
		chief.must(200, "POST", at+"/agree", m{"why": "本人当面来过"})
		chief.must(409, "POST", at+"/agree", m{"why": "再来一次"})
		c.waitFor(t, map[string]int{"leader": 0})
		if a := me.must(200, "GET", "/api/v1/personal-information", nil); !strings.Contains(string(a.body), `"erased"`) {
			t.Errorf("two officers agreed: %s", a.body)
		}
		if a := clerk.must(200, "GET", "/api/v1/matters/"+request, nil); a.text("state") != "erased" {
			t.Errorf("the request: %s", a.body)
		}
	})
}

// alsoIn lets a request that is answered, and kept three years, hold the identity of a matter that is kept ten, as a step
// that makes somebody a party does.
func (c *county) alsoIn(t *testing.T, me client, id, number string) (request string) {
	t.Helper()
	request = me.must(201, "POST", "/api/v1/personal-information/requests", m{"matter": number, "kind": "access", "what": "看一看"}).text("id")
	c.press(c.as("clerk"), request, "answer", m{"answer": "都在您的页面上。"})
	err := c.DB.Write(t.Context(), func(tx *db.Tx) error {
		return tx.Put(t.Context(), `INSERT INTO matter_entry (code, matter, entry, person) SELECT 'party:shared', $1, 'shared', e.person FROM matter_entry e WHERE e.matter = $2`, request, id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// Who may not open the identity does not find it in a text or in the name of a file either; who handles the matter is told
// what stands where.
func TestATextIsReadWithoutNumbersByWhoDoesNotHandleIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		const phone = "13900005678"
		filed := c.as("").must(201, "POST", "/api/v1/filings", m{"class": "claim", "with": m{"title": "邻居" + phone + "夜里施工", "what": "请打电话 " + phone + " 找施工的人，每天夜里都吵。", "place": apitest.County},
			"who": m{"name": "王秀兰", "phone": "13900001234"}})
		id := filed.text("id")
		handles := c.as("clerk").must(200, "GET", "/api/v1/matters/"+id, nil)
		if !strings.Contains(string(handles.body), phone) || handles.text("numbers.0.kind") != "手机号" || handles.text("numbers.0.where") != "标题" || handles.text("numbers.1.start") != "1390" {
			t.Errorf("who handles it: %s", handles.body)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return actor.PutPost(t.Context(), tx, "leader", actor.Post{ID: "watch", Org: "gov", Title: "督查室主任", Powers: []actor.Power{actor.Supervise}, From: "2020-01-01"})
		})
		if err == nil {
			err = c.Offices.Reload(t.Context(), d, c.Today())
		}
		if err != nil {
			t.Fatal(err)
		}
		watches := c.as("leader").must(200, "GET", "/api/v1/matters/"+id, nil)
		if strings.Contains(string(watches.body), phone) || !strings.Contains(string(watches.body), "139********") || watches.text("numbers.0.kind") != "手机号" {
			t.Errorf("who only watches: %s", watches.body)
		}
		listed := c.as("clerk").must(200, "GET", "/api/v1/matters?box=today", nil)
		if strings.Contains(string(listed.body), phone) || !strings.Contains(string(listed.body), "邻居139********夜里施工") {
			t.Errorf("a list: %s", listed.body)
		}
		own := client{t: t, url: c.url, pair: [2]string{filed.text("number"), filed.text("code")}}.must(200, "GET", "/api/v1/matters/"+id, nil)
		if !strings.Contains(string(own.body), phone) || strings.Contains(string(own.body), `"numbers"`) {
			t.Errorf("what somebody said themselves: %s", own.body)
		}
	})
}

// waitFor: how many an officer is told wait for them is how many the list lets them decide.
func (c *county) waitFor(t *testing.T, want map[string]int) {
	t.Helper()
	for person, n := range want {
		who, err := actor.StaffOn(t.Context(), c.DB, person, c.Today())
		if err != nil {
			t.Fatal(err)
		}
		told, err := c.WaitFor(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := c.Asks(t.Context(), who, "")
		if err != nil {
			t.Fatal(err)
		}
		may := 0
		for _, a := range list {
			if a.May {
				may++
			}
		}
		if told != n || may != n {
			t.Errorf("%s is told of %d, may decide %d of the list, want %d", person, told, may, n)
		}
	}
}
