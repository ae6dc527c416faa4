package matter

import (
	"slices"
	"strconv"
	"strings"

	"jishi/base/words"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/procedure"
)

// guard decides one named condition; nil means it holds. Where the rules say in their own words why it does not, these
// are told: the engine knows no procedure's reasons.
func (e *Engine) guard(m *Matter, p *procedure.Procedure, g procedure.Guard, cite, body string, press Press) error {
	err := e.holds(m, p, g, cite, body, press)
	if r, ok := words.AsRefusal(err); ok && r.Kind == words.Closed && g.Says != "" {
		own := *r
		own.What = "{why}"
		own.Args = append(slices.Clone(r.Args), "why", words.Two{ZH: words.Say(words.ZH, g.Says, r.Args...), EN: words.Say(words.EN, g.SaysEn, r.Args...)})
		if own.Way = ""; g.Way != "" {
			own.Way = "{instead}"
			own.Args = append(own.Args, "instead", words.Two{ZH: g.Way, EN: g.WayEn})
		}
		return &own
	}
	return err
}

// holds decides it by name. The names are the closed list of package procedure.
func (e *Engine) holds(m *Matter, p *procedure.Procedure, g procedure.Guard, cite, body string, press Press) error {
	cite = or(g.Cite, cite)
	refuse := func(code, what string, args ...any) *words.Refusal {
		return words.Refuse(words.Closed, code, what, args...).Under(p.Cite(cite))
	}
	if len(g.Classes) > 0 && !slices.Contains(g.Classes, m.Class) {
		return nil
	}
	switch g.Name {
	case "place-within", "serves-within", "at-least", "none-yet", "among", "is-acting", "not-denied", "of-kinds", "not-kinds":
		return e.guardBodies(m, p, g, body, press, refuse)
	case "not-before", "not-future", "not-past":
		return e.guardTime(m, p, g, press, refuse)
	case "linked-open", "linked-past", "linked-flagged":
		return e.guardLinked(m, p, g, press, refuse)
	case "no-numbers":
		return guardNumbers(p, g, press, refuse)
	case "all-hold":
		return e.guardAllHold(m, p, g, refuse)
	case "not-case-officer":
		officer := or(g.Arg, "case-officer")
		if slices.ContainsFunc(m.Parties[officer], func(x Party) bool { return x.Person == press.By.ID }) {
			return refuse("own-case", "承办这件事项的人不能做这一步。").Try("请由没有承办它的人来做。")
		}
	case "not-reported":
		for _, target := range strings.Fields(press.With[or(g.Arg, "target")]) {
			if e.deniedBodies(m, target) {
				return toDenied(p)
			}
		}
	case "target-beneath", "target-own-system", "target-elsewhere", "target-kind":
		return e.guardTarget(m, g, body, press, refuse)
	case "at-most":
		// A limit may hold only for groups up to a size: of ten people, say, at most three may speak.
		if size, err := strconv.Atoi(press.With[g.When]); g.When != "" && (err != nil || size > g.Upto) {
			return nil
		}
		n, err := strconv.Atoi(or(press.With[g.Arg], "0"))
		if err != nil || n > g.Limit {
			return refuse("too-many", "{field}不能超过{most}。", "field", words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}, "most", g.Limit).Try("请减少到{most}以内再提交；事项照常登记。")
		}
	case "not-recused":
		if m.Flags["recused:"+press.With[g.Arg]] != "" {
			return refuse("recused", "这个人已经回避这件事项。").Try("请另选一人。")
		}
	case "filled":
		if strings.TrimSpace(press.With[g.Arg]) == "" {
			field := words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}
			return refuse("not-filled", "这一类要填写“{field}”。", "field", field).At(g.Arg, "请填写“{field}”。", "field", field)
		}
	case "few-alike":
		return e.guardAlike(m, p, g, body, press, refuse)
	case "rows":
		return e.guardRows(p, g, press, refuse)
	case "linked":
		if press.Linked == nil {
			return noLinked()
		}
	case "linked-running":
		return e.guardLinkedRunning(g, body, press, refuse)
	case "linked-final":
		if press.Linked == nil {
			return noLinked()
		}
		if press.Linked.State != g.Arg {
			return refuse("not-final", "关联的事项现在是“{state}”，不能据此做这一步。", "state", words.Two{ZH: e.rules(press.Linked).States[press.Linked.State].Title, EN: e.rules(press.Linked).States[press.Linked.State].En})
		}
	case "yes":
		if press.With[g.Arg] != "yes" {
			return refuse("not-confirmed", "没有确认“{field}”。", "field", words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}).At(g.Arg, "属实才可以勾选。")
		}
	case "flagged":
		if m.Flags[g.Arg] == "" {
			return refuse("not-flagged", "这件事项不具备做这一步的条件（{flag}）。", "flag", words.Two{ZH: or(p.Flags[g.Arg].Title, g.Arg), EN: p.Flags[g.Arg].En})
		}
	case "not-flagged":
		if m.Flags[g.Arg] != "" {
			return refuse("flagged", "这件事项属于“{flag}”，不能做这一步。", "flag", words.Two{ZH: or(p.Flags[g.Arg].Title, g.Arg), EN: p.Flags[g.Arg].En})
		}
	case "differs":
		if was := m.Fields["set-aside-"+g.Arg]; was != "" && strings.TrimSpace(was) == strings.TrimSpace(press.With[g.Arg]) {
			return refuse("same-again", "“{field}”与原来被撤销的一样。", "field", words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}).Try("请重新写。")
		}
	case "channel":
		if !slices.Contains(strings.Split(strings.ReplaceAll(g.Arg, " ", ""), ","), m.Channel) {
			return refuse("channel", "这一步不适用于以这种方式提出的事项。")
		}
	case "letter-served":
		if !slices.ContainsFunc(m.Letters, func(l Letter) bool { return l.Kind == g.Arg && l.ServedOn != "" }) {
			return refuse("not-served", "文书还没有送达，或者没有送达证据。").Try("请先补记送达日期、方式和证据。")
		}
	case "clock-idle":
		if c, ran := m.Clock(g.Arg); ran && c.Running() && c.Day != "" && !c.Over(press.At) {
			return refuse("clock-runs", "{clock}还在计算，最后一天是{day}。", "clock", words.Two{ZH: p.Clocks[g.Arg].Title, EN: p.Clocks[g.Arg].En}, "day", string(c.Day))
		}
	case "entries-left", "entries-done":
		return guardEntries(m, g, refuse)
	case "none-open":
		if n := len(m.parts(g.Arg)); n > 0 {
			return refuse("still-open", "由这件事项引出的事项还有{n}件没有办结。", "n", n).Try("请等它们办结，或者先处理没有办结的。")
		}
	}
	return nil
}

