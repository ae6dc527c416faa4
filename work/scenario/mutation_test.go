package scenario_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"jishi/base/db/dbtest"
	"jishi/rules"
	"jishi/work/procedure"
	"jishi/work/scenario"
)

// mutation changes one number in the rules; undo puts it back.
type mutation struct {
	p     *procedure.Procedure
	clock bool // of a limit, which every case of the procedure should rest on
	name  string
	make  func() (undo func())
}

// family are the rules and those of the matters that they open, in the same profile.
func family(t *testing.T, w scenario.World, p *procedure.Procedure) []*procedure.Procedure {
	t.Helper()
	list := []*procedure.Procedure{p}
	for i := 0; i < len(list); i++ {
		for _, e := range effects(list[i]) {
			if e.Name != "open" || slices.ContainsFunc(list, func(q *procedure.Procedure) bool { return q.ID == e.Arg }) {
				continue
			}
			q, err := w.Book.Procedure(e.Arg, "2026-01-01", p.Profile)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, q)
		}
	}
	return list
}

func effects(p *procedure.Procedure) []procedure.Effect {
	list := slices.Clone(p.Open.Effects)
	for _, id := range p.ActionIDs() {
		list = append(list, p.Actions[id].Effects...)
	}
	return list
}

var number = regexp.MustCompile(`^[0-9]+`)

// by adds n to the number in a limit in the statute's words; ok is false when it has none.
func by(limit string, n int) (string, bool) {
	digits := number.FindString(limit)
	if digits == "" {
		return limit, false
	}
	was, _ := strconv.Atoi(digits)
	return strconv.Itoa(was+n) + limit[len(digits):], true
}

// mutations are all single numbers of a procedure, each one more and one less.
func mutations(p *procedure.Procedure) []mutation {
	var all []mutation
	for _, n := range []int{1, -1} {
		for _, id := range p.ClockIDs() {
			was := p.Clocks[id]
			put := func(c procedure.Clock) func() {
				p.Clocks[id] = c
				return func() { p.Clocks[id] = was }
			}
			if limit, ok := by(was.Limit, n); ok {
				c := was
				c.Limit = limit
				all = append(all, mutation{p, true, fmt.Sprintf("%s %s %s→%s", p.Key(), id, was.Limit, limit), func() func() { return put(c) }})
			}
			for answer := range was.Limits {
				if limit, ok := by(was.Limits[answer], n); ok {
					c := was
					c.Limits = maps.Clone(was.Limits)
					c.Limits[answer] = limit
					all = append(all, mutation{p, true, fmt.Sprintf("%s %s %s %s→%s", p.Key(), id, answer, was.Limits[answer], limit), func() func() { return put(c) }})
				}
			}
			if was.Extend == nil {
				continue
			}
			if upto, ok := by(was.Extend.Upto, n); ok {
				c, e := was, *was.Extend
				e.Upto, c.Extend = upto, &e
				all = append(all, mutation{p, true, fmt.Sprintf("%s %s extend %s→%s", p.Key(), id, was.Extend.Upto, upto), func() func() { return put(c) }})
			}
		}
		for _, id := range p.ActionIDs() {
			was := p.Actions[id]
			all = append(all, opened(p, was.Effects, "after "+id, n)...)
			for i, g := range was.Guards {
				for what, change := range map[string]func(*procedure.Guard) int{
					"at most":                        func(g *procedure.Guard) int { g.Limit += n; return g.Limit },
					"for " + g.When + " up to":       func(g *procedure.Guard) int { g.Upto += n; return g.Upto },
					g.Word + g.Without + " at least": func(g *procedure.Guard) int { g.Least += n; return g.Least },
				} {
					a := was
					a.Guards = slices.Clone(was.Guards)
					now := change(&a.Guards[i])
					if now == n { // it was none
						continue
					}
					all = append(all, mutation{p, false, fmt.Sprintf("%s %s %s %s %d", p.Key(), id, g.Arg, what, now), func() func() {
						p.Actions[id] = a
						return func() { p.Actions[id] = was }
					}})
				}
			}
		}
		all = append(all, opened(p, p.Open.Effects, "opening", n)...)
		for i, g := range p.Open.Guards {
			for what, number := range map[string]func(*procedure.Guard) *int{
				"limit": func(g *procedure.Guard) *int { return &g.Limit },
				"most":  func(g *procedure.Guard) *int { return &g.Upto },
				"least": func(g *procedure.Guard) *int { return &g.Least },
			} {
				was := *number(&g)
				if was == 0 {
					continue
				}
				all = append(all, mutation{p, false, fmt.Sprintf("%s opening %s %s%s %s %d→%d", p.Key(), g.Arg, g.Word, g.Without, what, was, was+n), func() func() {
					*number(&p.Open.Guards[i]) += n
					return func() { *number(&p.Open.Guards[i]) -= n }
				}})
			}
		}
	}
	return all
}

