package search

import (
	"slices"
	"testing"
)

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"水", nil},
		{"漏水", []string{"漏水"}},
		{"楼道漏水，水管", []string{"楼道", "道漏", "漏水", "水管"}},
		{"漏水漏水", []string{"漏水", "水漏"}},
		{"ＬＸ２０２６－000042", []string{"lx2026", "000042"}},
		{"3号楼A座KTV噪音", []string{"3", "号楼", "a", "ktv", "噪音"}},
		{"Ｗｉ－Ｆｉ坏了", []string{"wi", "fi", "坏了"}},
		{"𡎚头村", []string{"𡎚头", "头村"}},       // a place name outside the first plane
		{"豈有", []string{"豈有"}},              // compatibility character, folded to the ordinary one
		{"བོད་ཡིག", []string{"བོད", "ཡིག"}}, // Tibetan, parted by its own dot
		{"Cafe\u0301 café", []string{"café"}},
	} {
		if got := Tokens(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFoldKeepsWordsApart(t *testing.T) {
	if got := Fold("  漏水，\x00维修\n\n（Ａ座）3.5米%_"); got != "漏水 维修 a座 3 5米" {
		t.Errorf("%q", got)
	}
}

// Every token by which a word is proposed is one that a text with the word has.
func TestCoverIsPartOfTheTokens(t *testing.T) {
	for _, word := range []string{"漏水", "三号楼", "楼道漏水", "三号楼二单元", "三号楼二单元楼", "ktv", "3号楼a座", "漏水漏水"} {
		list := cover(word)
		for _, c := range list {
			if !slices.Contains(Tokens("前"+word+"后"), c) {
				t.Errorf("%s: %s", word, c)
			}
		}
		if len(list) == 0 {
			t.Errorf("%s is covered by nothing", word)
		}
	}
	if got := cover("三号楼二单元楼"); !slices.Equal(got, []string{"三号", "楼二", "单元", "元楼"}) {
		t.Errorf("%q", got)
	}
}

func TestExcerptMarksWhatWasAsked(t *testing.T) {
	long := "前面有很多与此无关的话，说了半天还没有说到正题上，讲了天气又讲了收成，" + "最后才说到三号楼ＫＴＶ夜里太吵，&<b>楼道漏水</b>，楼道漏水没人修，" +
		"然后又讲了很多与此无关的话，说了半天也没有说完，讲了孩子上学又讲了老人看病，最后请求解决。"
	got := Excerpt([]string{"别的", long}, []string{"ktv", "漏水"}, asIs)
	s := ""
	for _, p := range got {
		if p.Hit {
			s += "[" + p.Text + "]"
		} else {
			s += p.Text
		}
	}
	want := "…，讲了天气又讲了收成，最后才说到三号楼[ＫＴＶ]夜里太吵，&<b>楼道[漏水]</b>，楼道[漏水]没人修，然后又讲了很多与此无关的话，说了半天也没…"
	if len(got) < 5 || !slices.ContainsFunc(got, func(p Piece) bool { return p.Hit && p.Text == "ＫＴＶ" }) || len([]rune(s)) > width+2+6 {
		t.Errorf("%s\nwant something like\n%s", s, want)
	}
	for _, empty := range [][]string{nil, {""}, {"", "  "}} {
		if got := Excerpt(empty, []string{"漏水"}, asIs); len(got) > 0 {
			t.Errorf("%q gives %+v", empty, got)
		}
	}
	if got := Marked("漏水漏水点", []string{"漏水", "水点"}); len(got) != 1 || got[0] != (Piece{"漏水漏水点", true}) {
		t.Errorf("%+v", got)
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]string{" lx2026-000042 ": "LX2026-000042", "ＬＸ２０２６－０００042": "LX2026-000042",
		"LX2026—000042": "LX2026-000042", "漏水": "", "漏水 3": "", "000042": "000042"} {
		if got := Number(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func asIs(text string) string { return text }
