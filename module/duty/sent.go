package duty

import (
	"context"
	"fmt"

	"jishi/base/calendar"
	"jishi/base/db"
)

// Sent is a document or meeting that a body sent down.
type Sent struct {
	ID, Kind, Org, Area, Title, Sort string // Kind: document, meeting
	Day                              calendar.Day
	Chars, Speech, Length, Faults    int
	Said                             string // JSON of the other answers
	Reason, By                       string
	At                               int64
}

// Enter keeps what went out.
func Enter(ctx context.Context, tx *db.Tx, s Sent) error {
	err := tx.Put(ctx, `INSERT INTO sent_down (id, kind, org, area, day, title, sort, chars, speech, length, said, faults, reason, by_person, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		s.ID, s.Kind, s.Org, s.Area, string(s.Day), s.Title, s.Sort, s.Chars, s.Speech, s.Length, s.Said, s.Faults, s.Reason, s.By, s.At)
	if err != nil {
		return fmt.Errorf("duty.Enter: %w", err)
	}
	return nil
}

// SentBy are what the body sent down from the first day to the last, the newest first.
func SentBy(ctx context.Context, r db.Reader, org, kind string, from, to calendar.Day) (list []Sent, err error) {
	err = r.Each(ctx, `SELECT id, kind, org, area, day, title, sort, chars, speech, length, said, faults, reason, by_person, at FROM sent_down
		WHERE org = $1 AND kind = $2 AND day >= $3 AND day <= $4 ORDER BY day DESC, id DESC`, []any{org, kind, string(from), string(to)}, func(scan func(...any) error) error {
		var s Sent
		err := scan(&s.ID, &s.Kind, &s.Org, &s.Area, (*string)(&s.Day), &s.Title, &s.Sort, &s.Chars, &s.Speech, &s.Length, &s.Said, &s.Faults, &s.Reason, &s.By, &s.At)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("duty.SentBy %s: %w", org, err)
	}
	return list, nil
}
