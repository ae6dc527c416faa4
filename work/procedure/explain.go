package procedure

import (
	"fmt"
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
)

// Explain tells an action, a clock or a state of the procedure in words, one sentence a line: who, from where, to
// where, with what, by when, under which article and what that article says. ok is false when there is none.
func (b *Book) Explain(p *Procedure, id string, lang words.Lang) (lines []string, ok bool) {
	x := explaining{b: b, p: p, lang: lang}
	if a, found := p.Actions[id]; found {
		x.action(a)
		ok = true
	}
	if k, found := p.Clocks[id]; found {
		x.clock(id, k)
		ok = true
	}
	if s, found := p.States[id]; found {
		x.state(s)
		ok = true
	}
	return x.lines, ok
}

// ExplainAll tells the whole procedure: states, actions, clocks.
func (b *Book) ExplainAll(p *Procedure, lang words.Lang) (lines []string) {
	for _, ids := range [][]string{keys(p.States), p.ActionIDs(), p.ClockIDs()} {
		for _, id := range ids {
			told, _ := b.Explain(p, id, lang)
			lines = append(append(lines, id), told...)
		}
	}
	return lines
}

type explaining struct {
	b     *Book
	p     *Procedure
	lang  words.Lang
	lines []string
}

func (x *explaining) say(text string, args ...any) {
	x.lines = append(x.lines, "  "+words.Say(x.lang, text, args...))
}

func (x *explaining) list(names []string) string {
	if x.lang == words.EN {
		return strings.Join(names, ", ")
	}
	return strings.Join(names, "、")
}

func (x *explaining) action(a Action) {
	x.say("操作“{title}”：由{who}做。", "title", either(x.lang, a.Title, a.En), "who", x.list(x.who(a.By)))
	to := words.Say(x.lang, "状态不变")
	if s, ok := x.p.States[a.To]; ok {
		to = either(x.lang, s.Title, s.En)
	}
	x.say("从“{from}”到“{to}”。", "from", x.list(x.states(a.From)), "to", to)
	if len(a.Needs) > 0 {
		x.say("必须填写：{fields}。", "fields", x.list(x.fields(a.Needs)))
	}
	if len(a.Asks) > 0 {
		x.say("可以填写：{fields}。", "fields", x.list(x.fields(a.Asks)))
	}
	if l, ok := x.b.Letter(a.Letter, x.p.Profile); ok {
		x.say("送达文书：《{letter}》。", "letter", either(x.lang, l.Title, l.En))
	}
	for _, at := range []string{a.Within, a.Extends} {
		if k, ok := x.p.Clocks[at]; ok {
			x.say("受这个期限约束：{clock}（{limit}）。", "clock", either(x.lang, k.Title, k.En), "limit", x.limit(k.Limit))
		}
	}
	x.law(a.Cite, a.Grade, a.Note, "")
}

func (x *explaining) clock(id string, k Clock) {
	x.say("期限“{title}”：{limit}，由{who}遵守。", "title", either(x.lang, k.Title, k.En), "limit", x.limit(k.Limit), "who", x.list(x.who([]string{k.Holder})))
	var starts []string
	for _, s := range k.Starts {
		name := x.actionName(s.On)
		if s.Day != "" {
			name += words.Say(x.lang, "（按{day}）", "day", x.fields([]string{s.Day})[0])
		}
		starts = append(starts, name)
	}
	x.say("起算：{starts}。停止：{stops}。", "starts", x.list(starts), "stops", x.list(x.actions(k.Stops)))
	if k.Extend != nil {
		x.say("可以延长，累计不超过{upto}，由{who}决定。", "upto", x.limit(k.Extend.Upto), "who", x.list(x.who([]string{k.Extend.By})))
	}
	for _, p := range k.Pauses {
		x.say("从“{from}”到“{to}”的日子不计入，首尾两日都算。", "from", x.actionName(p.From), "to", x.actionName(p.To))
	}
	if k.Rolls {
		x.say("最后一日是休息日的，顺延到下一个工作日。")
	} else {
		x.say("最后一日是休息日的，不顺延。")
	}
	for _, m := range k.Missed {
		x.consequence(m)
	}
	x.law(k.Cite, k.Grade, k.Note, k.NoteEn)
}

