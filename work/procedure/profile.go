package procedure

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"jishi/base/calendar"
)

// Profile is what a province, a city or a county changes. It may be stricter on offices and kinder to
// citizens, never the reverse.
type Profile struct {
	ID         string                   `yaml:"id"`
	Title      string                   `yaml:"title"`
	En         string                   `yaml:"en"`
	Over       string                   `yaml:"over"`   // the profile it lies over; "" the national text
	Level      string                   `yaml:"level"`  // province, city, county
	Region     string                   `yaml:"region"` // 12-digit division code
	Legacy     bool                     `yaml:"legacy"` // from a text older than the national one
	Verify     bool                     `yaml:"verify"` // to be checked against the text in force before use
	Note       string                   `yaml:"note"`
	NoteEn     string                   `yaml:"note-en"`
	Procedures map[string]Overlay       `yaml:"procedures"`
	Letters    map[string]LetterOverlay `yaml:"letters"`
	Rates      map[string]RateOverlay   `yaml:"rates"`
}

// Overlay is what a profile changes in one procedure.
type Overlay struct {
	Clocks  map[string]ClockOverlay  `yaml:"clocks"`
	Actions map[string]ActionOverlay `yaml:"actions"`
	States  map[string]StateOverlay  `yaml:"states"`
	Fields  map[string]FieldOverlay  `yaml:"fields"`
	Open    OpeningOverlay           `yaml:"open"`

	// What a profile may never touch can be written, so that the refusal can say why.
	Classes   map[string]ClassOverlay    `yaml:"classes"`
	Relations map[string]RelationOverlay `yaml:"relations"`
}

// FieldOverlay names the answers of a choice that the national text leaves to the place.
type FieldOverlay struct {
	Options map[string]Option `yaml:"options"`
	Order   []string          `yaml:"order"`
	Grade   Grade             `yaml:"grade"`
	Note    string            `yaml:"note"`
	NoteEn  string            `yaml:"note-en"`
}

// OpeningOverlay asks more of an opening, and says who brings a matter in where the national text leaves that open.
type OpeningOverlay struct {
	Initiators []Initiator `yaml:"initiators"`
	Needs      []string    `yaml:"needs"`
	Asks       []string    `yaml:"asks"`
	Guards     []Guard     `yaml:"guards"`
}

// ClockOverlay changes a limit.
type ClockOverlay struct {
	Limit   string               `yaml:"limit"`
	LimitBy string               `yaml:"limit-by"`
	Limits  map[string]string    `yaml:"limits"`
	Office  calendar.OfficeHours `yaml:"office"`
	Extend  string               `yaml:"extend"` // how far it may be lengthened in all
	Rolls   *bool                `yaml:"rolls"`
	Cite    string               `yaml:"cite"`
	Grade   Grade                `yaml:"grade"`
	Note    string               `yaml:"note"`
	NoteEn  string               `yaml:"note-en"`
}

// ActionOverlay asks more of an action. A guard of the same name and argument as one of the national text
// takes its place, and may only be narrower.
type ActionOverlay struct {
	Title  string   `yaml:"title"`
	En     string   `yaml:"en"`
	Needs  []string `yaml:"needs"`
	Asks   []string `yaml:"asks"`
	Guards []Guard  `yaml:"guards"`
	Drop   []string `yaml:"drop"` // guards left out: always refused
	By     []string `yaml:"by"`   // always refused: who may act is not for a profile
}

// StateOverlay renames a state.
type StateOverlay struct {
	Title string `yaml:"title"`
	En    string `yaml:"en"`
}

// ClassOverlay is always refused when it opens what is sealed.
type ClassOverlay struct {
	Sealed *bool `yaml:"sealed"`
}

// RelationOverlay is always refused when it lets a denied party see.
type RelationOverlay struct {
	Denied *bool `yaml:"denied"`
}

// LetterOverlay asks more of a letter.
type LetterOverlay struct {
	Needs []string `yaml:"needs"`
	Body  []string `yaml:"body"` // paragraphs added at the end
	Drop  []string `yaml:"drop"` // fields left out: always refused
	Cite  string   `yaml:"cite"`
}

func (o LetterOverlay) over(l Letter) Letter {
	l.Needs = union(l.Needs, o.Needs)
	l.Body = append(slices.Clone(l.Body), o.Body...)
	if o.Cite != "" {
		l.Cite = o.Cite
	}
	return l
}

