package calendar

import "time"

// Rule is how one limit is counted.
type Rule struct {
	Period   Period
	Roll     bool        // a last day on a day off moves to the next working day; hours and minutes never roll
	Excluded int         // days that do not count, such as those of a hearing
	Extended int         // days granted
	Office   OfficeHours // for working hours; DefaultOffice when empty
}

// Excluded and Extended are in working days for a limit in working days or working hours, and in plain days
// for every other. They are counted on from the nominal end, never from a rolled one.
func (r Rule) more() int { return r.Excluded + r.Extended }

func (r Rule) office() OfficeHours {
	if len(r.Office) == 0 {
		return DefaultOffice
	}
	return r.Office
}

// Due is the end of a limit.
type Due struct {
	Nominal     Day       // last day by counting alone
	Day         Day       // last day that decides: Rolled where the rule rolls, else Nominal
	At          time.Time // the instant after which it is late: 24:00 of Day, or exact for hours and minutes
	Alarm       Day       // last working day not after Nominal, but not before the start: warn here
	Rolled      Day       // Nominal, or the first working day after it; whether or not it decides
	Provisional bool      // rests on a year whose calendar is not published; to be computed again when it is
}

// Due is where the limit r ends that started at the instant start. The day of start is not counted
// (民法典第二百零一条); hours and minutes run from the instant.
func (c *Calendar) Due(start time.Time, r Rule) Due {
	if r.Period.Unit.exact() {
		return c.dueAt(start, r)
	}
	first := DayOf(start)
	d := Due{Nominal: c.nominal(first, r)}
	d.Rolled = c.next(d.Nominal)
	d.Day = d.Nominal
	if r.Roll {
		d.Day = d.Rolled
	}
	d.At = d.Day.End()
	d.Alarm = max(c.before(d.Nominal), first)
	d.Provisional = !c.known(d.Alarm, d.Day)
	if r.Period.Unit == WorkingDays {
		d.Provisional = !c.known(first.Add(1), d.Nominal)
	}
	return d
}

// nominal is the last day by counting alone.
func (c *Calendar) nominal(first Day, r Rule) Day {
	switch p := r.Period; p.Unit {
	case WorkingDays:
		return c.addWorkdays(first, p.N+r.more())
	case Months:
		return first.AddMonths(p.N).Add(r.more())
	case Years:
		return first.AddMonths(12 * p.N).Add(r.more())
	case SameDay:
		return first.Add(r.more())
	default:
		return first.Add(p.N + r.more())
	}
}

// addWorkdays is the nth working day after d.
func (c *Calendar) addWorkdays(d Day, n int) Day {
	for ; n > 0; n-- {
		d = c.next(d.Add(1))
	}
	return d
}

// dueAt ends at an instant. Hours and minutes run through nights and holidays; working hours only while
// the office is open.
func (c *Calendar) dueAt(start time.Time, r Rule) Due {
	at := start
	switch p := r.Period; p.Unit {
	case Minutes:
		at = start.Add(time.Duration(p.N)*time.Minute + time.Duration(r.more())*24*time.Hour)
	case Hours:
		at = start.Add(time.Duration(p.N+24*r.more()) * time.Hour)
	case WorkingHours:
		office := r.office()
		at = c.openFor(start, time.Duration(p.N)*time.Hour+time.Duration(r.more())*office.perDay(), office)
	}
	// An end at 00:00 is 24:00 of the day before (民法典第二百零三条).
	day := DayOf(at.Add(-1))
	d := Due{Nominal: day, Day: day, At: at, Alarm: day, Rolled: c.next(day)}
	d.Provisional = r.Period.Unit == WorkingHours && !c.known(DayOf(start), day)
	return d
}

// openFor is the instant at which the office has been open for length since start.
func (c *Calendar) openFor(start time.Time, length time.Duration, office OfficeHours) time.Time {
	for day := c.next(DayOf(start)); ; day = c.next(day.Add(1)) {
		for _, o := range office {
			from := day.Start().Add(time.Duration(o.From) * time.Minute)
			to := day.Start().Add(time.Duration(o.To) * time.Minute)
			if from.Before(start) {
				from = start
			}
			if !from.Before(to) {
				continue
			}
			if end := from.Add(length); !end.After(to) {
				return end
			}
			length -= to.Sub(from)
		}
	}
}
