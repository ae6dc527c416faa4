package matter

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/procedure"
)

// Engine decides: given the rules, the offices and the calendar, what an action changes, or why it is refused.
// It reads no clock and no database; everything it needs comes in as an argument.
type Engine struct {
	Book     *procedure.Book
	Offices  Offices
	Calendar func() *calendar.Calendar
}

// Press is one action that somebody takes.
type Press struct {
	Action string
	With   map[string]string // what was said under each field; a body, a person, a matter by ID
	Files  []File
	By     actor.Actor
	At     time.Time
	Second string // the person who agreed, where two must do it; "" nobody

	// From is the matter that an opening was brought about by; nil where somebody brought it in.
	From *Matter
	// Step is the press on From that brought the opening about: whoever took it acts here as well, under Body.
	Step *Press
	Body string
	// Linked is the matter that the field "linked" names; nil when none, or none that the actor may know.
	Linked *Matter
	// Letter gives the next number of a body's letters of a kind; the store lends it.
	Letter func(kind, body string) (string, error)
	// Alike gives the numbers of other matters that are like this one; the store lends it.
	Alike func(Alike) ([]string, error)
}

// who took the step: of an opening that another matter's step brought about, whoever took that step.
func (p Press) who() actor.Actor {
	if p.Step != nil {
		return p.Step.By
	}
	return p.By
}

// Follow is an act on another matter that an action brings about, in the same transaction.
type Follow struct {
	Effect  procedure.Effect
	Ground  string // of a supervision
	Against string // the body supervised
}

// Decide says what the press changes in m, and what it brings about elsewhere. It refuses with a sentence
// that names the cause, the article and the way out; nothing is written.
func (e *Engine) Decide(m *Matter, press Press) (Change, []Follow, error) {
	p := e.rules(m)
	a, ok := p.Actions[press.Action]
	if !ok {
		return Change{}, nil, words.Refuse(words.NotFound, "no-such-action", "没有“{action}”这一步。", "action", press.Action)
	}
	body, err := e.allowed(m, p, a, press)
	if err != nil {
		return Change{}, nil, err
	}
	if err := e.checkFields(p, a.Needs, a.Asks, press.With); err != nil {
		return Change{}, nil, err
	}
	if err := entriesOf(m, p, a, press); err != nil {
		return Change{}, nil, err
	}
	if err := e.inTime(m, p, a, press); err != nil {
		return Change{}, nil, err
	}
	for _, g := range a.Guards {
		if err := e.guard(m, p, g, a.Cite, body, press); err != nil {
			return Change{}, nil, err
		}
	}
	c := e.change(m, p, press, body, a.To, a.Cite)
	c.Post = post(press.By, body)
	if err := e.sets(m, a.Sets, body, press, c.Set); err != nil {
		return Change{}, nil, err
	}
	follows := e.effects(m, p, a.Effects, press, &c)
	if err := e.finish(m, p, press, body, a.Letter, &c); err != nil {
		return Change{}, nil, err
	}
	return c, follows, nil
}

// Opening is the first event of a matter.
type Opening struct {
	ID, Number string
	Procedure  *procedure.Procedure
	Class      string
	Channel    string
	Entry      *Entry
	Parties    map[string][]Party // those known from elsewhere: the petitioner's vault reference, the reported
	Links      []Link
	More       []Entry // of others than Entry, who bring in the same
	Sealed     bool    // whatever its class: it comes from a sealed one
	Press              // With holds the form; Action is ignored
}