func (b *Book) readProfiles(files fs.FS) (faults Faults) {
	names, _ := fs.Glob(files, "profiles/*.yaml")
	for _, name := range names {
		x := &Profile{}
		s, bad := decode(files, name, x)
		faults = append(faults, bad...)
		if s == nil {
			continue
		}
		if path.Base(name) != x.ID+".yaml" {
			faults = append(faults, s.fault([]string{"id"}, "文件名与内容不符：文件应当叫 %s.yaml", x.ID))
		}
		if x.Title == "" || x.En == "" {
			faults = append(faults, s.fault([]string{"title"}, "请写 title 和 en"))
		}
		b.profiles[x.ID] = x
		b.sources["profiles/"+x.ID] = s
	}
	for _, id := range keys(b.profiles) {
		x := b.profiles[id]
		if x.Over != "" && b.profiles[x.Over] == nil {
			faults = append(faults, b.sources["profiles/"+id].fault([]string{"over"}, "没有“%s”这个地方规则", x.Over))
			x.Over = ""
		}
		if b.circular(id) {
			faults = append(faults, b.sources["profiles/"+id].fault([]string{"over"}, "地方规则不能叠在自己上面"))
			x.Over = ""
		}
	}
	return faults
}

func (b *Book) circular(id string) bool {
	seen := map[string]bool{}
	for x := b.profiles[id]; x != nil; x = b.profiles[x.Over] {
		if seen[x.ID] {
			return true
		}
		seen[x.ID] = true
	}
	return false
}

// chain is the profile and those it lies over, the widest first.
func (b *Book) chain(profile string) []*Profile {
	var list []*Profile
	for x := b.profiles[profile]; x != nil; x = b.profiles[x.Over] {
		list = append([]*Profile{x}, list...)
	}
	return list
}

// lay makes the procedure as it stands in the profile. The national text is not touched.
func (b *Book) lay(p *Procedure, profile string) *Procedure {
	q := *p
	q.Profile = profile
	q.Clocks, q.Actions, q.States, q.Fields = maps.Clone(p.Clocks), maps.Clone(p.Actions), maps.Clone(p.States), maps.Clone(p.Fields)
	texts := [][]byte{b.sources[p.Key()].text}
	for _, x := range b.chain(profile) {
		x.Procedures[p.ID].over(&q)
		texts = append(texts, b.sources["profiles/"+x.ID].text)
	}
	q.Hash = hash(texts...)
	return &q
}

func (o Overlay) over(q *Procedure) {
	for id, x := range o.States {
		s, ok := q.States[id]
		if !ok {
			continue
		}
		s.Title, s.En = or(x.Title, s.Title), or(x.En, s.En)
		q.States[id] = s
	}
	for id, x := range o.Actions {
		a, ok := q.Actions[id]
		if !ok {
			continue
		}
		a.Title, a.En = or(x.Title, a.Title), or(x.En, a.En)
		a.Needs, a.Guards = union(a.Needs, x.Needs), tighten(a.Guards, x.Guards)
		a.Asks = without(union(a.Asks, x.Asks), a.Needs)
		q.Actions[id] = a
	}
	for id, x := range o.Fields {
		if f, ok := q.Fields[id]; ok && f.Local {
			f.Options, f.Order = x.Options, x.Order
			f.Grade, f.Note, f.NoteEn = Grade(or(string(x.Grade), string(f.Grade))), or(x.Note, f.Note), or(x.NoteEn, f.NoteEn)
			q.Fields[id] = f
		}
	}
	q.Open.Needs = union(q.Open.Needs, o.Open.Needs)
	q.Open.Asks = without(union(q.Open.Asks, o.Open.Asks), q.Open.Needs)
	q.Open.Guards = tighten(q.Open.Guards, o.Open.Guards)
	if len(o.Open.Initiators) > 0 {
		q.Open.Initiators = o.Open.Initiators
	}
	for id, x := range o.Clocks {
		if c, ok := q.Clocks[id]; ok {
			q.Clocks[id] = x.over(c)
		}
	}
}

func (x ClockOverlay) over(c Clock) Clock {
	c.Limit, c.Cite, c.Note, c.NoteEn = or(x.Limit, c.Limit), or(x.Cite, c.Cite), or(x.Note, c.Note), or(x.NoteEn, c.NoteEn)
	c.Grade = Grade(or(string(x.Grade), string(c.Grade)))
	c.LimitBy = or(x.LimitBy, c.LimitBy)
	if len(x.Limits) > 0 {
		c.Limits = x.Limits
	}
	if len(x.Office) > 0 {
		c.Office = x.Office
	}
	if x.Rolls != nil {
		c.Rolls = *x.Rolls
	}
	if x.Extend != "" {
		var e Extend
		if c.Extend != nil {
			e = *c.Extend
		}
		e.Upto = x.Extend
		c.Extend = &e
	}
	return c
}

