package table

import (
	"slices"
	"strings"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/sheet"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/module/collect"
)

// The headings that say whose row it is, as the template writes them, and what people write instead.
var heads = map[string][]string{
	"村（社区）":  {"村", "社区", "村名", "社区名", "行政村", "所在村", "所属村", "村名称", "区划代码", "村代码"},
	"户":      {"户号", "组户号", "门牌", "门牌号", "家庭住址"},
	"姓名":     {"人员姓名", "本人姓名"},
	"身份证号码":  {"身份证号", "公民身份号码", "身份证", "证件号码", "身份证件号码"},
	"电话":     {"手机", "手机号", "手机号码", "联系电话"},
	SureHead: nil,
}

// SureHead is the heading under which a person says why a number is right although its check digit is wrong.
const SureHead = "号码无误的理由"

// Plan is what the columns of a file are for one form.
type Plan struct {
	At     map[string]int // heading to column, from 0
	Values []Column
	Left   []string // headings that the form does not ask for
}

// Column is a column of values.
type Column struct {
	At      int
	Heading string
	Need    Need
}

// Headings are the header of an empty table for the form's needs: whose row it is first.
func Headings(needs []Need, form string) []string {
	list, people := []string{"村（社区）"}, false
	for _, n := range needs {
		people = people || n.Element.Subject == Person
	}
	if slices.ContainsFunc(needs, func(n Need) bool { return n.Element.Subject == Person || n.Element.Subject == Household }) {
		list = append(list, "户")
	}
	if people {
		list = append(list, "姓名", "身份证号码", "电话")
	}
	for _, n := range needs {
		if t := n.Label(form); !slices.Contains(list, t) && headOf(t) == "" {
			list = append(list, t)
		}
	}
	return append(list, SureHead)
}

// Label is what the form calls the element.
func (n Need) Label(form string) string {
	for _, a := range n.Forms {
		if a.ID == form && a.Label != "" {
			return a.Label
		}
	}
	return n.Element.Title
}

// simple is a heading without blanks and without its unit: 耕地面积（亩） is 耕地面积.
func simple(s string) string {
	s = strings.Join(strings.Fields(sheet.Plain(s)), "")
	if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") && !strings.HasPrefix(s, "村(") {
		s = s[:i]
	}
	return s
}

func headOf(heading string) string {
	s := simple(heading)
	for h, others := range heads {
		if s == simple(h) || slices.Contains(others, s) {
			return h
		}
	}
	return ""
}

// PlanOf finds the columns of a header: by what the form calls a field, else by the element's title and synonyms.
func PlanOf(header []string, needs []Need, form string) Plan {
	p := Plan{At: map[string]int{}}
	taken := map[string]bool{}
	for i, text := range header {
		if simple(text) == "" || slices.Contains([]string{"序号", "问题", "原来的行号"}, simple(text)) {
			continue
		}
		n, ok := needNamed(needs, form, simple(text))
		h := headOf(text)
		if _, twice := p.At[h]; h != "" && !twice {
			p.At[h] = i
		}
		switch {
		case ok && !taken[n.Element.ID] && h != "村（社区）":
			taken[n.Element.ID] = true
			p.Values = append(p.Values, Column{i, strings.TrimSpace(text), n})
		case h == "":
			p.Left = append(p.Left, strings.TrimSpace(text))
		}
	}
	return p
}

func needNamed(needs []Need, form, heading string) (Need, bool) {
	for _, n := range needs {
		if simple(n.Label(form)) == heading {
			return n, true
		}
	}
	for _, n := range needs {
		if simple(n.Element.Title) == heading || slices.ContainsFunc(n.Element.Synonyms, func(s string) bool { return simple(s) == heading }) {
			return n, true
		}
	}
	return Need{}, false
}

// Line is one row that can be taken.
type Line struct {
	N                     int
	Place, Home           string // Home: label of the household, "" a row about the place
	Name, IDNumber, Phone string // of the person, "" none
	Sure                  string // why numbers are right nevertheless
	Unsure                []string
	Values                []Value
	Raw                   []string
}

// Value is what one cell says, in its one form.
type Value struct {
	Need Need
	Text string
	Col  int // from 1
}

// Reader takes rows of a file by a plan.
type Reader struct {
	Plan
	Today  calendar.Day
	Scan   bool                                                // a scan came with the file
	Place  func(text string) (code string, fault *words.Fault) // finds the village that a row names; "" is the only one
	People bool                                                // the form asks something of households or persons
	seen   map[string]int
}

