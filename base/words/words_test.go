package words

import (
	"regexp"
	"slices"
	"testing"
	"testing/fstest"
)

var name = regexp.MustCompile(`\{[a-z-]+\}`)

func TestTheCatalogueHasNoFault(t *testing.T) {
	m, faults := load(catalogue)
	for _, f := range faults {
		t.Error(f)
	}
	for zh, en := range m {
		a, b := name.FindAllString(zh, -1), name.FindAllString(en, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%q and %q do not name the same things", zh, en)
		}
	}
}

func TestEveryFaultOfACatalogueIsTold(t *testing.T) {
	m, faults := load(fstest.MapFS{
		"en/a.tsv": {Data: []byte("# a\n好\tgood\n没有英文\n\tno Chinese\n")},
		"en/b.tsv": {Data: []byte("好\tfine\r\n坏\tbad\r\n")},
	})
	if len(faults) != 3 || m["好"] != "good" || m["坏"] != "bad" {
		t.Errorf("got %v and %v", m, faults)
	}
}

func TestARefusalSpeaksTheReadersLanguage(t *testing.T) {
	r := Refuse(Closed, "x", "“{what}”没有找到", "what", Two{ZH: "登记", EN: "Register"}).Under("信访工作条例第二十二条")
	if got := r.Say(ZH); got != "“登记”没有找到（信访工作条例第二十二条）" {
		t.Error(got)
	}
	if got := Say(EN, "{a}", "a", Two{ZH: "登记", EN: "Register"}); got != "Register" {
		t.Error(got)
	}
	if got := Say(EN, "{a}", "a", Two{ZH: "登记"}); got != "登记" {
		t.Error(got)
	}
}
