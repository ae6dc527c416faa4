package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"jishi/api"
	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// Whatever is sent, the answer is a problem that says what was wrong, and nothing was changed.
func TestBadInputGetsASentence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		nobody, clerk := c.as(""), c.as("clerk")
		id := nobody.must(201, "POST", "/api/v1/filings", leak).text("id")
		const filings = "/api/v1/filings"
		act := "/api/v1/matters/" + id + "/actions/"
		long := strings.Repeat("长", 100_000)
		for _, x := range []struct {
			what          string
			who           client
			status        int
			method, path  string
			body          any
			kind, pointer string
			headers       []string
		}{
			{"no JSON", nobody, 400, "POST", filings, `{"class": "claim",`, "not-json", "", nil},
			{"two values", nobody, 400, "POST", filings, `{} {}`, "not-json", "", nil},
			{"no UTF-8", nobody, 400, "POST", filings, "{\"class\": \"\xff\xfe\"}", "not-utf-8", "", nil},
			{"NUL", nobody, 422, "POST", filings, `{"class": "claim", "with": {"title": "a\u0000b"}}`, "not-text", "#/with/title", nil},
			{"a mark that turns the text", nobody, 422, "POST", filings, m{"class": "claim", "with": m{"title": "楼道\u202e漏水", "what": "x"}}, "not-text", "#/with/title", nil},
			{"an unknown item", nobody, 422, "POST", filings, m{"class": "claim", "with": m{}, "nonsense": 1}, "shape", "#/nonsense", nil},
			{"a wrong type", nobody, 422, "POST", filings, m{"class": "claim", "with": m{"title": 7}}, "shape", "#/with/title", nil},
			{"another media type", nobody, 415, "POST", filings, `<a/>`, "media-type", "", []string{"Content-Type", "application/xml"}},
			{"too large", nobody, 413, "POST", filings, `{"class": "` + strings.Repeat("x", 2<<20) + `"}`, "body-too-large", "", nil},
			{"100,000 characters", nobody, 422, "POST", filings, m{"class": "claim", "with": m{"title": "长文", "what": long}, "anonymous": true}, "fields", "#/with/what", nil},
			{"no name and not anonymous", nobody, 422, "POST", filings, m{"class": "claim", "with": m{"title": "x", "what": "y"}}, "fields", "#/who/name", nil},
			{"an unknown place", nobody, 422, "POST", filings, m{"class": "claim", "anonymous": true, "with": m{"title": "x", "what": "y", "place": "999999999999"}}, "fields", "#/with/place", nil},
			{"an unknown class", nobody, 422, "POST", filings, m{"class": "nonsense", "anonymous": true, "with": m{"title": "x", "what": "y"}}, "", "", nil},
			{"an unknown procedure", nobody, 422, "POST", filings, m{"procedure": "nonsense", "class": "claim", "anonymous": true, "with": m{"title": "x", "what": "y"}}, "no-such-procedure", "#/procedure", nil},
			{"a letter entered by nobody", nobody, 403, "POST", filings, with(leak, "channel", "letter"), "not-a-clerk", "", nil},
			{"an attachment made up", nobody, 422, "POST", filings, m{"class": "claim", "with": m{}, "files": []string{"e30"}}, "bad-ref", "#/files/0", nil},
			{"a name under with", nobody, 422, "POST", filings, m{"class": "claim", "with": m{"name": "王秀兰", "title": "x", "what": "y"}, "anonymous": true}, "fields", "#/who/name", nil},
			{"a short key", nobody, 400, "POST", filings, leak, "bad-key", "", []string{"Idempotency-Key", "1"}},
			{"no If-Match", clerk, 428, "POST", act + "register", m{}, "if-match-missing", "", nil},
			{"a wrong If-Match", clerk, 400, "POST", act + "register", m{}, "bad-header", "", []string{"If-Match", `"x"`}},
			{"an unknown action", clerk, 404, "POST", act + "nonsense", m{}, "no-such-action", "", []string{"If-Match", `"1"`}},
			{"an action of another state", clerk, 409, "POST", act + "forward", m{"with": m{"target": "urban"}}, "not-now", "", []string{"If-Match", `"1"`}},
			{"not asked for", clerk, 422, "POST", act + "register", m{"with": m{"opinion": "x"}}, "fields", "#/with/opinion", []string{"If-Match", `"1"`}},
			{"nobody reads", nobody, 401, "GET", "/api/v1/matters/" + id, nil, "sign-in", "", nil},
			{"a wrong token", nobody, 401, "GET", "/api/v1/matters", nil, "bad-api-token", "", []string{"Authorization", "Bearer nonsense"}},
			{"another department", c.as("urban-officer"), 404, "GET", "/api/v1/matters/" + id, nil, "no-such-matter", "", nil},
			{"another department acts", c.as("urban-officer"), 404, "POST", act + "register", m{}, "no-such-matter", "", []string{"If-Match", `"1"`}},
			{"an id that is none", clerk, 404, "GET", "/api/v1/matters/nonsense", nil, "no-such-matter", "", nil},
			{"an id with NUL", clerk, 400, "GET", "/api/v1/matters/%00", nil, "bad-address", "", nil},
			{"a query with NUL", clerk, 400, "GET", "/api/v1/matters?q=%00", nil, "bad-address", "", nil},
			{"a query that is no text", clerk, 400, "GET", "/api/v1/matters?q=%ff", nil, "bad-address", "", nil},
			{"an unknown filter", clerk, 422, "GET", "/api/v1/matters?nonsense=1", nil, "shape", "", nil},
			{"a wrong cursor", clerk, 422, "GET", "/api/v1/matters?cursor=nonsense", nil, "cursor", "", nil},
			{"too long a page", clerk, 422, "GET", "/api/v1/matters?limit=1000000", nil, "shape", "", nil},
			{"a look without reason", clerk, 422, "POST", "/api/v1/matters/" + id + "/identity", m{"reason": " "}, "reason-missing", "", nil},
			{"a day that is none", nobody, 422, "GET", "/api/v1/calendar/2026-02-30", nil, "bad-day", "", nil},
			{"a limit that is none", nobody, 422, "GET", "/api/v1/due?from=2026-01-05&limit=soon", nil, "bad-limit", "", nil},
			{"a wrong pair", nobody, 401, "POST", "/api/v1/follow", m{"number": "LX2026-000001", "code": "AAAAAAAA"}, "wrong-code", "", nil},
			{"nowhere", nobody, 404, "GET", "/api/v1/nonsense", nil, "no-such-address", "", nil},
			{"another method", nobody, 405, "DELETE", filings, nil, "method", "", nil},
			{"from another site", nobody, 403, "POST", filings, leak, "cross-site", "", []string{"Sec-Fetch-Site", "cross-site"}},
		} {
			a := x.who.do(x.method, x.path, x.body, x.headers...)
			if a.status >= 500 || x.status != 0 && a.status != x.status || a.status < 400 || x.kind != "" && a.text("type") != "/problems/"+x.kind {
				t.Errorf("%s: %d %s, want %d %s: %.300s", x.what, a.status, a.text("type"), x.status, x.kind, a.body)
				continue
			}
			if x.pointer != "" && !strings.Contains(string(a.body), `"`+x.pointer+`"`) {
				t.Errorf("%s: nothing points to %s: %s", x.what, x.pointer, a.body)
			}
			if a.text("title") == "" || a.text("detail") == "" || strings.Contains(string(a.body), "{") && strings.Contains(a.text("detail"), "{") {
				t.Errorf("%s: not a whole sentence: %s", x.what, a.body)
			}
			explained := nobody.do("GET", a.text("type"), nil)
			if explained.status != 200 {
				t.Errorf("%s: %s explains nothing", x.what, a.text("type"))
			}
		}
		if got := clerk.must(200, "GET", "/api/v1/matters", nil).at("rows").([]any); len(got) != 1 {
			t.Errorf("%d matters after all that, want the one", len(got))
		}
	})
}

