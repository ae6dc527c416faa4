// Package words holds the sentences people read.
//
// The Chinese sentence is the key: code and rule files say what they mean in Chinese, and the
// catalogue under en/ gives the English for it. A sentence may carry names in braces, "{name}",
// which the caller fills in.
package words

import (
	"bufio"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// Lang is a language of the screen.
type Lang string

const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

//go:embed en/*.tsv
var catalogue embed.FS

var english = sync.OnceValue(func() map[string]string {
	m, err := load(catalogue)
	if err != nil {
		// The catalogue is compiled in; a fault in it is a fault of this build.
		panic(err)
	}
	return m
})

// load reads every en/*.tsv: one sentence a line, Chinese, tab, English; "#" opens a comment.
// The same Chinese twice with different English is a fault: one of them would never be seen.
func load(files fs.FS) (map[string]string, error) {
	m := map[string]string{}
	names, err := fs.Glob(files, "en/*.tsv")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			line := strings.TrimRight(lines.Text(), "\r")
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			zh, en, ok := strings.Cut(line, "\t")
			if !ok || zh == "" || en == "" {
				return nil, fmt.Errorf("words: %s:%d: want Chinese, tab, English", name, n)
			}
			if was, ok := m[zh]; ok && was != en {
				return nil, fmt.Errorf("words: %s:%d: %q is already %q", name, n, zh, was)
			}
			m[zh] = en
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("words: %s: %w", name, err)
		}
		f.Close()
	}
	return m, nil
}

// Say returns the sentence zh in the language l, its {names} filled from args: name, value, name, value…
// A string value that is itself in the catalogue is translated too. Without an English entry the
// Chinese stands: a reader who sees it can still ask, one who sees nothing cannot.
func Say(l Lang, zh string, args ...any) string {
	s := zh
	if l == EN {
		if en, ok := english()[zh]; ok {
			s = en
		}
	}
	if len(args) == 0 {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		value := args[i+1]
		if v, ok := value.(string); ok {
			value = Say(l, v)
		}
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(value))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Known reports whether zh has English.
func Known(zh string) bool { _, ok := english()[zh]; return ok }
