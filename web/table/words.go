package table

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/web/look"
	"jishi/web/tell"
)

// At is a page of the village's table.
func At(place, tail string) string { return "/table/" + place + tail }

// CellAt is the page of one cell.
func CellAt(s desk.Slot) string {
	q := url.Values{"element": {s.Element.ID}, "period": {s.Period}}
	return At(s.Cell.Place, "/cell?"+q.Encode())
}

// totalAt is where a sum opens: the sums of the places beneath, or the cell that it is.
func totalAt(r desk.TotalRow) string {
	if r.Opens == "cell" {
		return At(r.Code, "/cell?"+url.Values{"element": {r.Element}, "period": {r.Period}}.Encode())
	}
	return "/table/totals?" + url.Values{"place": {r.Code}, "element": {r.Element}}.Encode()
}

// HomesAt lists the households for a form.
func HomesAt(place, form, after string) string {
	q := url.Values{"form": {form}}
	if after != "" {
		q.Set("after", after)
	}
	return At(place, "/homes?"+q.Encode())
}

// HomeAt is one household for a form.
func HomeAt(place, id, form string) string {
	return At(place, "/home/"+url.PathEscape(id)+"?"+url.Values{"form": {form}}.Encode())
}

// AddAt is where a household is entered, or with home a person of it.
func AddAt(place, form, home string) string {
	q := url.Values{"form": {form}}
	if home != "" {
		q.Set("home", home)
	}
	return At(place, "/homes/new?"+q.Encode())
}

func heldAt(h desk.Held, s desk.Slot) string {
	q := url.Values{"place": {h.Place}, "subject": {h.Subject.ID}, "element": {s.Element.ID}, "period": {s.Period}}
	return "/held/correct?" + q.Encode()
}

func totalsAt(place, element string) string {
	q := url.Values{"place": {place}}
	if element != "" {
		q.Set("element", element)
	}
	return "/table/totals?" + q.Encode()
}

func more(h *desk.Homes) string {
	if h.Next == "" {
		return ""
	}
	return HomesAt(h.Place, h.Form.ID, h.Next)
}

func name(what string, i int) string { return what + strconv.Itoa(i) }

// fresh is a new one-time token for the cell where the form does not bring one back.
func fresh(kept, token string, i int) string {
	if kept != "" {
		return ""
	}
	return token + "-" + strconv.Itoa(i)
}

func firstForm(s desk.Slot) string {
	if len(s.Forms) == 0 {
		return ""
	}
	return s.Forms[0].ID
}

// title is the element with its period and unit.
func title(p look.Page, s desk.Slot) string {
	text := p.Either(s.Element.Title, s.Element.En)
	if s.Period != "" {
		text += " · " + Period(p, s.Period)
	}
	return text
}

func unit(p look.Page, e collect.Element) string {
	if e.Unit == "" {
		return ""
	}
	return p.Say("（{unit}）", "unit", p.Say(e.Unit))
}

// Period is a period in words: 2026年, 2026年第1季度, 2026年3月.
func Period(p look.Page, period string) string {
	switch {
	case period == "":
		return p.Say("长期有效")
	case len(period) == 4:
		return p.Say("{year}年", "year", period)
	case strings.Contains(period, "Q"):
		return p.Say("{year}年第{n}季度", "year", period[:4], "n", period[6:])
	}
	return p.Say("{year}年{n}月", "year", period[:4], "n", strings.TrimPrefix(period[5:], "0"))
}

// Shown is a value as people read it.
func Shown(p look.Page, e collect.Element, value string) string {
	switch {
	case value == "":
		return "—"
	case e.Type == "yes" && value == "yes":
		return p.Say("是")
	case e.Type == "yes":
		return p.Say("否")
	case e.Type == "day":
		return p.Day(calendar.Day(value))
	case e.Type == "code":
		for _, c := range e.Codes {
			if c.Code == value {
				return p.Either(c.Title, c.En)
			}
		}
	case e.Unit != "":
		return value + " " + p.Say(e.Unit)
	}
	return value
}

// From says where a value is from, how old it is and when somebody last looked at it.
func From(p look.Page, s desk.Slot) string {
	body := tell.Body(p, s.SourceBody)
	if body == "" {
		body = s.Cell.Source
	}
	text := p.Say("来自{body}，说的是 {day} 的情况", "body", body, "day", p.Day(s.Cell.AsOf))
	if s.Cell.Checked != "" && s.Cell.Checked != s.Cell.AsOf {
		text += p.Say("；{day} 核对过", "day", p.Day(s.Cell.Checked))
	}
	return text
}

// namedForms is how many forms are named beside a cell: a telephone's screen is small, and the count tells the rest.
const namedForms = 3

func asked(p look.Page, s desk.Slot) string {
	var names []string
	for _, f := range s.Forms[:min(len(s.Forms), namedForms)] {
		names = append(names, p.Say("{body}“{form}”", "body", tell.Short(p, f.Body), "form", f.Title))
	}
	if len(s.Forms) > namedForms {
		return p.Say("要它的：{forms} 等 {n} 张表", "forms", strings.Join(names, p.Say("、")), "n", len(s.Forms))
	}
	return p.Say("要它的：{forms}", "forms", strings.Join(names, p.Say("、")))
}

func field(p look.Page, f look.Form, i int, s desk.Slot) look.Field {
	q := valueField(p, s.Element, s.Cell.Value, name("v", i), title(p, s)+unit(p, s.Element))
	q.Optional = false
	return f.Ask(p, q)
}

