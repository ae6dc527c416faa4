package main

import (
	"sync"
	"time"
)

// A limit that is declared missed stays so in the journal for ever, and a clock that is a month wrong for a minute would
// declare every limit of the office missed. So a clock that jumps is waited out: until it is right again, or has kept its
// new time for settle, nothing is swept.
const (
	jump   = time.Minute // more than any correction that a time server makes at once
	settle = 10 * time.Minute
)

// steadiness compares the clock on the wall with one that only counts.
type steadiness struct {
	mu      sync.Mutex
	counted func() time.Duration // since the program began
	wall    time.Time
	at      time.Duration
	jumped  time.Duration // counted, when the clock was last seen to jump; 0: it is steady
}

func newSteadiness(wall time.Time) *steadiness {
	began := time.Now()
	return &steadiness{counted: func() time.Duration { return time.Since(began) }, wall: wall.Round(0)}
}

// look reports whether the clock is steady, and by how much it jumped where it has just done so. A clock that jumps back
// to where it would have been is steady at once.
func (s *steadiness) look(wall time.Time) (steady bool, by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, wall := s.counted(), wall.Round(0) // Round takes the counting part off, which does not jump
	off := wall.Sub(s.wall) - (now - s.at)
	if off.Abs() < jump {
		s.wall, s.at, s.jumped = wall, now, 0
		return true, 0
	}
	if s.jumped == 0 {
		s.jumped = now
		return false, off
	}
	if now-s.jumped < settle {
		return false, 0
	}
	s.wall, s.at, s.jumped = wall, now, 0
	return true, 0
}
