package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/ical"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/module/reception"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Reception is a rule by which a body receives people, with its next days.
type Reception struct {
	reception.Reception
	Body Body
	Next []calendar.Day
	May  bool // the reader may take it off
}

// Coming is one day of a reception, to be chosen.
type Coming struct {
	ID, Host, Spot string
	Day            calendar.Day
	From, To       time.Time
}

// How far ahead days are worked out, how many are shown, and how many rules a body has at most. Settings of ours, not law.
const (
	receptionAhead = 62
	receptionShown = 3
	mostReceptions = 20
	mostNamedDays  = 40
)

// Receptions are those of all bodies, or of the one, for anyone: time and place are public.
func (d *Desk) Receptions(ctx context.Context, who actor.Actor, body string) ([]Reception, error) {
	var list []reception.Reception
	var err error
	if body == "" {
		list, err = reception.All(ctx, d.DB)
	} else {
		list, err = reception.Of(ctx, d.DB, body)
	}
	if err != nil {
		return nil, fmt.Errorf("desk.Receptions: %w", err)
	}
	var all []Reception
	own := d.Receives(who)
	for _, r := range list {
		next := d.nextDays(r)
		all = append(all, Reception{Reception: r, Body: d.Body(r.Org), Next: next[:min(len(next), receptionShown)], May: slices.Contains(own, r.Org)})
	}
	return all, nil
}

func (d *Desk) nextDays(r reception.Reception) []calendar.Day {
	o, _ := d.Offices.Tree().Get(r.Org)
	return r.Next(d.Calendar().For(o.Division), d.Today(), d.Today().Add(receptionAhead))
}

// Receives are the bodies whose reception days the actor may set: those in which they handle, register or head.
func (d *Desk) Receives(who actor.Actor) []string {
	if who.Kind != actor.Staff {
		return nil
	}
	list := slices.Concat(who.With(actor.Handle), who.With(actor.Register), who.With(actor.Head))
	slices.Sort(list)
	return slices.Compact(list)
}

// PutReception announces one of the actor's own body.
func (d *Desk) PutReception(ctx context.Context, who actor.Actor, r reception.Reception) (string, error) {
	if !slices.Contains(d.Receives(who), r.Org) {
		return "", words.Refuse(words.Forbidden, "not-your-reception", "只有本单位的工作人员可以公布接待日。")
	}
	if err := d.checkReception(&r); err != nil {
		return "", err
	}
	r.ID, r.By, r.At = matter.NewID(), who.ID, d.Now()
	return r.ID, d.DB.Write(ctx, func(tx *db.Tx) error {
		own, err := reception.Of(ctx, tx, r.Org)
		if err == nil && len(own) >= mostReceptions {
			return words.Refuse(words.Closed, "many-receptions", "一个单位最多公布{n}条接待日。", "n", mostReceptions).Try("请先停用不再有的。")
		}
		if err == nil {
			err = reception.Put(ctx, tx, r)
		}
		return err
	})
}

// checkReception names every fault at once. What is announced is read by everybody: no number of a person stands in it; a
// landline of the office may.
func (d *Desk) checkReception(r *reception.Reception) error {
	bad := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	for _, x := range []struct {
		name string
		text *string
		must bool
		long string
	}{{"host", &r.Host, true, "请写明接待的人，最多100字。"}, {"spot", &r.Spot, true, "请写明地点，最多100字。"}, {"note", &r.Note, false, "说明最多100字。"}} {
		*x.text = strings.TrimSpace(*x.text)
		if n := len([]rune(*x.text)); n > 100 || n == 0 && x.must {
			bad.At(x.name, x.long)
		}
		if slices.ContainsFunc(vault.Numbers(*x.text, d.Today()), func(n vault.Number) bool { return n.Kind != "电话号码" }) {
			bad.At(x.name, "这里会公开，不能写个人的号码；可以写办公电话。")
		}
	}
	from, ok := calendar.ParseMinute(string(d.Today()) + " " + r.Opens)
	to, ok2 := calendar.ParseMinute(string(d.Today()) + " " + r.Closes)
	if !ok || !ok2 || !from.Before(to) {
		bad.At("opens", "写几点到几点，例如 09:00 和 11:30，开始在前。")
	}
	switch {
	case (r.Weekday == 0) == (len(r.Days) == 0):
		bad.At("weekday", "请选星期几，或者写出日期，只用一种。")
	case r.Weekday < 0 || r.Weekday > 7 || r.Nth < 0 || r.Nth > reception.Last:
		bad.At("weekday", "请从列出的里面选。")
	case len(r.Days) > mostNamedDays || slices.ContainsFunc(r.Days, func(day calendar.Day) bool {
		_, err := calendar.ParseDay(string(day))
		return err != nil || day < d.Today()
	}):
		bad.At("days", "写今天和以后的日期，例如 2026-12-02，之间空一格，最多{n}个。", "n", mostNamedDays)
	}
	if len(bad.Fields) > 0 {
		return bad.With("n", len(bad.Fields))
	}
	return nil
}

// EndReception takes one of the actor's own body off. Whoever named it for their matter reads that it is cancelled.
func (d *Desk) EndReception(ctx context.Context, who actor.Actor, id string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, body := range d.Receives(who) {
			if ok, err := reception.End(ctx, tx, body, id, who.ID, d.Now()); ok || err != nil {
				return err
			}
		}
		return words.Refuse(words.NotFound, "no-such-reception", "没有这条接待日，或者它不归您管。")
	})
}

// Comings are the days on which the body that holds the matter receives, for whoever may see the matter.
func (d *Desk) Comings(ctx context.Context, who actor.Actor, id string) ([]Coming, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return d.comings(ctx, m)
}

