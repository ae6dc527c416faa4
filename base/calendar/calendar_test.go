package calendar_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
)

func TestShippedYears(t *testing.T) {
	c := shipped(t)
	for y := 2004; y <= 2026; y++ {
		if !c.Published(y) {
			t.Errorf("%d is not there", y)
		}
	}
	if c.Published(2003) || c.Published(2027) {
		t.Error("2003 and 2027 are not published")
	}
	for _, k := range []struct {
		after, upto calendar.Day
		want        int
	}{
		{"2023-12-31", "2024-12-31", 251},
		{"2024-12-31", "2025-12-31", 248},
		{"2024-12-31", "2024-12-31", 0},
		{"2025-01-10", "2025-01-01", 0},
	} {
		if n := c.WorkdaysBetween(k.after, k.upto); n != k.want {
			t.Errorf("working days after %s to %s: %d, want %d", k.after, k.upto, n, k.want)
		}
	}
}

// The two years of which the notice itself was read, day by day.
func TestNoticesOf2024And2025(t *testing.T) {
	c := shipped(t)
	off := "2024-01-01 2024-02-10 2024-02-11 2024-02-12 2024-02-13 2024-02-14 2024-02-15 2024-02-16 2024-02-17 " +
		"2024-04-04 2024-04-05 2024-04-06 2024-05-01 2024-05-02 2024-05-03 2024-05-04 2024-05-05 2024-06-10 " +
		"2024-09-15 2024-09-16 2024-09-17 2024-10-01 2024-10-02 2024-10-03 2024-10-04 2024-10-05 2024-10-06 2024-10-07 " +
		"2025-01-01 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-02-01 2025-02-02 2025-02-03 2025-02-04 " +
		"2025-04-04 2025-04-05 2025-04-06 2025-05-01 2025-05-02 2025-05-03 2025-05-04 2025-05-05 " +
		"2025-05-31 2025-06-01 2025-06-02 2025-10-01 2025-10-02 2025-10-03 2025-10-04 2025-10-05 2025-10-06 2025-10-07 2025-10-08"
	work := "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12 " +
		"2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11"
	notice := map[calendar.Day]bool{}
	for _, d := range strings.Fields(off) {
		notice[calendar.Day(d)] = false
	}
	for _, d := range strings.Fields(work) {
		notice[calendar.Day(d)] = true
	}
	for d := calendar.Day("2024-01-01"); d <= "2025-12-31"; d = d.Add(1) {
		want, named := notice[d]
		if !named {
			want = d.Weekday() != 0 && d.Weekday() != 6
		}
		if c.Workday(d) != want {
			t.Errorf("%s: working day %v, the notice says %v", d, c.Workday(d), want)
		}
		if named != (c.Name(d) != "") {
			t.Errorf("%s: named %q, in the notice: %v", d, c.Name(d), named)
		}
	}
}

// Days in which the two data packages differ from 2004 on.
func TestDaysThePackagesDisputed(t *testing.T) {
	c := shipped(t)
	for _, d := range []calendar.Day{"2005-12-31", "2013-04-07", "2013-10-12"} {
		if !c.Workday(d) {
			t.Errorf("%s was a make-up working day", d)
		}
	}
}

func TestLocalOverlay(t *testing.T) {
	c := shipped(t)
	eve := calendar.Year{Year: 2024, Overlay: true, Name: "本县除夕放假", Source: "县政府办通知", Off: []calendar.Span{{From: "2024-02-09", Name: "除夕"}}}
	local := c.With(eve)
	if !c.Workday("2024-02-09") || local.Workday("2024-02-09") {
		t.Error("除夕 of 2024 is a working day by the notice, and a day off where the county gives it")
	}
	if local.Workday("2024-02-12") || !local.Workday("2024-02-18") {
		t.Error("an overlay leaves the notice standing")
	}
	due := local.Due(when(t, "2024-02-06"), calendar.Rule{Period: period(t, "5个工作日")})
	if due.Day != "2024-02-20" {
		t.Errorf("due %s, want 2024-02-20", due.Day)
	}
	closing := c.With(calendar.Year{Year: 2027, Overlay: true, Name: "台风停班", Source: "县防指", Off: []calendar.Span{{From: "2027-08-03"}}})
	if closing.Published(2027) {
		t.Error("an overlay does not publish the year")
	}
	defer func() {
		if recover() == nil {
			t.Error("With must not take a year that fails its check")
		}
	}()
	c.With(calendar.Year{Year: 2027})
}

