package scenario

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/actor"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// open files a matter, as the desk does for a citizen or an officer.
func (r *run) open(ctx context.Context, step Step) error {
	if _, ok := r.ids[step.Matter]; ok {
		return fmt.Errorf("the matter %s is open already", step.Matter)
	}
	by, ok := r.Cast.Person(step.As)
	if !ok {
		return fmt.Errorf("%s cannot open a matter: name somebody of the cast", step.As)
	}
	p := r.p
	if step.Procedure != "" {
		var err error
		if p, err = r.Book.Procedure(step.Procedure, calendar.DayOf(step.At), r.s.Profile); err != nil {
			return err
		}
	}
	with := r.with(p, p.Open.Needs, step)
	class, channel := with["class"], or(with["channel"], r.Cast.usual["channel"])
	if _, ok := p.Classes[r.Cast.usual["class"]]; ok && class == "" {
		class = r.Cast.usual["class"]
	}
	if ways := p.Open.Channels; with["channel"] == "" && len(ways) > 0 && !contains(ways, channel) {
		channel = ways[0]
	}
	if !contains(p.Open.Needs, "class") && !contains(p.Open.Asks, "class") {
		delete(with, "class")
	}
	delete(with, "channel")
	petitioner := by.Person
	if by.Kind == actor.Staff && with["anonymous"] != "yes" {
		petitioner = citizenRef(r.Cast.citizens[0])
	}
	parties := map[string][]matter.Party{}
	for name, value := range step.With {
		if p.Relations[name].Kind == "citizen" {
			ids, _ := r.Cast.value("citizen", value)
			for _, id := range strings.Fields(ids) {
				parties[name] = append(parties[name], matter.Party{Person: id})
			}
			delete(with, name)
		}
		if f := p.Fields[name]; f.Secret && f.Type == "line" { // who somebody is lies in the vault, never in the matter
			delete(with, name)
		}
	}
	submitter := p.Submitter()
	if list := parties[submitter]; len(list) > 0 {
		petitioner = list[0].Person
	} else if petitioner != "" && submitter != "" {
		parties[submitter] = []matter.Party{{Person: petitioner}}
	}
	o := matter.Opening{Procedure: p, Class: class, Channel: channel, Parties: parties,
		Press: matter.Press{By: by, At: step.At, With: with}}
	return r.bring(ctx, step.Matter, petitioner, o)
}

// bring opens a matter under the name that steps call it by, with its entry.
func (r *run) bring(ctx context.Context, name, petitioner string, o matter.Opening) error {
	r.n++
	o.ID = matter.NewID()
	o.Number = procedure.Numbered(o.Procedure.Number, o.At.In(calendar.Zone).Year(), r.n)
	o.Entry = &matter.Entry{ID: o.ID, Number: o.Number, Person: petitioner, Channel: o.Channel, At: o.At.UnixMilli()}
	err := r.d.Write(ctx, func(tx *db.Tx) error {
		if _, err := r.store.Open(ctx, tx, o); err != nil {
			return err
		}
		return tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $2, $3, $4)`, o.ID, o.ID, o.ID, petitioner)
	})
	if err != nil {
		return err
	}
	r.ids[name] = o.ID
	return nil
}

// given puts a matter where the scenario begins, by one event: an opening under the same rules through
// another door, which leads straight to the state and starts the clocks on the days that are given.
func (r *run) given(ctx context.Context, g Given) error {
	p := *r.p
	with := maps.Clone(g.Fields)
	if with == nil {
		with = map[string]string{}
	}
	with["title"] = or(g.Title, r.Cast.usual["title"])
	p.Open = procedure.Opening{Title: p.Open.Title, By: []string{"anyone", "system"}, To: g.State, Cite: p.Open.Cite}
	for name := range with {
		p.Open.Asks = append(p.Open.Asks, name)
	}
	for _, flag := range g.Flags {
		p.Open.Effects = append(p.Open.Effects, procedure.Effect{Name: "flag", Arg: flag})
	}
	p.Clocks = r.givenClocks(g, &p, with)
	parties := map[string][]matter.Party{}
	for relation, names := range g.Relations {
		kind := r.p.Relations[relation].Kind
		for _, name := range names {
			parties[relation] = append(parties[relation], r.party(kind, name))
		}
	}
	submitter := r.p.Submitter()
	if submitter != "" && len(parties[submitter]) == 0 {
		parties[submitter] = []matter.Party{{Person: citizenRef(r.Cast.citizens[0])}}
	}
	petitioner := ""
	if list := parties[submitter]; len(list) > 0 {
		petitioner = list[0].Person
	}
	o := matter.Opening{Procedure: &p, Class: g.class(r), Channel: or(g.Channel, r.Cast.usual["channel"]), Parties: parties,
		Press: matter.Press{By: actor.Program("scenario"), At: g.Since, With: with}}
	if err := r.bring(ctx, g.Matter, petitioner, o); err != nil {
		return err
	}
	m, err := r.store.Load(ctx, r.d, r.ids[g.Matter])
	if err != nil {
		return err
	}
	for id := range g.Clocks {
		if _, runs := m.Clock(id); !runs {
			return fmt.Errorf("the clock %s cannot run for such a matter", id)
		}
	}
	return nil
}

// givenClocks are the clocks of the rules, each started by the opening alone, and only where a day is given.
func (r *run) givenClocks(g Given, p *procedure.Procedure, with map[string]string) map[string]procedure.Clock {
	clocks, fields := maps.Clone(r.p.Clocks), maps.Clone(r.p.Fields)
	for id, rule := range clocks {
		rule.Starts, rule.NotAfter = nil, ""
		if day, ok := g.Clocks[id]; ok {
			field := "given-" + id
			rule.Starts = []procedure.Start{{On: doOpen, Day: field}}
			with[field] = string(day)
			fields[field] = procedure.Field{Type: "day"}
			p.Open.Asks = append(p.Open.Asks, field)
		}
		clocks[id] = rule
	}
	p.Fields = fields
	return clocks
}

// class is the one given, or the usual one, or the first of a procedure that does not know the usual one.
func (g Given) class(r *run) string {
	if _, ok := r.p.Classes[r.Cast.usual["class"]]; g.Class != "" || ok || len(r.p.Classes) == 0 {
		return or(g.Class, r.Cast.usual["class"])
	}
	return slices.Sorted(maps.Keys(r.p.Classes))[0]
}

// party is a name of the cast in a relation: a body, somebody of a body, or a citizen.
func (r *run) party(kind, name string) matter.Party {
	switch kind {
	case "citizen":
		return matter.Party{Person: citizenRef(name)}
	case "person":
		a := r.Cast.people[name]
		return matter.Party{Org: a.Acting, Person: a.ID}
	}
	return matter.Party{Org: r.Cast.orgs[name]}
}

// clear empties the scratch database, so that no scenario meets another's matters.
func clear(ctx context.Context, d *db.DB) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		for _, table := range strings.Fields("event event_waiting event_position matter matter_party matter_clock matter_entry number_block") {
			if err := tx.Put(ctx, "DELETE FROM "+table); err != nil {
				return fmt.Errorf("scenario.clear: %w", err)
			}
		}
		return nil
	})
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
