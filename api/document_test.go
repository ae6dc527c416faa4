package api

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

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
