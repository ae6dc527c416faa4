package paper

import (
	_ "embed"
	"fmt"
	"html"
	"strings"
)

// CSS is the style of HTML on the screen and in print: A4 with the margins of the standard.
//
//go:embed paper.css
var CSS string

// HTML is the document as one <article class="paper">, every text escaped, for a page that carries
// CSS. Its title is an h2: the page around it has the h1. A document whose day or code cannot be set
// is shown without them; PDF and DOCX refuse it.
func (d Doc) HTML() string {
	d, err := d.clean()
	if err != nil {
		d.Day = ""
		d, _ = d.clean()
	}
	var b page
	class := "paper"
	if d.Head {
		class += " paper-official"
	}
	b.put(`<article class="%s" lang="%s">`, class, string(d.Lang))
	b.head(d)
	b.tag("p", "paper-to", d.To)
	for _, x := range d.Body {
		b.block(x)
	}
	b.foot(d)
	b.put("</article>")
	return b.String()
}

// page collects HTML; put escapes every string argument.
type page struct{ strings.Builder }

func (b *page) put(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = html.EscapeString(s)
		}
	}
	fmt.Fprintf(b, format, args...)
}

// tag writes nothing for an empty text.
func (b *page) tag(name, class, text string) {
	if text == "" {
		return
	}
	b.WriteString("<" + name)
	if class != "" {
		b.put(` class="%s"`, class)
	}
	b.put(">%s</", text)
	b.WriteString(name + ">\n")
}

func (b *page) head(d Doc) {
	if d.Issuer != "" || d.Number != "" {
		b.put(`<div class="paper-head">`)
		b.tag("p", "paper-issuer", d.Issuer)
		b.tag("p", "paper-number", d.Number)
		b.put("</div>\n")
	}
	b.tag("h2", "paper-title", d.Title)
}

func (b *page) block(x Block) {
	switch x := x.(type) {
	case Paragraph:
		for _, s := range paragraphs(x.Text) {
			b.tag("p", "", s)
		}
	case Heading:
		b.tag(fmt.Sprintf("h%d", x.Level+2), "", x.Text)
	case List:
		name := "ul"
		if x.Ordered {
			name = "ol"
		}
		b.WriteString("<" + name + ">")
		for _, s := range x.Items {
			b.put("<li>%s</li>", s)
		}
		b.WriteString("</" + name + ">\n")
	case Table:
		b.table(x)
	}
}

func (b *page) table(t Table) {
	b.put("<table>")
	if len(t.Head) > 0 {
		b.put("<thead><tr>")
		for _, s := range t.Head {
			b.put(`<th scope="col">%s</th>`, s)
		}
		b.put("</tr></thead>")
	}
	b.put("<tbody>")
	for _, r := range t.Rows {
		b.put("<tr>")
		for _, s := range r {
			b.put("<td>%s</td>", s)
		}
		b.put("</tr>")
	}
	b.put("</tbody></table>\n")
}

func (b *page) foot(d Doc) {
	if names := d.attachmentLines(); len(names) > 0 {
		b.put(`<div class="paper-attachments"><p>%s</p><ul>`, d.say("附件："))
		for _, s := range names {
			b.put("<li>%s</li>", s)
		}
		b.put("</ul></div>\n")
	}
	if d.Sign != "" || d.Day != "" {
		b.put(`<div class="paper-sign"><div>`)
		b.tag("p", "", d.Sign)
		if d.Day != "" {
			b.put(`<p><time datetime="%s">%s</time></p>`, string(d.Day), d.date())
		}
		b.put("</div></div>\n")
	}
	for _, n := range d.Notes {
		b.tag("p", "paper-note", d.noteText(n))
	}
	if svg := QR(d.Code); svg != "" {
		b.put(`<figure class="paper-code">`)
		b.WriteString(svg)
		b.tag("figcaption", "", d.CodeCaption)
		b.put("</figure>\n")
	}
}
