package matter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/procedure"
)

// Store writes what the engine decides: the event, the matter's row, its parties and clocks in one transaction.
type Store struct {
	*Engine
	// Identity corrects, erases or freezes the identity that a matter's relation `subject` stands for, in the step's
	// transaction; its refusal refuses the step. nil where there is no vault: worked cases hold no identities.
	Identity func(ctx context.Context, tx *db.Tx, act string, m *Matter, press Press) error
}

// Load reads the matter; db.ErrNotFound when there is none. It does not authorise.
func (s *Store) Load(ctx context.Context, r db.Reader, id string) (*Matter, error) {
	var fold string
	if err := r.Row(ctx, `SELECT fold FROM matter WHERE id = $1`, []any{id}, &fold); err != nil {
		return nil, fmt.Errorf("matter.Load %s: %w", id, err)
	}
	return decode(fold)
}

// LoadFrom is the matter of the ID or, where there is none, the next one after it: whoever must not learn whether there is
// one is answered after the same work. The caller compares the ID.
func (s *Store) LoadFrom(ctx context.Context, r db.Reader, id string) (*Matter, error) {
	var fold string
	if err := r.Row(ctx, `SELECT fold FROM matter WHERE id >= $1 ORDER BY id LIMIT 1`, []any{id}, &fold); err != nil {
		return nil, fmt.Errorf("matter.LoadFrom %s: %w", id, err)
	}
	return decode(fold)
}

// ByNumber finds a matter by the number that people know it by.
func (s *Store) ByNumber(ctx context.Context, r db.Reader, number string) (*Matter, error) {
	var fold string
	if err := r.Row(ctx, `SELECT fold FROM matter WHERE number = $1`, []any{number}, &fold); err != nil {
		return nil, fmt.Errorf("matter.ByNumber %s: %w", number, err)
	}
	return decode(fold)
}

func decode(fold string) (*Matter, error) {
	m := &Matter{}
	if err := json.Unmarshal([]byte(fold), m); err != nil {
		return nil, fmt.Errorf("matter: %w", err)
	}
	return m.clone(), nil
}

// Open brings a matter in. The desk has authorised the filing and sealed the identity.
func (s *Store) Open(ctx context.Context, tx *db.Tx, o Opening) (*Matter, error) {
	if o.ID == "" {
		o.ID = NewID()
	}
	if o.Entry != nil && o.Entry.ID == "" {
		o.Entry.ID = o.ID
	}
	linked, err := s.linked(ctx, tx, o.Press)
	if err != nil {
		return nil, err
	}
	o.Linked = linked
	o.Alike = func(a Alike) ([]string, error) { return s.alike(ctx, tx, a) }
	c, follows, err := s.DecideOpen(o)
	if err != nil {
		return nil, err
	}
	m, err := s.append(ctx, tx, nil, o.ID, "open", o.By, o.By.Acting, o.At, c)
	if err != nil {
		return nil, err
	}
	if err := s.entered(ctx, tx, m, c.Entries); err != nil {
		return nil, err
	}
	if len(follows) == 0 {
		return m, nil
	}
	if err := s.follow(ctx, tx, m, o.Press, follows); err != nil {
		return nil, err
	}
	return s.Load(ctx, tx, m.ID)
}

