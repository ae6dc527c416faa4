package tests

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// How long two answers take is compared by the rank of each among all: on a busy machine both are slow. A look is the
// quickest of a few, because what the machine does besides only ever makes one slower. Of two that take as long, a random
// look at the first is the longer in half of the cases, give or take a fifteenth; what is told must show in three rounds
// one after the other, to the same side, and be more than a network's own unrest.
const (
	looksEach = 40
	quickest  = 4
	tellsAt   = 0.25
	apart     = 250 * time.Microsecond
	rounds    = 3
)

// look is how long the act takes when nothing comes in between.
func look(act func()) time.Duration {
	best := time.Hour
	for range quickest {
		began := time.Now()
		act()
		best = min(best, time.Since(began))
	}
	return best
}

// slower is how often a random look at the first is longer than one at the second (Mann–Whitney's U as a share), and by
// how much the one in the middle is.
func slower(first, second func()) (share float64, by time.Duration) {
	var a, b []time.Duration
	for range looksEach {
		if rand.IntN(2) == 0 { // neither profits from what the other warmed
			a, b = append(a, look(first)), append(b, look(second))
		} else {
			b, a = append(b, look(second)), append(a, look(first))
		}
	}
	won := 0
	for _, x := range a {
		for _, y := range b {
			if x > y {
				won++
			}
		}
	}
	slices.Sort(a)
	slices.Sort(b)
	return float64(won) / looksEach / looksEach, a[looksEach/2] - b[looksEach/2]
}

// tells reports whether the time tells the two apart, and what each round found.
func tells(first, second func()) (told bool, found []string) {
	side := 0.0
	for range rounds {
		share, by := slower(first, second)
		found = append(found, fmt.Sprintf("%.2f by %s", share, by))
		off := share - 0.5
		if math.Abs(off) < tellsAt || by.Abs() < apart || off*side < 0 {
			return false, found
		}
		side = off
	}
	return true, found
}

// TestTheTimeToAnswerTellsNothing: whoever is reported asks for the report and for a matter that there is not; the one
// answer takes as long as the other. Two milliseconds more for one of them, put in on purpose, are found.
func TestTheTimeToAnswerTellsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 0, t.TempDir())
		for _, s := range story(1, 0) {
			w.play(s)
		}
		secret := slices.IndexFunc(w.cases, func(c *episode) bool { return c.secret })
		if secret < 0 {
			t.Fatal("no report in the story")
		}
		if !strings.HasPrefix(w.answer("county-petition-registrar", "GET", "/m/"+w.cases[secret].ID), "200") {
			t.Fatal("the receiving bureau cannot open the report: the comparison below would prove nothing")
		}
		for _, path := range []string{"/m/{}", "/api/v1/matters/{}", "/m/{}/do/register"} {
			at := func(id string) func() {
				to := strings.ReplaceAll(path, "{}", id)
				return func() { w.answer("county-housing-head", "GET", to) }
			}
			told, found := tells(at(w.cases[secret].ID), at(nobody))
			if told {
				t.Errorf("%s: the report is the slower in %s: whoever measures learns that there is one", path, found)
			}
			t.Log(path, found)
		}
		none := func() { w.answer("county-housing-head", "GET", "/m/"+nobody) }
		late := func() {
			time.Sleep(2 * time.Millisecond)
			none()
		}
		if told, found := tells(late, none); !told {
			t.Errorf("two milliseconds more were not found: %s", found)
		}
	})
}
