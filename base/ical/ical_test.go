package ical_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/ical"
)

// unfold joins the lines as a reader of RFC 5545 does.
func unfold(text string) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n")
}

func text() string {
	return ical.Calendar{Name: "清河县, 日程; 甲\\乙", Product: "-//Jishi//Test//EN", Lang: "zh-CN", Every: 90 * time.Minute, Events: []ical.Event{
		{UID: "a@jishi", Seq: 3, Stamp: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), Day: "2026-12-31", Summary: strings.Repeat("答复期限", 40),
			About: "第一行\n第二行，有逗号,分号;反斜杠\\\x00\x1b", Remind: time.Date(2026, 12, 30, 1, 0, 0, 0, time.UTC)},
		{UID: "b@jishi", Stamp: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), At: time.Date(2026, 3, 5, 14, 30, 0, 0, calendar.Zone), Long: time.Hour,
			Summary: "听证", Where: "县信访局三楼", URL: "https://example.org/m/1\r\nX-EVIL:1", Kind: "到场"},
	}}.Text()
}

func TestLinesAreFoldedAtOctetsAndNeverInsideACharacter(t *testing.T) {
	whole := text()
	if strings.Contains(strings.ReplaceAll(whole, "\r\n", ""), "\n") || !strings.HasSuffix(whole, "END:VCALENDAR\r\n") {
		t.Error("a line does not end with CRLF")
	}
	for line := range strings.SplitSeq(whole, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("a line of %d octets, or half a character: %q", len(line), line)
		}
	}
	for _, want := range []string{
		"SUMMARY:" + strings.Repeat("答复期限", 40),
		"NAME;LANGUAGE=zh-CN:清河县\\, 日程\\; 甲\\\\乙",
		`DESCRIPTION:第一行\n第二行，有逗号\,分号\;反斜杠\\`,
		"DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "TRIGGER;VALUE=DATE-TIME:20261230T010000Z",
		"DTSTART:20260305T063000Z", "DURATION:PT1H", "REFRESH-INTERVAL;VALUE=DURATION:PT1H30M", "SEQUENCE:3", "LOCATION:县信访局三楼",
	} {
		found := false
		for _, line := range unfold(whole) {
			found = found || line == want
		}
		if !found {
			t.Errorf("no line %q", want)
		}
	}
}

func TestNothingInAValueBecomesALine(t *testing.T) {
	begun := 0
	for _, line := range unfold(text()) {
		if strings.HasPrefix(line, "X-EVIL") {
			t.Error("an address smuggled a line in")
		}
		if line == "BEGIN:VEVENT" {
			begun++
		}
	}
	if begun != 2 {
		t.Errorf("%d events, want 2", begun)
	}
	odd := ical.Calendar{Name: "a\r\nBEGIN:VEVENT\xff", Product: "x"}.Text()
	if strings.Contains(odd, "\r\nBEGIN:VEVENT") || !utf8.ValidString(odd) {
		t.Errorf("a name became a line, or bytes that are no text: %q", odd)
	}
}
