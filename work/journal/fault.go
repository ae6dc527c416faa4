package journal

import (
	"context"
	"errors"
	"fmt"

	"jishi/base/db"
)

// Fault is an event that a follower could not take in. One such event must not hold up all that come after it: the
// follower records it and goes on, and the operator is shown it by verify and among the metrics.
type Fault struct {
	Follower      string
	Position      int64
	Event, Matter string
	Reason        string // for the operator alone
}

// Passing is a failure that has nothing to do with the event: the next try may succeed.
func Passing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, db.ErrUnavailable)
}

// SetAside records that the follower could not take the event in. It belongs into the transaction that moves the cursor.
func SetAside(ctx context.Context, tx *db.Tx, f Fault) error {
	return tx.Put(ctx, `INSERT INTO follower_fault (follower, position, event, matter, reason) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (follower, position) DO UPDATE SET reason = excluded.reason`, f.Follower, f.Position, f.Event, f.Matter, f.Reason)
}

// Faults are at most n events that followers could not take in, the newest first: for the operator alone, because they
// name matters whoever may see them.
func Faults(ctx context.Context, r db.Reader, n int) ([]Fault, error) {
	var list []Fault
	err := r.Each(ctx, `SELECT follower, position, event, matter, reason FROM follower_fault ORDER BY position DESC, follower LIMIT $1`, []any{n},
		func(scan func(...any) error) error {
			var f Fault
			err := scan(&f.Follower, &f.Position, &f.Event, &f.Matter, &f.Reason)
			list = append(list, f)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("journal.Faults: %w", err)
	}
	return list, nil
}

// Behind is how many placed events each follower has still before it, by its name.
func Behind(ctx context.Context, r db.Reader) (map[string]int64, error) {
	behind := map[string]int64{}
	err := r.Each(ctx, `SELECT f.name, COALESCE((SELECT MAX(p.position) FROM event_position p), 0) - f.position FROM follower f`, nil,
		func(scan func(...any) error) error {
			var name string
			var n int64
			err := scan(&name, &n)
			behind[name] = n
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("journal.Behind: %w", err)
	}
	return behind, nil
}
