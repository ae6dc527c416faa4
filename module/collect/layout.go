package collect

import (
	"slices"
	"strings"
	"unicode/utf8"

	"jishi/base/sheet"
	"jishi/base/words"
)

// What one form may hold: more is a list of data, not a form.
const (
	mostFields  = 400
	mostHeader  = 40 // rows that are looked at for the header
	mostSamples = 3
)

// Above parts a heading from the label beneath it: 播种面积 › 早稻.
const Above = " › "

// split is the label apart from its heading.
func split(label string) (heading, own string) {
	if i := strings.LastIndex(label, Above); i >= 0 {
		return strings.ReplaceAll(label[:i], Above, ""), label[i+len(Above):]
	}
	return "", label
}

// AskOf is the field as the matcher sees it.
func AskOf(x Field) Ask {
	heading, own := split(x.Label)
	return Ask{Label: own, Heading: heading, Unit: x.Unit, Samples: x.Samples}
}

// Notice is what is to be told of a file apart from its fields.
type Notice struct {
	Sheet string
	Row   int // 0 the sheet
	Text  string
	Args  []any
}

// Brought is a form read from a file.
type Brought struct {
	Title   string
	Fields  []Field
	Notices []Notice
	Faults  []RowFault       // of the first sheet that has any: what is to be put right in which cell
	Rows    map[int][]string // that have faults, as they came
	Header  []string         // of that sheet, by column
}

// ReadForm finds the fields of a form: columns below a header of one or more rows, or labels with room for an answer to
// their right. Hidden sheets, rows and failed formulas are told and not read.
func ReadForm(book *sheet.Book) (Brought, error) {
	var b Brought
	for _, s := range book.Sheets {
		if s.Hidden {
			b.Notices = append(b.Notices, Notice{Sheet: s.Name, Text: "工作表“{sheet}”是隐藏的，没有读取。", Args: []any{"sheet", s.Name}})
			continue
		}
		g, err := readGrid(book, s.Name)
		if err != nil {
			return b, err
		}
		b.Notices = append(b.Notices, g.notices...)
		title, fields := g.fields()
		if len(b.Faults) == 0 && len(g.faults) > 0 {
			b.Faults, b.Rows, b.Header = g.faults, g.raw, g.header(fields)
		}
		if b.Title == "" {
			b.Title = title
		}
		for _, f := range fields {
			f.N = len(b.Fields) + 1
			b.Fields = append(b.Fields, f)
		}
	}
	switch {
	case len(b.Fields) == 0:
		return b, words.Refuse(words.Invalid, "no-fields", "没有从文件里读到栏目。").Try("请让表头在前几行，每栏一个名称；也可以手工录入。")
	case len(b.Fields) > mostFields:
		return b, words.Refuse(words.TooLarge, "too-many-fields", "一张表最多{n}个栏目。", "n", mostFields).Try("请分成几张表登记。")
	}
	return b, nil
}

// cell is one cell of the grid; a merged one stands at its corner and the rest of it is covered.
type cell struct {
	text    string
	span    sheet.Span
	covered bool
}

type grid struct {
	sheet   string
	cells   map[[2]int]cell // row, column
	rows    []int           // the first rows that are not hidden, in order
	width   int
	notices []Notice
	faults  []RowFault
	raw     map[int][]string // rows with faults
}

// header is what stands above the columns.
func (g *grid) header(fields []Field) []string {
	list := make([]string, g.width)
	for _, f := range fields {
		if f.Below && f.Col <= len(list) {
			list[f.Col-1] = f.Label
		}
	}
	return list
}

// fault notes what is to be put right in a row; col 0 is the whole row.
func (g *grid) fault(r sheet.Row, col int, text string, args ...any) {
	g.faults = append(g.faults, RowFault{Row: r.N, Col: col, Text: text, Args: args})
	g.raw[r.N] = r.Cells
}

func readGrid(book *sheet.Book, name string) (*grid, error) {
	g := &grid{sheet: name, cells: map[[2]int]cell{}, raw: map[int][]string{}}
	spans, err := book.Merged(name)
	if err != nil {
		return nil, err
	}
	hidden := 0
	err = book.Each(name, func(r sheet.Row) error {
		switch {
		case r.N > mostHeader:
			return errEnough
		case r.Hidden:
			hidden++
			if strings.TrimSpace(strings.Join(r.Cells, "")) != "" {
				g.fault(r, 0, "这一行是隐藏行，没有读取：要填的取消隐藏，不要的删除。")
			}
			return nil
		}
		g.rows = append(g.rows, r.N)
		for i, text := range r.Cells {
			text = strings.TrimSpace(text)
			if sheet.FormulaError(text) {
				g.notices = append(g.notices, Notice{Sheet: name, Row: r.N, Text: "{cell}的公式出错（{value}），没有读取。", Args: []any{"cell", sheet.Cell(r.N, i+1), "value", text}})
				g.fault(r, i+1, "公式出错（{value}）：请改成内容。", "value", text)
				continue
			}
			if text != "" {
				g.cells[[2]int{r.N, i + 1}] = cell{text: text, span: sheet.Span{Row: r.N, Col: i + 1, ToRow: r.N, ToCol: i + 1}}
				g.width = max(g.width, i+1)
			}
		}
		return nil
	})
	if err != nil && err != errEnough {
		return nil, err
	}
	if hidden > 0 {
		g.notices = append(g.notices, Notice{Sheet: name, Text: "有{n}行是隐藏的，没有读取。", Args: []any{"n", hidden}})
	}
	g.merge(spans)
	return g, nil
}

var errEnough = words.Refuse(words.Internal, "enough", "读到这里为止。")

