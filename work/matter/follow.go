package matter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/actor"
	"jishi/work/procedure"
)

// supervision is the procedure that a ground of supervision opens.
const supervision = "supervision"

// Link kinds that the engine makes itself.
const (
	MergedInto = "merged-into"
	Merged     = "merged"
	SplitFrom  = "split-from"
	SplitOff   = "split-off"
	Supervised = "supervised" // from the matter to its supervision
	Supervises = "supervises" // and back
	Opened     = "opened"     // from the matter to one that a step of it opened
	OpenedFrom = "opened-from"
)

// hidden: splitting a sealed part off, or opening one from a matter that is not sealed, must leave nothing in the
// matter that the denied side can read, so the matter itself gets no event at all (A6 AC5).
func (s *Store) hidden(m *Matter, press Press, follows []Follow) bool {
	sealed := s.rules(m).Classes[press.With["class"]].Sealed
	return slices.ContainsFunc(follows, func(f Follow) bool {
		if f.Effect.Name != "open" || f.Effect.Class == "" || m.Sealed {
			return f.Effect.Name == "split" && sealed
		}
		p, err := s.Book.Procedure(f.Effect.Arg, calendar.DayOf(press.At), s.rules(m).Profile)
		return err == nil && p.Classes[f.Effect.Class].Sealed
	})
}

// follow does on other matters what an action brings about. It runs in the action's transaction: all or nothing.
func (s *Store) follow(ctx context.Context, tx *db.Tx, m *Matter, press Press, follows []Follow) error {
	for i, f := range follows {
		var err error
		if i > 0 { // the one before may have left an event here
			if m, err = s.Load(ctx, tx, m.ID); err != nil {
				return err
			}
		}
		switch f.Effect.Name {
		case "supervise":
			err = s.supervise(ctx, tx, m, f.Ground, f.Against, press)
		case "supervise-linked":
			if l := press.Linked; l != nil {
				err = s.supervise(ctx, tx, l, f.Ground, l.Org(or(f.Effect.Against, "handler")), press)
			}
		case "split":
			err = s.split(ctx, tx, m, press)
		case "merge":
			err = s.merge(ctx, tx, m, press)
		case "open":
			err = s.openFrom(ctx, tx, m, f.Effect, press)
		case "back":
			err = s.back(ctx, tx, m, f.Effect.Arg, press)
		case "then":
			err = s.program(ctx, tx, m.ID, f.Effect.Arg, press)
		case "tell":
			err = s.tell(ctx, tx, m, f.Effect, press)
		case "identity":
			if s.Identity != nil {
				err = s.Identity(ctx, tx, f.Effect.Arg, m, press)
			}
		default:
			err = fmt.Errorf("matter: unknown effect %q", f.Effect.Name)
		}
		if err != nil {
			return fmt.Errorf("matter.follow %s %s: %w", m.ID, f.Effect.Name, err)
		}
	}
	return nil
}

// supervise opens a supervision of the body on the ground, once for each ground, matter and body.
func (s *Store) supervise(ctx context.Context, tx *db.Tx, m *Matter, ground, against string, press Press) error {
	flag := "supervised:" + ground + ":" + against
	if against == "" || m.Flags[flag] != "" {
		return nil
	}
	by := s.supervisor(m, against)
	if by == "" {
		return nil
	}
	p, err := s.Book.Procedure(supervision, calendar.DayOf(press.At), "")
	if err != nil {
		return err
	}
	at := press.At
	n, err := s.next(ctx, tx, fmt.Sprintf("%s:%d", p.ID, at.In(calendar.Zone).Year()))
	if err != nil {
		return err
	}
	opened, err := s.Open(ctx, tx, Opening{
		ID: NewID(), Number: procedure.Numbered(p.Number, at.In(calendar.Zone).Year(), n), Procedure: p,
		Class: only(p), Channel: "system",
		Parties: map[string][]Party{"supervisor": {{Org: by}}, "supervised": {{Org: against}}},
		Links:   []Link{{Kind: Supervises, Matter: m.ID, Number: m.Number}},
		Press:   Press{By: actor.Program("supervision"), At: at, With: map[string]string{"title": p.Title + " " + m.Number, "trigger": ground}}})
	if err != nil {
		return err
	}
	_, err = s.append(ctx, tx, m, m.ID, "supervised", actor.Program("supervision"), by, at, Change{
		From: m.State, To: m.State, Note: map[string]string{"trigger": ground, "against": against},
		Flags: map[string]string{flag: string(calendar.DayOf(at)), "supervised": ground},
		Links: []Link{{Kind: Supervised, Matter: opened.ID, Number: opened.Number}},
		Cite:  s.rules(m).Cite(s.rules(m).Triggers[ground].Cite)})
	return err
}

