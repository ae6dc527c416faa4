package api_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/people/actor"
)

// watcher is an officer who sees the matters of the county and handles none.
func (c *county) watcher(t *testing.T) client {
	t.Helper()
	err := c.DB.Write(t.Context(), func(tx *db.Tx) error {
		return actor.PutPost(t.Context(), tx, "leader", actor.Post{ID: "watch", Org: "gov", Title: "督查室主任", Powers: []actor.Power{actor.Supervise}, From: "2020-01-01"})
	})
	if err == nil {
		err = c.Offices.Reload(t.Context(), c.DB, c.Today())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.as("leader")
}

// Letters, what a search shows, a board, the properties of a file and its name: none of them is a way around the masks on
// the page, and no reason given opens a name to whoever does not handle the matter.
func TestNoOtherDoorGivesTheNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		const phone, maker = "13900005678", "Wang 13900001234"
		page := fpdf.New("P", "mm", "A4", "")
		page.SetAuthor(maker, false)
		page.AddPage()
		var pdf bytes.Buffer
		if err := page.Output(&pdf); err != nil {
			t.Fatal(err)
		}
		up := upload(t, c.as(""), "照片"+phone+".pdf", pdf.Bytes())
		filed := c.as("").must(201, "POST", "/api/v1/filings", m{"class": "claim", "with": m{"title": "邻居" + phone + "夜里施工", "what": "每天夜里施工都吵，请打电话 " + phone, "place": apitest.County},
			"who": m{"name": "王秀兰", "phone": "13900001234"}, "files": []string{up.text("ref")}})
		id, clerk := filed.text("id"), c.as("clerk")
		c.press(clerk, id, "register", nil)
		c.press(clerk, id, "forward", m{"target": "urban"})
		c.caughtUp()
		watches := c.watcher(t)

		var letters []struct{ ID string }
		if err := json.Unmarshal(clerk.must(200, "GET", "/api/v1/matters/"+id+"/letters", nil).body, &letters); err != nil || len(letters) == 0 {
			t.Fatal("no letter was drafted", err)
		}
		letter := "/api/v1/matters/" + id + "/letters/" + letters[0].ID
		file := "/api/v1/matters/" + id + "/files/" + up.text("hash")
		for path, read := range map[string]string{letter: phone, file: maker, "/api/v1/search?q=施工": ""} {
			whole, masked := clerk.must(200, "GET", path, nil), watches.must(200, "GET", path, nil)
			if !strings.Contains(string(whole.body), read) {
				t.Errorf("%s: who handles it does not read %s", path, read)
			}
			for _, never := range []string{phone, maker, "13900001234"} {
				if strings.Contains(string(masked.body), never) || strings.Contains(masked.header.Get("Content-Disposition"), never) {
					t.Errorf("%s: who only watches reads %s", path, never)
				}
			}
		}
		if found := watches.must(200, "GET", "/api/v1/search?q=施工", nil); !strings.Contains(string(found.body), "139********") {
			t.Errorf("the search finds it masked: %s", found.body)
		}
		who, err := actor.StaffOn(t.Context(), d, "leader", c.Today())
		if err != nil {
			t.Fatal(err)
		}
		if doc, err := c.Paper(t.Context(), who, id, letters[0].ID, "想看一看"); err == nil || strings.Contains(doc.To, "王秀兰") {
			t.Errorf("who does not handle it opens the name on a letter: %q, %v", doc.To, err)
		}
	})
}

// Of two sides each reads their own words and those of the committee as they were written, and the other's without numbers.
func TestTheOtherSideReadsNoNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		const phone = "13900007777"
		was := quarrel["with"]
		quarrel["with"] = m{"title": "楼上漏水赔偿", "what": "楼上卫生间漏水，泡坏了我家吊顶，我的电话" + phone, "wants": "修好并赔偿吊顶。", "kind": "neighbour", "place": apitest.County}
		t.Cleanup(func() { quarrel["with"] = was })
		id, mediator, a, b := c.bothSides(t)
		for who, reads := range map[client]bool{mediator: true, a: true, b: false} {
			if got := who.must(200, "GET", "/api/v1/matters/"+id, nil); strings.Contains(string(got.body), phone) != reads {
				t.Errorf("read: %v, want %v: %s", !reads, reads, got.body)
			}
		}
	})
}

// The board of whistles is looked at by all who are called, a public register by anybody: without numbers for everybody.
func TestWhatManyReadHasNoNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		const phone = "13900005678"
		street := c.as("street-head")
		street.must(201, "POST", "/api/v1/filings", m{"procedure": "whistle", "class": "priority", "with": m{"title": "路面塌了", "what": "请找施工队 " + phone + " 看一看塌下去的路面。",
			"spot": "东街3号，电话" + phone, "place": "421223100000", "targets": "urban", "wants": "围挡"}})
		board := street.must(200, "GET", "/api/v1/whistles", nil)
		if strings.Contains(string(board.body), phone) || strings.Count(string(board.body), "139********") < 2 {
			t.Errorf("the board: %s", board.body)
		}
		c.as("officer").must(201, "POST", "/api/v1/filings", m{"procedure": "plaque", "class": "plaque", "with": m{"title": "维修服务点", "basis": "联系" + phone, "spot": "outside", "what": "报修",
			"place": "421223100000", "to_body": "social"}})
		register := c.as("").must(200, "GET", "/api/v1/registers/plaque", nil)
		if strings.Contains(string(register.body), phone) || !strings.Contains(string(register.body), "联系139********") {
			t.Errorf("a public register: %s", register.body)
		}
	})
}
