package open311_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"jishi/api/apitest"
	"jishi/api/open311"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/desk"
	"jishi/people/actor"
)

type site struct {
	*apitest.House
	t   *testing.T
	url string
	key string
}

func open(t *testing.T, d *db.DB) *site {
	h := apitest.Open(t, d)
	server := httptest.NewServer(open311.New(h.Desk, open311.Options{Site: "测试县"}))
	t.Cleanup(server.Close)
	return &site{h, t, server.URL + "/open311/", h.Token(t, "clerk", "open311")}
}

type reply struct {
	status int
	kind   string
	body   string
}

// must asks and checks the status and the media type, and that the body is what the type says.
func (s *site) must(status int, method, path string, form url.Values) reply {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	q, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	r := reply{resp.StatusCode, resp.Header.Get("Content-Type"), string(b)}
	if r.status != status {
		s.t.Fatalf("%s %s: %d, want %d: %s", method, path, r.status, status, r.body)
	}
	path, _, _ = strings.Cut(path, "?")
	want := "text/xml"
	if strings.HasSuffix(path, ".json") {
		want = "application/json"
		if !json.Valid(b) {
			s.t.Errorf("%s: no JSON: %s", path, b)
		}
	} else if err := wellFormed(r.body); err != nil || !strings.HasPrefix(r.body, `<?xml version="1.0" encoding="UTF-8"?>`) {
		s.t.Errorf("%s: no XML: %v: %s", path, err, b)
	}
	if !strings.HasPrefix(path, "discovery") || status != 200 {
		want += "; charset=utf-8"
	}
	if r.kind != want {
		s.t.Errorf("%s: Content-Type %q, want %q", path, r.kind, want)
	}
	return r
}

