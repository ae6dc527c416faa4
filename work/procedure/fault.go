package procedure

import (
	"fmt"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Fault is one thing wrong with the rules, for the person who wrote them.
type Fault struct {
	File  string // procedures/lost-property@2021-01-01.yaml
	Line  int    // 0 where no line can be named
	Where string // actions.accept.letter, with the profile before it where it only shows there
	Text  string // Chinese: what is wrong, and what to write instead
}

func (f Fault) String() string {
	s := f.File
	if f.Line > 0 {
		s += fmt.Sprintf(":%d", f.Line)
	}
	if f.Where != "" {
		s += ": " + f.Where
	}
	return s + "：" + f.Text
}

// Faults are all that is wrong, as one error.
type Faults []Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return "procedure: " + strings.Join(lines, "\n")
}

// err keeps "no faults" a nil error.
func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// sorted puts faults in the order in which a writer meets them, each once.
func (fs Faults) sorted() Faults {
	sort.SliceStable(fs, func(i, j int) bool {
		a, b := fs[i], fs[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Where < b.Where
	})
	var out Faults
	for _, f := range fs {
		if len(out) == 0 || out[len(out)-1] != f {
			out = append(out, f)
		}
	}
	return out
}

// source is a file as it was written, to find the line of what is wrong with it.
type source struct {
	file string
	text []byte
	root *yaml.Node
}

// line is where the path stands in the file, or the nearest part of it that does; 0 when nothing was read.
func (s *source) line(path ...string) int {
	if s == nil || s.root == nil {
		return 0
	}
	n, line := s.root, 0
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
		line = n.Line
	}
	for _, name := range path {
		key, value := child(n, name)
		if key == nil {
			return line
		}
		line, n = key.Line, value
	}
	return line
}

func child(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// fault names a place in the file by its path.
func (s *source) fault(path []string, text string, args ...any) Fault {
	return Fault{File: s.file, Line: s.line(path...), Where: strings.Join(path, "."), Text: fmt.Sprintf(text, args...)}
}
