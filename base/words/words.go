// Package words holds the sentences people read.
//
// The Chinese sentence is the key: code and rule files say what they mean in Chinese, and the
// catalogue under en/ gives the English for it. A sentence may carry names in braces, "{name}",
// which the caller fills in.
package words

import (
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

// english is the catalogue. A fault in it is a fault of this build, which a test finds; a reader then still gets
// the other sentences, and the Chinese of the faulty one.
var english = sync.OnceValue(func() map[string]string {
	m, _ := load(catalogue)
	return m
})

// load reads every en/*.tsv: one sentence a line, Chinese, tab, English; "#" opens a comment. It tells all
// faults: the same Chinese twice with different English is one, because one of them would never be seen.
func load(files fs.FS) (m map[string]string, faults []string) {
	m = map[string]string{}
	names, err := fs.Glob(files, "en/*.tsv")
	if err != nil {
		return m, []string{err.Error()}
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			faults = append(faults, err.Error())
		}
		for n, line := range strings.Split(string(text), "\n") {
			line = strings.TrimRight(line, "\r")
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			zh, en, ok := strings.Cut(line, "\t")
			switch was, twice := m[zh]; {
			case !ok || zh == "" || en == "":
				faults = append(faults, fmt.Sprintf("%s:%d: want Chinese, tab, English", name, n+1))
			case twice && was != en:
				faults = append(faults, fmt.Sprintf("%s:%d: %q is already %q", name, n+1, zh, was))
			default:
				m[zh] = en
			}
		}
	}
	return m, faults
}

// Say returns the sentence zh in the language l, its {names} filled from args: name, value, name, value…
// A string value that is itself in the catalogue is translated too, and a value that can Say itself does. Without an English entry the
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
	values := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		value := args[i+1]
		switch v := value.(type) {
		case string:
			value = Say(l, v)
		case interface{ Say(Lang) string }:
			value = v.Say(l)
		}
		values = append(values, fmt.Sprint(args[i]), fmt.Sprint(value))
	}
	return fill(s, values)
}

// fill puts values into their places, each {name} for which there is one. It is not strings.NewReplacer, because that
// builds tables of some kilobytes for each sentence, which were a quarter of all memory that a list took.
func fill(s string, values []string) string {
	var b strings.Builder
	for {
		from := strings.IndexByte(s, '{')
		to := strings.IndexByte(s[from+1:], '}')
		if from < 0 || to < 0 {
			b.WriteString(s)
			return b.String()
		}
		name := s[from+1 : from+1+to]
		b.WriteString(s[:from])
		i := 0
		for i < len(values) && values[i] != name {
			i += 2
		}
		if i == len(values) { // no place of ours: its bracket is text, and what follows is looked at again
			b.WriteByte('{')
			s = s[from+1:]
			continue
		}
		b.WriteString(values[i+1])
		s = s[from+to+2:]
	}
}

// Two is a name in both languages, as rule files carry them, for a sentence's {name}.
type Two struct{ ZH, EN string }

// Say is the name in the language; the Chinese where there is no English.
func (t Two) Say(l Lang) string {
	if l == EN && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// Known reports whether zh has English.
func Known(zh string) bool { _, ok := english()[zh]; return ok }
