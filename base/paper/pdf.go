package paper

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
)

type colour [3]int

var (
	ink = colour{}
	red = colour{0xd0, 0x10, 0x10}
)

// style is how a line is drawn: millimetres, track is added after each character. bold thickens the
// strokes, where the face meant for it is not there.
type style struct {
	size, track float64
	bold        bool
	colour      colour
}

// seats bounds how many documents are set at once: each takes some 20 MB while it lasts.
var seats = make(chan struct{}, 2)

// PDF writes the document as PDF with its fonts embedded and its text extractable. Characters that
// no face has appear as 〓 (see Missing). Many may call it at once; two at a time are set. Nothing
// is written when it fails.
func (d Doc) PDF(w io.Writer, opts ...Option) error {
	d, err := d.clean()
	if err != nil {
		return err
	}
	file, err := d.press(settings(opts))
	if err != nil {
		return err
	}
	if _, err := w.Write(file); err != nil {
		return fmt.Errorf("paper: PDF: %w", err)
	}
	return nil
}

// press sets the document in memory: a slow reader of the file must not hold a seat.
func (d Doc) press(s setting) (file []byte, err error) {
	seats <- struct{}{}
	defer func() { <-seats }()
	// The PDF writer trusts its fonts: a damaged one from an operator's folder makes it panic.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("paper: PDF: %v", r)
		}
	}()
	sh, err := d.compose(s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := sh.print().Output(&b); err != nil {
		return nil, fmt.Errorf("paper: PDF: %w", err)
	}
	return b.Bytes(), nil
}

func settings(opts []Option) setting {
	var s setting
	for _, o := range opts {
		o(&s)
	}
	return s
}

// press is the PDF being written.
type press struct {
	pdf  *fpdf.Fpdf
	face *face
	size float64
	have map[*face]string
}

func (sh *sheet) print() *fpdf.Fpdf {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCatalogSort(true)
	made := time.Unix(0, 0).UTC()
	if sh.doc.Day != "" {
		made = sh.doc.Day.Start()
	}
	pdf.SetCreationDate(made)
	pdf.SetModificationDate(made)
	pdf.SetTitle(sh.doc.Title, true)
	pdf.SetAuthor(sh.doc.Issuer, true)
	pdf.SetCreator("Jishi", true)
	pdf.SetProducer("Jishi", true)
	pdf.SetLang(string(sh.doc.Lang))
	p := &press{pdf: pdf, have: map[*face]string{}}
	for n, page := range sh.pages() {
		pdf.AddPage()
		for _, r := range page {
			if r.draw != nil {
				r.draw(p, r.y)
			}
		}
		sh.folio(p, n+1)
	}
	return pdf
}

// folio is the page number between dashes, one character in from the outer edge.
func (sh *sheet) folio(p *press, n int) {
	g := sh.set(fmt.Sprintf("— %d —", n), body)
	x := left + size4
	if n%2 == 1 {
		x = left + areaWidth - size4 - width(g, size4, 0)
	}
	p.line(g, x, top+areaHeight+folio-size4/2, size4, style{size: size4})
}

// line draws glyphs from x on, in a strip of the given height from y down, one text operation for
// each run of one face.
func (p *press) line(g []glyph, x, y, height float64, s style) {
	base := y + height/2 + s.size*0.38
	p.thicken(s)
	for i := 0; i < len(g); {
		j := i + 1
		for j < len(g) && g[j].face == g[i].face && plain(g[i]) && plain(g[j]) {
			j++
		}
		p.run(g[i:j], x, base, s)
		x += width(g[i:j], s.size, s.track)
		i = j
	}
	if s.bold {
		p.pdf.SetTextRenderingMode(0)
	}
}

func (p *press) thicken(s style) {
	p.pdf.SetTextColor(s.colour[0], s.colour[1], s.colour[2])
	if s.bold {
		p.pdf.SetDrawColor(s.colour[0], s.colour[1], s.colour[2])
		p.pdf.SetLineWidth(s.size * 0.025)
		p.pdf.SetTextRenderingMode(2)
	}
}

// plain is false of a character drawn by another code than its own; it is written with its true
// text beside it, so that searching and copying find what was written.
func plain(g glyph) bool { return g.r == g.code }

func (p *press) run(g []glyph, x, base float64, s style) {
	p.font(g[0].face, s.size)
	p.pdf.RawWriteStr(fmt.Sprintf("%.4f Tc", s.track/point))
	var b strings.Builder
	for _, x := range g {
		b.WriteRune(x.code)
	}
	if plain(g[0]) {
		p.pdf.Text(x, base, b.String())
		return
	}
	var hex strings.Builder
	for _, u := range utf16.Encode([]rune{g[0].r}) {
		fmt.Fprintf(&hex, "%04X", u)
	}
	p.pdf.RawWriteStr("/Span <</ActualText <FEFF" + hex.String() + ">>> BDC")
	p.pdf.Text(x, base, b.String())
	p.pdf.RawWriteStr("EMC")
}

// font makes f the current face, embedding it at its first use.
func (p *press) font(f *face, size float64) {
	name, ok := p.have[f]
	if !ok {
		name = fmt.Sprintf("face%d", len(p.have))
		p.have[f] = name
		p.pdf.AddUTF8FontFromBytes(name, "", f.data)
	}
	if p.face != f || p.size != size {
		p.pdf.SetFont(name, "", size/point)
		p.face, p.size = f, size
	}
}

func (p *press) rule(x1, y1, x2, y2, thick float64, c colour) {
	p.pdf.SetDrawColor(c[0], c[1], c[2])
	p.pdf.SetLineWidth(thick)
	p.pdf.Line(x1, y1, x2, y2)
}

func (p *press) code(matrix barcode.Barcode, x, y, side float64) {
	module := side / float64(matrix.Bounds().Dx()+2*quiet)
	p.pdf.SetFillColor(0, 0, 0)
	bars(matrix, func(i, j, w int) {
		p.pdf.Rect(x+float64(i+quiet)*module, y+float64(j+quiet)*module, float64(w)*module, module, "F")
	})
}

func sorted(set map[rune]bool) []rune {
	var out []rune
	for r := range set {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}
