// Package journal is the only append: who did what to which matter, when, after which event.
//
// The events of one matter are numbered by seq without gaps, and the number is the lock: two who act on
// the same page write the same seq, and the second is told. Positions over all matters are given later,
// by the sequencer, so that writers never queue on one row.
package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jishi/base/db"
)

// Event is one entry. Data is the procedure's own account of what changed; the journal does not read it.
type Event struct {
	ID     string
	Matter string
	Seq    int
	At     time.Time
	Action string
	Actor  string // a staff person's ID, a citizen's reference in the vault, or the part of the program
	Org    string // the body acted for, "" for citizens
	Data   string
}

// ErrTaken says that somebody else wrote this seq first.
var ErrTaken = errors.New("journal: somebody acted on this matter first")

const insertEvent = `INSERT INTO event (id, matter, seq, at, action, actor, org, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// Open writes the first event of a fresh matter, whose identifier nobody else can have.
func Open(ctx context.Context, tx *db.Tx, e Event) error {
	if err := tx.Put(ctx, insertEvent, e.values()...); err != nil {
		return fmt.Errorf("journal.Open %s: %w", e.Matter, err)
	}
	return wait(ctx, tx, e)
}

func (e Event) values() []any {
	return []any{e.ID, e.Matter, e.Seq, e.At.UnixMilli(), e.Action, e.Actor, e.Org, e.Data}
}

// Append writes a later event. It returns ErrTaken when the matter already has an event with this seq.
func Append(ctx context.Context, tx *db.Tx, e Event) error {
	n, err := tx.Exec(ctx, insertEvent+` ON CONFLICT DO NOTHING`, e.values()...)
	if err != nil {
		return fmt.Errorf("journal.Append %s/%d: %w", e.Matter, e.Seq, err)
	}
	if n == 0 {
		return ErrTaken
	}
	return wait(ctx, tx, e)
}

// wait puts the event before the sequencer.
func wait(ctx context.Context, tx *db.Tx, e Event) error {
	return tx.Put(ctx, `INSERT INTO event_waiting (id) VALUES ($1)`, e.ID)
}

const columns = `e.id, e.matter, e.seq, e.at, e.action, e.actor, e.org, e.data`

func read(scan func(...any) error, more ...any) (Event, error) {
	var e Event
	var at int64
	err := scan(append([]any{&e.ID, &e.Matter, &e.Seq, &at, &e.Action, &e.Actor, &e.Org, &e.Data}, more...)...)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}

// Of returns the events of one matter in order.
func Of(ctx context.Context, r db.Reader, matter string) ([]Event, error) {
	var events []Event
	err := r.Each(ctx, `SELECT `+columns+` FROM event e WHERE e.matter = $1 ORDER BY e.seq`, []any{matter},
		func(scan func(...any) error) error {
			e, err := read(scan)
			events = append(events, e)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("journal.Of %s: %w", matter, err)
	}
	return events, nil
}

// First is the event that opened a matter; db.ErrNotFound when there is none.
func First(ctx context.Context, r db.Reader, matter string) (e Event, err error) {
	var at int64
	err = r.Row(ctx, `SELECT `+columns+` FROM event e WHERE e.matter = $1 AND e.seq = 1`, []any{matter},
		&e.ID, &e.Matter, &e.Seq, &at, &e.Action, &e.Actor, &e.Org, &e.Data)
	if err != nil {
		return e, fmt.Errorf("journal.First %s: %w", matter, err)
	}
	e.At = time.UnixMilli(at).UTC()
	return e, nil
}

// ByID is one event; db.ErrNotFound when there is none.
func ByID(ctx context.Context, r db.Reader, id string) (e Event, err error) {
	var at int64
	err = r.Row(ctx, `SELECT `+columns+` FROM event e WHERE e.id = $1`, []any{id}, &e.ID, &e.Matter, &e.Seq, &at, &e.Action, &e.Actor, &e.Org, &e.Data)
	if err != nil {
		return e, fmt.Errorf("journal.ByID %s: %w", id, err)
	}
	e.At = time.UnixMilli(at).UTC()
	return e, nil
}

// Placed is an event with its position in the gapless order of all events.
type Placed struct {
	Event
	Position int64
}

// Sequence gives positions to at most n waiting events and returns how many it placed.
// Only the holder of the sequencer's lease calls it. A crash before the commit leaves the events waiting;
// a crash after it leaves them placed: there is nothing between.
func Sequence(ctx context.Context, d *db.DB, n int) (int, error) {
	placed := 0
	err := d.Write(ctx, func(tx *db.Tx) error {
		placed = 0
		var ids []string
		// CROSS JOIN keeps SQLite from reading every event there is, twice a second, to find the few that wait.
		err := tx.Each(ctx, `SELECT w.id FROM event_waiting w CROSS JOIN event e WHERE e.id = w.id
			ORDER BY e.at, e.matter, e.seq LIMIT $1`, []any{n}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return err
		}
		var last int64
		if err := tx.Row(ctx, `SELECT COALESCE(MAX(position), 0) FROM event_position`, nil, &last); err != nil {
			return err
		}
		for i, id := range ids {
			if err := tx.Put(ctx, `INSERT INTO event_position (position, id) VALUES ($1, $2)`, last+int64(i)+1, id); err != nil {
				return err
			}
			if err := tx.Put(ctx, `DELETE FROM event_waiting WHERE id = $1`, id); err != nil {
				return err
			}
		}
		placed = len(ids)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("journal.Sequence: %w", err)
	}
	return placed, nil
}

// After returns at most n events behind the position, in order: what a follower reads.
func After(ctx context.Context, r db.Reader, position int64, n int) ([]Placed, error) {
	var events []Placed
	err := r.Each(ctx, `SELECT `+columns+`, p.position FROM event_position p JOIN event e ON e.id = p.id
		WHERE p.position > $1 ORDER BY p.position LIMIT $2`, []any{position, n}, func(scan func(...any) error) error {
		var p Placed
		var err error
		p.Event, err = read(scan, &p.Position)
		events = append(events, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("journal.After %d: %w", position, err)
	}
	return events, nil
}
