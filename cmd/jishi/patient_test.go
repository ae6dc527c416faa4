package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// A handler that bounds the reading of its body, as huma does, and then works for longer than that: neither this request
// nor the next one on the same connection is told that its reader has left.
func TestAnAnswerMayTakeLongerThanItsQuestion(t *testing.T) {
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		huma.SetReadDeadline(w, time.Now().Add(50*time.Millisecond))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		time.Sleep(200 * time.Millisecond)
		fmt.Fprint(w, r.Context().Err(), " ", r.RemoteAddr)
	})
	s := httptest.NewServer(patient(slow))
	defer s.Close()
	from := map[string]bool{}
	for _, text := range []string{"a body", "", "another"} {
		a, err := s.Client().Post(s.URL, "text/plain", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(a.Body)
		a.Body.Close()
		what, at, _ := strings.Cut(string(said), " ")
		if from[at] = true; what != "<nil>" {
			t.Errorf("after %q: %s", text, said)
		}
	}
	if len(from) != 1 {
		t.Errorf("%d connections: nothing is said of a second request on one", len(from))
	}
}
