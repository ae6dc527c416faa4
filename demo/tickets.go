package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Ticket is one telephone call and what became of it.
type Ticket struct {
	ID       string `yaml:"id"`
	Ago      int    `yaml:"ago"`  // hours before the demonstration
	Took     int    `yaml:"took"` // hours until it was told to be done; 0 where its steps lie evenly until now
	At       string `yaml:"at"`   // as in Petition
	Class    string `yaml:"class"`
	Title    string `yaml:"title"`
	What     string `yaml:"what"`
	Category string `yaml:"category"` // of the catalogue, where a profile has one
	Unit     string `yaml:"unit"`     // a body, or "town"
	To       string `yaml:"to"`       // where it goes when an objection is upheld
	Ruler    string `yaml:"ruler"`
	Target   string `yaml:"target"` // the body asked for help
	Targets  string `yaml:"targets"`
	Wants    string `yaml:"wants"`
	Urgency  string `yaml:"urgency"`
	Days     int    `yaml:"days"` // by which it is extended
	Reason   string `yaml:"reason"`
	Result   string `yaml:"result"`
	Answer   string `yaml:"answer"`
	Channel  string `yaml:"channel"` // where the caller is told to turn
	Solved   string `yaml:"solved"`
	Content  string `yaml:"satisfied"`
	Join     string `yaml:"join"` // the ticket that this one is joined to
	Same     string `yaml:"same"` // the ticket that it asks about again
	Reported string `yaml:"reported"`
	Go       string `yaml:"go"` // the steps, by name
}

// usual fills in what a ticket leaves out because most have it.
func (t Ticket) usual(n int) Ticket {
	t.ID, t.Class, t.Urgency = cmp.Or(t.ID, fmt.Sprint("call-", n)), cmp.Or(t.Class, "complaint"), cmp.Or(t.Urgency, "ordinary")
	return t
}

// rest is how long after the step before the named one comes: the caller is rung up the same day, and again two days
// after the work was done.
func (c *call) rest(do string, steps int) time.Duration {
	took := time.Duration(c.Took) * time.Hour
	switch {
	case c.Took == 0:
		return time.Duration(c.Ago) * time.Hour / time.Duration(steps+2)
	case do == "contact":
		return took / 8
	case do == "feed-back":
		return took - took/8
	case do == "call-back":
		return 40 * time.Hour
	}
	return 4 * time.Hour
}

const (
	hotline   = "county-hotline"
	callTaker = hotline + "-taker"
)

// call is a ticket in the making.
type call struct {
	Ticket
	n        int
	id, code string
	number   string
	place    string
	town     int
}

// calls plans the telephone calls: each step an hour or more after the one before, the last one before now.
func (f *filler) calls() []due {
	if _, ok := f.d.Offices.Tree().Get(hotline); !ok {
		return nil
	}
	var agenda []due
	f.tickets = map[string]*call{}
	for n, t := range f.c.Tickets {
		t = t.usual(n)
		c := &call{Ticket: t, n: n}
		c.town, c.place = f.land.place(t.At)
		f.tickets[t.ID] = c
		at := f.now.Add(-time.Duration(t.Ago) * time.Hour).Truncate(time.Minute)
		agenda = append(agenda, due{at, 2_000_000 + n, 0, func(ctx context.Context) error { return f.take(ctx, c) }})
		steps := strings.Fields(t.Go)
		for i, do := range steps {
			if i == 0 { // the one who takes the call acts at once
				at = at.Add(4 * time.Minute)
			} else {
				at = at.Add(c.rest(do, len(steps)))
			}
			agenda = append(agenda, due{at, 2_000_000 + n, i + 1, func(ctx context.Context) error { return f.move(ctx, c, do) }})
		}
	}
	return agenda
}

// take records the call.
func (f *filler) take(ctx context.Context, c *call) error {
	who, err := f.officer(ctx, callTaker)
	if err != nil {
		return err
	}
	with := w{"title": c.Title, "what": c.What, "place": c.place}
	if c.Category != "" && f.listed(c.Category) {
		with["category"] = c.Category
	}
	filing := desk.Filing{Token: "demo-call-" + c.ID, Class: c.Class, With: with, Who: Citizen(3000+c.n, "")}
	if c.Reported != "" {
		filing.Reported = []string{c.Reported}
	}
	done, err := f.d.Answer(ctx, who, desk.Call{Filing: filing})
	if err != nil {
		return fmt.Errorf("ticket %s: %w", c.ID, err)
	}
	c.id, c.number, c.code = done.ID, done.Number, done.Code
	return nil
}

