// Package sheet reads the tables that offices send: XLSX, CSV in UTF-8 or GB18030, and tables of a DOCX.
//
// It tells where things stand, what is merged and what is hidden, and refuses what it must not open: macros, passwords,
// the old format, and archives that unpack without end. What a cell means is its reader's matter.
package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"jishi/base/words"
)

// Limits bound what one file may cost.
type Limits struct {
	Bytes    int64 // of the file
	Unpacked int64 // of what is packed in it
	Rows     int   // of one sheet
}

// Office is enough for what one office sends: a hundred thousand rows.
var Office = Limits{Bytes: 32 << 20, Unpacked: 400 << 20, Rows: 200_000}

// Sheet is one table of a book.
type Sheet struct {
	Name   string
	Hidden bool
}

// Row is one row; N counts from 1 as the spreadsheet does.
type Row struct {
	N      int
	Cells  []string
	Hidden bool
}

// Span is a merged cell: its corners, from 1, both included.
type Span struct{ Row, Col, ToRow, ToCol int }

// Name is the span as spreadsheets write it.
func (s Span) Name() string {
	a, _ := excelize.CoordinatesToCellName(s.Col, s.Row)
	b, _ := excelize.CoordinatesToCellName(s.ToCol, s.ToRow)
	return a + ":" + b
}

// Book is an open file. Close it.
type Book struct {
	Kind   string // xlsx, csv, docx
	Sheets []Sheet
	data   []byte
	limits Limits
	excel  *excelize.File
	tables []table // of a CSV or DOCX
	rows   int     // of the longest sheet, as its file counts them
}

type table struct {
	rows  [][]string
	spans []Span
}

func refuse(what, way string) error {
	return words.Refuse(words.Invalid, "bad-sheet", what).Try(way)
}

func broken() error {
	return refuse("文件损坏或不是电子表格，不能读取。", "请用表格软件打开并另存为 .xlsx 后再导入。")
}

// Open reads the file's frame. It refuses with what is wrong and how to save the file instead.
func Open(data []byte, l Limits) (*Book, error) {
	b := &Book{data: data, limits: l}
	switch {
	case int64(len(data)) > l.Bytes:
		return nil, words.Refuse(words.TooLarge, "sheet-too-large", "文件超过{n}兆字节。", "n", l.Bytes>>20).Try("请分成几个文件导入。")
	case bytes.HasPrefix(data, []byte("PK")):
		return b, b.openPacked()
	}
	if err := known(data); err != nil {
		return nil, err
	}
	return b, b.openText()
}

// openPacked looks into the archive before anything is unpacked.
func (b *Book) openPacked() error {
	z, err := zip.NewReader(bytes.NewReader(b.data), int64(len(b.data)))
	if err != nil {
		return broken()
	}
	word, err := b.frame(z)
	if err != nil {
		return err
	}
	if word {
		b.Kind = "docx"
		return b.openWord(z)
	}
	b.Kind = "xlsx"
	// The sizes above are what the archive says of itself; these bounds hold while it is unpacked. A sheet larger than the
	// second goes through a file on disk and not through memory.
	b.excel, err = excelize.OpenReader(bytes.NewReader(b.data), excelize.Options{UnzipSizeLimit: b.limits.Unpacked, UnzipXMLSizeLimit: 8 << 20, RawCellValue: true})
	if err != nil {
		return broken()
	}
	for _, name := range b.excel.GetSheetList() {
		visible, err := b.excel.GetSheetVisible(name)
		if err != nil {
			return broken()
		}
		b.Sheets = append(b.Sheets, Sheet{name, !visible})
	}
	return nil
}

