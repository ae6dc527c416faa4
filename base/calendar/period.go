package calendar

import (
	"fmt"
	"strconv"
	"strings"

	"jishi/base/words"
)

// Unit is what a statute counts in.
type Unit int

const (
	Days         Unit = iota // 日: every day counts, holidays too
	WorkingDays              // 个工作日: only days on which offices work by the published calendar
	Hours                    // 小时: run from the instant, day and night
	WorkingHours             // 个工作小时: run only while the office is open
	Minutes                  // 分钟: run from the instant, day and night
	Months                   // 个月: to the same day number (民法典第二百零二条)
	Years                    // 年: as twelve months each
	SameDay                  // 当日: to the end of the day on which it starts
)

// unitWords are the statute's own words. A longer word stands before any that it ends with.
var unitWords = []struct {
	unit Unit
	word string
}{
	{WorkingHours, "个工作小时"}, {WorkingDays, "个工作日"}, {Months, "个月"},
	{Hours, "小时"}, {Minutes, "分钟"}, {Days, "日"}, {Years, "年"}, {SameDay, "当日"},
}

// String is the unit in the statute's words.
func (u Unit) String() string {
	for _, w := range unitWords {
		if w.unit == u {
			return w.word
		}
	}
	return fmt.Sprintf("Unit(%d)", int(u))
}

// Exact reports whether a limit in the unit ends at an instant: it runs in hours and minutes.
func (u Unit) Exact() bool { return u.exact() }

// exact reports whether the unit runs from an instant and ends at one, so that no day rule touches it.
func (u Unit) exact() bool { return u == Hours || u == Minutes || u == WorkingHours }

// longest keeps a slip of the finger in a rule file ("60000日") from becoming a deadline.
const longest = 9999

// Period is a length of time as a statute writes it. The zero value is no period.
type Period struct {
	N    int
	Unit Unit
}

// ParsePeriod takes the statute's words: "15日" "5个工作日" "当日" "30分钟" "2小时" "1个工作小时" "3个月" "2年".
func ParsePeriod(s string) (Period, error) {
	if s == SameDay.String() {
		return Period{N: 1, Unit: SameDay}, nil
	}
	for _, w := range unitWords {
		digits, ok := strings.CutSuffix(s, w.word)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > longest || strconv.Itoa(n) != digits {
			break
		}
		return Period{N: n, Unit: w.unit}, nil
	}
	return Period{}, fmt.Errorf("calendar: %q is not a period like 15日, 5个工作日, 2小时, 1个工作小时, 30分钟, 3个月 or 2年", s)
}

// IsZero reports whether there is no period at all.
func (p Period) IsZero() bool { return p == Period{} }

// String gives the statute's words back; nothing for no period.
func (p Period) String() string {
	if p.IsZero() {
		return ""
	}
	if p.Unit == SameDay {
		return p.Unit.String()
	}
	return strconv.Itoa(p.N) + p.Unit.String()
}

// Say is the period in the reader's language.
func (p Period) Say(l words.Lang) string {
	if p.IsZero() {
		return ""
	}
	if p.Unit == SameDay {
		return words.Say(l, "当日")
	}
	return words.Say(l, "{n}"+p.Unit.String(), "n", p.N)
}

// MarshalText writes the statute's words, into JSON and YAML alike.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the statute's words, from JSON and YAML alike; the empty text is no period.
func (p *Period) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*p = Period{}
		return nil
	}
	*p, err = ParsePeriod(string(text))
	return err
}
