package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Call is what somebody said on the telephone, and what the one who took the call does about it at once.
type Call struct {
	Filing
	Then Press // the first step; without an action the call is only recorded
}

// Called is what became of a call.
type Called struct {
	Receipt
	Matter *View // as whoever took the call sees it
}

// Answer records a call and takes the first step on it, in one transaction: a step that is refused records nothing,
// and the form comes back as it was. The same token gives the same answer. Only a body to which such calls are brought
// may, by somebody with the power to register (北京市接诉即办工作条例第十条、第十一条).
func (d *Desk) Answer(ctx context.Context, who actor.Actor, c Call) (Called, error) {
	p, err := d.taker(who, c.Procedure)
	if err != nil {
		return Called{}, err
	}
	c.Procedure, c.Channel, c.Body = p.ID, "call", who.Acting
	var then *Press
	if c.Then.Action != "" {
		then = &c.Then
	}
	r, err := d.file(ctx, who, c.Filing, then)
	if err != nil {
		return Called{}, err
	}
	v, err := d.Matter(ctx, who, r.ID)
	if refused, ok := words.AsRefusal(err); ok && refused.Kind == words.NotFound { // handed on under seal
		v, err = &View{ID: r.ID, Number: r.Number, Title: c.With["title"]}, nil
	}
	return Called{r, v}, err
}

// taker is the procedure of the calls that the actor takes: the one that is brought to bodies of the hotline's kind. It
// refuses whoever works in none, or does not register there.
func (d *Desk) taker(who actor.Actor, id string) (*procedure.Procedure, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	own, _ := d.Offices.Tree().Get(who.Acting)
	for _, p := range d.Book.Procedures() {
		if own.Kind != org.Hotline || id != "" && p.ID != id || !slices.Contains(p.Open.Receives, string(org.Hotline)) || !who.Has(own.ID, actor.Register) {
			continue
		}
		return d.Book.Procedure(p.ID, d.Today(), d.Profile)
	}
	return nil, words.Refuse(words.Forbidden, "no-calls", "这里只有热线机构里有登记职责的人接电话。").Try("来信、来电、来访在“代为登记”里录入。")
}

// TakesCalls reports whether the actor answers a line.
func (d *Desk) TakesCalls(who actor.Actor) bool {
	_, err := d.taker(who, "")
	return err == nil
}

// Line is what the one who takes calls has before them: the kinds of call, what may be done at once, and how long
// the unit will have.
type Line struct {
	Form
	Steps []Action // open to the one who takes the call, in the state in which calls are recorded
	Proc  *procedure.Procedure
}

// Line is the line that the actor answers; it refuses whoever takes no calls.
func (d *Desk) Line(who actor.Actor) (Line, error) {
	p, err := d.taker(who, "")
	if err != nil {
		return Line{}, err
	}
	f, err := d.Form(who, p.ID)
	if err != nil {
		return Line{}, err
	}
	l := Line{Form: f, Proc: p}
	m := d.blank(p)
	for _, id := range p.ActionIDs() {
		if a := p.Actions[id]; slices.Contains(a.From, p.Open.To) {
			l.Steps = append(l.Steps, d.action(who, p, m, id, d.bodiesOnce(who, m)))
		}
	}
	return l, nil
}

// Units are the bodies that a call may be sent to, the likeliest first and why: those that the catalogue names for its
// subject, then those that its words and its place suggest.
func (d *Desk) Units(who actor.Actor, l Line, with map[string]string) []Choice {
	m := d.blank(l.Proc)
	for name, value := range with {
		m.Fields[name] = value
	}
	return d.SuggestBodies(who, m)
}

// Earlier are the matters that somebody with this telephone number brought in before, the newest first, among those
// that the actor may see. It needs the caller's consent, and each look is recorded and told to the person: token is the
// call's, and one call looks once.
func (d *Desk) Earlier(ctx context.Context, who actor.Actor, phone string, consent bool, token string) ([]Row, error) {
	if _, err := d.taker(who, ""); err != nil {
		return nil, err
	}
	r := words.Refuse(words.Invalid, "earlier", "不能查找以前的来电。").Under("北京市接诉即办工作条例第八条第三款")
	if !consent {
		r.At("consent", "要先问来电人是否同意查找以前的来电。")
	}
	if fault := vault.CheckPhone("phone", phone); fault != nil {
		r.At(fault.Field, fault.Text, fault.Args...)
	}
	if len(r.Fields) > 0 {
		return nil, r
	}
	refs, err := d.Vault.FindPhone(ctx, d.DB, phone)
	if err != nil || len(refs) == 0 {
		return nil, err
	}
	if token == "" {
		token = NewToken()
	}
	rows, seen, err := d.broughtBy(ctx, who, refs)
	if err != nil {
		return nil, err
	}
	return rows, d.looked(ctx, who, seen, token)
}

