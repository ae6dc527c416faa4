package reception

import (
	"strings"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/module/reception"
	"jishi/web/look"
)

// week are the names of the days, Monday first, as they stand behind 每 and 第一个.
var week = []string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}

// month are how a day of the week stands in a month.
var month = []string{"每{day}", "每月第一个{day}", "每月第二个{day}", "每月第三个{day}", "每月第四个{day}", "每月最后一个{day}"}

// when is a rule in words, with its hours.
func when(p look.Page, r desk.Reception) string {
	hours := " " + r.Opens + "–" + r.Closes
	if r.Weekday == 0 {
		var days []string
		for _, d := range r.Days {
			if d >= p.Today {
				days = append(days, p.ShortDay(d))
			}
		}
		return strings.Join(days, p.Say("、")) + hours
	}
	return p.Say(month[min(r.Nth, reception.Last)], "day", p.Say(week[r.Weekday-1])) + hours
}

func weekdays(p look.Page) (list []look.Option) {
	for i, name := range week {
		list = append(list, look.Option{Value: string(rune('1' + i)), Title: p.Say(name)})
	}
	return list
}

func often(p look.Page) (list []look.Option) {
	for i, name := range []string{"每周", "每月第一个", "每月第二个", "每月第三个", "每月第四个", "每月最后一个"} {
		list = append(list, look.Option{Value: string(rune('0' + i)), Title: p.Say(name)})
	}
	return list
}

func comings(p look.Page, list []desk.Coming) (options []look.Option) {
	for _, c := range list {
		options = append(options, look.Option{Value: string(c.Day) + " " + c.ID, Title: p.Day(c.Day) + " " + c.From.In(calendar.Zone).Format("15:04") + "–" + c.To.In(calendar.Zone).Format("15:04"), Hint: c.Host + " · " + c.Spot})
	}
	return options
}