func (d *Desk) comings(ctx context.Context, m *matter.Matter) (list []Coming, err error) {
	body := d.Matters.Holder(m)
	if m.Ended || body == "" || len(m.Entries) > 1 { // of several none says it for the others
		return nil, nil
	}
	own, err := reception.Of(ctx, d.DB, body)
	for _, r := range own {
		for _, day := range d.nextDays(r) {
			if c := (Coming{ID: r.ID, Host: r.Host, Spot: r.Spot, Day: day, From: r.Begins(day), To: r.Ends(day)}); c.To.After(d.Now()) {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, func(a, b Coming) int { return a.From.Compare(b.From) })
	return list[:min(len(list), 12)], err
}

// NameReception says that whoever brought the matter in means to come on the day; id "" takes it back. They say so
// themselves, or an officer of the body that holds it does at their word. Nobody is refused at the door for not having
// said it, and no clock depends on it.
func (d *Desk) NameReception(ctx context.Context, who actor.Actor, in, id string, day calendar.Day) error {
	m, err := d.load(ctx, who, in)
	if err != nil {
		return err
	}
	if who.Kind == actor.Staff && !who.In(d.Matters.Holder(m)) {
		return words.Refuse(words.Forbidden, "not-holding", "这件事项现在不归您的单位办。")
	}
	if id == "" {
		return d.DB.Write(ctx, func(tx *db.Tx) error { return reception.Forget(ctx, tx, m.ID) })
	}
	list, err := d.comings(ctx, m)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(c Coming) bool { return c.ID == id && c.Day == day }) {
		return words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("day", "这一天没有接待，请从列出的里面选。")
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error { return reception.Name(ctx, tx, m.ID, id, day, who.ID, d.Now()) })
}

// coming is the reception that is named for the matter, as a meeting; none where the matter has gone to another body.
func (d *Desk) coming(ctx context.Context, m *matter.Matter) ([]Meeting, error) {
	v, ok, err := reception.Named(ctx, d.DB, m.ID)
	if err != nil || !ok || v.Org != d.Matters.Holder(m) || len(m.Entries) > 1 {
		return nil, err
	}
	x := Meeting{Field: "reception", Title: "接待日", En: "Reception day", At: v.Begins(v.Day), Spot: v.Spot}
	if v.Ended {
		x.Title, x.En = "接待日（已经取消）", "Reception day (cancelled)"
	}
	return []Meeting{x}, nil
}

// receptions puts in the days on which the owner's bodies receive, with the numbers of the matters whose people said that
// they would come, those that the owner may see.
func (a *agenda) receptions(ctx context.Context) error {
	if a.who.Kind != actor.Staff {
		return a.visits(ctx)
	}
	for _, body := range a.who.Orgs() {
		own, err := reception.Of(ctx, a.d.DB, body)
		if err != nil {
			return err
		}
		for _, r := range own {
			come, err := a.come(ctx, r)
			if err != nil {
				return err
			}
			for _, day := range a.d.nextDays(r) {
				a.put(a.receive(r, day, come[day]))
			}
		}
	}
	return nil
}

// visits puts in the receptions to which a citizen means to go.
func (a *agenda) visits(ctx context.Context) error {
	q := &query{}
	var list []string
	err := a.d.DB.Each(ctx, `SELECT m.id FROM reception_visit v JOIN matter m ON m.id = v.matter WHERE m.ended = FALSE AND v.day >= `+q.arg(string(a.d.Today()))+
		` AND `+a.d.scope(q, a.who)+` ORDER BY v.day, m.id LIMIT `+q.arg(mostInCalendar), q.args, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		list = append(list, id)
		return err
	})
	for _, id := range list {
		m, err := a.d.load(ctx, a.who, id)
		if err != nil {
			return err
		}
		v, ok, err := reception.Named(ctx, a.d.DB, id)
		if err != nil {
			return err
		}
		if ok && !v.Ended && v.Org == a.d.Matters.Holder(m) && len(m.Entries) < 2 {
			a.put(a.receive(v.Reception, v.Day, []string{m.Number}))
		}
	}
	return err
}

func (a *agenda) receive(r reception.Reception, day calendar.Day, come []string) ical.Event {
	body := a.d.Body(r.Org)
	e := ical.Event{UID: uid("reception " + r.ID + string(day)), Stamp: r.At, At: r.Begins(day), Long: r.Ends(day).Sub(r.Begins(day)), Where: r.Spot,
		Kind: words.Say(a.who.Lang, "接待日"), URL: a.origin + "/receptions?org=" + r.Org}
	e.Remind = e.At.Add(-time.Hour)
	e.Summary = words.Say(a.who.Lang, "接待日") + " · " + words.Two{ZH: body.Name, EN: body.En}.Say(a.who.Lang)
	e.About = words.Say(a.who.Lang, "接待的人：{host}", "host", r.Host)
	if len(come) > 0 {
		e.About += "\n" + words.Say(a.who.Lang, "说了要来的：{numbers}", "numbers", strings.Join(come, " "))
	}
	return e
}

// come are the numbers of matters by day.
func (a *agenda) come(ctx context.Context, r reception.Reception) (map[calendar.Day][]string, error) {
	q, come := &query{}, map[calendar.Day][]string{}
	err := a.d.DB.Each(ctx, `SELECT v.day, m.number FROM reception_visit v JOIN matter m ON m.id = v.matter WHERE v.reception = `+q.arg(r.ID)+` AND m.holder = `+q.arg(r.Org)+
		` AND m.ended = FALSE AND `+a.d.scope(q, a.who)+` ORDER BY v.day, m.number LIMIT `+q.arg(mostInCalendar), q.args, func(scan func(...any) error) error {
		var day, number string
		err := scan(&day, &number)
		come[calendar.Day(day)] = append(come[calendar.Day(day)], number)
		return err
	})
	return come, err
}
