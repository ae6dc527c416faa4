package desk_test

import (
	"fmt"
	"testing"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

// A busy visitor is slowed, not the others behind the same address; and however busy an address is, it is let through
// at its steady pace.
func TestPaceSlowsTheBusyAndShutsNobodyOut(t *testing.T) {
	p, now := &desk.Pace{}, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	heard := func(visitor string, n int) (ok int) {
		for range n {
			if p.Take(desk.PaceWrite, visitor, "10.0.0.7", now) == nil {
				ok++
			}
		}
		return ok
	}
	if got := heard("one", 100); got != 60 {
		t.Errorf("a visitor in a hurry is heard %d times at once, not 60", got)
	}
	err := p.Take(desk.PaceWrite, "one", "10.0.0.7", now)
	if r, ok := words.AsRefusal(err); !ok || r.Kind != words.TooMany || fmt.Sprint(r.Args...) == "" {
		t.Errorf("the 61st: %v", err)
	}
	if got := heard("two", 1); got != 1 {
		t.Error("somebody else behind the address is shut out")
	}
	for i := range 400 {
		heard(fmt.Sprint("guest", i), 1)
	}
	if heard("three", 1) != 0 {
		t.Error("an address that sends without end is never slowed")
	}
	for second := range 100 {
		now = now.Add(time.Second)
		if got := heard(fmt.Sprint("later", second), 50); got != 10 {
			t.Fatalf("in second %d a busy address is heard %d times, not 10", second, got)
		}
	}
	for i := range 60_000 {
		p.Take(desk.PaceWrite, "", fmt.Sprint("address", i), now)
	}
	if heard("four", 2) == 2 {
		t.Error("a flood of other addresses makes a busy one fresh again")
	}
}
