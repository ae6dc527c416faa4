package look

import "jishi/base/calendar"

// A Light is how a clock stands. It is a shape and a word before it is a colour.
type Light string

const (
	OnTime  Light = "ok"
	Soon    Light = "soon"
	Late    Light = "late"
	Stopped Light = "off"
)

// Shape is the light's mark.
func (l Light) Shape() string {
	return map[Light]string{OnTime: "●", Soon: "◐", Late: "■", Stopped: "○"}[l]
}

// Word is the light's Chinese word.
func (l Light) Word() string {
	return map[Light]string{OnTime: "按期", Soon: "将到期", Late: "逾期", Stopped: "已停"}[l]
}

// A Clock is one statutory obligation as a reader meets it.
type Clock struct {
	Title  string
	Light  Light
	Due    calendar.Day // the last day; "" where the law names no number
	Hour   string       // of Due, where the limit ends within it: 17:00
	Left   int          // days to the last day; negative once it is over
	LeftAs string       // in words, where days are too coarse: 还剩 2 小时
	Limit  string       // the statute's own words, 60日
	Cite   string
	NotLaw bool   // our own setting, not law
	How    []Fact // how the last day was computed
	Note   string
}

// A Fact is one line of an explanation.
type Fact struct{ Name, Value string }

// last is the last day, with the hour where the limit ends within it.
func (p Page) last(c Clock) string {
	if c.Hour == "" {
		return p.ShortDay(c.Due)
	}
	return p.ShortDay(c.Due) + " " + c.Hour
}

// Left says how much time there is.
func (p Page) left(c Clock) string {
	switch {
	case c.LeftAs != "":
		return c.LeftAs
	case c.Due == "":
		return p.Say("及时")
	case c.Light == Stopped:
		return p.Say("已停")
	case c.Left > 0:
		return p.Say("还剩 {n} 天", "n", c.Left)
	case c.Left == 0:
		return p.Say("今天到期")
	default:
		return p.Say("逾期 {n} 天", "n", -c.Left)
	}
}

// short is the same for a narrow column.
func (p Page) short(c Clock) string {
	if c.LeftAs != "" || c.Due == "" || c.Light == Stopped || c.Left == 0 {
		return p.left(c)
	}
	if c.Left < 0 {
		return p.Say("逾 {n} 天", "n", -c.Left)
	}
	return p.Say("{n} 天", "n", c.Left)
}
