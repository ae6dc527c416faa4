package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// told is a path of the tree in back quotes, with at least one slash or a known ending.
	told   = regexp.MustCompile("`([a-zA-Z0-9_.@+-]+(?:/[a-zA-Z0-9_.@+-]+)+/?)`")
	linked = regexp.MustCompile(`(?:\]\(|src=")([^)"#:]+)(?:#[^)"]*)?[)"]`)
)

// TestDocumentsTellOfWhatIsThere: a document that names a file of the tree, or links to one, names one that exists.
func TestDocumentsTellOfWhatIsThere(t *testing.T) {
	docs, err := filepath.Glob("../doc/*.md")
	if err != nil {
		t.Fatal(err)
	}
	adr, _ := filepath.Glob("../doc/adr/*.md")
	docs = append(append(docs, adr...), "../README.md", "../README.zh-CN.md")
	if len(docs) < 8 {
		t.Fatalf("only %v", docs)
	}
	tops := map[string]bool{}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		tops[e.Name()] = true
	}
	for _, doc := range docs {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range told.FindAllStringSubmatch(string(text), -1) {
			top, _, _ := strings.Cut(m[1], "/")
			if !tops[top] || top == "data" || top == "dist" { // an address, a command, or what is made at run time
				continue
			}
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s tells of %s, which is not there", doc, m[1])
			}
		}
		for _, m := range linked.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
			}
		}
	}
}

// TestSecurityNamesItsTests: every test that the threat model names exists, and so does every one by which a control is
// taken out.
func TestSecurityNamesItsTests(t *testing.T) {
	there := map[string]bool{}
	for _, s := range tree(t) {
		if s.test() {
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(s.text, -1) {
				there[string(m[1])] = true
			}
		}
	}
	named := 0
	for _, file := range []string{"../doc/security.md", "../tools/controls/controls.tsv"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(text), -1) {
			if named++; !there[name] {
				t.Errorf("%s names %s, which is no test", file, name)
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d tests are named: the pattern looks at the wrong place", named)
	}
}

// TestEachControlStandsInTheTree: what go run ./tools/controls takes out is still there to be taken out.
func TestEachControlStandsInTheTree(t *testing.T) {
	list, err := os.ReadFile("../tools/controls/controls.tsv")
	if err != nil {
		t.Fatal(err)
	}
	sources := tree(t)
	plain := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	for line := range strings.Lines(string(list)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) != 6 {
			t.Errorf("%q has %d fields, not 6", line, len(f))
			continue
		}
		text, err := os.ReadFile("../" + f[1])
		if n := strings.Count(string(text), plain.Replace(f[2])); err != nil || n != 1 {
			t.Errorf("%s: %q stands %d times in %s, not once (%v)", f[0], f[2], n, f[1], err)
		}
		if !slices.ContainsFunc(sources, func(s source) bool {
			return s.test() && filepath.Dir(s.name) == filepath.Clean(f[4]) && strings.Contains(string(s.text), "func "+f[5]+"(")
		}) {
			t.Errorf("%s: there is no test %s in %s", f[0], f[5], f[4])
		}
	}
}
