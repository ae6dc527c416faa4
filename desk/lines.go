package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"jishi/rules"
)

// Lines are, for each line of work, the words by which a text shows that it belongs there.
type Lines map[string][]string

// LoadLines reads lines/words.yaml of the rules. It tells every fault at once.
func LoadLines(files fs.FS) (Lines, error) {
	text, err := fs.ReadFile(files, "lines/words.yaml")
	if err != nil {
		return nil, fmt.Errorf("desk: lines/words.yaml: %w", err)
	}
	var file struct {
		Grade string `yaml:"grade"`
		Lines Lines  `yaml:"lines"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("desk: lines/words.yaml: %w", err)
	}
	var faults []error
	if file.Grade == "" {
		faults = append(faults, errors.New("lines/words.yaml: grade is missing; what no text says is D"))
	}
	for line, list := range file.Lines {
		if len(list) == 0 {
			faults = append(faults, fmt.Errorf("lines/words.yaml: %s has no words", line))
		}
		for i, word := range list {
			if len([]rune(word)) < 1 || strings.TrimSpace(word) != word || slices.Contains(list[:i], word) {
				faults = append(faults, fmt.Errorf("lines/words.yaml: %s: %q is empty, has blanks around it, or stands there twice", line, word))
			}
		}
	}
	return file.Lines, errors.Join(faults...)
}

var shippedLines = sync.OnceValues(func() (Lines, error) { return LoadLines(rules.FS) })

// lineWords are the office's own, or the shipped ones; a fault in those a test finds.
func (d *Desk) lineWords() Lines {
	if d.Lines != nil {
		return d.Lines
	}
	lines, _ := shippedLines()
	return lines
}
