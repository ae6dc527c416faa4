package collect

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed labelled/*.tsv
var labelled embed.FS

// Labelled is a field of a believable form with what a person says it is; Element "" is nothing in the catalogue.
type Labelled struct {
	Form, Element string
	Ask
}

// Measured says how well the matcher does on labelled fields. Every rate is its numerator and its denominator.
type Measured struct {
	Fields    int
	Suggested int // fields for which something was suggested
	First     int // of these: the first suggestion is right
	Known     int // fields that are an element
	Within    int // of these: it is among the three suggestions
	Wrong     []Miss
}

// Miss is a field that went wrong.
type Miss struct {
	Labelled
	Got []Suggestion
}

// Precision of the first suggestion; 1 where nothing was suggested.
func (m Measured) Precision() float64 { return share(m.First, m.Suggested) }

// Recall within three.
func (m Measured) Recall() float64 { return share(m.Within, m.Known) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// LabelledFields are the shipped ones: part is "tuning", to which the matcher may be fitted, or "heldout", which is only
// measured.
func LabelledFields(part string) ([]Labelled, error) {
	text, err := labelled.ReadFile("labelled/" + part + ".tsv")
	if err != nil {
		return nil, fmt.Errorf("collect.LabelledFields: %w", err)
	}
	var list []Labelled
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 5 {
			return nil, fmt.Errorf("collect.LabelledFields: %s.tsv:%d: want five columns, got %d", part, n+1, len(cells))
		}
		l := Labelled{Form: cells[0], Element: cells[4], Ask: Ask{Heading: cells[1], Label: cells[2]}}
		if cells[3] != "" {
			l.Samples = strings.Split(cells[3], "|")
		}
		if l.Element == "-" {
			l.Element = ""
		}
		list = append(list, l)
	}
	return list, nil
}

// Measure matches every field and counts.
func (m *Matcher) Measure(fields []Labelled) Measured {
	r := Measured{Fields: len(fields)}
	for _, f := range fields {
		got := m.Match(f.Ask)
		if len(got) > 0 {
			r.Suggested++
		}
		first := len(got) > 0 && got[0].Element.ID == f.Element
		if first {
			r.First++
		}
		within := false
		for _, s := range got {
			within = within || s.Element.ID == f.Element
		}
		if f.Element != "" {
			r.Known++
			if within {
				r.Within++
			}
		}
		if len(got) > 0 && !first || f.Element != "" && !within {
			r.Wrong = append(r.Wrong, Miss{f, got})
		}
	}
	return r
}
