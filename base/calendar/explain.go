package calendar

import (
	"slices"
	"strings"
	"time"

	"jishi/base/words"
)

// Step is one sentence of a computation, for the person who must keep the limit or contests it.
type Step struct {
	Text string // Chinese sentence, the key of the catalogue
	Args []any  // for its {names}
	Cite string // the article it rests on, if one does
}

// Say is the sentence in the reader's language.
func (s Step) Say(l words.Lang) string {
	args := slices.Clone(s.Args)
	for i, a := range args {
		if p, ok := a.(Period); ok {
			args[i] = p.Say(l)
		}
	}
	return words.Say(l, s.Text, args...)
}

// Explain tells step by step how Due comes to its day.
func (c *Calendar) Explain(start time.Time, r Rule) []Step {
	due := c.Due(start, r)
	var steps []Step
	say := func(cite, text string, args ...any) { steps = append(steps, Step{text, args, cite}) }
	if r.Period.Unit.exact() {
		c.explainInstant(start, r, due, say)
	} else {
		c.explainDays(DayOf(start), r, due, say)
	}
	if due.Provisional {
		say("", "所涉年份的放假安排尚未公布，此日期为暂定，公布后重新计算并留下记录。")
	}
	return steps
}

const minutesLayout = "2006-01-02 15:04"

func clockTime(t time.Time) string { return t.In(Zone).Format(minutesLayout) }

func (c *Calendar) explainInstant(start time.Time, r Rule, due Due, say func(cite, text string, args ...any)) {
	if r.Period.Unit == WorkingHours {
		say("", "从{start}起，只计工作日的工作时间（{office}），满{period}为{end}。",
			"start", clockTime(start), "office", r.office().String(), "period", r.Period, "end", clockTime(due.At))
	} else {
		say("民法典第二百零一条", "从{start}起连续计算，夜间和节假日照算，满{period}为{end}。",
			"start", clockTime(start), "period", r.Period, "end", clockTime(due.At))
	}
	if r.more() > 0 {
		say("", "其中已加上不计入或者批准延长的{n}日。", "n", r.more())
	}
}

func (c *Calendar) explainDays(first Day, r Rule, due Due, say func(cite, text string, args ...any)) {
	if r.Period.Unit == SameDay {
		say("民法典第二百零三条", "限当日：最后一日为{day}，截止于当日24时。", "day", due.Day)
		return
	}
	say("民法典第二百零一条", "{start}为起始日，当日不计入，从{first}起算。", "start", first, "first", first.Add(1))
	bare := r
	bare.Excluded, bare.Extended = 0, 0
	end := c.nominal(first, bare)
	if r.Period.Unit == WorkingDays {
		c.explainWorkdays(first, end, r.Period, say)
	} else {
		cite := "民法典第二百条"
		if u := r.Period.Unit; u == Months || u == Years {
			cite = "民法典第二百零二条"
		}
		say(cite, "按公历计算，节假日照算，{period}届满于{end}。", "period", r.Period, "end", end)
	}
	if r.Excluded > 0 {
		bare.Excluded = r.Excluded
		end = c.nominal(first, bare)
		say("", "有{n}日不计入期限，届满日变为{end}。", "n", r.Excluded, "end", end)
	}
	if r.Extended > 0 {
		say("", "经批准延长{n}日，届满日变为{end}。", "n", r.Extended, "end", due.Nominal)
	}
	c.explainRoll(r, due, say)
	say("民法典第二百零三条", "最后一日为{day}，截止于当日24时。", "day", due.Day)
}

func (c *Calendar) explainWorkdays(first, end Day, p Period, say func(cite, text string, args ...any)) {
	var counted, skipped []Day
	for d := first.Add(1); d <= end; d = d.Add(1) {
		if c.Workday(d) {
			counted = append(counted, d)
		} else {
			skipped = append(skipped, d)
		}
	}
	say("", "只计工作日，{period}为：{days}。", "period", p, "days", runs(counted))
	if len(skipped) > 0 {
		say("", "休息日不计：{days}。", "days", runs(skipped))
	}
	for _, d := range counted {
		if weekend(d) {
			say("", "{day}是周末，但按放假安排上班，计为工作日。", "day", d)
		}
	}
}

func (c *Calendar) explainRoll(r Rule, due Due, say func(cite, text string, args ...any)) {
	switch {
	case due.Rolled == due.Nominal:
	case r.Roll:
		say("民法典第二百零三条", "{day}是休息日，顺延到休息日后的第一个工作日{to}。", "day", due.Nominal, "to", due.Rolled)
	default:
		say("", "{day}是休息日，本期限不顺延；此前最后一个工作日是{alarm}。", "day", due.Nominal, "alarm", due.Alarm)
	}
}

// runs writes days in order as "2024-09-29, 2024-09-30, 2024-10-08 – 2024-10-10".
func runs(days []Day) string {
	var parts []string
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1] == days[j].Add(1) {
			j++
		}
		switch {
		case j-i >= 2:
			parts = append(parts, string(days[i])+" – "+string(days[j]))
		case j > i:
			parts = append(parts, string(days[i]), string(days[j]))
		default:
			parts = append(parts, string(days[i]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