func (x *explaining) consequence(m Consequence) {
	switch m.Name {
	case "bar":
		x.say("过期以后不能再做。")
	case "supervise":
		t := x.p.Triggers[m.Arg]
		x.say("过期引起督办：{ground}。", "ground", either(x.lang, t.Title, t.En))
	case "do":
		x.say("过期由系统做“{action}”。", "action", x.actionName(m.Arg))
	default:
		x.say("过期会一直显示为逾期。")
	}
}

func (x *explaining) state(s State) {
	if s.Final {
		x.say("状态“{title}”：程序终结。", "title", either(x.lang, s.Title, s.En))
	} else {
		x.say("状态“{title}”：等{who}办下一步。", "title", either(x.lang, s.Title, s.En), "who", x.list(x.who([]string{s.Holder})))
	}
	if s.Timeless != "" && x.lang != words.EN {
		x.say("没有期限：{why}。", "why", s.Timeless)
	}
	x.law(s.Cite, s.Grade, s.Note, "")
}

// law names the article, what it says, and whether what stands here is law at all.
func (x *explaining) law(cite string, grade Grade, note, noteEn string) {
	if c, err := x.b.resolve(x.p.Cite(cite), x.p.From); err == nil {
		x.say("依据：{cite}。{gist}", "cite", c.Say(x.lang), "gist", c.GistIn(x.lang))
	} else {
		x.say("依据：{cite}。{gist}", "cite", x.p.Cite(cite), "gist", "")
	}
	if x.lang == words.EN {
		note = noteEn
	}
	if grade == "D" {
		x.say("非法律规定：这是本系统的设置。{note}", "note", note)
	} else if note != "" {
		x.say("说明：{note}", "note", note)
	}
}

func (x *explaining) who(by []string) (names []string) {
	for _, r := range by {
		format, name := "{who}", r
		for _, f := range []struct{ prefix, say string }{{"head-of-", "{who}的负责人"}, {"above-", "{who}的上一级"}, {"superior-of-", "{who}的上级机关"}, {"power:", "有“{who}”职责的人"}} {
			if rest, ok := strings.CutPrefix(r, f.prefix); ok {
				format, name = f.say, rest
			}
		}
		switch r {
		case "anyone":
			name = words.Say(x.lang, "任何人")
		case "system":
			name = words.Say(x.lang, "系统")
		}
		if rel, ok := x.p.Relations[name]; ok {
			name = either(x.lang, rel.Title, rel.En)
		}
		names = append(names, words.Say(x.lang, format, "who", name))
	}
	return names
}

func (x *explaining) states(ids []string) (names []string) {
	for _, id := range ids {
		switch s, ok := x.p.States[id]; {
		case ok:
			names = append(names, either(x.lang, s.Title, s.En))
		case id == "any":
			names = append(names, words.Say(x.lang, "任何状态"))
		default:
			names = append(names, words.Say(x.lang, "任何没有终结的状态"))
		}
	}
	return names
}

func (x *explaining) fields(ids []string) (names []string) {
	for _, id := range ids {
		names = append(names, either(x.lang, x.p.Fields[id].Title, x.p.Fields[id].En))
	}
	return names
}

func (x *explaining) actions(ids []string) (names []string) {
	for _, id := range ids {
		names = append(names, x.actionName(id))
	}
	return names
}

func (x *explaining) actionName(id string) string {
	if id == "open" {
		return either(x.lang, x.p.Open.Title, x.p.Open.En)
	}
	return either(x.lang, x.p.Actions[id].Title, x.p.Actions[id].En)
}

func (x *explaining) limit(limit string) string {
	if field, ok := strings.CutPrefix(limit, "field:"); ok {
		return words.Say(x.lang, "按“{field}”指定的日子", "field", x.fields([]string{field})[0])
	}
	return limitWords(limit, x.lang)
}

// limitWords are the statute's words for a limit in the reader's language.
func limitWords(limit string, lang words.Lang) string {
	if lang != words.EN {
		return limit
	}
	if period, err := calendar.ParsePeriod(limit); err == nil {
		return period.Say(lang)
	}
	if limit == "及时" {
		return "promptly"
	}
	return fmt.Sprint(limit)
}
