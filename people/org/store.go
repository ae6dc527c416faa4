package org

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/division"
)

// Store keeps the bodies in the database and the last read Tree in memory. It is safe for many goroutines.
//
// In SQL, "a body or anything beneath it" is: SELECT descendant FROM org_closure WHERE ancestor = $1.
type Store struct {
	d    *db.DB
	tree atomic.Pointer[Tree]
}

// Mark is the name under which a change of bodies or posts is told to the other nodes (db.Tx.Mark).
const Mark = "offices"

// Load reads all bodies.
func Load(ctx context.Context, d *db.DB) (*Store, error) {
	s := &Store{d: d}
	return s, s.Reload(ctx)
}

const columns = `id, name, short, en, kind, line, division, level, parent, from_day, to_day`

const selectAll = `SELECT ` + columns + ` FROM org ORDER BY id`

const selectReviews = `SELECT org, superior FROM org_review ORDER BY org, rank`

// Reload takes in what this or another node changed; call it after every Put that was committed.
func (s *Store) Reload(ctx context.Context) error {
	orgs, err := List(ctx, s.d)
	if err != nil {
		return err
	}
	s.tree.Store(NewTree(orgs))
	return nil
}

// Tree is the bodies as of the last load. Take it once and ask it several things: it does not change.
func (s *Store) Tree() *Tree { return s.tree.Load() }

