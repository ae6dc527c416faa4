package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Matter is one matter as the actor may see it; NotFound when they may not know of it.
func (d *Desk) Matter(ctx context.Context, who actor.Actor, id string) (*View, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return d.view(ctx, who, m)
}

// ByNumber is the same by the number that people know.
func (d *Desk) ByNumber(ctx context.Context, who actor.Actor, number string) (*View, error) {
	m, err := d.Matters.ByNumber(ctx, d.DB, strings.TrimSpace(number))
	if err != nil || !d.Matters.Sees(who, m) {
		return nil, matter.NotFound()
	}
	return d.view(ctx, who, m)
}

func (d *Desk) view(ctx context.Context, who actor.Actor, m *matter.Matter) (*View, error) {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return nil, err
	}
	now := d.Now()
	state, class := p.States[m.State], p.Classes[m.Class]
	v := &View{ID: m.ID, Number: m.Number, Title: m.Fields["title"], Procedure: p,
		Class: m.Class, ClassTitle: class.Title, ClassEn: class.En, State: m.State, StateTitle: state.Title, StateEn: state.En,
		Phase: state.Phase, Sealed: m.Sealed && !p.Private, Ended: m.Ended, Seq: m.Seq, Channel: m.Channel,
		Holder: d.Body(d.Matters.Holder(m)), HolderTitle: p.Relations[state.Holder].Title,
		Opened: time.UnixMilli(m.Opened), Address: m.Fields["address"], Entries: together(p, len(m.Entries)),
		Representatives: len(m.Parties[p.Submitter()]), Trail: m.Trail, Own: who.Kind == actor.Citizen}
	for _, place := range d.path(ctx, m.Fields["place"]) {
		v.Place = append(v.Place, place.Name)
	}
	if officer := d.Matters.Officer(m); officer != "" {
		v.Officer = d.Offices.Name(officer)
	}
	joined, err := d.joined(ctx, who, p, m)
	if err != nil {
		return nil, err
	}
	if !joined {
		v.Said = d.said(ctx, p, without(slices.Concat(p.Open.Needs, p.Open.Asks), "target"), m.Fields, who)
	}
	come, err := d.coming(ctx, m)
	if err != nil {
		return nil, err
	}
	v.Meetings = append(meetings(p, m), come...)
	if v.Sides, err = d.sides(ctx, who, p, m); err != nil {
		return nil, err
	}
	if v.Files, err = d.files(ctx, who, p, m); err != nil {
		return nil, err
	}
	v.Clocks = d.clocks(m, now)
	v.Next = next(v.Clocks, v.Own)
	if v.Timeline, err = d.timeline(ctx, who, p, m); err != nil {
		return nil, err
	}
	for _, l := range m.Letters {
		v.Letters = append(v.Letters, d.letterView(l, p.Profile))
	}
	if err := d.people(ctx, who, m, v); err != nil {
		return nil, err
	}
	d.doors(who, p, m, v, now)
	if err := d.around(ctx, who, m, v); err != nil {
		return v, err
	}
	d.wall(who, m, v)
	return v, nil
}

// people adds the masked identity, and the flags and notes that only officers read.
func (d *Desk) people(ctx context.Context, who actor.Actor, m *matter.Matter, v *View) error {
	if ref := ownRef(who, m); ref != "" {
		masked, err := d.masked(ctx, ref)
		if err != nil {
			return err
		}
		v.Petitioner = masked
	}
	if who.Kind != actor.Staff {
		return nil
	}
	v.Flags = maps.Clone(m.Flags)
	v.Involved = d.involved(m, v.Procedure)
	if m.Procedure == PersonalInformation {
		var err error
		if v.Asks, err = d.asksOf(ctx, who, m.ID); err != nil {
			return err
		}
	}
	if err := d.callers(ctx, m, v); err != nil {
		return err
	}
	return d.DB.Each(ctx, `SELECT at, author, text FROM matter_note WHERE matter = $1 AND org = $2 ORDER BY at, id`,
		[]any{m.ID, who.Acting}, func(scan func(...any) error) error {
			var at int64
			var author, text string
			if err := scan(&at, &author, &text); err != nil {
				return err
			}
			v.Notes = append(v.Notes, Note{At: time.UnixMilli(at), Author: d.Offices.Name(author), Text: text})
			return nil
		})
}

