package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jishi/base/db"
	"jishi/module/keep"
	"jishi/people/actor"
)

// Clear erases the identities whose time is over by the rules of keeping, and says so in their matters. The program calls
// it every hour; it returns how many it erased. Nothing is erased while a matter of the same person's, or one that belongs
// to theirs, still runs.
func (d *Desk) Clear(ctx context.Context) (n int, err error) {
	var named []string
	for _, r := range d.Keeping {
		if r.Of == keep.Identity {
			named = append(named, r.Procedures...)
		}
	}
	for _, r := range d.Keeping {
		before, ok := r.Over(d.Now())
		if r.Of != keep.Identity || !ok {
			continue
		}
		for after := ""; ; {
			some, last, err := d.clear(ctx, r, named, before, after)
			if n += some; err != nil || last == "" {
				if err != nil {
					return n, fmt.Errorf("desk.Clear %s: %w", r.ID, err)
				}
				break
			}
			after = last
		}
	}
	return n, nil
}

// clearAtOnce is how many identities are looked at in one go.
const clearAtOnce = 200

// clear erases, of the next that a rule is about, those that nothing holds back; last is the last that was looked at, ""
// at the end.
func (d *Desk) clear(ctx context.Context, r keep.Rule, named []string, before time.Time, after string) (n int, last string, err error) {
	q := &query{}
	procedures, not := r.Procedures, ""
	if len(procedures) == 0 {
		procedures, not = named, "NOT "
	}
	which := not + "(" + q.in("m.procedure", procedures) + ")"
	sql := `SELECT v.ref, m.id FROM vault v JOIN matter_entry e ON e.person = v.ref JOIN matter m ON m.id = e.matter
		WHERE v.erased_at = 0 AND v.at < ` + q.arg(before.UnixMilli()) + ` AND v.ref > ` + q.arg(after) + ` AND m.ended AND m.updated < ` + q.arg(before.UnixMilli()) + `
		AND ` + which + ` AND NOT EXISTS (SELECT 1 FROM matter_entry o JOIN matter n ON n.id = o.matter WHERE o.person = v.ref AND NOT n.ended)
		ORDER BY v.ref LIMIT ` + q.arg(clearAtOnce)
	type row struct{ ref, matter string }
	var rows []row
	err = d.DB.Each(ctx, sql, q.args, func(scan func(...any) error) error {
		var x row
		err := scan(&x.ref, &x.matter)
		rows = append(rows, x)
		return err
	})
	if err != nil {
		return 0, "", err
	}
	for _, x := range rows {
		held := false
		err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if held, err = d.holdsBack(ctx, tx, x.matter); err != nil || held {
				return err
			}
			if err := d.erase(ctx, tx, actor.Program("keeping"), x.ref, d.Now()); err != nil {
				return err
			}
			return d.Matters.Mark(ctx, tx, x.matter, "identity-over", "keeping", d.Now(), r.Cite)
		})
		if err != nil {
			return n, "", err
		}
		if !held {
			n++
		}
	}
	if len(rows) == clearAtOnce {
		last = rows[len(rows)-1].ref
	}
	return n, last, nil
}

// holdsBack: a matter that belongs to this one, a supervision or a review, still runs. What cannot be read is no leave to
// erase: an identity is gone for good.
func (d *Desk) holdsBack(ctx context.Context, r db.Reader, id string) (bool, error) {
	m, err := d.Matters.Load(ctx, r, id)
	if err != nil {
		return false, err
	}
	for _, l := range m.Links {
		other, err := d.Matters.Load(ctx, r, l.Matter)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return false, err
		}
		if err == nil && !other.Ended {
			return true, nil
		}
	}
	return false, nil
}
