package matter

import (
	"maps"
	"slices"
	"strings"
	"time"

	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/procedure"
)

// Offices answers what relations need to know of bodies.
type Offices interface {
	Tree() *org.Tree
	Heads(person string) []string // the bodies that the person heads
	HeadsOf(org string) []string  // the persons that head the body
}

// Sees is the one answer to "may this actor know that the matter exists, and read it".
//
//   - A citizen sees the matters they brought in.
//   - An officer sees a matter in which a body of theirs has a part, or which a body they supervise holds.
//   - A sealed matter is seen only by bodies with a part in it, and never by a denied party, by whoever
//     works in or beneath a denied body, or beneath a body that a denied person heads.
//   - A matter of a private procedure is sealed in the same way, whether anybody is denied it or not.
func (e *Engine) Sees(a actor.Actor, m *Matter) bool {
	switch a.Kind {
	case actor.System:
		return true
	case actor.Citizen:
		return e.brought(a, m)
	case actor.Staff:
		if e.denied(a, m) {
			return false
		}
		return e.partOf(a, m) || !m.Sealed && e.supervises(a, m)
	}
	return false
}

// brought: each filing has a reference of its own in the vault, so that whoever holds one holds one filing, and
// what was split from it or merged with it. An anonymous one is known by its number and code alone.
func (e *Engine) brought(a actor.Actor, m *Matter) bool {
	return a.Matter != "" && a.Matter == m.ID || slices.ContainsFunc(m.Entries, func(n Entry) bool {
		return n.Person != "" && slices.Contains(a.Persons(), n.Person) || a.Matter != "" && n.ID == a.Matter
	})
}

// partOf: a body in which the actor can act has a part in the matter, other than being denied it.
func (e *Engine) partOf(a actor.Actor, m *Matter) bool {
	p := e.rules(m)
	for relation, parties := range m.Parties {
		if p.Relations[relation].Denied {
			continue
		}
		for _, party := range parties {
			if party.Org != "" && worksOn(a, party.Org) || party.Org == "" && party.Person == a.ID {
				return true
			}
		}
	}
	return false
}

// worksOn: the post carries something to do with matters; an administrator's or auditor's does not.
func worksOn(a actor.Actor, body string) bool {
	for _, power := range []actor.Power{actor.Handle, actor.Head, actor.Register, actor.Supervise, actor.Discipline} {
		if a.Has(body, power) {
			return true
		}
	}
	return false
}

// supervises: the actor's post supervises, and a body of the same place or beneath it holds the matter.
func (e *Engine) supervises(a actor.Actor, m *Matter) bool {
	holder, ok := e.Offices.Tree().Get(e.Holder(m))
	if !ok {
		return false
	}
	for _, body := range a.With(actor.Supervise) {
		o, ok := e.Offices.Tree().Get(body)
		if ok && strings.HasPrefix(holder.Division, division.Prefix(o.Division)) {
			return true
		}
	}
	return false
}

func (e *Engine) denied(a actor.Actor, m *Matter) bool {
	if !m.Sealed {
		return false
	}
	return e.deniedBodies(m, a.Orgs()...) || e.deniedPerson(m, a.ID)
}

// deniedBodies: one of the bodies is a denied party of the matter, beneath one, or beneath a body that a
// denied person heads.
func (e *Engine) deniedBodies(m *Matter, bodies ...string) bool {
	tree, rules := e.Offices.Tree(), e.rules(m)
	for relation, parties := range m.Parties {
		if !rules.Relations[relation].Denied {
			continue
		}
		for _, party := range parties {
			against := []string{party.Org}
			if party.Org == "" {
				against = e.Offices.Heads(party.Person)
			}
			for _, bad := range against {
				for _, body := range bodies {
					if bad != "" && (body == bad || tree.Beneath(body, bad)) {
						return true
					}
				}
			}
		}
	}
	return false
}

func (e *Engine) deniedPerson(m *Matter, person string) bool {
	for relation, parties := range m.Parties {
		if e.rules(m).Relations[relation].Denied &&
			slices.ContainsFunc(parties, func(p Party) bool { return p.Person != "" && p.Person == person }) {
			return true
		}
	}
	return false
}

// May reports whether the actor stands in one of the relations that an action asks for (`by`).
func (e *Engine) May(a actor.Actor, m *Matter, by []string) bool {
	_, ok := e.body(a, m, by)
	return ok
}

// MayClass reports whether the actor may bring in a matter of the class; the program may bring in any.
func (e *Engine) MayClass(a actor.Actor, m *Matter, class string) bool {
	by := e.rules(m).Classes[class].By
	return len(by) == 0 || a.Kind == actor.System || e.May(a, m, by)
}