// Take reads one row and tells all its faults at once. covered is the merged cell that the row is in without its content.
func (r *Reader) Take(row sheet.Row, covered string) (Line, []collect.RowFault) {
	l := Line{N: row.N, Raw: row.Cells}
	var faults []collect.RowFault
	fault := func(heading string, col int, text string, args ...any) {
		faults = append(faults, collect.RowFault{Row: row.N, Column: heading, Col: col, Text: text, Args: args})
	}
	switch {
	case row.Hidden:
		fault("", 0, "这一行是隐藏行，没有导入：请取消隐藏或删除。")
		return l, faults
	case covered != "":
		fault("", 0, "这一行有合并单元格{cells}的空白部分，没有导入：请取消合并，逐行填写。", "cells", covered)
		return l, faults
	}
	get := func(heading string, at int) string {
		if at < 0 || at >= len(row.Cells) {
			return ""
		}
		s := strings.TrimSpace(row.Cells[at])
		switch {
		case sheet.FormulaError(s):
			fault(heading, at+1, "公式出错（{value}）：请改成内容。", "value", s)
		case strings.ContainsFunc(s, unseen) || !utf8.ValidString(s) || utf8.RuneCountInString(s) > longest:
			fault(heading, at+1, "内容过长，或含有不能显示的字符：请改正。")
		default:
			return s
		}
		return ""
	}
	head := func(h string) string {
		i, ok := r.At[h]
		if !ok {
			return ""
		}
		return get(h, i)
	}
	l.Sure = head(SureHead)
	code, wrong := r.Place(head("村（社区）"))
	if l.Place = code; wrong != nil {
		fault("村（社区）", r.At["村（社区）"]+1, wrong.Text, wrong.Args...)
	}
	if r.People {
		l.Home, l.Name, l.Phone, l.IDNumber = sheet.Plain(head("户")), head("姓名"), head("电话"), head("身份证号码")
		r.who(&l, fault)
	}
	for _, c := range r.Values {
		r.value(&l, c, get(c.Heading, c.At), fault)
	}
	if len(faults) == 0 && len(l.Values) == 0 && l.Home == "" {
		fault("", 0, "这一行没有要收的内容。")
	}
	if len(faults) == 0 && l.IDNumber != "" {
		if first, twice := r.seen[l.Place+l.IDNumber]; twice {
			fault("身份证号码", r.At["身份证号码"]+1, "与第{row}行是同一个人：一个人只写一行。", "row", first)
		}
		if r.seen == nil {
			r.seen = map[string]int{}
		}
		r.seen[l.Place+l.IDNumber] = row.N
	}
	return l, faults
}

// unseen are control signs and those that turn the direction of writing.
func unseen(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b
}

// who checks whose row it is: a person lives in a household, and is told from others by the number.
func (r *Reader) who(l *Line, fault func(string, int, string, ...any)) {
	if n := utf8.RuneCountInString(l.Home); n == 0 || n > 40 {
		fault("户", r.At["户"]+1, "请写是哪一户，例如3组12号，不超过四十字。")
	}
	if n := utf8.RuneCountInString(l.Name); n > 40 || n == 0 && (l.Phone != "" || l.IDNumber != "") {
		fault("姓名", r.At["姓名"]+1, "请写姓名，不超过四十字。")
	}
	if l.Phone != "" {
		if f := vault.CheckPhone("", l.Phone); f != nil {
			fault("电话", r.At["电话"]+1, f.Text, f.Args...)
		}
	}
	switch {
	case l.IDNumber != "":
		n, digit, f := number18(l.IDNumber, "", r.Today, r.sure(*l))
		if l.IDNumber = n; f != nil {
			r.wrong("身份证号码", r.At["身份证号码"]+1, f, digit, fault)
		} else if digit {
			l.Unsure = append(l.Unsure, "")
		}
	case l.Name != "":
		fault("身份证号码", r.At["身份证号码"]+1, "请写身份证号码：没有号码，分不清是不是已经在表里的人。没有身份证的，请在那一户的页面上加。")
	}
}

// sure: the row says why, and the scan is there.
func (r *Reader) sure(l Line) bool { return r.Scan && l.Sure != "" }

// wrong tells a fault, and where only the check digit is wrong, what to do if the paper says so.
func (r *Reader) wrong(heading string, col int, f *words.Fault, digit bool, fault func(string, int, string, ...any)) {
	fault(heading, col, f.Text, f.Args...)
	if digit {
		fault(heading, col, "证件上就是这个号码的：在“号码无误的理由”一栏写明，带上证件的扫描件再导入。")
	}
}

func (r *Reader) value(l *Line, c Column, text string, fault func(string, int, string, ...any)) {
	if text == "" {
		return
	}
	if c.Need.Element.Type == "day" {
		if day, ok := sheet.Day(text); ok { // a spreadsheet's number, or a day as text
			text = string(day)
		}
	}
	value, digit, f := Checked(c.Need.Element, "", text, r.Today, r.sure(*l))
	switch {
	case f != nil:
		r.wrong(c.Heading, c.At+1, f, digit, fault)
		return
	case digit:
		l.Unsure = append(l.Unsure, c.Need.Element.ID)
	}
	if c.Need.Element.Subject == Person && l.Name == "" {
		fault("姓名", r.At["姓名"]+1, "“{title}”是一个人的：请写是谁。", "title", words.Two{ZH: c.Need.Element.Title, EN: c.Need.Element.En})
		return
	}
	l.Values = append(l.Values, Value{c.Need, value, c.At + 1})
}
