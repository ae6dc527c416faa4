package sheet_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"jishi/base/sheet"
	"jishi/base/words"
)

// FuzzOpen: whatever is imported as a table, it is read or refused with a sentence; never a crash, never more than the limits.
func FuzzOpen(f *testing.F) {
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, text := range map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row></sheetData></worksheet>`,
	} {
		w, _ := z.Create(name)
		w.Write([]byte(text))
	}
	z.Close()
	for _, b := range [][]byte{packed.Bytes(), []byte("姓名,电话\r\n王某甲,\"199\n00000002\"\r\n"), []byte("\xef\xbb\xbfa;b"), []byte("PK\x03\x04"), []byte("\xd0\xcf\x11\xe0"), {0xff, 0xfe, 'a', 0}, []byte("\xd0\xd5\xc3\xfb,1")} {
		f.Add(b)
	}
	limits := sheet.Limits{Bytes: 1 << 20, Unpacked: 4 << 20, Rows: 1000}
	f.Fuzz(func(t *testing.T, b []byte) {
		book, err := sheet.Open(b, limits)
		rows, most := 0, limits.Rows
		if err == nil {
			defer book.Close()
			most = len(book.Sheets) * limits.Rows
			for _, s := range book.Sheets {
				if err = book.Each(s.Name, func(sheet.Row) error { rows++; return nil }); err != nil {
					break
				}
				if _, err = book.Merged(s.Name); err != nil {
					break
				}
			}
		}
		if _, ok := words.AsRefusal(err); err != nil && !ok {
			t.Fatalf("not a refusal: %v", err)
		}
		if rows > most {
			t.Fatalf("%d rows were read", rows)
		}
	})
}
