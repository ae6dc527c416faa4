package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"unicode"

	"jishi/base/words"
)

// DOCX writes the document for a word processor: named styles, page numbers in the footers, the
// faces of the standard by name with others to fall back on. The same document gives the same bytes.
func (d Doc) DOCX(w io.Writer) error {
	d, err := d.clean()
	if err != nil {
		return err
	}
	b := &docx{doc: d}
	if d.Code != "" {
		if b.picture, err = codePicture(d.Code); err != nil {
			return err
		}
	}
	z := zip.NewWriter(w)
	for _, part := range b.parts() {
		// No time of writing: a file's bytes tell when the document is of, not when it was fetched.
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err == nil {
			_, err = f.Write(part.data)
		}
		if err != nil {
			return fmt.Errorf("paper: DOCX: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("paper: DOCX: %w", err)
	}
	return nil
}

type part struct {
	name string
	data []byte
}

type docx struct {
	doc     Doc
	picture []byte // PNG of the QR code
	xml     strings.Builder
}

func (b *docx) parts() []part {
	b.body()
	parts := []part{
		{"[Content_Types].xml", []byte(docxTypes)},
		{"_rels/.rels", []byte(docxRoot)},
		{"docProps/core.xml", b.core()},
		{"word/document.xml", []byte(b.xml.String())},
		{"word/_rels/document.xml.rels", []byte(docxLinks)},
		{"word/styles.xml", []byte(b.styles())},
		{"word/settings.xml", []byte(docxSettings)},
		{"word/fontTable.xml", []byte(docxFonts)},
		{"word/footer1.xml", []byte(footer("right"))},
		{"word/footer2.xml", []byte(footer("left"))},
	}
	if b.picture != nil {
		parts = append(parts, part{"word/media/code.png", b.picture})
		parts[4].data = []byte(strings.Replace(docxLinks, "</Relationships>", docxPictureLink+"</Relationships>", 1))
	}
	return parts
}

func esc(s string) string {
	var b strings.Builder
	// A strings.Builder never fails to be written to.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func (b *docx) core() []byte {
	day := "1970-01-01"
	if b.doc.Day != "" {
		day = string(b.doc.Day)
	}
	return fmt.Appendf(nil, docxCore, esc(b.doc.Title), esc(b.doc.Issuer), esc(string(b.doc.Lang)), day)
}

// p is a paragraph in a style; extra is what its properties say beyond the style.
func (b *docx) p(style, text, extra string) {
	fmt.Fprintf(&b.xml, `<w:p><w:pPr><w:pStyle w:val="%s"/>%s</w:pPr>`, style, extra)
	if text != "" {
		fmt.Fprintf(&b.xml, `<w:r><w:t xml:space="preserve">%s</w:t></w:r>`, esc(text))
	}
	b.xml.WriteString("</w:p>")
}

func (b *docx) some(style, text string) {
	if text != "" {
		b.p(style, text, "")
	}
}

func (b *docx) body() {
	d := b.doc
	b.xml.WriteString(docxOpen)
	b.some("Issuer", d.Issuer)
	if d.Number != "" {
		b.p("DocNumber", d.Number, "")
	} else if d.Head {
		b.p("DocNumber", "", "")
	}
	b.some("Title", d.Title)
	b.some("Addressee", d.To)
	for _, x := range d.Body {
		b.block(x)
	}
	b.attachments()
	b.signature()
	for _, n := range d.Notes {
		b.p("Normal", d.noteText(n), "")
	}
	b.code()
	b.xml.WriteString(docxSection)
}

func (b *docx) block(x Block) {
	switch x := x.(type) {
	case Paragraph:
		for _, s := range paragraphs(x.Text) {
			b.p("Normal", s, "")
		}
	case Heading:
		b.p(fmt.Sprintf("Heading%d", x.Level), x.Text, "")
	case List:
		for n, s := range x.Items {
			b.p("Normal", x.point(n)+s, "")
		}
	case Table:
		b.table(x)
	}
}

const twips = 1440 / 25.4 // in a millimetre

func (b *docx) table(t Table) {
	columns := len(t.Head)
	for _, r := range t.Rows {
		columns = max(columns, len(r))
	}
	if columns == 0 {
		return
	}
	edges := t.edges(columns)
	wide := make([]int, columns)
	b.xml.WriteString(docxTable)
	for c := range wide {
		wide[c] = int((edges[c+1] - edges[c]) * twips)
		fmt.Fprintf(&b.xml, `<w:gridCol w:w="%d"/>`, wide[c])
	}
	b.xml.WriteString("</w:tblGrid>")
	if len(t.Head) > 0 {
		b.row(t.Head, wide, `<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`, "TableHead")
	}
	for _, r := range t.Rows {
		b.row(r, wide, "", "TableText")
	}
	b.xml.WriteString("</w:tbl>")
	b.p("TableText", "", "") // between two tables, and after the last, a word processor needs one
}

func (b *docx) row(texts []string, wide []int, properties, style string) {
	b.xml.WriteString("<w:tr>" + properties)
	for c, w := range wide {
		text := ""
		if c < len(texts) {
			text = texts[c]
		}
		fmt.Fprintf(&b.xml, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, w)
		b.p(style, text, "")
		b.xml.WriteString("</w:tc>")
	}
	b.xml.WriteString("</w:tr>")
}

func (b *docx) attachments() {
	names := b.doc.attachmentLines()
	if len(names) == 0 {
		return
	}
	b.p("Normal", "", "")
	label := b.doc.say("附件：") + b.doc.pick("", " ")
	hang := widths(label)
	if b.doc.Lang == words.EN {
		hang = 1 // how wide Latin letters will be is the word processor's to know
	}
	for n, name := range names {
		if n == 0 {
			b.p("Normal", label+name, indent(2+hang, -hang))
		} else {
			b.p("Normal", name, indent(2+hang, 0))
		}
	}
}

// indent is left and first-line indent in characters; a negative first hangs.
func indent(leftChars, first float64) string {
	side, by := "firstLine", first
	if first < 0 {
		side, by = "hanging", -first
	}
	return fmt.Sprintf(`<w:ind w:leftChars="%d" w:left="%d" w:%sChars="%d" w:%s="%d"/>`,
		int(leftChars*100), int(leftChars*cell*twips), side, int(by*100), side, int(by*cell*twips))
}

func (b *docx) signature() {
	d := b.doc
	if d.Sign == "" && d.Day == "" {
		return
	}
	b.keepLast()
	for range 3 {
		b.p("Normal", "", "<w:keepNext/>")
	}
	long := widths(d.date())
	if d.Sign != "" {
		b.p("Signature", d.Sign, fromRight(max(0, 4+(long-widths(d.Sign))/2)))
	}
	if d.Day != "" {
		b.p("Signature", d.date(), fromRight(4))
	}
}

// keepLast holds the last paragraph of text on the page of the signature: no page carries a seal alone.
func (b *docx) keepLast() {
	const mark = `<w:pStyle w:val="Normal"/>`
	s := b.xml.String()
	if i := strings.LastIndex(s, mark); i >= 0 {
		b.xml.Reset()
		b.xml.WriteString(s[:i+len(mark)] + "<w:keepNext/>" + s[i+len(mark):])
	}
}

func fromRight(chars float64) string {
	return fmt.Sprintf(`<w:ind w:rightChars="%d" w:right="%d"/>`, int(chars*100), int(math.Round(chars*cell*twips)))
}

// widths is about how many characters of the body the text is wide: Latin ones count half.
func widths(s string) float64 {
	n := 0.0
	for _, r := range s {
		if r < 0x2000 || unicode.Is(unicode.Latin, r) {
			n += 0.5
		} else {
			n++
		}
	}
	return n
}

func (b *docx) code() {
	if b.picture == nil {
		return
	}
	side := int(codeSide * 36000) // EMU
	fmt.Fprintf(&b.xml, docxPicture, side, side, esc(b.doc.Code), side, side, esc(b.doc.CodeCaption))
}

// codePicture is the QR code as PNG, eight dots a module, quiet zone included.
func codePicture(text string) ([]byte, error) {
	code, err := encode(text)
	if err != nil {
		return nil, err
	}
	const dots = 8
	side := (code.Bounds().Dx() + 2*quiet) * dots
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	bars(code, func(x, y, w int) {
		for j := (y + quiet) * dots; j < (y+quiet+1)*dots; j++ {
			for i := (x + quiet) * dots; i < (x+quiet+w)*dots; i++ {
				img.SetColorIndex(i, j, 1)
			}
		}
	})
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("paper: QR picture: %w", err)
	}
	return out.Bytes(), nil
}
