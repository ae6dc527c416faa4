package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func jishiRules(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = rulesCommand(args, &out, &err)
	return status, out.String(), err.String()
}

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A jurist checks the shipped rules, then a folder with a slip in it, and is told all that is wrong.
func TestRulesCheck(t *testing.T) {
	if status, out, _ := jishiRules("check", "--lang", "en"); status != 0 || !strings.Contains(out, "no faults") {
		t.Errorf("the shipped rules: status %d, %s", status, out)
	}
	text, err := os.ReadFile("../../rules/procedures/petition@2022-05-01.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bad := strings.Replace(string(text), "to: at-competent", "to: at-competnt", 1)
	bad = strings.Replace(bad, "limit: 60日", "limit: 六十日左右", 1)
	bad = strings.Replace(bad, "letter: notice-of-extension", "letter: notice-of-extention", 1)
	put(t, dir, "procedures/petition@2022-05-01.yaml", bad)
	status, out, _ := jishiRules("check", dir)
	if status != 1 {
		t.Errorf("status %d for a folder of faults, want 1", status)
	}
	for _, want := range []string{"at-competnt", "六十日左右", "notice-of-extention"} {
		if !strings.Contains(out, want) {
			t.Errorf("nobody told of %s in\n%s", want, out)
		}
	}
	if status, _, told := jishiRules("check", t.TempDir(), "--lang", "en"); status != 2 || !strings.Contains(told, "no rules") {
		t.Errorf("status %d for a folder without rules, want 2: %s", status, told)
	}
	if status, _, _ := jishiRules("check", filepath.Join(dir, "nowhere")); status != 2 {
		t.Errorf("status %d for a folder that is not there, want 2", status)
	}
}

// A scenario in a checked folder is checked too.
func TestRulesCheckReadsScenarios(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "scenarios/mine.yaml", "scenario: 名字写错\nprocedure: petition\nsteps:\n  - {at: 2025-03-03, as: 王秀兰, do: opne}\n")
	status, out, _ := jishiRules("check", dir)
	if status != 1 || !strings.Contains(out, "scenarios/mine.yaml:4") || !strings.Contains(out, "opne") {
		t.Errorf("status %d:\n%s", status, out)
	}
}

const extension = `scenario: 延期三十日为上限
procedure: petition
given: {state: at-competent, handler: 区住建局}
steps:
  - {at: 2025-03-03, as: handler, do: accept, expect: {state: handling, due: {handle: 2025-05-02}}}
  - {at: 2025-04-25, as: head-of-handler, do: extend, with: {days: 30, reason: 案情复杂}, expect: {due: {handle: DAY}, letters: [notice-of-extension]}}
  - {at: 2025-04-26, as: head-of-handler, do: extend, with: {days: 1, reason: 再延}, expect: {refused: 延长累计不得超过三十日}}
`

// A file from anywhere is run step by step; one wrong day makes the status 1 and is said.
func TestRulesTest(t *testing.T) {
	dir := t.TempDir()
	good := put(t, dir, "good.yaml", strings.Replace(extension, "DAY", "2025-06-01", 1))
	wrong := put(t, dir, "wrong.yaml", strings.Replace(extension, "DAY", "2025-06-02", 1))
	status, out, _ := jishiRules("test", good, "--lang", "en")
	if status != 0 || strings.Count(out, "✓ ") != 3 {
		t.Errorf("status %d:\n%s", status, out)
	}
	status, out, _ = jishiRules("test", "--lang", "en", good, wrong)
	if status != 1 || !strings.Contains(out, "✗ 2025-04-25") || !strings.Contains(out, "want due handle 2025-06-02, got 2025-06-01") {
		t.Errorf("status %d:\n%s", status, out)
	}
	if status, _, _ = jishiRules("test", filepath.Join(dir, "nowhere.yaml")); status != 1 {
		t.Errorf("status %d for a file that is not there, want 1", status)
	}
}

func TestRulesDrawAndExplain(t *testing.T) {
	if status, out, _ := jishiRules("draw", "petition"); status != 0 || !strings.HasPrefix(out, "<svg ") {
		t.Errorf("draw: status %d, %.80s", status, out)
	}
	if status, out, _ := jishiRules("explain", "petition", "--lang", "zh"); status != 0 || !strings.Contains(out, "办理期限：60日") {
		t.Errorf("explain: status %d, %.200s", status, out)
	}
	if status, out, _ := jishiRules("explain", "petition", "--profile", "zhejiang-legacy", "--lang", "zh"); status != 0 || !strings.Contains(out, "登记处置期限：5个工作日") {
		t.Errorf("explain in a profile: status %d, %.200s", status, out)
	}
	if status, _, told := jishiRules("draw", "nothing"); status != 2 || !strings.Contains(told, "petition@") {
		t.Errorf("draw nothing: status %d, %s", status, told)
	}
	if status, _, _ := jishiRules(); status != 2 {
		t.Error("no subcommand should give status 2")
	}
}
