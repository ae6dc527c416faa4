package api_test

import (
	"strings"
	"testing"

	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// An officer's morning by the interface: the list, the page, the reasons, a look at who it is, and a note.
func TestAnOfficersMorning(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		clerk, officer := c.as("clerk"), c.as("officer")
		var ids []string
		for range 5 {
			ids = append(ids, c.as("").must(201, "POST", "/api/v1/filings", leak).text("id"))
		}
		seen := map[string]bool{}
		cursor := ""
		for range 3 {
			page := clerk.must(200, "GET", "/api/v1/matters?box=today&limit=2&cursor="+cursor, nil)
			for _, r := range page.at("rows").([]any) {
				row := r.(map[string]any)
				if seen[row["id"].(string)] {
					t.Errorf("%v twice in the list", row["id"])
				}
				seen[row["id"].(string)] = true
				if row["next"].(map[string]any)["lastDay"] != "2026-03-17" {
					t.Errorf("row: %v", row)
				}
			}
			cursor, _ = page.at("next").(string)
		}
		if len(seen) != 5 || cursor != "" {
			t.Errorf("%d of 5 matters over three pages, then %q", len(seen), cursor)
		}
		if rows := officer.must(200, "GET", "/api/v1/matters", nil).at("rows").([]any); len(rows) != 0 {
			t.Errorf("housing sees %d matters of the petition bureau", len(rows))
		}
		id := ids[0]
		doors := clerk.must(200, "GET", "/api/v1/matters/"+id+"/actions", nil)
		if doors.text("open.0.id") == "" || !strings.Contains(string(doors.body), `"register"`) {
			t.Errorf("doors: %s", doors.body)
		}
		c.press(clerk, id, "register", nil)
		c.press(clerk, id, "forward", m{"target": "housing"})
		c.press(officer, id, "receive", nil)
		shut := officer.must(200, "GET", "/api/v1/matters/"+id+"/actions", nil, "Accept-Language", "en")
		if !strings.Contains(string(shut.body), "/problems/") || strings.Contains(string(shut.body), "“延长办理期限”") {
			t.Errorf("closed doors in English: %s", shut.body)
		}
		clerk.must(404, "GET", "/api/v1/matters/"+ids[1]+"/letters/nonsense", nil)
		masked := officer.must(200, "GET", "/api/v1/matters/"+id, nil)
		if strings.Contains(string(masked.body), "王秀兰") || masked.text("petitioner.name") == "" {
			t.Errorf("an officer reads the name without a reason: %s", masked.text("petitioner"))
		}
		full := officer.must(200, "POST", "/api/v1/matters/"+id+"/identity", m{"reason": "电话核实漏水位置"})
		if full.text("name") != "王秀兰" || full.text("phone") != "13900001234" {
			t.Errorf("a look with a reason: %s", full.body)
		}
		c.as("urban-officer").must(404, "POST", "/api/v1/matters/"+id+"/identity", m{"reason": "好奇"})
		looks := officer.must(200, "GET", "/api/v1/matters/"+id+"/looks", nil)
		if looks.text("0.reason") != "电话核实漏水位置" || looks.text("0.body") != "县住建局" {
			t.Errorf("looks: %s", looks.body)
		}
		officer.must(204, "POST", "/api/v1/matters/"+id+"/notes", m{"text": "周三去现场"})
		if n := officer.must(200, "GET", "/api/v1/matters/"+id+"/notes", nil); n.text("0.text") != "周三去现场" {
			t.Errorf("notes: %s", n.body)
		}
		if n := clerk.must(200, "GET", "/api/v1/matters/"+id+"/notes", nil); strings.Contains(string(n.body), "现场") {
			t.Errorf("another body reads the note: %s", n.body)
		}
		clocks := officer.must(200, "GET", "/api/v1/matters/"+id+"/clocks", nil)
		if !strings.Contains(string(clocks.body), `"how":[{"text"`) || !strings.Contains(string(clocks.body), "信访工作条例第二十三条第三款") {
			t.Errorf("clocks: %s", clocks.body)
		}
		draft := officer.must(200, "POST", "/api/v1/matters/"+id+"/actions/accept/draft", m{"with": m{"way31": "petition"}})
		if len(draft.at("text").([]any)) == 0 || officer.must(200, "GET", "/api/v1/matters/"+id, nil).text("state") != "at-competent" {
			t.Errorf("a draft: %s", draft.body)
		}
	})
}

