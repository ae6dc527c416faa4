// Command calendar writes rules/calendars/YEAR.yaml from the published holidays in the data package
// chinese-days (MIT licence) and from notices.yaml beside it.
//
// To refresh when the notice for a new year is out: take chinese-days.json from the package's dist folder
// (npm install --ignore-scripts chinese-days@VERSION, in a folder outside the tree), then
//
//	go run ./tools/calendar -in chinese-days.json -version VERSION -out rules/calendars
//
// read the difference against the notice itself, and name the notice in notices.yaml.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
)

//go:embed notices.yaml
var noticesYAML []byte

// published is chinese-days.json: day → "English name,Chinese name,days of statutory leave".
type published struct {
	Holidays map[calendar.Day]string `json:"holidays"`
	Workdays map[calendar.Day]string `json:"workdays"`
}

type notices struct {
	Years map[int]struct {
		Notice string          `yaml:"notice"`
		Note   string          `yaml:"note"`
		Off    []calendar.Span `yaml:"off"`
		Work   []calendar.Span `yaml:"work"`
	} `yaml:"years"`
}

func main() {
	in := flag.String("in", "chinese-days.json", "the package's data file")
	version := flag.String("version", "1.5.7", "the package's version")
	out := flag.String("out", "rules/calendars", "folder to write")
	flag.Parse()
	if err := run(*in, *version, *out); err != nil {
		log.Fatalf("calendar: %v", err)
	}
}

func run(in, version, out string) error {
	text, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	var data published
	if err := json.Unmarshal(text, &data); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	var known notices
	dec := yaml.NewDecoder(bytes.NewReader(noticesYAML))
	dec.KnownFields(true)
	if err := dec.Decode(&known); err != nil {
		return fmt.Errorf("notices.yaml: %w", err)
	}
	for year, y := range gather(data, "chinese-days "+version) {
		n := known.Years[year]
		if n.Notice != "" {
			y.Source = n.Notice
			y.Note = "日期取自 chinese-days " + version + "，已与通知所列逐日核对。"
		}
		y.Note += n.Note
		y.Off, y.Work = merge(y.Off, n.Off), merge(y.Work, n.Work)
		if err := write(out, y); err != nil {
			return err
		}
	}
	return nil
}

// gather sorts the package's days into years.
func gather(data published, source string) map[int]*calendar.Year {
	years := map[int]*calendar.Year{}
	of := func(d calendar.Day) *calendar.Year {
		y := d.Year()
		if years[y] == nil {
			years[y] = &calendar.Year{Year: y, Source: source}
		}
		return years[y]
	}
	for _, d := range slices.Sorted(maps.Keys(data.Holidays)) {
		y := of(d)
		y.Off = grow(y.Off, calendar.Span{From: d, Name: chinese(data.Holidays[d])})
	}
	for _, d := range slices.Sorted(maps.Keys(data.Workdays)) {
		y := of(d)
		y.Work = grow(y.Work, calendar.Span{From: d, Name: chinese(data.Workdays[d])})
	}
	return years
}

// chinese is the middle of "Spring Festival,春节,3".
func chinese(s string) string {
	if parts := strings.Split(s, ","); len(parts) == 3 {
		return parts[1]
	}
	return s
}

// grow adds a day to the last span where it follows on under the same name.
func grow(spans []calendar.Span, s calendar.Span) []calendar.Span {
	if n := len(spans); n > 0 {
		last := spans[n-1].To
		if last == "" {
			last = spans[n-1].From
		}
		if last.Add(1) == s.From && spans[n-1].Name == s.Name {
			spans[n-1].To = s.From
			return spans
		}
	}
	return append(spans, s)
}

func merge(a, b []calendar.Span) []calendar.Span {
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y calendar.Span) int { return strings.Compare(string(x.From), string(y.From)) })
	return all
}

// write refuses what the program would refuse to load.
func write(out string, y *calendar.Year) error {
	if err := y.Check(); err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# Written by tools/calendar; change notices.yaml there and run it again.\n")
	fmt.Fprintf(&b, "year: %d\nsource: %s\n", y.Year, y.Source)
	if y.Note != "" {
		fmt.Fprintf(&b, "note: %s\n", y.Note)
	}
	for _, list := range []struct {
		name  string
		spans []calendar.Span
	}{{"off", y.Off}, {"work", y.Work}} {
		fmt.Fprintf(&b, "%s:\n", list.name)
		for _, s := range list.spans {
			to := ""
			if s.To != "" {
				to = fmt.Sprintf(", to: %s", s.To)
			}
			fmt.Fprintf(&b, "  - {from: %s%s, name: %s}\n", s.From, to, s.Name)
		}
	}
	return os.WriteFile(filepath.Join(out, fmt.Sprintf("%d.yaml", y.Year)), b.Bytes(), 0o644)
}
