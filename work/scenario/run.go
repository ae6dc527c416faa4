package scenario

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Report is what a run found, one line a step.
type Report struct {
	File, Title, Case string
	Lines             []Line
}

// Line is one step as it went.
type Line struct {
	OK   bool
	Text string
}

// OK reports whether everything was as expected.
func (r Report) OK() bool {
	return len(r.Lines) > 0 && !slices.ContainsFunc(r.Lines, func(l Line) bool { return !l.OK })
}

// World is what every scenario runs in.
type World struct {
	Book     *procedure.Book
	Calendar *calendar.Calendar
	Cast     *Cast
	Lang     words.Lang // of the report; refusals are compared in Chinese, in which they are written
}

// Run reads a scenario and runs it. An error means that it could not be run: Faults when its writer can mend
// it. A difference is no error, but a line that is not OK.
//
// d must be a database of the runner's own (see Scratch): each step sweeps every missed clock in it, at a
// time that is the scenario's and nobody else's.
func (w World) Run(ctx context.Context, d *db.DB, name string, file io.Reader) (Report, error) {
	s, err := Parse(name, file)
	if err != nil {
		return Report{}, err
	}
	p, faults := w.Rules(s)
	if len(faults) > 0 {
		return Report{}, faults
	}
	if err := clear(ctx, d); err != nil {
		return Report{}, err
	}
	r := &run{World: w, d: d, s: s, p: p, ids: map[string]string{}, report: Report{File: name, Title: s.Title, Case: s.Case}}
	r.store = &matter.Store{Engine: &matter.Engine{Book: w.Book, Offices: w.Cast, Calendar: func() *calendar.Calendar { return w.Calendar }}}
	if err := r.all(ctx); err != nil {
		return r.report, fmt.Errorf("scenario.Run %s: %w", name, err)
	}
	return r.report, nil
}

// run is one scenario under way.
type run struct {
	World
	d      *db.DB
	store  *matter.Store
	s      *Scenario
	p      *procedure.Procedure
	ids    map[string]string // the letter a step calls a matter by: its ID
	n      int64             // matters numbered
	who    string            // who took the step
	report Report
}

func (r *run) all(ctx context.Context) error {
	for _, g := range r.s.Given {
		if err := r.given(ctx, g); err != nil {
			return fmt.Errorf("line %d: %w", g.Line, err)
		}
	}
	for _, step := range r.s.Steps {
		before, err := r.before(ctx, step)
		if err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
		if err := r.sweep(ctx, step.At); err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
		found := found{before: before}
		r.who = step.As
		found.refusal, err = r.do(ctx, step)
		if err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
		if err := r.adopt(ctx); err != nil {
			return err
		}
		if err := r.compare(ctx, step, found); err != nil {
			return fmt.Errorf("line %d: %w", step.Line, err)
		}
	}
	return r.verify(ctx)
}

// verify folds every matter again: whatever path a scenario walks, the rows must say what the events say.
func (r *run) verify(ctx context.Context) error {
	_, faults, err := r.store.Verify(ctx, r.d)
	for _, f := range faults {
		r.report.Lines = append(r.report.Lines, Line{Text: f.Number + " " + f.What})
	}
	return err
}

// before is the matter as it was, nil where it is opened by this step.
func (r *run) before(ctx context.Context, step Step) (*matter.Matter, error) {
	id, ok := r.ids[step.Matter]
	if !ok {
		return nil, nil
	}
	return r.store.Load(ctx, r.d, id)
}

// sweep does what missed clocks bring about, each at the instant at which it ran out, as the running program
// does; a consequence may start a clock that is over before the step as well.
func (r *run) sweep(ctx context.Context, at time.Time) error {
	for {
		due := matter.Never
		err := r.d.Each(ctx, `SELECT due FROM matter_clock WHERE running = TRUE AND missed = FALSE AND due <= $1 ORDER BY due LIMIT 1`,
			[]any{at.UnixMilli()}, func(scan func(...any) error) error { return scan(&due) })
		if err != nil || due == matter.Never {
			return err
		}
		n, err := r.store.Sweep(ctx, r.d, time.UnixMilli(due), 100)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("the sweep does not end at %s", time.UnixMilli(due).In(calendar.Zone).Format(minuteLayout))
		}
	}
}

// do takes the step. A refusal is an outcome, any other error is not.
func (r *run) do(ctx context.Context, step Step) (*words.Refusal, error) {
	if step.Do == doWait || step.Do == doLook {
		return nil, nil
	}
	var err error
	if step.Do == doOpen {
		err = r.open(ctx, step)
	} else {
		err = r.act(ctx, step)
	}
	if refusal, ok := words.AsRefusal(err); ok {
		return refusal, nil
	}
	return nil, err
}

