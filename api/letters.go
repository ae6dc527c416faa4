package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"jishi/base/paper"
)

// Doc is the text of a letter.
type Doc struct {
	Issuer string   `json:"issuer"`
	Number string   `json:"number,omitempty"`
	Title  string   `json:"title"`
	To     string   `json:"to,omitempty"`
	Text   []string `json:"text"`
	Sign   string   `json:"sign,omitempty"`
	Day    string   `json:"day,omitempty"`
}

type docOutput struct{ Body Doc }

func doc(d paper.Doc) Doc {
	v := Doc{Issuer: d.Issuer, Number: d.Number, Title: d.Title, To: d.To, Sign: d.Sign, Day: string(d.Day), Text: []string{}}
	for _, b := range d.Body {
		switch b := b.(type) {
		case paper.Heading:
			v.Text = append(v.Text, b.Text)
		case paper.Paragraph:
			v.Text = append(v.Text, b.Text)
		case paper.List:
			v.Text = append(v.Text, b.Items...)
		}
	}
	return v
}

type lettersOutput struct{ Body []Letter }

type letterInput struct {
	ID     string `path:"id" maxLength:"60"`
	Letter string `path:"letter" maxLength:"80" doc:"文书的 id"`
}

const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

func (s *server) letters() {
	op := func(id, path, summary string) operation {
		return operation{id: id, method: "GET", path: "/api/v1/matters/{id}/letters" + path, tag: "letters", summary: summary, scope: "matters:read", errors: []int{404},
			who: "看得到这件事项的人；提出人读到自己的姓名，工作人员读到遮盖过的。", refuses: "看不到的和不存在的，回答完全一样：没有找到。"}
	}
	add(s, op("letters", "", "一件事项的全部文书"), s.allLetters)
	add(s, op("letter", "/{letter}", "一件文书的文字"), s.letter)
	s.raw(op("letter-pdf", "/{letter}/pdf", "文书，PDF"), download("application/pdf", "id", "letter"), s.letterFile("pdf", "application/pdf",
		func(d paper.Doc, b *bytes.Buffer) error { return d.PDF(b) }))
	s.raw(op("letter-docx", "/{letter}/docx", "文书，DOCX"), download(docxType, "id", "letter"), s.letterFile("docx", docxType,
		func(d paper.Doc, b *bytes.Buffer) error { return d.DOCX(b) }))
}

// download documents an operation that answers with a file.
func download(kind string, params ...string) func(*huma.Operation) {
	return func(h *huma.Operation) {
		for _, p := range params {
			h.Parameters = append(h.Parameters, &huma.Param{Name: p, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
		}
		h.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	}
}

func (s *server) allLetters(ctx context.Context, c caller, in *idInput) (*lettersOutput, error) {
	v, err := s.desk.Matter(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &lettersOutput{letters(c.Lang, v.Letters)}, nil
}

func (s *server) letter(ctx context.Context, c caller, in *letterInput) (*docOutput, error) {
	d, err := s.desk.Paper(ctx, c.Actor, in.ID, in.Letter, "")
	if err != nil {
		return nil, err
	}
	return &docOutput{doc(d)}, nil
}

func (s *server) letterFile(end, kind string, render func(paper.Doc, *bytes.Buffer) error) func(http.ResponseWriter, *http.Request, caller) error {
	return func(w http.ResponseWriter, r *http.Request, c caller) error {
		d, err := s.desk.Paper(r.Context(), c.Actor, r.PathValue("id"), r.PathValue("letter"), "")
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := render(d, &b); err != nil {
			return fmt.Errorf("api.letter %s: %w", end, err)
		}
		attachment(w, kind, d.Title+"."+end)
		w.Write(b.Bytes())
		return nil
	}
}

// attachment makes a browser save what follows and never show it: it may have come from anybody.
func attachment(w http.ResponseWriter, kind, name string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
}
