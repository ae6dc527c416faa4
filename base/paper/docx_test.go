package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jishi/base/words"
)

// unzip is each part of the file by its name.
func unzip(t *testing.T, d Doc) map[string][]byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.DOCX(&b); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if parts[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return parts
}

// readXML is the text of w:t elements; a fault in the XML fails the test.
func readXML(t *testing.T, name string, part []byte) string {
	t.Helper()
	var out strings.Builder
	inText := false
	for d := xml.NewDecoder(bytes.NewReader(part)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			inText = x.Name.Local == "t"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				out.Write(x)
			}
		}
	}
}

func TestDOCXSaysEverythingInOrder(t *testing.T) {
	all := unzip(t, opinion())
	for name, part := range all {
		if !strings.HasSuffix(name, ".png") {
			readXML(t, name, part)
		}
	}
	inOrder(t, readXML(t, "document", all["word/document.xml"]), parts...)
	if !bytes.HasPrefix(all["word/media/code.png"], []byte("\x89PNG")) {
		t.Error("the QR code's picture is not in the file")
	}
	keep(t, "opinion.docx", opinion())
	letter := opinion()
	letter.Lang, letter.Head, letter.Code = words.EN, false, ""
	keep(t, "letter.docx", letter)
	if got := unzip(t, letter); got["word/media/code.png"] != nil || bytes.Contains(got["word/_rels/document.xml.rels"], []byte("image")) {
		t.Error("a document without a code carries a picture")
	}
}

// Every part the package names must be in it, or a word processor calls the file damaged.
func TestDOCXNamesOnlyPartsItHas(t *testing.T) {
	all := unzip(t, opinion())
	var links struct {
		To []struct {
			Target string `xml:",attr"`
		} `xml:"Relationship"`
	}
	if err := xml.Unmarshal(all["word/_rels/document.xml.rels"], &links); err != nil {
		t.Fatal(err)
	}
	if len(links.To) != 6 {
		t.Errorf("%d relationships, want 6", len(links.To))
	}
	for _, l := range links.To {
		if all["word/"+l.Target] == nil {
			t.Errorf("word/%s is named and not there", l.Target)
		}
	}
	styles := string(all["word/styles.xml"])
	for _, s := range strings.Split(string(all["word/document.xml"]), `<w:pStyle w:val="`)[1:] {
		if id, _, _ := strings.Cut(s, `"`); !strings.Contains(styles, `w:styleId="`+id+`"`) {
			t.Errorf("style %s is used and not there", id)
		}
	}
}

// keep leaves the file for a person to look at, where PAPER_OUT names a folder.
func keep(t *testing.T, name string, d Doc) {
	t.Helper()
	at := os.Getenv("PAPER_OUT")
	if at == "" {
		return
	}
	f, err := os.Create(filepath.Join(at, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := d.DOCX(f); err != nil {
		t.Fatal(err)
	}
}
