package matter

import (
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/work/procedure"
)

// guardTime decides the guards that compare days and times. What people write down counts in minutes, and a day
// as a whole: somebody who came within the minute of the call came after it.
func (e *Engine) guardTime(m *Matter, p *procedure.Procedure, g procedure.Guard, press Press, refuse refuser) error {
	from, to, ok := span(press.With[g.Arg])
	if !ok {
		return nil
	}
	field := words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}
	if g.Name == "not-past" {
		if !to.After(press.At) {
			return refuse("over-already", "“{field}”（{at}）已经过了。", "field", field, "at", press.With[g.Arg]).At(g.Arg, "请写一个还没有过的日子。")
		}
		return nil
	}
	if g.Name == "not-future" {
		if from.After(press.At) {
			return refuse("in-the-future", "“{field}”还没有到。", "field", field).At(g.Arg, "写实际的时间。")
		}
		return nil
	}
	if g.After != "" {
		return e.guardLead(m, p, g, press, refuse)
	}
	first, since := time.UnixMilli(m.Opened), words.Two{ZH: "事项提出", EN: "the matter was opened"}
	if g.Of != "" {
		if first, _, ok = span(or(press.With[g.Of], m.Fields[g.Of])); !ok {
			return nil
		}
		since = words.Two{ZH: p.Fields[g.Of].Title, EN: p.Fields[g.Of].En}
	}
	if !to.After(first) {
		return refuse("too-early", "“{field}”早于{since}（{at}）。", "field", field, "since", since, "at", first.In(calendar.Zone).Format("2006-01-02 15:04")).
			At(g.Arg, "请核对时间。")
	}
	return nil
}

// span is the minute or the day that a field names: its first instant, and the first after it.
func span(value string) (from, to time.Time, ok bool) {
	if at, ok := calendar.ParseMinute(value); ok {
		return at, at.Add(time.Minute), true
	}
	if day, err := calendar.ParseDay(value); err == nil {
		return day.Start(), day.End(), true
	}
	return from, to, false
}

// guardLinked decides the guards that look at another matter of the same procedure.
func (e *Engine) guardLinked(m *Matter, p *procedure.Procedure, g procedure.Guard, press Press, refuse refuser) error {
	l := press.Linked
	if strings.TrimSpace(press.With["linked"]) == "" && g.Name == "linked-past" {
		return nil
	}
	if l == nil || l.ID == m.ID {
		return noLinked()
	}
	number := l.Number
	switch {
	case g.Name == "linked-past" && l.Procedure == p.ID && !l.Ended && l.Flags[g.Arg] == "":
		return refuse("still-runs", "{number}还没有办完，不要另提一件。", "number", number).At("linked", "请加入那一件。").Try("请在那一件上补充情况，或者加请单位。")
	case g.Name == "linked-flagged" && l.Flags[g.Arg] == "":
		return refuse("linked-without", "{number}不是“{flag}”的，不能这样做。", "number", number, "flag", words.Two{ZH: p.Flags[g.Arg].Title, EN: p.Flags[g.Arg].En}).At("linked", "请核对编号。")
	case g.Name == "linked-open" && (l.Procedure != p.ID || l.Ended):
		return refuse("not-running", "{number}不是一件正在办的“{title}”，不能并入。", "number", number, "title", words.Two{ZH: p.Title, EN: p.En}).At("linked", "请核对编号。")
	case g.Name == "linked-open" && g.Arg != "" && l.Fields[g.Arg] != m.Fields[g.Arg]:
		return refuse("not-the-same", "{number}的“{field}”与这一件不同，不能并入。", "number", number, "field", words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}).At("linked", "请核对编号。")
	}
	return nil
}

// recently: the linked matter is of the same procedure and got the effect's flag within its period.
func recently(m *Matter, f procedure.Effect, press Press) bool {
	l := press.Linked
	if l == nil || l.Procedure != m.Procedure {
		return false
	}
	day, err := calendar.ParseDay(l.Flags[f.Recent])
	period, perr := calendar.ParsePeriod(f.Within)
	return err == nil && perr == nil && calendar.DayOf(press.At).Sub(day) <= period.N
}

// running: the linked matter is of the effect's procedure and has not ended, and the clock, where one is named, is not over.
func running(f procedure.Effect, l *Matter, at time.Time) bool {
	if l == nil || l.Procedure != f.Running || l.Ended {
		return false
	}
	c, ran := l.Clock(f.Clock)
	return f.Clock == "" || ran && c.Running() && !c.Over(at)
}

// guardNumbers: what is to be published holds no number that tells who somebody is. The refusal says what sort of
// number and how it begins, for whoever must find it.
func guardNumbers(p *procedure.Procedure, g procedure.Guard, press Press, refuse refuser) error {
	r := refuse("personal-number", "要公开的文字里有能认出人的号码。").Try("请删去或者改写；公开了就收不回来。")
	for _, field := range g.Fields() {
		for _, n := range vault.Numbers(press.With[field], calendar.DayOf(press.At)) {
			r.At(field, "“{field}”里像是有{what}：{start}…", "field", words.Two{ZH: p.Fields[field].Title, EN: p.Fields[field].En},
				"what", words.Two{ZH: n.Kind, EN: words.Say(words.EN, n.Kind)}, "start", n.Start)
		}
	}
	if len(r.Fields) == 0 {
		return nil
	}
	return r
}

// guardLead: between the opening and the day in the field lies at least the period.
func (e *Engine) guardLead(m *Matter, p *procedure.Procedure, g procedure.Guard, press Press, refuse refuser) error {
	day, err := calendar.ParseDay(press.With[g.Arg])
	period, perr := calendar.ParsePeriod(g.After)
	if err != nil || perr != nil {
		return nil
	}
	first := e.Calendar().Due(time.UnixMilli(m.Opened), calendar.Rule{Period: period}).Day
	if day >= first {
		return nil
	}
	field := words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}
	return refuse("too-soon", "“{field}”太早：从提出那天起要提前{lead}，最早是{day}。", "field", field, "lead", g.After, "day", string(first)).
		At(g.Arg, "最早写{day}。", "day", string(first))
}

// Alike asks for other matters of a procedure: those that carry the flag, say the same in the field and, where a
// relation is named, in which the same body holds it.
type Alike struct {
	Procedure, Not, Flag, Field, Value, Relation, Body string
}

// guardAlike counts this matter with its like; the store lends the look at the others.
func (e *Engine) guardAlike(m *Matter, p *procedure.Procedure, g procedure.Guard, body string, press Press, refuse refuser) error {
	if g.When != "" && press.With[g.When] != "yes" || press.Alike == nil {
		return nil
	}
	holder := ""
	if g.Of != "" {
		if holder = m.Org(g.Of); holder == "" { // an opening: whoever acts will hold it
			holder = body
		}
	}
	numbers, err := press.Alike(Alike{p.ID, m.ID, g.Arg, g.Same, or(press.With[g.Same], m.Fields[g.Same]), g.Of, holder})
	if err != nil || len(numbers) < g.Limit {
		return err
	}
	return refuse("alike", "“{field}”相同、{flag}的已经有{n}件（{numbers}），连这一件最多{most}件。",
		"field", words.Two{ZH: p.Fields[g.Same].Title, EN: p.Fields[g.Same].En}, "flag", words.Two{ZH: p.Flags[g.Arg].Title, EN: p.Flags[g.Arg].En},
		"n", len(numbers), "numbers", strings.Join(numbers, "、"), "most", g.Limit).Try("请用已有的那一件，或者并入它。")
}
