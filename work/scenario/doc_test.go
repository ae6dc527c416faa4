package scenario_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"jishi/base/db/dbtest"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// names are the keys that a piece of Go source lists, between two marks.
func names(t *testing.T, source, from, to string, key *regexp.Regexp) (list []string) {
	t.Helper()
	_, rest, ok := strings.Cut(source, from)
	part, _, ended := strings.Cut(rest, to)
	if !ok || !ended {
		t.Fatalf("%q … %q is not in the source any more", from, to)
	}
	for _, m := range key.FindAllStringSubmatch(part, -1) {
		list = append(list, m[1])
	}
	if len(list) < 5 {
		t.Fatalf("only %v between %q and %q", list, from, to)
	}
	return list
}

// What doc/rules.md lists is what the program knows: no word is missing in the tables.
func TestTheManualNamesEveryWord(t *testing.T) {
	manual := read(t, "../../doc/rules.md")
	vocabulary, parse := read(t, "../procedure/vocabulary.go"), read(t, "parse.go")
	entry := regexp.MustCompile(`"([a-z-]+)":`)
	for what, list := range map[string][]string{
		"guard":       names(t, vocabulary, "var guards = ", "\n}", entry),
		"effect":      names(t, vocabulary, "var effects = ", "\n}", entry),
		"source":      names(t, vocabulary, "var setSources = ", "\n", regexp.MustCompile(`"([a-z-]+)"`)),
		"expectation": names(t, parse, "func (p *parser) expect(", "}, nil)", entry),
		"given":       names(t, parse, "func (p *parser) givens(", "}, func", entry),
		"step":        names(t, parse, "func (p *parser) steps(", "}, nil)", entry),
		"top key":     names(t, parse, "func (p *parser) scenario(", "}, nil)", entry),
	} {
		for _, name := range list {
			if !strings.Contains(manual, "`"+name+"`") && !strings.Contains(manual, "`"+name+":") {
				t.Errorf("doc/rules.md does not name the %s %s", what, name)
			}
		}
	}
}

// The manual's own example comes out as it says.
func TestTheManualsExample(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "../../doc/rules.md"), "```yaml\nscenario:")
	example, _, ok := strings.Cut("scenario:"+rest, "```")
	if !ok {
		t.Fatal("the manual has no example of a scenario")
	}
	report, err := world(t).Run(context.Background(), dbtest.SQLite(t), "doc/rules.md", strings.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Errorf("the manual's example: %+v", report.Lines)
	}
}
