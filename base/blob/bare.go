package blob

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
)

// Bare is a kept file of the media type without what it says of those who made it: author, title, company, comments'
// authors, the place where a film was taken. It is for whoever may read the file and may not know who somebody is; the
// file that is kept is not touched, and its hash is that of the receipt. What a document says on its pages stays: that
// nobody but a reader can judge.
//
// A PDF keeps its length: its details are overwritten with blanks. Those that are packed in an object stream are no longer
// referred to and are not shown; somebody with tools of their own could still unpack them.
func Bare(media string, kept io.Reader) (io.ReadSeeker, error) {
	b, err := io.ReadAll(io.LimitReader(kept, Limit+1))
	if err != nil {
		return nil, fmt.Errorf("blob.Bare: %w", err)
	}
	switch media {
	case docxKind.media, xlsxKind.media:
		b, err = bareOffice(b)
	case pdfKind.media:
		barePDF(b)
	case mp4Kind.media, movKind.media, m4aKind.media:
		bareFilm(b, 0)
	case mp3Kind.media:
		b = bareSound(b)
	}
	if err != nil {
		return nil, fmt.Errorf("blob.Bare: %w", err)
	}
	return bytes.NewReader(b), nil
}

// emptied are the parts of an office file that only tell of it.
var emptied = map[string]string{
	"docProps/core.xml":   `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>`,
	"docProps/app.xml":    `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>`,
	"docProps/custom.xml": `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>`,
}

// signed are the places in the other parts where the program writes who used it: comments, changes, the folder.
var signed = regexp.MustCompile(`(\s(?:w:author|w:initials|w15:author|w15:userId|userId|displayName|lastModifiedBy)=")[^"]*(")|(<author>)[^<]*(</author>)|(<x15ac:absPath[^>]*\surl=")[^"]*(")`)

func bareOffice(b []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		if err := barePart(w, f); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return out.Bytes(), err
}

func barePart(w *zip.Writer, f *zip.File) error {
	text, gone := emptied[f.Name]
	dir := path.Dir(f.Name)
	speaks := path.Ext(f.Name) == ".xml" && (dir == "word" || dir == "xl" || strings.HasPrefix(dir, "xl/persons") || strings.HasPrefix(dir, "xl/threadedComments"))
	if !gone && !speaks {
		return w.Copy(f)
	}
	part, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: f.Modified})
	if err != nil {
		return err
	}
	if gone {
		_, err = io.WriteString(part, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+text)
		return err
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	all, err := io.ReadAll(io.LimitReader(r, maxUnpacked))
	if err != nil {
		return err
	}
	_, err = part.Write(signed.ReplaceAll(all, []byte("$1$2$3$4$5$6")))
	return err
}

var (
	pdfInfo     = regexp.MustCompile(`/Info\s+(\d+)\s+(\d+)\s+R`)
	pdfMetadata = regexp.MustCompile(`/Metadata\s+\d+\s+\d+\s+R`)
	pdfPacket   = regexp.MustCompile(`(?s)<\?xpacket begin.*?<\?xpacket end[^>]*>`)
	pdfString   = regexp.MustCompile(`(?s)\((?:\\.|[^\\()]|\([^()]*\))*\)|<[0-9A-Fa-f\s]*>`)
)

// mostInfos are the objects of details that are looked for: each save adds at most one, and each look reads the whole file.
const mostInfos = 20

// barePDF overwrites in place, so that every offset in the file stays right.
func barePDF(b []byte) {
	looked := map[string]bool{}
	for _, m := range pdfInfo.FindAllSubmatchIndex(b, -1) {
		id := string(b[m[2]:m[5]])
		if looked[id] || len(looked) == mostInfos {
			blank(b[m[0]:m[1]])
			continue
		}
		looked[id] = true
		object := regexp.MustCompile(`(?s)\b` + string(b[m[2]:m[3]]) + `\s+` + string(b[m[4]:m[5]]) + `\s+obj\b.*?endobj`)
		for _, at := range object.FindAllIndex(b, -1) {
			for _, s := range pdfString.FindAllIndex(b[at[0]:at[1]], -1) {
				blank(b[at[0]+s[0]+1 : at[0]+s[1]-1])
			}
		}
		blank(b[m[0]:m[1]])
	}
	for _, m := range pdfMetadata.FindAllIndex(b, -1) {
		blank(b[m[0]:m[1]])
	}
	for _, m := range pdfPacket.FindAllIndex(b, -1) {
		blank(b[m[0]:m[1]])
	}
}

func blank(b []byte) {
	for i := range b {
		b[i] = ' '
	}
}

// bareFilm makes the boxes that tell of a film into free space: user data with the place and the telephone, tags, foreign
// ones. ISO/IEC 14496-12.
func bareFilm(b []byte, deep int) {
	for at := 0; at+8 <= len(b); {
		head, size := 8, int(binary.BigEndian.Uint32(b[at:]))
		switch {
		case size == 0:
			size = len(b) - at
		case size == 1 && at+16 <= len(b):
			head, size = 16, int(min(binary.BigEndian.Uint64(b[at+8:]), uint64(len(b))))
		}
		if size < head || size > len(b)-at {
			return
		}
		switch string(b[at+4 : at+8]) {
		case "udta", "meta", "uuid":
			copy(b[at+4:], "free")
			clear(b[at+head : at+size])
		case "moov", "trak":
			if deep < 3 {
				bareFilm(b[at+head:at+size], deep+1)
			}
		}
		at += size
	}
}

// bareSound leaves out the tags before and behind the sound, ID3 of both versions.
func bareSound(b []byte) []byte {
	for len(b) >= 10 && string(b[:3]) == "ID3" {
		size := 10 + int(b[6]&0x7f)<<21 + int(b[7]&0x7f)<<14 + int(b[8]&0x7f)<<7 + int(b[9]&0x7f)
		if b[5]&0x10 != 0 { // with a footer
			size += 10
		}
		b = b[min(size, len(b)):]
	}
	if len(b) >= 128 && string(b[len(b)-128:len(b)-125]) == "TAG" {
		b = b[:len(b)-128]
	}
	return b
}
