// Package tell turns what desk answers into the shapes of package look, in the reader's language.
package tell

import (
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/web/look"
	"jishi/work/procedure"
)

// Body is a body's name.
func Body(p look.Page, b desk.Body) string { return p.Either(b.Name, b.En) }

// Short is a body's short name.
func Short(p look.Page, b desk.Body) string { return p.Either(b.Short, b.En) }

// Among is a body's short name in a list of its like. The English names of townships and villages say only what they are,
// so that each would be called the same: the Chinese one goes before it.
func Among(p look.Page, b desk.Body) string {
	if p.En() && b.En != "" && b.Short != b.En {
		return b.Short + " (" + b.En + ")"
	}
	return b.Short
}

// Light is a clock's light.
func Light(l desk.Light) look.Light {
	switch l {
	case desk.Soon:
		return look.Soon
	case desk.Overdue:
		return look.Late
	case desk.Paused:
		return look.Stopped
	}
	return look.OnTime
}

// Clock is one obligation with how its last day was computed.
func Clock(p look.Page, c desk.Clock) look.Clock {
	v := look.Clock{Title: p.Either(c.Title, c.En), Light: Light(c.Light), Due: c.Day, Left: c.Left, Limit: c.Limit,
		Cite: c.Cite, NotLaw: c.Grade == "D", Note: strings.ReplaceAll(p.Either(c.Note, c.NoteEn), "[D]", p.Say("〔非法律规定〕"))}
	if c.Day == "" && !c.Running {
		v.LeftAs = p.Say("已停")
	}
	v.How = append(v.How, look.Fact{Name: p.Say("期限"), Value: Limit(p, c.Limit)})
	if c.Exact {
		v.Hour, v.LeftAs = c.Due.In(calendar.Zone).Format("15:04"), minutes(p, c)
		v.How = append(v.How, look.Fact{Name: p.Say("最迟"), Value: p.Moment(c.Due)})
	} else if c.Day != "" {
		v.How = append(v.How, look.Fact{Name: p.Say("最后一天"), Value: p.Day(c.Day)})
	}
	for i, s := range c.How {
		name := ""
		if i == 0 {
			name = p.Say("怎么算")
		}
		v.How = append(v.How, look.Fact{Name: name, Value: s.Say(p.Lang) + p.Cite(s.Cite)})
	}
	if gist := p.Either(c.Gist, c.GistEn); gist != "" {
		v.How = append(v.How, look.Fact{Name: p.Say("条文要点"), Value: gist})
	}
	if !c.Stopped.IsZero() {
		v.How = append(v.How, look.Fact{Name: p.Say("停止于"), Value: p.Moment(c.Stopped)})
	}
	return v
}

// minutes says how much time there is where days are too coarse.
func minutes(p look.Page, c desk.Clock) string {
	n, over := c.Minutes, c.Minutes < 0
	if over {
		n = -n
	}
	switch {
	case !c.Running:
		return p.Say("已停")
	case over && n < 120:
		return p.Say("超过 {n} 分钟", "n", n)
	case over && n < 48*60:
		return p.Say("超过 {n} 小时", "n", n/60)
	case over:
		return p.Say("逾期 {n} 天", "n", n/60/24)
	case n < 120:
		return p.Say("还剩 {n} 分钟", "n", n)
	case n < 48*60:
		return p.Say("还剩 {n} 小时", "n", n/60)
	}
	return p.Say("还剩 {n} 天", "n", n/60/24)
}

// Limit is a limit in the reader's language, from the statute's own words.
func Limit(p look.Page, text string) string {
	if strings.HasPrefix(text, "field:") {
		return p.Say("逐件指定")
	}
	if period, err := calendar.ParsePeriod(text); err == nil {
		return period.Say(p.Lang)
	}
	return p.Say(text)
}

// Clocks are the running ones, or the stopped ones.
func Clocks(p look.Page, list []desk.Clock, running bool) []look.Clock {
	var v []look.Clock
	for _, c := range list {
		if c.Running == running {
			v = append(v, Clock(p, c))
		}
	}
	return v
}

// Steps is the history as a timeline, ending with what must come next.
func Steps(p look.Page, v *desk.View, at string) []look.Step {
	var steps []look.Step
	for i, s := range v.Timeline {
		step := Step(p, v.Procedure, s, at)
		if i == len(v.Timeline)-1 && !v.Ended && step.Kind == "done" {
			step.Kind = "now"
		}
		steps = append(steps, step)
	}
	if v.Next != nil && !v.Ended {
		next := look.Step{Kind: "next", Title: p.Either(v.Next.Title, v.Next.En), Cite: v.Next.Cite,
			When: p.Say("最迟 {day}", "day", lastOf(p, *v.Next)), NotLaw: v.Next.Grade == "D"}
		if v.Next.Light == desk.Overdue {
			next.Late = p.Say("逾期 {n} 天", "n", -v.Next.Left)
		}
		steps = append(steps, next)
	}
	return steps
}