// Do takes one action on a matter for somebody who may see it. seq is the one the person's page showed; 0 does
// not check it. It refuses with NotFound what the actor may not know of, and with Stale, naming who acted,
// when somebody was first.
func (s *Store) Do(ctx context.Context, tx *db.Tx, id string, seq int, press Press) (*Matter, error) {
	m, err := s.Load(ctx, tx, id)
	if errors.Is(err, db.ErrNotFound) || err == nil && !s.Sees(press.By, m) && !s.reaches(press, m) {
		return nil, NotFound()
	}
	if err != nil {
		return nil, err
	}
	if seq != 0 && seq != m.Seq {
		return nil, s.stale(ctx, tx, m)
	}
	if press.Linked, err = s.linked(ctx, tx, press); err != nil {
		return nil, err
	}
	press.Letter = func(kind, body string) (string, error) { return s.letterNumber(ctx, tx, kind, body, press.At) }
	press.Alike = func(a Alike) ([]string, error) { return s.alike(ctx, tx, a) }
	c, follows, err := s.Decide(m, press)
	if err != nil {
		return nil, err
	}
	if s.hidden(m, press, follows) {
		return m, s.follow(ctx, tx, m, press, follows)
	}
	body, _ := s.body(press.By, m, s.rules(m).Actions[press.Action].By)
	next, err := s.append(ctx, tx, m, m.ID, press.Action, press.By, body, press.At, c)
	if errors.Is(err, journal.ErrTaken) {
		return nil, s.stale(ctx, tx, m)
	}
	if err != nil {
		return nil, err
	}
	if err := s.entered(ctx, tx, next, c.Entries); err != nil {
		return nil, err
	}
	if next.Ended != m.Ended && next.from() != "" {
		if err := s.partChanged(ctx, tx, next, press); err != nil {
			return nil, err
		}
	}
	if err := s.follow(ctx, tx, next, press, follows); err != nil {
		return nil, err
	}
	return s.Load(ctx, tx, id)
}

// Mark writes into a matter what a part of the program did to it, under an article where one says so, and carries a flag
// of the same name since that day.
func (s *Store) Mark(ctx context.Context, tx *db.Tx, id, what, program string, at time.Time, cite string) error {
	m, err := s.Load(ctx, tx, id)
	if err != nil {
		return err
	}
	_, err = s.append(ctx, tx, m, id, what, actor.Program(program), "", at, Change{From: m.State, To: m.State, Cite: cite,
		Flags: map[string]string{what: string(calendar.DayOf(at))}})
	return err
}