// DecideOpen says what the opening makes, or refuses it.
func (e *Engine) DecideOpen(o Opening) (Change, []Follow, error) {
	p := o.Procedure
	open := p.Open
	if o.Class == "" && len(p.Classes) == 1 {
		o.Class = only(p)
	}
	if _, ok := p.Classes[o.Class]; !ok && len(p.Classes) > 0 {
		r := words.Refuse(words.Invalid, "class", "请选择事项的类别。").At("class", "选一类。")
		if more := e.CheckForm(p, o.With); more != nil { // all that is wrong at once
			r.Fields = append(r.Fields, more.Fields...)
		}
		return Change{}, nil, r
	}
	if len(open.Channels) > 0 && !slices.Contains(open.Channels, o.Channel) {
		return Change{}, nil, words.Refuse(words.Invalid, "channel", "没有“{channel}”这种提出方式。", "channel", o.Channel)
	}
	m := &Matter{ID: o.ID, Number: o.Number, Procedure: p.ID, Version: p.Key(), Class: o.Class, State: open.To,
		Channel: o.Channel, Opened: o.At.UnixMilli(), Fields: map[string]string{}, Parties: map[string][]Party{},
		Flags: map[string]string{}, Trail: []string{open.To}, Links: o.Links}
	maps.Copy(m.Parties, o.Parties)
	o.Sealed = e.sealAlong(m, p, o) || o.Sealed
	if o.Entry != nil {
		m.Entries = append([]Entry{*o.Entry}, o.More...)
	}
	body, ok := e.body(o.By, m, open.By)
	if !ok {
		return Change{}, nil, words.Refuse(words.Forbidden, "not-yours", "您现在的身份不能提出这类事项。")
	}
	press := o.Press
	press.Action = "open"
	body = or(body, press.Body)
	if !e.MayClass(o.By, m, o.Class) {
		return Change{}, nil, words.Refuse(words.Forbidden, "not-yours", "您现在的身份不能提出这类事项。").Under(p.Cite(p.Classes[o.Class].Cite))
	}
	if err := e.checkFields(p, open.Needs, open.Asks, o.With); err != nil {
		return Change{}, nil, err
	}
	if err := e.initiates(p, o.Class, body, press); err != nil {
		return Change{}, nil, err
	}
	for _, g := range open.Guards {
		if err := e.guard(m, p, g, open.Cite, body, press); err != nil {
			return Change{}, nil, err
		}
	}
	c := e.change(m, p, press, body, open.To, open.Cite)
	c.Open, c.From = m, ""
	c.Seal = o.Sealed || p.Private || p.Classes[o.Class].Sealed
	if err := e.setsOpening(m, open.Sets, body, press, c.Set); err != nil {
		return Change{}, nil, err
	}
	follows := e.effects(m, p, open.Effects, press, &c)
	if err := e.finish(m, p, press, body, "", &c); err != nil {
		return Change{}, nil, err
	}
	return c, follows, nil
}

// change starts the account of what an action changed.
func (e *Engine) change(m *Matter, p *procedure.Procedure, press Press, body, to, cite string) Change {
	if to == "same" || to == "" {
		to = m.State
	}
	c := Change{From: m.State, To: to, With: open(p, press.With), Set: map[string][]Party{}, Flags: map[string]string{}, Cite: p.Cite(cite)}
	for _, f := range press.Files {
		f.Org, f.At = body, press.At.UnixMilli()
		c.Files = append(c.Files, f)
	}
	if press.By.Kind == actor.Staff {
		c.Name = press.By.Name
	}
	if final := p.States[to].Final; final != m.Ended {
		c.Ended = &final
	}
	return c
}

// finish computes clocks and the letter on the matter as it will be, and ends them with the matter.
func (e *Engine) finish(m *Matter, p *procedure.Procedure, press Press, body, letter string, c *Change) error {
	c.Entries = append(c.Entries, entries(m, p, *c, press.At)...)
	next, err := e.after(m, *c, press.At)
	if err != nil {
		return err
	}
	if err := e.keptFromDenied(next, p, c.Set); err != nil {
		return err
	}
	if err := owned(next, p, press.By); err != nil {
		return err
	}
	changed, late, err := e.clocks(next, p, press.Action, press.With, press.At)
	if err != nil {
		return err
	}
	for _, clock := range changed { // beside those that an effect has set
		c.Clocks = put(c.Clocks, clock, sameRun)
	}
	c.Late = late
	if letter != "" {
		if err := e.letter(next, p, letter, press, or(body, e.Holder(m)), c); err != nil {
			return err
		}
	}
	if c.Ended != nil && *c.Ended {
		e.stopAll(next, press.At, c)
	}
	return nil
}

// owned: whoever acts leaves nobody's matter behind. What the program itself does is the rules' to get right.
func owned(m *Matter, p *procedure.Procedure, by actor.Actor) error {
	state := p.States[m.State]
	if state.Final || by.Kind == actor.System || len(m.Parties[state.Holder]) > 0 || p.Relations[state.Holder].Kind != "org" {
		return nil
	}
	holder := p.Relations[state.Holder]
	return words.Refuse(words.Invalid, "no-holder", "这一步以后要由{holder}办理，但还没有确定是哪个单位。", "holder", words.Two{ZH: holder.Title, EN: holder.En}).
		Try("请先选定{holder}。")
}

