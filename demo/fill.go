package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Fill settles the county in an empty database and lets about n matters happen in it, over the fourteen months
// before now. Each step is taken by the actor whose it is, under the rules that hold for everybody, in the order
// of time, and each night the sweeper does what missed limits bring about: nothing is written that the rules
// did not allow.
//
// It moves the desk's clock and sets it back: call it before the desk serves anyone.
func Fill(ctx context.Context, d *desk.Desk, c *Content, land Land, now time.Time, n int) error {
	if err := Settle(ctx, d, c, land, now); err != nil {
		return err
	}
	runs, err := plan(c, land, d.Calendar(), now, n)
	if err != nil {
		return err
	}
	f := &filler{d: d, c: c, land: land, now: now, actors: map[string]actor.Actor{}}
	was := d.Now
	d.Now = func() time.Time { return f.clock }
	defer func() { d.Now = was }()
	if err := f.live(ctx, runs); err != nil {
		return fmt.Errorf("demo.Fill: %w", err)
	}
	if err := f.second(ctx); err != nil {
		return fmt.Errorf("demo.Fill: second person: %w", err)
	}
	return nil
}

// second: an administrator asks for what two must do, and it waits.
func (f *filler) second(ctx context.Context) error {
	if f.d.Eyes == 0 {
		return nil
	}
	f.clock = f.now.Add(-2 * time.Hour)
	who, err := f.d.Staff(ctx, "county-data-system")
	if err == nil {
		_, err = f.d.GivePassword(ctx, who, "county-data-audit", "本人当面来说忘了密码，已经看过工作证。")
	}
	return err
}

// filler lives through the months.
type filler struct {
	d       *desk.Desk
	c       *Content
	land    Land
	now     time.Time
	clock   time.Time
	actors  map[string]actor.Actor
	tickets map[string]*call
	seen    map[string]bool // supervisions that have been dealt with
}

// due is one thing that happens at an instant.
type due struct {
	at  time.Time
	run int // order among those of the same instant
	seq int
	do  func(ctx context.Context) error
}

func (f *filler) live(ctx context.Context, runs []*run) error {
	agenda := slices.Concat(f.calls(), f.suggestions(), f.burdens(), f.mediations())
	for i, r := range runs {
		for j, at := range r.at {
			agenda = append(agenda, due{at, i, j, func(ctx context.Context) error { return f.step(ctx, r, j) }})
		}
	}
	agenda = append(agenda, f.whistles()...)
	sortAgenda(agenda)
	if len(agenda) == 0 {
		return nil
	}
	f.seen = map[string]bool{}
	night := calendar.DayOf(agenda[0].at).Add(1)
	for len(agenda) > 0 {
		next := agenda[0]
		if night.Start().Before(next.at) {
			more, err := f.night(ctx, night)
			if err != nil {
				return err
			}
			night = night.Add(1)
			if len(more) > 0 {
				agenda = append(agenda, more...)
				sortAgenda(agenda)
			}
			continue
		}
		agenda = agenda[1:]
		f.clock = next.at
		if err := next.do(ctx); err != nil {
			return err
		}
	}
	for ; !night.Start().After(f.now); night = night.Add(1) {
		if _, err := f.night(ctx, night); err != nil {
			return err
		}
	}
	return nil
}

func sortAgenda(agenda []due) {
	slices.SortStableFunc(agenda, func(a, b due) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.run, b.run), cmp.Compare(a.seq, b.seq))
	})
}

// night does what missed limits bring about, and plans how the bodies answer the supervisions this opened.
func (f *filler) night(ctx context.Context, day calendar.Day) ([]due, error) {
	f.clock = day.Start().Add(5 * time.Minute)
	if f.clock.After(f.now) {
		return nil, nil
	}
	if _, err := f.d.Sweep(ctx); err != nil {
		return nil, fmt.Errorf("night of %s: %w", day, err)
	}
	return f.supervisions(ctx, day)
}

// step is the filing (0) or a later step of a matter.
func (f *filler) step(ctx context.Context, r *run, i int) error {
	var err error
	if i == 0 {
		err = f.file(ctx, r)
	} else {
		err = f.act(ctx, r, r.steps[i-1])
	}
	if err != nil {
		return fmt.Errorf("story %q, %s, step %d on %s: %w", r.story.name, r.petition.ID, i, calendar.DayOf(f.clock), err)
	}
	return nil
}

// file brings the matter in: by the citizen over the net, otherwise by a clerk of the body.
func (f *filler) file(ctx context.Context, r *run) error {
	who := actor.Nobody(words.ZH)
	if r.petition.Channel != "net" {
		var err error
		if who, err = f.clerk(ctx, r.body); err != nil {
			return err
		}
	}
	p := r.petition
	filing := desk.Filing{Token: token(r.index), Class: p.Class, Channel: p.Channel, Body: r.body, Anonymous: p.Anonymous,
		With: map[string]string{"title": p.Title, "what": p.Text, "wants": p.Wants, "place": r.place}}
	if p.Class == "report" {
		filing.Reported = []string{r.reported()}
	}
	if !p.Anonymous {
		filing.Who = Citizen(r.n, f.address(r, r.n))
		if p.Channel == "net" {
			filing.With["reply-by"] = "net"
		}
	}
	for i := 1; i < p.Joint; i++ {
		filing.Others = append(filing.Others, Citizen(r.n+1000+i, f.address(r, r.n+i)))
	}
	receipt, err := f.d.File(ctx, who, filing)
	if err != nil {
		return err
	}
	r.id, r.number, r.code = receipt.ID, receipt.Number, receipt.Code
	return nil
}

