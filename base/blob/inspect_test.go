package blob_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"jishi/base/blob"
	"jishi/base/words"
)

func inspect(t *testing.T, name string, b []byte) (*blob.Checked, []byte, *words.Refusal) {
	t.Helper()
	c, err := blob.Inspect(t.Context(), name, bytes.NewReader(b))
	if err != nil {
		r, ok := words.AsRefusal(err)
		if !ok {
			t.Fatalf("%s: not a refusal: %v", name, err)
		}
		if r.Way == "" || !words.Known(r.What) || !words.Known(r.Way) {
			t.Errorf("%s: no way out, or no English: %v", name, r)
		}
		return nil, nil, r
	}
	out, err := io.ReadAll(c.Body)
	must(t, err)
	return c, out, nil
}

// quadrants is a picture whose four corners differ: red, green, blue, white from top left, row by row.
func quadrants(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	c := []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}
	for y := range h {
		for x := range w {
			img.Set(x, y, c[2*(2*y/h)+2*x/w])
		}
	}
	return img
}

func name(c color.Color) string {
	r, g, b, _ := c.RGBA()
	on := func(v uint32) int {
		if v > 0x7fff {
			return 1
		}
		return 0
	}
	return map[[3]int]string{{1, 0, 0}: "R", {0, 1, 0}: "G", {0, 0, 1}: "B", {1, 1, 1}: "W"}[[3]int{on(r), on(g), on(b)}]
}

func corners(img image.Image) string {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	return name(img.At(w/8, h/8)) + name(img.At(w-1-w/8, h/8)) + name(img.At(w/8, h-1-h/8)) + name(img.At(w-1-w/8, h-1-h/8))
}

// exif is a JPEG with an EXIF block that has an orientation and a telling text.
func exif(t *testing.T, o uint16, secret string) []byte {
	var j bytes.Buffer
	must(t, jpeg.Encode(&j, quadrants(64, 32), nil))
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	tiff = binary.LittleEndian.AppendUint16(tiff, o)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	data := append([]byte("Exif\x00\x00"), append(tiff, secret...)...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, byte((len(data)+2)>>8), byte(len(data)+2))
	return append(append(out, data...), j.Bytes()[2:]...)
}

func TestAPhotographIsTurnedUprightAndForgetsWhereItWasTaken(t *testing.T) {
	want := []string{"RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"}
	for i, w := range want {
		const place = "GPS 30.25,120.17 李四的手机"
		c, out, r := inspect(t, "照片.JPEG", append(exif(t, uint16(i+1), place), "PK hidden behind the end"...))
		if r != nil {
			t.Fatal(r)
		}
		img, format, err := image.Decode(bytes.NewReader(out))
		must(t, err)
		if got := corners(img); got != w || format != "jpeg" || c.Type != "image/jpeg" || c.Name != "照片.jpeg" {
			t.Errorf("orientation %d: %s %s %s %s, want %s", i+1, got, format, c.Type, c.Name, w)
		}
		if bytes.Contains(out, []byte("GPS")) || bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("hidden")) {
			t.Errorf("orientation %d: what the camera noted is still there", i+1)
		}
	}
}

func TestPicturesOfOtherKinds(t *testing.T) {
	var p, g bytes.Buffer
	must(t, png.Encode(&p, quadrants(20, 20)))
	must(t, gif.Encode(&g, quadrants(20, 20), nil))
	// One pixel, lossy WebP.
	w, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	must(t, err)
	for _, c := range []struct {
		from, to, media string
		b               []byte
	}{{"a.png", "a.png", "image/png", p.Bytes()}, {"a.gif", "a.png", "image/png", g.Bytes()}, {"a.webp", "a.jpg", "image/jpeg", w}} {
		got, out, r := inspect(t, c.from, c.b)
		if r != nil {
			t.Errorf("%s: %v", c.from, r)
			continue
		}
		if _, format, err := image.Decode(bytes.NewReader(out)); err != nil || got.Name != c.to || got.Type != c.media || "image/"+format != c.media {
			t.Errorf("%s: %s %s %s %v", c.from, got.Name, got.Type, format, err)
		}
	}
}

// pngBomb claims 60,000 × 60,000 pixels in some 60 bytes.
func pngBomb() []byte {
	ihdr := append([]byte("IHDR"), 0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 2, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(ihdr))
}