// entries are those of citizens whom a step makes a party: each follows the matter by an entry of their own.
func entries(m *Matter, p *procedure.Procedure, c Change, at time.Time) (list []Entry) {
	held := maps.Clone(c.Set)
	if c.Open != nil {
		for relation, parties := range m.Parties {
			held[relation] = append(slices.Clone(held[relation]), parties...)
		}
	}
	for _, relation := range slices.Sorted(maps.Keys(held)) {
		for _, party := range held[relation] {
			known := func(e Entry) bool { return e.Person == party.Person }
			if p.Relations[relation].Apart && party.Person != "" && !slices.ContainsFunc(m.Entries, known) && !slices.ContainsFunc(list, known) {
				list = append(list, Entry{ID: m.ID + ":" + party.Person, Number: m.Number, Person: party.Person, Channel: m.Channel, At: at.UnixMilli()})
			}
		}
	}
	return list
}

// keptFromDenied: whatever the step, a sealed matter is never given to a party that is denied it (A6 AC2).
func (e *Engine) keptFromDenied(m *Matter, p *procedure.Procedure, set map[string][]Party) error {
	for relation, parties := range set {
		for _, party := range parties {
			if m.Sealed && !p.Relations[relation].Denied && party.Org != "" && e.deniedBodies(m, party.Org) {
				return toDenied(p)
			}
		}
	}
	return nil
}

func (e *Engine) after(m *Matter, c Change, at time.Time) (*Matter, error) {
	if c.Open != nil {
		return apply(nil, 1, at, c)
	}
	return apply(m, m.Seq+1, at, c)
}

// stopAll stops what still runs when a matter ends: an ended matter owes nothing.
func (e *Engine) stopAll(m *Matter, at time.Time, c *Change) {
	for _, clock := range m.Clocks {
		stopped := slices.ContainsFunc(c.Clocks, func(x Clock) bool { return x.ID == clock.ID && x.N == clock.N && !x.Running() })
		if !clock.Running() || stopped {
			continue
		}
		if clock.Over(at) && owed(e.rules(m).Clocks[clock.ID]) {
			c.Late = append(c.Late, lateness(clock, at))
		}
		clock.Stopped = at.UnixMilli()
		c.Clocks = put(c.Clocks, clock, sameRun)
	}
}

// allowed: the action is open in this state, to this actor, now.
func (e *Engine) allowed(m *Matter, p *procedure.Procedure, a procedure.Action, press Press) (body string, err error) {
	if press.By.Kind == actor.Staff && m.Flags["recused:"+press.By.ID] != "" {
		return "", words.Refuse(words.Forbidden, "recused", "您已回避这件事项，不能再参与办理。").Under(p.Cite(p.EffectCite("recuse")))
	}
	body, ok := e.body(press.By, m, a.By)
	if !ok && len(a.By) == 1 && strings.HasPrefix(a.By[0], "head-of-") {
		return "", words.Refuse(words.Forbidden, "not-the-head", "“{action}”须由本机关负责人批准。", "action", words.Two{ZH: a.Title, EN: a.En}).Under(p.Cite(a.Cite))
	}
	if !ok {
		return "", words.Refuse(words.Forbidden, "not-yours", "“{action}”须由{who}来做。", "action", words.Two{ZH: a.Title, EN: a.En}, "who", e.who(p, a.By)).Under(p.Cite(a.Cite))
	}
	if why := e.closed(m, p, a, press.At); why != nil {
		return "", why
	}
	return body, nil
}

// closed says why the action cannot be taken now by anyone; nil when it can.
func (e *Engine) closed(m *Matter, p *procedure.Procedure, a procedure.Action, at time.Time) *words.Refusal {
	if len(a.Classes) > 0 && !slices.Contains(a.Classes, m.Class) {
		return words.Refuse(words.Closed, "other-class", "“{action}”不适用于{class}类事项。", "action", words.Two{ZH: a.Title, EN: a.En}, "class", words.Two{ZH: p.Classes[m.Class].Title, EN: p.Classes[m.Class].En}).Under(p.Cite(a.Cite))
	}
	if !p.OpenIn(a, m.State, m.Class) {
		return words.Refuse(words.Closed, "not-now", "“{action}”要在{when}时才能做，现在是“{state}”。", "action", words.Two{ZH: a.Title, EN: a.En},
			"when", when(p, a), "state", words.Two{ZH: p.States[m.State].Title, EN: p.States[m.State].En}).Under(p.Cite(a.Cite))
	}
	if !e.where(m, p, a.Where) {
		return words.Refuse(words.Closed, "not-here", "“{action}”不适用于这件事项。", "action", words.Two{ZH: a.Title, EN: a.En}).Under(p.Cite(a.Cite))
	}
	if slices.ContainsFunc(a.Needs, func(name string) bool { return !p.Fields[name].Asked() }) {
		return words.Refuse(words.Closed, "not-here", "“{action}”不适用于这件事项。", "action", words.Two{ZH: a.Title, EN: a.En}).Under(p.Cite(a.Cite))
	}
	if why := e.standing(m, p, a, at); why != nil {
		return why
	}
	if c, ran := m.Clock(a.Extends); ran && c.Running() {
		if why := used(p, c); why != nil {
			return why
		}
	}
	if id := a.Within; id != "" && a.Posted == "" {
		if c, ran := m.Clock(id); ran && (c.Over(at) || c.Missed) {
			return limitPassed(p, a, c)
		}
	}
	return nil
}

