package desk

import (
	"context"
	"slices"

	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/module/collect"
	"jishi/people/actor"
)

const elementsFile = "elements"

// BringElements takes a catalogue as XLSX or CSV and returns under which ID its reading can be followed: the good rows are
// stored, the others told row by row and handed back marked up. Only the data authority may.
func (d *Desk) BringElements(ctx context.Context, who actor.Actor, x Bringing) (string, error) {
	if !d.KeepsCatalogue(who) {
		return "", notKeeper()
	}
	return d.bringFile(ctx, who, elementsFile, x, BroughtFor{})
}

// elements reads a catalogue. Storing an element twice changes nothing, so that a reader who takes it on begins anew.
func (r *reading) elements(ctx context.Context, book *sheet.Book) error {
	var failed error
	rows, err := collect.ReadElements(book, r.d.bodyNamed, func(n int) {
		if failed == nil {
			failed = r.step(ctx, n/2, nil) // the other half of the way is storing
		}
	})
	if err != nil || failed != nil {
		if failed != nil {
			return failed
		}
		return err
	}
	r.Total, r.Good, r.Bad, r.header = rows.Rows, len(rows.Elements), rows.Bad, rows.Header()
	for _, n := range rows.Notices {
		r.fault(nil, fileFault(n.Row, 0, "", n.Text, n.Args...))
	}
	for _, f := range rows.Faults {
		r.fault(rows.Raw(f.Row), fileFault(f.Row, f.Col, f.Column, f.Text, f.Args...))
	}
	if !r.Said.Dry {
		today, half := r.d.Today(), rows.Rows/2
		r.Changed = 0
		for chunk := range slices.Chunk(rows.Elements, 500) {
			half += len(chunk) / 2
			err := r.step(ctx, min(half, rows.Rows), func(tx *db.Tx) (n, _ int, err error) {
				for _, e := range chunk {
					did, err := collect.PutElement(ctx, tx, e, today, r.By, r.stamp.UnixMilli())
					if err != nil {
						return n, 0, err
					}
					if did {
						n++
					}
				}
				return n, 0, nil
			})
			if err != nil {
				return err
			}
		}
	}
	r.Done = rows.Rows
	return nil
}
