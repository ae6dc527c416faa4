package procedure

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/people/org"
)

// Check proves every procedure, in the national text and in every profile over it, and tells all faults.
// A fault that the national text already has is told once, without a profile's name.
func (b *Book) Check() []Fault {
	var all Faults
	for _, p := range b.procedures {
		national := b.checkOne(p)
		all = append(all, national...)
		for _, id := range keys(b.profiles) {
			if b.refused[id] || !b.touches(id, p.ID) {
				continue
			}
			q, err := b.in(p, id)
			if err != nil {
				continue
			}
			for _, f := range b.checkOne(q) {
				if !slices.Contains(national, f) {
					all = append(all, b.inProfile(f, p, id))
				}
			}
		}
	}
	for _, id := range keys(b.letters) {
		all = append(all, b.checkLetter(b.letters[id])...)
	}
	return append(all, b.checkRates()...).sorted()
}

func (b *Book) touches(profile, proc string) bool {
	for _, x := range b.chain(profile) {
		if _, ok := x.Procedures[proc]; ok || len(x.Letters) > 0 {
			return true
		}
	}
	return false
}

// Changes reports whether the profile, or one that it lies over, says anything of the procedure or of its letters.
func (b *Book) Changes(profile string, p *Procedure) bool {
	for _, x := range b.chain(profile) {
		if _, ok := x.Procedures[p.ID]; ok || slices.ContainsFunc(keys(x.Letters), p.serves) {
			return true
		}
	}
	return false
}

// inProfile lays a fault that only the profile brings in at the profile's door.
func (b *Book) inProfile(f Fault, p *Procedure, profile string) Fault {
	s := b.sources["profiles/"+profile]
	f.File = s.file
	f.Line = s.line(append([]string{"procedures", p.ID}, strings.Split(f.Where, ".")...)...)
	f.Where = "procedures." + p.ID + "." + f.Where
	return f
}

// checking is the proof of one procedure in one profile.
type checking struct {
	b      *Book
	p      *Procedure
	s      *source
	faults Faults
}

func (b *Book) checkOne(p *Procedure) Faults {
	c := &checking{b: b, p: p, s: b.sources[p.ID+"@"+string(p.From)]}
	c.header()
	c.parties()
	c.fields()
	c.opening()
	for _, id := range keys(p.States) {
		c.state(id, p.States[id])
	}
	for _, id := range keys(p.Actions) {
		c.action(id, p.Actions[id])
	}
	for _, id := range keys(p.Clocks) {
		c.clock(id, p.Clocks[id])
	}
	c.graph()
	return c.faults.sorted()
}

// at starts a fault at a path of the file.
func (c *checking) at(path ...string) func(text string, args ...any) {
	return func(text string, args ...any) { c.faults = append(c.faults, c.s.fault(path, text, args...)) }
}

func (c *checking) titled(title, en string, path ...string) {
	if strings.TrimSpace(title) == "" {
		c.at(path...)("没有中文名称；请写 title")
	}
	if strings.TrimSpace(en) == "" {
		c.at(path...)("没有英文名称；请写 en")
	}
}

func (c *checking) header() {
	p := c.p
	c.titled(p.Title, p.En, "title")
	if !strings.Contains(p.Number, "{n}") || !strings.Contains(p.Number, "{year}") {
		c.at("number")("编号要含 {year} 和 {n}，例如 LX{year}-{n}")
	}
	if p.Public && (p.Private || p.Submitter() != "" || c.sealedAmong(nil)) {
		c.at("public")("公开的程序里不能有密封的类别，也不能由群众提出")
	}
	if _, ok := c.law(p.Law); !ok {
		c.at("law")("法规库里没有“%s”；请先在 rules/laws 里登记", p.Law)
	}
	if p.To != "" {
		if _, err := calendar.ParseDay(string(p.To)); err != nil || p.To < p.From {
			c.at("to")("to 要写成不早于 from 的日期，例如 2030-12-31")
		}
	}
	for _, id := range keys(p.Classes) {
		c.titled(p.Classes[id].Title, p.Classes[id].En, "classes", id)
		c.cite(p.Classes[id].Cite, p.Classes[id].Grade, "classes", id)
		c.by(p.Classes[id].By, []string{id}, "classes", id, "by")
	}
	for _, id := range keys(p.Flags) {
		c.titled(p.Flags[id].Title, p.Flags[id].En, "flags", id)
	}
	for _, id := range keys(p.Triggers) {
		c.titled(p.Triggers[id].Title, p.Triggers[id].En, "triggers", id)
		c.cite(p.Triggers[id].Cite, p.Triggers[id].Grade, "triggers", id)
	}
	seen := map[string]bool{}
	for i, phase := range p.Path {
		c.titled(phase.Title, phase.En, "path")
		if seen[phase.ID] || phase.ID == "" {
			c.at("path")("主线第%d站的 id “%s”空着或者重复", i+1, phase.ID)
		}
		seen[phase.ID] = true
	}
}