// same: two guards say the same thing about the same thing, if perhaps with another limit.
func (g Guard) same(h Guard) bool {
	return g.Name == h.Name && g.Arg == h.Arg && g.When == h.When && g.Upto == h.Upto
}

func tighten(guards, more []Guard) []Guard {
	list := slices.Clone(guards)
	for _, g := range more {
		if i := slices.IndexFunc(list, g.same); i >= 0 {
			list[i] = g
		} else {
			list = append(list, g)
		}
	}
	return list
}

// refuseHarsher compares every profile with what it lies over.
func (b *Book) refuseHarsher() (faults Faults) {
	for _, id := range keys(b.profiles) {
		x, s := b.profiles[id], b.sources["profiles/"+id]
		for _, proc := range keys(x.Procedures) {
			found := false
			for _, p := range b.procedures {
				if p.ID == proc {
					found = true
					base, err := b.in(p, x.Over)
					if err == nil {
						faults = append(faults, b.harsher(s, base, x.Procedures[proc])...)
					}
				}
			}
			if !found {
				faults = append(faults, s.fault([]string{"procedures", proc}, "没有“%s”这个程序", proc))
			}
		}
		for _, letter := range keys(x.Letters) {
			at := []string{"letters", letter}
			l, ok := b.Letter(letter, x.Over)
			if !ok {
				faults = append(faults, s.fault(at, "没有“%s”这种文书", letter))
			}
			if drop := x.Letters[letter].Drop; len(drop) > 0 {
				faults = append(faults, s.fault(append(at, "drop"), "地方规则不能去掉《%s》必须写明的内容（%s）；请删去这一项", l.Title, strings.Join(drop, "、")))
			}
		}
	}
	return faults
}

func (b *Book) harsher(s *source, base *Procedure, o Overlay) (faults Faults) {
	say := func(text string, args ...any) func(at ...string) {
		return func(at ...string) {
			faults = append(faults, s.fault(append([]string{"procedures", base.ID}, at...), text, args...))
		}
	}
	for _, id := range keys(o.Classes) {
		if c, ok := base.Classes[id]; !ok {
			say("没有“%s”这一类", id)("classes", id)
		} else if v := o.Classes[id].Sealed; v != nil && c.Sealed && !*v {
			say("不能把密封的%s类事项公开；地方规则不得扩大可以看到的范围", c.Title)("classes", id, "sealed")
		}
	}
	for _, id := range keys(o.Relations) {
		if r, ok := base.Relations[id]; !ok {
			say("没有“%s”这种关系", id)("relations", id)
		} else if v := o.Relations[id].Denied; v != nil && r.Denied && !*v {
			say("不能让%s看到密封的事项；地方规则不得扩大可以看到的范围", r.Title)("relations", id, "denied")
		}
	}
	for _, id := range keys(o.States) {
		if _, ok := base.States[id]; !ok {
			say("没有“%s”这个状态", id)("states", id)
		}
	}
	for _, id := range keys(o.Fields) {
		if f, ok := base.Fields[id]; !ok {
			say("没有“%s”这个栏目", id)("fields", id)
		} else if !f.Local {
			say("“%s”的选项由国家规定，地方规则不能改", f.Title)("fields", id)
		}
	}
	if len(o.Open.Initiators) > 0 && len(base.Open.Initiators) == 0 {
		say("谁可以“%s”由国家规定，地方规则不能改", base.Open.Title)("open", "initiators")
	}
	for _, why := range wider(base.Open.Title, base.Open.Guards, o.Open.Guards) {
		say("%s", why)("open", "guards")
	}
	for _, id := range keys(o.Actions) {
		a, ok := base.Actions[id]
		if !ok {
			say("没有“%s”这个操作", id)("actions", id)
			continue
		}
		for _, what := range harsherAction(a, o.Actions[id]) {
			say("%s", what[1])("actions", id, what[0])
		}
	}
	for _, id := range keys(o.Clocks) {
		c, ok := base.Clocks[id]
		if !ok {
			say("没有“%s”这个期限", id)("clocks", id)
			continue
		}
		for _, what := range b.harsherClock(c, o.Clocks[id].over(c), o.Clocks[id]) {
			say("%s", what[1])("clocks", id, what[0])
		}
	}
	return faults
}

// harsherAction gives the key and the reason of each thing that may not be changed so.
func harsherAction(a Action, x ActionOverlay) (whats [][2]string) {
	if len(x.Drop) > 0 {
		whats = append(whats, [2]string{"drop", fmt.Sprintf("不能去掉“%s”的条件（%s）", a.Title, strings.Join(x.Drop, "、"))})
	}
	if len(x.By) > 0 {
		whats = append(whats, [2]string{"by", fmt.Sprintf("谁可以“%s”由国家规定，地方规则不能改", a.Title)})
	}
	for _, why := range wider(a.Title, a.Guards, x.Guards) {
		whats = append(whats, [2]string{"guards", why})
	}
	return whats
}