// listed reports whether the catalogue of the profile in force has the subject.
func (f *filler) listed(category string) bool {
	p, err := f.d.Book.Procedure("hotline", calendar.DayOf(f.clock), f.d.Profile)
	if err != nil {
		return false
	}
	_, ok := p.Fields["category"].Options[category]
	return ok
}

// move takes one later step.
func (f *filler) move(ctx context.Context, c *call, do string) error {
	m, err := f.d.Matters.Load(ctx, f.d.DB, c.id)
	if err != nil {
		return err
	}
	if clock, ran := m.Clock("respond"); do == "extend" && (!ran || clock.Day == "") {
		return nil // where the place sets no number there is nothing to extend
	}
	who, err := f.mover(ctx, c, m, do)
	if err != nil {
		return err
	}
	if err := f.press(ctx, who, c.id, do, c.says(f, do)); err != nil {
		return fmt.Errorf("ticket %s, %s: %w", c.ID, do, err)
	}
	return nil
}

// mover is whose step it is.
func (f *filler) mover(ctx context.Context, c *call, m *matter.Matter, do string) (actor.Actor, error) {
	switch {
	case do == "rate":
		return f.d.Enter(ctx, c.number, c.code, "", "zh-CN")
	case do == "extend":
		return f.officer(ctx, m.Org("unit")+"-head")
	case slices.Contains([]string{"contact", "object", "report-up", "limit", "feed-back", "whistle"}, do):
		return f.handler(ctx, m.Org("unit"))
	}
	return f.officer(ctx, callTaker)
}

// says is what is written at the step.
func (c *call) says(f *filler, do string) w {
	unit := c.Unit
	if unit == "town" {
		unit = fmt.Sprintf("town-%d", c.town+1)
	}
	return map[string]w{
		"dispatch": {"target": unit, "urgency": c.Urgency}, "dispatch-street": {"target": unit, "urgency": c.Urgency},
		"answer": {"answer": c.Answer}, "to-emergency": {"channel_to": c.Channel}, "to-legal": {"channel_to": c.Channel},
		"tell-progress": {"linked": f.numberOf(c.Same), "same-facts": "yes", "answer": c.Answer}, "explain": {"reason": c.Reason},
		"other-channel": {"channel_to": c.Channel, "reason": c.Reason}, "admonish": {"reason": c.Reason}, "join": {"linked": f.numberOf(c.Join)},
		"object": {"reason": c.Reason}, "refer-objection": {"target": c.Ruler}, "uphold-objection": {"target": c.To, "reason": "经核对职责，异议成立，改派。"},
		"reject-objection": {"reason": "线路运力由交通部门监管，请先行联系诉求人。"}, "contact": {"record": "已与诉求人通话，核实了地点和经过，约定当天到现场。"},
		"extend": {"days": strconv.Itoa(c.Days), "reason": c.Reason, "told_citizen": "yes", "told_hotline": "yes"}, "report-up": {"target": c.Target, "reason": c.Reason},
		"limit":     {"reason": c.Reason, "review_on": string(calendar.DayOf(f.clock).Add(60)), "told_citizen": "yes"},
		"feed-back": {"result": c.Result, "told_citizen": "yes", "told_hotline": "yes"}, "rate": {"solved": c.Solved, "satisfied": c.Content},
		"call-back": {"asked_how": "call", "solved": c.Solved, "satisfied": c.Content}, "return": {"reason": c.Reason}, "close": {},
		"to-petition": {"bureau": "county-petition"}, "to-sealed": {"bureau": "county-petition"},
		"whistle": {"place": c.place, "targets": c.Targets, "wants": c.Wants},
	}[do]
}

func (f *filler) numberOf(ticket string) string {
	if c := f.tickets[ticket]; c != nil {
		return c.number
	}
	return ""
}
