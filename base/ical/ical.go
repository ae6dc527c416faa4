// Package ical writes calendars after RFC 5545, as much of them as a list of days and hours needs.
package ical

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"jishi/base/calendar"
)

// Media is the type of what Calendar.Text returns.
const Media = "text/calendar; charset=utf-8"

// Calendar is a list of events under a name.
type Calendar struct {
	Name    string
	Product string // who wrote it: "-//Jishi//Desk//EN"
	Lang    string
	Every   time.Duration // how often it is worth asking again
	Events  []Event
}

// Event is one day, or one hour of a day. An instant without an end is a point in time.
type Event struct {
	UID     string    // the same for the same thing for ever
	Seq     int       // grows whenever it changed
	Stamp   time.Time // when it changed last
	Day     calendar.Day
	At      time.Time // where Day is ""
	Long    time.Duration
	Summary string
	About   string
	Where   string
	URL     string
	Remind  time.Time // zero: no reminder
	Kind    string    // of thing: CATEGORIES
}

// Text is the calendar as it goes over the wire: lines end with CRLF, and none is longer than 75 octets.
func (c Calendar) Text() string {
	var b strings.Builder
	w := writer{&b}
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", Escape(c.Product))
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", "PUBLISH")
	name := "NAME"
	if c.Lang != "" {
		name += ";LANGUAGE=" + c.Lang
	}
	w.line(name, Escape(c.Name))
	w.line("X-WR-CALNAME", Escape(c.Name)) // the older name that most programs read
	if c.Every > 0 {
		w.line("REFRESH-INTERVAL;VALUE=DURATION", Duration(c.Every))
		w.line("X-PUBLISHED-TTL", Duration(c.Every))
	}
	for _, e := range c.Events {
		w.event(e)
	}
	w.line("END", "VCALENDAR")
	return b.String()
}

type writer struct{ b *strings.Builder }

func (w writer) event(e Event) {
	w.line("BEGIN", "VEVENT")
	w.line("UID", Escape(e.UID))
	w.line("DTSTAMP", utc(e.Stamp))
	w.line("SEQUENCE", strconv.Itoa(e.Seq))
	if e.Day != "" {
		w.line("DTSTART;VALUE=DATE", date(e.Day))
		w.line("DTEND;VALUE=DATE", date(e.Day.Add(1)))
		w.line("TRANSP", "TRANSPARENT") // a last day does not make anybody busy
	} else {
		w.line("DTSTART", utc(e.At))
		if e.Long > 0 {
			w.line("DURATION", Duration(e.Long))
		}
	}
	for _, p := range []struct{ name, value string }{{"SUMMARY", e.Summary}, {"DESCRIPTION", e.About}, {"LOCATION", e.Where}, {"CATEGORIES", e.Kind}} {
		if p.value != "" {
			w.line(p.name, Escape(p.value))
		}
	}
	if e.URL != "" {
		w.line("URL", strings.NewReplacer("\r", "", "\n", "").Replace(e.URL))
	}
	if !e.Remind.IsZero() {
		w.line("BEGIN", "VALARM")
		w.line("ACTION", "DISPLAY")
		w.line("DESCRIPTION", Escape(e.Summary))
		w.line("TRIGGER;VALUE=DATE-TIME", utc(e.Remind))
		w.line("END", "VALARM")
	}
	w.line("END", "VEVENT")
}

// line writes one content line, folded: an octet of a character is never parted from its others.
func (w writer) line(name, value string) {
	const most = 75
	left := most
	for _, r := range name + ":" + value {
		n := utf8.RuneLen(r)
		if n < 0 { // not UTF-8: written as the replacement character
			r, n = utf8.RuneError, 3
		}
		if n > left {
			w.b.WriteString("\r\n ")
			left = most - 1
		}
		w.b.WriteRune(r)
		left -= n
	}
	w.b.WriteString("\r\n")
}

// Escape is text as a value: line ends, commas, semicolons and backslashes are written out, control characters left out.
func Escape(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	return strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\n", "\\n").Replace(text)
}

// Duration is a span in whole minutes: PT1H30M.
func Duration(d time.Duration) string {
	minutes := int(d / time.Minute)
	s := "PT"
	if minutes >= 60 {
		s += strconv.Itoa(minutes/60) + "H"
	}
	if minutes%60 != 0 || minutes == 0 {
		s += strconv.Itoa(minutes%60) + "M"
	}
	return s
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func date(d calendar.Day) string { return strings.ReplaceAll(string(d), "-", "") }
