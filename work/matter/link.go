package matter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/procedure"
)

// While a matter that a step opened is not ended, the one it was opened from carries a flag for it, so that a guard
// can wait for all of them without reading another matter.
const openPart = "open:"

func partFlag(part *Matter) string { return openPart + part.Procedure + ":" + part.ID }

// partOf is what the flag says: for which body the matter was opened, or on which day where it was for none.
func partOf(part *Matter, press Press) string {
	return or(part.Fields["target"], string(calendar.DayOf(press.At)))
}

// sealAlong: an opening that links itself to a sealed matter, by rules that say so, is sealed as that one is, from the
// same parties.
func (e *Engine) sealAlong(m *Matter, p *procedure.Procedure, o Opening) bool {
	if o.Linked == nil || !o.Linked.Sealed || !slices.ContainsFunc(p.Open.Effects, func(f procedure.Effect) bool { return f.Along }) {
		return false
	}
	for relation, parties := range o.Linked.Parties {
		if e.rules(o.Linked).Relations[relation].Denied && p.Relations[relation].Denied {
			m.Parties[relation] = append(slices.Clone(m.Parties[relation]), parties...)
		}
	}
	return true
}

// hasPart reports whether a matter of the procedure that was opened from this one for the body is still open.
func (m *Matter) hasPart(procedure, body string) bool {
	return slices.ContainsFunc(m.parts(procedure), func(id string) bool { return m.Flags[openPart+procedure+":"+id] == body })
}

// parts are the matters of the procedure that were opened from this one and are not ended yet, by ID in the order in
// which they were opened.
func (m *Matter) parts(procedure string) []string {
	var ids []string
	for _, l := range m.Links {
		if l.Kind == Opened && m.Flags[openPart+procedure+":"+l.Matter] != "" {
			ids = append(ids, l.Matter)
		}
	}
	return ids
}

// from is the matter that this one was opened from, "" when somebody brought it in.
func (m *Matter) from() string {
	for _, l := range m.Links {
		if l.Kind == OpenedFrom {
			return l.Matter
		}
	}
	return ""
}

// openFrom opens what the effect names: one matter, or one for each body in a field. All of them stand in one event
// of this matter, unless they are sealed and this one is not: then nothing here points to them.
func (s *Store) openFrom(ctx context.Context, tx *db.Tx, m *Matter, e procedure.Effect, press Press) error {
	p, err := s.Book.Procedure(e.Arg, calendar.DayOf(press.At), s.rules(m).Profile)
	if err != nil {
		return err
	}
	bodies := []string{press.With["target"]}
	if e.Each != "" {
		bodies = strings.Fields(press.With[e.Each])
	}
	c := Change{From: m.State, To: m.State, Flags: map[string]string{}}
	for _, body := range bodies {
		part, err := s.openPart(ctx, tx, m, p, e, body, press)
		if err != nil {
			return err
		}
		if s.hides(part, m) {
			continue
		}
		c.Links = append(c.Links, Link{Kind: Opened, Matter: part.ID, Number: part.Number})
		c.Flags[partFlag(part)] = partOf(part, press)
	}
	if len(c.Links) == 0 {
		return nil
	}
	body, _ := s.body(press.By, m, s.rules(m).Actions[press.Action].By)
	_, err = s.append(ctx, tx, m, m.ID, "opened", press.By, or(body, press.By.Acting), press.At, c)
	return err
}

// hides: nothing in m may point to the part. What is only private may be known to exist where it was asked for.
func (s *Store) hides(part, m *Matter) bool {
	return part.Sealed && !m.Sealed && !s.rules(part).Private
}

