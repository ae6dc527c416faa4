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

	"jishi/base/words"
	"jishi/desk"
)

// The document must tell of every route, and every route must be told of: an integrator has nothing else.
func TestTheDocumentTellsOfEveryRoute(t *testing.T) {
	s := newServer(&desk.Desk{}, Options{})
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
	"bad-post": true, "bad-roster": true, "calendar": true, "login-taken": true, "no-account": true, "no-channel": true, "nothing-filed": true, "oidc-failed": true,
	"open311": true, "org-circle": true, "own-review": true, "own-successor": true, "own-successor-org": true, "plain-password": true, "roster-too-large": true,
	"roster-too-long": true, "wrong-password": true}
