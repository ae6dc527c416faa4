// Package rates counts: of the cases of a body, those that were met. What is counted stands in rules/rates; here is
// only the counting, and the table that it is kept in.
//
// A case begins with a step and belongs to the body that held the relation then. What is decided of it is decided
// when it happens: lateness is never improved afterwards. Nothing of a sealed matter is counted anywhere, and
// nothing is counted by person.
package rates

import (
	"slices"
	"time"

	"jishi/base/calendar"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Outcomes of a case.
const (
	Met  = "met"
	Not  = "not"
	Open = "open" // not decided yet
)

// None stands where a case has no place or no class: the empty one means all of them.
const None = "-"

// Case is one case of one rate.
type Case struct {
	Matter  string
	Rate    string // SET.RATE
	N       int    // which case of the matter, from 1
	Org     string
	Day     calendar.Day
	Place   string // the town
	Class   string
	Asked   string // how the answer was asked for, "" where nobody was asked
	Why     string // reason for which it is left out of the adjusted rate
	Outcome string
	Appeal  string // the matter that left it out
}

// Appeal is what a body said against an attribution, as it stands.
type Appeal struct {
	Matter, ID, Number, Org string
	At                      int64
	Ground, State           string
	Ended                   bool
}

// step is one event with the matter as it stood after it.
type step struct {
	action string
	at     time.Time
	change matter.Change
	m      *matter.Matter
}

func steps(events []journal.Event) ([]step, error) {
	var list []step
	var m *matter.Matter
	for _, e := range events {
		var err error
		var s step
		if m, err = matter.Apply(m, e); err != nil {
			return nil, err
		}
		if s.change, err = matter.ReadChange(e); err != nil {
			return nil, err
		}
		s.action, s.at, s.m = e.Action, e.At, m
		list = append(list, s)
	}
	return list, nil
}

// Cases are all cases that the events of one matter make in the sets, as the appeals left them.
func Cases(sets []*procedure.Rates, events []journal.Event, appeals []Appeal) ([]Case, error) {
	list, err := steps(events)
	if err != nil || len(list) == 0 || list[len(list)-1].m.Sealed {
		return nil, err
	}
	last := list[len(list)-1].m
	var all []Case
	for _, set := range sets {
		if set.Procedure != last.Procedure {
			continue
		}
		for _, id := range set.RateIDs() {
			cases := ofRate(set, id, list)
			contested(set, id, cases, appeals)
			for _, c := range cases {
				if c.Outcome == "" { // the rate does not ask about it
					continue
				}
				c.Matter, c.Place, c.Class = last.ID, town(last.Fields["place"]), or(last.Class, None)
				if set.Category != "" {
					c.Class = or(last.Fields[set.Category], None)
				}
				all = append(all, c.Case)
			}
		}
	}
	return all, nil
}

// begun is a case with the instant at which it began, for the appeals.
type begun struct {
	Case
	at int64
}

// ofRate goes through the matter: each step of counts begins a case, which lasts until the next one begins.
func ofRate(set *procedure.Rates, id string, list []step) []begun {
	counts := set.CountsOf(id)
	var starts []int
	for i, s := range list {
		if slices.Contains(counts, s.action) {
			starts = append(starts, i)
		}
	}
	var all []begun
	for n, from := range starts {
		to := len(list) // the step that begins the next case may still say what became of this one
		if n+1 < len(starts) {
			to = starts[n+1] + 1
		}
		c := decide(set, id, list[from:to], n+1 < len(starts))
		c.Rate, c.N = set.ID+"."+id, n+1
		for _, p := range list[from].m.Parties[set.BodyOf(id)] {
			if p.Org != "" {
				one := begun{c, list[from].at.UnixMilli()}
				one.Org = p.Org
				all = append(all, one)
			}
		}
	}
	return all
}

// decide says what became of one case. Its outcome is empty where the rate does not ask about it. When over, the
// last step belongs to the next case, and only ends this one. A step leaves out what was undecided when it was
// taken; what was decided before can only be contested.
func decide(set *procedure.Rates, id string, list []step, over bool) Case {
	rate := set.Rates[id]
	own := list
	if over && len(list) > 1 {
		own = list[:len(list)-1]
	}
	c := Case{Day: calendar.DayOf(list[0].at), Outcome: Open}
	met := holds(rate.Met, own)
	if rate.Met.Clock != "" && met.at < 0 { // the clock never ran: nothing was owed
		return Case{}
	}
	until := len(list) // steps that may leave it out
	if met.is != unknown {
		until = met.until()
	}
	if rate.Of != nil {
		of := holds(*rate.Of, own)
		if of.is != yes {
			return Case{}
		}
		until = of.until()
		c.Day = calendar.DayOf(own[of.at].at)
		c.Asked = asked(set, own[of.at])
		if met.is == unknown {
			met.is = no
		}
	}
	c.Why = left(set, id, list[:until])
	switch {
	case met.is == yes:
		c.Outcome = Met
	case met.is == no || c.Why != "" || over || own[len(own)-1].m.Ended:
		c.Outcome = Not
	}
	return c
}

func asked(set *procedure.Rates, s step) string {
	if set.Asked == "" {
		return ""
	}
	return or(s.change.With[set.Asked], s.m.Fields[set.Asked])
}

// left is the reason for which one of the steps after the first leaves the case out.
func left(set *procedure.Rates, id string, list []step) string {
	for i, s := range list {
		if i == 0 {
			continue
		}
		for _, why := range set.ExclusionIDs() {
			if x := set.Exclusions[why]; x.Leaves(id) && slices.Contains(x.On, s.action) {
				return why
			}
		}
	}
	return ""
}

// contested leaves out what an appeal that was upheld says: the case of the appealing body that ran, or had last
// run, when it appealed.
func contested(set *procedure.Rates, id string, cases []begun, appeals []Appeal) {
	x := set.Contest
	if x == nil {
		return
	}
	for _, a := range appeals {
		why := ""
		for _, r := range set.ExclusionIDs() {
			if e := set.Exclusions[r]; e.Ground != "" && e.Ground == a.Ground && e.Leaves(id) {
				why = r
			}
		}
		if why == "" || !slices.Contains(x.Upheld, a.State) {
			continue
		}
		for i := len(cases) - 1; i >= 0; i-- {
			if c := &cases[i]; c.Org == a.Org && c.at <= a.At && c.Outcome != "" {
				c.Why, c.Appeal = why, a.ID
				break
			}
		}
	}
}

// What a fact is, and at which step it became so.
type answer int

const (
	unknown answer = iota
	yes
	no
)

type found struct {
	is   answer
	at   int  // -1: it never came up
	late bool // nothing leaves it out any more
}

// until is how many steps may still leave the case out: what decided it may itself, unless it came late.
func (f found) until() int {
	if f.late {
		return f.at
	}
	return f.at + 1
}

// holds: the first run of a clock decides, and the last answer under a field; a step was taken or was not yet.
func holds(f procedure.Fact, list []step) found {
	switch {
	case f.Clock != "":
		return clock(f, list)
	case f.Field != "":
		out := found{at: -1}
		for i, s := range list {
			v := s.change.With[f.Field]
			if v == "" || len(f.On) > 0 && !slices.Contains(f.On, s.action) {
				continue
			}
			out = found{is: no, at: i}
			if len(f.In) == 0 || slices.Contains(f.In, v) {
				out.is = yes
			}
		}
		return out
	}
	for i, s := range list {
		if i > 0 && slices.Contains(f.On, s.action) {
			return found{is: yes, at: i}
		}
	}
	return found{at: -1}
}

// clock follows the first run of the clock that started in the case. Once it is missed it stays missed, whatever
// is done or extended afterwards. Where steps are named, only they fulfil it.
func clock(f procedure.Fact, list []step) found {
	run := 0
	out := found{at: -1}
	for i, s := range list {
		for _, c := range s.change.Clocks {
			if c.ID != f.Clock || run != 0 && c.N != run || run == 0 && (i == 0 && !c.Running() || i > 0 && ran(list[i-1].m, c)) {
				continue
			}
			if run == 0 {
				run, out = c.N, found{at: i}
			}
			late := slices.ContainsFunc(s.change.Late, func(l matter.Late) bool { return l.Clock == c.ID })
			switch {
			case out.is != unknown:
			case c.Missed || late && !c.Running():
				out = found{is: no, at: i, late: true}
			case !c.Running() && (len(f.On) == 0 || slices.Contains(f.On, s.action)):
				out = found{is: yes, at: i}
			case !c.Running():
				out = found{is: no, at: i}
			}
		}
	}
	return out
}

// ran: this run of the clock is older than the case.
func ran(m *matter.Matter, c matter.Clock) bool {
	return slices.ContainsFunc(m.Clocks, func(x matter.Clock) bool { return x.ID == c.ID && x.N == c.N })
}

// town is the place at the level at which figures are kept: finer ones would tell of single houses.
func town(code string) string {
	if len(code) != 12 {
		return None
	}
	return code[:9] + "000"
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