// Step is one line of the history; its letters lie under the matter's own address.
func Step(p look.Page, pr *procedure.Procedure, s desk.Step, at string) look.Step {
	v := look.Step{Kind: "done", Title: p.Either(s.Title, s.En), When: p.Moment(s.At), Cite: s.Cite, Who: Body(p, s.By)}
	if s.Person != "" {
		v.Who = strings.TrimSpace(v.Who + " " + s.Person)
	}
	if s.Citizen {
		submitter := pr.Relations[pr.Submitter()]
		v.Who = p.Either(submitter.Title, submitter.En)
		if s.Side.ZH != "" {
			v.Who = p.Either(s.Side.ZH, s.Side.EN)
		}
	}
	if s.Clock != "" {
		v.Kind, v.Title = "missed", p.Say("{clock}已过最后一日", "clock", p.Either(s.Clock, s.ClockEn))
	}
	for _, l := range s.Late {
		v.Kind = "missed"
		v.Late = p.Say("晚了 {n} 天", "n", l.Days)
		if l.Days == 0 && l.Minutes > 0 {
			v.Late = p.Say("晚了 {n} 分钟", "n", l.Minutes)
		}
		v.Note = p.Say("应在 {day} 前（{clock}）", "day", p.Day(l.Day), "clock", p.Either(l.Title, l.En))
	}
	for _, l := range s.Letters {
		v.Links = append(v.Links, look.Link{Title: p.Either(l.Title, l.En), To: at + "/letter/" + l.ID})
	}
	for _, m := range s.Recalculated {
		v.Title = p.Say("放假安排公布，期限重新计算")
		v.Note += p.Say("{clock}：{was} → {now}", "clock", p.Either(m.Title, m.En), "was", p.ShortDay(m.Was), "now", p.ShortDay(m.Now)) + "\n"
	}
	var said []string
	for _, x := range s.Said {
		said = append(said, p.Either(x.Title, x.En)+p.Say("：")+Spoken(p, pr, x))
	}
	if len(said) > 0 {
		v.Note = strings.TrimSpace(v.Note + "\n" + strings.Join(said, "\n"))
	}
	return v
}

// Place is where the matter happened, from the province down; "" where its answers tell it already.
func Place(v *desk.View) string {
	for _, x := range v.Said {
		if x.Field == "place" {
			return ""
		}
	}
	return strings.Join(v.Place, " ")
}

// Spoken is an answer in the reader's language where the rules know it; what people wrote stays as it is.
func Spoken(p look.Page, pr *procedure.Procedure, x desk.Said) string {
	if d, err := calendar.ParseDay(x.Text); err == nil {
		return p.Day(d)
	}
	f := pr.Fields[x.Field]
	for _, o := range f.Options {
		if o.Title == x.Text {
			return p.Either(o.Title, o.En)
		}
	}
	if f.Type == "yes" {
		return p.Say("是")
	}
	return x.Text
}

// Acts are the doors of a matter: the open ones lead to their own pages under at, the closed ones say why.
func Acts(p look.Page, v *desk.View, at string) []look.Act {
	var acts []look.Act
	for _, a := range v.Open {
		acts = append(acts, look.Act{Title: p.Either(a.Title, a.En), To: at + "/do/" + a.ID, Main: a.Main, Cite: a.Cite})
	}
	for _, c := range v.Closed {
		if v.Ended {
			break // what is over needs no list of what is closed
		}
		act := look.Act{Title: p.Either(c.Title, c.En), Shut: p.Say("现在不能办")}
		if r, ok := words.AsRefusal(c.Why); ok {
			act.Shut, act.Cite = p.Say(r.What, r.Args...), r.Cite
			if r.Way != "" {
				act.Shut += p.Say(r.Way, r.Args...)
			}
		}
		acts = append(acts, act)
	}
	return acts
}

// Field is one thing that an action asks for, as a question of a form.
func Field(p look.Page, f desk.Field) look.Field {
	q := look.Field{Name: f.Name, Label: p.Either(f.Title, f.En), Hint: p.Either(f.Help, f.HelpEn), Value: f.Value, Max: f.Max,
		Optional: !f.Required, Cite: f.Cite, NotLaw: f.Grade == "D"}
	q.Options = Options(p, f.Choices)
	kind(&q, f.Type)
	if f.Many {
		q.Kind, q.Values = "many", strings.Fields(f.Value)
	}
	return q
}

// Options are the answers that a field offers.
func Options(p look.Page, choices []desk.Choice) []look.Option {
	var list []look.Option
	for _, c := range choices {
		o := look.Option{Value: c.Value, Title: p.Either(c.Title, c.En)}
		if why := p.Either(c.Why, c.WhyEn); why != "" {
			o.Hint = p.Say("建议：{why}", "why", why)
		}
		list = append(list, o)
	}
	return list
}

func kind(q *look.Field, t string) {
	switch t {
	case "text":
		q.Kind = "text"
		if q.Max > 0 && q.Max <= 2000 {
			q.Rows = 3
		}
	case "day", "time", "yes":
		q.Kind = t
	case "int":
		q.Kind, q.Short, q.Max = "int", true, 0
	case "choice", "entry":
		q.Kind = "choice"
		if len(q.Options) > 8 {
			q.Kind = "list"
		}
	case "org", "person":
		q.Kind = "list"
		for i, o := range q.Options {
			if o.Hint != "" {
				q.Options[i].Title += " — " + o.Hint
			}
		}
	default:
		q.Kind = "line"
	}
}

// NotLaw reports whether a rule is our own setting.
func NotLaw(g procedure.Grade) bool { return g == "D" }

// lastOf is the same in full.
func lastOf(p look.Page, c desk.Clock) string {
	if c.Exact {
		return p.Moment(c.Due)
	}
	return p.Day(c.Day)
}

// Until is the last day of a clock, with the hour where it ends within one.
func Until(p look.Page, c desk.Clock) string {
	if c.Exact {
		return p.Moment(c.Due)
	}
	return p.ShortDay(c.Day)
}

// Channel is the way a matter came in; "" where bodies open such matters among themselves.
func Channel(p look.Page, pr *procedure.Procedure, id string) string {
	if o, ok := pr.Fields["channel"].Options[id]; ok {
		return p.Either(o.Title, o.En)
	}
	if pr.Submitter() == "" {
		return ""
	}
	return p.Say(id)
}
