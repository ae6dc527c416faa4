package paper

// table sets a ruled table in smaller type; a row taller than maxCellRow lines is cut in parts.
func (sh *sheet) table(t Table) {
	columns := len(t.Head)
	for _, r := range t.Rows {
		columns = max(columns, len(r))
	}
	if columns == 0 {
		return
	}
	edges := t.edges(columns)
	if len(t.Head) > 0 {
		sh.tableLine(t.Head, edges, true)
	}
	for _, r := range t.Rows {
		sh.tableLine(r, edges, false)
	}
	sh.add(row{height: tableGap})
}

// edges are the x of the vertical rules, one more than there are columns.
func (t Table) edges(columns int) []float64 {
	weight := func(c int) float64 {
		if c < len(t.Widths) && t.Widths[c] > 0 {
			return t.Widths[c]
		}
		return 1
	}
	total := 0.0
	for c := range columns {
		total += weight(c)
	}
	x := make([]float64, columns+1)
	x[0] = left
	for c := range columns {
		x[c+1] = x[c] + areaWidth*weight(c)/total
	}
	return x
}

type tableCell struct {
	glyphs []glyph
	lines  []span
}

func (sh *sheet) tableLine(texts []string, edges []float64, head bool) {
	cells := make([]tableCell, len(edges)-1)
	most := 1
	for c := range cells {
		if c < len(texts) {
			cells[c].glyphs = sh.set(texts[c], body)
		}
		room := max(edges[c+1]-edges[c]-2*tablePad, sizeCell)
		cells[c].lines = fill(cells[c].glyphs, room, room, sizeCell, 0)
		most = max(most, len(cells[c].lines))
	}
	for from := 0; from < most; from += maxCellRow {
		sh.add(sh.tablePart(cells, edges, from, min(from+maxCellRow, most), head))
	}
}

func (sh *sheet) tablePart(cells []tableCell, edges []float64, from, to int, head bool) row {
	height := float64(to-from)*tableRow + 2
	return row{height: height, keep: head, draw: func(p *press, y float64) {
		last := edges[len(edges)-1]
		p.rule(edges[0], y, last, y, 0.25, ink)
		p.rule(edges[0], y+height, last, y+height, 0.25, ink)
		for _, x := range edges {
			p.rule(x, y, x, y+height, 0.25, ink)
		}
		for c, cell := range cells {
			for n := from; n < min(to, len(cell.lines)); n++ {
				l := cell.lines[n]
				p.line(cell.glyphs[l.i:l.j], edges[c]+tablePad, y+1+float64(n-from)*tableRow, tableRow,
					style{size: sizeCell, bold: head})
			}
		}
	}}
}
