package collect

import (
	"testing"

	"jishi/rules"
)

func shipped(t testing.TB) *Matcher {
	t.Helper()
	elements, err := Shipped(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	w, err := LoadWords(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	return NewMatcher(w, elements, nil)
}

// The matcher does on forms it was never fitted to what the issue asks of it. The held-out misses are not printed: who
// reads them and then changes the matcher has no held-out part any more.
func TestHeldOut(t *testing.T) {
	m := shipped(t)
	for _, part := range []string{"tuning", "heldout"} {
		fields, err := LabelledFields(part)
		if err != nil {
			t.Fatal(err)
		}
		r := m.Measure(fields)
		t.Logf("%s: precision of the first %d/%d = %.3f, recall within three %d/%d = %.3f", part, r.First, r.Suggested, r.Precision(), r.Within, r.Known, r.Recall())
		if r.Precision() < 0.90 || r.Recall() < 0.97 {
			t.Errorf("%s: below 0.90 and 0.97", part)
		}
	}
}
