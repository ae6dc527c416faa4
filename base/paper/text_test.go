package paper

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/image/font/sfnt"
)

// broken is text in lines of a number of full-width characters, as the type is set.
func broken(t *testing.T, text string, room float64) []string {
	t.Helper()
	sh, err := Doc{}.compose(setting{})
	if err != nil {
		t.Fatal(err)
	}
	g := sh.set(text, body)
	var out []string
	for _, l := range fill(g, room, room, 1, 0) {
		var b strings.Builder
		for _, x := range g[l.i:l.j] {
			b.WriteRune(x.r)
		}
		out = append(out, b.String())
	}
	return out
}

func TestLinesNeitherStartNorEndWithTheWrongMark(t *testing.T) {
	for _, c := range []struct {
		text string
		room float64
		want string
	}{
		{"我们已经受理", 4, "我们已经|受理"},
		{"我们已经，受理", 4, "我们已|经，受理"},
		{"我们已经受理。", 6, "我们已经受|理。"},
		{"依据《条例》办理", 3, "依据|《条|例》办|理"},
		{"他说：“好。”走了", 6, "他说：|“好。”走了"},
		{"清建〔2026〕12号", 4.5, "清建|〔2026〕|12号"},
		{"请看——这里", 3, "请|看——|这里"},
		{"等等……完了", 3, "等|等……|完了"},
		{"共计￥100元整", 3, "共计|￥100|元整"},
		{"完成率95%以上", 5, "完成率|95%以上"},
		{"see the law now", 4.6, "see the|law now"},
		{"！！！！！！", 3, "！！！|！！！"},
		{"甲乙丙丁 戊己", 4, "甲乙丙丁|戊己"},
		{"", 4, ""},
	} {
		if got := strings.Join(broken(t, c.text, c.room), "|"); got != c.want {
			t.Errorf("%s in %v: %s, want %s", c.text, c.room, got, c.want)
		}
	}
}

// Whatever is written, no line starts or ends wrongly unless it could not be broken otherwise, and
// nothing is lost.
func TestBreakingLosesNothing(t *testing.T) {
	text := opinion().Body[0].(Paragraph).Text + opinion().Body[10].(Paragraph).Text
	for room := 2.0; room < 30; room += 0.7 {
		lines := broken(t, text, room)
		if got, want := tight(strings.Join(lines, "")), tight(text); got != want {
			t.Fatalf("in %v: %s", room, got)
		}
		for _, l := range lines[1:] {
			if r := []rune(l)[0]; room > 12 && strings.ContainsRune(noStart, r) {
				t.Errorf("in %v a line starts with %c", room, r)
			}
		}
	}
}

