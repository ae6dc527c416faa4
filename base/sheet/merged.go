package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"
)

type workbook struct {
	Sheets []struct {
		Name string `xml:"name,attr"`
		ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
	} `xml:"sheets>sheet"`
}

type relations struct {
	Relation []struct {
		ID     string `xml:"Id,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

var mergeCell = regexp.MustCompile(`<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+[0-9]+):([A-Z]+[0-9]+)"`)

// mergedIn scans the sheet's file for merged cells. The library would build the whole sheet in memory for them, which
// for a hundred thousand rows is more than all the rest takes.
func (b *Book) mergedIn(sheet string) ([]Span, error) {
	z, err := zip.NewReader(bytes.NewReader(b.data), int64(len(b.data)))
	if err != nil {
		return nil, broken()
	}
	f := part(z, sheet)
	if f == nil {
		return nil, nil
	}
	in, err := f.Open()
	if err != nil {
		return nil, broken()
	}
	defer in.Close()
	var spans []Span
	r := bufio.NewReaderSize(io.LimitReader(in, b.limits.Unpacked), 64<<10)
	for {
		tag, err := r.ReadString('>') // merged cells stand in tags of their own
		for _, m := range mergeCell.FindAllStringSubmatch(tag, -1) {
			col, row, err1 := excelize.CellNameToCoordinates(m[1])
			toCol, toRow, err2 := excelize.CellNameToCoordinates(m[2])
			if err1 == nil && err2 == nil {
				spans = append(spans, Span{row, col, toRow, toCol})
			}
		}
		if err != nil || len(spans) > 100_000 {
			return spans, nil
		}
	}
}

// Covered says by row which merged cell it is in without holding its content: what the sender saw there stands higher up
// or further left.
func (b *Book) Covered(sheet string) (map[int]string, error) {
	spans, err := b.Merged(sheet)
	if err != nil {
		return nil, err
	}
	at := map[int]string{}
	for _, s := range spans {
		for n := s.Row; n <= min(s.ToRow, b.limits.Rows); n++ {
			if n > s.Row || s.ToCol > s.Col {
				at[n] = s.Name()
			}
		}
	}
	return at, nil
}

// part is the file of the archive that holds the sheet.
func part(z *zip.Reader, sheet string) *zip.File {
	var w workbook
	var rel relations
	if parse(z, "xl/workbook.xml", &w) != nil || parse(z, "xl/_rels/workbook.xml.rels", &rel) != nil {
		return nil
	}
	for _, s := range w.Sheets {
		for _, r := range rel.Relation {
			if s.Name != sheet || r.ID != s.ID {
				continue
			}
			name := path.Join("xl", r.Target)
			if strings.HasPrefix(r.Target, "/") {
				name = r.Target[1:]
			}
			for _, f := range z.File {
				if f.Name == name {
					return f
				}
			}
		}
	}
	return nil
}

func parse(z *zip.Reader, name string, into any) error {
	f, err := z.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return xml.NewDecoder(io.LimitReader(f, 4<<20)).Decode(into)
}
