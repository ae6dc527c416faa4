package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Span is a run of days, both ends in it; To is empty for a single day.
type Span struct {
	From Day    `yaml:"from" json:"from"`
	To   Day    `yaml:"to,omitempty" json:"to,omitempty"`
	Name string `yaml:"name,omitempty" json:"name,omitempty"` // the festival or the cause, in Chinese
}

// last is the span's last day.
func (s Span) last() Day {
	if s.To == "" {
		return s.From
	}
	return s.To
}

// days lists the span; it must have been checked.
func (s Span) days() []Day {
	var all []Day
	for d := s.From; d <= s.last(); d = d.Add(1) {
		all = append(all, d)
	}
	return all
}

// Year is one publication about working days: the yearly notice of the State Council's General Office,
// or, with Overlay, what a region or an office adds to it (a minority area's holiday under 放假办法 article 4,
// an emergency closure, a New Year's Eve on which the county lets everybody go).
type Year struct {
	Year    int    `yaml:"year" json:"year"`
	Name    string `yaml:"name,omitempty" json:"name,omitempty"`       // what it is called; an overlay must have one
	Source  string `yaml:"source" json:"source"`                       // the notice, or the data package and version it was taken from
	Note    string `yaml:"note,omitempty" json:"note,omitempty"`       // what a reader should know about the source
	Overlay bool   `yaml:"overlay,omitempty" json:"overlay,omitempty"` // lies over the notice and does not publish the year
	Region  string `yaml:"region,omitempty" json:"region,omitempty"`   // an overlay's division code or its beginning, "54"; empty for everywhere
	Off     []Span `yaml:"off" json:"off"`                             // days off; weekends inside a holiday may be listed too
	Work    []Span `yaml:"work" json:"work"`                           // weekend days on which offices work
}

// longestSpan: no holiday has been longer, and a wrong year in "to" shows itself.
const longestSpan = 31

// Check tells everything wrong with the year at once.
func (y Year) Check() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%d: "+format, append([]any{y.Year}, args...)...))
	}
	if y.Year < 1949 || y.Year > 2999 {
		fault("year is missing or impossible")
	}
	if y.Source == "" {
		fault("source is missing: name the notice or the data it was taken from")
	}
	if y.Overlay && y.Name == "" {
		fault("an overlay needs a name")
	}
	if !y.Overlay && y.Region != "" {
		fault("region %q: only an overlay has a region", y.Region)
	}
	if len(y.Off)+len(y.Work) == 0 {
		fault("no day is listed")
	}
	seen := map[Day]string{}
	for _, list := range []struct {
		name  string
		spans []Span
	}{{"off", y.Off}, {"work", y.Work}} {
		for _, s := range list.spans {
			if err := y.checkSpan(s); err != nil {
				fault("%s: %w", list.name, err)
				continue
			}
			for _, d := range s.days() {
				if was, ok := seen[d]; ok {
					fault("%s: %s is already listed under %s", list.name, d, was)
				}
				seen[d] = list.name
				if list.name == "work" && !y.Overlay && !weekend(d) {
					fault("work: %s is a %s and needs no make-up", d, d.Weekday())
				}
			}
		}
	}
	return errors.Join(faults...)
}

// checkSpan allows December of the year before: a notice may move its last days (2022-12-31 was
// moved by the notice for 2023).
func (y Year) checkSpan(s Span) error {
	if _, err := ParseDay(string(s.From)); err != nil {
		return err
	}
	if _, err := ParseDay(string(s.last())); err != nil {
		return err
	}
	if n := s.last().Sub(s.From); n < 0 || n >= longestSpan {
		return fmt.Errorf("%s to %s: ends before it starts, or lasts more than %d days", s.From, s.last(), longestSpan)
	}
	if s.From < Day(fmt.Sprintf("%04d-12-01", y.Year-1)) || s.last() > Day(fmt.Sprintf("%04d-12-31", y.Year)) {
		return fmt.Errorf("%s to %s lies outside the year", s.From, s.last())
	}
	return nil
}

func weekend(d Day) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