// supervisor is the body that supervises: the one that sent the matter or took it in, else one above. A body
// that is denied the matter is passed over, however high it stands: to supervise is to know.
func (s *Store) supervisor(m *Matter, against string) string {
	bodies := []string{m.Org("supervising"), m.Org("sender"), m.Org("receiver")}
	bodies = append(bodies, s.Offices.Tree().ReviewSuperior(against)...)
	for _, body := range append(bodies, s.superiors(against)...) {
		if body != "" && body != against && !(m.Sealed && s.deniedBodies(m, body)) {
			return body
		}
	}
	return ""
}

func only(p *procedure.Procedure) string {
	if len(p.Classes) == 0 {
		return ""
	}
	return slices.Sorted(maps.Keys(p.Classes))[0]
}

// split opens a second matter from part of this one. A sealed part knows where it came from; nothing points to it.
func (s *Store) split(ctx context.Context, tx *db.Tx, m *Matter, press Press) error {
	p := s.rules(m)
	at := press.At
	n, err := s.next(ctx, tx, fmt.Sprintf("%s:split:%d", p.ID, at.In(calendar.Zone).Year()))
	if err != nil {
		return err
	}
	with := map[string]string{}
	for _, name := range slices.Concat(p.Open.Needs, p.Open.Asks) {
		with[name] = or(press.With[name], m.Fields[name])
	}
	body := m.Org("receiver")
	if acting, ok := s.body(press.By, m, p.Actions[press.Action].By); ok && acting != "" {
		body = acting
	}
	// It comes to whoever split it off, not to where the matter itself was sent meanwhile.
	with["target"], with["linked"] = body, ""
	parties := map[string][]Party{}
	maps.Copy(parties, citizens(p, m))
	for relation, rule := range p.Relations {
		if named := press.With[relation]; rule.Denied && named != "" {
			if parties[relation], err = s.source(m, relation, "field:"+relation, body, press); err != nil {
				return err
			}
		}
	}
	opened, err := s.Open(ctx, tx, Opening{
		ID: NewID(), Number: procedure.Numbered(p.Number, at.In(calendar.Zone).Year(), 900_000+n), Procedure: p,
		Class: press.With["class"], Channel: m.Channel, Parties: parties,
		Links: []Link{{Kind: SplitFrom, Matter: m.ID, Number: m.Number}},
		Entry: firstEntry(m), Press: Press{By: actor.Program("split"), At: at, With: clean(with), Files: press.Files}})
	if err != nil {
		return err
	}
	if e := firstEntry(m); e != nil { // the citizen follows both by the one receipt
		err := tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $2, $2, $3)`, "split:"+opened.ID, opened.ID, e.Person)
		if err != nil {
			return err
		}
	}
	if opened.Sealed {
		return nil
	}
	_, err = s.append(ctx, tx, m, m.ID, "split-off", press.By, body, at, Change{From: m.State, To: m.State,
		Links: []Link{{Kind: SplitOff, Matter: opened.ID, Number: opened.Number}}})
	return err
}

func firstEntry(m *Matter) *Entry {
	if len(m.Entries) == 0 {
		return nil
	}
	e := m.Entries[0]
	e.ID = ""
	return &e
}

func citizens(p *procedure.Procedure, m *Matter) map[string][]Party {
	parties := map[string][]Party{}
	for relation, list := range m.Parties {
		if p.Relations[relation].Kind == "citizen" {
			parties[relation] = list
		}
	}
	return parties
}

// merge joins this matter's entries to the linked one: one matter, one clock, and every submitter keeps the
// right to an answer (A7 DU5).
func (s *Store) merge(ctx context.Context, tx *db.Tx, m *Matter, press Press) error {
	into := press.Linked
	if into == nil || into.ID == m.ID {
		return noLinked()
	}
	p := s.rules(into)
	set := map[string][]Party{}
	for relation, list := range citizens(s.rules(m), m) {
		if _, ok := p.Relations[relation]; ok {
			set[relation] = append(slices.Clone(into.Parties[relation]), list...)
		}
	}
	for _, e := range m.Entries { // each submitter follows the one matter by their own receipt
		err := tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $2, $3, $4)`,
			"merged:"+into.ID+":"+e.ID, into.ID, e.ID, e.Person)
		if err != nil {
			return err
		}
	}
	at := press.At
	if _, err := s.append(ctx, tx, into, into.ID, "merged-in", press.By, press.By.Acting, at, Change{From: into.State, To: into.State,
		Set: set, Entries: m.Entries, Flags: map[string]string{"joint": string(calendar.DayOf(at))},
		Links: []Link{{Kind: Merged, Matter: m.ID, Number: m.Number}}}); err != nil {
		return err
	}
	_, err := s.append(ctx, tx, m, m.ID, "merged", press.By, press.By.Acting, at, Change{From: m.State, To: m.State,
		Links: []Link{{Kind: MergedInto, Matter: into.ID, Number: into.Number}}})
	return err
}