// entered lets citizens whom a step made parties find the matter, each by an entry of their own.
func (s *Store) entered(ctx context.Context, tx *db.Tx, m *Matter, fresh []Entry) error {
	for _, e := range fresh {
		err := tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $2, $3, $4)`, "party:"+e.ID, m.ID, e.ID, e.Person)
		if err != nil {
			return err
		}
	}
	return nil
}

// reaches: a body above may act on what it does not hold (it is asked to review, say), unless it is sealed.
func (s *Store) reaches(press Press, m *Matter) bool {
	a, ok := s.rules(m).Actions[press.Action]
	return ok && !m.Sealed && press.By.Kind == actor.Staff && s.May(press.By, m, a.By)
}

// NotFound is the one answer for what does not exist and for what one may not know of.
func NotFound() error {
	return words.Refuse(words.NotFound, "no-such-matter", "没有找到这件事项。").Try("请核对编号和查询码；也可能它不归您的单位办理。")
}

// stale tells who acted since the page was read.
func (s *Store) stale(ctx context.Context, r db.Reader, m *Matter) error {
	events, err := journal.Of(ctx, r, m.ID)
	if err != nil {
		return err
	}
	last := events[len(events)-1]
	var c Change
	if err := json.Unmarshal([]byte(last.Data), &c); err != nil {
		return fmt.Errorf("matter.stale: %w", err)
	}
	p := s.rules(m)
	submitter := p.Relations[p.Submitter()]
	who := words.Two{ZH: submitter.Title, EN: submitter.En}
	if name := strings.TrimSpace(s.Offices.Tree().Name(last.Org) + " " + c.Name); name != "" {
		who = words.Two{ZH: name, EN: name}
	}
	const way = "您的操作没有生效。请看最新情况，再决定怎么办。"
	at := last.At.In(calendar.Zone).Format("2006-01-02 15:04")
	action := words.Two{ZH: p.Actions[last.Action].Title, EN: p.Actions[last.Action].En}
	switch {
	case c.Open != nil:
		action = words.Two{ZH: p.Open.Title, EN: p.Open.En}
	case action.ZH == "" || slices.Equal(p.Actions[last.Action].By, []string{"system"}): // nobody did it: a limit ran out, a day was published
		return words.Refuse(words.Stale, "somebody-acted", "您打开页面以后，这件事项在{at}有了变化。", "at", at).Try(way)
	}
	return words.Refuse(words.Stale, "somebody-acted", "您打开页面以后，{who}已于{at}做了“{action}”。", "who", who, "at", at, "action", action).Try(way)
}

// linked is the matter that the field "linked" names by ID or number, if the actor may see it or stands above it.
func (s *Store) linked(ctx context.Context, r db.Reader, press Press) (*Matter, error) {
	name := press.With["linked"]
	if name == "" {
		return nil, nil
	}
	m, err := s.ByNumber(ctx, r, name)
	if errors.Is(err, db.ErrNotFound) {
		m, err = s.Load(ctx, r, name)
	}
	if errors.Is(err, db.ErrNotFound) || err == nil && m.Sealed && !s.Sees(press.By, m) {
		return nil, nil
	}
	return m, err
}

// append writes the event and brings the rows to what it makes.
func (s *Store) append(ctx context.Context, tx *db.Tx, m *Matter, id, action string, by actor.Actor, body string, at time.Time, c Change) (*Matter, error) {
	seq := 1
	if m != nil {
		seq = m.Seq + 1
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("matter.append: %w", err)
	}
	next, err := apply(m, seq, at, c)
	if err != nil {
		return nil, err
	}
	who := by.ID
	if by.Kind == actor.Citizen { // which of a merged matter's submitters acted
		for _, n := range next.Entries {
			if slices.Contains(by.Persons(), n.Person) {
				who = n.Person
			}
		}
	}
	e := journal.Event{ID: NewID(), Matter: id, Seq: seq, At: at, Action: action, Actor: who, Org: body, Data: string(data)}
	add := journal.Append
	if m == nil {
		add = journal.Open
	}
	if err := add(ctx, tx, e); err != nil {
		return nil, err
	}
	return next, s.save(ctx, tx, next, c, m == nil)
}

// save brings the matter's row, its parties and its clocks to the fold.
func (s *Store) save(ctx context.Context, tx *db.Tx, m *Matter, c Change, fresh bool) error {
	fold, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("matter.save: %w", err)
	}
	brief, err := m.Brief().encode()
	if err != nil {
		return err
	}
	r := s.row(m)
	if fresh {
		err = tx.Put(ctx, `INSERT INTO matter (id, number, procedure, version, class, state, sealed, ended, holder, area, officer,
			title, place, channel, opened, updated, due, alarm, due_clock, seq, fold, brief)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
			m.ID, m.Number, m.Procedure, m.Version, m.Class, m.State, m.Sealed, m.Ended, r.holder, r.area, r.officer,
			m.Fields["title"], m.Fields["place"], m.Channel, m.Opened, m.Updated, r.due, r.alarm, r.clock, m.Seq, string(fold), brief)
	} else {
		err = tx.Put(ctx, `UPDATE matter SET class = $2, state = $3, sealed = $4, ended = $5, holder = $6, area = $7, officer = $8,
			title = $9, place = $10, updated = $11, due = $12, alarm = $13, due_clock = $14, seq = $15, fold = $16, brief = $17 WHERE id = $1`,
			m.ID, m.Class, m.State, m.Sealed, m.Ended, r.holder, r.area, r.officer,
			m.Fields["title"], m.Fields["place"], m.Updated, r.due, r.alarm, r.clock, m.Seq, string(fold), brief)
	}
	if err != nil {
		return fmt.Errorf("matter.save %s: %w", m.ID, err)
	}
	if err := s.saveParties(ctx, tx, m, c, fresh); err != nil {
		return err
	}
	for _, clock := range c.Clocks {
		err := tx.Put(ctx, `INSERT INTO matter_clock (matter, clock, n, due, running, missed, provisional, calendar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (matter, clock, n) DO UPDATE SET due = excluded.due, running = excluded.running, missed = excluded.missed,
			provisional = excluded.provisional, calendar = excluded.calendar`,
			m.ID, clock.ID, clock.N, clock.Due, clock.Running() && clock.Paused == "", clock.Missed, clock.Provisional, clock.Calendar)
		if err != nil {
			return fmt.Errorf("matter.save %s clock %s: %w", m.ID, clock.ID, err)
		}
	}
	return s.saveMeetings(ctx, tx, m, c)
}

