package procedure

import (
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/people/org"
)

func (c *checking) action(id string, a Action) {
	here := []string{"actions", id}
	c.titled(a.Title, a.En, here...)
	c.cite(a.Cite, a.Grade, here...)
	if len(a.By) == 0 {
		c.at(here...)("没有写谁可以做；请写 by")
	}
	c.by(a.By, a.Classes, "actions", id, "by")
	if len(a.From) == 0 {
		c.at(here...)("没有写从哪个状态开始；请写 from")
	}
	for _, s := range a.From {
		if !c.p.wide(s) {
			c.stateExists(s, "actions", id, "from")
		}
	}
	if a.To != "same" {
		c.stateExists(a.To, "actions", id, "to")
	}
	c.classes(a.Classes, "actions", id, "classes")
	c.where(a.Where, "actions", id, "where")
	c.asked(a.Needs, a.Asks, here...)
	fields := slices.Concat(a.Needs, a.Asks)
	c.sets(a.Sets, fields, "actions", id, "sets")
	c.guards(a.Guards, fields, "actions", id, "guards")
	c.effects(a.Effects, fields, "actions", id, "effects")
	c.letter(id, a)
	c.limits(id, a)
}

// limits: what an action says of clocks.
func (c *checking) limits(id string, a Action) {
	if a.Posted != "" {
		c.mustAsk(a.Posted, slices.Concat(a.Needs, a.Asks), c.at("actions", id, "posted"))
		if c.p.Fields[a.Posted].Type != "day" || a.Within == "" {
			c.at("actions", id, "posted")("posted 要写一个日期栏目，并且要有 within")
		}
	}
	if a.Within != "" && c.clockExists(a.Within, "actions", id, "within") &&
		!slices.ContainsFunc(c.p.Clocks[a.Within].Missed, func(m Consequence) bool { return m.Name == "bar" || m.Name == "do" }) {
		c.at("actions", id, "within")("期限“%s”过了以后并不阻止什么；请在它的 missed 里写 bar", c.p.Clocks[a.Within].Title)
	}
	if a.Extends == "" || !c.clockExists(a.Extends, "actions", id, "extends") {
		return
	}
	e := c.p.Clocks[a.Extends].Extend
	if e == nil {
		c.at("actions", id, "extends")("期限“%s”不能延长；请在它里面写 extend，或者删去这一项", c.p.Clocks[a.Extends].Title)
		return
	}
	for _, f := range []string{"days", "reason"} {
		if !has(a.Needs, f) {
			c.at("actions", id, "needs")("延长期限必须填 %s", f)
		}
	}
	if e.By != "" && !has(a.By, e.By) {
		c.at("actions", id, "by")("延长由“%s”决定，这里没有写它", e.By)
	}
	if e.Tells != "" && a.Letter != e.Tells {
		c.at("actions", id, "letter")("延长要送达文书“%s”", e.Tells)
	}
}

func (c *checking) by(by, classes []string, path ...string) {
	for _, r := range by {
		name := r
		for _, prefix := range []string{"head-of-", "above-", "superior-of-"} {
			if rest, ok := strings.CutPrefix(r, prefix); ok {
				name = rest
			}
		}
		switch {
		case strings.HasPrefix(r, "power:"):
			if !has(powers, strings.TrimPrefix(r, "power:")) {
				c.at(path...)("没有“%s”这种职责；可写 %s", r, strings.Join(powers, "、"))
			}
		case has(builtinBy, r):
			if r == "anyone" && path[0] == "actions" && c.sealedAmong(classes) {
				c.at(path...)("任何人都可以做的操作不能用于密封的事项；请写 classes，或者改写 by")
			}
		case c.p.Relations[name].Denied:
			c.at(path...)("%s是不得知情的一方，不能让它操作", c.p.Relations[name].Title)
		default:
			c.relation(name, path...)
		}
	}
}

// powers that a post may hold; the same list as package actor's, which stands on a floor above procedures' vocabulary.
var powers = []string{"handle", "head", "register", "supervise", "lead", "discipline", "admin", "security", "audit"}

func (c *checking) sealedAmong(classes []string) bool {
	for id, class := range c.p.Classes {
		if class.Sealed && (len(classes) == 0 || has(classes, id)) {
			return true
		}
	}
	return false
}

func (c *checking) classes(classes []string, path ...string) {
	for _, k := range classes {
		if _, ok := c.p.Classes[k]; !ok {
			c.at(path...)("没有“%s”这一类事项", k)
		}
	}
}