// Sweep does what a missed clock brings about, for every clock that is over at the instant, in batches of n.
// It returns how many it did. A crash between two matters leaves the rest for the next sweep.
func (s *Store) Sweep(ctx context.Context, d *db.DB, at time.Time, n int) (int, error) {
	type over struct{ matter, clock string }
	var list []over
	err := d.Each(ctx, `SELECT c.matter, c.clock FROM matter_clock c WHERE c.running = TRUE AND c.missed = FALSE AND c.due <= $1
		ORDER BY c.due, c.matter, c.clock LIMIT $2`, []any{at.UnixMilli(), n}, func(scan func(...any) error) error {
		var o over
		err := scan(&o.matter, &o.clock)
		list = append(list, o)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("matter.Sweep: %w", err)
	}
	for i, o := range list {
		err := d.Write(ctx, func(tx *db.Tx) error { return s.miss(ctx, tx, o.matter, o.clock, at) })
		if err != nil {
			return i, fmt.Errorf("matter.Sweep %s %s: %w", o.matter, o.clock, err)
		}
	}
	return len(list), nil
}

// miss records that a clock ran out, and does what the rules say follows.
func (s *Store) miss(ctx context.Context, tx *db.Tx, id, clock string, at time.Time) error {
	m, err := s.Load(ctx, tx, id)
	if err != nil {
		return err
	}
	c, ok := m.Clock(clock)
	if !ok || !c.Running() || c.Missed || !c.Over(at) {
		return nil
	}
	p := s.rules(m)
	rule := p.Clocks[clock]
	c.Missed = true
	if rule.For == "citizen" { // a right that lapsed is over: nobody is late, and no list may say so
		c.Stopped = c.Due
	}
	program := actor.Program("clock")
	m, err = s.append(ctx, tx, m, id, "missed", program, "", at, Change{From: m.State, To: m.State,
		Note: map[string]string{"clock": clock}, Clocks: []Clock{c}, Cite: p.Cite(rule.Cite)})
	if err != nil {
		return err
	}
	for _, then := range rule.Missed {
		switch then.Name {
		case "supervise":
			against := m.Org(then.Against)
			if against == "" {
				against = or(m.Org(rule.Holder), s.Holder(m))
			}
			if err := s.supervise(ctx, tx, m, then.Arg, against, Press{At: at}); err != nil {
				return err
			}
		case "do":
			a := p.Actions[then.Arg]
			if !p.OpenIn(a, m.State, m.Class) || !s.where(m, p, a.Where) {
				continue
			}
			if _, err := s.Do(ctx, tx, id, 0, Press{Action: then.Arg, By: program, At: at}); err != nil {
				return err
			}
		}
		if m, err = s.Load(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}
