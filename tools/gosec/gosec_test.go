package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGosecFindsWhatIsThere: in a small program with a weak number as a key it finds it; explained it finds nothing; an
// explanation of nothing is a finding.
func TestGosecFindsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	for i := range 60 {
		write(t, dir, "f"+string(rune('a'+i%26))+string(rune('a'+i/26))+".go", "package lax\n")
	}
	write(t, dir, "go.mod", "module lax\n\ngo 1.26\n")
	write(t, dir, "key.go", "package lax\n\nimport \"math/rand\"\n\nfunc Key() int { return rand.Int() }\n")
	t.Chdir(dir)
	for _, c := range []struct {
		told []*explained
		want string
	}{
		{nil, "key.go:5: Use of weak random number generator"},
		{[]*explained{{rule: "G404", where: "key.go", why: "a test"}}, "1 findings, each explained"},
		{[]*explained{{rule: "G404", where: "key.go", why: "a test"}, {rule: "G401", where: "key.go", why: "a test"}}, "G401 in key.go is explained and is not there"},
	} {
		var said strings.Builder
		err := run(&said, c.told)
		if !strings.Contains(said.String(), c.want) || (err == nil) != strings.Contains(c.want, "each explained") {
			t.Errorf("with %d explanations: %v\n%s", len(c.told), err, said.String())
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
