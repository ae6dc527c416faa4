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
