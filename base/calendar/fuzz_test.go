package calendar_test

import (
	"testing"
	"time"

	"jishi/base/calendar"
)

// FuzzDays: what is written as a day, a minute, a period or office hours is read as what it says or refused; never a crash,
// and what was read is written the same again.
func FuzzDays(f *testing.F) {
	for _, s := range []string{"2026-02-28", "2026-02-30", "0000-00-00", "2026-03-01T09:30", "15日", "60日+", "P3D", "10个工作日", "9:00-12:00 14:00-17:30", "", "-1日", "999999999999日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := calendar.ParseDay(s); err == nil {
			if again := calendar.DayOf(d.Start()); again != d {
				t.Fatalf("%q is read as %s and is %s", s, d, again)
			}
		}
		if at, ok := calendar.ParseMinute(s); ok && at.Year() > 9999 {
			t.Fatalf("%q is %s", s, at.Format(time.RFC3339))
		}
		calendar.ParsePeriod(s)
		calendar.ParseOfficeHours(s)
	})
}
