// Package collect is where departments bring their forms and the data authority keeps the catalogue.
package collect

import (
	"strconv"
	"strings"

	"jishi/desk"
	"jishi/module/collect"
	"jishi/web/look"
)

// Home is the forms that the reader may see.
type Home struct {
	Forms             []desk.FormLine
	Listed            bool
	Keeper, All       bool
	Fields, Known     int // of all forms shown
	Refused, Obtained int
}

// Detail is one form.
type Detail struct {
	*desk.FormView
	Form     look.Form
	Notices  []string
	Marked   string // where the rows that are to be put right can be had
	Schedule *desk.LayoutDue
	When     func(ms int64) string
}

func levelTitle(level string) string {
	if level == "township" {
		return "乡镇（街道）"
	}
	return "村（社区）"
}

func periodTitle(period string) string {
	switch period {
	case "year":
		return "每年"
	case "quarter":
		return "每季"
	case "month":
		return "每月"
	}
	return "一次"
}

func stateTitle(f collect.Form) string {
	switch f.State {
	case collect.Draft:
		return "待确认栏目"
	case collect.Checked:
		return "待两家同意"
	case collect.Listed:
		return "已列入清单"
	case collect.Ended:
		return "已退出"
	}
	switch f.Why {
	case collect.Duplicate:
		return "重复登记，未准入"
	case collect.Obtainable:
		return "都能共享取得，未准入"
	}
	return "未同意"
}

func kindTitle(kind string) string {
	switch kind {
	case collect.Reuse:
		return "已有，不用填"
	case collect.Share:
		return "可以共享，不用填"
	case collect.New:
		return "要新填"
	}
	return "待确认"
}

func sensitivityTitle(id string) string { return collect.TitleIn(collect.Sensitivities, id) }

func field(n int) string { return "field" + strconv.Itoa(n) }

// percent of two counts with one decimal, a dash where there is nothing to count.
func percent(n, of int) string {
	if of == 0 {
		return "—"
	}
	return strconv.FormatFloat(float64(n)*100/float64(of), 'f', 1, 64) + "%"
}

func reasons(p look.Page, s collect.Suggestion) string {
	var list []string
	for _, r := range s.Why {
		list = append(list, p.Say(r.Text, r.Args...))
	}
	return strings.Join(list, p.Say("；"))
}

func title(p look.Page, e collect.Element) string { return p.Either(e.Title, e.En) }

func holder(p look.Page, v Detail, l collect.Line) string {
	if b, ok := v.Holders[l.Holder]; ok && b.Name != "" {
		return p.Either(b.Name, b.En)
	}
	if l.Kind == collect.Reuse {
		return p.Say("一张表")
	}
	return "—"
}