// saveMeetings keeps when people come together over the matter, so that a calendar asks for the coming weeks alone.
func (s *Store) saveMeetings(ctx context.Context, tx *db.Tx, m *Matter, c Change) error {
	for _, field := range s.rules(m).Meetings() {
		said, ok := c.With[field]
		if c.Open != nil {
			said, ok = m.Fields[field], m.Fields[field] != ""
		}
		if !ok {
			continue
		}
		err := tx.Put(ctx, `DELETE FROM matter_meeting WHERE matter = $1 AND field = $2`, m.ID, field)
		if at, set := calendar.ParseMinute(said); err == nil && set {
			err = tx.Put(ctx, `INSERT INTO matter_meeting (matter, field, at) VALUES ($1, $2, $3)`, m.ID, field, at.UnixMilli())
		}
		if err != nil {
			return fmt.Errorf("matter.save %s meeting %s: %w", m.ID, field, err)
		}
	}
	return nil
}

func (s *Store) saveParties(ctx context.Context, tx *db.Tx, m *Matter, c Change, fresh bool) error {
	p := s.rules(m)
	changed := c.Set
	if fresh {
		changed = m.Parties
	}
	for relation := range changed {
		if !fresh {
			if err := tx.Put(ctx, `DELETE FROM matter_party WHERE matter = $1 AND relation = $2`, m.ID, relation); err != nil {
				return fmt.Errorf("matter.save %s: %w", m.ID, err)
			}
		}
		for _, party := range m.Parties[relation] {
			if p.Relations[relation].Kind == "citizen" { // who brought it in stands in matter_entry
				continue
			}
			err := tx.Put(ctx, `INSERT INTO matter_party (matter, relation, org, person, denied, opened) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT DO NOTHING`, m.ID, relation, party.Org, party.Person, p.Relations[relation].Denied, m.Opened)
			if err != nil {
				return fmt.Errorf("matter.save %s party: %w", m.ID, err)
			}
		}
	}
	return nil
}

type row struct {
	holder, area, officer, clock string
	due, alarm                   int64
}

// row works out the columns that lists sort and filter by.
func (s *Store) row(m *Matter) row {
	r := row{holder: s.Holder(m), due: Never, alarm: Never}
	if o, ok := s.Offices.Tree().Get(r.holder); ok {
		r.area = o.Division
	}
	r.officer = s.Officer(m)
	if c, ok := m.Next(); ok && !m.Ended {
		r.due, r.clock = c.Due, c.ID
		if c.Alarm != "" {
			r.alarm = c.Alarm.Start().UnixMilli()
		}
	}
	return r
}

func (s *Store) letterNumber(ctx context.Context, tx *db.Tx, kind, body string, at time.Time) (string, error) {
	t, _ := s.Book.Letter(kind, "")
	n, err := s.next(ctx, tx, fmt.Sprintf("letter:%s:%s:%d", body, kind, at.In(calendar.Zone).Year()))
	if err != nil {
		return "", err
	}
	return procedure.Numbered(t.Number, at.In(calendar.Zone).Year(), n), nil
}

// next counts in a row of its own. Only for what one body does now and then; filings use blocks (see desk).
func (s *Store) next(ctx context.Context, tx *db.Tx, name string) (int64, error) {
	var n int64
	err := tx.Row(ctx, `INSERT INTO number_block (name, next) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET next = number_block.next + 1 RETURNING next`, []any{name}, &n)
	if err != nil {
		return 0, fmt.Errorf("matter.next %s: %w", name, err)
	}
	return n, nil
}

// NewID is a fresh identifier: ordered by time, so that an index grows at its end.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
