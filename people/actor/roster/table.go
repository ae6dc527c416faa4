package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/division"
)

// What one file may hold: an office's roster is thousands of rows; more is a wrong file or an attack.
const (
	mostBytes   = 20 << 20
	mostUnpack  = 200 << 20
	mostRows    = 20_000
	mostFaults  = 1000
	mostInCell  = 500
	firstSerial = 20_000 // 1954: a smaller number in a day's cell is not a spreadsheet's day
	lastSerial  = 80_000 // 2119
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
	merged string // range of a merged cell of which this row has an empty part
}

// table is the rows of a file and what is to be told of the file itself.
type table struct {
	lines   []line
	notices []Fault
}

func refuse(what, way string, args ...any) error {
	return words.Refuse(words.Invalid, "bad-roster", what, args...).Try(way)
}

// read takes XLSX, or CSV in UTF-8 or GB18030.
func read(r io.Reader) (*table, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("roster: read: %w", err)
	}
	if len(data) > mostBytes {
		return nil, words.Refuse(words.TooLarge, "roster-too-large", "文件超过二十兆字节。").Try("请分成几个文件导入。")
	}
	if bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")) {
		return nil, refuse("这是旧格式（.xls）或加了密码的文件，不能读取。", "请去掉密码，另存为 .xlsx 或 .csv 后再导入。")
	}
	if bytes.HasPrefix(data, []byte("PK")) {
		return readXLSX(data)
	}
	return readCSV(data)
}

func readCSV(data []byte) (*table, error) {
	in := csv.NewReader(division.DecodeText(bytes.NewReader(data)))
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	var rows [][]string
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refuse("第{row}行不是完整的逗号分隔文本。", "请检查引号是否成对，或另存为 .xlsx 后再导入。", "row", len(rows)+1)
		}
		if rows = append(rows, row); len(rows) > mostRows {
			break
		}
	}
	return tabulate(rows)
}

func readXLSX(data []byte) (*table, error) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: mostUnpack, UnzipXMLSizeLimit: mostUnpack / 4, RawCellValue: true})
	if err != nil {
		return nil, refuse("文件损坏或不是电子表格，不能读取。", "请用表格软件打开并另存为 .xlsx 后再导入。")
	}
	defer f.Close()
	var notices []Fault
	sheet := ""
	for _, name := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(name)
		switch {
		case err != nil:
			return nil, refuse("文件损坏或不是电子表格，不能读取。", "请用表格软件打开并另存为 .xlsx 后再导入。")
		case !visible:
			notices = append(notices, Fault{Text: "工作表“{sheet}”是隐藏的，没有读取。", Args: []any{"sheet", name}})
		case sheet == "":
			sheet = name
		default:
			notices = append(notices, Fault{Text: "只读取第一张工作表；“{sheet}”没有读取。", Args: []any{"sheet", name}})
		}
	}
	rows, err := rowsOf(f, sheet)
	if err != nil {
		return nil, err
	}
	t, err := tabulate(rows)
	if err != nil {
		return nil, err
	}
	t.notices = notices
	return t, t.mark(f, sheet)
}

// rowsOf reads row by row, so that a sheet of a million rows ends at the limit and not in memory.
func rowsOf(f *excelize.File, sheet string) ([][]string, error) {
	in, err := f.Rows(sheet)
	if err != nil {
		return nil, refuse("文件损坏或不是电子表格，不能读取。", "请用表格软件打开并另存为 .xlsx 后再导入。")
	}
	defer in.Close()
	var rows [][]string
	for in.Next() {
		row, err := in.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, refuse("文件损坏或不是电子表格，不能读取。", "请用表格软件打开并另存为 .xlsx 后再导入。")
		}
		if rows = append(rows, row); len(rows) > mostRows {
			break
		}
	}
	return rows, nil
}

// mark notes hidden rows and merged cells: what the sender did not see, or saw in rows where it is not.
func (t *table) mark(f *excelize.File, sheet string) error {
	merges, err := f.GetMergeCells(sheet)
	if err != nil {
		return refuse("文件损坏或不是电子表格，不能读取。", "请用表格软件打开并另存为 .xlsx 后再导入。")
	}
	at := map[int]string{}
	for _, m := range merges {
		_, first, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
		_, last, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err1 != nil || err2 != nil {
			continue
		}
		span := m.GetStartAxis() + ":" + m.GetEndAxis()
		t.notices = append(t.notices, Fault{Row: first, Text: "{cells}是合并单元格：只有左上角一格有内容。请取消合并，逐行填写。", Args: []any{"cells", span}})
		for row := first + 1; row <= min(last, mostRows+1); row++ {
			at[row] = span
		}
	}
	for i := range t.lines {
		l := &t.lines[i]
		l.merged = at[l.row]
		if visible, err := f.GetRowVisible(sheet, l.row); err == nil && !visible {
			l.hidden = true
		}
	}
	return nil
}

// tabulate finds the header, which must be the first row that is not empty, and names the cells by it.
func tabulate(rows [][]string) (*table, error) {
	if len(rows) > mostRows {
		return nil, words.Refuse(words.TooLarge, "roster-too-long", "文件超过两万行。").Try("请分成几个文件导入。")
	}
	t := &table{}
	var at map[string]int
	for i, row := range rows {
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		if at == nil {
			if at = header(row); len(at) < len(columns) {
				return nil, refuse("第一行不是完整的表头，缺少：{missing}。", "请下载模板，把内容粘贴到模板中。", "missing", missing(at))
			}
			continue
		}
		l := line{row: i + 1, cells: map[string]string{}}
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

// day takes the ways in which people and spreadsheets write one; ok is false for what is none of them.
func day(s string) (d calendar.Day, ok bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= firstSerial && n <= lastSerial {
		t, err := excelize.ExcelDateToTime(math.Floor(n), false)
		return calendar.Day(t.Format("2006-01-02")), err == nil
	}
	s = strings.TrimSuffix(strings.NewReplacer("/", "-", ".", "-", "年", "-", "月", "-").Replace(s), "日")
	t, err := time.Parse("2006-1-2", s)
	return calendar.Day(t.Format("2006-01-02")), err == nil
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
