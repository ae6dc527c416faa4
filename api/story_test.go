package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"jishi/api"
	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// client is somebody with a token at a real server.
type client struct {
	t     testing.TB
	url   string
	token string
	lang  string
	pair  [2]string // a citizen's number and query code
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// at reads a value by a path such as "matter.seq".
func (a answer) at(path string) any {
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		return fmt.Sprintf("no JSON: %s", a.body)
	}
	if path == "" {
		return v
	}
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			n := 0
			fmt.Sscan(name, &n)
			if n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	return v
}

func (a answer) text(path string) string { return fmt.Sprint(a.at(path)) }

func (c client) do(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	var r io.Reader
	if s, ok := body.(string); ok {
		r = strings.NewReader(s)
	} else if body != nil {
		b, _ := json.Marshal(body)
		r = bytes.NewReader(b)
	}
	q, err := http.NewRequest(method, c.url+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.pair[0] != "" {
		q.Header.Set("X-Jishi-Number", c.pair[0])
		q.Header.Set("X-Jishi-Code", c.pair[1])
	}
	if c.lang != "" {
		q.Header.Set("Accept-Language", c.lang)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode >= 400 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		c.t.Errorf("%s %s: %d without a problem document: %s", method, path, resp.StatusCode, b)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// must is do with the status that it must have.
func (c client) must(status int, method, path string, body any, headers ...string) answer {
	c.t.Helper()
	a := c.do(method, path, body, headers...)
	if a.status != status {
		c.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// county is a house, its server, and whoever calls.
type county struct {
	*apitest.House
	t   testing.TB
	url string
}

func open(t testing.TB, d *db.DB) *county {
	h := apitest.Open(t, d)
	server := httptest.NewServer(api.New(h.Desk, api.Options{Site: "测试县"}))
	t.Cleanup(server.Close)
	return &county{h, t, server.URL}
}

func (c *county) as(person string) client {
	if person == "" {
		return client{t: c.t, url: c.url}
	}
	return client{t: c.t, url: c.url, token: c.Token(c.t, person, "matters:read", "matters:write", "file", "figures", "admin")}
}

type m = map[string]any

var leak = m{"class": "claim", "with": m{"title": "楼道漏水长期未修", "what": "三号楼二单元楼道自去年起漏水，多次反映没有结果。", "place": apitest.County},
	"who": m{"name": "王秀兰", "phone": "13900001234"}}

// press takes an action on the matter as it stands, and returns the answer.
func (c *county) press(who client, id, action string, with m) answer {
	c.t.Helper()
	tag := who.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
	return who.must(200, "POST", "/api/v1/matters/"+id+"/actions/"+action, m{"with": with}, "If-Match", tag)
}

var opinion = m{"facts": "经查，漏水属实。", "outcome": "supported", "opinion": "三十日内修好。", "basis": "住宅专项维修资金管理办法第十八条",
	"remedy": "三十日内可以向市住建局请求复查。", "served_how": "in-person", "served_proof": "回证1号"}

func with(base m, more ...string) m {
	out := m{}
	for k, v := range base {
		out[k] = v
	}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// A petition from filing to its end, by the interface alone.
func TestFromFilingToTheFinalAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		clerk, urban, officer, head, reviewer, last := c.as("clerk"), c.as("urban-officer"), c.as("officer"), c.as("head"), c.as("reviewer"), c.as("rereviewer")

		filed := c.as("").must(201, "POST", "/api/v1/filings", leak)
		id, number, code := filed.text("id"), filed.text("number"), filed.text("code")
		if filed.text("body.id") != "petition" || filed.text("clocks.0.lastDay") != "2026-03-17" || filed.at("clocks.0.how.0.text") == nil {
			t.Errorf("receipt: %s", filed.body)
		}
		followed := c.as("").must(200, "POST", "/api/v1/follow", m{"number": number, "code": code})
		session := client{t: t, url: c.url, token: followed.text("token")}
		session.must(200, "GET", "/api/v1/matters/"+id, nil)
		citizen := client{t: t, url: c.url, pair: [2]string{number, code}} // a session is over long before a petition is
		if followed.text("matter.own") != "true" {
			t.Errorf("followed: %s", followed.body)
		}

		c.press(clerk, id, "register", nil)
		c.press(clerk, id, "forward", m{"target": "urban"})
		c.On(t, "2026-03-04")
		c.press(urban, id, "receive", nil)
		c.press(urban, id, "object", m{"reason": "住宅共用部位维修属住建部门职责"})
		c.press(clerk, id, "uphold-objection", nil)
		c.press(clerk, id, "forward", m{"target": "housing"})
		c.On(t, "2026-03-05")
		c.press(officer, id, "receive", nil)
		accepted := c.press(officer, id, "accept", m{"way31": "petition"})
		if accepted.text("state") != "handling" || accepted.text("next.lastDay") != "2026-05-04" {
			t.Errorf("accepted: %s, handled by %s", accepted.text("state"), accepted.text("next.lastDay"))
		}
		c.On(t, "2026-04-20")
		tag := officer.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
		no := officer.must(403, "POST", "/api/v1/matters/"+id+"/actions/extend", m{"with": m{"days": "30", "reason": "复杂"}}, "If-Match", tag)
		if no.text("type") != "/problems/not-the-head" || !strings.Contains(no.text("detail"), "负责人") {
			t.Errorf("an officer extends: %s", no.body)
		}
		extended := c.press(head, id, "extend", m{"days": "30", "reason": "需要专项检测"})
		if extended.text("next.lastDay") != "2026-06-03" {
			t.Errorf("extended to %s", extended.text("next.lastDay"))
		}
		c.On(t, "2026-05-20")
		c.press(officer, id, "serve-opinion", with(opinion, "served_on", "2026-05-20"))
		letters := citizen.must(200, "GET", "/api/v1/matters/"+id+"/letters", nil)
		letter := ""
		var list []struct{ ID, Kind string }
		json.Unmarshal(letters.body, &list)
		for _, l := range list {
			if l.Kind == "opinion" {
				letter = l.ID
			}
		}
		text := citizen.must(200, "GET", "/api/v1/matters/"+id+"/letters/"+letter, nil)
		if !strings.Contains(string(text.body), "王秀兰") || !strings.Contains(string(text.body), "第十八条") {
			t.Errorf("the petitioner's opinion: %s", text.body)
		}
		pdf := officer.must(200, "GET", "/api/v1/matters/"+id+"/letters/"+letter+"/pdf", nil)
		if !bytes.HasPrefix(pdf.body, []byte("%PDF-")) || !strings.HasPrefix(pdf.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("PDF: %.20q %v", pdf.body, pdf.header)
		}
		if docx := officer.must(200, "GET", "/api/v1/matters/"+id+"/letters/"+letter+"/docx", nil); !bytes.HasPrefix(docx.body, []byte("PK")) {
			t.Errorf("DOCX: %.20q", docx.body)
		}
		c.On(t, "2026-06-10")
		asked := c.press(citizen, id, "request-review", m{"reasons": "只修了一处"})
		if asked.text("state") != "reviewing" || asked.text("holder.id") != "city-housing" {
			t.Errorf("review: %s", asked.body)
		}
		review := with(opinion, "review-outcome", "uphold", "served_on", "2026-06-30")
		delete(review, "outcome")
		c.On(t, "2026-06-30")
		c.press(reviewer, id, "serve-review", review)
		c.On(t, "2026-07-10")
		c.press(citizen, id, "request-rereview", nil)
		final := with(review, "served_on", "2026-08-01")
		delete(final, "remedy")
		c.On(t, "2026-08-01")
		if end := c.press(last, id, "serve-rereview", final); end.text("state") != "final" || end.text("ended") != "true" {
			t.Errorf("the end: %s", end.body)
		}
		steps := citizen.must(200, "GET", "/api/v1/matters/"+id+"/timeline", nil)
		var told []struct{ Action, Person string }
		json.Unmarshal(steps.body, &told)
		var names []string
		for _, s := range told {
			names = append(names, s.Action)
			if s.Person != "" {
				t.Errorf("the citizen reads an officer's name at %s", s.Action)
			}
		}
		want := "open register forward receive object uphold-objection forward receive accept extend serve-opinion request-review serve-review request-rereview serve-rereview"
		if strings.Join(names, " ") != want {
			t.Errorf("history:\n%s, want\n%s", strings.Join(names, " "), want)
		}
	})
}
