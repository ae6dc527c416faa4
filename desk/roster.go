package desk

import (
	"context"

	"jishi/people/actor"
	"jishi/people/actor/roster"
)

// NoteRoster keeps what became of a roster that ImportRoster took, with its marked-up rows where something was wrong.
func (d *Desk) NoteRoster(ctx context.Context, who actor.Actor, name string, data []byte, dry bool, r roster.Result) (Brought, error) {
	marked, err := r.Marked(who.Lang)
	if err != nil {
		return Brought{}, err
	}
	b := Brought{What: "roster", Name: name, Hash: hashOf(data), Total: r.Read, Good: r.Good, Bad: r.Bad, Said: BroughtFor{Dry: dry}}
	for _, f := range append(r.Faults, r.Notices...) {
		b.Faults = append(b.Faults, fileFault(f.Row, 0, f.Column, f.Text, f.Args...))
	}
	return d.noteBrought(ctx, who, b, marked)
}
