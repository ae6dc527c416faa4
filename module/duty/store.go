package duty

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

// Put stores a new version. It ends the version before on the day before; it refuses one that starts on or before
// the day on which the newest starts, because what held on a day is never rewritten.
func Put(ctx context.Context, tx *db.Tx, l List) error {
	var newest string
	err := tx.Row(ctx, `SELECT COALESCE(MAX(from_day), '') FROM duty_list WHERE org = $1`, []any{l.Org}, &newest)
	if err != nil {
		return fmt.Errorf("duty.Put: %w", err)
	}
	if newest != "" && string(l.From) <= newest {
		return words.Refuse(words.Invalid, "list-too-early", "这个乡镇（街道）已经有从{day}起的清单，新的一版要晚于这一天。", "day", newest).
			At("from", "写晚于{day}的日期。", "day", newest).Try("过去哪天是哪一版，不改写。")
	}
	if err := tx.Put(ctx, `UPDATE duty_list SET to_day = $2 WHERE org = $1 AND to_day = ''`, l.Org, string(l.From.Add(-1))); err != nil {
		return fmt.Errorf("duty.Put: %w", err)
	}
	err = tx.Put(ctx, `INSERT INTO duty_list (id, org, from_day, to_day, title, basis, by_person, at) VALUES ($1, $2, $3, '', $4, $5, $6, $7)`,
		l.ID, l.Org, string(l.From), l.Title, l.Basis, l.By, l.At)
	for n, i := range l.Items {
		if err != nil {
			break
		}
		err = tx.Put(ctx, `INSERT INTO duty_item (list, no, n, kind, title, theme, lead, lead_org, part, words) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			l.ID, i.No, n, string(i.Kind), i.Title, i.Theme, i.Lead, i.LeadOrg, i.Part, strings.Join(i.Words, " "))
	}
	if err != nil {
		return fmt.Errorf("duty.Put: %w", err)
	}
	return nil
}

const listColumns = `SELECT id, org, from_day, to_day, title, basis, by_person, at FROM duty_list`

func (l *List) scan(scan func(...any) error) error {
	return scan(&l.ID, &l.Org, (*string)(&l.From), (*string)(&l.To), &l.Title, &l.Basis, &l.By, &l.At)
}

// On is the list of the township as it stood on the day; db.ErrNotFound when it had none.
func On(ctx context.Context, r db.Reader, org string, day calendar.Day) (List, error) {
	var l List
	err := l.scan(func(dest ...any) error {
		return r.Row(ctx, listColumns+` WHERE org = $1 AND from_day <= $2 AND (to_day = '' OR to_day >= $2)`, []any{org, string(day)}, dest...)
	})
	if err != nil {
		return List{}, fmt.Errorf("duty.On %s: %w", org, err)
	}
	l.Items, err = items(ctx, r, l.ID)
	return l, err
}

// Versions are all versions of the township, the newest first, without their items.
func Versions(ctx context.Context, r db.Reader, org string) ([]List, error) {
	return lists(ctx, r, listColumns+` WHERE org = $1 ORDER BY from_day DESC`, org)
}

// All are the lists that are in force on the day, of all townships, without their items.
func All(ctx context.Context, r db.Reader, day calendar.Day) ([]List, error) {
	return lists(ctx, r, listColumns+` WHERE from_day <= $1 AND (to_day = '' OR to_day >= $1) ORDER BY org`, string(day))
}

func lists(ctx context.Context, r db.Reader, sql string, args ...any) (list []List, err error) {
	err = r.Each(ctx, sql, args, func(scan func(...any) error) error {
		var l List
		err := l.scan(scan)
		list = append(list, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("duty.lists: %w", err)
	}
	return list, nil
}

// Counts are how many items each of the lists has, by list and kind, in one question for a whole county.
func Counts(ctx context.Context, r db.Reader, day calendar.Day) (map[string]Count, error) {
	counts := map[string]Count{}
	err := r.Each(ctx, `SELECT l.id, COUNT(*) FILTER (WHERE i.kind = 'basic'), COUNT(*) FILTER (WHERE i.kind = 'cooperate'), COUNT(*) FILTER (WHERE i.kind = 'taken')
		FROM duty_list l JOIN duty_item i ON i.list = l.id WHERE l.from_day <= $1 AND (l.to_day = '' OR l.to_day >= $1) GROUP BY l.id`, []any{string(day)},
		func(scan func(...any) error) error {
			var id string
			var c Count
			err := scan(&id, &c.Basic, &c.Cooperate, &c.Taken)
			counts[id] = c
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("duty.Counts: %w", err)
	}
	return counts, nil
}

func items(ctx context.Context, r db.Reader, list string) (found []Item, err error) {
	err = r.Each(ctx, `SELECT no, kind, title, theme, lead, lead_org, part, words FROM duty_item WHERE list = $1 ORDER BY n`, []any{list}, func(scan func(...any) error) error {
		var i Item
		var text string
		err := scan(&i.No, (*string)(&i.Kind), &i.Title, &i.Theme, &i.Lead, &i.LeadOrg, &i.Part, &text)
		i.Words = strings.Fields(text)
		found = append(found, i)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("duty.items %s: %w", list, err)
	}
	return found, nil
}

// Tag is which item of the lists a matter is about, as a person said. No "" is: none of them.
type Tag struct {
	Matter, No, Reason, By string
	At                     int64
}

// Say keeps what a person said of a matter; a later word takes the earlier one's place.
func Say(ctx context.Context, tx *db.Tx, t Tag, at time.Time) error {
	err := tx.Put(ctx, `INSERT INTO duty_tag (matter, no, reason, by_person, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (matter) DO UPDATE SET no = excluded.no, reason = excluded.reason, by_person = excluded.by_person, at = excluded.at`,
		t.Matter, t.No, t.Reason, t.By, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("duty.Say %s: %w", t.Matter, err)
	}
	return nil
}

// Said is what was said of the matter; ok is false when nobody said anything.
func Said(ctx context.Context, r db.Reader, matter string) (t Tag, ok bool, err error) {
	t.Matter = matter
	err = r.Row(ctx, `SELECT no, reason, by_person, at FROM duty_tag WHERE matter = $1`, []any{matter}, &t.No, &t.Reason, &t.By, &t.At)
	if errors.Is(err, db.ErrNotFound) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("duty.Said %s: %w", matter, err)
	}
	return t, true, nil
}
