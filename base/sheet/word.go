package sheet

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// What is read of a DOCX: tables, their rows and cells, and what is merged.
type wordBody struct {
	Tables []wordTable `xml:"body>tbl"`
}

type wordTable struct {
	Rows []struct {
		Cells []struct {
			Span struct {
				N int `xml:"val,attr"`
			} `xml:"tcPr>gridSpan"`
			Merge *struct {
				Val string `xml:"val,attr"`
			} `xml:"tcPr>vMerge"`
			Paragraphs []struct {
				Runs []struct {
					Text []string `xml:"t"`
				} `xml:"r"`
			} `xml:"p"`
		} `xml:"tc"`
	} `xml:"tr"`
}

// openWord takes each table of the document as a sheet: 表1, 表2 …
func (b *Book) openWord(z *zip.Reader) error {
	f, err := z.Open("word/document.xml")
	if err != nil {
		return broken()
	}
	defer f.Close()
	var body wordBody
	if err := xml.NewDecoder(io.LimitReader(f, 32<<20)).Decode(&body); err != nil {
		return refuse("文档损坏，不能读取。", "请用文字软件打开并另存为 .docx 后再导入。")
	}
	if len(body.Tables) == 0 {
		return refuse("文档里没有表格。", "请在文档里画成表格，或者用电子表格。")
	}
	for i, t := range body.Tables {
		if len(t.Rows) > b.limits.Rows {
			return b.tooLong()
		}
		b.tables = append(b.tables, t.table())
		b.Sheets = append(b.Sheets, Sheet{Name: fmt.Sprintf("表%d", i+1)})
	}
	return nil
}

func (w wordTable) table() table {
	var t table
	down := map[int]*Span{} // by column: the cell that goes on downwards
	var spans []*Span
	for r, row := range w.Rows {
		var cells []string
		for _, c := range row.Cells {
			col, wide := len(cells)+1, max(1, min(c.Span.N, 200))
			var text []string
			for _, p := range c.Paragraphs {
				var s strings.Builder
				for _, run := range p.Runs {
					s.WriteString(strings.Join(run.Text, ""))
				}
				text = append(text, s.String())
			}
			cells = append(cells, strings.TrimSpace(strings.Join(text, "")))
			cells = append(cells, make([]string, wide-1)...)
			goesOn := c.Merge != nil && c.Merge.Val != "restart"
			if goesOn && down[col] != nil {
				down[col].ToRow = r + 1
				continue
			}
			s := &Span{r + 1, col, r + 1, col + wide - 1}
			spans, down[col] = append(spans, s), nil
			if c.Merge != nil {
				down[col] = s
			}
		}
		t.rows = append(t.rows, cells)
	}
	for _, s := range spans {
		if s.Row != s.ToRow || s.Col != s.ToCol {
			t.spans = append(t.spans, *s)
		}
	}
	return t
}