// valueField asks for one value of the element.
func valueField(p look.Page, e collect.Element, value, name, label string) look.Field {
	q := look.Field{Name: name, Label: label, Value: value, Kind: "line", Hint: e.Definition, Short: true}
	switch e.Type {
	case "yes":
		q.Kind, q.Options = "list", []look.Option{{Value: "yes", Title: p.Say("是")}, {Value: "no", Title: p.Say("否")}}
	case "day":
		q.Kind = "day"
	case "code":
		q.Kind = "list"
		for _, c := range e.Codes {
			q.Options = append(q.Options, look.Option{Value: c.Code, Title: p.Either(c.Title, c.En)})
		}
	case "text":
		q.Short = false
	}
	return q
}

// Choice is one of the values of a disputed cell.
type Choice struct{ ID, Value, Shown, Says string }

// Choices are the values of a disputed cell, the one that stands first, each with who and when.
func Choices(p look.Page, d desk.Dispute) []Choice {
	id := "o" + d.Others[0].ID
	var list []Choice
	if d.Cell.Known() {
		says := p.Say("现在用的 · ") + tell.Body(p, d.SourceBody)
		if d.Writer != "" {
			says += " " + d.Writer
		}
		list = append(list, Choice{id + "-0", d.Cell.Value, Shown(p, d.Element, d.Cell.Value), says + " · " + p.Moment(d.Cell.At)})
	}
	for i, x := range d.Others {
		says := who(p, x) + " · " + p.Moment(x.At)
		if x.Reason != "" {
			says += p.Say("：") + x.Reason
		}
		value := x.Shown
		at := slices.IndexFunc(list, func(c Choice) bool { return c.Value == value && value != "" })
		if at >= 0 {
			list[at].Says += p.Say("；") + says
			continue
		}
		list = append(list, Choice{id + "-" + strconv.Itoa(i+1), value, Shown(p, d.Element, value), says})
	}
	return list
}

func who(p look.Page, x desk.Saying) string {
	if x.By == "citizen" {
		return p.Say("本人")
	}
	text := tell.Body(p, x.Body)
	if x.Person != "" {
		text += " " + x.Person
	}
	return text
}

func outcome(p look.Page, x desk.Saying) string {
	switch {
	case x.Open:
		return p.Say("等待裁定")
	case x.Outcome == table.Contends:
		return p.Say("已经裁定")
	case x.Outcome == table.Agrees:
		return p.Say("与当时的数值一致")
	}
	return p.Say("成为数值")
}

func decidedBy(p look.Page, d desk.Dispute) string {
	for _, x := range d.Others {
		if x.Contest {
			return p.Say("由{body}决定，最后一天 {day}", "body", decider(d), "day", p.Day(x.Due))
		}
	}
	return p.Say("由本村或者乡镇裁定")
}

func decider(d desk.Dispute) string {
	if d.SourceBody.Short != "" {
		return d.SourceBody.Short
	}
	return d.SourceBody.Name
}

func heldBy(h desk.Held, s desk.Slot) desk.Body {
	if s.Mine {
		return h.Keeper
	}
	return s.SourceBody
}

func decidable(list []desk.Dispute) int {
	n := 0
	for _, d := range list {
		if d.MayDecide {
			n++
		}
	}
	return n
}

type theme struct {
	Title string
	Slots []desk.Slot
}

func themes(p look.Page, known []desk.Slot) []theme {
	var list []theme
	for _, s := range known {
		title := p.Say(s.Element.Theme)
		if title == "" {
			title = p.Say("其他")
		}
		if len(list) == 0 || list[len(list)-1].Title != title {
			list = append(list, theme{Title: title})
		}
		list[len(list)-1].Slots = append(list[len(list)-1].Slots, s)
	}
	return list
}

// says are the sentences that the script shows, in the reader's language.
func says(p look.Page) string {
	b, err := json.Marshal(map[string]string{
		"kept":     p.Say("存在本机，等有网络时送出"),
		"stands":   p.Say("已送达"),
		"agrees":   p.Say("已送达，与现有的数值一致"),
		"contends": p.Say("已送达，但别人写了不一样的数值，要裁定"),
		"look":     p.Say("去裁定"),
		"offline":  p.Say("现在没有网络。{n} 格存在本机，有网络时自动送出。"),
		"sending":  p.Say("正在送出 {n} 格……"),
		"done":     p.Say("全部送达。"),
		"signin":   p.Say("登录已经过期。{n} 格还存在本机，请重新登录，会接着送出。"),
		"refused":  p.Say("有 {n} 格没有收下，原因写在格子下面。"),
		"unsent":   p.Say("还有 {n} 格没有送出。现在退出，要再登录才能送出。"),
	})
	if err != nil {
		return "{}" // strings always become JSON
	}
	return string(b)
}

// cell is one cell of a household page with its running number.
type cell struct {
	I              int
	First          bool
	Label, Subject string
	Slot           desk.Slot
}

// numbers: something that is asked here carries a check digit.
func (v HomeView) numbers() bool {
	return slices.ContainsFunc(v.cells(), func(c cell) bool { return c.Slot.Mine && table.CarriesDigit(c.Slot.Element) })
}

func (v HomeView) cells() []cell {
	var list []cell
	for _, m := range v.Members {
		for j, s := range m.Slots {
			list = append(list, cell{len(list), j == 0, m.Label, m.ID, s})
		}
	}
	return list
}
