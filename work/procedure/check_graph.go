package procedure

import (
	"slices"
)

// classIDs are the classes, or one nameless class where the procedure has none.
func (p *Procedure) classIDs() []string {
	if len(p.Classes) == 0 {
		return []string{""}
	}
	return keys(p.Classes)
}

// ways are the moves out of a state for a class: action and where it leads.
func (p *Procedure) ways(state, class string, take func(id string, a Action) bool) (to []string) {
	for id, a := range p.Actions {
		if a.To != "same" && p.OpenIn(a, state, class) && take(id, a) && !has(to, a.To) {
			if _, ok := p.States[a.To]; ok {
				to = append(to, a.To)
			}
		}
	}
	return to
}

// reach is every state that can be come to from the starts.
func (p *Procedure) reach(class string, starts []string, take func(id string, a Action) bool) map[string]bool {
	seen := map[string]bool{}
	for next := slices.Clone(starts); len(next) > 0; next = next[1:] {
		if !seen[next[0]] {
			seen[next[0]] = true
			next = append(next, p.ways(next[0], class, take)...)
		}
	}
	return seen
}

func anyWay(string, Action) bool { return true }

// ordinary ways are those that belong to a state; withdrawing from everywhere is no proof that a state has an end.
func (p *Procedure) ordinary(_ string, a Action) bool { return !slices.ContainsFunc(a.From, p.wide) }

// graph proves what only shows on the whole: every state can be come to and left, and time runs in it.
func (c *checking) graph() {
	p := c.p
	if _, ok := p.States[p.Open.To]; !ok {
		return
	}
	reached := map[string]bool{}
	for _, class := range p.classIDs() {
		here := p.reach(class, []string{p.Open.To}, anyWay)
		timed := p.timed(class, here)
		for _, s := range keys(here) {
			reached[s] = true
			c.leads(s, class)
			if st := p.States[s]; !st.Final && st.Timeless == "" && !timed[s] {
				c.at("states", s)("%s“%s”时没有期限在走；请让一个期限走到这里，或者在 timeless 里写明为什么没有期限", classWord(p, class), st.Title)
			}
		}
	}
	for _, s := range keys(p.States) {
		if !reached[s] {
			c.at("states", s)("走不到“%s”；没有一个操作通到这里", p.States[s].Title)
		}
	}
	for _, id := range keys(p.Clocks) {
		c.stops(id, p.Clocks[id], reached)
	}
}

func classWord(p *Procedure, class string) string {
	if class == "" {
		return ""
	}
	return p.Classes[class].Title + "类事项在"
}

func (c *checking) leads(s, class string) {
	for end := range c.p.reach(class, []string{s}, c.p.ordinary) {
		if c.p.States[end].Final {
			return
		}
	}
	c.at("states", s)("%s“%s”走不到终结；请加一个通往终结的操作（撤回不算）", classWord(c.p, class), c.p.States[s].Title)
}

// timed are the states in which some clock with a number can run, for the class.
func (p *Procedure) timed(class string, reached map[string]bool) map[string]bool {
	all := map[string]bool{}
	for _, k := range p.Clocks {
		if k.Limit != "及时" && (k.Where == nil || k.Where.Flag == "") {
			for s := range p.Running(k, class, reached) {
				all[s] = true
			}
		}
	}
	return all
}

// Running are the states of those reached in which the clock can run, for the class: where its starts lead, and
// on from there by whatever does not stop it. An end stops every clock.
func (p *Procedure) Running(k Clock, class string, reached map[string]bool) map[string]bool {
	if len(k.Classes) > 0 && !has(k.Classes, class) {
		return nil
	}
	var starts []string
	for _, s := range k.Starts {
		if s.On == "open" {
			starts = append(starts, p.Open.To)
			continue
		}
		a := p.Actions[s.On]
		for state := range reached {
			if !p.OpenIn(a, state, class) {
				continue
			}
			if a.To == "same" {
				starts = append(starts, state)
			} else if _, ok := p.States[a.To]; ok {
				starts = append(starts, a.To)
			}
		}
	}
	running := p.reach(class, starts, func(id string, a Action) bool { return !has(k.Stops, id) })
	for s := range running {
		if p.States[s].Final {
			delete(running, s)
		}
	}
	return running
}

// stops: a clock that runs somewhere can be stopped there, and what the system then does is open somewhere.
func (c *checking) stops(id string, k Clock, reached map[string]bool) {
	p := c.p
	states := map[string]bool{}
	for _, class := range p.classIDs() {
		for s := range p.Running(k, class, reached) {
			states[s] = true
		}
	}
	if len(states) == 0 {
		if len(k.Starts) > 0 {
			c.at("clocks", id, "starts")("这个期限永远不会起算；起算它的操作走不到")
		}
		return
	}
	open := func(action string) bool {
		a, ok := p.Actions[action]
		return ok && slices.ContainsFunc(keys(states), func(s string) bool {
			return slices.ContainsFunc(p.classIDs(), func(class string) bool { return p.OpenIn(a, s, class) })
		})
	}
	if len(k.Stops) > 0 && !slices.ContainsFunc(k.Stops, open) {
		c.at("clocks", id, "stops")("这个期限起算以后停不下来；停止它的操作在它走着的状态里都不能做")
	}
	for _, m := range k.Missed {
		if _, ok := p.Actions[m.Arg]; m.Name == "do" && ok && !open(m.Arg) {
			c.at("clocks", id, "missed")("过期要做“%s”，但期限走着的状态里都不能做", p.Actions[m.Arg].Title)
		}
	}
}
