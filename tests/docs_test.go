package tests

import (
	"os"
	"path/filepath"
	"regexp"
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
