package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/ical"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Meeting is when people come together over a matter: a hearing, a session.
type Meeting struct {
	Field, Title, En string
	At               time.Time
	Spot             string
}

// meetings are those that the matter names, in the order of the rules.
func meetings(p *procedure.Procedure, m *matter.Matter) []Meeting {
	var list []Meeting
	for _, name := range p.Meetings() {
		f := p.Fields[name]
		if at, ok := calendar.ParseMinute(m.Fields[name]); ok {
			list = append(list, Meeting{Field: name, Title: f.Title, En: f.En, At: at, Spot: m.Fields[f.Meets]})
		}
	}
	return list
}

// What a calendar holds at most, and how long a meeting that is over stays in it.
const (
	mostInCalendar = 500
	keptMeetings   = 30 * 24 * time.Hour
)

// CalendarFeed is the calendar behind a secret address, as text of RFC 5545: last days and meetings of what its owner
// may see at this moment. Of a sealed matter, and of one that only its parties know, it holds the number and the time
// and nothing else: calendars are copied to telephones and to other people's servers. site is the office's name,
// origin the address of its pages.
func (d *Desk) CalendarFeed(ctx context.Context, secret, site, origin string) (string, error) {
	who, box, err := d.byFeed(ctx, secret)
	if err != nil {
		return "", err
	}
	a := agenda{d: d, who: who, origin: origin, seen: map[string]bool{}}
	if err := a.gather(ctx, box); err != nil {
		return "", fmt.Errorf("desk.CalendarFeed: %w", err)
	}
	return ical.Calendar{Name: words.Say(who.Lang, "{site} 日程", "site", site), Product: "-//Jishi//Calendar//EN", Lang: string(who.Lang),
		Every: time.Hour, Events: a.events}.Text(), nil
}

// agenda gathers what one calendar holds.
type agenda struct {
	d      *Desk
	who    actor.Actor
	origin string
	seen   map[string]bool
	events []ical.Event
}

// gather reads what the owner works on, and where they are expected.
func (a *agenda) gather(ctx context.Context, box Box) error {
	q := &query{}
	where := "m.ended = FALSE"
	if a.who.Kind == actor.Staff {
		where = a.d.box(q, a.who, box)
	}
	err := a.each(ctx, q, `SELECT m.fold FROM matter m WHERE `+where+` AND `+a.d.scope(q, a.who)+` ORDER BY m.due, m.id LIMIT `+q.arg(mostInCalendar), a.clocks)
	if err != nil {
		return err
	}
	q = &query{}
	since := q.arg(a.d.Now().Add(-keptMeetings).UnixMilli())
	mine := "TRUE"
	if a.who.Kind == actor.Staff {
		mine = a.expected(q, box)
	}
	if err := a.receptions(ctx); err != nil {
		return err
	}
	return a.each(ctx, q, `SELECT m.fold FROM (SELECT DISTINCT g.matter FROM matter_meeting g WHERE g.at >= `+since+`) g JOIN matter m ON m.id = g.matter
		WHERE m.ended = FALSE AND `+mine+` AND `+a.d.scope(q, a.who)+` ORDER BY m.due, m.id LIMIT `+q.arg(mostInCalendar), a.meetings)
}

// expected: where the officer themself has a part, or, in a calendar of the body, where the body has.
func (a *agenda) expected(q *query, box Box) string {
	own := "m.officer = " + q.arg(a.who.ID) + " OR EXISTS (SELECT 1 FROM matter_party x WHERE x.matter = m.id AND NOT x.denied AND x.person = " + q.arg(a.who.ID) + ")"
	if box == Mine {
		return "(" + own + ")"
	}
	return "(" + own + " OR EXISTS (SELECT 1 FROM matter_party x WHERE x.matter = m.id AND NOT x.denied AND " + q.in("x.org", a.who.Orgs()) + "))"
}

func (a *agenda) each(ctx context.Context, q *query, sql string, take func(p *procedure.Procedure, m *matter.Matter)) error {
	return a.d.DB.Each(ctx, sql, q.args, func(scan func(...any) error) error {
		var fold string
		if err := scan(&fold); err != nil {
			return err
		}
		m, err := matter.Decode(fold)
		if err != nil {
			return err
		}
		p, err := a.d.Book.ByKey(m.Version)
		if err != nil {
			return err
		}
		take(p, m)
		return nil
	})
}

// clocks puts in the last days that are the owner's: an officer's those of the office, a citizen's their own.
func (a *agenda) clocks(p *procedure.Procedure, m *matter.Matter) {
	for _, c := range m.Clocks {
		rule := p.Clocks[c.ID]
		if !c.Running() || c.Paused != "" || c.Day == "" || (rule.For == "citizen") != (a.who.Kind == actor.Citizen) {
			continue
		}
		e := a.event(p, m, fmt.Sprint("clock ", c.ID, " ", c.N), words.Two{ZH: rule.Title, EN: rule.En}, words.Say(a.who.Lang, "最后一天"))
		if e.Day = c.Day; c.Exact() {
			e.Day, e.At = "", time.UnixMilli(c.Due)
		} else if c.Alarm != "" && c.Alarm >= a.d.Today() {
			e.Remind = c.Alarm.Start().Add(9 * time.Hour)
		}
		if !m.Sealed {
			e.About = strings.TrimSpace(e.About + "\n" + words.Say(a.who.Lang, "依据：{cite}", "cite", p.Cite(rule.Cite)))
		}
		a.put(e)
	}
}

func (a *agenda) meetings(p *procedure.Procedure, m *matter.Matter) {
	for _, x := range meetings(p, m) {
		if x.At.Before(a.d.Now().Add(-keptMeetings)) {
			continue
		}
		e := a.event(p, m, "meeting "+x.Field, words.Two{ZH: x.Title, EN: x.En}, words.Say(a.who.Lang, "到场"))
		e.At, e.Remind = x.At, x.At.Add(-time.Hour)
		if !m.Sealed {
			e.Where = a.d.bare(x.Spot)
		}
		a.put(e)
	}
}

// event is one entry. Its UID tells nothing: the matter's ID in it would be a key to an address.
func (a *agenda) event(p *procedure.Procedure, m *matter.Matter, what string, title words.Two, kind string) ical.Event {
	e := ical.Event{UID: uid(m.ID + "\x00" + what), Stamp: time.UnixMilli(m.Updated), Summary: m.Number}
	if m.Sealed {
		return e
	}
	e.Seq = m.Seq
	path := "/m/" + m.ID
	if a.who.Kind == actor.Citizen {
		path = "/p/" + m.Number
	}
	e.Summary = title.Say(a.who.Lang) + " · " + a.d.title(m) + " · " + m.Number
	e.About, e.Kind, e.URL = words.Two{ZH: p.Title, EN: p.En}.Say(a.who.Lang), kind, a.origin+path
	return e
}

func uid(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:16]) + "@jishi"
}

func (a *agenda) put(e ical.Event) {
	if !a.seen[e.UID] {
		a.seen[e.UID] = true
		a.events = append(a.events, e)
	}
}
