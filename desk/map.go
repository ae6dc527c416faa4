package desk

import (
	"context"
	"slices"

	"jishi/people/actor"
	"jishi/work/matter"
)

// A Node is one matter on the map of those that belong together: a ticket, the whistle it blew, the tasks of that.
type Node struct {
	ID, Number, Title      string
	Procedure, ProcedureEn string
	Kind                   string // how it hangs on the node above it; "" for the first
	StateTitle, StateEn    string
	Holder                 Body
	Next                   *Clock
	Ended, Here            bool
	Parts                  []Node
}

// mostNodes bounds the map: a ticket that two hundred people called about is read by its own list of entries.
const mostNodes = 24

// upward are the links that lead to what a matter comes from; every other one leads to what came of it.
var upward = []string{matter.OpenedFrom, matter.SplitFrom, matter.MergedInto, matter.Supervises}

// mapOf is the map of the matters linked with m, from the one that all come from; nil when m stands alone.
// It shows what the reader may see and is silent about everything else. left is how many more there were.
func (d *Desk) mapOf(ctx context.Context, who actor.Actor, m *matter.Matter) (top *Node, left int, err error) {
	seen := map[string]bool{m.ID: true}
	root := m
	for up := true; up && len(seen) < mostNodes; {
		up = false
		for _, l := range root.Links {
			if !slices.Contains(upward, l.Kind) || seen[l.Matter] {
				continue
			}
			if above, err := d.load(ctx, who, l.Matter); err == nil {
				root, up = above, true
				seen[above.ID] = true
				break
			}
		}
	}
	clear(seen)
	n, err := d.node(ctx, who, root, "", m.ID, seen, &left)
	if err != nil || len(n.Parts) == 0 {
		return nil, 0, err
	}
	return &n, left, nil
}

func (d *Desk) node(ctx context.Context, who actor.Actor, m *matter.Matter, kind, here string, seen map[string]bool, left *int) (Node, error) {
	seen[m.ID] = true
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return Node{}, err
	}
	state := p.States[m.State]
	n := Node{ID: m.ID, Number: m.Number, Title: d.title(m), Procedure: p.Title, ProcedureEn: p.En, Kind: kind,
		StateTitle: state.Title, StateEn: state.En, Holder: d.Body(d.Matters.Holder(m)), Next: next(d.clocks(m, d.Now()), who.Kind == actor.Citizen),
		Ended: m.Ended, Here: m.ID == here}
	for _, l := range m.Links {
		if seen[l.Matter] {
			continue
		}
		part, err := d.load(ctx, who, l.Matter)
		if err != nil {
			continue // what one may not know of is not there, nor is it counted
		}
		if len(seen) >= mostNodes {
			*left++
			continue
		}
		below, err := d.node(ctx, who, part, l.Kind, here, seen, left)
		if err != nil {
			return n, err
		}
		n.Parts = append(n.Parts, below)
	}
	return n, nil
}