// guardEntries looks at what was done for each of those who brought the matter in.
func guardEntries(m *Matter, g procedure.Guard, refuse refuser) error {
	left := m.entriesLeft(g.Arg)
	switch {
	case g.Name == "entries-left" && len(left) == 0:
		return refuse("none-left", "每一位提出人都已经问过了。")
	case g.Name == "entries-done" && len(left) > 0:
		return refuse("some-left", "还有{n}位提出人没有问到。", "n", len(left)).Try("请逐一回访；联系不上的，也要记下。")
	}
	return nil
}

// guardRows counts the rows of a text that is a list: one a line, its cells parted by commas.
func (e *Engine) guardRows(p *procedure.Procedure, g procedure.Guard, press Press, refuse refuser) error {
	if g.When != "" && press.With[g.When] != "yes" {
		return nil
	}
	n := 0
	for _, line := range strings.Split(press.With[g.Arg], "\n") {
		cells := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("，,、;； \t\r", r) })
		with, without := slices.Contains(cells, g.Word), !slices.Contains(cells, g.Without)
		if len(cells) > 0 && (g.Word == "" || with) && (g.Without == "" || without) {
			n++
		}
	}
	f := p.Fields[g.Arg]
	field := words.Two{ZH: f.Title, EN: f.En}
	switch {
	case n < g.Least && g.Word != "":
		return refuse("rows-word", "“{field}”里“{word}”至少要有{least}人，现在有{n}人。", "field", field, "word", g.Word, "least", g.Least, "n", n)
	case n < g.Least && g.Without != "":
		return refuse("rows-without", "“{field}”里“{word}”以外的至少要有{least}人，现在有{n}人。", "field", field, "word", g.Without, "least", g.Least, "n", n)
	case n < g.Least || g.Upto > 0 && n > g.Upto && g.Word == "":
		return refuse("rows", "“{field}”要有{least}到{most}人，现在有{n}人。", "field", field, "least", g.Least, "most", g.Upto, "n", n)
	case g.Upto > 0 && n > g.Upto:
		return refuse("rows-word-most", "“{field}”里“{word}”最多{most}人，现在有{n}人。", "field", field, "word", g.Word, "most", g.Upto, "n", n)
	}
	return nil
}

