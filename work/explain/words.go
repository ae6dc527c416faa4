package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/procedure"
)

// Sentences tell the procedure in words: what it is, who may do what and when, and by when it must be done.
// letter gives the title of a letter; it may be nil.
func Sentences(p *procedure.Procedure, lang words.Lang, letter func(id string) string) []string {
	list := []string{words.Say(lang, "{title}（{key}），依据{law}，自{day}起适用。",
		"title", either(lang, p.Title, p.En), "key", p.Key(), "law", p.Law, "day", string(p.From))}
	for _, id := range p.ActionIDs() {
		list = append(list, actionSentence(p, id, lang, letter))
	}
	for _, id := range p.ClockIDs() {
		list = append(list, clockSentence(p, p.Clocks[id], lang))
	}
	return list
}

func actionSentence(p *procedure.Procedure, id string, lang words.Lang, letter func(string) string) string {
	a := p.Actions[id]
	var from []string
	for _, state := range a.From {
		_, named := p.States[state]
		switch {
		case state == "open" && !named:
			from = append(from, words.Say(lang, "办结之前"))
		case state == "any" && !named:
			from = append(from, words.Say(lang, "任何时候"))
		default:
			from = append(from, quote(either(lang, p.States[state].Title, p.States[state].En)))
		}
	}
	s := words.Say(lang, "{who}可以在{from}时做{action}",
		"who", By(p, a.By, lang), "from", strings.Join(from, sep(lang)), "action", quote(either(lang, a.Title, a.En)))
	if a.To != "same" {
		s += words.Say(lang, "，事项进入{state}", "state", quote(either(lang, p.States[a.To].Title, p.States[a.To].En)))
	}
	if a.Letter != "" {
		title := a.Letter
		if letter != nil {
			title = letter(a.Letter)
		}
		s += words.Say(lang, "，出具{letter}", "letter", quote(title))
	}
	return s + founded(p, a.Cite, a.Grade, lang)
}

func clockSentence(p *procedure.Procedure, c procedure.Clock, lang words.Lang) string {
	s := words.Say(lang, "{clock}：{limit}，从{starts}起，到{stops}止",
		"clock", either(lang, c.Title, c.En), "limit", Limit(p, c, lang),
		"starts", titles(p, starts(c), lang), "stops", titles(p, c.Stops, lang))
	if c.Extend != nil {
		upto := limit(lang, c.Extend.Upto)
		if c.Extend.Upto == "limit" {
			upto = words.Say(lang, "不超过原来的期限")
		}
		s += words.Say(lang, "；最多延长{upto}，由{who}批准", "upto", upto, "who", By(p, []string{c.Extend.By}, lang))
	}
	if len(c.Pauses) > 0 {
		s += words.Say(lang, "；从{from}到{to}不计入", "from", titles(p, []string{c.Pauses[0].From}, lang), "to", titles(p, []string{c.Pauses[0].To}, lang))
	}
	if c.Rolls {
		s += words.Say(lang, "；最后一日是休息日的顺延")
	} else if period, err := calendar.ParsePeriod(c.Limit); err == nil && !period.Unit.Exact() && c.For == "office" {
		s += words.Say(lang, "；最后一日是休息日的不顺延")
	}
	for _, m := range c.Missed {
		s += missed(p, m, lang)
	}
	return s + founded(p, c.Cite, c.Grade, lang)
}

func starts(c procedure.Clock) []string {
	var on []string
	for _, s := range c.Starts {
		on = append(on, s.On)
	}
	return on
}

func missed(p *procedure.Procedure, m procedure.Consequence, lang words.Lang) string {
	switch m.Name {
	case "bar":
		return words.Say(lang, "；过期不得再做")
	case "supervise":
		t := p.Triggers[m.Arg]
		return words.Say(lang, "；过期的督办（{ground}）", "ground", either(lang, t.Title, t.En))
	case "do":
		return words.Say(lang, "；过期的自动“{action}”", "action", either(lang, p.Actions[m.Arg].Title, p.Actions[m.Arg].En))
	}
	return words.Say(lang, "；过期的标明逾期")
}

// founded is the article, and a mark where the rule is our own setting or not read in full.
func founded(p *procedure.Procedure, cite string, grade procedure.Grade, lang words.Lang) string {
	s := fmt.Sprintf("（%s", p.Cite(cite))
	if lang == words.EN {
		s = fmt.Sprintf(" (%s", p.Cite(cite))
	}
	if grade == "D" {
		s += words.Say(lang, "；本系统的设置，不是法律规定")
	} else if grade != "A" && grade != "" {
		s += words.Say(lang, "；没有读到全文，须核对")
	}
	if lang == words.EN {
		return s + ")."
	}
	return s + "）。"
}

// By names who may act, for people: 承办机关, its head, the body above it.
func By(p *procedure.Procedure, by []string, lang words.Lang) string {
	var names []string
	for _, b := range by {
		names = append(names, byOne(p, b, lang))
	}
	return strings.Join(slices.Compact(names), words.Say(lang, "或者"))
}

func byOne(p *procedure.Procedure, by string, lang words.Lang) string {
	switch by {
	case "anyone":
		return words.Say(lang, "任何人")
	case "system":
		return words.Say(lang, "系统")
	}
	if power, ok := strings.CutPrefix(by, "power:"); ok {
		return words.Say(lang, "有“{power}”职权的人", "power", actor.Power(power).Title())
	}
	for prefix, text := range map[string]string{"head-of-": "{who}的负责人", "above-": "{who}的上一级机关", "superior-of-": "{who}的上级机关"} {
		if rest, ok := strings.CutPrefix(by, prefix); ok {
			return words.Say(lang, text, "who", either(lang, p.Relations[rest].Title, p.Relations[rest].En))
		}
	}
	return either(lang, p.Relations[by].Title, p.Relations[by].En)
}

func titles(p *procedure.Procedure, actions []string, lang words.Lang) string {
	var list []string
	for _, id := range actions {
		title := either(lang, p.Actions[id].Title, p.Actions[id].En)
		if id == "open" {
			title = either(lang, p.Open.Title, p.Open.En)
		}
		list = append(list, quote(title))
	}
	return strings.Join(list, sep(lang))
}

// Limit is the limit of a clock in the reader's language; where it depends on an answer, of each answer.
func Limit(p *procedure.Procedure, c procedure.Clock, lang words.Lang) string {
	var list []string
	for _, answer := range slices.Sorted(maps.Keys(c.Limits)) {
		o, k := p.Fields[c.LimitBy].Options[answer], p.Classes[answer]
		title := either(lang, o.Title+k.Title, o.En+k.En)
		list = append(list, words.Say(lang, "{answer}：{limit}", "answer", title, "limit", limit(lang, c.Limits[answer])))
	}
	if len(list) == 0 {
		return limit(lang, c.Limit)
	}
	return strings.Join(list, words.Say(lang, "；"))
}

// limit is a limit in the reader's language: the statute's own words in Chinese.
func limit(lang words.Lang, text string) string {
	if strings.HasPrefix(text, "field:") {
		return words.Say(lang, "逐件指定的日期")
	}
	if period, err := calendar.ParsePeriod(text); err == nil {
		return period.Say(lang)
	}
	return words.Say(lang, text)
}

func sep(lang words.Lang) string {
	if lang == words.EN {
		return ", "
	}
	return "、"
}

func quote(s string) string { return "“" + s + "”" }

func either(lang words.Lang, zh, en string) string {
	if lang == words.EN && en != "" {
		return en
	}
	return zh
}