func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = true
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// one is the text of the first element of the name.
func one(t *testing.T, text, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<` + name + `>(.*?)</` + name + `>`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no <%s> in %s", name, text)
	}
	return m[1]
}

func (s *site) lamp(more ...string) url.Values {
	form := url.Values{"api_key": {s.key}, "service_code": {"streetlight"}, "lat": {"29.5402"}, "long": {"114.0405"}, "address_string": {"解放路12号门前"},
		"description": {"路灯三天不亮 <b>危险</b>"}, "first_name": {"王秀兰"}, "last_name": {""}, "phone": {"13900001234"}, "email": {"wang@example.com"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestDiscoveryAndServices(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	var d struct {
		Changeset string `json:"changeset"`
		Endpoints []struct {
			URL, Type string
			Formats   []string
		}
	}
	if err := json.Unmarshal([]byte(s.must(200, "GET", "discovery.json", nil).body), &d); err != nil || len(d.Endpoints) < 2 || len(d.Endpoints[0].Formats) < 2 {
		t.Errorf("discovery: %+v %v", d, err)
	}
	if !strings.HasSuffix(d.Endpoints[0].URL, "/open311/v2") || d.Endpoints[0].Type != "production" || d.Endpoints[1].Type != "test" {
		t.Errorf("endpoints: %+v", d.Endpoints)
	}
	text := s.must(200, "GET", "discovery.xml", nil).body
	if strings.Count(text, "<endpoint>") != 2 || strings.Count(text, "<format>") != 4 {
		t.Errorf("discovery in XML: %s", text)
	}
	var list []map[string]any
	json.Unmarshal([]byte(s.must(200, "GET", "v2/services.json", nil).body), &list)
	if len(list) < 7 {
		t.Errorf("%d services", len(list))
	}
	for _, x := range list {
		for _, field := range []string{"service_code", "service_name", "description", "metadata", "type", "keywords", "group"} {
			if _, ok := x[field]; !ok {
				t.Errorf("%v without %s", x["service_code"], field)
			}
		}
		code := x["service_code"].(string)
		if x["metadata"] != true || x["type"] != "realtime" || strings.Contains(code, "report") {
			t.Errorf("service %v", x)
		}
		def := s.must(200, "GET", "v2/services/"+code+".xml", nil).body
		if one(t, def, "service_code") != code || !strings.Contains(def, "<code>public</code>") {
			t.Errorf("definition of %s: %s", code, def)
		}
	}
	if e := s.must(404, "GET", "v2/services/nonsense.xml", nil).body; one(t, e, "code") != "404" {
		t.Errorf("an unknown service: %s", e)
	}
	var errs []struct {
		Code        int
		Description string
	}
	json.Unmarshal([]byte(s.must(404, "GET", "v2/services/nonsense.json", nil).body), &errs)
	if len(errs) != 1 || errs[0].Code != 404 || errs[0].Description == "" {
		t.Errorf("errors in JSON: %+v", errs)
	}
}

var fields = []string{"service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible", "service_notice",
	"requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url"}

// told reports whether the matter says the text under the field.
func told(v *desk.View, field, text string) bool {
	for _, said := range v.Said {
		if said.Field == field && said.Text == text {
			return true
		}
	}
	return false
}

// A lamp is reported, becomes a petition that the offices handle, and is followed without telling anybody who wrote it.
func TestAReportBecomesAPetition(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		filed := s.must(200, "POST", "v2/requests.xml", s.lamp("attribute[pole]", "LD-0731")).body
		id := one(t, filed, "service_request_id")
		if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(id) || strings.Contains(filed, "<token>") || !strings.Contains(one(t, filed, "service_notice"), id) {
			t.Errorf("filed: %s", filed)
		}
		clerk := staff(t, s, "clerk")
		v, err := s.ByNumber(t.Context(), clerk, id)
		if err != nil || v.Class != "claim" || !strings.Contains(v.Title, "路灯") || !told(v, "spot", "解放路12号门前；坐标 29.5402,114.0405") {
			t.Fatalf("the petition: %+v %v", v, err)
		}
		if said := v.Said; !strings.Contains(said[0].Text, "LD-0731") || !strings.Contains(said[0].Text, "<b>危险</b>") {
			t.Errorf("said: %+v", said)
		}
		got := s.must(200, "GET", "v2/requests/"+id+".xml", nil).body
		for _, f := range fields {
			if !strings.Contains(got, "<"+f+">") {
				t.Errorf("no %s in %s", f, got)
			}
		}
		for _, secret := range []string{"王", "139", "wang@", "危险", "解放路", "29.54", "LD-0731"} {
			if strings.Contains(got, secret) {
				t.Errorf("%q is shown to anybody: %s", secret, got)
			}
		}
		if at := one(t, got, "requested_datetime"); !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$`).MatchString(at) {
			t.Errorf("requested at %q", at)
		}
		if one(t, got, "status") != "open" || one(t, got, "agency_responsible") != "县信访局" {
			t.Errorf("request: %s", got)
		}
		if became := s.must(200, "GET", "v2/tokens/"+id+".xml", nil).body; one(t, became, "service_request_id") != id {
			t.Errorf("token: %s", became)
		}
		s.must(404, "GET", "v2/tokens/nonsense.xml", nil)
		s.must(404, "GET", "v2/requests/nonsense.xml", nil)
		var list []map[string]any
		json.Unmarshal([]byte(s.must(200, "GET", "v2/requests.json?service_request_id="+id+",nonsense", nil).body), &list)
		if len(list) != 1 || len(list[0]) != len(fields) || list[0]["lat"] != nil {
			t.Errorf("list: %v", list)
		}
		s.moved(clerk, id)
		again := s.must(200, "GET", "v2/servicerequestupdates.xml", nil).body
		if one(t, again, "service_request_id") != id || one(t, again, "status") != "open" || one(t, again, "external_status_code") != "registered" {
			t.Errorf("updates: %s", again)
		}
	})
}