// wider says which limits a profile's guards would loosen.
func wider(title string, guards, more []Guard) (whys []string) {
	for _, g := range more {
		i := slices.IndexFunc(guards, g.same)
		if i >= 0 && guards[i].Limit > 0 && g.Limit > guards[i].Limit {
			whys = append(whys, fmt.Sprintf("“%s”的上限是%d，地方规则不能放宽到%d", title, guards[i].Limit, g.Limit))
		}
	}
	return whys
}

// harsherClock compares a changed limit with the one it replaces, on every day of the published calendars.
func (b *Book) harsherClock(base, c Clock, x ClockOverlay) (whats [][2]string) {
	if x.Extend != "" {
		if why := longerExtension(base, c); why != "" {
			whats = append(whats, [2]string{"extend", why})
		}
	}
	if x.Limit == "" && x.Rolls == nil && len(x.Limits) == 0 {
		return whats
	}
	if x.Limit != "" || x.Rolls != nil {
		at := "limit"
		if x.Limit == "" {
			at = "rolls"
		}
		whats = append(whats, b.harsherLimit(base, c, base.Limit, c.Limit, at)...)
	}
	for _, k := range keys(x.Limits) {
		whats = append(whats, b.harsherLimit(base, c, or(base.Limits[k], base.Limit), x.Limits[k], "limits")...)
	}
	return whats
}

// harsherLimit compares one limit with the one it replaces.
func (b *Book) harsherLimit(base, c Clock, before, after, at string) (whats [][2]string) {
	was, err := calendar.ParsePeriod(before)
	if err != nil {
		if before != after && before != "及时" {
			whats = append(whats, [2]string{at, fmt.Sprintf("“%s”由办理机关逐件指定，地方规则不能改成固定的天数", base.Title)})
		}
		return whats
	}
	now, err := calendar.ParsePeriod(after)
	if err != nil {
		return append(whats, [2]string{at, fmt.Sprintf("“%s”不是期限；请写成 15日、5个工作日这样的文字", after)})
	}
	if b.calendar == nil {
		return whats
	}
	first, last := b.days()
	for day := first; day <= last; day = day.Add(1) {
		a := b.calendar.Due(day.Start(), calendar.Rule{Period: was, Roll: base.Rolls, Office: base.Office})
		z := b.calendar.Due(day.Start(), calendar.Rule{Period: now, Roll: c.Rolls, Office: c.Office})
		if base.For == "citizen" && z.At.Before(a.At) {
			return append(whats, [2]string{at, fmt.Sprintf("缩短了群众的%s：%s起算，国家规定到%s，这里只到%s；群众的期限只能更长", base.Title, day, a.Day, z.Day)})
		}
		if base.For != "citizen" && z.At.After(a.At) {
			return append(whats, [2]string{at, fmt.Sprintf("延长了机关的%s：%s起算，国家规定到%s，这里到%s；机关的期限只能更短", base.Title, day, a.Day, z.Day)})
		}
	}
	return whats
}

func longerExtension(base, c Clock) string {
	if base.Extend == nil || base.Extend.Upto == "" {
		return fmt.Sprintf("国家规定的%s不能延长，地方规则不能加上延长%s", base.Title, c.Extend.Upto)
	}
	was, err1 := calendar.ParsePeriod(base.Extend.Upto)
	now, err2 := calendar.ParsePeriod(c.Extend.Upto)
	if err1 != nil || err2 != nil || was.Unit != now.Unit {
		return fmt.Sprintf("延长要用和国家规定一样的单位写（%s）", base.Extend.Upto)
	}
	if now.N > was.N {
		return fmt.Sprintf("%s最多延长%s，地方规则不能延长到%s", base.Title, base.Extend.Upto, c.Extend.Upto)
	}
	return ""
}

// days are the first and last day of the published calendars.
func (b *Book) days() (first, last calendar.Day) {
	years := b.calendar.Years()
	if len(years) == 0 {
		return "2024-01-01", "2024-12-31"
	}
	low, high := years[0].Year, years[0].Year
	for _, y := range years {
		low, high = min(low, y.Year), max(high, y.Year)
	}
	return calendar.Day(fmt.Sprintf("%04d-01-01", low)), calendar.Day(fmt.Sprintf("%04d-12-31", high))
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func union(a, b []string) []string {
	list := slices.Clone(a)
	for _, s := range b {
		if !has(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func without(list, drop []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return has(drop, s) })
}
