package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// found is what a step left behind.
type found struct {
	before  *matter.Matter
	refusal *words.Refusal
}

// compare writes the step's line: what was done, what came of it, and every difference from what was expected.
func (r *run) compare(ctx context.Context, step Step, f found) error {
	diff := &diff{lang: r.Lang}
	r.compareRefusal(step, f.refusal, diff)
	var now *matter.Matter
	if id, ok := r.ids[step.Matter]; ok {
		m, err := r.store.Load(ctx, r.d, id)
		if err != nil {
			return err
		}
		now = m
		p, err := r.Book.ByKey(m.Version)
		if err != nil {
			return err
		}
		r.compareMatter(step.Expect, p, f.before, m, diff)
		if err := r.compareSight(ctx, step.Expect, m, diff); err != nil {
			return err
		}
	} else if f.refusal == nil || step.Expect.State != "" {
		diff.add("没有“{name}”这件事项", "name", step.Matter)
	}
	r.report.Lines = append(r.report.Lines, Line{OK: len(*diff.list()) == 0, Text: r.line(step, f, now, *diff.list())})
	return nil
}

type diff struct {
	lang  words.Lang
	lines []string
}

func (d *diff) list() *[]string { return &d.lines }

func (d *diff) add(text string, args ...any) {
	d.lines = append(d.lines, words.Say(d.lang, text, args...))
}

// want notes a difference between two words.
func (d *diff) want(what, want, got string) {
	if want != got {
		d.add("应为 {what} {want}，实为 {got}", "what", what, "want", or(want, "-"), "got", or(got, "-"))
	}
}

func (d *diff) wantAll(what string, want, got []string) {
	want, got = slices.Clone(want), slices.Clone(got)
	slices.Sort(want)
	slices.Sort(got)
	d.want(what, strings.Join(want, " "), strings.Join(got, " "))
}

func (r *run) compareRefusal(step Step, refusal *words.Refusal, d *diff) {
	want := step.Expect
	switch {
	case refusal == nil && want.Refused != "":
		d.add("应被拒绝（{why}），却做成了", "why", want.Refused)
	case refusal != nil && want.Refused == "":
		d.add("被拒绝：{why}", "why", refused(refusal))
	case refusal != nil && refusal.Code != want.Refused && !strings.Contains(digits(refused(refusal)), digits(want.Refused)):
		d.want("refused", want.Refused, refused(refusal))
	}
	if want.Cite != "" && (refusal == nil || !strings.Contains(refusal.Cite, want.Cite)) {
		got := ""
		if refusal != nil {
			got = refusal.Cite
		}
		d.want("cite", want.Cite, got)
	}
}

// refused is a refusal with its fields, in the language it was written in.
func refused(r *words.Refusal) string {
	s := r.Say(words.ZH)
	for _, f := range r.Fields {
		s += " " + words.Say(words.ZH, f.Text, f.Args...)
	}
	return s
}

func (r *run) compareMatter(e Expect, p *procedure.Procedure, before, m *matter.Matter, d *diff) {
	if e.State != "" {
		d.want("state", e.State, m.State)
	}
	if e.Class != "" {
		d.want("class", e.Class, m.Class)
	}
	if holder := p.States[m.State].Holder; e.Holder != "" && e.Holder != holder {
		d.want("holder", e.Holder, r.orgName(r.store.Holder(m)))
	}
	if e.Sealed != nil {
		d.want("sealed", fmt.Sprint(*e.Sealed), fmt.Sprint(m.Sealed))
	}
	for relation, name := range e.HolderOf {
		d.want(relation, name, r.partyNames(m.Parties[relation]))
	}
	r.compareClocks(e, m, d)
	for _, flag := range e.Flags {
		if m.Flags[flag] == "" {
			d.add("应有标记“{flag}”", "flag", flag)
		}
	}
	for _, flag := range e.NoFlags {
		if m.Flags[flag] != "" {
			d.add("不应有标记“{flag}”", "flag", flag)
		}
	}
	if e.Letters != nil {
		d.wantAll("letters", *e.Letters, newLetters(before, m))
	}
	if e.Supervised != nil {
		d.wantAll("supervised", *e.Supervised, grounds(m))
	}
	if e.Linked != nil {
		d.wantAll("linked", *e.Linked, r.linked(m))
	}
}