func (b *Book) openText() error {
	b.Kind = "csv"
	text := Text(bytes.NewReader(b.data))
	head, _ := text.Peek(4 << 10)
	if bytes.IndexByte(head, 0) >= 0 {
		return refuse("这不是电子表格：是图片、文档或者别的文件。", "请选 .xlsx 或 .csv 文件；纸上的或者图片里的表，请先录成电子表格。")
	}
	in := csv.NewReader(text)
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	if line, _, _ := bytes.Cut(head, []byte("\n")); bytes.Count(line, []byte("\t")) > bytes.Count(line, []byte(",")) {
		in.Comma = '\t' // what spreadsheets call Unicode text
	}
	var t table
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return words.Refuse(words.Invalid, "bad-sheet", "第{row}行不是完整的逗号分隔文本。", "row", len(t.rows)+1).Try("请检查引号是否成对，或另存为 .xlsx 后再导入。")
		}
		line, _ := in.FieldPos(0)
		for len(t.rows)+1 < line { // the reader passes over blank lines; people count them
			t.rows = append(t.rows, nil)
		}
		for i := range row {
			row[i] = strings.ToValidUTF8(strings.ReplaceAll(row[i], "\x00", ""), "\uFFFD")
		}
		if t.rows = append(t.rows, row); len(t.rows) > b.limits.Rows {
			return b.tooLong()
		}
	}
	b.tables, b.Sheets, b.rows = []table{t}, []Sheet{{}}, len(t.rows)
	return nil
}

func (b *Book) tooLong() error {
	return words.Refuse(words.TooLarge, "sheet-too-long", "文件超过{n}行。", "n", b.limits.Rows).Try("请分成几个文件导入。")
}

// Each calls row for every row of the sheet in order, blank ones too. An error of row ends the reading.
func (b *Book) Each(sheet string, row func(Row) error) error {
	if b.Kind != "xlsx" {
		for i, s := range b.Sheets {
			if s.Name != sheet {
				continue
			}
			for n, cells := range b.tables[i].rows {
				if err := row(Row{N: n + 1, Cells: cells}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	in, err := b.excel.Rows(sheet)
	if err != nil {
		return broken()
	}
	rows, stop := make(chan Row, aheadRows), make(chan struct{})
	var failed error
	go func() {
		defer close(rows)
		failed = b.pump(in, rows, stop)
	}()
	defer func() {
		close(stop)
		for range rows { // until the reader has let go of the file
		}
		in.Close()
	}()
	for r := range rows {
		if err := row(r); err != nil {
			return err
		}
	}
	return failed
}

// aheadRows are read while those before them are being stored.
const aheadRows = 256

// pump reads the rows of a workbook until its end or until nobody wants more. A workbook that the library falls over is
// broken: outside of a request a panic would end the program.
func (b *Book) pump(in *excelize.Rows, rows chan<- Row, stop <-chan struct{}) (err error) {
	defer func() {
		if recover() != nil {
			err = broken()
		}
	}()
	for n := 1; in.Next(); n++ {
		if n > b.limits.Rows {
			return b.tooLong()
		}
		hidden := in.GetRowOpts().Hidden
		cells, err := in.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return broken()
		}
		select {
		case rows <- Row{N: n, Cells: cells, Hidden: hidden}:
		case <-stop:
			return nil
		}
	}
	return nil
}

// Merged are the merged cells of the sheet.
func (b *Book) Merged(sheet string) ([]Span, error) {
	for i, s := range b.Sheets {
		if s.Name == sheet && b.Kind != "xlsx" {
			return b.tables[i].spans, nil
		}
	}
	return b.mergedIn(sheet)
}

// Left is what was not read of a file, as a sentence.
type Left struct {
	Sheet, Text string
	Args        []any
}

// First is the first sheet that is shown; the others are told.
func (b *Book) First() (name string, others []Left) {
	found := false
	for _, s := range b.Sheets {
		switch {
		case s.Hidden:
			others = append(others, Left{s.Name, "工作表“{sheet}”是隐藏的，没有读取。", []any{"sheet", s.Name}})
		case found:
			others = append(others, Left{s.Name, "只读取第一张工作表；“{sheet}”没有读取。", []any{"sheet", s.Name}})
		default:
			name, found = s.Name, true
		}
	}
	return name, others
}

// Rows is about how many rows there are to read: what progress is measured by.
func (b *Book) Rows() int { return b.rows }

// Close gives back what the file took.
func (b *Book) Close() error {
	if b.excel == nil {
		return nil
	}
	return b.excel.Close()
}

// formulaErrors are what a spreadsheet shows where a formula failed.
var formulaErrors = []string{"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"}

// FormulaError reports whether the cell shows a failed formula.
func FormulaError(cell string) bool {
	for _, e := range formulaErrors {
		if strings.EqualFold(strings.TrimSpace(cell), e) {
			return true
		}
	}
	return false
}
