package whistle

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/web/look"
	"jishi/web/tell"
)

func number(n int) string { return strconv.Itoa(n) }

// clockOf is the time of day to the second: a board says how fresh it is.
func clockOf(t time.Time) string { return t.In(calendar.Zone).Format("15:04:05") }

// join puts what there is of a place behind one another.
func join(p look.Page, parts ...string) string {
	var list []string
	for _, x := range parts {
		if x != "" {
			list = append(list, x)
		}
	}
	return strings.Join(list, " · ")
}

// stages are what a department's task goes through as the board counts it.
var stages = map[string]struct{ key, word, sign, tone string }{
	"called":     {"called", "待签收", "○", ""},
	"signed":     {"signed", "已签收", "◔", ""},
	"on-the-way": {"way", "在途", "→", ""},
	"arrived":    {"arrived", "已到场", "●", "ok"},
	"reported":   {"reported", "已反馈", "✓", "ok"},
	"closed":     {"closed", "已办结", "✓", "off"},
	"refused":    {"refused", "没有报到", "■", "late"},
	"ended":      {"ended", "不再需要", "–", "off"},
}

func stage(r desk.Report) string { return stages[r.State].key }
func word(r desk.Report) string  { return stages[r.State].word }
func sign(r desk.Report) string  { return stages[r.State].sign }
func tone(r desk.Report) string  { return stages[r.State].tone }

func overdue(r desk.Report) bool { return r.Clock != nil && r.Clock.Light == desk.Overdue }

// next is what the department's own officer presses now.
func next(r desk.Report) string {
	return map[string]string{"called": "签收", "signed": "出发或者到场", "on-the-way": "到场报到", "arrived": "反馈结果"}[r.State]
}

// A Tally is how many tasks stand at a stage.
type Tally struct {
	Key, Title string
	N          int
}

func tallies(list []desk.Whistle) []Tally {
	t := []Tally{{"called", "待签收", 0}, {"signed", "已签收", 0}, {"way", "在途", 0}, {"arrived", "已到场", 0}, {"late", "逾期", 0}}
	for _, w := range list {
		for _, r := range w.Reports {
			for i := range t {
				if t[i].Key == stage(r) || t[i].Key == "late" && overdue(r) {
					t[i].N++
				}
			}
		}
	}
	return t
}

// detail is the second line of a task: by when, or who came when and where.
func detail(p look.Page, r desk.Report) string {
	switch {
	case r.ArrivedAt != "" && !r.Ended:
		return join(p, r.ArrivedWho, r.ArrivedAt, until(p, r))
	case r.Ended && r.Score != "":
		return p.Say("评价：{score}", "score", p.Either(r.Score, r.ScoreEn))
	case r.Ended:
		return ""
	case r.Clock == nil:
		return join(p, r.Officer, p.Say("及时响应"))
	}
	return join(p, r.Officer, until(p, r))
}

// until is the limit that runs, with its light in words: "到场报到最迟 14:50，逾期".
func until(p look.Page, r desk.Report) string {
	if r.Clock == nil {
		return ""
	}
	light := tell.Light(r.Clock.Light)
	return light.Shape() + " " + p.Say("{what}最迟 {day}，{light}", "what", p.Either(r.Clock.Title, r.Clock.En), "day", tell.Until(p, *r.Clock), "light", p.Say(light.Word()))
}

// lateness says for ever by how much.
func lateness(p look.Page, l desk.Lateness) string {
	what := p.Either(l.Title, l.En)
	if l.Days == 0 && l.Minutes > 0 {
		return p.Say("{what}晚了 {n} 分钟", "what", what, "n", l.Minutes)
	}
	return p.Say("{what}晚了 {n} 天", "what", what, "n", l.Days)
}

func places(p look.Page, list []desk.Choice) []look.Option {
	var options []look.Option
	for _, c := range list {
		o := look.Option{Value: c.Value, Title: p.Either(c.Title, c.En)}
		if why := p.Either(c.Why, c.WhyEn); why != "" {
			o.Title += p.Say("（{why}）", "why", why)
		}
		options = append(options, o)
	}
	return options
}

// limitsOf are the limits of one sort in one line, for no sort those of all.
func limitsOf(p look.Page, list []desk.WhistleLimit, kind string) string {
	var parts []string
	for _, l := range list {
		if l.Kind == kind {
			parts = append(parts, p.Either(l.Title, l.En)+" "+tell.Limit(p, l.Limit))
		}
	}
	return strings.Join(parts, " · ")
}

// notes are where the limits are from, each once: none of them is law.
func notes(p look.Page, list []desk.WhistleLimit) []string {
	var texts []string
	for _, l := range list {
		text := strings.ReplaceAll(p.Either(l.Note, l.NoteEn), "[D]", p.Say("〔非法律规定〕"))
		if text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// short is a department by the name that people use.
func short(b Blow, c desk.Choice) string { return b.Shorts[c.Value] }

func anyPicked(b Blow) bool {
	return slices.ContainsFunc(b.Far, func(c desk.Choice) bool { return b.picked("targets", c.Value) })
}

func needed(b Blow, name string) bool {
	return slices.ContainsFunc(b.Fields, func(q desk.Field) bool { return q.Name == name && q.Required })
}

// asked is one of the further questions; the lead is one of the departments of the county.
func asked(p look.Page, b Blow, q desk.Field) look.Field {
	f := b.Form.Ask(p, tell.Field(p, q))
	if b.Form.Values == nil && b.Said[q.Name] != "" {
		f.Value = b.Said[q.Name]
	}
	f.Max = 0 // a count of what is left helps nobody in the rain
	return f
}

// numbered are the running limits that have a number.
func numbered(list []desk.Clock) []desk.Clock {
	return slices.DeleteFunc(slices.Clone(list), func(c desk.Clock) bool { return !c.Running || c.Day == "" })
}

// shown are the steps that the page has buttons of its own for.
var shown = []string{"sign", "set-out", "arrive", "report", "accept-result"}

// others are the further steps of a task, each on a page of its own.
func (c Called) others(p look.Page) []look.Act {
	var acts []look.Act
	for _, a := range c.View.Open {
		if !slices.Contains(shown, a.ID) {
			acts = append(acts, look.Act{Title: p.Either(a.Title, a.En), To: c.at() + "/do/" + a.ID, Cite: a.Cite})
		}
	}
	return acts
}
