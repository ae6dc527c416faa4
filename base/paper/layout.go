package paper

import (
	"math"
	"strings"

	"golang.org/x/image/font/sfnt"
)

// Measures of GB/T 9704-2012 in millimetres; sizes of type in points by their Chinese names.
const (
	pageWidth, pageHeight = 210.0, 297.0
	top, left             = 37.0, 28.0
	areaWidth, areaHeight = 156.0, 225.0
	pitch                 = areaHeight / 22 // a row
	cell                  = areaWidth / 28  // a character of the body
	point                 = 25.4 / 72

	size2      = 22 * point // 2号
	size3      = 16 * point // 3号
	size4      = 14 * point // 4号
	sizeCell   = 12 * point // 小4号, in tables
	bodyTrack  = cell - size3
	markTop    = 35.0 // from the type area's top to the issuer's name
	markRoom   = 17.0 // and the name's height at most
	redLine    = 4.0  // from the number to the red line
	folio      = 7.0  // from the type area's foot to the page number's dash
	codeSide   = 25.0
	titleRow   = 12.4
	tableRow   = 7.2
	tablePad   = 1.5
	tableGap   = 2.0
	maxCellRow = 24 // rows of a table cell that stay together; more are cut across pages
)

// row is a strip of the page: draw puts it with its upper edge at y. keep holds it on one page with
// the row after it.
type row struct {
	height float64
	keep   bool
	grid   bool // stands on the 22 rows of the page
	draw   func(p *press, y float64)
}

// sheet collects rows in reading order.
type sheet struct {
	doc   Doc
	faces [roles]*face
	base  *face
	buf   sfnt.Buffer
	known [roles]map[rune]glyph
	lost  map[rune]bool // characters no face has
	rows  []row
}

func (d Doc) compose(s setting) (*sheet, error) {
	base, err := serif()
	if err != nil {
		return nil, err
	}
	sh := &sheet{doc: d, faces: s.faces, base: base, lost: map[rune]bool{}}
	for i := range sh.known {
		sh.known[i] = map[rune]glyph{}
	}
	sh.head()
	sh.titleRows()
	if d.To != "" {
		sh.gap(1, true)
		sh.text(d.To, body, 0, 0, true)
	}
	for _, b := range d.Body {
		sh.block(b)
	}
	sh.attachments()
	sh.signature()
	for _, n := range d.Notes {
		sh.text(d.noteText(n), body, 2, 2, false)
	}
	return sh, sh.code()
}

// set turns text into glyphs: from the role's own face, else from the embedded one, else 〓.
func (sh *sheet) set(text string, as role) []glyph {
	out := make([]glyph, 0, len(text)/3+1)
	for _, r := range text {
		g, ok := sh.known[as][r]
		if !ok {
			g = sh.look(r, as)
			sh.known[as][r] = g
		}
		out = append(out, g)
	}
	return sh.joinDashes(out)
}

// joinDashes draws the Chinese dash —— as one line: in the embedded face two em dashes leave a gap.
func (sh *sheet) joinDashes(g []glyph) []glyph {
	dash := func(i int) bool { return g[i].r == '—' && g[i].face == sh.base }
	for i := 0; i+1 < len(g); i++ {
		if !dash(i) || !dash(i+1) {
			continue
		}
		if line, ok := sh.base.find('─', &sh.buf); ok {
			line.r = '—'
			g[i], g[i+1] = line, line
			i++
		}
	}
	return g
}

func (sh *sheet) look(r rune, as role) glyph {
	if f := sh.faces[as]; f != nil {
		if g, ok := f.find(r, &sh.buf); ok {
			return g
		}
	}
	if g, ok := sh.base.find(r, &sh.buf); ok {
		return g
	}
	sh.lost[r] = true
	g, _ := sh.base.find(missing, &sh.buf)
	g.r = r
	return g
}

func (sh *sheet) add(r row) { sh.rows = append(sh.rows, r) }

func (sh *sheet) gap(n int, keep bool) {
	for range n {
		sh.add(row{height: pitch, keep: keep, grid: true})
	}
}

