package scenario

import (
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/work/procedure"
)

// Check names everything in the scenario that means nothing under the rules and in the cast: an unknown
// action, clock, letter, field, relation or name. A scenario with such a fault would test nothing.
func Check(s *Scenario, p *procedure.Procedure, cast *Cast, letter func(id string) bool) Faults {
	c := &checker{s: s, p: p, cast: cast, letter: letter, other: map[string]bool{}}
	for _, g := range s.Given {
		c.given(g)
	}
	for _, step := range s.Steps {
		c.step(step)
	}
	return c.faults.sorted()
}

type checker struct {
	s      *Scenario
	p      *procedure.Procedure
	cast   *Cast
	letter func(string) bool
	other  map[string]bool // matters that steps open under another procedure
	faults Faults
}

func (c *checker) fault(line int, text string, args ...any) {
	c.faults = append(c.faults, Fault{File: c.s.File, Line: line, Text: text, Args: args})
}

// known reports an unknown name, in the sentence for its kind.
func known[V any](c *checker, line int, sentence string, names map[string]V, name string) {
	if _, ok := names[name]; !ok && name != "" {
		c.fault(line, sentence, "name", name)
	}
}

func (c *checker) given(g Given) {
	known(c, g.Line, "没有叫“{name}”的状态", c.p.States, g.State)
	known(c, g.Line, "没有叫“{name}”的类别", c.p.Classes, g.Class)
	for clock := range g.Clocks {
		known(c, g.Line, "没有叫“{name}”的期限", c.p.Clocks, clock)
	}
	for _, flag := range g.Flags {
		known(c, g.Line, "没有叫“{name}”的标记", c.p.Flags, flag)
	}
	for field := range g.Fields {
		known(c, g.Line, "没有叫“{name}”的填写项", c.p.Fields, field)
	}
	for relation, names := range g.Relations {
		known(c, g.Line, "没有叫“{name}”的关系", c.p.Relations, relation)
		for _, name := range names {
			c.names(g.Line, c.p.Relations[relation].Kind, name)
		}
	}
}

func (c *checker) names(line int, kind, text string) {
	if kind != "org" && kind != "person" && kind != "citizen" {
		return
	}
	_, unknown := c.cast.value(kind, text)
	for _, name := range unknown {
		c.fault(line, "名单里没有“{name}”", "name", name)
	}
}

func (c *checker) step(s Step) {
	if s.Procedure != "" {
		c.other[s.Matter] = s.Procedure != c.p.ID
		if s.Do != doOpen {
			c.fault(s.Line, "“procedure”只能写在 open 这一步")
		}
	}
	if c.elsewhere(s) {
		c.as(s)
		return
	}
	needs, asks := c.p.Actions[s.Do].Needs, c.p.Actions[s.Do].Asks
	switch s.Do {
	case doOpen:
		needs, asks = c.p.Open.Needs, c.p.Open.Asks
	case doWait, doLook:
		if len(s.With) > 0 {
			c.fault(s.Line, "“{do}”不带内容", "do", s.Do)
		}
	default:
		known(c, s.Line, "没有叫“{name}”的操作", c.p.Actions, s.Do)
	}
	if s.As == "" && s.Do != doWait && s.Do != doLook {
		c.fault(s.Line, "缺少“{key}”", "key", "as")
	}
	c.as(s)
	for name, value := range s.With {
		c.field(s, name, value, slices.Concat(needs, asks))
	}
	c.expect(s.Expect)
}

// elsewhere: the matter was opened by another one, or under another procedure; the run itself finds what does not fit.
func (c *checker) elsewhere(s Step) bool { return strings.Contains(s.Matter, ".") || c.other[s.Matter] }

// field: what a step says under a name must be asked for by its action, or it would be refused for that alone.
func (c *checker) field(s Step, name, value string, taken []string) {
	line := s.lines[name]
	f, ok := c.p.Fields[name]
	switch {
	case s.Do == doOpen && (name == "class" || name == "channel"):
	case s.Do == doOpen && c.p.Relations[name].Kind == "citizen":
		c.names(line, "citizen", value)
	case !ok:
		c.fault(line, "没有叫“{name}”的填写项", "name", name)
	case !slices.Contains(taken, name) && !f.Secret:
		c.fault(line, "“{do}”不填写“{name}”", "do", s.Do, "name", name)
	case f.Type == "org" || f.Type == "person" || f.Type == "citizen":
		c.names(line, f.Type, value)
	}
}

// as: a name of the cast, or a relation, alone or after head-of-, above-, superior-of-.
func (c *checker) as(s Step) {
	if _, ok := c.cast.Person(s.As); ok || s.As == "" || s.As == "system" {
		return
	}
	if c.elsewhere(s) {
		return
	}
	relation := s.As
	for _, prefix := range []string{"head-of-", "above-", "superior-of-"} {
		relation = strings.TrimPrefix(relation, prefix)
	}
	if _, ok := c.p.Relations[relation]; !ok {
		c.fault(s.Line, "“{as}”既不在名单里，也不是一种关系", "as", s.As)
	}
}

func (c *checker) expect(e Expect) {
	known(c, e.Line, "没有叫“{name}”的状态", c.p.States, e.State)
	known(c, e.Line, "没有叫“{name}”的类别", c.p.Classes, e.Class)
	for _, dates := range []map[string]string{e.Due, e.Nominal, e.Rolled, e.Alarm} {
		for clock := range dates {
			known(c, e.Line, "没有叫“{name}”的期限", c.p.Clocks, clock)
		}
	}
	for _, list := range [][]string{e.Running, e.Stopped, e.Provisional, deref(e.Late)} {
		for _, clock := range list {
			known(c, e.Line, "没有叫“{name}”的期限", c.p.Clocks, clock)
		}
	}
	for _, flag := range slices.Concat(e.Flags, e.NoFlags) {
		known(c, e.Line, "没有叫“{name}”的标记", c.p.Flags, flag)
	}
	for _, ground := range deref(e.Supervised) {
		known(c, e.Line, "没有叫“{name}”的督办事由", c.p.Triggers, ground)
	}
	for _, id := range deref(e.Letters) {
		if !c.letter(id) {
			c.fault(e.Line, "没有叫“{name}”的文书", "name", id)
		}
	}
	for relation, name := range e.HolderOf {
		known(c, e.Line, "没有叫“{name}”的关系", c.p.Relations, relation)
		if name != "" {
			c.names(e.Line, c.p.Relations[relation].Kind, name)
		}
	}
	if _, ok := c.p.Relations[e.Holder]; !ok && e.Holder != "" {
		c.names(e.Line, "org", e.Holder)
	}
	for _, name := range slices.Concat(e.VisibleTo, e.HiddenFrom) {
		if _, ok := c.cast.Person(name); !ok {
			c.fault(e.Line, "名单里没有“{name}”", "name", name)
		}
	}
}

func deref(list *[]string) []string {
	if list == nil {
		return nil
	}
	return *list
}

// asOf is the day whose rules the scenario runs under.
func (s *Scenario) asOf() calendar.Day {
	if s.Day != "" {
		return s.Day
	}
	if len(s.Given) > 0 {
		return calendar.DayOf(s.Given[0].Since)
	}
	return calendar.DayOf(s.Steps[0].At)
}
