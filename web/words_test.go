package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"jishi/base/words"
)

var (
	literal = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	han     = regexp.MustCompile(`\p{Han}`)
	comment = regexp.MustCompile(`(^|\s)//.*$`)
)

// not sentences: names of things in their own language, and marks.
var ownWords = map[string]bool{"中文": true, "基": true}

// A reader of the English pages meets no Chinese that we wrote: every Chinese literal of the pages has
// its English, and no page has Chinese outside a literal, where it could not be translated.
func TestEveryChineseWordOfThePagesHasEnglish(t *testing.T) {
	missing := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		if path == "look/date.go" { // spells days itself, each language in its own way
			return nil
		}
		if !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range strings.Split(string(b), "\n") {
			line = comment.ReplaceAllString(line, "")
			for _, m := range literal.FindAllStringSubmatch(line, -1) {
				if han.MatchString(m[1]) && !ownWords[m[1]] && !strings.HasPrefix(m[1], "信访工作条例第") && !words.Known(m[1]) {
					missing[m[1]] = path
				}
			}
			rest := literal.ReplaceAllString(line, "")
			rest = strings.ReplaceAll(rest, ">基<", "")
			if han.MatchString(rest) && !strings.Contains(rest, "`") {
				t.Errorf("%s: Chinese outside a literal: %s", path, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for zh, path := range missing {
		t.Errorf("%s: no English for %q", path, zh)
	}
}