func (c *checking) where(w *Where, path ...string) {
	if w == nil {
		return
	}
	if w.Relation != "" {
		c.relation(w.Relation, path...)
	} else if len(w.Kinds)+len(w.Not) > 0 {
		c.at(path...)("写了机关的种类，没有写是哪种关系的机关；请写 relation")
	}
	for _, flag := range []string{w.Flag, w.NoFlag} {
		c.flag(flag, path...)
	}
}

func (c *checking) flag(flag string, path ...string) {
	if _, ok := c.p.Flags[flag]; !ok && flag != "" {
		c.at(path...)("没有“%s”这个标记；请在 flags 里写上", flag)
	}
}

func (c *checking) asked(needs, asks []string, path ...string) {
	seen := map[string]bool{}
	for i, f := range slices.Concat(needs, asks) {
		key := "needs"
		if i >= len(needs) {
			key = "asks"
		}
		here := append(slices.Clone(path), key)
		if _, ok := c.p.Fields[f]; !ok {
			c.at(here...)("没有“%s”这个栏目；请在 fields 里写上", f)
		}
		if seen[f] {
			c.at(here...)("栏目“%s”写了两次", f)
		}
		seen[f] = true
	}
}

func (c *checking) sets(sets map[string]string, fields []string, path ...string) {
	for _, r := range keys(sets) {
		here := append(slices.Clone(path), r)
		if _, ok := c.p.Relations[r]; !ok {
			c.at(here...)("没有“%s”这种关系；请在 relations 里写上", r)
		}
		kind, name, _ := strings.Cut(sets[r], ":")
		switch {
		case !has(setSources, kind):
			c.at(here...)("“%s”不是可用的来源；可写 %s", sets[r], strings.Join(setSources, "、"))
		case kind == "field":
			if !has(fields, name) {
				c.at(here...)("要从栏目“%s”取，但这一步没有问它；请写进 needs 或者 asks", name)
			} else if t := c.p.Fields[name].Type; t != "org" && t != "person" && t != "citizen" {
				c.at(here...)("栏目“%s”填的不是机关，也不是人员", name)
			} else if r := c.p.Relations[r]; (t == "citizen") != (r.Kind == "citizen") {
				c.at(here...)("栏目“%s”填的和这种关系不是一类：一个是群众，一个不是", name)
			}
		case kind == "nearest":
			kind, field, _ := strings.Cut(name, ":")
			if !org.Kind(kind).Valid() {
				c.at(here...)("没有“%s”这种机关", kind)
			}
			if field != "" && (!has(fields, field) || c.p.Fields[field].Type != "org") {
				c.at(here...)("要从栏目“%s”里的机关找起，但这一步没有问它", field)
			}
		case kind == "from":
			if !slices.ContainsFunc(c.openers(), func(p *Procedure) bool { _, ok := p.Relations[name]; return ok }) {
				c.at(here...)("引出这件事项的程序里没有“%s”这种关系", name)
			}
		case kind == "relation" || kind == "above" || kind == "common-above":
			if _, ok := c.p.Relations[name]; !ok {
				c.at(here...)("来源里的“%s”不是这个程序的关系", name)
			}
		}
	}
}

func (c *checking) guards(list []Guard, fields []string, path ...string) {
	at := c.at(path...)
	for _, g := range list {
		if _, ok := guards[g.Name]; !ok {
			at("没有“%s”这个条件；可写 %s", g.Name, strings.Join(keys(guards), "、"))
			continue
		}
		c.classes(g.Classes, path...)
		c.said(g, path...)
		switch g.Name {
		case "place-within", "serves-within", "at-least", "none-yet", "among", "is-acting", "not-denied", "of-kinds", "not-kinds":
			c.guardBodies(g, fields, path...)
		case "not-before", "not-future", "not-past", "linked-open", "linked-past", "linked-flagged", "no-numbers":
			c.guardSaid(g, fields, path...)
		case "target-beneath", "target-own-system", "target-elsewhere", "target-kind":
			c.mustAsk("target", fields, at)
			for _, kind := range g.list() {
				if g.Name == "target-kind" && !org.Kind(kind).Valid() {
					at("没有“%s”这种机关", kind)
				}
			}
		case "not-reported":
			c.mustAsk(or(g.Arg, "target"), fields, at)
		case "few-alike":
			c.fewAlike(g, fields, path...)
		case "at-most", "yes", "differs", "filled":
			c.mustAsk(g.Arg, fields, at)
			if g.Name == "at-most" && g.Limit <= 0 {
				at("at-most 要写上限，例如 {at-most: reps, limit: 5}")
			}
			if g.When != "" {
				c.mustAsk(g.When, fields, at)
			}
		case "not-recused", "rows":
			c.field(g, fields, at)
		case "linked":
			c.mustAsk("linked", fields, at)
		case "linked-running":
			c.mustAsk("linked", fields, at)
			c.clockExists(g.Arg, path...)
		case "linked-final":
			c.mustAsk("linked", fields, at)
			c.stateExists(g.Arg, path...)
		case "entries-left", "entries-done":
			c.flag(or(g.Arg, "（空）"), path...)
		case "flagged", "not-flagged":
			c.flag(or(g.Arg, "（空）"), path...)
		case "clock-idle":
			c.clockExists(g.Arg, path...)
		case "not-case-officer":
			c.relation(or(g.Arg, "case-officer"), path...)
		case "letter-served":
			c.letterExists(g.Arg, path...)
		case "all-hold":
			for _, relation := range append([]string{g.Arg}, members(g.Of)...) {
				c.relation(relation, path...)
			}
		case "none-open":
			if len(c.versions(g.Arg)) == 0 {
				at("没有“%s”这个程序", g.Arg)
			}
		case "channel":
			for _, ch := range strings.Split(strings.ReplaceAll(g.Arg, " ", ""), ",") {
				if !has(c.p.Open.Channels, ch) {
					at("没有“%s”这种提出方式；open 的 channels 是 %s", ch, strings.Join(c.p.Open.Channels, "、"))
				}
			}
		}
	}
}