func (c *checking) parties() {
	for _, id := range keys(c.p.Relations) {
		r := c.p.Relations[id]
		c.titled(r.Title, r.En, "relations", id)
		if !has([]string{"org", "person", "citizen"}, r.Kind) {
			c.at("relations", id)("kind 要写 org（机关）、person（工作人员）或者 citizen（群众），不是“%s”", r.Kind)
		}
		if r.Of != "" {
			c.relation(r.Of, "relations", id, "of")
		}
		if r.Submit && (r.Kind != "citizen" || id != c.p.Submitter()) {
			c.at("relations", id)("submit 只能写在一种群众（citizen）关系上")
		}
		if r.Apart && r.Kind != "citizen" {
			c.at("relations", id)("apart 只能写在群众（citizen）关系上")
		}
		if r.Denied {
			c.cite(r.Cite, r.Grade, "relations", id)
		}
	}
}

var fieldTypes = []string{"line", "text", "day", "time", "period", "int", "choice", "yes", "org", "person", "citizen", "place", "matter", "entry"}

func (c *checking) fields() {
	for _, id := range keys(c.p.Fields) {
		f := c.p.Fields[id]
		at := c.at("fields", id)
		c.titled(f.Title, f.En, "fields", id)
		if !has(fieldTypes, f.Type) {
			at("没有“%s”这种栏目；type 要写 %s 之一", f.Type, strings.Join(fieldTypes, "、"))
		}
		if f.Help != "" && f.HelpEn == "" {
			at("有中文说明，没有英文说明；请写 help-en")
		}
		for _, k := range f.Kinds {
			if !org.Kind(k).Valid() || f.Type != "org" {
				at("没有“%s”这种机关，或者这个栏目填的不是机关", k)
			}
		}
		if f.Meets != "" && (f.Type != "time" || c.p.Fields[f.Meets].Type != "line") {
			at("meets 只能写在时间栏目上，后面是写明地点的单行栏目")
		}
		for _, other := range f.Offers {
			if t := c.p.Fields[other].Type; t != "line" && t != "text" || f.Type != "line" && f.Type != "text" {
				at("offers 只能从文字栏目取，放进文字栏目；“%s”不行", other)
			}
		}
		if f.Local && f.Type != "choice" {
			at("local 只能写在选择题上：它的选项由地方规则来写")
		}
		if f.Type == "choice" && len(f.Options) == 0 && !f.Local {
			at("选择题没有选项；请写 options")
		}
		for _, o := range f.Order {
			if _, ok := f.Options[o]; !ok {
				at("order 里的“%s”不在 options 里", o)
			}
		}
		for _, o := range keys(f.Options) {
			c.titled(f.Options[o].Title, f.Options[o].En, "fields", id, "options", o)
			if len(f.Order) > 0 && !has(f.Order, o) {
				at("选项“%s”没有排进 order，页面上会看不到", o)
			}
			c.mayCite(f.Options[o].Cite, "fields", id, "options", o)
			c.implied(f.Options[o].Implies, "fields", id, "options", o)
		}
		c.mayCite(f.Cite, "fields", id)
	}
}

