package matter

import (
	"slices"
	"strings"

	"jishi/base/words"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/procedure"
)

// guardBodies decides the guards that look at the places and bodies that a step names. A field that was left empty
// is no fault here: where it must be filled in, the rules say so.
func (e *Engine) guardBodies(m *Matter, p *procedure.Procedure, g procedure.Guard, body string, press Press, refuse refuser) error {
	own, _ := e.Offices.Tree().Get(body)
	title := words.Two{ZH: p.Fields[g.Arg].Title, EN: p.Fields[g.Arg].En}
	named := members(press.With[g.Arg])
	switch g.Name {
	case "place-within":
		if v := press.With[g.Arg]; v != "" && !strings.HasPrefix(v, division.Prefix(own.Division)) {
			return refuse("place-outside", "“{field}”不在{body}的辖区里。", "field", title, "body", bodyName(own)).At(g.Arg, "选本辖区里的地方。")
		}
	case "serves-within":
		for _, id := range named {
			if o, ok := e.Offices.Tree().Get(id); ok && !servesWithin(o, own, g.Level) {
				return refuse("serves-elsewhere", "{body}不在本辖区可以请的范围里。", "body", bodyName(o)).At(g.Arg, "请选别的单位。").
					Try("确实需要它的，请报上级协调。")
			}
		}
	case "at-least":
		outside := g.Beyond == "" || slices.ContainsFunc(named, func(id string) bool {
			o, ok := e.Offices.Tree().Get(id)
			return ok && !servesWithin(o, own, g.Beyond)
		})
		if outside && len(named) < g.Limit {
			return refuse("too-few", "“{field}”至少要有{least}个。", "field", title, "least", g.Limit).At(g.Arg, "请补上，或者改选本地的单位。")
		}
	case "none-yet":
		for _, id := range named {
			if m.hasPart(g.Of, id) {
				return refuse("there-already", "{body}已经在里面了，不用再选一次。", "body", e.bodyName(id)).At(g.Arg, "请选别的单位。")
			}
		}
	case "of-kinds", "not-kinds":
		for _, id := range named {
			o, ok := e.Offices.Tree().Get(id)
			if ok && press.With[g.Unless] == "" && slices.Contains(g.Kinds, string(o.Kind)) != (g.Name == "of-kinds") {
				return refuse("wrong-kind", "这一步不能交给{body}。", "body", bodyName(o)).At(g.Arg, "请选别的单位。")
			}
		}
	case "among":
		asked := members(press.With[g.Of])
		for _, id := range named {
			if !slices.Contains(asked, id) && !m.Holds(g.Of, id) {
				return refuse("not-among", "{body}不在参加的单位里。", "body", e.bodyName(id)).At(g.Arg, "请从参加的单位里选。")
			}
		}
	case "is-acting":
		for _, id := range named {
			if id != body {
				return refuse("not-itself", "“{field}”须是提出的单位自己（{body}），不能是{other}。", "field", title, "body", bodyName(own), "other", e.bodyName(id)).At(g.Arg, "请选本单位。")
			}
		}
	case "not-denied": // the sentence is the same whatever stands behind it: it must not say that something does
		for _, id := range named {
			if e.deniedBodies(m, id) {
				return words.Refuse(words.Closed, "not-this-body", "这件事不能交给{body}。", "body", e.bodyName(id)).At(g.Arg, "请选别的单位。").
					Try("没有别的单位可选的，请报上级协调。")
			}
		}
	}
	return nil
}

// guardAllHold: whoever holds the one relation holds one of the others as well.
func (e *Engine) guardAllHold(m *Matter, p *procedure.Procedure, g procedure.Guard, refuse refuser) error {
	for _, party := range m.Parties[g.Arg] {
		holds := slices.ContainsFunc(g.Relations(), func(relation string) bool { return m.Holds(relation, party.Org) })
		if !holds {
			r := p.Relations[g.Arg]
			return refuse("not-all-there", "{body}是“{relation}”，还没有请它参加。", "body", e.bodyName(party.Org), "relation", words.Two{ZH: r.Title, EN: r.En}).
				Try("请先邀请它，再作决定。")
		}
	}
	return nil
}

// members are the bodies or persons that a field names.
func members(value string) []string { return strings.Fields(strings.ReplaceAll(value, ",", " ")) }

// servesWithin: the body serves the place in which own lies, taken at the level, or a place inside it.
func servesWithin(o, own org.Org, level string) bool {
	return strings.HasPrefix(o.Division, division.Prefix(atLevel(own.Division, org.Level(level))))
}

// atLevel is the place of the level in which the place with the code lies.
func atLevel(code string, level org.Level) string {
	digits := map[org.Level]int{org.Province: 2, org.City: 4, org.County: 6, org.Township: 9}[level]
	if digits == 0 || digits > len(code) {
		return code
	}
	return code[:digits] + strings.Repeat("0", len(code)-digits)
}

func (e *Engine) bodyName(id string) words.Two {
	o, _ := e.Offices.Tree().Get(id)
	return bodyName(o)
}

func bodyName(o org.Org) words.Two { return words.Two{ZH: o.Name, EN: o.En} }

// notAbove: where an action goes one level up, whoever names another body is told which it can be.
func (e *Engine) notAbove(p *procedure.Procedure, a procedure.Action, above []string) error {
	var zh, en []string
	for _, body := range above {
		if o, ok := e.Offices.Tree().Get(body); ok {
			zh, en = append(zh, "“"+o.Name+"”"), append(en, or(o.En, o.Name))
		}
	}
	return words.Refuse(words.Invalid, "not-one-above", "“{action}”要向上一级机关提出，选的不是上一级机关。", "action", words.Two{ZH: a.Title, EN: a.En}).
		Under(p.Cite(a.Cite)).At("target", "可以选择的有：{bodies}。", "bodies", words.Two{ZH: strings.Join(zh, "、"), EN: strings.Join(en, ", ")}).Try("请从列表里选择；不选的，由第一个机关办理。")
}
