package duty

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"jishi/base/sheet"
	"jishi/base/words"
)

// What one file may hold: the longest real list has a few hundred items.
const (
	mostBytes  = 10 << 20
	mostUnpack = 100 << 20
	mostRows   = 5000
	mostInCell = 500
)

// heads are the headings, in their order in the template; the English ones are taken too.
var heads = [][2]string{{"序号", "no"}, {"清单", "list"}, {"事项", "item"}, {"类别", "theme"}, {"牵头部门", "lead"}, {"乡镇配合内容", "part"}, {"识别词", "words"}}

// Fault is what is wrong with a row, with the heading of the cell where it is one cell's. Row 0 is the file.
type Fault struct {
	Row  int // as the spreadsheet counts it
	Cell string
	Text string
	Args []any
}

// Read is a list as far as it could be read.
type Read struct {
	Items   []Item
	Faults  []Fault
	Notices []Fault // what was not read of the file: nothing is lost silently
	header  []string
	rows    map[int][]string
	at      map[string]int
}

// ReadList takes a list from a spreadsheet, its first sheet that is shown. What is right is read in any case; what is
// wrong is told row by row. orgOf finds a body by its name. It refuses a file that is no such list at all.
func ReadList(data []byte, orgOf func(name string) (id string, ok bool)) (*Read, error) {
	book, err := sheet.Open(data, sheet.Limits{Bytes: mostBytes, Unpacked: mostUnpack, Rows: mostRows})
	if err != nil {
		return nil, err
	}
	defer book.Close()
	r := &Read{rows: map[int][]string{}}
	name, others := book.First()
	for _, x := range others {
		r.Notices = append(r.Notices, Fault{Text: x.Text, Args: x.Args})
	}
	covered, err := book.Covered(name)
	if err != nil {
		return nil, err
	}
	var rows []sheet.Row
	if err := book.Each(name, func(row sheet.Row) error { rows = append(rows, row); return nil }); err != nil {
		return nil, err
	}
	first := -1
	if r.at, first = header(rows); first < 0 {
		return nil, words.Refuse(words.Invalid, "bad-list", "没有找到表头“序号、清单、事项”。").Try("请用模板，第一行写表头。")
	}
	r.header = rows[first].Cells
	seen := map[string]int{}
	for _, row := range rows[first+1:] {
		if strings.TrimSpace(strings.Join(row.Cells, "")) != "" {
			r.take(row, covered[row.N], seen, orgOf)
		}
	}
	return r, nil
}

// take reads one row and tells all its faults at once.
func (r *Read) take(row sheet.Row, covered string, seen map[string]int, orgOf func(string) (string, bool)) {
	var bad []Fault
	cell := func(name string) string {
		i, ok := r.at[name]
		if !ok || i >= len(row.Cells) {
			return ""
		}
		return strings.TrimSpace(narrow(strings.ReplaceAll(row.Cells[i], "\n", " ")))
	}
	var item Item
	switch {
	case row.Hidden:
		bad = append(bad, Fault{Text: "这一行是隐藏行，没有导入：请取消隐藏或删除。"})
	case covered != "":
		bad = append(bad, Fault{Text: "这一行有合并单元格{cells}的空白部分，没有导入：请取消合并，逐行填写。", Args: []any{"cells", covered}})
	default:
		for _, h := range heads {
			if s := cell(h[0]); sheet.FormulaError(s) {
				bad = append(bad, Fault{Cell: h[0], Text: "公式出错（{value}）：请改成内容。", Args: []any{"value", s}})
			}
		}
		if len(bad) == 0 {
			item, bad = itemOf(cell, orgOf)
		}
		if was, ok := seen[item.No]; ok && item.No != "" {
			bad = append(bad, Fault{Cell: "序号", Text: "序号“{no}”第{row}行已经用了。", Args: []any{"no", item.No, "row", was}})
		}
	}
	if len(bad) == 0 {
		seen[item.No] = row.N
		r.Items = append(r.Items, item)
		return
	}
	r.rows[row.N] = row.Cells
	for _, f := range bad {
		f.Row = row.N
		r.Faults = append(r.Faults, f)
	}
}