func limitPassed(p *procedure.Procedure, a procedure.Action, c Clock) *words.Refusal {
	return words.Refuse(words.Closed, "limit-passed", "不能“{action}”：{clock}（{limit}）已于{day}届满。", "action", words.Two{ZH: a.Title, EN: a.En},
		"clock", words.Two{ZH: p.Clocks[c.ID].Title, EN: p.Clocks[c.ID].En}, "limit", c.Limit, "day", string(c.Day)).Under(p.Cite(p.Clocks[c.ID].Cite))
}

// inTime: where the rules say so the day of posting decides, not the day of arrival.
func (e *Engine) inTime(m *Matter, p *procedure.Procedure, a procedure.Action, press Press) error {
	if a.Posted == "" {
		return nil
	}
	day := calendar.DayOf(press.At)
	if posted := calendar.Day(press.With[a.Posted]); posted != "" {
		refuse := func(code, what string, args ...any) *words.Refusal {
			return words.Refuse(words.Closed, code, what, args...).Under(p.Cite(a.Cite))
		}
		if err := e.guardTime(m, p, procedure.Guard{Name: "not-future", Arg: a.Posted}, press, refuse); err != nil {
			return err
		}
		day = posted
	}
	if c, ran := m.Clock(a.Within); ran && c.Day != "" && day > c.Day {
		return limitPassed(p, a, c)
	}
	return nil
}

// standing are the guards that need nothing said: they close the door before anybody knocks.
var standing = map[string]bool{"channel": true, "flagged": true, "not-flagged": true, "clock-idle": true, "letter-served": true, "all-hold": true, "entries-left": true, "entries-done": true}

func (e *Engine) standing(m *Matter, p *procedure.Procedure, a procedure.Action, at time.Time) *words.Refusal {
	for _, g := range a.Guards {
		if !standing[g.Name] {
			continue
		}
		if r, ok := words.AsRefusal(e.guard(m, p, g, a.Cite, "", Press{At: at})); ok {
			return r
		}
	}
	return nil
}

// when names the states in which an action is open.
func when(p *procedure.Procedure, a procedure.Action) words.Two {
	var zh, en []string
	for _, id := range a.From {
		if state, ok := p.States[id]; ok {
			zh, en = append(zh, "“"+state.Title+"”"), append(en, "“"+state.En+"”")
		}
	}
	if len(zh) == 0 {
		return words.Two{ZH: "事项办理期间", EN: "the matter is open"}
	}
	return words.Two{ZH: strings.Join(zh, "、"), EN: "the matter stands at " + strings.Join(en, " or ")}
}

// who names the relations of `by` for people.
func (e *Engine) who(p *procedure.Procedure, by []string) words.Two {
	var zh, en []string
	for _, relation := range by {
		name, after, before := relation, "", ""
		for _, x := range []struct{ cut, zh, en string }{{"head-of-", "本机关负责人", "the head of "},
			{"above-", "的上一级机关", "the body one level above "}, {"superior-of-", "的上级机关", "a superior of "}, {"power:", "", ""}} {
			if rest, ok := strings.CutPrefix(relation, x.cut); ok {
				name, after, before = rest, x.zh, x.en
			}
		}
		title := words.Two{ZH: p.Relations[name].Title, EN: p.Relations[name].En}
		if power := actor.Power(name).Title(); title.ZH == "" && power != "" {
			title = words.Two{ZH: power, EN: name}
		}
		if relation == "system" {
			title = words.Two{ZH: "系统", EN: "the system"}
		}
		zh, en = append(zh, title.ZH+after), append(en, before+title.Say(words.EN))
	}
	return words.Two{ZH: strings.Join(zh, "或"), EN: strings.Join(en, " or ")}
}

// sets puts bodies and persons into relations, from the sources that the file names.
func (e *Engine) sets(m *Matter, sets map[string]string, body string, press Press, into map[string][]Party) error {
	for _, later := range []bool{false, true} { // what is above a holder, when the holder is known
		for relation, source := range sets {
			if strings.HasPrefix(source, "above:") != later {
				continue
			}
			if name := strings.TrimPrefix(source, "above:"); later && m.Org(name) == "" && len(into[name]) > 0 {
				m = m.clone()
				m.Parties[name] = into[name]
			}
			parties, err := e.source(m, relation, source, body, press)
			if err != nil {
				return err
			}
			if parties != nil {
				into[relation] = parties
			}
		}
	}
	return nil
}