func familyMutations(t *testing.T, w scenario.World, p *procedure.Procedure) (all []mutation) {
	for _, q := range family(t, w, p) {
		all = append(all, mutations(q)...)
	}
	return all
}

// opened are the numbers in effects: how lately something must have happened.
func opened(p *procedure.Procedure, list []procedure.Effect, where string, n int) (all []mutation) {
	for i, e := range list {
		within, ok := by(e.Within, n)
		if !ok {
			continue
		}
		all = append(all, mutation{p, false, fmt.Sprintf("%s %s within %s→%s", p.Key(), where, e.Within, within), func() func() {
			list[i].Within = within
			return func() { list[i].Within = e.Within }
		}})
	}
	return all
}

// own reports whether the profile brought the number in: the national ones are held by the national cases.
func own(t *testing.T, w scenario.World, m mutation) bool {
	t.Helper()
	p := m.p
	key, _, _ := strings.Cut(p.Key(), "+")
	national, err := w.Book.ByKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range mutations(national) {
		if strings.TrimPrefix(n.name, key) == strings.TrimPrefix(m.name, p.Key()) {
			return false
		}
	}
	return true
}

// A number in the rules that no scenario notices is a number nobody has checked; a worked case of the
// specification that no number can break proves nothing about days.
func TestEachNumberIsHeldByAScenario(t *testing.T) {
	w, d := world(t), dbtest.SQLite(t)
	under := map[*procedure.Procedure][]string{} // scenarios by the rules they run under
	survivors := map[string]bool{}               // worked cases that nothing has broken yet, where there are numbers
	for _, name := range shipped(t) {
		f, err := rules.FS.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse(name, f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		p, faults := w.Rules(s)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		under[p] = append(under[p], name)
		for _, m := range familyMutations(t, w, p) {
			survivors[name] = survivors[name] || m.clock
		}
	}
	count := 0
	unnoticed := map[string]bool{} // false once any case, of whatever procedure, notices the number
	for p, names := range under {
		for _, m := range familyMutations(t, w, p) {
			undo, broken := m.make(), 0
			count++
			for _, name := range names {
				if broken > 0 && !survivors[name] {
					continue
				}
				if report, err := run(t, w, d, name); err != nil || !report.OK() {
					broken++
					survivors[name] = false
				}
			}
			undo()
			if before, known := unnoticed[m.name]; broken > 0 || !known && (p.Profile == "" || own(t, w, m)) {
				unnoticed[m.name] = broken == 0 && (before || !known)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unnoticed)) {
		if unnoticed[name] {
			t.Errorf("no scenario notices %s", name)
		}
	}
	if testing.Verbose() {
		t.Logf("%d mutations", count)
	}
	for _, name := range slices.Sorted(maps.Keys(survivors)) {
		if survivors[name] {
			t.Errorf("no single number breaks %s", name)
		}
	}
}
