package torture

import (
	"os"
	"strconv"
	"testing"

	"jishi/base/db"
	"jishi/bench"
)

// TestBadRequests: whatever is sent, the answer is a sentence, nothing of the inside is told, and nothing changed.
// JISHI_TORTURE_BAD says how many; `jishi bench bad` sends a million.
func TestBadRequests(t *testing.T) {
	s := newSite(t, "sqlite", 1, false)
	x := &bench.Bad{At: s.at()[0], N: 800, Seed: 3}
	if n, err := strconv.Atoi(os.Getenv("JISHI_TORTURE_BAD")); err == nil {
		x.N = n
	}
	if err := x.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if x.Routes() < 300 {
		t.Fatalf("only %d routes were learnt: the test looks at the wrong place", x.Routes())
	}
	before := s.events()
	odd, counts := x.Run(t.Context(), 8)
	for _, o := range odd {
		t.Errorf("request %d of seed %d, %s: %d %s", o.N, x.Seed, o.What, o.Status, o.Why)
	}
	if after := s.events(); after != before {
		t.Errorf("%d events became %d", before, after)
	}
	if counts[404] < x.N/20 || counts[422] < x.N/100 || counts[403] < x.N/50 {
		t.Errorf("too few were refused for this to show anything: %v", counts)
	}
}

func (s *site) events() (n int64) {
	d, err := db.Open(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	if err := d.Row(s.t.Context(), `SELECT COUNT(*) FROM event`, nil, &n); err != nil {
		s.t.Fatal(err)
	}
	return n
}
