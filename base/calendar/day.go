// Package calendar counts days as the law does: calendar days, working days with their make-up
// days, hours and months, from a published calendar.
package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Zone is the official time of the whole country: a legal day starts and ends by it, wherever the server stands.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Day is a legal day, "2026-01-31". The zero value "" is no day. Days compare as strings do.
type Day string

const layout = "2006-01-02"

// DayOf is the legal day in which the instant t falls.
func DayOf(t time.Time) Day { return Day(t.In(Zone).Format(layout)) }

// ParseDay takes "2026-01-31" and nothing else.
func ParseDay(s string) (Day, error) {
	if _, err := time.ParseInLocation(layout, s, Zone); err != nil {
		return "", fmt.Errorf("calendar: %q is not a day like 2026-01-31", s)
	}
	return Day(s), nil
}

// ParseMinute takes "2026-01-31 14:30", also with a T between, as browsers write it; official time.
func ParseMinute(s string) (time.Time, bool) {
	t, err := time.ParseInLocation(layout+" 15:04", strings.Replace(s, "T", " ", 1), Zone)
	return t, err == nil
}

// Start is the instant at which the day begins, 00:00 official time.
func (d Day) Start() time.Time {
	t, err := time.ParseInLocation(layout, string(d), Zone)
	if err != nil {
		panic(fmt.Sprintf("calendar: %q is not a day", string(d)))
	}
	return t
}

// End is the instant at which the day is over, 24:00 official time.
func (d Day) End() time.Time { return d.Add(1).Start() }

// Add is the day n days later, or earlier when n is negative.
func (d Day) Add(n int) Day { return Day(d.Start().AddDate(0, 0, n).Format(layout)) }

// Sub is the number of days from e to d.
func (d Day) Sub(e Day) int { return int(d.Start().Sub(e.Start()).Hours() / 24) }

// Weekday is Sunday to Saturday.
func (d Day) Weekday() time.Weekday { return d.Start().Weekday() }

// Year is the calendar year.
func (d Day) Year() int { return d.Start().Year() }

// AddMonths is the same day number n months later, or that month's last day where there is none
// (民法典第二百零二条).
func (d Day) AddMonths(n int) Day {
	t := d.Start()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, Zone)
	last := first.AddDate(0, 1, -1).Day()
	return Day(time.Date(first.Year(), first.Month(), min(t.Day(), last), 0, 0, 0, 0, Zone).Format(layout))
}
