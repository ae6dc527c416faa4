package collect

import (
	"slices"
	"strings"

	"jishi/base/sheet"
	"jishi/base/words"
)

// The headings of a catalogue as a spreadsheet, in the order of the template.
var headings = []string{"编号", "名称", "英文名", "定义", "类型", "代码表", "单位", "期间", "对象", "数源单位", "共享属性", "敏感程度", "同义词", "主题"}

// RowFault is what is wrong with one cell of a file; Column "" is the whole row, Row 0 the whole file.
type RowFault struct {
	Row    int
	Column string
	Col    int // from 1; 0 the whole row
	Text   string
	Args   []any
}

// Read is a catalogue as far as it could be read.
type Read struct {
	Rows     int
	Elements []Element
	Faults   []RowFault // of these the first thousand
	Bad      int        // rows not taken
	Notices  []Notice
	header   []string
	bad      map[int][]string
}

const mostFaults = 1000

// ReadElements takes a catalogue: the first sheet that is shown, with the headings of the template in any order. bodies
// finds a body by its full or short name. progress, if any, hears how many rows were read.
func ReadElements(book *sheet.Book, bodies func(name string) (id string, ok bool), progress func(rows int)) (*Read, error) {
	r := &Read{bad: map[int][]string{}}
	name, others := book.First()
	for _, x := range others {
		r.Notices = append(r.Notices, Notice{Sheet: x.Sheet, Text: x.Text, Args: x.Args})
	}
	covered, err := book.Covered(name)
	if err != nil {
		return nil, err
	}
	at, seen := map[string]int(nil), map[string]int{}
	err = book.Each(name, func(row sheet.Row) error {
		if strings.TrimSpace(strings.Join(row.Cells, "")) == "" {
			return nil
		}
		if at == nil {
			at, r.header = headerOf(row.Cells), row.Cells
			if missing := absent(at); missing != "" {
				return words.Refuse(words.Invalid, "bad-catalogue", "第一行不是完整的表头，缺少：{missing}。", "missing", missing).Try("请下载模板，把内容粘贴到模板中。")
			}
			return nil
		}
		r.Rows++
		r.take(row, at, covered, seen, bodies)
		if progress != nil && r.Rows%1000 == 0 {
			progress(r.Rows)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if at == nil {
		return nil, words.Refuse(words.Invalid, "bad-catalogue", "文件是空的。").Try("请下载模板，把内容粘贴到模板中。")
	}
	return r, nil
}

func headerOf(row []string) map[string]int {
	at := map[string]int{}
	for i, cell := range row {
		cell = sheet.Plain(cell)
		if _, twice := at[cell]; !twice && slices.Contains(headings, cell) {
			at[cell] = i
		}
	}
	return at
}

func absent(at map[string]int) string {
	var list []string
	for _, h := range []string{"编号", "名称", "定义", "类型"} {
		if _, ok := at[h]; !ok {
			list = append(list, h)
		}
	}
	return strings.Join(list, "、")
}

// take reads one row and tells all its faults at once.
func (r *Read) take(row sheet.Row, at map[string]int, covered map[int]string, seen map[string]int, bodies func(string) (string, bool)) {
	var faults []RowFault
	fault := func(column, text string, args ...any) {
		col := 0
		if i, ok := at[column]; ok {
			col = i + 1
		}
		faults = append(faults, RowFault{row.N, column, col, text, args})
	}
	get := func(column string) string {
		i, ok := at[column]
		if !ok || i >= len(row.Cells) {
			return ""
		}
		s := strings.TrimSpace(row.Cells[i])
		if sheet.FormulaError(s) {
			fault(column, "公式出错（{value}）：请改成内容。", "value", s)
			return ""
		}
		return s
	}
	switch {
	case row.Hidden:
		fault("", "这一行是隐藏行，没有导入：请取消隐藏或删除。")
	case covered[row.N] != "":
		fault("", "这一行有合并单元格{cells}的空白部分，没有导入：请取消合并，逐行填写。", "cells", covered[row.N])
	default:
		e := elementOf(get, fault, bodies)
		for _, f := range e.Faults() {
			fault(f.Field, f.Text, f.Args...)
		}
		if first, twice := seen[e.ID]; twice && e.ID != "" {
			fault("编号", "与第{row}行的编号相同：一个编号只写一行。", "row", first)
		}
		if len(faults) == 0 {
			seen[e.ID] = row.N
			r.Elements = append(r.Elements, e)
		}
	}
	if len(faults) == 0 {
		return
	}
	r.Bad++
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, faults...)
		r.bad[row.N] = slices.Clone(row.Cells)
	}
}

// elementOf is the row as an element; choices left empty are the commonest ones.
func elementOf(get func(string) string, fault func(string, string, ...any), bodies func(string) (string, bool)) Element {
	e := Element{ID: strings.ToLower(sheet.Plain(get("编号"))), Title: get("名称"), En: get("英文名"), Definition: get("定义"), Unit: get("单位"), Theme: get("主题"),
		Synonyms: listOf(get("同义词")), Codes: codesOf(listOf(get("代码表"))), Grade: "D"}
	choose := func(column string, list []Named, usual string) string {
		text := sheet.Plain(get(column))
		if text == "" {
			return usual
		}
		if id, ok := in(list, text); ok {
			return id
		}
		return text
	}
	e.Type, e.Period, e.Subject = choose("类型", Types, ""), choose("期间", Periods, ""), choose("对象", Subjects, "place")
	e.Share, e.Sensitivity = choose("共享属性", Shares, "conditional"), choose("敏感程度", Sensitivities, "internal")
	if source := get("数源单位"); source != "" {
		id, ok := bodies(source)
		if !ok {
			fault("数源单位", "没有名为“{name}”的单位：请写全称或者简称，村里自己掌握的不填。", "name", source)
		}
		e.Source = id
	}
	return e
}

func listOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；;|\n", r) })
}

// Header is the header of the file as it came.
func (r *Read) Header() []string { return r.header }

// Raw is a row that was not taken, as it came; nil for others.
func (r *Read) Raw(row int) []string { return r.bad[row] }

// Rows are elements as a spreadsheet of the template, the header first. body names a body.
func Rows(elements []Element, body func(id string) string) [][]any {
	var rows [][]any
	var head []any
	for _, h := range headings {
		head = append(head, h)
	}
	rows = append(rows, head)
	for _, e := range elements {
		var codes []string
		for _, c := range e.Codes {
			codes = append(codes, c.Title)
		}
		rows = append(rows, []any{e.ID, e.Title, e.En, e.Definition, TitleIn(Types, e.Type), strings.Join(codes, "、"), e.Unit, TitleIn(Periods, e.Period),
			TitleIn(Subjects, e.Subject), body(e.Source), TitleIn(Shares, e.Share), TitleIn(Sensitivities, e.Sensitivity), strings.Join(e.Synonyms, "、"), e.Theme})
	}
	return rows
}