// What needs no sign-in: places, organs, rules, days.
func TestWhatAnybodyMayRead(t *testing.T) {
	c := open(t, dbtest.SQLite(t))
	nobody := c.as("")
	if a := nobody.must(200, "GET", "/api/v1/divisions", nil); len(a.at("").([]any)) < 31 {
		t.Errorf("provinces: %s", a.body)
	}
	county := nobody.must(200, "GET", "/api/v1/divisions/"+apitest.County, nil)
	if county.text("name") != "崇阳县" || county.text("path.0.name") != "湖北省" {
		t.Errorf("county: %s", county.body)
	}
	if a := nobody.must(200, "GET", "/api/v1/divisions/"+apitest.County+"/children", nil); !strings.Contains(string(a.body), "天城镇") {
		t.Errorf("townships: %s", a.body)
	}
	nobody.must(404, "GET", "/api/v1/divisions/999999999999/children", nil)
	nobody.must(422, "GET", "/api/v1/divisions/42", nil)
	one := nobody.must(200, "GET", "/api/v1/organisations/housing", nil, "Accept-Language", "en")
	if one.text("name") != "County Housing Bureau" || one.text("reviewers.0.id") != "city-housing" {
		t.Errorf("organ: %s", one.body)
	}
	if a := nobody.must(200, "GET", "/api/v1/organisations?kind=petition-bureau&division="+apitest.County, nil); len(a.at("").([]any)) != 1 {
		t.Errorf("bureaus: %s", a.body)
	}
	nobody.must(404, "GET", "/api/v1/organisations/nonsense", nil)
	if a := nobody.must(200, "GET", "/api/v1/procedures", nil); !strings.Contains(string(a.body), "petition@2022-05-01") {
		t.Errorf("procedures: %s", a.body)
	}
	rule := nobody.must(200, "GET", "/api/v1/procedures/petition@2022-05-01", nil)
	for _, want := range []string{`"serve-opinion"`, `"60日"`, "信访工作条例第三十四条", `"form":[`} {
		if !strings.Contains(string(rule.body), want) {
			t.Errorf("the rules leave out %s", want)
		}
	}
	nobody.must(404, "GET", "/api/v1/procedures/nonsense", nil)
	svg := nobody.must(200, "GET", "/api/v1/procedures/petition@2022-05-01/drawing", nil)
	if !strings.HasPrefix(string(svg.body), "<svg") || svg.header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("drawing: %.100s", svg.body)
	}
	for day, want := range map[string]string{"2026-02-14": "true", "2026-02-17": "false", "2026-03-02": "true", "2026-03-07": "false"} {
		if a := nobody.must(200, "GET", "/api/v1/calendar/"+day, nil); a.text("workday") != want || a.text("published") != "true" {
			t.Errorf("%s: %s", day, a.body)
		}
	}
	due := nobody.must(200, "GET", "/api/v1/due?from=2026-02-13&limit=5个工作日", nil)
	if due.text("lastDay") != "2026-02-27" || due.at("how.0.text") == nil {
		t.Errorf("five working days over the Spring Festival: %s", due.body)
	}
	if a := nobody.must(200, "GET", "/api/v1/me", nil); a.text("kind") != "anonymous" {
		t.Errorf("nobody: %s", a.body)
	}
}

// The leader reads what is late; nobody else does, and a sealed matter is in no figure.
func TestTheLeadersFigures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		leader := c.as("leader")
		c.as("").must(201, "POST", "/api/v1/filings", leak)
		before := leader.must(200, "GET", "/api/v1/overview", nil)
		c.as("").must(201, "POST", "/api/v1/filings", m{"class": "report", "anonymous": true, "reported": []string{"housing"}, "with": m{"title": "吃拿卡要", "what": "收受物业公司购物卡"}})
		after := leader.must(200, "GET", "/api/v1/overview", nil)
		if before.text("total.open") != "1" || string(before.body) != string(after.body) {
			t.Errorf("figures: %s\nwith a sealed matter: %s", before.body, after.body)
		}
		if a := c.as("officer").must(403, "GET", "/api/v1/overview", nil); a.text("type") != "/problems/not-a-leader" {
			t.Errorf("an officer's figures: %s", a.body)
		}
		for _, reported := range []string{"officer", "head"} {
			if a := c.as(reported).must(200, "GET", "/api/v1/matters", nil); strings.Contains(string(a.body), "吃拿卡要") {
				t.Errorf("the reported body reads the report: %s", a.body)
			}
		}
		c.On(t, "2026-03-30")
		late := leader.must(200, "GET", "/api/v1/overview", nil)
		if late.text("total.overdue") != "1" {
			t.Errorf("late: %s", late.body)
		}
	})
}