func staff(t *testing.T, s *site, person string) actor.Actor {
	a, err := s.Staff(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (s *site) moved(clerk actor.Actor, number string) {
	s.t.Helper()
	v, err := s.ByNumber(s.t.Context(), clerk, number)
	if err == nil {
		_, err = s.Do(s.t.Context(), clerk, v.ID, press(v.Seq, "register", nil))
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func press(seq int, action string, with map[string]string) desk.Press {
	return desk.Press{Seq: seq, Action: action, With: with}
}

// What its writer made public is shown, and still without a name; what became a sealed matter is gone from every list.
func TestOnlyWhatWasMadePublicIsShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		shown := one(t, s.must(200, "POST", "v2/requests.xml", s.lamp("attribute[public]", "yes")).body, "service_request_id")
		got := s.must(200, "GET", "v2/requests/"+shown+".xml", nil).body
		if one(t, got, "lat") != "29.5402" || one(t, got, "address") != "解放路12号门前" || !strings.Contains(one(t, got, "description"), "&lt;b&gt;") || strings.Contains(got, "王秀兰") {
			t.Errorf("a public request: %s", got)
		}
		sealed := one(t, s.must(200, "POST", "v2/requests.xml", s.lamp("service_code", "rubbish")).body, "service_request_id")
		clerk := staff(t, s, "clerk")
		v, _ := s.ByNumber(t.Context(), clerk, sealed)
		if _, err := s.Do(t.Context(), clerk, v.ID, press(v.Seq, "classify", map[string]string{"class": "report", "reason": "反映的是违纪问题", "against": "urban"})); err != nil {
			t.Fatal(err)
		}
		s.must(404, "GET", "v2/requests/"+sealed+".xml", nil)
		for _, path := range []string{"v2/requests.xml", "v2/servicerequestupdates.xml", "v2/requests.json?service_request_id=" + sealed} {
			if body := s.must(200, "GET", path, nil).body; strings.Contains(body, sealed) {
				t.Errorf("%s lists a sealed matter: %s", path, body)
			}
		}
		if _, err := s.File(t.Context(), clerk, desk.Filing{Class: "claim", Anonymous: true, With: map[string]string{"title": "不从这里来", "what": "由窗口登记"}}); err != nil {
			t.Fatal(err)
		}
		if body := s.must(200, "GET", "v2/requests.xml", nil).body; strings.Count(body, "<request>") != 1 {
			t.Errorf("what did not come through Open311 is listed: %s", body)
		}
	})
}

func TestTheFiltersOfTheList(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	lamp := one(t, s.must(200, "POST", "v2/requests.xml", s.lamp()).body, "service_request_id")
	s.On(t, "2026-03-09")
	idea := one(t, s.must(200, "POST", "v2/requests.xml", s.lamp("service_code", "suggestion")).body, "service_request_id")
	for query, want := range map[string][2]bool{
		"": {true, true}, "?service_code=streetlight": {true, false}, "?service_code=suggestion,road": {false, true}, "?status=open": {true, true},
		"?start_date=2026-03-05T00:00:00+08:00": {false, true}, "?page_size=1": {false, true}, "?page_size=1&page=2": {true, false}, "?page=2": {false, false}, "?status=closed": {false, false}, "?status=open,closed": {true, true}, "?start_date=2026-03-05T00:00:00%2B08:00": {false, true},
		"?end_date=2026-03-05T00:00:00%2B08:00": {true, false}, "?start_date=2026-03-05T00:00:00Z&service_request_id=" + lamp: {true, false},
	} {
		body := s.must(200, "GET", "v2/requests.xml"+query, nil).body
		if got := [2]bool{strings.Contains(body, lamp), strings.Contains(body, idea)}; got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	s.On(t, "2026-09-01")
	if body := s.must(200, "GET", "v2/requests.xml", nil).body; strings.Contains(body, "<request>") {
		t.Errorf("older than 90 days: %s", body)
	}
	if body := s.must(200, "GET", "v2/requests.json", nil).body; strings.TrimSpace(body) != "[]" {
		t.Errorf("an empty list in JSON: %s", body)
	}
}

// What is wrong is told in the format that was asked, with the status that GeoReport has for it.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		reader := s.Token(t, "clerk", "matters:read")
		for what, x := range map[string]struct {
			status int
			form   url.Values
		}{
			"no key": {403, s.lamp("api_key", "")}, "a wrong key": {403, s.lamp("api_key", "nonsense")}, "a key without the scope": {403, s.lamp("api_key", reader)},
			"no service": {400, s.lamp("service_code", "")}, "an unknown service": {404, s.lamp("service_code", "corruption")},
			"no place": {400, s.lamp("lat", "", "long", "", "address_string", "")}, "half a place": {400, s.lamp("long", "")}, "a place off the globe": {400, s.lamp("lat", "91")},
			"not a number": {400, s.lamp("lat", "NaN")}, "an unknown division": {400, s.lamp("address_id", "999999999999")},
			"too long": {400, s.lamp("description", strings.Repeat("长", 4001))}, "NUL": {400, s.lamp("description", "a\x00b")}, "no UTF-8": {400, s.lamp("description", "\xff\xfe")},
			"a mark that turns the text": {400, s.lamp("description", "灯\u202e不亮")}, "a wrong telephone": {400, s.lamp("phone", "12")},
			"an answer that is not offered": {400, s.lamp("attribute[public]", "maybe")}, "a question left open": {400, s.lamp("service_code", "property")},
			"a picture in our own disk": {400, s.lamp("media_url", "file:///etc/passwd")}, "above 1 MB": {400, s.lamp("description", strings.Repeat("x", 2<<20))},
		} {
			if body := s.must(x.status, "POST", "v2/requests.xml", x.form).body; !strings.HasPrefix(one(t, body, "errors"), "<error><code>") || one(t, body, "description") == "" {
				t.Errorf("%s: %s", what, body)
			}
			s.must(x.status, "POST", "v2/requests.json", x.form)
		}
		for _, path := range []string{"v2/requests.xml?status=lost", "v2/requests.xml?start_date=yesterday", "v2/servicerequestupdates.xml?start_date=2026-01-01T00:00:00Z",
			"v2/requests.xml?start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", "v2/requests.xml?status=%ff", "v2/requests.xml?page=0", "v2/requests.xml?page_size=many"} {
			s.must(400, "GET", path, nil)
		}
		for _, path := range []string{"v2/requests", "v2/nonsense.xml", "v3/requests.xml", "v2/requests/a/b.xml", "nonsense.json", "v2/requests.xml?service_code=nonsense", "v2/requests/%00.xml", "v2/requests/%ff.xml"} {
			s.must(404, "GET", path, nil)
		}
		all := s.must(400, "POST", "v2/requests.xml", s.lamp("service_code", "property", "lat", "", "long", "", "address_string", "")).body
		if n := strings.Count(all, "<error>"); n != 2 {
			t.Errorf("no place and an open question: %d errors: %s", n, all)
		}
		s.must(405, "POST", "v2/services.xml", url.Values{"api_key": {s.key}})
		if body := s.must(200, "GET", "v2/requests.xml", nil).body; strings.Contains(body, "<request>") {
			t.Errorf("something was filed after all: %s", body)
		}
	})
}