func (r *run) compareClocks(e Expect, m *matter.Matter, d *diff) {
	dates := []struct {
		what string
		want map[string]string
		got  func(matter.Clock) calendar.Day
	}{
		{"due", e.Due, func(c matter.Clock) calendar.Day { return c.Day }},
		{"nominal", e.Nominal, func(c matter.Clock) calendar.Day { return c.Nominal }},
		{"rolled", e.Rolled, func(c matter.Clock) calendar.Day { return c.Rolled }},
		{"alarm", e.Alarm, func(c matter.Clock) calendar.Day { return c.Alarm }},
	}
	for _, date := range dates {
		for id, want := range date.want {
			got := ""
			if c, ok := m.Clock(id); ok {
				got = string(date.got(c))
				if strings.Contains(want, ":") { // clocks of hours and minutes
					got = time.UnixMilli(c.Due).In(calendar.Zone).Format(minuteLayout)
				}
			}
			d.want(date.what+" "+id, want, or(got, noDay))
		}
	}
	runs := func(id string) bool { c, ok := m.Clock(id); return ok && c.Running() }
	for _, id := range e.Running {
		if !runs(id) {
			d.add("期限“{clock}”应当在走", "clock", id)
		}
	}
	for _, id := range e.Stopped {
		if runs(id) {
			d.add("期限“{clock}”不应当在走", "clock", id)
		}
	}
	for _, id := range e.Provisional {
		if c, _ := m.Clock(id); !c.Provisional {
			d.add("期限“{clock}”应当是暂定的", "clock", id)
		}
	}
	if e.Late != nil {
		var late []string
		for _, c := range m.Clocks {
			if c.Missed && !slices.Contains(late, c.ID) {
				late = append(late, c.ID)
			}
		}
		d.wantAll("late", *e.Late, late)
	}
}

// compareSight asks the same question twice, as the page asks it and as the lists do: they must agree.
func (r *run) compareSight(ctx context.Context, e Expect, m *matter.Matter, d *diff) error {
	for _, name := range slices.Concat(e.VisibleTo, e.HiddenFrom) {
		a, _ := r.Cast.Person(name)
		listed, err := r.listed(ctx, a, m.ID)
		if err != nil {
			return err
		}
		want, sees := slices.Contains(e.VisibleTo, name), r.store.Sees(a, m)
		switch {
		case sees != listed:
			d.add("“{name}”能否看见，页面和列表说法不一", "name", name)
		case want && !sees:
			d.add("“{name}”应当看得见", "name", name)
		case !want && sees:
			d.add("“{name}”不应当看见", "name", name)
		}
	}
	return nil
}

// listed: a search with the actor's scope finds the matter.
func (r *run) listed(ctx context.Context, a actor.Actor, id string) (bool, error) {
	where, args := r.store.Scope(a, 2)
	n := 0
	err := r.d.Row(ctx, `SELECT COUNT(*) FROM matter m WHERE m.id = $1 AND (`+where+`)`, append([]any{id}, args...), &n)
	return n > 0, err
}

func newLetters(before, now *matter.Matter) []string {
	var kinds []string
	for _, l := range now.Letters {
		if before == nil {
			kinds = append(kinds, l.Kind)
		} else if _, had := before.Letter(l.ID); !had {
			kinds = append(kinds, l.Kind)
		}
	}
	return kinds
}

// grounds are those on which a supervision was opened from the matter.
func grounds(m *matter.Matter) []string {
	var list []string
	for flag := range m.Flags {
		if rest, ok := strings.CutPrefix(flag, "supervised:"); ok {
			ground, _, _ := strings.Cut(rest, ":")
			list = append(list, ground)
		}
	}
	return list
}

// linked are the names of the matters that this one points to, without its supervisions.
func (r *run) linked(m *matter.Matter) []string {
	var names []string
	for _, l := range m.Links {
		name := l.Number
		for n, id := range r.ids {
			if id == l.Matter {
				name = n
			}
		}
		if l.Kind != matter.Supervised {
			names = append(names, name)
		}
	}
	return names
}

// nameOf is who acts, as the cast names them.
func (r *run) nameOf(a actor.Actor) string {
	if a.Kind == actor.Citizen {
		return strings.TrimPrefix(a.Person, citizenRef(""))
	}
	return a.Name
}

func (r *run) orgName(id string) string {
	if id == "" {
		return ""
	}
	return r.Cast.tree.Name(id)
}

func (r *run) partyNames(parties []matter.Party) string {
	var names []string
	for _, p := range parties {
		switch {
		case p.Person == "":
			names = append(names, r.orgName(p.Org))
		case p.Org == "" && strings.HasPrefix(p.Person, citizenRef("")):
			names = append(names, strings.TrimPrefix(p.Person, citizenRef("")))
		default:
			names = append(names, or(r.Cast.ids[p.Person], p.Person))
		}
	}
	return strings.Join(names, "、")
}

// line is the step as a reader sees it.
func (r *run) line(step Step, f found, now *matter.Matter, diffs []string) string {
	at := step.At.In(calendar.Zone).Format("2006-01-02")
	if step.At.In(calendar.Zone).Format("15:04") != "09:00" {
		at = step.At.In(calendar.Zone).Format(minuteLayout)
	}
	s := at
	if step.Matter != "A" {
		s += " [" + step.Matter + "]"
	}
	if step.As != "" {
		s += " " + r.who
	}
	s += " " + step.Do
	if now != nil {
		s += " → " + now.State
	}
	if f.refusal != nil && len(diffs) == 0 {
		s += "  ✋ " + f.refusal.Say(r.Lang)
	}
	for _, d := range diffs {
		s += "\n    " + d
	}
	return s
}