// field: a guard that looks at one field needs it asked, and of its own type.
func (c *checking) field(g Guard, fields []string, at func(string, ...any)) {
	c.mustAsk(g.Arg, fields, at)
	want := map[string]string{"not-recused": "person", "rows": "text"}[g.Name]
	if t := c.p.Fields[g.Arg].Type; t != want {
		at("%s 看的栏目要是 %s，“%s”不是", g.Name, want, g.Arg)
	}
	if g.Name == "rows" && g.Least <= 0 && g.Upto <= 0 {
		at("rows 要写 least 或者 upto，例如 {rows: members, least: 3, upto: 9}")
	}
	if g.When != "" {
		c.mustAsk(g.When, fields, at)
	}
}

// list are the names in a parameter that takes several, comma separated.
func (g Guard) list() []string { return members(g.Arg) }

func members(s string) []string { return strings.Split(strings.ReplaceAll(s, " ", ""), ",") }

// Fields are the fields that a guard on several names.
func (g Guard) Fields() []string { return g.list() }

// Relations are those that `+"`of`"+` names.
func (g Guard) Relations() []string { return members(g.Of) }

func (c *checking) mustAsk(field string, fields []string, at func(string, ...any)) {
	if !has(fields, field) {
		at("这里要看栏目“%s”，但这一步没有问它；请写进 needs 或者 asks", field)
	}
}

func (c *checking) effects(list []Effect, fields []string, path ...string) {
	at := c.at(path...)
	for _, e := range list {
		if _, ok := effects[e.Name]; !ok {
			at("没有“%s”这个作用；可写 %s", e.Name, strings.Join(keys(effects), "、"))
			continue
		}
		if flag, ok := strings.CutPrefix(e.When, "flag:"); ok {
			c.flag(flag, path...)
		} else if e.When != "" {
			c.mustAsk(e.When, fields, at)
		}
		if e.Against != "" {
			c.relation(e.Against, path...)
		}
		c.recent(e, fields, path...)
		switch e.Name {
		case "flag", "unflag":
			c.flag(or(e.Arg, "（空）"), path...)
			c.entries(e, fields, path...)
			if e.Day != "" {
				c.mustAsk(e.Day, fields, at)
				if c.p.Fields[e.Day].Type != "day" {
					at("“%s”不是一个日期栏目", e.Day)
				}
			}
		case "classify", "split":
			c.mustAsk("class", fields, at)
		case "supervise-linked", "link", "merge":
			c.mustAsk("linked", fields, at)
		case "recuse":
			if e.Arg == "" {
				c.mustAsk("person", fields, at)
			} else if c.relation(e.Arg, path...) && c.p.Relations[e.Arg].Kind != "person" {
				at("回避的要是工作人员（person），“%s”不是", c.p.Relations[e.Arg].Title)
			}
		case "then":
			if a, ok := c.p.Actions[e.Arg]; !ok || !has(a.By, "system") {
				at("这个程序里没有系统可以做的“%s”；请在它的 by 里写 system", e.Arg)
			}
		case "rename":
			c.mustAsk("title", fields, at)
		case "serve":
			c.mustAsk("served_on", fields, at)
			c.mustAsk("served_how", fields, at)
		case "set-clock":
			c.mustAsk("due_on", fields, at)
			c.clockExists(e.Arg, path...)
		case "open":
			c.opens(e, fields, path...)
		case "back":
			c.back(e, path...)
		case "identity":
			if !has([]string{"correct", "erase", "freeze"}, e.Arg) {
				at("identity 只能是 correct、erase 或者 freeze，不是“%s”", e.Arg)
			}
			if c.relation("subject", path...) && c.p.Relations["subject"].Kind != "citizen" {
				at("relations 里的 subject 要是 citizen：它是信息的本人")
			}
			if e.Arg == "correct" && c.p.Relations["corrected"].Kind != "citizen" {
				at("identity: correct 需要 citizen 关系 corrected：正确的信息")
			}
		case "tell":
			c.tell(e, path...)
		}
		if strings.HasPrefix(e.Name, "supervise") && (e.Arg != "" || !has(fields, "trigger")) {
			c.trigger(e.Arg, path...)
		}
	}
}