func TestCorrectedNoticeReplacesTheOld(t *testing.T) {
	first := shipped(t).With(calendar.Year{Year: 2027, Source: "通知", Off: []calendar.Span{{From: "2027-01-01"}, {From: "2027-03-03"}}})
	second := first.With(calendar.Year{Year: 2027, Source: "更正通知", Off: []calendar.Span{{From: "2027-01-01"}, {From: "2026-12-31"}}})
	if !second.Workday("2027-03-03") {
		t.Error("what the correction no longer lists is gone")
	}
	if second.Workday("2026-12-31") || !second.Published(2026) || second.Workday("2026-10-01") {
		t.Error("a notice may move the last days of the year before, and only those")
	}
}

const regional = `year: 2025
name: 藏历新年
source: 自治区通知
overlay: true
region: "54"
off:
  - {from: 2025-02-28, name: 藏历新年}
`

func TestRegionalHoliday(t *testing.T) {
	c, err := calendar.Load(fstest.MapFS{
		"2025.yaml":    {Data: []byte("year: 2025\nsource: 通知\noff:\n  - {from: 2025-01-01}\n")},
		"2025-54.yaml": {Data: []byte(regional)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Workday("2025-02-28") || !c.For("330102000000").Workday("2025-02-28") {
		t.Error("elsewhere it is a working day")
	}
	if c.For("540102000000").Workday("2025-02-28") {
		t.Error("in the region it is a day off")
	}
}

func TestBadFilesAreToldAllAtOnce(t *testing.T) {
	_, err := calendar.Load(fstest.MapFS{
		"2001.yaml": {Data: []byte("year: 2001\nsorce: x\noff: []\n")},
		"2002.yaml": {Data: []byte("year: 2002\noff:\n  - {from: 2002-02-30}\n  - {from: 2002-05-07, to: 2002-05-01}\n  - {from: 2003-05-01}\n")},
		"2003.yaml": {Data: []byte("year: 2003\nsource: x\noff:\n  - {from: 2003-05-01}\nwork:\n  - {from: 2003-05-01}\n")},
		"2004.yaml": {Data: []byte("year: 2005\nsource: x\noff:\n  - {from: 2005-05-01}\n")},
		"2006.yaml": {Data: []byte("year: 2006\nsource: x\noverlay: true\n")},
		"2007.yaml": {Data: []byte("year: 2007\nsource: x\nregion: '54'\noff:\n  - {from: 2007-05-01}\n---\nyear: 2008\n")},
	})
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		"2001.yaml", "sorce", "2002.yaml", "2002-02-30", "ends before it starts", "2003-05-01 to 2003-05-01 lies outside",
		"source is missing", "already listed under off", "needs no make-up", "named 2005.yaml", "needs a name", "no day is listed", "one file holds one year",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %q in\n%v", want, err)
		}
	}
	if _, err := calendar.Load(fstest.MapFS{}); err == nil {
		t.Error("an empty folder is not a calendar")
	}
}

func TestPeriodsGoThereAndBack(t *testing.T) {
	for _, s := range []string{"15日", "5个工作日", "30分钟", "2小时", "1个工作小时", "3个月", "2年"} {
		p := period(t, s)
		if p.String() != s {
			t.Errorf("%q came back as %q", s, p)
		}
		var y, j struct {
			Limit calendar.Period `yaml:"limit" json:"limit"`
		}
		if err := yaml.Unmarshal([]byte("limit: "+s), &y); err != nil || y.Limit != p {
			t.Errorf("YAML %q: %v %v", s, y.Limit, err)
		}
		text, err := json.Marshal(y)
		if err != nil || json.Unmarshal(text, &j) != nil || j.Limit != p {
			t.Errorf("JSON %s: %v %v", text, j.Limit, err)
		}
	}
	for _, s := range []string{"", "日", "0日", "-5日", "+5日", "05日", "5", "5天", "5 日", "五日", "5工作日", "60000日", "5个工作日内", "99999999999999999999日"} {
		if p, err := calendar.ParsePeriod(s); err == nil {
			t.Errorf("%q was taken as %v", s, p)
		}
	}
}

func TestOfficeHours(t *testing.T) {
	for _, s := range []string{"", "09:00", "12:00-09:00", "09:00-12:00 11:00-18:00", "09:00-25:00"} {
		if h, err := calendar.ParseOfficeHours(s); err == nil {
			t.Errorf("%q was taken as %v", s, h)
		}
	}
	h, err := calendar.ParseOfficeHours("09:00-12:00 14:00-24:00")
	if err != nil || h.String() != "09:00-12:00 14:00-24:00" {
		t.Errorf("%v %v", h, err)
	}
}