// setsOpening: before an opening nobody holds anything, so what is found from a relation is found from those that
// the opening itself sets.
func (e *Engine) setsOpening(m *Matter, sets map[string]string, body string, press Press, into map[string][]Party) error {
	direct, found := map[string]string{}, map[string]string{}
	for relation, source := range sets {
		switch kind, _, _ := strings.Cut(source, ":"); kind {
		case "relation", "above", "common-above":
			found[relation] = source
		default:
			direct[relation] = source
		}
	}
	if err := e.sets(m, direct, body, press, into); err != nil || len(found) == 0 {
		return err
	}
	with := m.clone()
	maps.Copy(with.Parties, into)
	return e.sets(with, found, body, press, into)
}

func (e *Engine) source(m *Matter, relation, source, body string, press Press) ([]Party, error) {
	kind, name, _ := strings.Cut(source, ":")
	tree := e.Offices.Tree()
	p := e.rules(m)
	rule := p.Relations[relation]
	switch kind {
	case "none":
		return []Party{}, nil
	case "nearest":
		kind, field, ok := strings.Cut(name, ":")
		from := body
		if ok {
			from = press.With[field]
		}
		for _, o := range append([]string{from}, tree.Above(from)...) {
			if x, ok := tree.Get(o); ok && string(x.Kind) == kind {
				return []Party{{Org: o}}, nil
			}
		}
		return nil, nil
	case "acting":
		return []Party{{Org: body}}, nil
	case "actor":
		return []Party{{Org: body, Person: press.who().ID}}, nil
	case "relation":
		return slices.Clone(m.Parties[name]), nil
	case "from":
		if press.From == nil {
			return nil, nil
		}
		return slices.Clone(press.From.Parties[name]), nil
	case "field":
		var parties []Party
		if rule.Many {
			parties = slices.Clone(m.Parties[relation])
		}
		for _, v := range strings.Fields(strings.ReplaceAll(press.With[name], ",", " ")) {
			if rule.Kind == "citizen" { // a reference into the vault: who it is no body's list knows
				parties = append(parties, Party{Person: v})
				continue
			}
			party, err := e.party(rule, v, body)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(parties, party) {
				parties = append(parties, party)
			}
		}
		return parties, nil
	case "above":
		above := tree.ReviewSuperior(m.Org(name))
		if len(above) == 0 { // at the top: the same body, by other officers (BJX 48 pattern, Q9)
			above = []string{m.Org(name)}
		}
		if want := press.With["target"]; want != "" {
			if slices.Contains(above, want) {
				return []Party{{Org: want}}, nil
			}
			if a := p.Actions[press.Action]; slices.Contains(slices.Concat(a.Needs, a.Asks), "target") {
				return nil, e.notAbove(p, a, above)
			}
		}
		return []Party{{Org: above[0]}}, nil
	case "common-above":
		if up := tree.CommonSuperior(m.Org(name), body); up != "" {
			return []Party{{Org: up}}, nil
		}
		return nil, words.Refuse(words.Closed, "no-common-superior", "两个机关没有共同的上一级。").Under(p.Cite(p.Actions[press.Action].Cite)).Try("请报能够协调两个机关的上级决定。")
	}
	return nil, fmt.Errorf("matter: unknown source %q", source)
}

func (e *Engine) party(rule procedure.Relation, value, body string) (Party, error) {
	if rule.Kind == "person" && rule.Denied { // where they work is not the body that says so
		return Party{Person: value}, nil
	}
	if rule.Kind == "person" {
		return Party{Org: body, Person: value}, nil
	}
	if _, ok := e.Offices.Tree().Get(value); !ok {
		return Party{}, words.Refuse(words.Invalid, "no-such-body", "没有代码为“{id}”的机关。", "id", value).Try("请从列表里选择机关。")
	}
	return Party{Org: value}, nil
}

// open is what may stand in a journal: secret fields live in the vault alone.
func open(p *procedure.Procedure, with map[string]string) map[string]string {
	out := clean(with)
	for name := range out {
		if f := p.Fields[name]; f.Secret || f.Type == "citizen" {
			delete(out, name)
		}
	}
	return out
}

func clean(with map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range with {
		if v != "" {
			out[k] = v
		}
	}
	return out
}

func post(a actor.Actor, body string) string {
	for _, p := range a.Posts {
		if p.Org == body {
			return p.Title
		}
	}
	return ""
}
