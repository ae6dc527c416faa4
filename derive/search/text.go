package search

import (
	"strings"

	"jishi/base/calendar"
	"jishi/people/division"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Texts are what a matter is found by, as they were written, the title first: the fields that it was brought
// in with, its numbers, the names of its place, its letters. Secret fields are left out, and so is what
// officers write between themselves: whoever may see a matter may read every one of these.
func Texts(p *procedure.Procedure, m *matter.Matter, path []division.Division) []string {
	texts := []string{m.Fields["title"]}
	seen := map[string]bool{"title": true}
	for _, name := range append(append([]string{}, p.Open.Needs...), p.Open.Asks...) {
		f := p.Fields[name]
		if !seen[name] && !f.Secret && (f.Type == "line" || f.Type == "text") && m.Fields[name] != "" {
			texts = append(texts, m.Fields[name])
		}
		seen[name] = true
	}
	for _, l := range m.Letters {
		texts = append(texts, l.Number)
		for _, line := range l.Text {
			texts = append(texts, strings.ReplaceAll(line, "{petitioner}", ""))
		}
	}
	texts = append(texts, division.FullName(path), m.Number)
	for _, e := range m.Entries {
		if e.Number != m.Number {
			texts = append(texts, e.Number)
		}
	}
	return texts
}

// A facet is a token that is no word: a filter, or a body that has a part in the matter.
type facet string

func ofOrg(id string) facet        { return facet("org:" + id) }
func ofArea(prefix string) facet   { return facet("area:" + prefix) }
func ofPlace(prefix string) facet  { return facet("place:" + prefix) }
func ofState(s string) facet       { return facet("state:" + s) }
func ofClass(s string) facet       { return facet("class:" + s) }
func ofProcedure(s string) facet   { return facet("procedure:" + s) }
func ofMonth(d calendar.Day) facet { return facet("month:" + string(d)[:7]) }

// token writes the facet as one word, whatever signs it holds. It begins with a sign that Fold leaves in no
// word, so that nobody asks for a facet by typing it.
func (f facet) token() string {
	const hex = "0123456789abcdef"
	b := []byte{'~'}
	for i := range len(f) {
		if c := f[i]; c >= 'a' && c <= 'z' && c != 'x' || c >= '0' && c <= '9' {
			b = append(b, c)
		} else {
			b = append(b, 'x', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// upTo are the beginnings of a code of a place, one for each floor of the tree.
func upTo(code string) []string {
	var up []string
	for _, n := range []int{2, 4, 6, 9, 12} {
		if len(code) >= n {
			up = append(up, code[:n])
		}
	}
	return up
}