func TestHeadingsAreNumberedOnce(t *testing.T) {
	d, err := Doc{Body: []Block{
		Heading{1, "请求"}, Heading{2, "甲"}, Heading{2, "乙"}, Heading{3, "丙"}, Heading{4, "丁"},
		Heading{1, "二、事实"}, Heading{2, "戊"}, Heading{9, "己"}, Heading{0, "意见"},
	}}.clean()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range d.Body {
		got = append(got, b.(Heading).Text)
	}
	want := "一、请求 （一）甲 （二）乙 1. 丙 （1）丁 二、事实 （一）戊 （1）己 三、意见"
	if s := strings.ReplaceAll(strings.Join(got, " "), ". ", "."); s != strings.ReplaceAll(want, ". ", ".") {
		t.Errorf("%s\nwant %s", s, want)
	}
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 99: "九十九", 100: "100"} {
		if got := han(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

// What a petitioner pastes must neither turn the line round nor break the file.
const hostile = "张\x00三\u202e乱序\u202c\u200b\ufeff\x1b[31m红\u2066隔\u2069离\xff\xfe<b>&\"'\U000e0041]]>"

func TestHostileTextIsHarmless(t *testing.T) {
	d := Doc{Issuer: hostile, Number: hostile, Title: hostile, To: hostile, Sign: hostile, Day: "2026-01-02",
		Body:        []Block{Paragraph{hostile}, Heading{1, hostile}, List{Items: []string{hostile}}, Table{Head: []string{hostile}, Rows: [][]string{{hostile, hostile}}}, nil},
		Attachments: []string{hostile}, Notes: []string{hostile}, Code: hostile, CodeCaption: hostile, Head: true}
	const clean = `张三乱序[31m红隔离<b>&"']]>`
	if got := Clean(hostile); got != clean {
		t.Errorf("%q, want %q", got, clean)
	}
	text := readXML(t, "document", unzip(t, d)["word/document.xml"])
	if n := strings.Count(text, clean); n != 14 {
		t.Errorf("the DOCX says it %d times, want 14", n)
	}
	page := d.HTML()
	if strings.Contains(page, "<b>") || strings.ContainsAny(page, "\x00\u202e\u2066") {
		t.Error("the page carries what was to be removed or escaped")
	}
	if err := xml.Unmarshal([]byte(page), new(struct{})); err != nil {
		t.Errorf("the page is not well formed: %v", err)
	}
	inOrder(t, read(t, pdf(t, d)), clean, clean, clean+"：", clean, "2026年1月2日", clean)
}

func TestNamesWithRareCharactersStand(t *testing.T) {
	d := Doc{Title: "告知书", Body: []Block{Paragraph{"䶮先生、㛃女士、𬭎先生、𫖯女士"}}, Sign: "某局"}
	if lost, err := d.Missing(); err != nil || lost != "" {
		t.Errorf("the font has no %q (%v)", lost, err)
	}
	inOrder(t, read(t, pdf(t, d)), "䶮先生、㛃女士、𬭎先生、𫖯女士")
}

func TestMissingCharactersAreShownAndTold(t *testing.T) {
	d := Doc{Title: "告知书", To: "王𪚥", Body: []Block{Paragraph{"附表情😀和藏文ཀ"}}}
	lost, err := d.Missing()
	if err != nil || lost != "ཀ😀𪚥" {
		t.Errorf("told %q (%v)", lost, err)
	}
	sh, err := d.compose(setting{})
	if err != nil {
		t.Fatal(err)
	}
	if g := sh.set("𪚥", body)[0]; g.code != missing || g.em != 1 {
		t.Errorf("set as %c, %v wide, want a whole 〓", g.code, g.em)
	}
	// On paper there is a 〓; a search in the file still finds what was written.
	inOrder(t, read(t, pdf(t, d)), "王𪚥：", "附表情😀和藏文ཀ")
}

func TestLongTitleAndLongBody(t *testing.T) {
	long := strings.Repeat("关于幸福里小区外墙渗水问题的", 9)
	text := strings.Repeat("经查，该小区外墙渗水属实，应当维修。", 5600) // 100,800 characters
	d := Doc{Issuer: strings.Repeat("清河县", 30), Head: true, Title: long, Body: []Block{Paragraph{text}}, Sign: "某局", Day: "2026-11-22"}
	sh, err := d.compose(setting{})
	if err != nil {
		t.Fatal(err)
	}
	pages := sh.pages()
	for n, p := range pages {
		for _, r := range p {
			if r.y < top-0.01 || r.y+r.height > top+areaHeight+0.1 {
				t.Fatalf("page %d: a row at %.1f, %.1f high, leaves the type area", n+1, r.y, r.height)
			}
		}
	}
	if n := len(pages); n < 160 || n > 180 {
		t.Errorf("%d pages", n)
	}
	var got strings.Builder
	for line := range strings.SplitSeq(strings.ReplaceAll(read(t, pdf(t, d)), "\f", ""), "\n") {
		if !strings.HasPrefix(line, "— ") {
			got.WriteString(line)
		}
	}
	inOrder(t, got.String(), long, text, "某局", "2026年11月22日")
}

func TestTableTallerThanAPageIsCut(t *testing.T) {
	tall := strings.Repeat("很长的说明文字。", 900)
	d := Doc{Title: "表", Body: []Block{Table{Head: []string{"甲", "乙"}, Rows: [][]string{{"一", tall}, {"二"}}}, Table{}}}
	sh, _ := d.compose(setting{})
	if n := len(sh.pages()); n < 5 {
		t.Errorf("%d pages", n)
	}
	if got := strings.Count(read(t, pdf(t, d)), "很长"); got < 800 {
		t.Errorf("of 900 sentences %d whole ones are left", got)
	}
}

// The seal does not stand on a page without text.
func TestSignatureStaysWithTheText(t *testing.T) {
	for lines := 1; lines <= 48; lines++ {
		d := Doc{Title: "告知书", Sign: "某局", Day: "2026-11-22", Body: []Block{Paragraph{strings.Repeat("一二三四五六七八九十十一十二十三十", 28*lines/17+1)}}}
		sh, err := d.compose(setting{})
		if err != nil {
			t.Fatal(err)
		}
		pages := sh.pages()
		if last := pages[len(pages)-1]; len(last) < 6 {
			t.Errorf("%d lines: the last page has %d rows, three of room, two of signature and no text", lines, len(last))
		}
	}
}

func TestOperatorsFonts(t *testing.T) {
	base, err := serif()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "FangSong.ttf"), base.data, 0o600); err != nil {
		t.Fatal(err)
	}
	fonts, err := Fonts(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := settings([]Option{fonts})
	if s.faces[body] == nil || s.faces[title] != nil {
		t.Fatal("FangSong.ttf was not taken for the body alone")
	}
	file := pdf(t, opinion(), fonts)
	if n := bytes.Count(file, []byte("/CIDFontType2")); n != 2 {
		t.Errorf("%d fonts in the file, want the operator's and our own", n)
	}
	inOrder(t, strings.NewReplacer("— 1 —", "", "— 2 —", "", "\f", "").Replace(read(t, file)), parts...)
	for name, data := range map[string][]byte{"XiaoBiaoSong.ttf": []byte("OTTO no font"), "SimHei.ttf": base.data[:200000]} {
		bad := t.TempDir()
		if err := os.WriteFile(filepath.Join(bad, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Fonts(bad); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a damaged %s: %v", name, err)
		}
	}
	if _, err := Fonts(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there was taken")
	}
}

func TestSameDocumentSameBytesAlsoTogether(t *testing.T) {
	want := pdf(t, opinion())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var b bytes.Buffer
			if err := opinion().PDF(&b); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("differs from the first (%v)", err)
			}
		})
	}
	all.Wait()
}

