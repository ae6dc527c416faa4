package procedure

import (
	"slices"

	"jishi/base/calendar"
	"jishi/people/org"
)

// guardBodies: guards that look at the places and bodies that a step names.
func (c *checking) guardBodies(g Guard, fields []string, path ...string) {
	at := c.at(path...)
	c.mustAsk(g.Arg, fields, at)
	want := "org"
	if g.Name == "place-within" {
		want = "place"
	}
	if f, ok := c.p.Fields[g.Arg]; ok && f.Type != want {
		at("条件“%s”要看一个 %s 栏目，“%s”不是", g.Name, want, g.Arg)
	}
	for _, level := range []string{g.Level, g.Beyond} {
		if level != "" && !org.Level(level).Valid() {
			at("没有“%s”这个层级；可写 province、city、county、township、village", level)
		}
	}
	switch g.Name {
	case "serves-within":
		if g.Level == "" {
			at("serves-within 要写层级，例如 {serves-within: targets, level: county}")
		}
	case "at-least":
		if g.Limit <= 0 {
			at("at-least 要写下限，例如 {at-least: targets, limit: 2}")
		}
	case "none-yet":
		if len(c.versions(g.Of)) == 0 {
			at("没有“%s”这个程序", g.Of)
		}
	case "of-kinds", "not-kinds":
		if len(g.Kinds) == 0 {
			at("%s 要写机关的种类，例如 {%s: target, kinds: 'village'}", g.Name, g.Name)
		}
		for _, kind := range g.Kinds {
			if !org.Kind(kind).Valid() {
				at("没有“%s”这种机关", kind)
			}
		}
		if g.Unless != "" {
			c.mustAsk(g.Unless, fields, at)
		}
	case "among":
		if !has(fields, g.Of) {
			c.relation(g.Of, path...)
		}
	}
}

// instants are the units that are no number of days.
var instants = []calendar.Unit{calendar.Hours, calendar.WorkingHours, calendar.Minutes, calendar.SameDay}

// guardSaid: guards that compare days and times, or look at the linked matter.
func (c *checking) guardSaid(g Guard, fields []string, path ...string) {
	at := c.at(path...)
	switch g.Name {
	case "not-before", "not-future", "not-past":
		for _, field := range []string{g.Arg, g.Of} {
			if field == "" && field != g.Arg {
				continue
			}
			if t := c.p.Fields[field].Type; t != "day" && t != "time" && !(t == "period" && g.Name == "not-past") {
				at("条件“%s”要看一个日期或者时间栏目，“%s”不是", g.Name, field)
			}
		}
		c.mustAsk(g.Arg, fields, at)
		if p, err := calendar.ParsePeriod(g.After); g.After != "" && (err != nil || g.Of != "" || g.Name != "not-before" || slices.Contains(instants, p.Unit)) {
			at("after 要写成天数，例如 {not-before: start_on, after: 30个工作日}，从提出那天算起，不和 of 一起写")
		}
	case "linked-open":
		c.mustAsk("linked", fields, at)
		if _, ok := c.p.Fields[g.Arg]; !ok && g.Arg != "" {
			at("没有“%s”这个栏目；请在 fields 里写上", g.Arg)
		}
	case "linked-past":
		c.mustAsk("linked", fields, at)
		c.flag(g.Arg, path...)
	case "linked-flagged":
		c.mustAsk("linked", fields, at)
		c.flag(or(g.Arg, "（空）"), path...)
	case "no-numbers":
		for _, field := range g.Fields() {
			c.mustAsk(field, fields, at)
			if t := c.p.Fields[field].Type; t != "line" && t != "text" {
				at("no-numbers 看的栏目要是 line 或者 text，“%s”不是", field)
			}
		}
	}
}

// said: a reason in one language is no reason for whoever reads the other, and an article must exist.
func (c *checking) said(g Guard, path ...string) {
	if (g.Says == "") != (g.SaysEn == "") || (g.Way == "") != (g.WayEn == "") || g.Way != "" && g.Says == "" {
		c.at(path...)("自己写理由的，says 和 says-en、way 和 way-en 都要写；只写 way 不行")
	}
	if g.Cite != "" {
		c.cite(g.Cite, "A", path...)
	}
}

// implied: what one answer proposes for other fields must be answers that those take.
func (c *checking) implied(answers map[string]string, path ...string) {
	for _, field := range keys(answers) {
		f := c.p.Fields[field]
		if _, ok := f.Options[answers[field]]; !ok || f.Type != "choice" {
			c.at(path...)("implies 里的“%s: %s”不是那一栏的选项", field, answers[field])
		}
	}
}

// entries: a mark on one of those who brought the matter in.
func (c *checking) entries(e Effect, fields []string, path ...string) {
	if e.Entries == "" || e.Name == "unflag" && e.Entries == "all" {
		return
	}
	at := c.at(path...)
	c.mustAsk(e.Entries, fields, at)
	if c.p.Fields[e.Entries].Type != "entry" {
		at("“%s”不是一个 entry 栏目", e.Entries)
	}
}

// recent: an effect that happens only where the linked matter got a flag lately.
func (c *checking) recent(e Effect, fields []string, path ...string) {
	at := c.at(path...)
	if e.Running != "" {
		c.mustAsk("linked", fields, at)
		others := c.versions(e.Running)
		if len(others) == 0 {
			at("没有“%s”这个程序", e.Running)
		}
		for _, p := range others {
			if _, ok := p.Clocks[e.Clock]; !ok && e.Clock != "" {
				at("“%s”里没有“%s”这个期限", p.Title, e.Clock)
			}
		}
	} else if e.Clock != "" {
		at("clock 要和 running 一起写，例如 {flag: in-time, running: game, clock: period}")
	}
	if e.Recent == "" && e.Within == "" {
		return
	}
	c.mustAsk("linked", fields, at)
	c.flag(or(e.Recent, "（空）"), path...)
	if p, err := calendar.ParsePeriod(e.Within); err != nil || p.Unit != calendar.Days {
		at("recent 要写多少日以内，例如 {flag: again, recent: done, within: 30日}")
	}
}

// fewAlike: the flag is known, the field that must say the same is asked or said earlier, the body holds a relation.
func (c *checking) fewAlike(g Guard, fields []string, path ...string) {
	at := c.at(path...)
	c.flag(or(g.Arg, "（空）"), path...)
	if _, ok := c.p.Fields[g.Same]; !ok {
		at("few-alike 要写哪个栏目相同，例如 {few-alike: listed, same: title, limit: 1}；没有“%s”这个栏目", g.Same)
	}
	if g.Limit <= 0 {
		at("few-alike 要写上限，例如 {few-alike: listed, same: title, limit: 1}")
	}
	if g.Of != "" {
		c.relation(g.Of, path...)
	}
	if g.When != "" {
		c.mustAsk(g.When, fields, at)
	}
}