// body finds the relation of `by` in which the actor stands and the body they act for in it.
func (e *Engine) body(a actor.Actor, m *Matter, by []string) (org string, ok bool) {
	if a.Kind == actor.Staff && m.Flags["recused:"+a.ID] != "" {
		return "", false
	}
	for _, relation := range by {
		if org, ok = e.stands(a, m, relation); ok {
			return org, true
		}
	}
	return "", false
}

func (e *Engine) stands(a actor.Actor, m *Matter, relation string) (org string, ok bool) {
	switch {
	case relation == "anyone":
		return a.Acting, true
	case relation == "system":
		return "", a.Kind == actor.System
	case strings.HasPrefix(relation, "power:"):
		return first(a.With(actor.Power(strings.TrimPrefix(relation, "power:"))), a.Acting)
	case strings.HasPrefix(relation, "head-of-"):
		return e.among(a, m, strings.TrimPrefix(relation, "head-of-"), func(body string) bool { return a.Has(body, actor.Head) })
	case strings.HasPrefix(relation, "above-"):
		return e.over(a, m, strings.TrimPrefix(relation, "above-"), e.Offices.Tree().ReviewSuperior)
	case strings.HasPrefix(relation, "superior-of-"):
		return e.over(a, m, strings.TrimPrefix(relation, "superior-of-"), e.superiors)
	}
	switch e.rules(m).Relations[relation].Kind {
	case "citizen":
		if e.rules(m).Relations[relation].Apart {
			return "", a.Kind == actor.Citizen && slices.ContainsFunc(m.Parties[relation], func(p Party) bool { return slices.Contains(a.Persons(), p.Person) })
		}
		return "", a.Kind == actor.Citizen && e.brought(a, m)
	case "person":
		for _, p := range m.Parties[relation] {
			if a.Kind == actor.Staff && p.Person == a.ID && a.In(p.Org) {
				return p.Org, true
			}
		}
		return "", false
	}
	return e.among(a, m, relation, func(body string) bool { return worksOn(a, body) })
}

func (e *Engine) among(a actor.Actor, m *Matter, relation string, can func(body string) bool) (string, bool) {
	var bodies []string
	for _, p := range m.Parties[relation] {
		if a.Kind == actor.Staff && p.Org != "" && can(p.Org) {
			bodies = append(bodies, p.Org)
		}
	}
	return first(bodies, a.Acting)
}

func (e *Engine) over(a actor.Actor, m *Matter, relation string, above func(string) []string) (string, bool) {
	var bodies []string
	for _, p := range m.Parties[relation] {
		for _, body := range above(p.Org) {
			if worksOn(a, body) {
				bodies = append(bodies, body)
			}
		}
	}
	return first(bodies, a.Acting)
}

// superiors are all bodies above one, by administration or by review, to the top.
func (e *Engine) superiors(body string) []string {
	tree := e.Offices.Tree()
	var up []string
	for next := []string{body}; len(next) > 0; next = next[1:] {
		for _, b := range append(slices.Clone(tree.Above(next[0])), tree.ReviewSuperior(next[0])...) {
			if b != body && !slices.Contains(up, b) {
				up = append(up, b)
				next = append(next, b)
			}
		}
	}
	return up
}

// first prefers the body whose post is in use.
func first(bodies []string, acting string) (string, bool) {
	if len(bodies) == 0 {
		return "", false
	}
	if slices.Contains(bodies, acting) {
		return acting, true
	}
	return bodies[0], true
}

// Holder is the body that must move next, "" where a citizen must or nobody need.
func (e *Engine) Holder(m *Matter) string {
	p := e.rules(m)
	return m.Org(p.States[m.State].Holder)
}

// Officer is the person who handles the matter where it lies now, or else somebody who handled it; "" for nobody.
func (e *Engine) Officer(m *Matter) (person string) {
	p := e.rules(m)
	for _, relation := range slices.Sorted(maps.Keys(m.Parties)) {
		rule, parties := p.Relations[relation], m.Parties[relation]
		if rule.Kind == "person" && !rule.Denied && len(parties) > 0 && (person == "" || rule.Of == p.States[m.State].Holder) {
			person = parties[0].Person
		}
	}
	return person
}

func (e *Engine) rules(m *Matter) *procedure.Procedure {
	p, err := e.Book.ByKey(m.Version)
	if err != nil {
		// The program refuses to start while a matter's version is missing, so this is a fault of ours.
		panic("matter: " + err.Error())
	}
	return p
}

// Closed says why the actor cannot take the action now; nil when the door is open. What the action asks for is
// checked only when it is pressed.
func (e *Engine) Closed(a actor.Actor, m *Matter, action string, at time.Time) error {
	p := e.rules(m)
	_, err := e.allowed(m, p, p.Actions[action], Press{Action: action, By: a, At: at})
	return err
}

// Denies reports whether the body is one that must not be given the matter.
func (e *Engine) Denies(m *Matter, body string) bool { return e.deniedBodies(m, body) }