// The endpoint for tests checks everything and files nothing; a retry with the client's own number files once.
func TestTestEndpointAndRetries(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	tried := s.must(200, "POST", "test/v2/requests.xml", s.lamp()).body
	token := one(t, tried, "token")
	if strings.Contains(tried, "<service_request_id>") {
		t.Errorf("the test endpoint gave an id: %s", tried)
	}
	if became := s.must(200, "GET", "test/v2/tokens/"+token+".xml", nil).body; one(t, became, "service_request_id") != "" {
		t.Errorf("a test became a request: %s", became)
	}
	form := s.lamp("attribute[fixmystreet_id]", "4711")
	first := one(t, s.must(200, "POST", "v2/requests.xml", form).body, "service_request_id")
	again := one(t, s.must(200, "POST", "v2/requests.xml", form).body, "service_request_id")
	if first != again {
		t.Errorf("a retry was filed twice: %s, %s", first, again)
	}
}

// What the reporter adds later reaches the officers; no other client can add to it.
func TestUpdatesFromTheClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		id := one(t, s.must(200, "POST", "v2/requests.xml", s.lamp()).body, "service_request_id")
		form := url.Values{"api_key": {s.key}, "service_request_id": {id}, "update_id": {"88"}, "status": {"OPEN"}, "updated_datetime": {"2026-03-03T10:00:00+08:00"}, "description": {"今晚还是不亮"}}
		first := one(t, s.must(200, "POST", "v2/servicerequestupdates.xml", form).body, "update_id")
		if again := one(t, s.must(200, "POST", "v2/servicerequestupdates.xml", form).body, "update_id"); again != first {
			t.Errorf("a repeated update: %s, %s", first, again)
		}
		v, err := s.ByNumber(t.Context(), staff(t, s, "clerk"), id)
		if err != nil || v.Seq != 2 || !strings.Contains(v.Timeline[1].Said[0].Text, "今晚还是不亮") || !v.Timeline[1].Citizen {
			t.Errorf("the matter after the update: %+v %v", v.Timeline, err)
		}
		form.Set("api_key", s.Token(t, "officer", "open311"))
		form.Set("update_id", "89")
		s.must(404, "POST", "v2/servicerequestupdates.xml", form)
		form.Set("api_key", s.key)
		form.Del("description")
		s.must(400, "POST", "v2/servicerequestupdates.xml", form)
	})
}
