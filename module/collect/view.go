package collect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"jishi/base/sheet"
)

// Place is a place that answers a form, with its values.
type Place struct {
	Code, Name string
	Cells      []Cell
}

// Produced is a department's own layout, filled in from the one table.
type Produced struct {
	File          []byte
	Cells, Filled int // asked for, and known
}

// Produce fills the layout in, cell for cell: one row for each place (or person, or household) below a header, or one
// sheet for each place where labels have room beside them. original is the XLSX that the form came as; nil makes a plain
// table. Nothing else in the file changes.
func Produce(f Form, elements map[string]Element, original []byte, places []Place) (Produced, error) {
	book, err := openLayout(&f, original)
	if err != nil {
		return Produced{}, err
	}
	defer book.Close()
	p := &producer{form: f, elements: elements, book: book}
	for _, name := range sheetsOf(f) {
		if beside(f, name) {
			err = p.besideLabels(name, places)
		} else {
			err = p.belowHeader(name, places)
		}
		if err != nil {
			return Produced{}, fmt.Errorf("collect.Produce %s: %w", f.ID, err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		return Produced{}, fmt.Errorf("collect.Produce %s: %w", f.ID, err)
	}
	return Produced{File: b.Bytes(), Cells: p.cells, Filled: p.filled}, nil
}

// openLayout opens the original, or makes a plain table for a form that was typed, or came as another kind of file.
func openLayout(f *Form, original []byte) (*excelize.File, error) {
	if bytes.HasPrefix(original, []byte("PK")) && strings.HasSuffix(strings.ToLower(f.LayoutName), ".xlsx") {
		return excelize.OpenReader(bytes.NewReader(original), excelize.Options{UnzipSizeLimit: sheet.Office.Unpacked, UnzipXMLSizeLimit: 16 << 20})
	}
	book := excelize.NewFile()
	f.Fields = slices.Clone(f.Fields)
	const name = "Sheet1"
	if err := book.SetCellStr(name, "A1", f.Title); err != nil {
		return nil, err
	}
	for i := range f.Fields {
		x := &f.Fields[i]
		x.Sheet, x.Row, x.Col, x.Below = name, 2, i+2, true
		if err := book.SetCellStr(name, sheet.Cell(2, i+2), x.Label); err != nil {
			return nil, err
		}
	}
	return book, book.SetCellStr(name, "A2", "村（社区）")
}

func sheetsOf(f Form) []string {
	var names []string
	for _, x := range f.Fields {
		if !slices.Contains(names, x.Sheet) {
			names = append(names, x.Sheet)
		}
	}
	return names
}

func beside(f Form, name string) bool {
	return slices.ContainsFunc(f.Fields, func(x Field) bool { return x.Sheet == name && !x.Below })
}

type producer struct {
	form          Form
	elements      map[string]Element
	book          *excelize.File
	cells, filled int
}

// belowHeader writes a row for each place, or for each person or household in it.
func (p *producer) belowHeader(name string, places []Place) error {
	row := 0
	for _, x := range p.form.Fields {
		if x.Sheet == name {
			row = max(row, x.Row)
		}
	}
	if err := p.clear(name, row+1); err != nil {
		return err
	}
	for _, place := range places {
		for _, subject := range p.subjects(name, place) {
			row++
			if p.form.Layout == "" || p.named(name) { // the plain table says whose row it is
				if err := p.book.SetCellStr(name, sheet.Cell(row, 1), place.Name); err != nil {
					return err
				}
			}
			for _, x := range p.form.Fields {
				if x.Sheet != name {
					continue
				}
				if err := p.put(name, row, x.Col, x, place, subject); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// named reports whether the first column of the plain table is ours.
func (p *producer) named(name string) bool {
	return !slices.ContainsFunc(p.form.Fields, func(x Field) bool { return x.Sheet == name && x.Col == 1 }) && !strings.HasSuffix(strings.ToLower(p.form.LayoutName), ".xlsx")
}

// clear takes the values away that the file had below its header when it was brought.
func (p *producer) clear(name string, from int) error {
	for _, x := range p.form.Fields {
		if x.Sheet != name {
			continue
		}
		for i := range x.Samples {
			if err := p.book.SetCellValue(name, sheet.Cell(from+i, x.Col), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// subjects are the persons or households of whom the place has cells for this form; one "" where it asks of the place only.
func (p *producer) subjects(name string, place Place) []string {
	asked := map[string]bool{}
	for _, x := range p.form.Fields {
		if e := p.elements[x.Element]; x.Sheet == name && (e.Subject == "person" || e.Subject == "household") {
			asked[e.ID] = true
		}
	}
	if len(asked) == 0 {
		return []string{""}
	}
	var list []string
	for _, c := range place.Cells {
		if asked[c.Element] && !slices.Contains(list, c.Subject) {
			list = append(list, c.Subject)
		}
	}
	slices.Sort(list)
	return list
}

// besideLabels fills a copy of the sheet for each place.
func (p *producer) besideLabels(name string, places []Place) error {
	from, err := p.book.GetSheetIndex(name)
	if err != nil {
		return err
	}
	for i := len(places) - 1; i >= 0; i-- { // the first place keeps the sheet itself, which is copied while it is empty
		target := name
		if i > 0 {
			target = sheetName(places[i], i)
			at, err := p.book.NewSheet(target)
			if err != nil {
				return err
			}
			if err := p.book.CopySheet(from, at); err != nil {
				return err
			}
		}
		for _, x := range p.form.Fields {
			if x.Sheet != name {
				continue
			}
			if err := p.put(target, x.Row, p.right(name, x), x, places[i], ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// right is the column beside the label, past what it is merged with.
func (p *producer) right(name string, x Field) int {
	merged, err := p.book.GetMergeCells(name)
	if err != nil {
		return x.Col + 1
	}
	for _, m := range merged {
		col, row, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
		toCol, toRow, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err1 == nil && err2 == nil && col == x.Col && row <= x.Row && x.Row <= toRow {
			return toCol + 1
		}
	}
	return x.Col + 1
}

// sheetName is short enough for a spreadsheet and unique by the place's number.
func sheetName(p Place, n int) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return -1
		}
		return r
	}, p.Name)
	return fmt.Sprintf("%d.%s", n+1, clip(name, 24))
}

// put writes one value: a number as a number, everything else as text, so that codes keep their zeros.
func (p *producer) put(name string, row, col int, x Field, place Place, subject string) error {
	p.cells++
	e := p.elements[x.Element]
	value, ok := "", false
	for _, c := range place.Cells {
		if c.Element == x.Element && x.Element != "" && (c.Subject == subject || c.Subject == "" || subject == "" || e.Subject == "place") {
			value, ok = c.Value, true
			break
		}
	}
	if !ok {
		return nil
	}
	p.filled++
	if n, number := sheet.Number(value); number && (e.Type == "int" || e.Type == "number") {
		return p.book.SetCellValue(name, sheet.Cell(row, col), n)
	}
	return p.book.SetCellStr(name, sheet.Cell(row, col), value)
}

// Spreadsheet is rows as an XLSX, the first row as its header.
func Spreadsheet(rows [][]any) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, fmt.Errorf("collect.Spreadsheet: %w", err)
	}
	for i, row := range rows {
		if err := w.SetRow(sheet.Cell(i+1, 1), row); err != nil {
			return nil, fmt.Errorf("collect.Spreadsheet: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("collect.Spreadsheet: %w", err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("collect.Spreadsheet: %w", err)
	}
	return b.Bytes(), nil
}
