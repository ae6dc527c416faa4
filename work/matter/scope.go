package matter

import (
	"fmt"
	"slices"
	"strings"

	"jishi/people/actor"
	"jishi/people/division"
)

// Scope is what Sees says, as a condition of SQL on the table matter under the alias m. Every list, count and
// search carries it; a test walks the program for one that does not. Its placeholders begin at $first.
func (e *Engine) Scope(a actor.Actor, first int) (sql string, args []any) {
	s := scope{next: first}
	switch a.Kind {
	case actor.System:
		return "TRUE", nil
	case actor.Citizen:
		return s.citizen(a), s.args
	case actor.Staff:
		return s.staff(e, a), s.args
	}
	return "FALSE", nil
}

type scope struct {
	next int
	args []any
}

func (s *scope) arg(v any) string {
	s.args = append(s.args, v)
	s.next++
	return fmt.Sprintf("$%d", s.next-1)
}

func (s *scope) in(column string, values []string) string {
	if len(values) == 0 {
		return "FALSE"
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = s.arg(v)
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")"
}

func (s *scope) citizen(a actor.Actor) string {
	return "m.id IN (SELECT " + s.arg(a.Matter) + " UNION SELECT n.matter FROM matter_entry n WHERE " + s.in("n.person", a.Persons()) + ")"
}

func (s *scope) staff(e *Engine, a actor.Actor) string {
	tree := e.Offices.Tree()
	under := slices.Clone(a.Orgs()) // the bodies by which the actor can be denied: their own and all above
	var works []string
	for _, body := range a.Orgs() {
		under = append(under, tree.Above(body)...)
		if worksOn(a, body) {
			works = append(works, body)
		}
	}
	persons := []string{a.ID}
	for _, body := range under {
		persons = append(persons, e.Offices.HeadsOf(body)...)
	}
	slices.Sort(under)
	slices.Sort(persons)
	denied := "m.sealed AND EXISTS (SELECT 1 FROM matter_party d WHERE d.matter = m.id AND d.denied AND (" +
		s.in("d.org", slices.Compact(under)) + " OR " + s.in("d.person", slices.Compact(persons)) + "))"
	// Whoever holds a matter has a part in it, and never a denied one (the checker says so): most lists are of what a
	// body holds, and need not look the part up. Nor need those of a place that one supervises: they are asked before it.
	sees := []string{s.in("m.holder", works)}
	for _, body := range a.With(actor.Supervise) {
		if o, ok := tree.Get(body); ok {
			from, to := division.Span(o.Division)
			sees = append(sees, "NOT m.sealed AND m.area >= "+s.arg(from)+" AND m.area < "+s.arg(to))
		}
	}
	sees = append(sees, "EXISTS (SELECT 1 FROM matter_party p WHERE p.matter = m.id AND NOT p.denied AND "+s.in("p.org", works)+")")
	return "NOT (" + denied + ") AND (" + strings.Join(sees, " OR ") + ")"
}