// List reads all bodies from the database.
func List(ctx context.Context, r db.Reader) ([]Org, error) {
	reviews := map[string][]string{}
	err := r.Each(ctx, selectReviews, nil, func(scan func(dest ...any) error) error {
		var org, superior string
		err := scan(&org, &superior)
		reviews[org] = append(reviews[org], superior)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("org: list reviews: %w", err)
	}
	var orgs []Org
	err = r.Each(ctx, selectAll, nil, func(scan func(dest ...any) error) error {
		var o Org
		var kind, level, from, to string
		err := scan(&o.ID, &o.Name, &o.Short, &o.En, &kind, &o.Line, &o.Division, &level, &o.Parent, &from, &to)
		o.Kind, o.Level, o.From, o.To = Kind(kind), Level(level), calendar.Day(from), calendar.Day(to)
		o.SuperiorsForReview = reviews[o.ID]
		orgs = append(orgs, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("org: list: %w", err)
	}
	return orgs, nil
}

// Get is the body with the ID; a refusal of kind NotFound when there is none.
func (s *Store) Get(id string) (Org, error) {
	if o, ok := s.Tree().Get(id); ok {
		return o, nil
	}
	return Org{}, words.Refuse(words.NotFound, "unknown-org", "没有这个单位。").Try("请从单位列表中选择。")
}

// Save stores the bodies, superiors first or last, in one transaction and reloads.
func (s *Store) Save(ctx context.Context, orgs ...Org) error {
	err := s.d.Write(ctx, func(tx *db.Tx) error {
		for _, o := range orgs {
			o.SuperiorsForReview = nil // they may come later in the list
			if err := Put(ctx, tx, o); err != nil {
				return err
			}
		}
		for _, o := range orgs {
			if err := putReviews(ctx, tx, o); err != nil {
				return err
			}
		}
		return tx.Mark(ctx, Mark)
	})
	if err != nil {
		return err
	}
	return s.Reload(ctx)
}

const selectParent = `SELECT parent FROM org WHERE id = $1`

const insertOrg = `INSERT INTO org (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, short = excluded.short, en = excluded.en, kind = excluded.kind,
line = excluded.line, division = excluded.division, level = excluded.level, parent = excluded.parent,
from_day = excluded.from_day, to_day = excluded.to_day`

// Put adds a body or changes it whole, and keeps the closure true. It refuses a body beneath itself, an unknown
// kind and an empty name. An empty level is read from the division. The caller reloads after the commit.
func Put(ctx context.Context, tx *db.Tx, o Org) error {
	if o.Level == "" {
		o.Level = LevelOf(o.Division)
	}
	if err := check(o); err != nil {
		return err
	}
	var before string
	err := tx.Row(ctx, selectParent, []any{o.ID}, &before)
	fresh := errors.Is(err, db.ErrNotFound)
	if err != nil && !fresh {
		return fmt.Errorf("org: put %s: %w", o.ID, err)
	}
	_, err = tx.Exec(ctx, insertOrg, o.ID, o.Name, o.Short, o.En, o.Kind, o.Line, o.Division, o.Level, o.Parent, o.From, o.To)
	if err != nil {
		return fmt.Errorf("org: put %s: %w", o.ID, err)
	}
	if err := place(ctx, tx, o, fresh, before); err != nil {
		return err
	}
	return putReviews(ctx, tx, o)
}

// LevelOf is the level at which a body serving the place usually stands.
func LevelOf(code string) Level {
	if code == "" || strings.Trim(code, "0") == "" {
		return National
	}
	return Level(division.KindOf(code))
}

func check(o Org) error {
	r := words.Refuse(words.Invalid, "bad-org", "单位资料不完整，没有保存。")
	if o.ID == "" || len(o.ID) > 100 {
		r.At("id", "缺少单位编号。")
	}
	if strings.TrimSpace(o.Name) == "" || len(o.Name) > 300 || !utf8.ValidString(o.Name) {
		r.At("name", "请填写单位全称，不超过一百字。")
	}
	if !o.Kind.Valid() {
		r.At("kind", "“{kind}”不是机构类型：请从列表中选择。", "kind", string(o.Kind))
	}
	if !o.Level.Valid() {
		r.At("division", "“{code}”不是十二位区划代码。", "code", o.Division)
	}
	if o.Parent == o.ID {
		r.At("parent", "上级机构不能是本单位或其下属单位。")
	}
	if o.To != "" && o.To < o.From {
		r.At("to", "止日早于起日：请核对日期。")
	}
	if len(r.Fields) > 0 {
		return r
	}
	return nil
}

const (
	insertSelf = `INSERT INTO org_closure (ancestor, descendant, depth) VALUES ($1, $1, 0)`

	selectIsBeneath = `SELECT depth FROM org_closure WHERE ancestor = $1 AND descendant = $2`

	unlink = `DELETE FROM org_closure
WHERE descendant IN (SELECT descendant FROM org_closure WHERE ancestor = $1)
AND ancestor NOT IN (SELECT descendant FROM org_closure WHERE ancestor = $1)`

	link = `INSERT INTO org_closure (ancestor, descendant, depth)
SELECT a.ancestor, b.descendant, a.depth + b.depth + 1
FROM org_closure a, org_closure b WHERE a.descendant = $1 AND b.ancestor = $2`

	selectWaiting = `SELECT id FROM org WHERE parent = $1 AND id <> $1 ORDER BY id`
)

// place puts the body, with all that is beneath it, under its parent in the closure.
func place(ctx context.Context, tx *db.Tx, o Org, fresh bool, before string) error {
	if !fresh && before == o.Parent {
		return nil
	}
	var steps [][]any
	if fresh {
		if _, err := tx.Exec(ctx, insertSelf, o.ID); err != nil {
			return fmt.Errorf("org: place %s: %w", o.ID, err)
		}
		// Bodies that named this one as their superior before it was there.
		err := tx.Each(ctx, selectWaiting, []any{o.ID}, func(scan func(dest ...any) error) error {
			var child string
			err := scan(&child)
			steps = append(steps, []any{link, o.ID, child})
			return err
		})
		if err != nil {
			return fmt.Errorf("org: place %s: %w", o.ID, err)
		}
	} else {
		steps = append(steps, []any{unlink, o.ID})
	}
	for _, step := range steps {
		if _, err := tx.Exec(ctx, step[0].(string), step[1:]...); err != nil {
			return fmt.Errorf("org: place %s: %w", o.ID, err)
		}
	}
	var depth int64
	switch err := tx.Row(ctx, selectIsBeneath, []any{o.ID, o.Parent}, &depth); {
	case err == nil:
		return words.Refuse(words.Invalid, "org-circle", "上级机构不能是本单位或其下属单位。")
	case !errors.Is(err, db.ErrNotFound):
		return fmt.Errorf("org: place %s: %w", o.ID, err)
	}
	if _, err := tx.Exec(ctx, link, o.Parent, o.ID); err != nil {
		return fmt.Errorf("org: place %s: %w", o.ID, err)
	}
	return nil
}

const (
	deleteReviews = `DELETE FROM org_review WHERE org = $1`
	insertReview  = `INSERT INTO org_review (org, rank, superior) VALUES ($1, $2, $3)`
)

// putReviews replaces the bodies that review o's decisions; each must be stored already.
func putReviews(ctx context.Context, tx *db.Tx, o Org) error {
	if _, err := tx.Exec(ctx, deleteReviews, o.ID); err != nil {
		return fmt.Errorf("org: reviews of %s: %w", o.ID, err)
	}
	for i, superior := range o.SuperiorsForReview {
		if superior == o.ID {
			return words.Refuse(words.Invalid, "own-review", "复查机关不能是作出决定的单位自己。").Under("信访工作条例第三十五条")
		}
		if _, err := tx.Exec(ctx, insertReview, o.ID, i, superior); err != nil {
			return fmt.Errorf("org: reviews of %s: %w", o.ID, err)
		}
	}
	return nil
}

// Change is a reorganisation: from the day on, To answers for what From had in hand.
type Change struct {
	From, To string
	Day      calendar.Day
	Record   string // the document it rests on
}

const insertChange = `INSERT INTO org_change (from_org, to_org, day, record) VALUES ($1, $2, $3, $4)`

const endOrg = `UPDATE org SET to_day = $2 WHERE id = $1 AND (to_day = '' OR to_day > $2)`

// Record stores a reorganisation and ends the old body on the day before. What it had in hand is given over
// by whoever keeps the matters. The caller reloads after the commit.
func Record(ctx context.Context, tx *db.Tx, c Change) error {
	if c.From == c.To {
		return words.Refuse(words.Invalid, "own-successor-org", "一个单位不能承继自己。")
	}
	if _, err := tx.Exec(ctx, insertChange, c.From, c.To, c.Day, c.Record); err != nil {
		return fmt.Errorf("org: record change of %s: %w", c.From, err)
	}
	if _, err := tx.Exec(ctx, endOrg, c.From, c.Day.Add(-1)); err != nil {
		return fmt.Errorf("org: record change of %s: %w", c.From, err)
	}
	return nil
}

const selectSuccessor = `SELECT to_org FROM org_change WHERE from_org = $1 AND day <= $2 ORDER BY day DESC LIMIT 1`

// Successor is the body that answers for id on the day: itself while it was not reorganised.
func Successor(ctx context.Context, r db.Reader, id string, on calendar.Day) (string, error) {
	for range 20 { // a chain longer than this would be a circle in the records
		var next string
		err := r.Row(ctx, selectSuccessor, []any{id, on}, &next)
		if errors.Is(err, db.ErrNotFound) {
			return id, nil
		}
		if err != nil {
			return "", fmt.Errorf("org: successor of %s: %w", id, err)
		}
		id = next
	}
	return "", fmt.Errorf("org: the successors of %s go in a circle", id)
}