// head is the issuer's name, the number and, under a red head, the line.
func (sh *sheet) head() {
	d := sh.doc
	if d.Issuer == "" && d.Number == "" {
		return
	}
	if !d.Head {
		sh.plainHead()
		return
	}
	sh.add(row{height: markTop, keep: true})
	if d.Issuer != "" {
		sh.mark(markRoom, red)
		sh.gap(2, true)
	}
	if d.Number != "" {
		sh.centred(d.Number, body, size3, pitch, ink)
	}
	sh.add(row{height: redLine, keep: true, draw: func(p *press, y float64) {
		p.rule(left, y+redLine, left+areaWidth, y+redLine, 0.7, red)
	}})
	sh.gap(1, true)
}

func (sh *sheet) plainHead() {
	if sh.doc.Issuer != "" {
		sh.mark(10, ink)
		sh.add(row{height: 3, keep: true, draw: func(p *press, y float64) {
			p.rule(left, y+2, left+areaWidth, y+2, 0.35, ink)
		}})
	}
	if n := sh.doc.Number; n != "" {
		sh.add(row{height: pitch, keep: true, draw: func(p *press, y float64) {
			g := sh.set(n, body)
			p.line(g, left+areaWidth-width(g, size3, bodyTrack), y, pitch, style{size: size3, track: bodyTrack})
		}})
	}
}

// mark is the issuer's name as large as the width allows, on several lines when it is very long.
func (sh *sheet) mark(high float64, c colour) {
	g := sh.set(sh.doc.Issuer, title)
	size := max(size2, min(high, (areaWidth-2*cell)/max(width(g, 1, 0), 1)))
	for _, l := range balanced(g, areaWidth, size) {
		sh.centre(g[l.i:l.j], size, max(size*1.15, high), style{size: size, bold: sh.faces[title] == nil, colour: c})
	}
}

func (sh *sheet) titleRows() {
	if sh.doc.Title == "" {
		return
	}
	sh.gap(1, true)
	g := sh.set(sh.doc.Title, title)
	for _, l := range balanced(g, areaWidth-2*cell, size2) {
		sh.centre(g[l.i:l.j], size2, titleRow, style{size: size2, bold: sh.faces[title] == nil})
	}
}

func (sh *sheet) centred(text string, as role, size, height float64, c colour) {
	g := sh.set(text, as)
	for _, l := range fill(g, areaWidth, areaWidth, size, 0) {
		sh.centre(g[l.i:l.j], size, height, style{size: size, colour: c})
	}
}

func (sh *sheet) centre(g []glyph, size, height float64, s style) {
	sh.add(row{height: height, keep: true, draw: func(p *press, y float64) {
		p.line(g, left+(areaWidth-width(g, size, 0))/2, y, height, s)
	}})
}

func (sh *sheet) block(b Block) {
	switch b := b.(type) {
	case Paragraph:
		for _, s := range paragraphs(b.Text) {
			sh.text(s, body, 2, 0, false)
		}
	case Heading:
		as := [5]role{1: black, 2: script, 3: body, 4: body}[b.Level]
		sh.text(b.Text, as, 2, 0, true)
	case List:
		for i, s := range b.Items {
			sh.text(b.point(i)+s, body, 2, 0, false)
		}
	case Table:
		sh.table(b)
	}
}

// text sets a paragraph on the grid: the first line indented by first characters, the others by rest.
func (sh *sheet) text(s string, as role, first, rest float64, keep bool) {
	g := sh.set(s, as)
	lines := fill(g, areaWidth-first*cell, areaWidth-rest*cell, size3, bodyTrack)
	for n, l := range lines {
		indent := rest * cell
		if n == 0 {
			indent = first * cell
		}
		st := style{size: size3, track: bodyTrack, bold: as == black && sh.faces[black] == nil}
		if n < len(lines)-1 {
			st.track += stretch(g[l.i:l.j], areaWidth-indent)
		}
		piece := g[l.i:l.j]
		sh.add(row{height: pitch, keep: keep, grid: true, draw: func(p *press, y float64) {
			p.line(piece, left+indent, y, pitch, st)
		}})
	}
}

// stretch is what to add between the characters of a full line so that it ends at the edge. A line
// left short by a long Latin word stays short, and so does one mostly in Latin letters: gaps in words
// are harder to read than a ragged edge.
func stretch(g []glyph, room float64) float64 {
	if len(g) < 2 {
		return 0
	}
	extra := (room - width(g, size3, bodyTrack)) / float64(len(g)-1)
	han := 0
	for _, x := range g {
		if x.r >= 0x2E80 {
			han++
		}
	}
	if extra < 0 || extra > cell*0.12 || han < len(g)/3 {
		return 0
	}
	return extra
}

