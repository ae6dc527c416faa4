package look

import (
	"fmt"
	"strconv"
	"time"

	"jishi/base/calendar"
)

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

func at(d calendar.Day) time.Time { return d.Start().In(calendar.Zone) }

// Day spells a legal day out: 2026年12月10日（周四）, or Thursday 10 December 2026.
func (p Page) Day(d calendar.Day) string {
	if d == "" {
		return "—"
	}
	t := at(d)
	if p.En() {
		return t.Format("Monday 2 January 2006")
	}
	return fmt.Sprintf("%d年%d月%d日（%s）", t.Year(), t.Month(), t.Day(), weekdays[t.Weekday()])
}

// ShortDay is 12月10日 周四, with the year where it is not this one.
func (p Page) ShortDay(d calendar.Day) string {
	if d == "" {
		return "—"
	}
	t := at(d)
	other := p.Today != "" && d.Year() != p.Today.Year()
	if p.En() {
		if other {
			return t.Format("Mon 2 Jan 2006")
		}
		return t.Format("Mon 2 Jan")
	}
	s := fmt.Sprintf("%d月%d日 %s", t.Month(), t.Day(), weekdays[t.Weekday()])
	if other {
		s = strconv.Itoa(t.Year()) + "年" + s
	}
	return s
}

// Away says how far a day is from today: 还有 3 天, 今天, 3 天前.
func (p Page) Away(d calendar.Day) string {
	if d == "" || p.Today == "" {
		return ""
	}
	switch n := d.Sub(p.Today); {
	case n == 0:
		return p.Say("今天")
	case n == 1:
		return p.Say("明天")
	case n == -1:
		return p.Say("昨天")
	case n > 0:
		return p.Say("还有 {n} 天", "n", n)
	default:
		return p.Say("{n} 天前", "n", -n)
	}
}

// DayAway is the day in full and how far away it is.
func (p Page) DayAway(d calendar.Day) string {
	if d == "" {
		return "—"
	}
	if p.En() {
		return p.Day(d) + " (" + p.Away(d) + ")"
	}
	return p.Day(d) + "，" + p.Away(d)
}

// Moment is the day and the minute of an instant in official time.
func (p Page) Moment(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	t = t.In(calendar.Zone)
	return p.ShortDay(calendar.DayOf(t)) + " " + t.Format("15:04")
}