// header finds the row of headings among the first ten, where titles stand above it.
func header(rows []sheet.Row) (at map[string]int, row int) {
	for n := 0; n < min(10, len(rows)); n++ {
		at = map[string]int{}
		for i, cell := range rows[n].Cells {
			for _, h := range heads {
				if s := sheet.Plain(cell); s == h[0] || strings.EqualFold(s, h[1]) {
					at[h[0]] = i
				}
			}
		}
		if _, item := at["事项"]; item && len(at) >= 3 {
			return at, n
		}
	}
	return nil, -1
}

func itemOf(cell func(string) string, orgOf func(string) (string, bool)) (i Item, faults []Fault) {
	fault := func(head, text string, args ...any) {
		faults = append(faults, Fault{Cell: head, Text: text, Args: args})
	}
	i = Item{No: cell("序号"), Title: cell("事项"), Theme: cell("类别"), Lead: cell("牵头部门"), Part: cell("乡镇配合内容"),
		Words: strings.FieldsFunc(cell("识别词"), func(c rune) bool { return strings.ContainsRune("、，,；; ", c) })}
	for _, k := range Kinds {
		if s := cell("清单"); s == Titles[k][0] || s == string(k) || strings.HasPrefix(s, Titles[k][0]) {
			i.Kind = k
		}
	}
	if i.No == "" {
		fault("序号", "没有写序号；派错的时候，要用它说清是哪一项。")
	}
	if i.Title == "" {
		fault("事项", "没有写事项。")
	}
	if i.Kind == "" {
		fault("清单", "“{said}”不是三张清单里的一张；请写基本履职、配合履职或者上级收回。", "said", cell("清单"))
	}
	if i.Kind == Cooperate && i.Part == "" {
		fault("乡镇配合内容", "配合履职的，要写明乡镇配合什么。")
	}
	if i.Kind != Basic && i.Lead == "" {
		fault("牵头部门", "配合履职和上级收回的，要写明哪个部门牵头或者承担。")
	}
	if i.Kind == Basic && i.Part != "" {
		fault("乡镇配合内容", "基本履职由乡镇自己做，不写配合内容。")
	}
	for _, h := range heads {
		if n := utf8.RuneCountInString(cell(h[0])); n > mostInCell {
			fault(h[0], "这一格有{n}字，最多{most}字。", "n", n, "most", mostInCell)
		}
	}
	i.LeadOrg, _ = orgOf(i.Lead)
	return i, faults
}

// Template is an empty list with two example rows.
func Template() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows := [][]any{{}, {"1-1", Titles[Basic][0], "村级道路日常养护", "乡村建设", "", "", "道路、养护"},
		{"2-1", Titles[Cooperate][0], "农村自建房安全巡查", "安全", "住房和城乡建设局", "发现险情报告牵头部门，劝离人员", "自建房、巡查"},
		{"3-1", Titles[Taken][0], "燃气安全检查", "安全", "住房和城乡建设局", "", "燃气、检查"}}
	for _, h := range heads {
		rows[0] = append(rows[0], h[0])
	}
	for n, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", n+1), &row); err != nil {
			return nil, fmt.Errorf("duty.Template: %w", err)
		}
	}
	if err := f.SetColWidth(sheet, "A", "G", 22); err != nil {
		return nil, fmt.Errorf("duty.Template: %w", err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("duty.Template: %w", err)
	}
	return b.Bytes(), nil
}

// Bad is how many rows were not taken.
func (r *Read) Bad() int { return len(r.rows) }

// Marked is an XLSX of the rows that were not taken, with what is wrong with each in the reader's language; nil when all
// were. Mended, it can be brought again as it is.
func (r *Read) Marked(l words.Lang) ([]byte, error) {
	if len(r.rows) == 0 {
		return nil, nil
	}
	var marks []sheet.Mark
	for _, f := range r.Faults {
		m := sheet.Mark{Row: f.Row, What: words.Say(l, f.Text, f.Args...)}
		if i, ok := r.at[f.Cell]; ok {
			m.Col, m.What = i+1, words.Say(l, f.Cell)+words.Say(l, "：")+m.What
		}
		marks = append(marks, m)
	}
	b, err := sheet.Marked(r.header, r.rows, marks, l)
	if err != nil {
		return nil, fmt.Errorf("duty.Marked: %w", err)
	}
	return b, nil
}