type refuser func(code, what string, args ...any) *words.Refusal

func (e *Engine) guardTarget(m *Matter, g procedure.Guard, body string, press Press, refuse refuser) error {
	tree := e.Offices.Tree()
	target, ok := tree.Get(press.With["target"])
	if !ok {
		return words.Refuse(words.Invalid, "target", "请选择要转去的机关。").At("target", "从列表里选择一个机关。")
	}
	own, _ := tree.Get(body)
	switch g.Name {
	case "target-kind":
		if !slices.Contains(strings.Split(strings.ReplaceAll(g.Arg, " ", ""), ","), string(target.Kind)) {
			return refuse("other-kind", "{body}不是这一步可以选的单位。", "body", words.Two{ZH: target.Name, EN: target.En}).Try("请从列表里另选一个。")
		}
	case "target-elsewhere":
		if m.Holds(or(g.Arg, "handler"), target.ID) {
			return refuse("same-body", "{body}已经在这件事项里，不能原样再交给它。", "body", words.Two{ZH: target.Name, EN: target.En}).Try("请选别的单位。")
		}
	case "target-beneath":
		if target.ID == own.ID || !within(target, own) {
			return refuse("not-beneath", "{body}不是本级或者下级机关，不能转到那里。", "body", words.Two{ZH: target.Name, EN: target.En}).Try("请选择本级或者下级的机关。")
		}
	case "target-own-system":
		sameLine := own.Line != "" && own.Line == target.Line && target.ID != own.ID && within(target, own)
		if !tree.Beneath(target.ID, own.ID) && !sameLine {
			return refuse("other-system", "{body}不属于本系统下级机关。", "body", words.Two{ZH: target.Name, EN: target.En}).Try("请选择本系统的下级机关。")
		}
	}
	return nil
}

// within: the body serves the same place or one inside it.
func within(target, own org.Org) bool {
	return strings.HasPrefix(target.Division, division.Prefix(own.Division))
}

// guardLinkedRunning: only a superior of the body that handles the linked matter may refuse, and only while
// its period runs; afterwards the delay itself has to be supervised.
func (e *Engine) guardLinkedRunning(g procedure.Guard, body string, press Press, refuse refuser) error {
	l := press.Linked
	if l == nil {
		return noLinked()
	}
	holder := e.Holder(l)
	if l.Ended || holder == "" || !slices.Contains(e.superiors(holder), body) {
		return refuse("not-superior", "关联的事项不是由本机关的下级正在办理。").Try("请把这件事项照常办理。")
	}
	if c, ran := l.Clock(g.Arg); !ran || !c.Running() || c.Over(press.At) {
		return refuse("period-over", "关联的事项已经过了期限，不能据此做这一步。").Try("请把这件事项照常办理，并督办逾期的机关。")
	}
	return nil
}

// toDenied names the relation and never the party: who holds it is what must not be told.
func toDenied(p *procedure.Procedure) error {
	for _, r := range p.Relations {
		if r.Denied && r.Kind == "org" {
			return words.Refuse(words.Closed, "goes-to-reported", "不能转给{denied}或者它的下级。", "denied", words.Two{ZH: r.Title, EN: r.En}).
				Under(p.Cite(r.Cite)).Try("请选择有管理权限的机关。")
		}
	}
	return words.Refuse(words.Closed, "goes-to-reported", "不能转给这个机关。").Try("请选择有管理权限的机关。")
}

func noLinked() error {
	return words.Refuse(words.Invalid, "linked", "没有找到要关联的事项。").At("linked", "写上那件事项的编号。").Try("请核对编号。")
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