// A problem is in the language of its reader, and so is its explanation.
func TestProblemsSpeakTheReadersLanguage(t *testing.T) {
	c := open(t, dbtest.SQLite(t))
	who := c.as("")
	for lang, want := range map[string]string{"": "需要登录后办理", "zh-CN": "需要登录后办理", "en-GB,en;q=0.9": "Sign-in needed", "fr, en;q=0.5": "Sign-in needed", "fr": "需要登录后办理"} {
		who.lang = lang
		if a := who.must(401, "GET", "/api/v1/matters", nil); a.text("title") != want {
			t.Errorf("%q reads %q, want %q", lang, a.text("title"), want)
		}
	}
	who.lang = "en"
	a := who.must(422, "POST", "/api/v1/filings", m{"class": "claim"})
	if s := string(a.body); !strings.Contains(s, "is missing") {
		t.Errorf("a shape without its fields in English: %s", s)
	}
	a = who.must(422, "POST", "/api/v1/filings", m{"with": m{"title": 7}})
	if s := string(a.body); !strings.Contains(s, "Write a string.") || strings.ContainsAny(s, "缺要写成") {
		t.Errorf("shape in English: %s", s)
	}
}

// Sixteen clerks press at once on what they all read: one acts, and the others are told who it was.
func TestAStalePressIsToldWhoActed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		clerk := c.as("clerk")
		id := c.as("").must(201, "POST", "/api/v1/filings", leak).text("id")
		tag := clerk.must(200, "GET", "/api/v1/matters/"+id, nil).header.Get("ETag")
		if tag != `"1"` {
			t.Errorf("ETag %s", tag)
		}
		clerk.must(304, "GET", "/api/v1/matters/"+id, nil, "If-None-Match", tag)
		answers := make([]answer, 16)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = clerk.do("POST", "/api/v1/matters/"+id+"/actions/register", m{}, "If-Match", tag) })
		}
		all.Wait()
		done := 0
		for _, a := range answers {
			switch {
			case a.status == 200:
				done++
			case a.status != 412 || !strings.Contains(a.text("detail"), "林登记") || !strings.Contains(a.text("detail"), "登记"):
				t.Errorf("a late press: %d %s", a.status, a.body)
			}
		}
		if done != 1 {
			t.Errorf("%d of 16 presses were done, want 1", done)
		}
		clerk.must(200, "GET", "/api/v1/matters/"+id, nil, "If-None-Match", tag)
	})
}

