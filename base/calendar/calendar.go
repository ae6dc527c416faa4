package calendar

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Calendar says which days offices work. It never changes; With gives another one.
type Calendar struct {
	years     []Year // national years in order, then overlays in the order they were laid
	parked    []Year // overlays of regions, laid by For
	days      map[Day]dayRule
	published map[int]bool
	version   string
}

// dayRule is what a publication says about a day against its weekday.
type dayRule struct {
	work bool
	name string
}

// Load reads calendars/*.yaml, or *.yaml where files is that folder already. It tells all faults of all files at once.
// Overlays without a region are laid at once, overlays of a region wait for For.
func Load(files fs.FS) (*Calendar, error) {
	if sub, err := fs.Stat(files, "calendars"); err == nil && sub.IsDir() {
		files, _ = fs.Sub(files, "calendars")
	}
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("calendar: no calendar file (*.yaml) was found")
	}
	c := &Calendar{}
	var faults []error
	from := map[int]string{}
	for _, name := range names {
		y, err := readYear(files, name)
		if err != nil {
			faults = append(faults, fmt.Errorf("calendar: %s: %w", name, err))
			continue
		}
		if was, ok := from[y.Year]; ok && !y.Overlay {
			faults = append(faults, fmt.Errorf("calendar: %s: the year %d is already in %s", name, y.Year, was))
			continue
		}
		switch {
		case y.Region != "":
			c.parked = append(c.parked, y)
		case y.Overlay:
			c.years = append(c.years, y)
		default:
			from[y.Year] = name
			c.years = append(c.years, y)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return build(c.years, c.parked), nil
}

func readYear(files fs.FS, name string) (Year, error) {
	var y Year
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return y, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&y); err != nil {
		return y, err
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		return y, errors.New("one file holds one year")
	}
	faults := []error{y.Check()}
	if base := strings.TrimSuffix(name, ".yaml"); !y.Overlay && base != strconv.Itoa(y.Year) {
		faults = append(faults, fmt.Errorf("%d: the file of a year is named %d.yaml", y.Year, y.Year))
	}
	return y, errors.Join(faults...)
}

// build lays the years, later over earlier. They must have been checked.
func build(years, parked []Year) *Calendar {
	years = slices.Clone(years)
	slices.SortStableFunc(years, func(a, b Year) int {
		switch {
		case a.Overlay != b.Overlay && a.Overlay:
			return 1
		case a.Overlay != b.Overlay:
			return -1
		case a.Overlay:
			return 0
		}
		return a.Year - b.Year
	})
	c := &Calendar{years: years, parked: parked, days: map[Day]dayRule{}, published: map[int]bool{}}
	for _, y := range years {
		if !y.Overlay {
			c.published[y.Year] = true
		}
		c.lay(y.Off, false)
		c.lay(y.Work, true)
	}
	c.version = fingerprint(years, parked)
	return c
}

func (c *Calendar) lay(spans []Span, work bool) {
	for _, s := range spans {
		for _, d := range s.days() {
			c.days[d] = dayRule{work: work, name: s.Name}
		}
	}
}

func fingerprint(lists ...[]Year) string {
	text, err := json.Marshal(lists)
	if err != nil {
		panic(fmt.Sprintf("calendar: %v", err)) // plain strings and numbers: it cannot happen
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Version changes whenever the data does: a due day computed under another version may be another day.
func (c *Calendar) Version() string { return c.version }

// Years are the publications the calendar stands on, national first. The caller may keep but not change them.
func (c *Calendar) Years() []Year { return slices.Clone(c.years) }

// Published reports whether the yearly notice for year is known. The last days of December may still be
// moved by the next year's notice; whoever takes in a new year recomputes every open clock, not only provisional ones.
func (c *Calendar) Published(year int) bool { return c.published[year] }

// Workday reports whether offices work on d, make-up days counted. Beyond the published years the weekday
// stands in, and what is computed from it is provisional.
func (c *Calendar) Workday(d Day) bool {
	if rule, ok := c.days[d]; ok {
		return rule.work
	}
	return !weekend(d)
}

// Name is the festival or cause for which d differs from its weekday; "" when nothing is published about it.
func (c *Calendar) Name(d Day) string { return c.days[d].name }

// With is the calendar with years laid over it: a newly published or corrected year replaces that year's
// notice, an overlay is added. It panics on a year that does not pass Check, which the caller asks first.
func (c *Calendar) With(years ...Year) *Calendar {
	all := slices.Clone(c.years)
	for _, y := range years {
		if err := y.Check(); err != nil {
			panic(fmt.Sprintf("calendar: With: %v", err))
		}
		if !y.Overlay {
			all = slices.DeleteFunc(all, func(o Year) bool { return !o.Overlay && o.Year == y.Year })
		}
		all = append(all, y)
	}
	return build(all, c.parked)
}

// For is the calendar as it stands in a place: with the overlays of every region whose code is the
// beginning of the place's code ("54" for all of 540102000000).
func (c *Calendar) For(place string) *Calendar {
	var local []Year
	for _, y := range c.parked {
		if strings.HasPrefix(place, y.Region) {
			local = append(local, y)
		}
	}
	if len(local) == 0 {
		return c
	}
	return c.With(local...)
}

// WorkdaysBetween counts the working days after a, up to and with b; 0 when b is not after a.
func (c *Calendar) WorkdaysBetween(a, b Day) int {
	n := 0
	for d := a; d < b; {
		d = d.Add(1)
		if c.Workday(d) {
			n++
		}
	}
	return n
}

// next is the first working day on or after d.
func (c *Calendar) next(d Day) Day {
	for !c.Workday(d) {
		d = d.Add(1)
	}
	return d
}

// before is the last working day on or before d.
func (c *Calendar) before(d Day) Day {
	for !c.Workday(d) {
		d = d.Add(-1)
	}
	return d
}

// known reports whether every year from a to b is published.
func (c *Calendar) known(a, b Day) bool {
	for y := a.Year(); y <= b.Year(); y++ {
		if !c.published[y] {
			return false
		}
	}
	return true
}
