package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/actor"
)

// Dispute is a cell with more than one value, with who said each and when.
type Dispute struct {
	Slot
	Writer    string // who wrote the value that stands
	Others    []Saying
	MayDecide bool
}

// Saying is one value that somebody wrote.
type Saying struct {
	table.Event
	Shown  string // the value as a reader sees it; "" where it needs a reason to be opened
	Person string
	Body   Body
}

// disputes are the cells with more than one value.
func (d *Desk) disputes(ctx context.Context, who actor.Actor, t *Table, role tableRole) error {
	open, err := table.Opens(ctx, d.DB, t.Place)
	if err != nil {
		return err
	}
	t.Open, err = d.disputesOf(ctx, who, open, func(string) tableRole { return role })
	return err
}

func (d *Desk) disputesOf(ctx context.Context, who actor.Actor, open []table.Event, role func(place string) tableRole) ([]Dispute, error) {
	var all []Dispute
	for _, x := range open {
		i := slices.IndexFunc(all, func(y Dispute) bool { return y.Cell.Key == x.Key })
		if i < 0 {
			y, err := d.dispute(ctx, x.Key)
			if err != nil {
				return nil, err
			}
			all, i = append(all, y), len(all)
		}
		all[i].Others = append(all[i].Others, d.saying(all[i].Element, x))
		all[i].MayDecide = d.decides(who, role(x.Place), all[i].Others)
	}
	return all, nil
}

// decides: a conflict is settled by who keeps the table, a contest by the body that the value is from.
func (d *Desk) decides(who actor.Actor, role tableRole, others []Saying) bool {
	for _, x := range others {
		if x.Contest && x.Decides != "" {
			return who.Has(x.Decides, actor.Handle) || who.Has(x.Decides, actor.Head)
		}
	}
	return role.keeps
}

func (d *Desk) dispute(ctx context.Context, k table.Key) (Dispute, error) {
	c, err := d.cells().Cell(ctx, d.DB, k)
	if err != nil {
		return Dispute{}, err
	}
	e, err := d.element(ctx, k)
	if err != nil {
		return Dispute{}, err
	}
	if e.Personal() {
		c.Value = "" // shown only to who decides, and only when they open it
	}
	return Dispute{Slot: d.slot(&Table{Place: k.Place}, e, k.Period, c, nil), Writer: d.Offices.Name(c.By)}, nil
}

func (d *Desk) saying(e collect.Element, x table.Event) Saying {
	s := Saying{Event: x, Person: d.Offices.Name(x.By), Body: d.Body(x.Org)}
	if !e.Personal() {
		s.Shown = x.Value
	}
	return s
}

// ToDecide are the contests that the actor's bodies decide.
func (d *Desk) ToDecide(ctx context.Context, who actor.Actor) ([]Dispute, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	var all []table.Event
	for _, org := range who.Orgs() {
		if !who.Has(org, actor.Handle) && !who.Has(org, actor.Head) {
			continue
		}
		open, err := table.Contested(ctx, d.DB, org)
		if err != nil {
			return nil, err
		}
		all = append(all, open...)
	}
	return d.disputesOf(ctx, who, all, func(place string) tableRole { return d.tableRole(who, place) })
}

// OpenDispute opens a cell with more than one value to whoever decides it, and says of whom it is; of a person's cell the
// look is recorded before a value is shown.
func (d *Desk) OpenDispute(ctx context.Context, who actor.Actor, event string) (Dispute, string, error) {
	var k table.Key
	err := d.DB.Row(ctx, `SELECT place, subject, element, period FROM cell_open WHERE event = $1`, []any{event}, &k.Place, &k.Subject, &k.Element, &k.Period)
	if errors.Is(err, db.ErrNotFound) {
		return Dispute{}, "", words.Refuse(words.NotFound, "nothing-open", "这一格没有等着裁定的数值，可能别人刚刚裁定过。")
	}
	if err != nil {
		return Dispute{}, "", fmt.Errorf("desk.OpenDispute: %w", err)
	}
	history, err := table.History(ctx, d.DB, k)
	if err != nil {
		return Dispute{}, "", err
	}
	y, err := d.dispute(ctx, k)
	if err != nil {
		return Dispute{}, "", err
	}
	for _, x := range history {
		if x.Open {
			y.Others = append(y.Others, d.saying(y.Element, x))
		}
	}
	if !d.decides(who, d.tableRole(who, k.Place), y.Others) {
		return Dispute{}, "", words.Refuse(words.NotFound, "nothing-open", "这一格没有等着裁定的数值，可能别人刚刚裁定过。")
	}
	s, _, err := table.OneSubject(ctx, d.DB, k.Place, k.Subject)
	if err != nil {
		return Dispute{}, "", err
	}
	y.MayDecide = true
	if !y.Element.Personal() {
		return y, s.Label, nil
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		return table.Record(ctx, tx, table.Read{Place: k.Place, Subject: k.Subject, Elements: []string{k.Element}, By: who.ID, Post: postIn(who), Org: who.Acting,
			Reason: "核对异议", At: d.Now()})
	})
	if err != nil {
		return Dispute{}, "", fmt.Errorf("desk.OpenDispute: %w", err)
	}
	return y, s.Label, d.showDispute(ctx, &y)
}

// showDispute puts the values in, after the look was recorded.
func (d *Desk) showDispute(ctx context.Context, y *Dispute) error {
	c, err := d.cells().Cell(ctx, d.DB, y.Cell.Key)
	if err != nil {
		return err
	}
	if err := d.unseal(ctx, &c); err != nil {
		return err
	}
	y.Cell.Value = c.Value
	for i, x := range y.Others {
		y.Others[i].Shown = x.Value
		if x.Sealed != "" {
			if y.Others[i].Shown, err = d.Vault.OpenText(ctx, d.DB, x.Sealed); err != nil {
				return err
			}
		}
	}
	return nil
}
