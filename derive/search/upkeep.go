package search

import (
	"context"
	"fmt"
	"strings"

	"jishi/base/db"
	"jishi/work/journal"
)

// Fault is an event that the index could not take in.
type Fault struct {
	Position      int64
	Event, Matter string
	Reason        string // for the operator
}

func fault(e journal.Placed, err error) Fault {
	return Fault{Position: e.Position, Event: e.ID, Matter: e.Matter, Reason: err.Error()}
}

// Faults are the first n events that could not be taken in, the newest first: for the operator alone, because
// they name matters whoever may see them.
func Faults(ctx context.Context, r db.Reader, n int) ([]Fault, error) {
	var list []Fault
	err := r.Each(ctx, `SELECT position, event, matter, reason FROM follower_fault WHERE follower = $1 ORDER BY position DESC LIMIT $2`,
		[]any{follower, n}, func(scan func(...any) error) error {
			var f Fault
			err := scan(&f.Position, &f.Event, &f.Matter, &f.Reason)
			list = append(list, f)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("search.Faults: %w", err)
	}
	return list, nil
}

// faulty are the matters that have a fault.
func faulty(ctx context.Context, r db.Reader) (map[string]bool, error) {
	sick := map[string]bool{}
	err := r.Each(ctx, `SELECT DISTINCT matter FROM follower_fault WHERE follower = $1 ORDER BY matter`, []any{follower},
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			sick[id] = true
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("search: faults: %w", err)
	}
	return sick, nil
}

// Behind is how many placed events the index has not taken in yet.
func Behind(ctx context.Context, d db.Reader) (int64, error) {
	var n int64
	err := d.Row(ctx, `SELECT COALESCE((SELECT MAX(position) FROM event_position), 0)
		- COALESCE((SELECT position FROM follower WHERE name = $1), 0)`, []any{follower}, &n)
	if err != nil {
		return 0, fmt.Errorf("search.Behind: %w", err)
	}
	return n, nil
}

// Table is the index's own. A backup need not hold it, and a restore must not take it: what it is searched by is made
// differently on each engine and stands beside it.
const Table = "search_doc"

// Empty forgets all that is indexed, and that anything was: the next Follow begins with the first event.
func Empty(ctx context.Context, d *db.DB) error {
	empty := []string{`DELETE FROM search_doc`}
	if d.Engine() == db.SQLite {
		empty = append(empty, `INSERT INTO search_gram (search_gram) VALUES ('delete-all')`)
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, sql := range empty {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		if err := tx.Put(ctx, `DELETE FROM follower_fault WHERE follower = $1`, follower); err != nil {
			return err
		}
		return tx.Put(ctx, `DELETE FROM follower WHERE name = $1`, follower)
	})
	if err != nil {
		return fmt.Errorf("search.Empty: %w", err)
	}
	return nil
}

// Rebuild empties the index and follows the whole journal again. Meanwhile searches find less.
func (x *Index) Rebuild(ctx context.Context, d *db.DB) error {
	err := Empty(ctx, d)
	for n := 1; err == nil && n > 0; {
		n, err = x.Follow(ctx, d, 500)
	}
	if err != nil {
		return fmt.Errorf("search.Rebuild: %w", err)
	}
	return nil
}

// Doc is what the index would hold of the matter now: its text, and the tokens that it is found by.
func (x *Index) Doc(ctx context.Context, d *db.DB, id string) (text string, tokens []string, err error) {
	one, err := x.read(ctx, d, id)
	return one.text, one.tokens, err
}

// Grams are tokens as the engine's index takes them when rows are loaded in bulk: numbers on PostgreSQL.
func Grams(engine db.Engine, tokens []string) any {
	if engine == db.PostgreSQL {
		return numbers(tokens)
	}
	return strings.Join(tokens, " ")
}
