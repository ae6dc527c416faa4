package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/module/keep"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Clear erases the identities whose time is over by the rules of keeping, and says so in their matters. The program calls
// it every hour; it returns how many it erased. Nothing is erased while a matter of the same person's, or one that belongs
// to theirs, still runs, nor before the longest rule of all their matters is over.
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

// clear erases, of the next identities that a rule is about, those that nothing holds back; last is the last that was looked
// at, "" at the end. A matter that ended before an instant was opened before it: that is asked of the rows, when it ended
// of the journal.
func (d *Desk) clear(ctx context.Context, r keep.Rule, named []string, before time.Time, after string) (n int, last string, err error) {
	q := &query{}
	procedures, not := r.Procedures, ""
	if len(procedures) == 0 {
		procedures, not = named, "NOT "
	}
	which := not + "(" + q.in("m.procedure", procedures) + ")"
	opened := q.arg(before.AddDate(0, 0, 1).UnixMilli())
	sql := `SELECT v.ref FROM vault v WHERE v.erased_at = 0 AND v.at < ` + opened + ` AND v.ref > ` + q.arg(after) + `
		AND EXISTS (SELECT 1 FROM matter_entry e JOIN matter m ON m.id = e.matter WHERE e.person = v.ref AND m.opened < ` + opened + ` AND ` + which + `)
		AND NOT EXISTS (SELECT 1 FROM matter_entry o JOIN matter n ON n.id = o.matter WHERE o.person = v.ref AND NOT n.ended)
		ORDER BY v.ref LIMIT ` + q.arg(clearAtOnce)
	var refs []string
	err = d.DB.Each(ctx, sql, q.args, func(scan func(...any) error) error {
		var ref string
		err := scan(&ref)
		refs = append(refs, ref)
		return err
	})
	if err != nil {
		return 0, "", err
	}
	for _, ref := range refs {
		var done bool
		err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
			done, err = d.clearOne(ctx, tx, ref)
			return err
		})
		if err != nil {
			return n, "", err
		}
		if done {
			n++
		}
	}
	if len(refs) == clearAtOnce {
		last = refs[len(refs)-1]
	}
	return n, last, nil
}

// clearOne erases an identity if its time is over in every matter that holds it, and says so in each.
func (d *Desk) clearOne(ctx context.Context, tx *db.Tx, ref string) (done bool, err error) {
	k, err := d.keptUntil(ctx, tx, ref)
	if err != nil || k.until == "" || d.Today() <= k.until {
		return false, err
	}
	for _, m := range k.matters {
		if held, err := d.holdsBack(ctx, tx, m); err != nil || held {
			return false, err
		}
	}
	if err := d.erase(ctx, tx, actor.Program("keeping"), ref, d.Now()); err != nil {
		return false, err
	}
	for _, m := range k.matters {
		rule, _ := d.Keeping.Identity(m.Procedure)
		if err := d.Matters.Mark(ctx, tx, m.ID, "identity-over", "keeping", d.Now(), rule.Cite); err != nil {
			return false, err
		}
	}
	return true, nil
}

// keeping is how long an identity is kept.
type keeping struct {
	until   calendar.Day // the longest of all its matters; "" while one runs, or for ever
	rule    keep.Rule    // which says so
	law     calendar.Day // the longest that statute says, "" none
	lawful  keep.Rule
	matters []*matter.Matter // that hold it
}

// keptUntil works out how long the identity is kept: each matter that holds it by its own rule from its own end, and the
// longest counts.
func (d *Desk) keptUntil(ctx context.Context, r db.Reader, ref string) (k keeping, err error) {
	var ids []string
	err = r.Each(ctx, `SELECT DISTINCT matter FROM matter_entry WHERE person = $1 ORDER BY matter`, []any{ref}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return k, fmt.Errorf("desk.keptUntil: %w", err)
	}
	open := false
	for _, id := range ids {
		m, err := d.Matters.Load(ctx, r, id)
		if err != nil {
			return k, err
		}
		k.matters = append(k.matters, m)
		rule, _ := d.Keeping.Identity(m.Procedure)
		ended, err := d.Matters.EndedAt(ctx, r, m)
		if err != nil {
			return k, err
		}
		until := rule.Until(ended)
		if !m.Ended || until == "" {
			open, k.rule = true, rule
			continue
		}
		if until > k.until && !open {
			k.until, k.rule = until, rule
		}
		if rule.Statutory && until > k.law {
			k.law, k.lawful = until, rule
		}
	}
	if open {
		k.until = ""
	}
	return k, nil
}

// holdsBack: a matter that belongs to this one, a supervision or a review, still runs. What cannot be read is no leave to
// erase: an identity is gone for good.
func (d *Desk) holdsBack(ctx context.Context, r db.Reader, m *matter.Matter) (bool, error) {
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
