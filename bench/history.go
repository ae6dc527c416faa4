package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

// History is everything that the clients of a load asked and were told.
type History struct {
	Began   time.Time
	Run     string // stands in the title of each petition
	Rate    float64
	Planned time.Duration
	Steps   []Step
}

// Add puts what was asked later behind it, as if no time lay between.
func (h *History) Add(later *History) {
	for i := range later.Steps {
		for _, at := range []*int64{&later.Steps[i].Planned, &later.Steps[i].Sent, &later.Steps[i].Done} {
			*at += h.Planned.Nanoseconds()
		}
	}
	h.Rate, h.Planned, h.Steps = later.Rate, h.Planned+later.Planned, append(h.Steps, later.Steps...)
}

// Write writes one step a line.
func (h *History) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	for _, s := range h.Steps {
		if err := e.Encode(s); err != nil {
			return err
		}
	}
	return nil
}

// name is under what a step is reported.
func (s Step) name() string {
	if s.Op == "press" {
		return s.Action
	}
	return s.Op
}

// failed: the client was neither told that it is done nor that somebody else was first.
func (s Step) failed() bool { return !s.Promised() && !s.Refused() }

// Results are the figures of all steps together, and of each kind of step. Times count from when a step was due.
func (h *History) Results() []Result {
	kinds := map[string][]Step{}
	for _, s := range h.Steps {
		kinds["load"] = append(kinds["load"], s)
		kinds["load "+s.name()] = append(kinds["load "+s.name()], s)
	}
	var list []Result
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		list = append(list, h.result(name, kinds[name]))
	}
	list[0].Offered = h.Rate
	return list
}

func (h *History) result(name string, steps []Step) Result {
	var ms []float64
	failed, again, last, note := 0, 0, int64(0), ""
	for _, s := range steps {
		last = max(last, s.Done)
		again += s.Tries - 1
		if s.failed() {
			failed++
			if note == "" {
				note = fmt.Sprintf("%s: %d %s", s.name(), s.Status, s.Said)
			}
			continue
		}
		ms = append(ms, float64(s.Done-s.Planned)/1e6)
	}
	r := Times(name, ms)
	r.C, r.Errors, r.Note, r.Again = 0, failed, note, again
	r.P999 = at(ms, .999)
	if len(ms) > 0 {
		r.Worst = ms[len(ms)-1]
	}
	if last > 0 {
		r.RPS = float64(r.N) / max(h.Planned.Seconds(), float64(last)/1e9)
	}
	return r
}

// Lost asks the servers, as each citizen with the receipt in hand, for what was promised, and says what is not there or
// is there more than once.
func (l *Load) Lost(ctx context.Context, h *History) []string {
	var lost []string
	promised := map[string]map[string]int{} // matter: action: how often promised
	for _, s := range h.Steps {
		if !s.Promised() || s.Op != "press" {
			continue
		}
		if promised[s.Matter] == nil {
			promised[s.Matter] = map[string]int{}
		}
		promised[s.Matter][s.Action]++
	}
	for _, s := range h.Steps {
		if s.Op != "file" || !s.Promised() {
			continue
		}
		there, err := l.timeline(ctx, s)
		if err != nil {
			lost = append(lost, fmt.Sprintf("%s (%s): %v", s.Number, s.Title, err))
			continue
		}
		for action, n := range promised[s.Matter] {
			if there[action] != n {
				lost = append(lost, fmt.Sprintf("%s: %s was promised %d times and is there %d times", s.Number, action, n, there[action]))
			}
		}
	}
	return lost
}

// timeline counts the steps of a matter as its citizen reads them.
func (l *Load) timeline(ctx context.Context, s Step) (map[string]int, error) {
	s.Op, s.Key = "read", ""
	var a reply
	var err error
	for range 5 {
		a, err = l.ask(ctx, &s, http.MethodGet, "/api/v1/matters/"+s.Matter+"/timeline", nil)
		if err == nil && a.status == http.StatusOK {
			break
		}
		s.Tries++
		sleep(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("the receipt does not open it: %d %s", a.status, a.text)
	}
	var steps []struct{ Action string }
	if err := json.Unmarshal(a.text, &steps); err != nil {
		return nil, err
	}
	there := map[string]int{}
	for _, x := range steps {
		there[x.Action]++
	}
	return there, nil
}
