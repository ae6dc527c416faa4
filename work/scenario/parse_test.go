package scenario

import (
	"errors"
	"strings"
	"testing"

	"jishi/base/words"
	"jishi/rules"
)

// A file with many faults is told all of them, each with its line, before anything runs.
func TestAllFaultsOfAFileAtOnce(t *testing.T) {
	_, err := Parse("bad.yaml", strings.NewReader(`scenario: 错误很多的案例
procedure: petition
given: {clocks: {handle: 三月三日}}
steps:
  - {at: 2025-13-01, as: handler, do: accept, expekt: {state: handling}}
  - {at: 2025-03-02, do: accept, do: extend}
  - {at: 2025-03-01, as: handler, expect: {}}
  - {at: 2025-03-05, as: handler, do: accept, expect: {due: {handle: soon}, sealed: maybe}}
colour: red
`))
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want faults", err)
	}
	want := []struct {
		line int
		text string
	}{
		{3, "“三月三日”"}, {3, "“state”"}, {5, "“2025-13-01”"}, {5, "不认识“expekt”"}, {6, "“do”写了两次"},
		{7, "缺少“do”"}, {7, "早于上一步"}, {7, "什么也没有检验"}, {8, "“soon”"}, {8, "“maybe”"}, {9, "不认识“colour”"},
	}
	for _, w := range want {
		if !has(faults, w.line, w.text) {
			t.Errorf("line %d: nobody told of %s", w.line, w.text)
		}
	}
	if len(faults) != len(want) {
		t.Errorf("%d faults, want %d:\n%s", len(faults), len(want), faults.Say(words.ZH))
	}
}

func has(faults Faults, line int, text string) bool {
	for _, f := range faults {
		if f.Line == line && strings.Contains(words.Say(words.ZH, f.Text, f.Args...), text) {
			return true
		}
	}
	return false
}

// A name that means nothing would test nothing: it is refused before the run.
func TestNamesThatMeanNothing(t *testing.T) {
	w, err := NewWorld(rules.FS, words.ZH)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse("names.yaml", strings.NewReader(`scenario: 名字都不对
procedure: petition
given: {state: at-competent, since: 2025-02-20, handler: 不存在的局, overseer: 区政府, clocks: {handel: 2025-02-20}}
steps:
  - {at: 2025-03-03, as: handlr, do: accept, expect: {state: handeling, due: {hndle: 2025-05-02}}}
  - {at: 2025-03-04, as: handler, do: acept}
  - {at: 2025-03-04, as: handler, do: accept, with: {reasn: 无, days: 3}, expect: {letters: [notice], visible-to: [没有这个人]}}
  - {at: 2025-03-04, as: handler, do: extend, with: {days: 3}, expect: {supervised: [S9], flags: [urgnt]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	_, faults := w.Rules(s)
	for _, want := range []struct {
		line int
		text string
	}{
		{3, "不存在的局"}, {3, "overseer"}, {3, "handel"}, {5, "handlr"}, {5, "handeling"}, {5, "hndle"}, {6, "acept"},
		{7, "reasn"}, {7, "days"}, {7, "没有叫“notice”的文书"}, {7, "没有这个人"}, {8, "S9"}, {8, "urgnt"},
	} {
		if !has(faults, want.line, want.text) {
			t.Errorf("line %d: nobody told of %s", want.line, want.text)
		}
	}
	if len(faults) != 13 {
		t.Errorf("%d faults, want 13:\n%s", len(faults), faults.Say(words.ZH))
	}
}

// Two ways of writing a number are one number.
func TestChineseNumbers(t *testing.T) {
	for _, c := range [][2]string{
		{"不得超过三十日", "不得超过30日"}, {"十五日内", "15日内"}, {"五个工作日", "5个工作日"}, {"一百二十人", "120人"},
		{"第三十四条", "第三十四条"}, {"九十天", "90天"}, {"十日", "10日"},
	} {
		if got := digits(c[0]); got != c[1] {
			t.Errorf("%s → %s, want %s", c[0], got, c[1])
		}
	}
}
