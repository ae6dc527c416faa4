// Package paper sets an official document on paper. It knows layout and nothing of what the
// document decides: one model, three outputs (PDF, DOCX, HTML), each with the same text in the
// same order.
//
// The layout follows GB/T 9704-2012 for documents of Party and government organs: A4, type area
// 156 mm by 225 mm, 22 lines of 28 characters, red head and line, hexagonal brackets in the number,
// signature and date at the right with room for the seal.
package paper

import (
	"fmt"
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
)

// Doc is one document. Every string may come from a person: what cannot be printed or could turn
// the reading order (NUL, control characters, bidi marks, invalid UTF-8) is removed before use.
// Empty parts leave no gap.
type Doc struct {
	Issuer      string       // the issuing body as it stands at the head: 清河县住房和城乡建设局
	Head        bool         // red head and red line of a 公文; false is a plain letter head in black
	Number      string       // 清建信复〔2026〕12号
	Title       string       // 信访事项处理意见书
	To          string       // main addressee; the closing colon is added when missing
	Body        []Block      // the text
	Sign        string       // who signs, above the date
	Day         calendar.Day // day of the document; the zero value prints none
	Attachments []string     // names, without numbers and without closing marks
	Notes       []string     // 附注, printed in brackets below the date
	Code        string       // what the QR code says; empty for none
	CodeCaption string       // the sentence beside the QR code
	Lang        words.Lang
}

// Block is a piece of the body: Paragraph, Heading, List or Table.
type Block interface {
	clean() Block
}

// Paragraph is running text, first line indented by two characters. A line break in Text starts a
// new paragraph.
type Paragraph struct{ Text string }

// Heading is a heading in the text, Level 1 to 4. The number is added by the document, 一、（一）1.（1）,
// unless Text already starts with one of that level.
type Heading struct {
	Level int
	Text  string
}

// List is a list of points; Ordered numbers them 1. 2. 3.
type List struct {
	Items   []string
	Ordered bool
}

// Table is a ruled table. Head may be empty. Widths are relative; without them all columns are equal.
type Table struct {
	Head   []string
	Rows   [][]string
	Widths []float64
}

func (b Paragraph) clean() Block { return Paragraph{Clean(b.Text)} }
func (b Heading) clean() Block {
	return Heading{min(max(b.Level, 1), 4), oneLine(b.Text)}
}
func (b List) clean() Block { return List{cleanAll(b.Items), b.Ordered} }
func (b Table) clean() Block {
	t := Table{Head: cleanAll(b.Head), Widths: b.Widths}
	for _, r := range b.Rows {
		t.Rows = append(t.Rows, cleanAll(r))
	}
	return t
}

// clean is the document as it will be set: safe text, numbered headings, the addressee's colon.
func (d Doc) clean() (Doc, error) {
	if d.Day != "" {
		if _, err := calendar.ParseDay(string(d.Day)); err != nil {
			return d, fmt.Errorf("paper: %w", err)
		}
	}
	for _, s := range []*string{&d.Issuer, &d.Number, &d.Title, &d.To, &d.Sign, &d.Code, &d.CodeCaption} {
		*s = oneLine(*s)
	}
	if d.Lang == "" {
		d.Lang = words.ZH
	}
	if d.To != "" && !strings.HasSuffix(d.To, "：") && !strings.HasSuffix(d.To, ":") {
		d.To += d.pick("：", ":")
	}
	d.Attachments, d.Notes = cleanAll(d.Attachments), cleanAll(d.Notes)
	d.Body = d.cleanBody()
	return d, nil
}

func (d Doc) cleanBody() []Block {
	var counter numbers
	body := make([]Block, 0, len(d.Body))
	for _, b := range d.Body {
		if b == nil {
			continue
		}
		b = b.clean()
		if h, ok := b.(Heading); ok {
			h.Text = counter.number(h)
			b = h
		}
		body = append(body, b)
	}
	return body
}

func (d Doc) say(zh string) string { return words.Say(d.Lang, zh) }

// pick is zh or en by the document's language, for marks that are no sentences.
func (d Doc) pick(zh, en string) string {
	if d.Lang == words.EN {
		return en
	}
	return zh
}

// date is the day as it stands under the signature, Arabic figures without leading zeros.
func (d Doc) date() string {
	if d.Day == "" {
		return ""
	}
	t := d.Day.Start()
	if d.Lang == words.EN {
		return t.Format("2 January 2006")
	}
	return fmt.Sprintf("%d年%d月%d日", t.Year(), int(t.Month()), t.Day())
}

// point is the mark before item n (from 0) of the list.
func (b List) point(n int) string {
	if b.Ordered {
		return fmt.Sprintf("%d. ", n+1)
	}
	return "· "
}

// attachmentLines are the lines of the attachment note: one without a number, several with.
func (d Doc) attachmentLines() []string {
	var out []string
	for i, name := range d.Attachments {
		if len(d.Attachments) > 1 {
			name = fmt.Sprintf("%d. %s", i+1, name)
		}
		out = append(out, name)
	}
	return out
}

// noteText puts a note in the brackets the standard asks for, unless it already stands in some.
func (d Doc) noteText(s string) string {
	if strings.HasPrefix(s, "（") || strings.HasPrefix(s, "(") {
		return s
	}
	return d.pick("（", "(") + s + d.pick("）", ")")
}

func paragraphs(s string) []string {
	var out []string
	for p := range strings.SplitSeq(s, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
