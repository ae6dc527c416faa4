package web

import (
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"jishi/base/words"
	"jishi/work/matter"
)

func TestThePlaceIsTheDeepestFloorThatFits(t *testing.T) {
	floor := func(codes ...string) url.Values {
		form := url.Values{}
		for i, code := range codes {
			form.Set(floors[i].name, code)
		}
		return form
	}
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{floor("420000000000", "421200000000", "421223000000", "421223100000", "421223100001"), "421223100001"},
		{floor("420000000000", "421200000000", "421223000000", "", ""), "421223000000"},
		// the county was changed, and the township of the old one is still in the form
		{floor("420000000000", "421200000000", "421202000000", "421223100000"), "421202000000"},
		{floor("420000000000"), ""}, // a province alone decides nothing
		{floor(""), ""},
	} {
		if got := placeOf(c.form); got != c.want {
			t.Errorf("%v: %q, want %q", c.form, got, c.want)
		}
	}
}

func TestEveryoneNamedOnALineIsHeard(t *testing.T) {
	got := others("李红 13800000000\n\n王强，13900000000\n赵敏\n")
	if len(got) != 3 || got[0].Name != "李红" || got[0].Phone != "13800000000" || got[1].Name != "王强" || got[1].Phone != "13900000000" || got[2].Phone != "" {
		t.Errorf("%+v", got)
	}
}

func TestAFileComesBackOnlyUnderOurSeal(t *testing.T) {
	s := bare(io.Discard)
	s.key = []byte("one key")
	ref, err := s.receipt(matter.File{Hash: strings.Repeat("a", 64), Name: "照片.jpg", Size: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.attached([]string{ref}); len(got) != 1 || got[0].Name != "照片.jpg" {
		t.Errorf("%+v", got)
	}
	text, _, _ := strings.Cut(ref, ".")
	other := bare(io.Discard)
	other.key = []byte("another key")
	for _, forged := range []string{text, text + ".", text + ".AAAA", "", ".", other.sign(text)} {
		if got := s.attached([]string{forged}); got != nil {
			t.Errorf("%q was taken: %+v", forged, got)
		}
	}
	if got := other.attached([]string{ref}); got != nil {
		t.Errorf("another installation took it: %+v", got)
	}
}

func TestAPressCarriesTheAnswersAndNothingOfThePage(t *testing.T) {
	p := press(url.Values{"token": {"t1"}, "seq": {"7"}, "go": {"do"}, "file": {"x.y"}, "reason": {"  属其职权 "}, "days": {""}}, "forward", nil)
	if p.Token != "t1" || p.Seq != 7 || p.Action != "forward" || len(p.With) != 1 || p.With["reason"] != "属其职权" {
		t.Errorf("%+v", p)
	}
}

func TestAYearIsReadLineByLineAndEveryFaultIsTold(t *testing.T) {
	text, err := yearText(2027, "国务院办公厅通知", "2027-01-01 2027-01-03 元旦\n2027-02-06 2027-02-12 春节", "2027-02-20")
	if err != nil || !strings.Contains(text, "元旦") || !strings.Contains(text, "2027-02-20") {
		t.Errorf("%v\n%s", err, text)
	}
	_, err = yearText(2027, "", "元旦三天\n2027-13-01", "明天")
	r, ok := words.AsRefusal(err)
	if !ok || len(r.Fields) != 4 {
		t.Fatalf("%v", err)
	}
	if !slices.ContainsFunc(r.Fields, func(f words.Fault) bool { return f.Field == "work" }) {
		t.Errorf("%v", r.Fields)
	}
}

func TestRepresentativesAreAtMostFiveOnAVisit(t *testing.T) {
	for _, c := range []struct {
		channel, reps string
		ok            bool
	}{{"visit", "5", true}, {"visit", "6", false}, {"letter", "60", true}, {"visit", "", true}, {"visit", "0", false}, {"visit", "五", false}} {
		err := checkReps(c.channel, c.reps)
		if (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.channel, c.reps, err)
		}
		if r, ok := words.AsRefusal(err); ok && c.reps == "6" && r.Cite != "信访工作条例第二十条第三款" {
			t.Errorf("without its article: %v", r)
		}
	}
}
