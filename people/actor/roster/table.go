package roster

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"jishi/base/sheet"
	"jishi/base/words"
)

// What one file may hold: an office's roster is thousands of rows; more is a wrong file or an attack.
const (
	mostBytes  = 20 << 20
	mostUnpack = 200 << 20
	mostRows   = 20_000
	mostFaults = 1000
	mostInCell = 500
)

// columns are the headings in their order in the template; English names are taken too.
var columns = []struct{ zh, en string }{
	{"机构名称", "org"}, {"机构类型", "kind"}, {"区划代码", "division"}, {"上级机构", "superior"}, {"复查机关", "reviewers"},
	{"姓名", "name"}, {"登录名", "login"}, {"职务", "title"}, {"权限", "powers"}, {"任职起", "from"}, {"任职止", "to"},
}

// line is one row of the file by heading.
type line struct {
	row    int // as the spreadsheet counts it, the header's is 1
	cells  map[string]string
	hidden bool
	raw    []string
	merged string // range of a merged cell of which this row has an empty part
}

// table is the rows of a file and what is to be told of the file itself.
type table struct {
	lines   []line
	header  []string
	at      map[string]int
	notices []Fault
}

func refuse(what, way string, args ...any) error {
	return words.Refuse(words.Invalid, "bad-roster", what, args...).Try(way)
}

// read takes XLSX, or CSV in UTF-8 or GB18030: the first sheet that is not hidden.
func read(r io.Reader) (*table, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("roster: read: %w", err)
	}
	book, err := sheet.Open(data, sheet.Limits{Bytes: mostBytes, Unpacked: mostUnpack, Rows: mostRows})
	if err != nil {
		return nil, err
	}
	defer book.Close()
	name, others := book.First()
	var rows []sheet.Row
	err = book.Each(name, func(row sheet.Row) error { rows = append(rows, row); return nil })
	if err != nil {
		return nil, err
	}
	t, err := tabulate(rows)
	if err != nil {
		return nil, err
	}
	for _, x := range others {
		t.notices = append(t.notices, Fault{Text: x.Text, Args: x.Args})
	}
	return t, t.mark(book, name)
}

// mark notes merged cells: what the sender saw in rows where it is not.
func (t *table) mark(book *sheet.Book, name string) error {
	merges, err := book.Merged(name)
	if err != nil {
		return err
	}
	for _, m := range merges {
		t.notices = append(t.notices, Fault{Row: m.Row, Text: "{cells}是合并单元格：只有左上角一格有内容。请取消合并，逐行填写。", Args: []any{"cells", m.Name()}})
	}
	at, err := book.Covered(name)
	if err != nil {
		return err
	}
	for i := range t.lines {
		t.lines[i].merged = at[t.lines[i].row]
	}
	return nil
}

// tabulate finds the header, which must be the first row that is not empty, and names the cells by it.
func tabulate(rows []sheet.Row) (*table, error) {
	t := &table{}
	var at map[string]int
	for _, r := range rows {
		row := r.Cells
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		if at == nil {
			if at = header(row); len(at) < len(columns) {
				return nil, refuse("第一行不是完整的表头，缺少：{missing}。", "请下载模板，把内容粘贴到模板中。", "missing", missing(at))
			}
			t.header, t.at = row, at
			continue
		}
		l := line{row: r.N, hidden: r.Hidden, cells: map[string]string{}, raw: row}
		for name, col := range at {
			if col < len(row) {
				l.cells[name] = strings.TrimSpace(row[col])
			}
		}
		t.lines = append(t.lines, l)
	}
	if at == nil {
		return nil, refuse("文件是空的。", "请下载模板，把内容粘贴到模板中。")
	}
	return t, nil
}

func header(row []string) map[string]int {
	at := map[string]int{}
	for i, cell := range row {
		cell = strings.ToLower(strings.TrimSpace(cell))
		for _, c := range columns {
			if _, twice := at[c.zh]; !twice && (cell == c.zh || cell == c.en) {
				at[c.zh] = i
			}
		}
	}
	return at
}

func missing(at map[string]int) string {
	var names []string
	for _, c := range columns {
		if _, ok := at[c.zh]; !ok {
			names = append(names, c.zh)
		}
	}
	return strings.Join(names, "、")
}

// code takes a division code as typed or as a spreadsheet's number, and fills 2, 4, 6 or 9 digits up.
func code(s string) string {
	if strings.ContainsAny(s, ".eE") {
		if n, err := strconv.ParseFloat(s, 64); err == nil && n == math.Trunc(n) && n > 0 && n < 1e12 {
			s = strconv.FormatInt(int64(n), 10)
		}
	}
	if n := len(s); n == 2 || n == 4 || n == 6 || n == 9 {
		s += strings.Repeat("0", 12-n)
	}
	return s
}