func (c *checking) trigger(id string, path ...string) {
	if _, ok := c.p.Triggers[id]; !ok {
		c.at(path...)("没有“%s”这个督办事由；请在 triggers 里写上", id)
	}
}

func (c *checking) clockExists(id string, path ...string) bool {
	if _, ok := c.p.Clocks[id]; !ok {
		c.at(path...)("没有“%s”这个期限；请在 clocks 里写上", id)
		return false
	}
	return true
}

func (c *checking) letterExists(id string, path ...string) (Letter, bool) {
	l, ok := c.b.Letter(id, c.p.Profile)
	if !ok {
		c.at(path...)("没有“%s”这种文书；请在 rules/letters 里写 %s.yaml", id, id)
	}
	return l, ok
}

// letter: what a letter must say is asked by its action, or was already asked by one that must have gone before:
// the opening, or another action that serves the same letter.
func (c *checking) letter(id string, a Action) {
	if a.Letter == "" {
		return
	}
	l, ok := c.letterExists(a.Letter, "actions", id, "letter")
	if !ok {
		return
	}
	known := slices.Concat(a.Needs, a.Asks, c.p.Open.Needs)
	for other, x := range c.p.Actions {
		if x.Letter == a.Letter && other != id && len(a.From) > 0 && has(a.From, x.To) {
			known = append(known, x.Needs...)
		}
	}
	for _, f := range l.Needs {
		if !has(known, f) {
			c.at("actions", id, "letter")("《%s》必须写明“%s”，但这一步没有问它；请写进 needs", l.Title, f)
		}
	}
}

func (c *checking) clock(id string, k Clock) {
	at := c.at("clocks", id)
	c.titled(k.Title, k.En, "clocks", id)
	c.cite(k.Cite, k.Grade, "clocks", id)
	if k.Note != "" && k.NoteEn == "" {
		at("有中文说明（note），没有英文说明；请写 note-en")
	}
	if k.Grade == "D" && k.Note == "" {
		at("这个期限不是法律规定（D）；请在 note 里说明是怎么定的")
	}
	c.limit(k, id)
	if k.For != "office" && k.For != "citizen" {
		at("for 要写 office（机关的期限）或者 citizen（群众的期限）")
	}
	c.relation(k.Holder, "clocks", id, "holder")
	c.classes(k.Classes, "clocks", id, "classes")
	c.where(k.Where, "clocks", id, "where")
	if k.Unless != "" && c.p.Fields[k.Unless].Type != "yes" {
		c.at("clocks", id, "unless")("“%s”不是一个勾选栏目", k.Unless)
	}
	if k.NotAfter != "" {
		c.clockExists(k.NotAfter, "clocks", id, "not-after")
	}
	c.starts(id, k)
	for _, p := range k.Pauses {
		c.actionExists(p.From, "clocks", id, "pauses")
		c.actionExists(p.To, "clocks", id, "pauses")
		c.mayCite(p.Cite, "clocks", id, "pauses")
	}
	if len(k.Missed) == 0 {
		at("没有写过期以后怎样；请写 missed，至少写 [light]")
	}
	for _, m := range k.Missed {
		c.missed(id, m)
	}
}

