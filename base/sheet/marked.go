package sheet

import (
	"fmt"
	"slices"

	"github.com/xuri/excelize/v2"

	"jishi/base/words"
)

// The headings of the two columns: a reader of tables does not know them, so they do no harm when the file comes back.
const problem, origin = "问题", "原来的行号"

// Mark is what is wrong with one cell; Col 0 is the whole row.
type Mark struct {
	Row, Col int
	What     string // what is wrong and what to write instead, in the reader's language
}

// Marked is an XLSX of the rows that could not be taken, below the same header: the cells are marked, and two columns at
// the end say what is wrong and which row of the file it was. It can be brought again as it is once it is mended.
func Marked(header []string, rows map[int][]string, marks []Mark, l words.Lang) ([]byte, error) {
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
		if h == words.Say(l, problem) || h == words.Say(l, origin) { // it was marked before
			h = ""
		}
		head = append(head, h)
	}
	if err := put(1, append(head, words.Say(l, problem), words.Say(l, origin))); err != nil {
		return nil, fmt.Errorf("sheet.Marked: %w", err)
	}
	for i, n := range order {
		if err := put(i+2, markedRow(len(header), n, rows[n], of[n], red)); err != nil {
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

func markedRow(width, n int, row []string, marks []Mark, red int) []any {
	cells := make([]any, width)
	for i := range cells {
		if i < len(row) {
			cells[i] = row[i]
		}
	}
	what := ""
	for i, m := range marks {
		if m.Col > 0 && m.Col <= width {
			if _, done := cells[m.Col-1].(excelize.Cell); !done {
				cells[m.Col-1] = excelize.Cell{StyleID: red, Value: cells[m.Col-1]}
			}
		}
		if i > 0 {
			what += "\n"
		}
		what += m.What
	}
	return append(cells, what, n)
}