func (c *checking) opening() {
	o := c.p.Open
	c.titled(o.Title, o.En, "open")
	c.cite(o.Cite, o.Grade, "open")
	c.stateExists(o.To, "open", "to")
	if len(o.By) == 0 {
		c.at("open")("没有写谁可以提出；请写 by: [anyone] 或者某种职责")
	}
	c.by(o.By, nil, "open", "by")
	c.initiators(o.Initiators)
	c.asked(o.Needs, o.Asks, "open")
	c.sets(o.Sets, slices.Concat(o.Needs, o.Asks), "open", "sets")
	c.guards(o.Guards, slices.Concat(o.Needs, o.Asks), "open", "guards")
	c.effects(o.Effects, slices.Concat(o.Needs, o.Asks), "open", "effects")
}

func (c *checking) initiators(list []Initiator) {
	for _, i := range list {
		path := []string{"open", "initiators"}
		c.titled(i.Title, i.En, path...)
		c.cite(i.Cite, i.Grade, path...)
		if len(i.Kinds) == 0 || len(i.Powers) == 0 {
			c.at(path...)("请写明哪种机关（kinds）、哪种职责（powers）可以提出")
		}
		for _, k := range i.Kinds {
			if !org.Kind(k).Valid() {
				c.at(path...)("没有“%s”这种机关", k)
			}
		}
		for _, p := range i.Powers {
			if !has(powers, p) {
				c.at(path...)("没有“%s”这种职责；可写 %s", p, strings.Join(powers, "、"))
			}
		}
		for _, f := range keys(i.Only) {
			c.answer(f, i.Only[f], path...)
		}
	}
}

// answer: the field is a choice, or the class, and has that answer.
func (c *checking) answer(field, value string, path ...string) {
	if field == "class" {
		c.classes([]string{value}, path...)
		return
	}
	f, ok := c.p.Fields[field]
	if !ok || f.Type != "choice" {
		c.at(path...)("“%s”不是一道选择题", field)
	} else if _, ok := f.Options[value]; !ok {
		c.at(path...)("“%s”没有“%s”这个选项", f.Title, value)
	}
}

func (c *checking) state(id string, s State) {
	at := c.at("states", id)
	c.titled(s.Title, s.En, "states", id)
	c.cite(s.Cite, s.Grade, "states", id)
	if s.Phase != "" && !slices.ContainsFunc(c.p.Path, func(p Phase) bool { return p.ID == s.Phase }) {
		at("主线（path）上没有“%s”这一站", s.Phase)
	}
	switch {
	case s.Final && s.Holder != "":
		at("已经终结的状态不需要有人再办；请删去 holder")
	case !s.Final && s.Holder == "":
		at("没有写由谁办下一步；请写 holder")
	case s.Holder != "":
		c.relation(s.Holder, "states", id, "holder")
	}
}

func (c *checking) stateExists(id string, path ...string) bool {
	if _, ok := c.p.States[id]; !ok {
		c.at(path...)("没有“%s”这个状态；请在 states 里写上，或者改成已有的状态", id)
		return false
	}
	return true
}

func (c *checking) relation(id string, path ...string) bool {
	r, ok := c.p.Relations[id]
	if !ok {
		c.at(path...)("没有“%s”这种关系；请在 relations 里写上，或者改成已有的关系", id)
		return false
	}
	if r.Denied && path[len(path)-1] != "sets" && path[len(path)-1] != "of" {
		c.at(path...)("%s是不得知情的一方，不能在这里出现", r.Title)
	}
	return true
}

// cite: everything that binds someone names its article, and how well that is founded.
func (c *checking) cite(cite string, grade Grade, path ...string) {
	if cite == "" {
		c.at(path...)("没有引条文；请写 cite，例如 cite: 第三十四条")
		return
	}
	if !has([]string{"A", "B", "C", "D"}, string(grade)) {
		c.at(path...)("没有写依据的可靠程度；请写 grade: A、B、C 或者 D（D 是本系统的设置，不是法律规定）")
	}
	c.mayCite(cite, path...)
}