// mostEarlier is how many earlier matters a screen shows; a call is short.
const mostEarlier = 8

type lookedAt struct{ ref, matter string }

// broughtBy are the matters that these identities brought in, and whose is which.
func (d *Desk) broughtBy(ctx context.Context, who actor.Actor, refs []string) ([]Row, []lookedAt, error) {
	q := &query{}
	where := q.in("n.person", refs)
	q.sql = "SELECT " + rowColumns + ", n.person FROM matter_entry n JOIN matter m ON m.id = n.matter WHERE " + where + " AND " +
		d.scope(q, who) + " ORDER BY m.opened DESC, m.id DESC LIMIT " + q.arg(mostEarlier)
	var lines []line
	var seen []lookedAt
	err := d.DB.Each(ctx, q.sql, q.args, func(scan func(...any) error) error {
		var x lookedAt
		l, err := readLine(func(into ...any) error { return scan(append(into, &x.ref)...) })
		x.matter = l.ID
		if !slices.ContainsFunc(seen, func(o lookedAt) bool { return o.matter == x.matter }) {
			lines = append(lines, l)
		}
		seen = append(seen, x)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("desk.Earlier: %w", err)
	}
	var rows []Row
	for _, l := range lines {
		r, err := d.row(ctx, &l)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, r)
	}
	return rows, seen, nil
}

// looked records that the actor found these identities by their number.
func (d *Desk) looked(ctx context.Context, who actor.Actor, seen []lookedAt, token string) error {
	if len(seen) == 0 {
		return nil
	}
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range seen {
			look := vault.Look{By: who.ID, Body: who.Acting, Post: postOf(who), Matter: x.matter, Reason: "征得来电人同意，按号码查找以前的来电", At: d.Now()}
			if err := d.Vault.Found(ctx, tx, x.ref, hashed(token+x.ref+x.matter), look); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("desk.Earlier: %w", err)
	}
	return nil
}

// Like are matters that may be the same as what the caller says, with the reason, and whether the call can be joined
// to them.
func (d *Desk) Like(ctx context.Context, who actor.Actor, title, what, place string) ([]Duplicate, error) {
	if strings.TrimSpace(title+what) == "" {
		return nil, nil
	}
	list, err := d.Similar(ctx, who, title, what, place)
	if r, ok := words.AsRefusal(err); ok && r.Kind == words.Invalid { // half a word typed is no fault
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return d.joinable(ctx, who, list), nil
}

// joinable puts in the place of a matter that was joined to another that other one: there the next call belongs.
func (d *Desk) joinable(ctx context.Context, who actor.Actor, list []Duplicate) []Duplicate {
	var out []Duplicate
	for _, x := range list {
		if m, err := d.load(ctx, who, x.ID); err == nil && m.Ended {
			x = d.masterOf(ctx, who, m, x)
		}
		if !slices.ContainsFunc(out, func(o Duplicate) bool { return o.ID == x.ID }) {
			out = append(out, x)
		}
	}
	return out
}

func (d *Desk) masterOf(ctx context.Context, who actor.Actor, m *matter.Matter, x Duplicate) Duplicate {
	for _, l := range m.Links {
		if l.Kind != matter.MergedInto {
			continue
		}
		if into, err := d.load(ctx, who, l.Matter); err == nil {
			state := d.stateOf(into)
			x.ID, x.Number, x.Title, x.Ended, x.StateTitle, x.StateEn = into.ID, into.Number, d.title(into), into.Ended, state.Title, state.En
		}
	}
	return x
}

func (d *Desk) stateOf(m *matter.Matter) procedure.State {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return procedure.State{}
	}
	return p.States[m.State]
}

// acted takes the first step on a matter that was opened in the same transaction.
func (d *Desk) acted(ctx context.Context, tx *db.Tx, who actor.Actor, m *matter.Matter, then *Press) (*matter.Matter, error) {
	if then == nil {
		return m, nil
	}
	return d.Matters.Do(ctx, tx, m.ID, m.Seq, matter.Press{Action: then.Action, With: then.With, By: who, At: d.Now()})
}