// together is how many brought the same matter in; the sides of a quarrel did not come together.
func together(p *procedure.Procedure, entries int) int {
	if p.Relations[p.Submitter()].Apart {
		return 1
	}
	return entries
}

// callers adds those who brought a matter in together with others, each by a masked identity.
func (d *Desk) callers(ctx context.Context, m *matter.Matter, v *View) error {
	if v.Entries < 2 {
		return nil
	}
	for _, n := range m.Entries[:min(len(m.Entries), mostCallers)] {
		c := Caller{Entry: n.ID, Number: n.Number, At: time.UnixMilli(n.At), Named: n.Person != "", Asked: m.Flags["asked:"+n.ID] != ""}
		if c.Named {
			var err error
			if c.Who, err = d.masked(ctx, n.Person); err != nil {
				return err
			}
		}
		v.Callers = append(v.Callers, c)
	}
	return nil
}

// mostCallers is how many of them a page lists.
const mostCallers = 50

// involved are the bodies with a part in the matter, by relation: never those that may not know of it.
func (d *Desk) involved(m *matter.Matter, p *procedure.Procedure) []Involved {
	var list []Involved
	for _, relation := range slices.Sorted(maps.Keys(m.Parties)) {
		rule := p.Relations[relation]
		if rule.Denied || rule.Kind != "org" {
			continue
		}
		x := Involved{Relation: relation, Title: rule.Title, En: rule.En}
		for _, party := range m.Parties[relation] {
			x.Bodies = append(x.Bodies, d.Body(party.Org))
		}
		list = append(list, x)
	}
	return list
}

// registering: somebody brought the matter in, and it stands at the first station of its main line, where it is decided
// whether it goes on alone. What bodies open among themselves or the program opens is not registered.
func registering(p *procedure.Procedure, m *matter.Matter) bool {
	return p.Submitter() != "" && len(p.Path) > 0 && p.States[m.State].Phase == p.Path[0].ID
}

// ownRef is the identity that the reader means by "the one who brought it in": their own for a citizen, else
// that of the first entry.
func ownRef(who actor.Actor, m *matter.Matter) string {
	for _, e := range m.Entries {
		if e.Person != "" && (who.Kind != actor.Citizen || slices.Contains(who.Persons(), e.Person)) {
			return e.Person
		}
	}
	return ""
}

// around adds the linked matters that the reader may see, and while it is registered, to officers what may be the same
// matter: later it has been decided that it goes on alone, and looking again was half of what its page cost.
func (d *Desk) around(ctx context.Context, who actor.Actor, m *matter.Matter, v *View) error {
	for _, l := range m.Links {
		if l.Kind == matter.MergedInto {
			v.MergedInto = l.Number
		}
		other, err := d.load(ctx, who, l.Matter)
		if err != nil {
			continue // what one may not know of is not there
		}
		p, err := d.Book.ByKey(other.Version)
		if err != nil {
			return err
		}
		v.Links = append(v.Links, Link{Kind: l.Kind, ID: other.ID, Number: other.Number, Title: other.Fields["title"], StateTitle: p.States[other.State].Title})
	}
	var err error
	if len(v.Links) > 0 {
		if v.Map, v.MapLeft, err = d.mapOf(ctx, who, m); err != nil {
			return err
		}
	}
	part := slices.ContainsFunc(m.Links, func(l matter.Link) bool { return l.Kind == matter.OpenedFrom })
	if who.Kind != actor.Staff || m.Ended || part || !registering(v.Procedure, m) { // a part is like its whole and like the other parts
		return nil
	}
	v.Duplicates, err = d.alikeTo(ctx, who, m)
	v.Duplicates = slices.DeleteFunc(v.Duplicates, func(x Duplicate) bool {
		return slices.ContainsFunc(m.Links, func(l matter.Link) bool { return l.Matter == x.ID })
	})
	return err
}

// said are the fields in words. Secret ones are left to the vault.
func (d *Desk) said(ctx context.Context, p *procedure.Procedure, names []string, with map[string]string, who actor.Actor) []Said {
	var list []Said
	for _, name := range names {
		f, value := p.Fields[name], with[name]
		if value == "" || f.Secret && who.Kind != actor.Staff || apart[name] {
			continue
		}
		list = append(list, Said{Field: name, Title: f.Title, En: f.En, Text: d.inWords(ctx, f, value)})
	}
	return list
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n == name })
}

// apart are the fields that a page shows in places of their own.
var apart = map[string]bool{"title": true, "place": true, "class": true}