func (c *checking) mayCite(cite string, path ...string) {
	if cite == "" {
		return
	}
	if why := c.b.citeFault(c.p.Cite(cite), c.p.From); why != "" {
		c.at(append(path, "cite")...)("%s", why)
	}
}

func (c *checking) law(name string) (*law.Law, bool) {
	if c.b.laws == nil {
		return nil, true
	}
	return c.b.laws.Law(name, c.p.From)
}

// citeFault says why the citation does not stand on the day; "" when it does.
func (b *Book) citeFault(cite string, on calendar.Day) string {
	if b.laws == nil {
		return ""
	}
	_, err := b.resolve(cite, on)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, law.ErrForm):
		return fmt.Sprintf("“%s”不是条文；请写成 第三十四条 或者 民法典第二百零三条", cite)
	case errors.Is(err, law.ErrNoLaw):
		return fmt.Sprintf("法规库里没有“%s”所引的法规；请先在 rules/laws 里登记", cite)
	case errors.Is(err, law.ErrNotInForce):
		return fmt.Sprintf("“%s”在%s没有生效；请引当日有效的法规", cite, on)
	}
	return fmt.Sprintf("法规库里没有“%s”这一条；请核对条、款、项", cite)
}

// resolve finds the article as of the day on which the procedure began, or as of the day on which the statute
// came into force where that was later: a procedure may outlive a change in what it cites beside its own law.
func (b *Book) resolve(cite string, on calendar.Day) (law.Citation, error) {
	found, err := b.laws.Resolve(cite, on)
	if !errors.Is(err, law.ErrNotInForce) {
		return found, err
	}
	name, _, perr := law.ParseCite(cite)
	if perr != nil {
		return found, err
	}
	for _, l := range b.laws.Laws() {
		if (l.ID == name || l.Title == name) && l.From > on {
			return b.laws.Resolve(cite, l.From)
		}
	}
	return found, err
}

var blank = regexp.MustCompile(`\{([a-z0-9_-]+)\}`)

// ready are the names that a letter may use beside fields.
var ready = []string{"petitioner", "parties", "number", "title", "opened", "place", "class", "body", "today", "due"}

func (b *Book) checkLetter(l Letter) (faults Faults) {
	s := b.sources["letters/"+l.ID]
	say := func(at, text string, args ...any) { faults = append(faults, s.fault([]string{at}, text, args...)) }
	if l.Title == "" || l.En == "" {
		say("title", "请写 title 和 en")
	}
	if !strings.Contains(l.Number, "{n}") {
		say("number", "文号要含 {n}，例如 信复〔{year}〕{n}号")
	}
	if len(l.Body) == 0 {
		say("body", "文书没有正文")
	}
	fields, parties, from := map[string]bool{}, map[string]bool{}, calendar.Day("")
	for _, p := range b.procedures {
		if !p.serves(l.ID) {
			continue
		}
		from = max(from, p.From)
		for f := range p.Fields {
			fields[f] = true
		}
		for r := range p.Relations {
			parties[r] = true
		}
	}
	if from == "" {
		return faults // no action serves it: there is nothing to prove
	}
	if !parties[l.To] {
		say("to", "没有“%s”这种关系，文书送不到", l.To)
	}
	for _, f := range l.Needs {
		if !fields[f] {
			say("needs", "没有“%s”这个栏目", f)
		}
	}
	for _, paragraph := range l.Body {
		for _, m := range blank.FindAllStringSubmatch(paragraph, -1) {
			if !fields[m[1]] && !has(ready, m[1]) {
				say("body", "正文里的 {%s} 不是栏目，也不是现成的名称（%s）", m[1], strings.Join(ready, "、"))
			}
		}
	}
	if l.Cite == "" {
		say("id", "没有引条文；请写 cite")
	} else if why := b.citeFault(l.Cite, from); why != "" {
		say("cite", "%s", why)
	}
	return faults
}

func (p *Procedure) serves(letter string) bool {
	for _, a := range p.Actions {
		if a.Letter == letter {
			return true
		}
	}
	for _, c := range p.Clocks {
		if c.Extend != nil && c.Extend.Tells == letter {
			return true
		}
	}
	return false
}