func (r *run) act(ctx context.Context, step Step) error {
	id, ok := r.ids[step.Matter]
	if !ok {
		return fmt.Errorf("no step has opened the matter %s yet", step.Matter)
	}
	m, err := r.store.Load(ctx, r.d, id)
	if err != nil {
		return err
	}
	p, err := r.Book.ByKey(m.Version)
	if err != nil {
		return err
	}
	by, err := r.as(m, p, step.As)
	if err != nil {
		return err
	}
	r.who = r.nameOf(by)
	a := p.Actions[step.Do]
	press := matter.Press{Action: step.Do, By: by, At: step.At, With: r.with(p, a.Needs, step)}
	return r.d.Write(ctx, func(tx *db.Tx) error {
		_, err := r.store.Do(ctx, tx, id, 0, press)
		return err
	})
}

// with is what the step says, its names as IDs, and what the cast usually says under each field that the
// action needs and the step does not mention.
func (r *run) with(p *procedure.Procedure, needs []string, step Step) map[string]string {
	with := map[string]string{}
	for _, field := range needs {
		if usual, ok := r.Cast.usual[field]; ok {
			with[field] = usual
		}
	}
	maps.Copy(with, step.With)
	for name, value := range with {
		switch p.Fields[name].Type {
		case "org", "person", "citizen":
			with[name], _ = r.Cast.value(p.Fields[name].Type, value)
		case "matter":
			if id, ok := r.ids[value]; ok {
				with[name] = id
			}
		}
	}
	return with
}

// as finds who a step means.
func (r *run) as(m *matter.Matter, p *procedure.Procedure, as string) (actor.Actor, error) {
	if as == "system" {
		return actor.Program("scenario"), nil
	}
	if a, ok := r.Cast.Person(as); ok {
		return a, nil
	}
	nobody := fmt.Errorf("nobody is %s of %s now", as, m.Number)
	pick, relation := r.Cast.officer, as
	for prefix, choose := range map[string]func(string) (actor.Actor, bool){
		"head-of-":     r.Cast.head,
		"above-":       func(body string) (actor.Actor, bool) { return r.first(r.Cast.tree.ReviewSuperior(body)) },
		"superior-of-": func(body string) (actor.Actor, bool) { return r.first(r.Cast.tree.Above(body)[1:]) },
	} {
		if rest, ok := strings.CutPrefix(as, prefix); ok {
			pick, relation = choose, rest
		}
	}
	for _, party := range m.Parties[relation] {
		switch {
		case p.Relations[relation].Kind == "citizen":
			return actor.Actor{Kind: actor.Citizen, Person: party.Person, Lang: words.ZH}, nil
		case party.Person != "":
			return r.Cast.people[r.Cast.ids[party.Person]], nil
		}
		if a, ok := pick(party.Org); ok {
			return a, nil
		}
	}
	if of := p.Relations[relation].Of; of != "" { // nobody is named: whoever of the body would do it
		return r.as(m, p, of)
	}
	return actor.Actor{}, nobody
}

func (r *run) first(bodies []string) (actor.Actor, bool) {
	if len(bodies) == 0 {
		return actor.Actor{}, false
	}
	return r.Cast.officer(bodies[0])
}

// adopt gives a name to each matter that a step brought about by itself: A.S2 the supervision of A on the
// ground S2, A.split what was split off it, A.task the first matter of the procedure task that a step of A opened,
// A.task.2 the second.
func (r *run) adopt(ctx context.Context) error {
	var fresh []string
	err := r.d.Each(ctx, `SELECT id FROM matter ORDER BY opened, id`, nil, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		if !slices.Contains(slices.Collect(maps.Values(r.ids)), id) {
			fresh = append(fresh, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range fresh {
		m, err := r.store.Load(ctx, r.d, id)
		if err != nil {
			return err
		}
		for _, l := range m.Links {
			for name, parent := range r.ids {
				switch {
				case parent == l.Matter && l.Kind == matter.SplitFrom:
					r.ids[name+".split"] = id
				case parent == l.Matter && l.Kind == matter.Supervises:
					r.ids[name+"."+m.Fields["trigger"]] = id
				case parent == l.Matter && l.Kind == matter.OpenedFrom:
					r.ids[r.free(name+"."+m.Procedure)] = id
				}
			}
		}
	}
	return nil
}

// free is the name, or where a matter has it already the name with the next number.
func (r *run) free(name string) string {
	free := name
	for n := 2; r.ids[free] != ""; n++ {
		free = fmt.Sprintf("%s.%d", name, n)
	}
	return free
}
