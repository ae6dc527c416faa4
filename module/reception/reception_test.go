package reception_test

import (
	"slices"
	"testing"

	"jishi/base/calendar"
	"jishi/module/reception"
	"jishi/rules"
)

// A weekday that is a holiday is none; a day that was named is held whatever it is.
func TestWhichDays(t *testing.T) {
	cal, err := calendar.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		rule        reception.Reception
		first, last calendar.Day
		want        []calendar.Day
	}{
		{reception.Reception{Weekday: 3}, "2026-09-16", "2026-10-08", []calendar.Day{"2026-09-16", "2026-09-23", "2026-09-30"}}, // 7 October is a holiday
		{reception.Reception{Weekday: 4, Nth: 1}, "2026-11-01", "2026-12-31", []calendar.Day{"2026-11-05", "2026-12-03"}},
		{reception.Reception{Weekday: 5, Nth: reception.Last}, "2026-11-01", "2026-12-31", []calendar.Day{"2026-11-27", "2026-12-25"}},
		{reception.Reception{Weekday: 7}, "2026-11-01", "2026-11-30", nil}, // a Sunday is no working day
		{reception.Reception{Days: []calendar.Day{"2026-11-15", "2026-12-20"}}, "2026-11-20", "2026-12-31", []calendar.Day{"2026-12-20"}},
	} {
		if got := x.rule.Next(cal, x.first, x.last); !slices.Equal(got, x.want) {
			t.Errorf("%+v: %v, want %v", x.rule, got, x.want)
		}
	}
	r := reception.Reception{Opens: "09:00", Closes: "11:30"}
	if long := r.Ends("2026-11-05").Sub(r.Begins("2026-11-05")); long.Minutes() != 150 {
		t.Errorf("it lasts %v", long)
	}
}
