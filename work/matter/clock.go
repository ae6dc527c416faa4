package matter

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/work/procedure"
)

// clocks works out what an action does to the clocks: it returns each changed clock whole, and which of
// them it stopped too late. m is the matter before the action, with is what was said, flags what it carries.
func (e *Engine) clocks(m *Matter, p *procedure.Procedure, action string, with map[string]string, at time.Time) ([]Clock, []Late, error) {
	var changed []Clock
	var late []Late
	a := p.Actions[action]
	for _, id := range p.ClockIDs() {
		rule := p.Clocks[id]
		was, ran := m.Clock(id)
		now := was
		if ran && was.Running() {
			if slices.Contains(rule.Stops, action) {
				now.Stopped = at.UnixMilli()
				if was.Over(at) && owed(rule) {
					late = append(late, lateness(was, at))
				}
			}
			if a.Extends == id {
				if err := e.extend(&now, p, rule, with, at); err != nil {
					return nil, nil, err
				}
			}
			for _, pause := range rule.Pauses {
				e.pause(&now, rule, pause, action, at)
			}
		}
		if ran && differ(was, now) {
			changed = append(changed, now)
		}
		started, ok, err := e.start(m, p, id, action, with, at)
		if err != nil {
			return nil, nil, err
		}
		if ok && !(ran && now.Running()) {
			changed = append(changed, started)
		}
	}
	return changed, late, nil
}

func differ(a, b Clock) bool { return a != b }

// owed: somebody is late when it passes. A citizen who lets a right lapse is not.
func owed(rule procedure.Clock) bool { return rule.For != "citizen" }

func lateness(c Clock, at time.Time) Late {
	l := Late{Clock: c.ID, Day: c.Day, Days: max(0, calendar.DayOf(at).Sub(c.Day))}
	if c.Exact() {
		l.Minutes = int(at.Sub(time.UnixMilli(c.Due)).Minutes())
	}
	return l
}

// start starts the clock where the action starts it for this matter.
func (e *Engine) start(m *Matter, p *procedure.Procedure, id, action string, with map[string]string, at time.Time) (Clock, bool, error) {
	rule := p.Clocks[id]
	if len(rule.Classes) > 0 && !slices.Contains(rule.Classes, m.Class) ||
		rule.Unless != "" && (with[rule.Unless] == "yes" || m.Fields[rule.Unless] == "yes") ||
		!e.where(m, p, rule.Where) {
		return Clock{}, false, nil
	}
	from, ok := at, false
	for _, s := range rule.Starts {
		if s.On != action {
			continue
		}
		ok = true
		if s.Day != "" {
			// Without the day of receipt the citizen's time does not begin: silence costs them nothing.
			day, err := calendar.ParseDay(with[s.Day])
			if err != nil {
				return Clock{}, false, nil
			}
			from = day.Start()
		}
		for i, flag := range s.Latest {
			if day, err := calendar.ParseDay(m.Flags[flag]); err == nil && (i == 0 || day.Start().After(from)) {
				from = day.Start()
			}
		}
	}
	if !ok {
		return Clock{}, false, nil
	}
	if limit, ran := m.Clock(rule.NotAfter); ran && limit.Day != "" && limit.Day < calendar.DayOf(from) {
		from = limit.Day.Start()
	}
	n := 1
	if was, ran := m.Clock(id); ran {
		n = was.N + 1
	}
	c := Clock{ID: id, N: n, Start: from.UnixMilli(), Limit: rule.Limit}
	answer := or(with[rule.LimitBy], m.Fields[rule.LimitBy])
	if rule.LimitBy == "class" {
		answer = m.Class
	}
	if limit, ok := rule.Limits[answer]; ok {
		c.Limit = limit
	}
	if field, ok := strings.CutPrefix(c.Limit, "field:"); ok {
		c.Limit = or(with[field], m.Fields[field])
	}
	return e.compute(c, rule), true, nil
}

// compute sets the last day from what the clock has counted so far.
func (e *Engine) compute(c Clock, rule procedure.Clock) Clock {
	if day, err := calendar.ParseDay(c.Limit); err == nil { // set case by case, by a day
		c.Nominal, c.Rolled, c.Day, c.Due = day, day, day, day.End().UnixMilli()
		c.Alarm = day
		return c
	}
	if at, ok := calendar.ParseMinute(c.Limit); ok { // or by a day and an hour
		day := calendar.DayOf(at)
		c.Nominal, c.Rolled, c.Day, c.Due, c.Alarm = day, day, day, at.UnixMilli(), day
		return c
	}
	period, err := calendar.ParsePeriod(c.Limit)
	if err != nil { // 及时: the law gives no number, and we do not invent one
		c.Due = Never
		return c
	}
	cal := e.Calendar()
	due := cal.Due(time.UnixMilli(c.Start), calendar.Rule{Period: period, Roll: rule.Rolls, Excluded: c.Excluded, Extended: c.Extended, Office: rule.Office})
	c.Nominal, c.Rolled, c.Day, c.Due = due.Nominal, due.Rolled, due.Day, due.At.UnixMilli()
	c.Alarm, c.Provisional, c.Calendar = due.Alarm, due.Provisional, cal.Version()
	return c
}