func (d *Desk) inWords(ctx context.Context, f procedure.Field, value string) string {
	switch f.Type {
	case "choice":
		if o, ok := f.Options[value]; ok {
			return o.Title
		}
	case "yes":
		return "是"
	case "time":
		return strings.Replace(value, "T", " ", 1)
	case "entry": // an entry has the ID of the matter that it was brought in as
		var number string
		if err := d.DB.Row(ctx, `SELECT number FROM matter WHERE id = $1`, []any{value}, &number); err != nil {
			return ""
		}
		return number
	case "org":
		return d.Offices.Tree().Name(value)
	case "person":
		if n := d.Offices.Name(value); n != "" {
			return n
		}
	case "place":
		var names []string
		for _, place := range d.path(ctx, value) {
			names = append(names, place.Name)
		}
		return strings.Join(names, " ")
	}
	return value
}

// timeline is the history in words. The officers' names are for officers.
func (d *Desk) timeline(ctx context.Context, who actor.Actor, p *procedure.Procedure, m *matter.Matter) ([]Step, error) {
	events, err := journal.Of(ctx, d.DB, m.ID)
	if err != nil {
		return nil, err
	}
	joined, err := d.joined(ctx, who, p, m)
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, e := range events {
		var c matter.Change
		if err := json.Unmarshal([]byte(e.Data), &c); err != nil {
			return nil, fmt.Errorf("desk.timeline %s/%d: %w", m.ID, e.Seq, err)
		}
		a := p.Actions[e.Action]
		s := Step{Seq: e.Seq, At: e.At, Action: e.Action, Title: a.Title, En: a.En, Cite: c.Cite, Files: c.Files,
			Citizen: e.Org == "" && c.Name == "" && !program[e.Actor], actor: e.Actor,
			StateTitle: p.States[c.To].Title, StateEn: p.States[c.To].En, Clock: p.Clocks[c.Note["clock"]].Title, ClockEn: p.Clocks[c.Note["clock"]].En}
		if e.Action == "open" {
			s.Title, s.En = p.Open.Title, p.Open.En
		}
		if s.Citizen {
			s.Side = sideOf(p, m, e.Actor)
		}
		if zh := ownSteps[e.Action]; zh != "" {
			s.Title, s.En = zh, words.Say(words.EN, zh)
		}
		if e.Org != "" {
			s.By = d.Body(e.Org)
		}
		if who.Kind == actor.Staff && c.Name != "" {
			s.Person = strings.TrimSpace(c.Post + " " + c.Name)
		}
		if e.Action != "open" {
			s.Said = d.said(ctx, p, slices.Concat(a.Needs, a.Asks), c.With, who)
		}
		if keptApart(who, p, e) || joined && c.Open != nil {
			s.Said, s.Files = nil, nil
		}
		for _, l := range c.Late {
			rule := p.Clocks[l.Clock]
			s.Late = append(s.Late, Lateness{Title: rule.Title, En: rule.En, Day: l.Day, Days: l.Days, Minutes: l.Minutes, Cite: p.Cite(rule.Cite)})
		}
		for _, l := range c.Letters {
			s.Letters = append(s.Letters, d.letterView(l, p.Profile))
		}
		for _, id := range p.ClockIDs() {
			if was := c.Note["was-"+id]; was != "" {
				s.Recalculated = append(s.Recalculated, Moved{Title: p.Clocks[id].Title, En: p.Clocks[id].En, Was: calendar.Day(was), Now: calendar.Day(c.Note["now-"+id])})
			}
		}
		if who.Kind == actor.Citizen && internal[e.Action] {
			continue
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// program are the parts of the program that act by themselves.
var program = map[string]bool{"identity": true, "keeping": true, "clock": true, "supervision": true, "calendar": true, "split": true, "link": true, "demo": true}

// ownSteps are what the program, and not an action of the procedure, writes into a history.
var ownSteps = map[string]string{"supervised": "列入督办", "linked": "关联事项", "merged-in": "另一件事项并入这一件", "merged": "已并入另一件事项",
	"split-off": "拆分出另一件事项", "opened": "引出另一件事项", "part-ended": "引出的事项已经办结", "part-reopened": "引出的事项重新办理", "recalendar": "公布新的工作日历，期限重新计算",
	"identity-correct": "应本人请求，身份信息已更正", "identity-erase": "应本人请求，身份信息已删除", "identity-freeze": "应本人请求，身份信息已封存", "identity-over": "保存期限届满，身份信息已删除", "given": "起始情况"}

// internal steps concern the offices among themselves and are not part of what a citizen is told.
var internal = map[string]bool{"supervised": true, "recuse": true, "assign-officer": true}

func (d *Desk) letterView(l matter.Letter, profile string) Letter {
	t, _ := d.Book.Letter(l.Kind, profile)
	return Letter{ID: l.ID, Kind: l.Kind, Title: t.Title, En: t.En, Number: l.Number, Version: l.Version, Body: d.Body(l.Org),
		At: time.UnixMilli(l.At), ServedOn: l.ServedOn, How: l.How, Proof: l.Proof}
}

// clocks are the matter's clocks in words, the running ones first, each by its last day.
func (d *Desk) clocks(m *matter.Matter, now time.Time) []Clock {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return nil
	}
	var list []Clock
	for _, c := range m.Clocks {
		v := d.clock(p, c, now)
		if period, err := calendar.ParsePeriod(c.Limit); err == nil && c.Day != "" {
			rule := p.Clocks[c.ID]
			v.How = d.Calendar().Explain(time.UnixMilli(c.Start), calendar.Rule{Period: period, Roll: rule.Rolls, Excluded: c.Excluded, Extended: c.Extended, Office: rule.Office})
		}
		list = append(list, v)
	}
	slices.SortStableFunc(list, func(a, b Clock) int {
		if a.Running != b.Running {
			if a.Running {
				return -1
			}
			return 1
		}
		return a.Due.Compare(b.Due)
	})
	return list
}

// clock is the clock in words, without how its last day was counted.
func (d *Desk) clock(p *procedure.Procedure, c matter.Clock, now time.Time) Clock {
	rule := p.Clocks[c.ID]
	v := Clock{ID: c.ID, Title: rule.Title, En: rule.En, For: rule.For, Limit: c.Limit, Day: c.Day, Running: c.Running(),
		Missed: c.Missed, Extended: c.Extended, Excluded: c.Excluded, Provisional: c.Provisional, Cite: p.Cite(rule.Cite),
		Grade: rule.Grade, Note: rule.Note, NoteEn: rule.NoteEn, Light: OnTime}
	v.Bars = len(rule.Missed) > 0 && !slices.ContainsFunc(rule.Missed, func(x procedure.Consequence) bool { return x.Name != "bar" })
	v.Gist, v.GistEn = d.gist(p, c.ID, v.Cite)
	if c.Stopped != 0 {
		v.Stopped, v.Light = time.UnixMilli(c.Stopped), Paused
	}
	if c.Day == "" {
		return v
	}
	v.Due, v.Exact, v.Minutes = time.UnixMilli(c.Due), c.Exact(), int(time.UnixMilli(c.Due).Sub(now).Minutes())
	v.Left = c.Day.Sub(calendar.DayOf(now))
	switch {
	case c.Paused != "" || c.Stopped != 0:
		v.Light = Paused
	case c.Over(now):
		v.Light = Overdue
	case calendar.DayOf(now) >= c.Alarm || v.Left <= 3:
		v.Light = Soon
	}
	return v
}

// gist is what the article behind a clock says. Rules and statutes do not change while the program runs, and a list
// asks for the same few articles in every line: reading a citation again each time was a tenth of its time.
func (d *Desk) gist(p *procedure.Procedure, clock, cite string) (zh, en string) {
	key := gistKey{p, clock}
	if have, ok := d.gists.Load(key); ok {
		two := have.(words.Two)
		return two.ZH, two.EN
	}
	a, err := d.Laws.Resolve(cite, p.From)
	if err != nil {
		return "", ""
	}
	d.gists.Store(key, words.Two{ZH: a.Gist, EN: a.GistEn})
	return a.Gist, a.GistEn
}

type gistKey struct {
	rules *procedure.Procedure
	clock string
}

// next is the running clock whose last day comes first; an office's before a citizen's, which nobody need fear. A citizen
// waits for what an office owes: until when it may say that the matter is not its own is no news to them.
func next(clocks []Clock, own bool) *Clock {
	for _, party := range []string{"office", "citizen"} {
		for i, c := range clocks {
			if own && c.Bars && c.For != "citizen" {
				continue
			}
			if c.Running && c.Light != Paused && c.Day != "" && (c.For == party || c.For == "" && party == "office") {
				return &clocks[i]
			}
		}
	}
	return nil
}
