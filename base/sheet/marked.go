package sheet

import (
	"fmt"
	"slices"

	"github.com/xuri/excelize/v2"
)

// Mark is what is wrong with one cell; Col 0 is the whole row.
type Mark struct {
	Row, Col  int
	What, How string // what is wrong, what to write instead, in the reader's language
}

// Marked is an XLSX of the rows that could not be taken, below the same header: the cells are marked, and two columns at
// the end say what is wrong and how to mend it. It can be brought again as it is once it is mended.
func Marked(header []string, rows map[int][]string, marks []Mark, what, how string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	const sheet = "Sheet1"
	red, err := f.NewStyle(&excelize.Style{NumFmt: 49, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFD9D9"}}, Font: &excelize.Font{Color: "9C0006"}})
	if err != nil {
		return nil, fmt.Errorf("sheet.Marked: %w", err)
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, fmt.Errorf("sheet.Marked: %w", err)
	}
	of := map[int][]Mark{}
	for _, m := range marks {
		of[m.Row] = append(of[m.Row], m)
	}
	var order []int
	for n := range of {
		if _, ok := rows[n]; ok {
			order = append(order, n)
		}
	}
	slices.Sort(order)
	put := func(at int, cells []any) error { return w.SetRow(fmt.Sprintf("A%d", at), cells) }
	var head []any
	for _, h := range header {
		head = append(head, h)
	}
	if err := put(1, append(head, what, how)); err != nil {
		return nil, fmt.Errorf("sheet.Marked: %w", err)
	}
	for i, n := range order {
		if err := put(i+2, markedRow(len(header), rows[n], of[n], red)); err != nil {
			return nil, fmt.Errorf("sheet.Marked: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("sheet.Marked: %w", err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("sheet.Marked: %w", err)
	}
	return b.Bytes(), nil
}

func markedRow(width int, row []string, marks []Mark, red int) []any {
	cells := make([]any, width)
	for i := range cells {
		if i < len(row) {
			cells[i] = row[i]
		}
	}
	what, how := "", ""
	for i, m := range marks {
		if m.Col > 0 && m.Col <= width {
			cells[m.Col-1] = excelize.Cell{StyleID: red, Value: cells[m.Col-1]}
		}
		if i > 0 {
			what, how = what+"\n", how+"\n"
		}
		what, how = what+m.What, how+m.How
	}
	return append(cells, what, how)
}