// upto is how much a clock may be extended in all. Where the rules say "limit" it is the limit itself, which must be in days.
func upto(rule *procedure.Extend, c Clock) (calendar.Period, error) {
	if rule.Upto != "limit" {
		return calendar.ParsePeriod(rule.Upto)
	}
	period, err := calendar.ParsePeriod(c.Limit)
	if err == nil && period.Unit != calendar.Days && period.Unit != calendar.WorkingDays {
		err = errors.New("not by days")
	}
	return period, err
}

// used says why a clock that was extended as far as the rules let it cannot be extended again; nil while something is left.
func used(p *procedure.Procedure, c Clock) *words.Refusal {
	rule := p.Clocks[c.ID]
	if c.Extended == 0 || rule.Extend == nil {
		return nil
	}
	if rule.Extend.Once {
		return words.Refuse(words.Closed, "extended-already", "{clock}已经延长过一次，不能再延长。", "clock", words.Two{ZH: rule.Title, EN: rule.En}).Under(p.Cite(rule.Cite))
	}
	if most, err := upto(rule.Extend, c); err == nil && c.Extended >= most.N {
		return words.Refuse(words.Closed, "extension-used", "延长累计不得超过{most}{unit}，已经用完。", "most", most.N, "unit", unit(most)).
			Under(p.Cite(rule.Cite)).Try("请在{day}以前办结。").With("day", string(c.Day))
	}
	return nil
}

func unit(p calendar.Period) words.Two {
	if p.Unit == calendar.WorkingDays {
		return words.Two{ZH: "个工作日", EN: "working days"}
	}
	return words.Two{ZH: "日", EN: "days"}
}

func (e *Engine) extend(c *Clock, p *procedure.Procedure, rule procedure.Clock, with map[string]string, at time.Time) error {
	if c.Over(at) {
		return words.Refuse(words.Closed, "limit-passed", "{clock}已于{day}届满，期满后不能再延长。",
			"clock", words.Two{ZH: rule.Title, EN: rule.En}, "day", string(c.Day)).Under(p.Cite(rule.Cite)).Try("请尽快办结；逾期会如实记录。")
	}
	if why := used(p, *c); why != nil {
		return why
	}
	most, err := upto(rule.Extend, *c)
	if err != nil {
		return words.Refuse(words.Closed, "not-by-days", "{clock}是{limit}，不能按天延长。", "clock", words.Two{ZH: rule.Title, EN: rule.En}, "limit", c.Limit).Under(p.Cite(rule.Cite))
	}
	days, err := strconv.Atoi(with["days"])
	if err != nil || days < 1 {
		return words.Refuse(words.Invalid, "days", "延长的天数要写成大于零的整数。").At("days", "写一个整数，例如 30。")
	}
	if c.Extended+days > most.N {
		return words.Refuse(words.Closed, "extension-used", "延长累计不得超过{most}{unit}，已经延长{had}{unit}，这次要延长{days}{unit}。",
			"most", most.N, "had", c.Extended, "days", days, "unit", unit(most)).Under(p.Cite(rule.Cite)).
			Try("可以延长的还有{left}{unit}。").With("left", most.N-c.Extended)
	}
	c.Extended += days
	*c = e.compute(*c, rule)
	return nil
}

// pause takes the stretch between two actions out of the count, its first and last day included.
func (e *Engine) pause(c *Clock, rule procedure.Clock, pause procedure.Pause, action string, at time.Time) {
	day := calendar.DayOf(at)
	switch {
	case action == pause.From && c.Paused == "":
		c.Paused = day
	case action == pause.To && c.Paused != "":
		c.Excluded += day.Sub(c.Paused) + 1
		c.Paused = ""
		*c = e.compute(*c, rule)
	}
}

// where reports whether the condition on a relation's body, or on a flag, holds.
func (e *Engine) where(m *Matter, p *procedure.Procedure, w *procedure.Where) bool {
	if w == nil {
		return true
	}
	if w.Flag != "" && m.Flags[w.Flag] == "" || w.NoFlag != "" && m.Flags[w.NoFlag] != "" {
		return false
	}
	if w.Relation == "" {
		return true
	}
	o, _ := e.Offices.Tree().Get(m.Org(w.Relation))
	kind := string(o.Kind)
	return (len(w.Kinds) == 0 || slices.Contains(w.Kinds, kind)) && !slices.Contains(w.Not, kind)
}