// A retry after a lost answer is the same act; the keys of two people never meet.
func TestARetryIsTheSameAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		nobody, clerk := c.as(""), c.as("clerk")
		key := []string{"Idempotency-Key", "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
		first := nobody.must(201, "POST", "/api/v1/filings", leak, key...)
		again := nobody.must(200, "POST", "/api/v1/filings", leak, key...)
		lost := nobody.must(200, "GET", "/api/v1/receipt", nil, key...)
		for _, a := range []answer{again, lost} {
			if a.text("number") != first.text("number") || a.text("code") != first.text("code") || a.text("again") != "true" {
				t.Errorf("a retry: %s, first %s", a.body, first.body)
			}
		}
		changed := m{"procedure": "petition", "class": "claim", "with": m{"title": "另一件事", "what": "用旧的键。"}, "who": leak["who"]}
		if no := nobody.must(422, "POST", "/api/v1/filings", changed, key...); no.text("type") != "/problems/key-used" {
			t.Errorf("other words under a used key: %s", no.body)
		}
		other := clerk.must(201, "POST", "/api/v1/filings", leak, key...)
		if other.text("id") == first.text("id") {
			t.Error("the clerk got the citizen's matter by the same key")
		}
		clerk.must(404, "GET", "/api/v1/receipt", nil, "Idempotency-Key", "another-key-of-nobody")
		id := first.text("id")
		act := append(key, "If-Match", `"1"`)
		one := clerk.must(200, "POST", "/api/v1/matters/"+id+"/actions/register", m{}, act...)
		two := clerk.must(200, "POST", "/api/v1/matters/"+id+"/actions/register", m{}, act...)
		if one.text("seq") != "2" || two.text("seq") != "2" {
			t.Errorf("registered twice: seq %s, then %s", one.text("seq"), two.text("seq"))
		}
	})
}

// A token does what its scopes say, and never more than its maker.
func TestATokenKeepsToItsScopes(t *testing.T) {
	c := open(t, dbtest.SQLite(t))
	reads := client{t: t, url: c.url, token: c.Token(t, "clerk", "matters:read")}
	id := c.as("").must(201, "POST", "/api/v1/filings", leak).text("id")
	reads.must(200, "GET", "/api/v1/matters/"+id, nil)
	if a := reads.must(403, "POST", "/api/v1/matters/"+id+"/actions/register", m{}, "If-Match", `"1"`); a.text("type") != "/problems/scope" {
		t.Errorf("writing with a reader's token: %s", a.body)
	}
	reads.must(403, "POST", "/api/v1/tokens", m{"name": "more", "scopes": []string{"matters:write"}, "days": 1})
	admin := c.as("clerk")
	if a := admin.must(422, "POST", "/api/v1/tokens", m{"name": "x", "scopes": []string{"nonsense"}, "days": 1}); !strings.Contains(string(a.body), "#/scopes") {
		t.Errorf("an unknown scope: %s", a.body)
	}
	made := admin.must(201, "POST", "/api/v1/tokens", m{"name": "同步", "scopes": []string{"matters:read"}, "days": 1})
	mine := client{t: t, url: c.url, token: made.text("token")}
	if me := mine.must(200, "GET", "/api/v1/me", nil); me.text("id") != "clerk" || me.text("scopes.0") != "matters:read" || me.text("posts.0.body.id") != "petition" {
		t.Errorf("me: %s", me.body)
	}
	c.as("officer").must(404, "DELETE", "/api/v1/tokens/"+made.text("id"), nil)
	admin.must(204, "DELETE", "/api/v1/tokens/"+made.text("id"), nil)
	mine.must(401, "GET", "/api/v1/me", nil)
}

