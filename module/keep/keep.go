// Package keep reads how long what is kept, from rules/retention, and says until when. A jurist can change the file
// without reading Go; what is in it and is not law says so.
package keep

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/work/procedure"
)

// What the program itself clears away when its time is over.
const (
	Identity  = "identity"   // in the vault, counted from the end of the matter
	FormToken = "form-token" // counted from the press
	Brought   = "brought"    // the marked-up rows of a file that somebody brought, counted from the end of its reading
)

// Rule says how long one sort of thing is kept, from when, and what becomes of it.
type Rule struct {
	ID         string          `yaml:"id"`
	Title      string          `yaml:"title"`
	En         string          `yaml:"en"`
	Of         string          `yaml:"of"`         // Identity, FormToken, Brought; "" the program does nothing with it
	Procedures []string        `yaml:"procedures"` // of an Identity; without them all that no other rule names
	Keep       string          `yaml:"keep"`       // in the statute's words: 10年; "" for ever
	From       string          `yaml:"from"`
	FromEn     string          `yaml:"from-en"`
	Then       string          `yaml:"then"`
	ThenEn     string          `yaml:"then-en"`
	Statutory  bool            `yaml:"statutory"` // a law or regulation says so: nothing is erased before, whoever asks
	Cite       string          `yaml:"cite"`
	Grade      procedure.Grade `yaml:"grade"`
	Note       string          `yaml:"note"`
	NoteEn     string          `yaml:"note-en"`

	period calendar.Period
}

// Rules are those of one installation, in the order of the file.
type Rules []Rule

// Load reads rules/retention strictly and tells every fault.
func Load(files fs.FS, laws *law.Library, today calendar.Day) (Rules, error) {
	f, err := files.Open("retention/keep.yaml")
	if err != nil {
		return nil, fmt.Errorf("keep.Load: %w", err)
	}
	defer f.Close()
	var all struct {
		Rules Rules `yaml:"rules"`
	}
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := dec.Decode(&all); err != nil {
		return nil, fmt.Errorf("retention/keep.yaml: %w", err)
	}
	var faults []error
	fault := func(r Rule, text string, args ...any) {
		faults = append(faults, fmt.Errorf("retention/keep.yaml: %s: %s", r.ID, fmt.Sprintf(text, args...)))
	}
	for i := range all.Rules {
		r := &all.Rules[i]
		if r.ID == "" || r.Title == "" || r.En == "" || r.From == "" || r.FromEn == "" || r.Then == "" || r.ThenEn == "" {
			fault(*r, "要写 id、title、en、from、from-en、then、then-en")
		}
		if r.Of != "" && !slices.Contains([]string{Identity, FormToken, Brought}, r.Of) {
			fault(*r, "没有 of: %s；可写 identity、form-token、brought", r.Of)
		}
		if r.Keep != "" || r.Of != "" {
			if r.period, err = calendar.ParsePeriod(r.Keep); err != nil || r.period.Unit != calendar.Days && r.period.Unit != calendar.Months && r.period.Unit != calendar.Years {
				fault(*r, "keep 要写成 30日、6个月、10年，不是“%s”", r.Keep)
			}
		}
		if _, err := laws.Resolve(r.Cite, today); err != nil {
			fault(*r, "cite：%v", err)
		}
		if !slices.Contains([]procedure.Grade{"A", "B", "C", "D"}, r.Grade) || r.Statutory && r.Grade == "D" {
			fault(*r, "grade 要写 A、B、C 或者 D；是法定期限的不能写 D")
		}
	}
	if r, ok := all.Rules.Identity(""); !ok || len(r.Procedures) > 0 {
		faults = append(faults, errors.New("retention/keep.yaml: 要有一条不写 procedures 的 identity，给没有写明的程序"))
	}
	return all.Rules, errors.Join(faults...)
}

// Identity is the rule for the identities in matters of a procedure.
func (rs Rules) Identity(procedure string) (r Rule, ok bool) {
	for _, x := range rs {
		if x.Of == Identity && (slices.Contains(x.Procedures, procedure) || len(x.Procedures) == 0 && !ok) {
			r, ok = x, true
			if len(x.Procedures) > 0 {
				return r, true
			}
		}
	}
	return r, ok
}

// Of is the rule for what the program clears away under a name.
func (rs Rules) Of(what string) (Rule, bool) {
	i := slices.IndexFunc(rs, func(r Rule) bool { return r.Of == what })
	if i < 0 {
		return Rule{}, false
	}
	return rs[i], true
}

// Until is the last day on which something that is counted from a time is kept; "" for ever.
func (r Rule) Until(from time.Time) calendar.Day {
	switch day := calendar.DayOf(from); r.period.Unit {
	case calendar.Days:
		if r.period.N == 0 {
			return ""
		}
		return day.Add(r.period.N)
	case calendar.Months:
		return day.AddMonths(r.period.N)
	case calendar.Years:
		return day.AddMonths(12 * r.period.N)
	}
	return ""
}

// Over is the latest instant from which the time is over now; ok is false for what is kept for ever.
func (r Rule) Over(now time.Time) (before time.Time, ok bool) {
	day := calendar.DayOf(now)
	switch r.period.Unit {
	case calendar.Days:
		day = day.Add(-r.period.N)
	case calendar.Months:
		day = day.AddMonths(-r.period.N)
	case calendar.Years:
		day = day.AddMonths(-12 * r.period.N)
	}
	return day.Start(), r.period.N > 0
}

// Period is how long, the zero value for ever.
func (r Rule) Period() calendar.Period { return r.period }