// token is the one-time token of a filing. It is the same in every demonstration, so that the query codes of
// its petitioners can be told again (Visitors); it protects nobody real.
func token(index int) string { return fmt.Sprintf("demo-%d", index) }

func (r *run) reported() string {
	if r.petition.Reported == "town" {
		return fmt.Sprintf("town-%d", r.town+1)
	}
	return r.petition.Reported
}

// address is a home in the village, by group: villages have no house numbers here.
func (f *filler) address(r *run, n int) string {
	town := f.land.Towns[r.town]
	for _, v := range town.Villages {
		if v.Code == r.place {
			return fmt.Sprintf("%s%s%d组", town.Name, villageName(v.Name), n%9+1)
		}
	}
	return town.Name
}

// act takes one later step.
func (f *filler) act(ctx context.Context, r *run, s step) error {
	m, err := f.d.Matters.Load(ctx, f.d.DB, r.id)
	if err != nil {
		return err
	}
	who, err := f.who(ctx, r, m, s)
	if err != nil {
		return err
	}
	if s.do == "note" {
		return f.d.Note(ctx, who, r.id, f.say(r, "note", f.c.Phrases.Notes))
	}
	action, with := f.with(r, m, s.do, who)
	return f.press(ctx, who, r.id, action, with)
}

// press is what desk.Do does, without making the page that an officer would look at next: thousands of pages
// that nobody reads take longer than the months they tell of.
func (f *filler) press(ctx context.Context, who actor.Actor, id, action string, with map[string]string) error {
	return f.d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := f.d.Matters.Do(ctx, tx, id, 0, matter.Press{Action: action, With: with, By: who, At: f.clock})
		return err
	})
}

// who is the actor of a step: the citizen by number and query code, or the officer of the body concerned.
func (f *filler) who(ctx context.Context, r *run, m *matter.Matter, s step) (actor.Actor, error) {
	if s.who == "citizen" {
		return f.d.Enter(ctx, r.number, r.code, "", words.ZH)
	}
	relation, head := strings.CutSuffix(s.who, "-head")
	body := m.Org(relation)
	if body == "" {
		return f.officer(ctx, s.who)
	}
	switch {
	case head:
		return f.officer(ctx, body+"-head")
	case s.do == "register":
		return f.clerk(ctx, body)
	}
	return f.handler(ctx, body)
}

func (f *filler) officer(ctx context.Context, id string) (actor.Actor, error) {
	if a, ok := f.actors[id]; ok {
		return a, nil
	}
	a, err := f.d.Staff(ctx, id)
	if err != nil {
		return a, fmt.Errorf("officer %s: %w", id, err)
	}
	f.actors[id] = a
	return a, nil
}

// clerk is who registers in the body, handler who handles there.
func (f *filler) clerk(ctx context.Context, body string) (actor.Actor, error) {
	return f.first(ctx, body, "registrar", "officer")
}

func (f *filler) handler(ctx context.Context, body string) (actor.Actor, error) {
	return f.first(ctx, body, "chief", "officer", "taker")
}

func (f *filler) first(ctx context.Context, body string, posts ...string) (actor.Actor, error) {
	for _, p := range posts {
		for _, o := range f.d.Offices.Staff(body) {
			if o.ID == body+"-"+p {
				return f.officer(ctx, o.ID)
			}
		}
	}
	return actor.Actor{}, fmt.Errorf("nobody of %v works in %s", posts, body)
}

// Visitor is a citizen of the demonstration, with what it takes to follow their matter.
type Visitor struct {
	Number, Code string
	Title        string
	Story        string
	Who          vault.Identity
}

// Visitors are citizens as whom one can sign in by number and query code, one for each of the most telling
// stories. The content and n must be those that Fill was given.
func Visitors(ctx context.Context, d *desk.Desk, c *Content, land Land, n int) ([]Visitor, error) {
	runs, err := plan(c, land, d.Calendar(), d.Now(), n)
	if err != nil {
		return nil, err
	}
	var list []Visitor
	for _, story := range []string{"handling", "handling, extended", "opinion-served", "reviewing", "rereviewing", "closed", "final", "submitted"} {
		i := slices.IndexFunc(runs, func(r *run) bool { return r.story.name == story && !r.petition.Anonymous })
		if i < 0 {
			continue
		}
		r := runs[i]
		receipt, err := d.ReceiptOf(ctx, token(r.index))
		if refusal, ok := words.AsRefusal(err); ok && refusal.Kind == words.NotFound {
			continue // not this demonstration's
		}
		if err != nil {
			return nil, fmt.Errorf("demo.Visitors: %w", err)
		}
		list = append(list, Visitor{Number: receipt.Number, Code: receipt.Code, Title: r.petition.Title, Story: story, Who: Citizen(r.n, "")})
	}
	return list, nil
}
