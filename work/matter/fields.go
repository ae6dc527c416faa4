package matter

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/work/procedure"
)

// longest is the most characters a text field takes where its rule gives no number.
const longest = 20_000

// CheckForm is what is wrong with the form of an opening; nil when nothing is.
func (e *Engine) CheckForm(p *procedure.Procedure, with map[string]string) *words.Refusal {
	r, _ := words.AsRefusal(e.checkFields(p, p.Open.Needs, p.Open.Asks, with))
	return r
}

// checkFields refuses what an action cannot take: all faults at once, each beside its field.
// What an action does not ask for is refused too: it would be kept, and nobody would see it.
func (e *Engine) checkFields(p *procedure.Procedure, needs, asks []string, with map[string]string) error {
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	for _, name := range slices.Concat(needs, asks) {
		f := p.Fields[name]
		value := strings.TrimSpace(with[name])
		if value == "" {
			if slices.Contains(needs, name) {
				r.At(name, missing(f), "field", words.Two{ZH: f.Title, EN: f.En})
			}
			continue
		}
		fault, args := checkField(f, value)
		if fault == "" {
			fault = e.checkMembers(f, value)
		}
		if fault != "" {
			r.At(name, fault, append(args, "field", words.Two{ZH: f.Title, EN: f.En})...)
		}
	}
	for name, value := range with {
		if value != "" && !slices.Contains(needs, name) && !slices.Contains(asks, name) {
			r.At(name, "这一步不需要“{field}”。", "field", words.Two{ZH: or(p.Fields[name].Title, name), EN: p.Fields[name].En})
		}
	}
	if len(r.Fields) == 0 {
		return nil
	}
	slices.SortFunc(r.Fields, func(a, b words.Fault) int { // in the order of the form; what nobody asked for comes first
		asked := slices.Concat(needs, asks)
		return cmp.Or(slices.Index(asked, a.Field)-slices.Index(asked, b.Field), strings.Compare(a.Field, b.Field))
	})
	return r.With("n", len(r.Fields))
}

// missing asks for a field that was left empty, by the way in which it is filled in.
func missing(f procedure.Field) string {
	switch f.Type {
	case "choice", "org", "person", "place", "entry":
		return "请选择“{field}”。"
	}
	return "请填写“{field}”。"
}

// checkMembers: a field names a body or a person once, and several only where the rules allow several.
func (e *Engine) checkMembers(f procedure.Field, value string) (fault string) {
	if f.Type != "org" && f.Type != "person" {
		return ""
	}
	list := members(value)
	if !f.Many && len(list) > 1 {
		return "“{field}”只能选一个。"
	}
	seen := map[string]bool{}
	for _, id := range list {
		if seen[id] {
			return "“{field}”里同一个单位或者人选了两次。"
		}
		o, ok := e.Offices.Tree().Get(id)
		if !ok && f.Type == "org" {
			return "“{field}”里有不存在的单位，请从列表里选择。"
		}
		if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, string(o.Kind)) {
			return "“{field}”里有不能选的单位，请从列表里选择。"
		}
		seen[id] = true
	}
	return ""
}

// entriesOf: a field of the type entry names one of those who brought this matter in.
func entriesOf(m *Matter, p *procedure.Procedure, a procedure.Action, press Press) error {
	for _, name := range slices.Concat(a.Needs, a.Asks) {
		value := press.With[name]
		if p.Fields[name].Type == "entry" && value != "" && !slices.ContainsFunc(m.Entries, func(n Entry) bool { return n.ID == value }) {
			return words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).
				At(name, "请从“{field}”的选项里选一项。", "field", words.Two{ZH: p.Fields[name].Title, EN: p.Fields[name].En})
		}
	}
	return nil
}

func checkField(f procedure.Field, value string) (fault string, args []any) {
	if fault := checkText(value); fault != "" {
		return fault, nil
	}
	most := f.Max
	if most == 0 {
		most = longest
	}
	switch f.Type {
	case "day":
		if _, err := calendar.ParseDay(value); err != nil {
			return "“{field}”要写成年-月-日，例如 2026-12-10。", nil
		}
	case "time":
		if _, ok := calendar.ParseMinute(value); !ok {
			return "“{field}”要写成年-月-日 时:分，例如 2026-12-10 14:30。", nil
		}
	case "period":
		if _, err := calendar.ParseDay(value); err == nil {
			break
		}
		p, err := calendar.ParsePeriod(value)
		if err != nil || p.Unit.Exact() || p.Unit == calendar.SameDay {
			return "“{field}”要写成天数，例如 30日；或者最后一天，例如 2026-12-10。", nil
		}
	case "int":
		n, err := strconv.Atoi(value)
		if err != nil || n < f.Min || f.Max > 0 && n > f.Max {
			return "“{field}”要写成整数。", nil
		}
	case "choice":
		if _, ok := f.Options[value]; !ok {
			return "请从“{field}”的选项里选一项。", nil
		}
	case "yes":
		if value != "yes" {
			return "“{field}”只能勾选或者不勾选。", nil
		}
	case "line":
		if strings.ContainsAny(value, "\r\n") {
			return "“{field}”只能写一行。", nil
		}
		if f.Max == 0 {
			most = 200
		}
		fallthrough
	default:
		if n := utf8.RuneCountInString(value); n > most {
			return "“{field}”最多{most}字，现在有{n}字。请删减，或者把详细内容作为附件。", []any{"most", most, "n", n}
		}
	}
	return "", nil
}

// checkText refuses what no database and no reader can take whole: broken UTF-8, control characters, and the
// marks that turn the reading direction around and can make a text read otherwise than it was written.
func checkText(s string) string {
	if !utf8.ValidString(s) {
		return "“{field}”里有读不出的文字编码，请重新输入。"
	}
	for _, c := range s {
		if c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' || c == '\u200f' || c == '\u200e' {
			return "“{field}”里有改变文字方向的隐藏符号，请删去后再提交。"
		}
		if unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' {
			return "“{field}”里有看不见的控制字符，请删去后再提交。"
		}
	}
	return ""
}
