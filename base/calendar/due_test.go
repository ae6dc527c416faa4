package calendar_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
)

// shipped is the calendar that the program ships.
func shipped(t *testing.T) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Load(os.DirFS("../../rules"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// when takes "2024-09-20" (ten in the morning) or "2024-09-20 16:00", official time.
func when(t *testing.T, s string) time.Time {
	t.Helper()
	if len(s) == len("2006-01-02") {
		s += " 10:00"
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func period(t *testing.T, s string) calendar.Period {
	t.Helper()
	p, err := calendar.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The worked cases of the law file: N nominal, R rolled, day the one that decides.
func TestWorkedCases(t *testing.T) {
	c := shipped(t)
	for _, k := range []struct {
		id, start, limit      string
		roll                  bool
		excluded, extended    int
		nominal, rolled, want calendar.Day
		alarm                 calendar.Day
	}{
		{id: "XF-01 L1", start: "2024-09-20", limit: "15日", nominal: "2024-10-05", rolled: "2024-10-08", want: "2024-10-05", alarm: "2024-09-30"},
		{id: "XF-02a L4", start: "2024-09-27", limit: "5个工作日", nominal: "2024-10-10", want: "2024-10-10"},
		{id: "XF-02b L4", start: "2024-02-06", limit: "5个工作日", nominal: "2024-02-19", want: "2024-02-19"},
		{id: "XF-02c L4", start: "2025-01-24", limit: "5个工作日", nominal: "2025-02-07", want: "2025-02-07"},
		{id: "XF-03 L2", start: "2025-04-18", limit: "15日", nominal: "2025-05-03", rolled: "2025-05-06", want: "2025-05-03", alarm: "2025-04-30"},
		{id: "XF-04 L6", start: "2025-03-03", limit: "60日", nominal: "2025-05-02", rolled: "2025-05-06", want: "2025-05-02", alarm: "2025-04-30"},
		{id: "XF-04 L6 extended", start: "2025-03-03", limit: "60日", extended: 30, nominal: "2025-06-01", rolled: "2025-06-03", want: "2025-06-01", alarm: "2025-05-30"},
		{id: "XF-05 L7", start: "2024-12-05", limit: "30日", roll: true, nominal: "2025-01-04", rolled: "2025-01-06", want: "2025-01-06", alarm: "2025-01-03"},
		{id: "XF-05 L8", start: "2025-01-06", limit: "30日", nominal: "2025-02-05", rolled: "2025-02-05", want: "2025-02-05", alarm: "2025-02-05"},
		{id: "XF-06 L10 bare", start: "2025-02-20", limit: "30日", nominal: "2025-03-22", rolled: "2025-03-24", want: "2025-03-22"},
		{id: "XF-06 L10 hearing", start: "2025-02-20", limit: "30日", excluded: 8, nominal: "2025-03-30", rolled: "2025-03-31", want: "2025-03-30", alarm: "2025-03-28"},
		{id: "XF-07 L6", start: "2024-06-03", limit: "60日", nominal: "2024-08-02", rolled: "2024-08-02", want: "2024-08-02"},
		{id: "XFS-01 SH2", start: "2024-04-29", limit: "3个工作日", nominal: "2024-05-07", want: "2024-05-07"},
		{id: "XFS-01 SH3", start: "2024-05-07", limit: "10个工作日", nominal: "2024-05-20", want: "2024-05-20"},
		{id: "JY-01 M1", start: "2025-04-21", limit: "15日", nominal: "2025-05-06", rolled: "2025-05-06", want: "2025-05-06"},
		{id: "JY-02 M1", start: "2024-12-20", limit: "15日", nominal: "2025-01-04", rolled: "2025-01-06", want: "2025-01-04", alarm: "2025-01-03"},
		{id: "JY-03 M2", start: "2025-09-15", limit: "30日", nominal: "2025-10-15", want: "2025-10-15"},
		{id: "JY-07 SH2", start: "2025-09-26", limit: "3个工作日", nominal: "2025-09-30", want: "2025-09-30"},
		{id: "JY-07 SH3", start: "2025-09-30", limit: "10个工作日", nominal: "2025-10-21", want: "2025-10-21"},
		{id: "CS-03 K3", start: "2024-09-30 16:00", limit: "3个工作日", nominal: "2024-10-10", want: "2024-10-10"},
		{id: "CS-04 K3", start: "2025-01-24", limit: "5个工作日", nominal: "2025-02-07", want: "2025-02-07"},
		{id: "CS-06 K4", start: "2025-09-24", limit: "10个工作日", nominal: "2025-10-14", want: "2025-10-14"},
		{id: "JS-03 P1c", start: "2024-09-29", limit: "7日", nominal: "2024-10-06", rolled: "2024-10-08", want: "2024-10-06"},
		{id: "JS-04 P1d", start: "2025-01-20", limit: "15日", nominal: "2025-02-04", rolled: "2025-02-05", want: "2025-02-04"},
		{id: "JS-10 PJ", start: "2024-04-26", limit: "5个工作日", nominal: "2024-05-07", want: "2024-05-07"},
		{id: "TJ-01 V2", start: "2024-09-03", limit: "30日", roll: true, nominal: "2024-10-03", rolled: "2024-10-08", want: "2024-10-08"},
		{id: "TJ-06 V1", start: "2024-01-31", limit: "1个月", nominal: "2024-02-29", want: "2024-02-29"},
		{id: "TJ-07 MSJ 372", start: "2024-08-31", limit: "6个月", roll: true, nominal: "2025-02-28", rolled: "2025-02-28", want: "2025-02-28"},
		{id: "TJ-07 QR 10", start: "2024-08-31", limit: "1年", roll: true, nominal: "2025-08-31", rolled: "2025-09-01", want: "2025-09-01"},
		{id: "TJ-09 V1", start: "2025-09-05", limit: "30日", nominal: "2025-10-05", rolled: "2025-10-09", want: "2025-10-05"},
	} {
		t.Run(k.id, func(t *testing.T) {
			due := c.Due(when(t, k.start), calendar.Rule{Period: period(t, k.limit), Roll: k.roll, Excluded: k.excluded, Extended: k.extended})
			if due.Nominal != k.nominal || due.Day != k.want {
				t.Errorf("nominal %s, day %s; want %s, %s", due.Nominal, due.Day, k.nominal, k.want)
			}
			if k.rolled != "" && due.Rolled != k.rolled {
				t.Errorf("rolled %s, want %s", due.Rolled, k.rolled)
			}
			if k.alarm != "" && due.Alarm != k.alarm {
				t.Errorf("alarm %s, want %s", due.Alarm, k.alarm)
			}
			if !due.At.Equal(k.want.End()) {
				t.Errorf("late after %s, want 24:00 of %s", due.At, k.want)
			}
			if due.Provisional {
				t.Error("provisional, though every year is published")
			}
		})
	}
}

// CS-01, CS-03, CS-05, JS-01, JS-02: what runs by the hour.
func TestHoursRunFromTheInstant(t *testing.T) {
	c := shipped(t)
	office, err := calendar.ParseOfficeHours("09:00-12:00 14:00-18:00")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ id, start, limit, want string }{
		{"CS-01 K3", "2024-07-31 23:50", "30分钟", "2024-08-01 00:20"},
		{"CS-03 K1", "2024-09-30 16:00", "1小时", "2024-09-30 17:00"},
		{"CS-03 K2", "2024-09-30 16:00", "24小时", "2024-10-01 16:00"},
		{"CS-05", "2025-05-09 17:30", "1个工作小时", "2025-05-12 09:30"},
		{"JS-01", "2024-05-01 23:10", "2小时", "2024-05-02 01:10"},
		{"JS-02", "2025-01-28 22:15", "24小时", "2025-01-29 22:15"},
		{"over lunch", "2025-05-09 11:30", "1个工作小时", "2025-05-09 14:30"},
		{"to closing time", "2025-05-09 17:00", "1个工作小时", "2025-05-09 18:00"},
		{"in a holiday", "2025-10-03 10:00", "1个工作小时", "2025-10-09 10:00"},
	} {
		t.Run(k.id, func(t *testing.T) {
			// A limit of hours ends at its instant even where the rule would roll a day.
			due := c.Due(when(t, k.start), calendar.Rule{Period: period(t, k.limit), Office: office, Roll: true})
			if !due.At.Equal(when(t, k.want)) {
				t.Errorf("late after %s, want %s", due.At.In(calendar.Zone), k.want)
			}
			if due.Day != calendar.DayOf(when(t, k.want)) {
				t.Errorf("day %s", due.Day)
			}
		})
	}
	midnight := c.Due(when(t, "2025-05-09 23:00"), calendar.Rule{Period: period(t, "1小时")})
	if midnight.Day != "2025-05-09" {
		t.Errorf("an end at 24:00 belongs to the day before, got %s", midnight.Day)
	}
}

func TestStartIsTakenByOfficialTime(t *testing.T) {
	// 2024-09-19 23:00 UTC is already the 20th in the country.
	due := shipped(t).Due(time.Date(2024, 9, 19, 23, 0, 0, 0, time.UTC), calendar.Rule{Period: period(t, "15日")})
	if due.Nominal != "2024-10-05" {
		t.Errorf("nominal %s, want 2024-10-05", due.Nominal)
	}
}

func TestAlarmIsNeverBeforeTheStart(t *testing.T) {
	due := shipped(t).Due(when(t, "2024-10-02"), calendar.Rule{Period: period(t, "3日")})
	if due.Alarm != "2024-10-02" {
		t.Errorf("alarm %s, want the day of start", due.Alarm)
	}
}

// A limit that reaches into a year without a notice is provisional, and another day once it has one.
func TestProvisionalUntilTheNoticeIsOut(t *testing.T) {
	c := shipped(t)
	five := calendar.Rule{Period: period(t, "5个工作日")}
	before := c.Due(when(t, "2026-12-28"), five)
	if !before.Provisional || before.Nominal != "2027-01-04" {
		t.Errorf("got %+v, want provisional 2027-01-04", before)
	}
	newer := c.With(calendar.Year{Year: 2027, Source: "通知",
		Off: []calendar.Span{{From: "2027-01-01", To: "2027-01-04", Name: "元旦"}}})
	after := newer.Due(when(t, "2026-12-28"), five)
	if after.Provisional || after.Nominal != "2027-01-06" {
		t.Errorf("got %+v, want settled 2027-01-06 (12-29, 30, 31, 01-05, 06)", after)
	}
	if c.Version() == newer.Version() {
		t.Error("the version must change with the data")
	}
	if c.Published(2027) || !newer.Published(2027) {
		t.Error("With must leave the calendar it is asked of as it was")
	}

	sixty := calendar.Rule{Period: period(t, "60日")}
	if due := c.Due(when(t, "2026-11-20"), sixty); !due.Provisional {
		t.Errorf("%+v: roll and alarm rest on an unpublished year", due)
	}
	if due := c.Due(when(t, "2026-10-20"), sixty); due.Provisional {
		t.Errorf("%+v: all of it lies in 2026", due)
	}
	if due := c.Due(when(t, "2027-03-01 08:00"), calendar.Rule{Period: period(t, "30分钟")}); due.Provisional {
		t.Error("minutes need no calendar")
	}
	roll := calendar.Rule{Period: period(t, "30日"), Roll: true}
	if due := c.Due(when(t, "2026-12-03"), roll); !due.Provisional || due.Nominal != "2027-01-02" {
		t.Errorf("%+v: where it rolls to is not known", due)
	}
}

// The alarm, too, rests on a calendar: before 2004 none is known.
func TestAlarmInAnUnknownYearIsProvisional(t *testing.T) {
	due := shipped(t).Due(when(t, "2003-12-22"), calendar.Rule{Period: period(t, "10日")})
	if due.Nominal != "2004-01-01" || due.Alarm != "2003-12-31" || !due.Provisional {
		t.Errorf("%+v", due)
	}
}

func TestWorkingDaysGrantedAreWorkingDays(t *testing.T) {
	due := shipped(t).Due(when(t, "2024-09-27"), calendar.Rule{Period: period(t, "5个工作日"), Excluded: 1, Extended: 2})
	if due.Day != "2024-10-14" { // 10-11, 10-12 (Saturday, make-up), 10-14
		t.Errorf("due %s, want 2024-10-14", due.Day)
	}
}

// From every day of two years: what must hold whatever the holidays are.
func TestEveryStartingDay(t *testing.T) {
	c := shipped(t)
	five, fifteen := calendar.Rule{Period: period(t, "5个工作日")}, calendar.Rule{Period: period(t, "15日"), Roll: true}
	for d := calendar.Day("2024-01-01"); d <= "2025-12-31"; d = d.Add(1) {
		start := d.Start().Add(9 * time.Hour)
		w := c.Due(start, five)
		if n := c.WorkdaysBetween(d, w.Day); n != 5 || !c.Workday(w.Day) || w.Rolled != w.Day || w.Alarm != w.Day {
			t.Errorf("from %s: %+v holds %d working days", d, w, n)
		}
		k := c.Due(start, fifteen)
		if k.Nominal.Sub(d) != 15 || k.Day < k.Nominal || !c.Workday(k.Day) || c.WorkdaysBetween(k.Nominal.Add(-1), k.Day) != 1 {
			t.Errorf("from %s: %+v", d, k)
		}
		if k.Alarm > k.Nominal || k.Alarm < d || c.WorkdaysBetween(k.Alarm, k.Nominal) != 0 {
			t.Errorf("from %s: alarm %s of %s", d, k.Alarm, k.Nominal)
		}
	}
}

func TestExplainedForPeople(t *testing.T) {
	c := shipped(t)
	for _, k := range []struct {
		start string
		rule  calendar.Rule
		want  []string
	}{
		{"2024-02-06", calendar.Rule{Period: period(t, "5个工作日")}, []string{
			"2024-02-06为起始日", "2024-02-07 – 2024-02-09, 2024-02-18, 2024-02-19", "休息日不计：2024-02-10 – 2024-02-17", "2024-02-18是周末，但"}},
		{"2025-03-03", calendar.Rule{Period: period(t, "60日"), Extended: 30}, []string{
			"60日届满于2025-05-02", "延长30日，届满日变为2025-06-01", "本期限不顺延；此前最后一个工作日是2025-05-30"}},
		{"2024-12-05", calendar.Rule{Period: period(t, "30日"), Roll: true}, []string{"顺延到休息日后的第一个工作日2025-01-06", "最后一日为2025-01-06"}},
		{"2025-02-20", calendar.Rule{Period: period(t, "30日"), Excluded: 8}, []string{"有8日不计入期限，届满日变为2025-03-30"}},
		{"2026-12-28", calendar.Rule{Period: period(t, "5个工作日")}, []string{"暂定"}},
		{"2024-09-30 16:00", calendar.Rule{Period: period(t, "24小时"), Extended: 1}, []string{"满24小时为2024-10-02 16:00", "1日"}},
		{"2025-05-09 17:30", calendar.Rule{Period: period(t, "1个工作小时")}, []string{"09:00-12:00 14:00-18:00", "2025-05-12 09:30"}},
	} {
		var zh strings.Builder
		for _, step := range c.Explain(when(t, k.start), k.rule) {
			zh.WriteString(step.Say(words.ZH) + "\n")
			if !words.Known(step.Text) {
				t.Errorf("no English for %q", step.Text)
			}
			if en := step.Say(words.EN); strings.ContainsAny(en, "日时期{") {
				t.Errorf("half English: %q", en)
			}
		}
		for _, want := range k.want {
			if !strings.Contains(zh.String(), want) {
				t.Errorf("from %s %s: want %q in\n%s", k.start, k.rule.Period, want, zh.String())
			}
		}
	}
}