func (sh *sheet) attachments() {
	names := sh.doc.attachmentLines()
	if len(names) == 0 {
		return
	}
	sh.gap(1, false)
	label := sh.doc.say("附件：") + sh.doc.pick("", " ")
	indent := 2 + width(sh.set(label, body), size3, bodyTrack)/cell
	for n, name := range names {
		if n == 0 {
			sh.text(label+name, body, 2, indent, false)
		} else {
			sh.text(name, body, indent, indent, false)
		}
	}
}

// signature is the signing body centred over the date, the date four characters from the right
// edge, with room above for the seal; two rows of text at least stay on its page, so that no page
// carries a seal alone.
func (sh *sheet) signature() {
	d := sh.doc
	if d.Sign == "" && d.Day == "" {
		return
	}
	for n := 1; n <= 2 && len(sh.rows)-n >= 0; n++ {
		sh.rows[len(sh.rows)-n].keep = true
	}
	sh.gap(3, true)
	date := sh.set(d.date(), body)
	long := width(date, size3, bodyTrack)
	middle := left + areaWidth - 4*cell - long/2
	g := sh.set(d.Sign, body)
	for _, l := range balanced(g, areaWidth, size3) {
		piece := g[l.i:l.j]
		w := width(piece, size3, bodyTrack)
		x := max(left, min(middle-w/2, left+areaWidth-w))
		sh.add(row{height: pitch, keep: true, draw: func(p *press, y float64) {
			p.line(piece, x, y, pitch, style{size: size3, track: bodyTrack})
		}})
	}
	sh.add(row{height: pitch, draw: func(p *press, y float64) {
		p.line(date, middle-long/2, y, pitch, style{size: size3, track: bodyTrack})
	}})
}

// code is the QR code with its caption beside it.
func (sh *sheet) code() error {
	d := sh.doc
	if d.Code == "" {
		return nil
	}
	matrix, err := encode(d.Code)
	if err != nil {
		return err
	}
	g := sh.set(d.CodeCaption, body)
	room := areaWidth - codeSide - 2*cell
	lines := fill(g, room, room, sizeCell, 0)
	height := max(codeSide, float64(len(lines))*tableRow) + pitch
	sh.add(row{height: height, draw: func(p *press, y float64) {
		y += pitch / 2
		p.code(matrix, left, y, codeSide)
		y += max(0, codeSide-float64(len(lines))*tableRow) / 2
		for n, l := range lines {
			p.line(g[l.i:l.j], left+codeSide+cell, y+float64(n)*tableRow, tableRow, style{size: sizeCell})
		}
	}})
	return nil
}

// pages deals the rows out: rows that keep together go to a new page together, unless a page
// could not hold them. Rows of the body stand on the grid, whatever stood above them.
func (sh *sheet) pages() [][]placed {
	var out [][]placed
	page, y := []placed{}, 0.0
	next := func() { out, page, y = append(out, page), []placed{}, 0 }
	for i := 0; i < len(sh.rows); {
		j := sh.together(i)
		if end := advance(y, sh.rows[i:j]); y > 0 && end > full && advance(0, sh.rows[i:j]) <= full {
			next()
		}
		for ; i < j; i++ {
			if y > 0 && advance(y, sh.rows[i:i+1]) > full {
				next()
			}
			end := advance(y, sh.rows[i:i+1])
			page = append(page, placed{sh.rows[i], top + end - sh.rows[i].height})
			y = end
		}
	}
	return append(out, page)
}

const full = areaHeight + 0.01

// together is the end of the rows from i on that keep together.
func (sh *sheet) together(i int) int {
	for i < len(sh.rows)-1 && sh.rows[i].keep {
		i++
	}
	return i + 1
}

// advance is how far down the page y comes when the rows are placed from y on.
func advance(y float64, rows []row) float64 {
	for _, r := range rows {
		if r.grid {
			y = math.Ceil(y/pitch-0.01) * pitch
		}
		y += r.height
	}
	return y
}

type placed struct {
	row
	y float64
}

// Missing is what the PDF cannot show and prints as 〓, in order of code. The writer of the document
// can be told before it is served.
func (d Doc) Missing(opts ...Option) (string, error) {
	d, err := d.clean()
	if err != nil {
		return "", err
	}
	sh, err := d.compose(settings(opts))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range sorted(sh.lost) {
		b.WriteRune(r)
	}
	return b.String(), nil
}