func zipOf(t *testing.T, files map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for n, text := range files {
		w, err := z.Create(n)
		must(t, err)
		_, err = io.WriteString(w, text)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func TestWhatIsRefusedAndWhy(t *testing.T) {
	types, doc := "[Content_Types].xml", "word/document.xml"
	gbk := []byte("\xc4\xe3\xba\xc3\xa3\xac\xb4\xf3\xbc\xd2\xba\xc3\r\n")
	for _, c := range []struct {
		name, code string
		b          []byte
	}{
		{"空.txt", "attachment-empty", nil},
		{"炸弹.png", "picture-too-large", pngBomb()},
		{"断.jpg", "attachment-broken", exif(t, 1, "")[:200]},
		{"程序.jpg", "attachment-type", []byte("MZ\x90\x00\x03\x00\x00\x00")},
		{"程序.pdf", "attachment-type", []byte("\x7fELF\x02\x01\x01\x00")},
		{"断.pdf", "attachment-broken", []byte("%PDF-1.7\n1 0 obj")},
		{"包.zip", "attachment-archive", zipOf(t, map[string]string{"a.txt": "a"})},
		{"宏.docx", "attachment-macro", zipOf(t, map[string]string{types: "", doc: "", "word/vbaProject.bin": "x"})},
		{"炸弹.docx", "attachment-bomb", zipOf(t, map[string]string{types: "", doc: strings.Repeat("0", 30<<20)})},
		{"断.docx", "attachment-broken", zipOf(t, map[string]string{types: "", doc: "x"})[:60]},
		{"苹果.heic", "picture-heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")},
		{"旧.txt", "text-encoding", gbk},
		{"暗.txt", "attachment-type", append(bytes.Repeat([]byte("字"), 2000), 0)},
		{"大.txt", "attachment-too-large", make([]byte, blob.Limit+1)},
	} {
		_, _, r := inspect(t, c.name, c.b)
		if r == nil || r.Code != c.code {
			t.Errorf("%s: want %s, got %v", c.name, c.code, r)
		}
	}
}

func TestWhatIsTakenKeepsItsBytesAndGetsItsTrueEnding(t *testing.T) {
	types := "[Content_Types].xml"
	for _, c := range []struct{ from, to, media, b string }{
		{"申请.exe", "申请.pdf", "application/pdf", "%PDF-1.4\n…\n%%EOF\n"},
		{"合同.docx", "合同.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
			string(zipOf(t, map[string]string{types: "", "word/document.xml": strings.Repeat("<w:p/>", 1000)}))},
		{"名册.xls", "名册.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			string(zipOf(t, map[string]string{types: "", "xl/workbook.xml": ""}))},
		{"现场.MP4", "现场.mp4", "video/mp4", "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00"},
		{"录音", "录音.m4a", "audio/mp4", "\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00"},
		{"录音.mp3", "录音.mp3", "audio/mpeg", "ID3\x03\x00"},
		{"录音2.mp3", "录音2.mp3", "audio/mpeg", "\xff\xfb\x90\x64\x00"},
		{"说明.md", "说明.md", "text/plain; charset=utf-8", "# 情况说明\n" + strings.Repeat("很长", 1000)},
		{"<svg>.svg", "_svg_.txt", "text/plain; charset=utf-8", "<svg onload=alert(1)>"},
	} {
		got, out, r := inspect(t, c.from, []byte(c.b))
		if r != nil {
			t.Errorf("%s: %v", c.from, r)
		} else if got.Name != c.to || got.Type != c.media || string(out) != c.b {
			t.Errorf("%s: %s %s %d bytes", c.from, got.Name, got.Type, len(out))
		}
	}
}

func TestNamesAreCleaned(t *testing.T) {
	for from, to := range map[string]string{
		"":                                 "附件",
		"...":                              "附件",
		`C:\Users\李四\合同.pdf`:               "合同.pdf",
		"../../etc/passwd":                 "passwd",
		"a\x00b\r\nc.txt":                  "abc.txt",
		"photo\u202egpj.exe":               "photogpj.exe",
		"零\u200b宽\ufeff.txt":               "零宽.txt",
		`a"b<c>d|e?f*.txt`:                 "a_b_c_d_e_f_.txt",
		"坏\xff的.txt":                       "坏的.txt",
		strings.Repeat("长", 200) + ".docx": strings.Repeat("长", 75) + ".docx",
	} {
		if got := blob.CleanName(from); got != to {
			t.Errorf("%q: got %q, want %q", from, got, to)
		}
	}
}

func TestKeepStoresTheCleanedPicture(t *testing.T) {
	s, _ := open(t)
	kept, err := s.Keep(t.Context(), "照片.jpg", bytes.NewReader(exif(t, 6, "SECRET")))
	must(t, err)
	f, err := s.Open(kept.Hash)
	must(t, err)
	defer f.Close()
	b, _ := io.ReadAll(f)
	if int64(len(b)) != kept.Size || bytes.Contains(b, []byte("SECRET")) || kept.Type != "image/jpeg" {
		t.Fatalf("%+v", kept)
	}
}

// Whatever arrives, the answer is a refusal or a file; never a crash, never an error nobody can read.
func FuzzInspect(f *testing.F) {
	var p, g bytes.Buffer
	png.Encode(&p, quadrants(8, 8))
	gif.Encode(&g, quadrants(8, 8), nil)
	var j bytes.Buffer
	jpeg.Encode(&j, quadrants(8, 8), nil)
	w, _ := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	for _, b := range [][]byte{p.Bytes(), g.Bytes(), j.Bytes(), w, pngBomb(), []byte("%PDF-1.4\n%%EOF"), []byte("文本"), []byte("PK\x03\x04")} {
		f.Add("a.jpg", b)
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		c, err := blob.Inspect(t.Context(), name, bytes.NewReader(b))
		if err != nil {
			if _, ok := words.AsRefusal(err); !ok {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if c.Name == "" || c.Type == "" || strings.ContainsAny(c.Name, "/\\\x00\n") {
			t.Fatalf("%+v", c)
		}
	})
}
