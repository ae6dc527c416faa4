package duty

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

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

// Fault is what is wrong with a row, with the heading of the cell where it is one cell's.
type Fault struct {
	Row  int // as the spreadsheet counts it
	Cell string
	Text string
	Args []any
}

// Read takes a list from an XLSX file. What is right is read in any case; what is wrong is told row by row. orgOf
// finds a body by its name. It refuses a file that is no such list at all.
func Read(r io.Reader, orgOf func(name string) (id string, ok bool)) ([]Item, []Fault, error) {
	rows, err := sheetRows(r)
	if err != nil {
		return nil, nil, err
	}
	at, first := header(rows)
	if first < 0 {
		return nil, nil, words.Refuse(words.Invalid, "bad-list", "没有找到表头“序号、清单、事项”。").Try("请用模板，第一行写表头。")
	}
	var items []Item
	var faults []Fault
	seen := map[string]int{}
	for n := first + 1; n < len(rows); n++ {
		cell := func(name string) string {
			if i, ok := at[name]; ok && i < len(rows[n]) {
				return strings.TrimSpace(narrow(strings.ReplaceAll(rows[n][i], "\n", " ")))
			}
			return ""
		}
		if strings.TrimSpace(strings.Join(rows[n], "")) == "" {
			continue
		}
		item, bad := itemOf(cell, orgOf)
		if was, ok := seen[item.No]; ok && item.No != "" {
			bad = append(bad, Fault{Cell: "序号", Text: "序号“{no}”第{row}行已经用了。", Args: []any{"no", item.No, "row", was}})
		}
		for _, f := range bad {
			f.Row = n + 1
			faults = append(faults, f)
		}
		if len(bad) == 0 {
			seen[item.No] = n + 1
			items = append(items, item)
		}
	}
	return items, faults, nil
}

func sheetRows(r io.Reader) ([][]string, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("duty.Read: %w", err)
	}
	if len(data) > mostBytes {
		return nil, words.Refuse(words.TooLarge, "bad-list", "文件超过{n} MB。", "n", mostBytes>>20).Try("请只留清单那一张表。")
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: mostUnpack, RawCellValue: true})
	if err != nil {
		return nil, words.Refuse(words.Invalid, "bad-list", "这不是能读的 .xlsx 文件。").Try("请另存为 .xlsx，去掉密码再传。")
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, words.Refuse(words.Invalid, "bad-list", "这不是能读的 .xlsx 文件。").Try("请另存为 .xlsx，去掉密码再传。")
	}
	if len(rows) > mostRows {
		return nil, words.Refuse(words.TooLarge, "bad-list", "表里有{n}行，一张清单最多{most}行。", "n", len(rows), "most", mostRows).Try("请一个乡镇（街道）一个文件。")
	}
	return rows, nil
}

// header finds the row of headings among the first ten, where titles stand above it.
func header(rows [][]string) (at map[string]int, row int) {
	for n := 0; n < min(10, len(rows)); n++ {
		at = map[string]int{}
		for i, cell := range rows[n] {
			for _, h := range heads {
				if s := strings.TrimSpace(cell); s == h[0] || strings.EqualFold(s, h[1]) {
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

// Marked is the file as it came with a column that says what is wrong, and the faulty cells in colour.
func Marked(r io.Reader, faults []Fault, say func(text string, args ...any) string) ([]byte, error) {
	f, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: mostUnpack})
	if err != nil {
		return nil, fmt.Errorf("duty.Marked: %w", err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		return nil, fmt.Errorf("duty.Marked: %w", err)
	}
	wide := 1
	for _, row := range rows {
		wide = max(wide, len(row)+1)
	}
	style, err := f.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"#FDE7E9"}}})
	if err != nil {
		return nil, fmt.Errorf("duty.Marked: %w", err)
	}
	byRow := map[int][]string{}
	for _, x := range faults {
		byRow[x.Row] = append(byRow[x.Row], say(x.Text, x.Args...))
	}
	for row, texts := range byRow {
		cell, err := excelize.CoordinatesToCellName(wide, row)
		if err == nil {
			err = f.SetCellStr(sheet, cell, strings.Join(slices.Compact(texts), " "))
		}
		if err == nil {
			err = f.SetCellStyle(sheet, cell, cell, style)
		}
		if err != nil {
			return nil, fmt.Errorf("duty.Marked: %w", err)
		}
	}
	var b bytes.Buffer
	err = f.Write(&b)
	return b.Bytes(), err
}