func (g *grid) merge(spans []sheet.Span) {
	for _, s := range spans {
		if s.Row > mostHeader {
			continue
		}
		at := g.cells[[2]int{s.Row, s.Col}]
		at.span = s
		for r := s.Row; r <= min(s.ToRow, mostHeader); r++ {
			for c := s.Col; c <= min(s.ToCol, s.Col+500); c++ {
				g.cells[[2]int{r, c}] = cell{span: s, covered: true}
			}
		}
		at.covered = false
		g.cells[[2]int{s.Row, s.Col}] = at
		g.width = max(g.width, s.ToCol)
	}
}

// texts are the cells of the row that say something, from left to right.
func (g *grid) texts(row int) []cell {
	var list []cell
	for c := 1; c <= g.width; c++ {
		if x := g.cells[[2]int{row, c}]; x.text != "" {
			list = append(list, x)
		}
	}
	return list
}

func (g *grid) fields() (title string, fields []Field) {
	start := 0
	for start < len(g.rows) {
		list := g.texts(g.rows[start])
		if len(list) > 1 && !aside(list) {
			break
		}
		if len(list) == 1 && title == "" && utf8.RuneCountInString(list[0].text) <= 60 {
			title = list[0].text
		}
		start++
	}
	if start == len(g.rows) {
		return title, nil
	}
	if fields = g.beside(start); len(fields) >= 3 {
		return title, fields
	}
	return title, g.below(start)
}

// aside is the line above a table that says who fills it in and when.
func aside(list []cell) bool {
	said := 0
	for _, c := range list {
		if strings.HasSuffix(c.text, "：") || strings.HasSuffix(c.text, ":") || strings.Contains(c.text, "单位：") || strings.Contains(c.text, "年 月") || strings.Contains(c.text, "填报单位") {
			said++
		}
	}
	return said > 0 && len(list) <= 3
}

// beside takes the sheet as labels with room to their right. None where most labels have no room: then it is a table.
func (g *grid) beside(start int) []Field {
	var fields []Field
	labels, rows := 0, 0
	for _, row := range g.rows[start:] {
		any := false
		heading := g.covering(row)
		for _, c := range g.texts(row) {
			next := g.cells[[2]int{row, c.span.ToCol + 1}]
			number := isNumber(c.text)
			tall := c.span.ToRow > c.span.Row && next.text != ""
			if !number && !tall {
				labels++
			}
			if tall {
				heading = c.text
				continue
			}
			if c.span.ToCol >= g.width || next.text != "" || next.covered && next.span.Row != row || number {
				continue
			}
			any = true
			fields = append(fields, g.field(heading, c, false, nil))
		}
		if any {
			rows++
		}
	}
	if rows < 2 || len(fields)*10 < labels*7 {
		return nil
	}
	return fields
}

// covering is the text of a tall cell at the left that reaches down to this row.
func (g *grid) covering(row int) string {
	x := g.cells[[2]int{row, 1}]
	if x.covered && x.span.Row < row {
		return g.cells[[2]int{x.span.Row, x.span.Col}].text
	}
	return ""
}

// below takes the sheet as columns below a header.
func (g *grid) below(start int) []Field {
	top := g.rows[start]
	last := g.bottom(top)
	var fields []Field
	for c := 1; c <= g.width; c++ {
		var path []cell
		for r := top; r <= last; r++ {
			x := g.cells[[2]int{r, c}]
			if x.covered {
				x = g.cells[[2]int{x.span.Row, x.span.Col}]
			}
			if x.text != "" && (len(path) == 0 || path[len(path)-1].span != x.span) {
				path = append(path, x)
			}
		}
		if len(path) == 0 || skipped(path[len(path)-1].text) {
			continue
		}
		own := path[len(path)-1]
		if own.span.Col != c && len(path) == 1 { // a wide label is one field
			continue
		}
		var above []string
		for _, p := range path[:len(path)-1] {
			above = append(above, p.text)
		}
		own.span.Col, own.span.ToRow = c, last
		fields = append(fields, g.field(strings.Join(above, Above), own, true, g.samples(last, c)))
	}
	return fields
}

// bottom is the last row of the header: as far down as its merged cells reach, and below wide ones their parts.
func (g *grid) bottom(top int) int {
	last := top
	for r := top; r <= last && r < top+6; r++ {
		for _, c := range g.texts(r) {
			last = max(last, c.span.ToRow)
			if c.span.ToCol > c.span.Col && c.span.ToRow == last && g.divided(c.span) {
				last = max(last, c.span.ToRow+1)
			}
		}
	}
	return last
}

// divided reports whether a wide cell has several labels beneath it.
func (g *grid) divided(s sheet.Span) bool {
	n := 0
	for c := s.Col; c <= s.ToCol; c++ {
		if x := g.cells[[2]int{s.ToRow + 1, c}]; x.text != "" && !isNumber(x.text) {
			n++
		}
	}
	return n > 1
}

func (g *grid) samples(header, col int) []string {
	var list []string
	for _, r := range g.rows {
		x := g.cells[[2]int{r, col}]
		if r > header && x.text != "" && len(list) < mostSamples && !slices.Contains(list, x.text) {
			list = append(list, clip(x.text, 60))
		}
	}
	return list
}

func (g *grid) field(heading string, c cell, below bool, samples []string) Field {
	label := oneLine(c.text)
	if heading != "" && heading != c.text {
		label = oneLine(heading) + Above + label
	}
	return Field{Label: clip(label, 120), Sheet: g.sheet, Row: c.span.ToRow, Col: c.span.Col, Below: below, Samples: samples}
}

// skipped are columns that ask for nothing.
func skipped(label string) bool {
	l := plain(label)
	return l == "序号" || l == "编号" || l == "no" || isNumber(l)
}

func isNumber(s string) bool { _, ok := sheet.Number(s); return ok }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
