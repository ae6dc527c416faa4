package desk

import (
	"context"
	"fmt"

	"jishi/base/words"
	"jishi/people/org"
	"jishi/work/matter"
)

// Listed is one entry of a public register as it stands now.
type Listed struct {
	Number, Title string
	Org           org.Org
	Place         []string
	Said          map[string]string // by field
	Clocks        []Clock
}

// Register is what the open matters of a public procedure say, for anyone: the rules say which procedures are public.
func (d *Desk) Register(ctx context.Context, procedure string) ([]Listed, error) {
	p, err := d.Book.Procedure(procedure, d.Today(), d.Profile)
	if err != nil || !p.Public {
		return nil, words.Refuse(words.NotFound, "no-such-register", "没有这个公开的名册。")
	}
	var list []Listed
	err = d.DB.Each(ctx, `SELECT m.fold FROM matter m WHERE m.procedure = $1 AND NOT m.ended AND NOT m.sealed ORDER BY m.area, m.title, m.id`,
		[]any{p.ID}, func(scan func(...any) error) error {
			var fold string
			if err := scan(&fold); err != nil {
				return err
			}
			m, err := matter.Decode(fold)
			if err != nil {
				return err
			}
			holder, _ := d.Offices.Tree().Get(d.Matters.Holder(m))
			l := Listed{Number: m.Number, Title: d.title(m), Org: holder, Said: d.published(m), Clocks: d.clocks(m, d.Now())}
			list = append(list, l)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("desk.Register %s: %w", procedure, err)
	}
	for i := range list {
		for _, place := range d.path(ctx, list[i].Org.Division) {
			list[i].Place = append(list[i].Place, place.Name)
		}
	}
	return list, nil
}
