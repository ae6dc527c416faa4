package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"jishi/derive/ledger/receipt"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
)

// Receipt is what proves that a matter was brought in, and with which words: signed at once, and a moment later with
// its proof from the ledger. Whoever may see the matter may have it; the citizen keeps it.
func (d *Desk) Receipt(ctx context.Context, who actor.Actor, number string) (*receipt.File, error) {
	m, err := d.Matters.ByNumber(ctx, d.DB, number)
	if err != nil || !d.Matters.Sees(who, m) {
		return nil, matter.NotFound()
	}
	first, err := journal.First(ctx, d.DB, m.ID)
	if err != nil {
		return nil, err
	}
	var c matter.Change
	if err := json.Unmarshal([]byte(first.Data), &c); err != nil || c.Open == nil {
		return nil, fmt.Errorf("desk.Receipt %s: the first event opens nothing: %v", m.ID, err)
	}
	return d.Ledger.Receipt(ctx, m.Number, first, said(c))
}

// said is what the opening says, in an order that is always the same. Who said it lies in the vault and not here.
func said(c matter.Change) (list []receipt.Saying) {
	for _, name := range slices.Sorted(maps.Keys(c.With)) {
		list = append(list, receipt.Saying{Name: name, Text: c.With[name]})
	}
	for _, f := range c.Files {
		list = append(list, receipt.Saying{Name: "file " + f.Name, Text: f.Hash})
	}
	return list
}
