package main

import (
	"testing"
	"time"
)

// TestAJumpOfTheClockIsWaitedOut: nothing is swept while the clock is wrong; it is at once when the clock is right again,
// and after ten minutes when the new time stays.
func TestAJumpOfTheClockIsWaitedOut(t *testing.T) {
	right := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var passed time.Duration
	s := newSteadiness(right)
	s.counted = func() time.Duration { return passed }
	for _, moment := range []struct {
		passed, wrong time.Duration
		steady        bool
		told          time.Duration
	}{
		{20 * time.Second, 0, true, 0},
		{40 * time.Second, 30 * time.Second, true, 0}, // what a time server corrects
		{60 * time.Second, 961 * time.Hour, false, 961*time.Hour - 30*time.Second},
		{80 * time.Second, 961 * time.Hour, false, 0}, // told once
		{100 * time.Second, 0, true, 0},
		{120 * time.Second, -2 * time.Hour, false, -2 * time.Hour},
		{11 * time.Minute, -2 * time.Hour, false, 0},
		{13 * time.Minute, -2 * time.Hour, true, 0}, // it stayed: this is the time now
		{14 * time.Minute, -2 * time.Hour, true, 0},
	} {
		passed = moment.passed
		steady, told := s.look(right.Add(moment.passed + moment.wrong))
		if steady != moment.steady || told != moment.told {
			t.Errorf("after %s, wrong by %s: steady %v, told %s", moment.passed, moment.wrong, steady, told)
		}
	}
}