func (c *checking) limit(k Clock, id string) {
	for _, answer := range keys(k.Limits) {
		c.answer(or(k.LimitBy, "（空）"), answer, "clocks", id, "limits")
		if _, err := calendar.ParsePeriod(k.Limits[answer]); err != nil {
			c.at("clocks", id, "limits")("“%s”不是期限；请写成 15日、5个工作日、2小时", k.Limits[answer])
		}
	}
	for _, limit := range k.AllLimits() {
		if p, err := calendar.ParsePeriod(limit); err == nil && p.Unit == calendar.WorkingHours && (len(k.Office) == 0 || k.Note == "") {
			c.at("clocks", id)("按工作小时计算，要写明上班时间（office: 09:00-12:00 14:00-18:00），并在 note 里说明它从哪里来")
		}
	}
	if field, ok := strings.CutPrefix(k.Limit, "field:"); ok {
		if t := c.p.Fields[field].Type; t != "day" && t != "time" && t != "period" {
			c.at("clocks", id, "limit")("“%s”不是一个日期栏目", field)
		}
		for _, s := range k.Starts {
			if s.On == "open" && !has(c.p.Open.Needs, field) {
				c.at("clocks", id, "starts")("“%s”起算这个期限，就必须填“%s”；请写进它的 needs", c.p.Open.Title, field)
			}
			if a, ok := c.p.Actions[s.On]; ok && !has(a.Needs, field) {
				c.at("clocks", id, "starts")("“%s”起算这个期限，就必须填“%s”；请写进它的 needs", a.Title, field)
			}
		}
	} else if _, err := calendar.ParsePeriod(k.Limit); err != nil && k.Limit != "及时" {
		c.at("clocks", id, "limit")("“%s”不是期限；请写成 15日、5个工作日、2小时，或者 及时，或者 field:栏目", k.Limit)
	}
	e := k.Extend
	if e == nil {
		return
	}
	if _, err := calendar.ParsePeriod(e.Upto); err != nil && e.Upto != "limit" {
		c.at("clocks", id, "extend")("“%s”不是可以延长的长度；请写成 30日 这样的文字", e.Upto)
	}
	c.by([]string{e.By}, nil, "clocks", id, "extend")
	if e.Tells != "" {
		c.letterExists(e.Tells, "clocks", id, "extend")
	}
	c.mayCite(e.Cite, "clocks", id, "extend")
	if !slices.ContainsFunc(keys(c.p.Actions), func(a string) bool { return c.p.Actions[a].Extends == id }) {
		c.at("clocks", id, "extend")("可以延长，但没有一个操作延长它；请在某个操作里写 extends: %s", id)
	}
}

func (c *checking) starts(id string, k Clock) {
	if len(k.Starts) == 0 {
		c.at("clocks", id)("没有写从什么时候起算；请写 starts")
	}
	if len(k.Stops) == 0 {
		c.at("clocks", id)("没有写怎样停止；请写 stops")
	}
	for _, s := range k.Starts {
		for _, flag := range s.Latest {
			c.flag(or(flag, "（空）"), "clocks", id, "starts")
		}
		if s.Day != "" && len(s.Latest) > 0 {
			c.at("clocks", id, "starts")("day 和 latest 只能写一个")
		}
		if !c.actionExists(s.On, "clocks", id, "starts") || s.Day == "" {
			continue
		}
		a := c.p.Actions[s.On]
		fields := slices.Concat(a.Needs, a.Asks)
		if s.On == "open" {
			fields = slices.Concat(c.p.Open.Needs, c.p.Open.Asks)
		}
		c.mustAsk(s.Day, fields, c.at("clocks", id, "starts"))
		if c.p.Fields[s.Day].Type != "day" {
			c.at("clocks", id, "starts")("“%s”不是一个日期栏目", s.Day)
		}
	}
	for _, s := range k.Stops {
		c.actionExists(s, "clocks", id, "stops")
	}
}

func (c *checking) actionExists(id string, path ...string) bool {
	if _, ok := c.p.Actions[id]; !ok && id != "open" {
		c.at(path...)("没有“%s”这个操作；请在 actions 里写上", id)
		return false
	}
	return true
}

func (c *checking) missed(id string, m Consequence) {
	at := []string{"clocks", id, "missed"}
	switch m.Name {
	case "light":
	case "bar":
		if !slices.ContainsFunc(keys(c.p.Actions), func(a string) bool { return c.p.Actions[a].Within == id }) {
			c.at(at...)("过期阻止（bar）什么？没有一个操作写着 within: %s", id)
		}
	case "supervise":
		c.trigger(m.Arg, at...)
		if m.Against != "" {
			c.relation(m.Against, at...)
		}
	case "do":
		if c.actionExists(m.Arg, at...) && !has(c.p.Actions[m.Arg].By, "system") {
			c.at(at...)("过期由系统做“%s”，但它的 by 里没有 system", c.p.Actions[m.Arg].Title)
		}
	default:
		c.at(at...)("没有“%s”这种后果；可写 light、bar、supervise、do", m.Name)
	}
}
