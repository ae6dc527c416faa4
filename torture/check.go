// Package torture holds what people were told while servers, disks, clocks and networks failed against what the house
// says afterwards. It knows nothing of how the house works: it reads what the clients of a load saw and the rows of the
// journal, and finds out whether the two can both be true.
package torture

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"jishi/base/db"
	"jishi/bench"
)

// Event is a row of the journal.
type Event struct {
	Matter, Action, Actor string
	Seq                   int
	At                    int64 // milliseconds
}

// byItself reports that the house did it: no client asked for it.
func (e Event) byItself() bool {
	return slices.Contains([]string{"clock", "calendar", "supervision", "link", "split", "open"}, e.Actor)
}

// Filed is a matter as its row says.
type Filed struct{ Matter, Number, Title string }

// Record is what the house says of one load's petitions.
type Record struct {
	Matters []Filed
	Events  map[string][]Event // by matter, in the order of their numbers
}

// Read reads the record of a load.
func Read(ctx context.Context, d db.Reader, run string) (*Record, error) {
	r := &Record{Events: map[string][]Event{}}
	like := "负载" + run + "第%"
	err := d.Each(ctx, `SELECT id, number, title FROM matter WHERE title LIKE $1`, []any{like}, func(scan func(...any) error) error {
		var m Filed
		err := scan(&m.Matter, &m.Number, &m.Title)
		r.Matters = append(r.Matters, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("torture.Read: %w", err)
	}
	err = d.Each(ctx, `SELECT e.matter, e.seq, e.action, e.actor, e.at FROM event e JOIN matter m ON m.id = e.matter WHERE m.title LIKE $1
		ORDER BY e.matter, e.seq`, []any{like}, func(scan func(...any) error) error {
		var e Event
		err := scan(&e.Matter, &e.Seq, &e.Action, &e.Actor, &e.At)
		r.Events[e.Matter] = append(r.Events[e.Matter], e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("torture.Read: %w", err)
	}
	return r, nil
}

// Check says what cannot be true together: nothing promised is missing, nothing is there twice, nothing is there that
// nobody asked for, and what each matter's clients saw is what they would have seen one after the other.
func Check(h *bench.History, r *Record) []string {
	c := &check{steps: map[string][]bench.Step{}, record: r}
	for _, s := range h.Steps {
		if s.Matter != "" {
			c.steps[s.Matter] = append(c.steps[s.Matter], s)
		}
		if !s.Promised() && !s.Refused() && !s.Open() {
			c.say("%s of %s was answered %d: %s", s.Op+s.Action, s.Title, s.Status, s.Said)
		}
	}
	c.filings(h)
	for matter, events := range r.Events {
		c.matter(matter, events)
	}
	return c.faults
}

type check struct {
	steps  map[string][]bench.Step // by matter
	record *Record
	faults []string
}

func (c *check) say(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// filings: each title and each number once, and each receipt leads to its own.
func (c *check) filings(h *bench.History) {
	byTitle, byNumber := map[string]Filed{}, map[string]Filed{}
	for _, m := range c.record.Matters {
		if twice, ok := byTitle[m.Title]; ok {
			c.say("%s is there twice, as %s and %s", m.Title, twice.Number, m.Number)
		}
		if twice, ok := byNumber[m.Number]; ok {
			c.say("the number %s belongs to %s and to %s", m.Number, twice.Title, m.Title)
		}
		byTitle[m.Title], byNumber[m.Number] = m, m
	}
	asked := map[string]bool{}
	for _, s := range h.Steps {
		if s.Op != "file" {
			continue
		}
		asked[s.Title] = true
		if got := byTitle[s.Title]; s.Promised() && (got.Matter != s.Matter || got.Number != s.Number) {
			c.say("the receipt of %s says %s, the house says %q", s.Title, s.Number, got.Number)
		}
	}
	for title := range byTitle {
		if !asked[title] {
			c.say("%s is there, and nobody filed it", title)
		}
	}
}

// matter: its events have no gap, are those that were promised, and none that was not asked for.
func (c *check) matter(id string, events []Event) {
	there := map[string]int{}
	for i, e := range events {
		if e.Seq != i+1 {
			c.say("matter %s has no event %d, but %d", id, i+1, e.Seq)
			return
		}
		there[e.Action]++
	}
	most, least := map[string]int{"open": 1}, map[string]int{"open": 0}
	for _, s := range c.steps[id] {
		if s.Op != "press" {
			continue
		}
		if s.Promised() {
			least[s.Action]++
		}
		if s.Promised() || s.Open() {
			most[s.Action]++
		}
	}
	for action, n := range least {
		if there[action] < n {
			c.say("matter %s: %s was promised %d times and is there %d times", id, action, n, there[action])
		}
	}
	for _, e := range events {
		if !e.byItself() && there[e.Action] > most[e.Action] {
			c.say("matter %s: %s is there %d times and was asked for and not refused %d times", id, e.Action, there[e.Action], most[e.Action])
		}
	}
	if !linear(c.steps[id], events) {
		c.say("matter %s: what its clients saw happened in no order: %s", id, story(c.steps[id], events))
	}
}

// In the model a matter is the number of its events, 0 before it was filed.
type input struct {
	op  string
	seq int // what a press was decided on
}

type output struct {
	got   int // the number that was told; 0 told none
	again bool
	how   int // see below
}

const (
	done    = iota // it happened
	refused        // it did not: another event was first
	unknown        // nobody was told
)

var model = porcupine.NondeterministicModel{
	Init: func() []any { return []any{0} },
	Step: func(state, in, out any) []any {
		n, i, o := state.(int), in.(input), out.(output)
		if i.op == "read" {
			return only(n == o.got, n)
		}
		switch o.how {
		case refused:
			return only(n != i.seq, n)
		case unknown:
			if n == i.seq {
				return []any{n, n + 1}
			}
			return []any{n}
		}
		return only(n == i.seq && (o.again || o.got == 0 || o.got == n+1), n+1)
	},
}

func only(ok bool, n int) []any {
	if ok {
		return []any{n}
	}
	return nil
}

// linear finds an order in which everything that the clients of one matter saw could have happened. What the house did by
// itself, at a time of its own, is taken from the journal.
func linear(steps []bench.Step, events []Event) bool {
	var ops []porcupine.Operation
	for i, s := range steps {
		op := porcupine.Operation{ClientId: i, Call: s.Sent, Return: s.Done, Input: input{op: s.Op, seq: s.Seq}}
		switch {
		case s.Op == "file" && s.Promised():
			op.Input, op.Output = input{op: "press", seq: 0}, output{got: 1, again: s.Tries > 1}
		case s.Op == "file" && s.Open():
			op.Input, op.Output, op.Return = input{op: "press", seq: 0}, output{how: unknown}, math.MaxInt64-1
		case s.Op == "read" && s.Promised() && s.Got > 0:
			op.Output = output{got: s.Got}
		case s.Op == "press" && s.Promised():
			op.Output = output{got: s.Got, again: s.Tries > 1}
		case s.Op == "press" && s.Refused():
			op.Output = output{how: refused}
		case s.Op == "press" && s.Open():
			op.Output, op.Return = output{how: unknown}, math.MaxInt64-1
		default:
			continue
		}
		ops = append(ops, op)
	}
	for _, e := range events {
		if e.byItself() {
			ops = append(ops, porcupine.Operation{ClientId: len(ops) + len(steps), Call: 0, Return: math.MaxInt64 - 1, Input: input{op: "press", seq: e.Seq - 1}, Output: output{again: true}})
		}
	}
	return porcupine.CheckOperationsTimeout(model.ToModel(), ops, 10*time.Second) != porcupine.Illegal
}

func story(steps []bench.Step, events []Event) string {
	text := ""
	for _, s := range steps {
		text += fmt.Sprintf("[%.3f–%.3fs %s%s by %s on %d: %d, %d, %d tries] ", float64(s.Sent)/1e9, float64(s.Done)/1e9, s.Op, s.Action, s.Who, s.Seq, s.Status, s.Got, s.Tries)
	}
	for _, e := range events {
		text += fmt.Sprintf("%d:%s ", e.Seq, e.Action)
	}
	return text
}
