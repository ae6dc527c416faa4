package api

import (
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"jishi/base/words"
	"jishi/desk"
	"jishi/work/procedure"
)

// The document must tell of every route, and every route must be told of: an integrator has nothing else.
func TestTheDocumentTellsOfEveryRoute(t *testing.T) {
	s := newServer(&desk.Desk{Book: &procedure.Book{}, Now: time.Now}, Options{})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Description string
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Fatalf("openapi %q: %v", d.OpenAPI, err)
	}
	apart := map[string]bool{"GET /api/v1/openapi.json": true, "GET /api/v1/openapi.yaml": true, "GET /api/reader.css": true,
		"GET /api/{$}": true, "GET /problems/{$}": true, "GET /problems/{code}": true}
	for _, pattern := range s.mux.patterns {
		method, path, _ := strings.Cut(pattern, " ")
		if apart[pattern] {
			continue
		}
		op, ok := d.Paths[path][strings.ToLower(method)]
		if !ok {
			t.Errorf("%s is served and not documented", pattern)
			continue
		}
		if op.OperationID == "" || strings.Count(op.Description, "\n\n") < 3 || len(op.Responses) < 3 {
			t.Errorf("%s: documented without who may call it and how it refuses", pattern)
		}
	}
	if n := len(s.mux.patterns) - len(apart); n < 30 {
		t.Errorf("only %d operations", n)
	}
}

// Whatever the house refuses with has a name that is explained: the floors below are read for their names.
func TestEveryRefusalIsExplained(t *testing.T) {
	name := regexp.MustCompile(`words\.Refuse\(words\.\w+, "([a-z0-9-]+)"`)
	ours := regexp.MustCompile(`refuse\(http\.\w+, "([a-z0-9-]+)"`)
	found := 0
	for _, floor := range []string{"../base", "../people", "../work", "../desk", "."} {
		err := filepath.WalkDir(floor, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range append(name.FindAllSubmatch(text, -1), ours.FindAllSubmatch(text, -1)...) {
				found++
				if kinds()[string(m[1])].Code == "" && !behindPages[string(m[1])] {
					t.Errorf("%s refuses with %q, which api/problems.tsv does not explain", path, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 60 {
		t.Errorf("only %d refusals found: the pattern no longer fits", found)
	}
	for _, k := range kinds() {
		if !words.Known(k.Title) || !words.Known(k.Meaning) {
			t.Errorf("%s has no English", k.Code)
		}
	}
}

// behindPages are refusals of what the interface does not offer: passwords, rosters, imports, sign-in by provider.
var behindPages = map[string]bool{"bad-csv": true, "bad-division-code": true, "bad-login": true, "bad-org": true, "bad-password": true, "bad-person": true,
	"bad-post": true, "bad-roster": true, "calendar": true, "login-taken": true, "no-account": true, "oidc-failed": true,
	"open311": true, "org-circle": true, "own-review": true, "own-successor": true, "own-successor-org": true, "plain-password": true,
	"wrong-password": true}

// fetch is what the server answers to anybody.
func fetch(s *server, path, lang string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Language", lang)
	s.ServeHTTP(w, r)
	return w
}

// A document that a generator of clients can use: every reference leads somewhere, every name in a path is
// explained, no two operations share a name, and every refusal is a problem.
func TestTheDocumentHoldsTogether(t *testing.T) {
	s := newServer(&desk.Desk{Book: &procedure.Book{}, Now: time.Now}, Options{})
	text := fetch(s, "/api/v1/openapi.json", "").Body.String()
	if out := os.Getenv("JISHI_OPENAPI_OUT"); out != "" { // for a validator of another house
		if err := os.WriteFile(out, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct {
				Name, In string
				Required bool
				Schema   map[string]any
			}
			Responses map[string]struct{ Content map[string]any }
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"\$ref": "#/components/schemas/([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if d.Components.Schemas[m[1]] == nil {
			t.Errorf("a reference to %s leads nowhere", m[1])
		}
	}
	names := map[string]bool{}
	for path, item := range d.Paths {
		for method, op := range item {
			if names[op.OperationID] {
				t.Errorf("two operations are called %s", op.OperationID)
			}
			names[op.OperationID] = true
			told := map[string]bool{}
			for _, p := range op.Parameters {
				told[p.Name] = p.In == "path" && p.Required && p.Schema != nil
			}
			for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
				if !told[m[1]] {
					t.Errorf("%s %s: {%s} is not explained", method, path, m[1])
				}
			}
			for status, r := range op.Responses {
				if status >= "400" && r.Content["application/problem+json"] == nil {
					t.Errorf("%s %s: %s is no problem document", method, path, status)
				}
			}
		}
	}
	if yaml := fetch(s, "/api/v1/openapi.yaml", "").Body.String(); !strings.Contains(yaml, "openapi: 3.1") {
		t.Errorf("YAML: %.200s", yaml)
	}
}

// The reader page lists every operation in the reader's language, loads nothing from elsewhere and runs no script.
func TestTheReaderPage(t *testing.T) {
	s := newServer(&desk.Desk{Book: &procedure.Book{}, Now: time.Now}, Options{})
	zh, en := fetch(s, "/api/", "zh-CN"), fetch(s, "/api/", "en")
	for _, o := range s.listed {
		for _, w := range []*httptest.ResponseRecorder{zh, en} {
			if !strings.Contains(w.Body.String(), "<code>"+o.path+"</code>") {
				t.Errorf("the page leaves out %s", o.path)
			}
		}
		for _, sentence := range []string{o.summary, o.who, o.refuses, groupTitles[o.tag]} {
			if sentence == "" || !words.Known(sentence) {
				t.Errorf("%s: %q has no English", o.id, sentence)
			}
		}
	}
	if regexp.MustCompile(`\p{Han}`).MatchString(en.Body.String()) {
		t.Errorf("Chinese on the English page: %s", regexp.MustCompile(`.*\p{Han}.*`).FindString(en.Body.String()))
	}
	if regexp.MustCompile(`(?i)<script|style=|https?://| on\w+=`).MatchString(zh.Body.String()) || !strings.Contains(zh.Header().Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("the page is not ours alone: %v", zh.Header())
	}
	if w := fetch(s, "/problems/limit-passed", "en"); w.Code != 200 || !strings.Contains(w.Body.String(), "The limit has passed") {
		t.Errorf("an explanation: %d %s", w.Code, w.Body)
	}
	if w := fetch(s, "/problems/nonsense", ""); w.Code != 404 {
		t.Errorf("an explanation of nothing: %d", w.Code)
	}
}