func (s *Store) openPart(ctx context.Context, tx *db.Tx, m *Matter, p *procedure.Procedure, e procedure.Effect, body string, press Press) (*Matter, error) {
	year := press.At.In(calendar.Zone).Year()
	n, err := s.next(ctx, tx, fmt.Sprintf("%s:%d", p.ID, year))
	if err != nil {
		return nil, err
	}
	o := Opening{ID: NewID(), Number: procedure.Numbered(p.Number, year, n), Procedure: p,
		Class: partClass(p, e, m, press), Channel: partChannel(p, m), Sealed: m.Sealed, Parties: map[string][]Party{},
		Links: []Link{{Kind: OpenedFrom, Matter: m.ID, Number: m.Number}},
		Press: Press{By: actor.Program("open"), At: press.At, From: m, Step: &press, With: s.partWith(m, p, body, press)}}
	o.Body, _ = s.body(press.By, m, s.rules(m).Actions[press.Action].By)
	if press.Action == "open" {
		o.Body = or(press.Body, press.By.Acting)
	}
	for relation, rule := range p.Relations {
		if rule.Denied && len(m.Parties[relation]) > 0 {
			o.Parties[relation] = m.Parties[relation]
		}
	}
	if e.Submitters && len(m.Entries) > 0 {
		if to, from := p.Submitter(), s.rules(m).Submitter(); to != "" {
			o.Parties[to] = m.Parties[from]
		}
		first := m.Entries[0]
		o.Entry, o.More = &first, m.Entries[1:]
	}
	part, err := s.Open(ctx, tx, o)
	if err != nil {
		return nil, err
	}
	for _, entry := range part.Entries { // whoever brought it in follows both by the one receipt
		err := tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $2, $3, $4)`,
			"open:"+part.ID+":"+entry.ID, part.ID, entry.ID, entry.Person)
		if err != nil {
			return nil, err
		}
	}
	return part, nil
}

// partClass is the class that the effect or the press names, or the same class where both procedures know it.
func partClass(p *procedure.Procedure, e procedure.Effect, m *Matter, press Press) string {
	if e.Class != "" {
		return e.Class
	}
	if _, ok := p.Classes[m.Class]; ok && press.With["class"] == "" {
		return m.Class
	}
	if _, ok := p.Classes[press.With["class"]]; ok || len(p.Classes) > 1 {
		return press.With["class"]
	}
	return only(p)
}

// partChannel: it came as the matter came, where the procedure knows that way.
func partChannel(p *procedure.Procedure, m *Matter) string {
	if slices.Contains(p.Open.Channels, m.Channel) {
		return m.Channel
	}
	return "system"
}

// partWith is what was said before, under the names that the other procedure asks for: nothing is typed twice, and
// nothing goes along that it does not ask for.
func (s *Store) partWith(m *Matter, p *procedure.Procedure, body string, press Press) map[string]string {
	with := map[string]string{}
	for _, name := range slices.Concat(p.Open.Needs, p.Open.Asks) {
		with[name] = or(press.With[name], m.Fields[name])
		if name == "target" {
			with[name] = body
		}
	}
	return clean(with)
}

// back takes an action on the matter that this one was opened from.
func (s *Store) back(ctx context.Context, tx *db.Tx, m *Matter, action string, press Press) error {
	if m.from() == "" {
		return nil
	}
	return s.program(ctx, tx, m.from(), action, press)
}

// tell takes an action on every open matter that was opened from this one.
func (s *Store) tell(ctx context.Context, tx *db.Tx, m *Matter, e procedure.Effect, press Press) error {
	for _, id := range m.parts(e.In) {
		if err := s.program(ctx, tx, id, e.Arg, press); err != nil {
			return err
		}
	}
	return nil
}

// program takes an action as the program, with what the press says under the fields that it asks for. Where the
// action cannot be taken now, nothing happens: the other matter may have gone on without this one.
func (s *Store) program(ctx context.Context, tx *db.Tx, id, action string, press Press) error {
	m, err := s.Load(ctx, tx, id)
	if err != nil {
		return err
	}
	a, ok := s.rules(m).Actions[action]
	if !ok || m.Ended {
		return nil
	}
	next := Press{Action: action, By: actor.Program("link"), At: press.At, With: map[string]string{}}
	for _, name := range slices.Concat(a.Needs, a.Asks) {
		next.With[name] = press.With[name]
	}
	maps.DeleteFunc(next.With, func(_, v string) bool { return v == "" })
	if next.Linked, err = s.linked(ctx, tx, next); err != nil {
		return err
	}
	if _, _, err := s.Decide(m, next); err != nil {
		if r, ok := words.AsRefusal(err); ok && r.Kind == words.Closed {
			return nil
		}
		return err
	}
	_, err = s.Do(ctx, tx, id, 0, next)
	return err
}

// partChanged tells the matter that this one was opened from that it ended, or is open again.
func (s *Store) partChanged(ctx context.Context, tx *db.Tx, part *Matter, press Press) error {
	m, err := s.Load(ctx, tx, part.from())
	if err != nil {
		return err
	}
	if s.hides(part, m) {
		return nil
	}
	c := Change{From: m.State, To: m.State, Flags: map[string]string{partFlag(part): ""}, Note: map[string]string{"part": part.Number}}
	action := "part-ended"
	if !part.Ended {
		c.Flags[partFlag(part)], action = partOf(part, press), "part-reopened"
	}
	_, err = s.append(ctx, tx, m, m.ID, action, actor.Program("link"), "", press.At, c)
	return err
}

// alike are the numbers of other matters of the procedure that carry the flag and say the same, the oldest first.
func (s *Store) alike(ctx context.Context, r db.Reader, a Alike) ([]string, error) {
	sql, args := `SELECT m.number, m.fold FROM matter m WHERE m.procedure = $1 AND m.id <> $2 ORDER BY m.opened, m.id`, []any{a.Procedure, a.Not}
	if a.Relation != "" {
		sql = `SELECT m.number, m.fold FROM matter_party x JOIN matter m ON m.id = x.matter
			WHERE x.org = $3 AND x.relation = $4 AND m.procedure = $1 AND m.id <> $2 ORDER BY m.opened, m.id`
		args = append(args, a.Body, a.Relation)
	}
	var numbers []string
	err := r.Each(ctx, sql, args, func(scan func(...any) error) error {
		var number, fold string
		if err := scan(&number, &fold); err != nil {
			return err
		}
		m, err := decode(fold)
		if err == nil && m.Flags[a.Flag] != "" && plainly(m.Fields[a.Field]) == plainly(a.Value) {
			numbers = append(numbers, number)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("matter.alike %s: %w", a.Procedure, err)
	}
	return numbers, nil
}

// plainly leaves out what does not make a name another one: blanks, quotation marks, full or half width.
func plainly(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' {
			c -= '！' - '!'
		}
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, s)
}
