package blob_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/xuri/excelize/v2"

	"jishi/base/blob"
)

// A file tells whoever may read it what it says, and not who made it; the kept one is not touched.
func TestAFileIsReadWithoutItsMaker(t *testing.T) {
	const maker = "Wang Xiulan 13900005678"
	bare := func(media string, kept []byte) []byte {
		t.Helper()
		before := bytes.Clone(kept)
		r, err := blob.Bare(media, bytes.NewReader(kept))
		must(t, err)
		b, err := io.ReadAll(r)
		must(t, err)
		if !bytes.Equal(before, kept) {
			t.Errorf("%s: what is kept was changed", media)
		}
		if bytes.Contains(b, []byte(maker)) {
			t.Errorf("%s: still says who made it", media)
		}
		return b
	}

	page := fpdf.New("P", "mm", "A4", "")
	page.SetCompression(false)
	page.SetAuthor(maker, false)
	page.SetTitle(maker, false)
	page.SetXmpMetadata([]byte(`<?xpacket begin=""?><dc:creator>` + maker + `</dc:creator><?xpacket end="w"?>`))
	page.AddPage()
	page.SetFont("Helvetica", "", 12)
	page.Text(20, 20, "the roof leaks")
	var pdf bytes.Buffer
	must(t, page.Output(&pdf))
	if got := bare("application/pdf", pdf.Bytes()); len(got) != pdf.Len() || !bytes.Contains(got, []byte("the roof leaks")) || !bytes.Contains(got, []byte("/Author ( ")) {
		t.Errorf("a PDF of %d bytes became %d", pdf.Len(), len(got))
	}

	const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	book := excelize.NewFile()
	must(t, book.SetDocProps(&excelize.DocProperties{Creator: maker, Title: maker, LastModifiedBy: maker}))
	must(t, book.SetAppProps(&excelize.AppProperties{Company: maker}))
	must(t, book.SetCellValue("Sheet1", "A1", "屋顶漏水"))
	must(t, book.AddComment("Sheet1", excelize.Comment{Cell: "A1", Author: maker, Text: "看过了"}))
	var sheet bytes.Buffer
	must(t, book.Write(&sheet))
	again, err := excelize.OpenReader(bytes.NewReader(unpackedNever(t, bare(xlsx, sheet.Bytes()), maker)))
	must(t, err)
	comments, err := again.GetComments("Sheet1")
	must(t, err)
	if value, err := again.GetCellValue("Sheet1", "A1"); value != "屋顶漏水" || err != nil || len(comments) != 1 || !strings.Contains(comments[0].Text, "看过了") {
		t.Errorf("what the sheet says: %q, %v, %+v", value, err, comments)
	}

	box := func(kind string, content []byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(8+len(content))), append([]byte(kind), content...)...)
	}
	track := box("trak", append(box("tkhd", []byte("a track")), box("udta", []byte(maker))...))
	film := append(box("ftyp", []byte("isom0000")), box("moov", append(track, box("udta", box("\xa9xyz", []byte(maker)))...))...)
	film = append(film, box("mdat", []byte("pictures"))...)
	if got := bare("video/mp4", film); len(got) != len(film) || !bytes.Contains(got, []byte("a track")) || !bytes.HasSuffix(got, []byte("pictures")) || bytes.Count(got, []byte("free")) != 2 {
		t.Errorf("a film: %q", got)
	}

	sound := append([]byte("ID3\x04\x00\x00\x00\x00\x00\x17"+maker), append([]byte("\xff\xfb\x90\x00sound"), append([]byte("TAG"+maker), make([]byte, 125-len(maker))...)...)...)
	if got := bare("audio/mpeg", sound); string(got) != "\xff\xfb\x90\x00sound" {
		t.Errorf("a sound: %q", got)
	}
	if got := bare("text/plain; charset=utf-8", []byte("as it is")); string(got) != "as it is" {
		t.Errorf("a text: %q", got)
	}
}

// unpackedNever is the file again, after each of its parts was unpacked and did not hold the words.
func unpackedNever(t *testing.T, b []byte, words string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	must(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		part, err := io.ReadAll(r)
		must(t, err)
		if bytes.Contains(part, []byte(words)) {
			t.Errorf("%s holds %q", f.Name, words)
		}
	}
	return b
}
