package law

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
)

// Library is all statutes the rules may cite. It never changes.
type Library struct {
	laws   []*Law
	byName map[string][]*Law // by id and by title; several where a statute was amended
}

// Load reads laws/*.yaml, or *.yaml where files is that folder already. It tells all faults of all files at once.
func Load(files fs.FS) (*Library, error) {
	if info, err := fs.Stat(files, "laws"); err == nil && info.IsDir() {
		files, _ = fs.Sub(files, "laws")
	}
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("law: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("law: no statute (*.yaml) was found")
	}
	b := &Library{byName: map[string][]*Law{}}
	var faults []error
	for _, name := range names {
		l, err := read(files, name)
		for _, fault := range err {
			faults = append(faults, fmt.Errorf("law: %s: %w", name, fault))
		}
		if l == nil {
			continue
		}
		for _, was := range b.laws {
			if err := clash(was, l); err != nil {
				faults = append(faults, fmt.Errorf("law: %s: %w", name, err))
			}
		}
		b.add(l)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return b, nil
}

func (b *Library) add(l *Law) {
	b.laws = append(b.laws, l)
	b.byName[l.ID] = append(b.byName[l.ID], l)
	if l.Title != l.ID {
		b.byName[l.Title] = append(b.byName[l.Title], l)
	}
}

// Laws are all statutes, by id and then by day; the caller reads and does not change them.
func (b *Library) Laws() []*Law {
	laws := slices.Clone(b.laws)
	slices.SortFunc(laws, func(x, y *Law) int {
		return strings.Compare(x.ID+" "+string(x.From), y.ID+" "+string(y.From))
	})
	return laws
}

// Law is the statute of that id or title, as it stood on a day.
func (b *Library) Law(name string, on calendar.Day) (*Law, bool) {
	l := inForce(b.byName[name], on)
	return l, l != nil
}

// clash: two versions of one statute may not be in force on one day, nor one name mean two statutes.
func clash(a, b *Law) error {
	if a.ID != b.ID && a.Title != b.Title {
		return nil
	}
	if a.ID != b.ID || a.Title != b.Title {
		return fmt.Errorf("%s %s and %s %s: one name for two statutes", a.ID, a.Title, b.ID, b.Title)
	}
	if (b.To == "" || a.From <= b.To) && (a.To == "" || b.From <= a.To) {
		return fmt.Errorf("%s from %s and from %s are in force on the same day", a.ID, a.From, b.From)
	}
	return nil
}

// read takes one file; a statute that could be read at all is returned even with faults, to be compared with others.
func read(files fs.FS, name string) (*Law, []error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, []error{err}
	}
	var l Law
	var faults []error
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&l); err != nil {
		var typed *yaml.TypeError
		if !errors.As(err, &typed) {
			return nil, []error{err}
		}
		// The decoder goes on after a wrong field; so do we, to tell the rest as well.
		for _, e := range typed.Errors {
			faults = append(faults, errors.New(e))
		}
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		faults = append(faults, errors.New("one file holds one statute"))
	}
	return &l, append(faults, l.check()...)
}

func (l *Law) check() []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, f := range []struct{ name, value string }{{"id", l.ID}, {"title", l.Title}, {"en", l.En}, {"from", string(l.From)}} {
		if strings.TrimSpace(f.value) == "" {
			fault("%s is missing", f.name)
		}
	}
	for _, f := range []struct {
		name string
		day  calendar.Day
	}{{"issued", l.Issued}, {"from", l.From}, {"to", l.To}} {
		if f.day == "" {
			continue
		}
		if _, err := calendar.ParseDay(string(f.day)); err != nil {
			fault("%s: %w", f.name, err)
		}
	}
	if l.To != "" && l.To < l.From {
		fault("to %s is before from %s", l.To, l.From)
	}
	switch l.Status {
	case InForce, Historic, Legacy, Procedural:
	default:
		fault("status %q: want in-force, historic, legacy or working", l.Status)
	}
	if !known(l.Grade) {
		fault("grade %q: want A, B, C or D", l.Grade)
	}
	if l.Verify && l.Note == "" {
		fault("verify needs a note: what must be confirmed")
	}
	if l.GistIs != "" && !known(l.GistIs) {
		fault("gist-grade %q: want A, B, C or D", l.GistIs)
	}
	if (l.Gist == "") != (l.GistEn == "") {
		fault("gist and gist-en go together")
	}
	if len(l.Articles) == 0 && l.Gist == "" {
		fault("no article is listed, and no gist of the whole")
	}
	return append(faults, l.checkArticles()...)
}

func known(g Grade) bool { return g == "A" || g == "B" || g == "C" || g == "D" }

func (l *Law) checkArticles() []error {
	var faults []error
	seen := map[string]bool{}
	for i, a := range l.Articles {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("article %d %s: "+format, append([]any{i + 1, a.N}, args...)...))
		}
		n, err := parseNumber(a.N)
		switch {
		case err != nil:
			fault("%w", err)
		case n.String() != a.N:
			fault("is written %s", n)
		case seen[a.N]:
			fault("is listed twice")
		}
		seen[a.N] = true
		if strings.TrimSpace(a.Gist) == "" || strings.TrimSpace(a.En) == "" {
			fault("gist and en are both needed")
		}
		if a.Grade != "" && !known(a.Grade) {
			fault("grade %q: want A, B, C or D", a.Grade)
		}
	}
	for _, a := range l.Articles {
		if n, err := parseNumber(a.N); err == nil {
			n.paragraph, n.item = 0, 0
			if !seen[n.String()] {
				faults = append(faults, fmt.Errorf("%s is listed without %s itself", a.N, n))
			}
		}
	}
	return faults
}
