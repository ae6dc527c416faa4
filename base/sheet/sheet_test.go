package sheet_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"jishi/base/sheet"
	"jishi/base/words"
)

// What unpacks to more than the limit, or has one endless cell, is told before anything of it is opened: the program that
// opens spreadsheets took minutes and gigabytes for 400 kB.
func TestAFloodIsToldBeforeItIsOpened(t *testing.T) {
	limits := sheet.Limits{Bytes: 1 << 20, Unpacked: 4 << 20, Rows: 1000}
	for name, text := range map[string]string{ // the rest of a spreadsheet is missed only after this
		"xl/styles.xml":            strings.Repeat(`<font><sz val="11"/></font>`, 200_000),
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>` + strings.Repeat("甲", 1_000_000) + `</t></is></c></row></sheetData></worksheet>`,
	} {
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		w, _ := z.Create(name)
		w.Write([]byte(text))
		z.Close()
		_, err := sheet.Open(packed.Bytes(), limits)
		if r, ok := words.AsRefusal(err); !ok || r.Code != "sheet-too-large" {
			t.Errorf("%s, %d bytes packed: %v", name, packed.Len(), err)
		}
	}
}