// An attachment comes with the filing, is read by whoever may see the matter, and is never shown by a browser.
func TestAttachments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		nobody, clerk := c.as(""), c.as("clerk")
		up := upload(t, nobody, "漏水.png", picture(t))
		if up.status != 201 || up.text("type") != "image/png" {
			t.Fatalf("upload: %d %s", up.status, up.body)
		}
		filing := m{"files": []string{up.text("ref")}}
		for k, v := range leak {
			filing[k] = v
		}
		id := nobody.must(201, "POST", "/api/v1/filings", filing).text("id")
		path := "/api/v1/matters/" + id + "/files/" + up.text("hash")
		down := clerk.must(200, "GET", path, nil)
		if !bytes.HasPrefix(down.body, []byte("\x89PNG")) || !strings.HasPrefix(down.header.Get("Content-Disposition"), "attachment") || down.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("download: %v", down.header)
		}
		c.as("urban-officer").must(404, "GET", path, nil)
		nobody.must(401, "GET", path, nil)
		clerk.must(404, "GET", "/api/v1/matters/"+id+"/files/"+strings.Repeat("0", 64), nil)
		if a := upload(t, nobody, "big.pdf", append([]byte("%PDF-1.7\n"), make([]byte, 51<<20)...)); a.status != 413 {
			t.Errorf("50 MB: %d %s", a.status, a.body)
		}
		if a := upload(t, nobody, "x.exe", []byte("MZ\x90\x00 not a document")); a.status != 422 {
			t.Errorf("a program: %d %s", a.status, a.body)
		}
	})
}

func picture(t *testing.T) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 8, 8))
	img.Set(1, 1, color.Black)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func upload(t *testing.T, who client, name string, content []byte) answer {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile("file", name)
	part.Write(content)
	form.Close()
	return who.do("POST", "/api/v1/files", b.String(), "Content-Type", form.FormDataContentType())
}

// Whoever guesses query codes is slowed down, and told for how long; whoever holds the right one is not locked out
// by them for ever.
func TestGuessingIsSlowedDown(t *testing.T) {
	c := open(t, dbtest.SQLite(t))
	filed := c.as("").must(201, "POST", "/api/v1/filings", leak)
	var last answer
	for range 40 {
		if last = c.as("").do("POST", "/api/v1/follow", m{"number": filed.text("number"), "code": "WRONGONE"}); last.status != 401 {
			break
		}
	}
	if wait := last.header.Get("Retry-After"); last.status != 429 || wait == "" || wait == "0" {
		t.Fatalf("guessing: %d, Retry-After %q: %s", last.status, wait, last.body)
	}
	if last.text("type") != "/problems/too-many-tries" || strings.Contains(last.text("way"), "{") {
		t.Errorf("told: %s", last.body)
	}
	c.On(t, "2026-03-03")
	c.as("").must(200, "POST", "/api/v1/follow", m{"number": filed.text("number"), "code": filed.text("code")})
}

// bounded is a connection that knows until when it may be read.
type bounded struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (b *bounded) SetReadDeadline(t time.Time) error {
	b.until = t
	return nil
}

// A bound on reading the body that stays behind ends a request that waits for the database as if its reader had left, and
// with it every later one on the same connection: a fail-over of seconds became minutes of "we are at fault".
func TestNoBoundOnReadingStaysBehind(t *testing.T) {
	c := open(t, dbtest.SQLite(t))
	w := &bounded{ResponseRecorder: httptest.NewRecorder()}
	q := httptest.NewRequest(http.MethodPost, "/api/v1/filings", strings.NewReader(`{"procedure": "petition", "with": {}}`))
	q.Header.Set("Content-Type", "application/json")
	api.New(c.Desk, api.Options{}).ServeHTTP(w, q)
	if w.Code != http.StatusUnprocessableEntity || !w.until.IsZero() {
		t.Errorf("%d, and the connection is read until %v: %s", w.Code, w.until, w.Body)
	}
}
