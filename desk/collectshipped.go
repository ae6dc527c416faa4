package desk

import (
	"context"
	"fmt"

	"jishi/module/collect"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/rules"
)

// ShippedCatalogue is the name under which the program's own catalogue stands among the files that were brought.
const ShippedCatalogue = "rules/elements"

// AdoptShipped puts the catalogue that comes with the program in force from today, and returns under
// which ID what became of it is kept. Only the data authority may.
func (d *Desk) AdoptShipped(ctx context.Context, who actor.Actor) (string, error) {
	if !d.KeepsCatalogue(who) {
		return "", notKeeper()
	}
	list, orphans, err := d.shipped()
	if err != nil {
		return "", err
	}
	b := Brought{What: elementsFile, Name: ShippedCatalogue, Total: len(list), Good: len(list)}
	if orphans > 0 {
		b.Faults = append(b.Faults, fileFault(0, 0, "", "{n}个数据元的数源单位在机构里还没有，暂时算村里自己的：请在机构里补上条线以后再采用一次。", "n", orphans))
	}
	if b.Changed, err = d.PutElements(ctx, list, who.ID); err != nil {
		return "", err
	}
	if err := d.GiveNames(ctx); err != nil {
		return "", err
	}
	b, err = d.noteBrought(ctx, who, b, nil)
	return b.ID, err
}

// shipped is the catalogue of rules/elements with its lines of work turned into the county's bodies.
func (d *Desk) shipped() (list []collect.Element, orphans int, err error) {
	if list, err = collect.Shipped(rules.FS); err != nil {
		return nil, 0, err
	}
	of := map[string]string{}
	for _, o := range d.Offices.Tree().All() {
		if o.Level == org.County && o.Line != "" {
			of[o.Line] = o.ID
		}
		if o.Level == org.County && o.Kind == org.Personnel {
			of["组织"] = o.ID
		}
	}
	for i := range list {
		if list[i].Source == "" {
			continue
		}
		body, ok := of[list[i].Source]
		if !ok {
			orphans++
		}
		list[i].Source = body
	}
	return list, orphans, nil
}

// CatalogueFile is the catalogue in force as an XLSX that can be imported again. Any member of staff may have it.
func (d *Desk) CatalogueFile(ctx context.Context, who actor.Actor) ([]byte, error) {
	all, _, err := d.Catalogue(ctx, who, "", "")
	if err != nil {
		return nil, err
	}
	b, err := collect.Spreadsheet(collect.Rows(all, func(id string) string { return d.Body(id).Name }))
	if err != nil {
		return nil, fmt.Errorf("desk.CatalogueFile: %w", err)
	}
	return b, nil
}