func TestWrongDayAndLongCodeAreRefused(t *testing.T) {
	for name, d := range map[string]Doc{"day": {Day: "22.11.2026"}, "code": {Code: strings.Repeat("字", 2000)}} {
		if d.PDF(io.Discard) == nil || d.DOCX(io.Discard) == nil {
			t.Errorf("a wrong %s was printed", name)
		}
		if s := d.HTML(); !strings.HasPrefix(s, "<article") {
			t.Errorf("a wrong %s leaves no page", name)
		}
	}
	var empty bytes.Buffer
	if err := (Doc{}).PDF(&empty); err != nil || !bytes.HasPrefix(empty.Bytes(), []byte("%PDF")) {
		t.Errorf("an empty document: %v", err)
	}
}

func TestHTMLSaysEverythingInOrder(t *testing.T) {
	page := opinion().HTML()
	if at := os.Getenv("PAPER_OUT"); at != "" {
		whole := fmt.Sprintf("<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><style>%s</style>%s", CSS, page)
		if err := os.WriteFile(filepath.Join(at, "opinion.html"), []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said := parts
	said = append(said[:9:9], append([]string{"2026年10月15日"}, said[10:]...)...) // the browser numbers the list
	var text strings.Builder
	d := xml.NewDecoder(strings.NewReader(page))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if x, ok := token.(xml.CharData); ok {
			text.Write(x)
		}
	}
	inOrder(t, text.String(), said...)
	for _, want := range []string{`<time datetime="2026-11-22">`, `<th scope="col">`, `lang="zh-CN"`, "<h2", "<h3>", "<h4>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
}

func TestQRIsOnePathWithItsName(t *testing.T) {
	svg := QR("https://xinfang.example/?a=1&b=<2>")
	if strings.Count(svg, "<path") != 2 || !strings.Contains(svg, "<title>https://xinfang.example/?a=1&amp;b=&lt;2&gt;</title>") {
		t.Errorf("%.300s", svg)
	}
	// The first dark module of the finder pattern stands behind four modules of white.
	if !strings.Contains(svg, `d="M4 4h7v1h-7z`) {
		t.Errorf("no quiet zone: %.400s", svg)
	}
	if QR("") != "" || QR(strings.Repeat("字", 2000)) != "" {
		t.Error("what cannot be encoded was drawn")
	}
}

// The embedded face has every Han of the basic block that the national standard lists by name.
func TestFaceHasTheHan(t *testing.T) {
	base, err := serif()
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	for low, high := range map[rune]rune{0x4E00: 0x9FEF, 0x3400: 0x4DB5, '!': '~', '！': '～'} {
		for r := low; r <= high; r++ {
			if _, ok := base.find(r, &b); !ok {
				t.Errorf("no %c U+%04X", r, r)
			}
		}
	}
	for _, r := range "〔〕〓—…“”‘’·《》〈〉【】，。、；：？！（）①⑩ⅠⅩ℃‰×÷±≤≥→□■√￥○〇" {
		if g, ok := base.find(r, &b); !ok {
			t.Errorf("no %c", r)
		} else if strings.ContainsRune("，。“”…（）", r) && g.em != 1 {
			t.Errorf("%c is %v wide, want a whole character", r, g.em)
		}
	}
}
