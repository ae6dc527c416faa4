package duty_test

import (
	"strings"
	"testing"

	"jishi/module/duty"
)

// Worked case P1-4: 117 + 99 + 124 = 340, and 65.6 % are not the township's own.
func TestThreeLists(t *testing.T) {
	c := duty.Count{Basic: 117, Cooperate: 99, Taken: 124}
	tenths, ok := c.Share()
	if c.Total() != 340 || !ok || tenths != 656 {
		t.Errorf("total %d, share %d", c.Total(), tenths)
	}
	if _, ok := (duty.Count{}).Share(); ok {
		t.Error("an empty list has a share")
	}
}

func TestReductionsAreCountedFromRawNumbers(t *testing.T) {
	for _, x := range []struct{ before, after, tenths int }{{498, 42, 916}, {91, 39, 571}, {1849, 904, 511}, {10, 12, -200}, {3, 2, 333}, {2000, 1999, 1}, {8, 8, 0}} {
		if got, ok := duty.Reduction(x.before, x.after); !ok || got != x.tenths {
			t.Errorf("%d to %d is %d tenths, want %d", x.before, x.after, got, x.tenths)
		}
	}
	if _, ok := duty.Reduction(0, 5); ok {
		t.Error("a reduction of nothing")
	}
}

// A typed percentage is flagged when it is more than 0.1 point away from the counts, and exactly 0.1 is not.
func TestATypedPercentageIsCompared(t *testing.T) {
	for _, x := range []struct {
		typed         string
		before, after int
		off, ok       bool
	}{
		{"91.6", 498, 42, false, true}, {"91.5%", 498, 42, false, true}, {"91.4", 498, 42, true, true}, {"92%", 498, 42, true, true},
		{"９１．６％", 498, 42, false, true}, {"50.1", 10, 5, false, true}, {"50.11", 10, 5, true, true}, {"49.9", 10, 5, false, true}, {"49.89", 10, 5, true, true},
		{"九成", 498, 42, false, false}, {"1/2", 10, 5, false, false}, {"50", 0, 0, false, false}, {"", 10, 5, false, false},
	} {
		if off, ok := duty.Compare(x.typed, x.before, x.after); off != x.off || ok != x.ok {
			t.Errorf("%q of %d to %d: off %v ok %v", x.typed, x.before, x.after, off, ok)
		}
	}
}

// Worked case P1-3.
func TestDocumentsAreCounted(t *testing.T) {
	for _, x := range []struct {
		sort  string
		chars int
		warns int
	}{{"comprehensive", 6200, 0}, {"general", 5000, 0}, {"general", 5001, 1}, {"specific", 4000, 0}, {"specific", 4001, 1}} {
		if got := (duty.Document{Sort: x.sort, Chars: x.chars}).Check(); len(got) != x.warns {
			t.Errorf("%s %d: %v", x.sort, x.chars, got)
		}
	}
	if n := duty.Characters("第1条　村（社区）的事。\nA2 "); n != 10 {
		t.Errorf("counted %d characters", n)
	}
	if n := duty.Characters(strings.Repeat("字，", 5000)); n != 5000 {
		t.Errorf("counted %d", n)
	}
}

func TestMeetingsAreChecked(t *testing.T) {
	fine := duty.Meeting{Comprehensive: 1, Speech: 60, Length: 240}
	for _, x := range []struct {
		name  string
		spoil func(m *duty.Meeting)
		warns int
	}{
		{"fine", func(m *duty.Meeting) {}, 0}, {"speech", func(m *duty.Meeting) { m.Speech = 61 }, 1}, {"half a day", func(m *duty.Meeting) { m.Length = 241 }, 1},
		{"groups", func(m *duty.Meeting) { m.Length, m.Groups = 720, true }, 0}, {"groups too long", func(m *duty.Meeting) { m.Length, m.Groups = 721, true }, 1},
		{"second", func(m *duty.Meeting) { m.Comprehensive = 2 }, 1}, {"ordered", func(m *duty.Meeting) { m.Ordered = true }, 1},
		{"base", func(m *duty.Meeting) { m.Base = true }, 1}, {"base approved", func(m *duty.Meeting) { m.Base, m.Approved = true, true }, 0},
	} {
		m := fine
		x.spoil(&m)
		if got := m.Check(); len(got) != x.warns {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}

func TestATextFindsItsItem(t *testing.T) {
	l := duty.List{Items: []duty.Item{
		{No: "1-1", Kind: duty.Basic, Title: "村级道路日常养护", Words: []string{"道路", "养护"}},
		{No: "3-2", Kind: duty.Taken, Title: "燃气安全检查", Words: []string{"燃气", "检查"}},
	}}
	if m := l.Whole("请乡里对餐馆燃气逐户检查"); len(m) != 1 || m[0].No != "3-2" {
		t.Errorf("found %v", m)
	}
	if m := l.Whole("燃气管道什么时候通"); len(m) != 0 {
		t.Errorf("one word of two is not enough: %v", m)
	}
	if m := l.Find("燃气管道什么时候通"); len(m) != 1 || m[0].Found[0] != "燃气" {
		t.Errorf("but it may be proposed: %v", m)
	}
}
