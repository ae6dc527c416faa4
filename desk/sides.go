package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Side is a citizen who is a party of their own in a matter that has several.
type Side struct {
	Entry               string // whose query code may be handed out
	Relation, Title, En string
	Masked              Identity
	Own                 bool // the reader
}

// sides are the parties that stand apart, in the order of their relations. Names and numbers are masked.
func (d *Desk) sides(ctx context.Context, who actor.Actor, p *procedure.Procedure, m *matter.Matter) ([]Side, error) {
	var list []Side
	for _, relation := range slices.Sorted(maps.Keys(m.Parties)) {
		rule := p.Relations[relation]
		if !rule.Apart {
			continue
		}
		for _, party := range m.Parties[relation] {
			masked, err := d.masked(ctx, party.Person)
			if err != nil {
				return nil, err
			}
			side := Side{Relation: relation, Title: rule.Title, En: rule.En, Masked: masked, Own: who.Kind == actor.Citizen && slices.Contains(who.Persons(), party.Person)}
			if i := slices.IndexFunc(m.Entries, func(e matter.Entry) bool { return e.Person == party.Person }); i >= 0 {
				side.Entry = m.Entries[i].ID
			}
			if who.Kind == actor.Citizen && !side.Own {
				side.Masked.Phone, side.Masked.Address = "", ""
			}
			list = append(list, side)
		}
	}
	return list, nil
}

// sideOf names the relation that the person holds apart from others.
func sideOf(p *procedure.Procedure, m *matter.Matter, person string) words.Two {
	for relation, parties := range m.Parties {
		if rule := p.Relations[relation]; rule.Apart && slices.ContainsFunc(parties, func(x matter.Party) bool { return x.Person == person }) {
			return words.Two{ZH: rule.Title, EN: rule.En}
		}
	}
	return words.Two{}
}

// keptApart: what was said at such a step only its own author among the citizens reads.
func keptApart(who actor.Actor, p *procedure.Procedure, e journal.Event) bool {
	return who.Kind == actor.Citizen && p.Actions[e.Action].Apart && !slices.Contains(who.Persons(), e.Actor)
}

// joined: a citizen who joined a matter whose opening is apart; what it said is not theirs to read.
func (d *Desk) joined(ctx context.Context, who actor.Actor, p *procedure.Procedure, m *matter.Matter) (bool, error) {
	if who.Kind != actor.Citizen || !p.Open.Apart || who.Matter == m.ID || len(m.Entries) < 2 {
		return false, nil
	}
	first, err := journal.First(ctx, d.DB, m.ID)
	if err != nil {
		return false, err
	}
	c, err := matter.ReadChange(first)
	if err != nil || c.Open == nil {
		return false, err
	}
	return !slices.ContainsFunc(c.Open.Entries, func(e matter.Entry) bool {
		return e.ID == who.Matter && who.Matter != "" || e.Person != "" && slices.Contains(who.Persons(), e.Person)
	}), nil
}

// files are the attachments that the reader may open: all of them, but for what was handed in apart.
func (d *Desk) files(ctx context.Context, who actor.Actor, p *procedure.Procedure, m *matter.Matter) ([]matter.File, error) {
	apart := p.Open.Apart || slices.ContainsFunc(p.ActionIDs(), func(id string) bool { return p.Actions[id].Apart })
	if who.Kind != actor.Citizen || !apart || len(m.Files) == 0 {
		return m.Files, nil
	}
	joined, err := d.joined(ctx, who, p, m)
	if err != nil {
		return nil, err
	}
	events, err := journal.Of(ctx, d.DB, m.ID)
	if err != nil {
		return nil, err
	}
	var list []matter.File
	for _, e := range events {
		c, err := matter.ReadChange(e)
		if err != nil {
			return nil, err
		}
		if !keptApart(who, p, e) && !(joined && c.Open != nil) {
			list = append(list, c.Files...)
		}
	}
	return list, nil
}

// Handout makes a new query code for one party and shows it once, for whoever handles the matter to hand over. An
// older code of that party no longer works. It is recorded among the looks at the party's identity.
func (d *Desk) Handout(ctx context.Context, who actor.Actor, id, entry string) (Receipt, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return Receipt{}, err
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return Receipt{}, err
	}
	i := slices.IndexFunc(m.Entries, func(e matter.Entry) bool { return e.ID == entry && e.Person != "" })
	if i < 0 || sideOf(p, m, m.Entries[i].Person).ZH == "" {
		return Receipt{}, matter.NotFound()
	}
	if who.Kind != actor.Staff || !who.In(d.Matters.Holder(m)) {
		return Receipt{}, words.Refuse(words.Forbidden, "not-handling", "只有正在办理这件事项的单位可以发查询凭证。")
	}
	if _, err := d.open(ctx, who, m, m.Entries[i].Person, "发给当事人查询凭证"); err != nil {
		return Receipt{}, err
	}
	r := Receipt{ID: m.ID, Number: m.Number, Code: d.code(NewToken()), At: d.Now(), Body: d.Body(d.Matters.Holder(m)), Clocks: d.clocks(m, d.Now())}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM matter_entry WHERE matter = $1 AND entry = $2 AND code NOT LIKE '%:%'`, m.ID, entry); err != nil {
			return err
		}
		if err := endFeed(ctx, tx, actor.Citizen, m.Entries[i].Person, m.ID); err != nil { // made with the old code
			return err
		}
		return tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $2, $3, $4)`,
			actor.HashCode(d.secret, m.Number, r.Code), m.ID, entry, m.Entries[i].Person)
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("desk.Handout %s: %w", id, err)
	}
	return r, nil
}

// checkPeople refuses a named person without a name, or with a number that cannot be one. Where a step needs
// somebody and nobody is named, it says so beside the name.
func (d *Desk) checkPeople(p *procedure.Procedure, needs, asks []string, people map[string]vault.Identity) error {
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	for _, name := range slices.Concat(needs, asks) {
		who, said := people[name]
		if p.Fields[name].Type != "citizen" || !said && !slices.Contains(needs, name) {
			continue
		}
		f := p.Fields[name]
		if strings.TrimSpace(who.Name) == "" {
			r.At(name+".name", "请填写“{field}”的姓名。", "field", words.Two{ZH: f.Title, EN: f.En})
		}
		if fault := optional(vault.CheckPhone, name+".phone", who.Phone); fault != nil {
			r.At(fault.Field, fault.Text, fault.Args...)
		}
	}
	if len(r.Fields) == 0 {
		return nil
	}
	return r.With("n", len(r.Fields))
}

// sealPeople puts those whom a form names into the vault; the matter gets their references. A reference that came
// from outside is never taken: it would make somebody a party by guessing.
func (d *Desk) sealPeople(ctx context.Context, tx *db.Tx, p *procedure.Procedure, with map[string]string, people map[string]vault.Identity) error {
	for name := range with {
		if p.Fields[name].Type == "citizen" {
			delete(with, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(people)) {
		ref, _, err := d.Vault.Seal(ctx, tx, d.Now(), people[name])
		if err != nil {
			return err
		}
		with[name] = ref
	}
	return nil
}

// named are the people whom a form that is sent names, the empty ones left out.
func givenPeople(people map[string]vault.Identity) map[string]vault.Identity {
	given := maps.Clone(people)
	maps.DeleteFunc(given, func(_ string, who vault.Identity) bool { return who == vault.Identity{} })
	return given
}
