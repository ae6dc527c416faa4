package table

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"jishi/base/calendar"
	"jishi/base/db"
)

// ErrRace says that somebody wrote one of the cells between our look and our writing: take the batch again.
var ErrRace = errors.New("table: a cell was written meanwhile")

// atOnce are the rows of one statement: twenty values each stay far below what either database takes.
const atOnce = 100

// Cells reads the cells under the keys, those that are known.
func (s *Store) Cells(ctx context.Context, r db.Reader, keys []Key) (map[Key]Cell, error) {
	found := map[Key]Cell{}
	for len(keys) > 0 {
		chunk := keys[:min(len(keys), 4*atOnce)]
		keys = keys[len(chunk):]
		var args []any
		for _, k := range chunk {
			args = append(args, k.Place, k.Element, k.Period, k.Subject)
		}
		err := r.Each(ctx, `SELECT `+columns+` FROM cell WHERE (place, element, period, subject) IN (VALUES `+tuples(len(chunk), 4)+`)`, args, func(scan func(...any) error) error {
			c, err := scanCell(scan)
			found[c.Key] = c
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("table.Cells: %w", err)
		}
	}
	return found, nil
}

// tuples are n rows of places for values: ($1, $2), ($3, $4).
func tuples(n, width int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + list(width, i*width+1) + ")")
	}
	return b.String()
}

// WriteMany puts entries into their cells as Write does, many in one statement where nothing stands yet. were are the
// cells as the caller has just read them in the same transaction.
func (s *Store) WriteMany(ctx context.Context, tx *db.Tx, entries []Entry, were map[Key]Cell) (map[Outcome]int, error) {
	done := map[Outcome]int{}
	var fresh, rest []Entry
	seen := map[Key]bool{}
	for _, e := range entries {
		if _, stands := were[e.Key]; stands || seen[e.Key] {
			rest = append(rest, e)
			continue
		}
		seen[e.Key] = true
		fresh = append(fresh, e)
	}
	if err := s.writeFresh(ctx, tx, fresh, done); err != nil {
		return nil, err
	}
	for _, e := range rest { // a cell that the batch names twice comes after its first
		w, err := s.Write(ctx, tx, e)
		if err != nil {
			return nil, err
		}
		if !w.Again {
			done[w.Outcome]++
		}
	}
	return done, nil
}

func (s *Store) writeFresh(ctx context.Context, tx *db.Tx, fresh []Entry, done map[Outcome]int) error {
	for len(fresh) > 0 {
		chunk := fresh[:min(len(fresh), atOnce)]
		fresh = fresh[len(chunk):]
		var cells, events []any
		for _, e := range chunk {
			value, sealed, n := e.Value, "", int64(0)
			if e.Sensitive {
				var err error
				if sealed, err = s.Vault.SealText(ctx, tx, e.At, e.Value); err != nil {
					return fmt.Errorf("table.WriteMany: %w", err)
				}
				value = ""
			} else if e.Numeric {
				n, _ = Scaled(e.Value)
			}
			at, day := e.At.UnixMilli(), string(calendar.DayOf(e.At))
			cells = append(cells, e.Place, e.Subject, e.Element, e.Period, value, sealed, e.Source, string(e.AsOf), string(e.Act), e.By, e.Org, at, day, 1, 1, 0, n)
			events = append(events, uuid.Must(uuid.NewV7()).String(), e.Place, e.Subject, e.Element, e.Period, 1, e.Base, string(e.Act), string(Stands), value, sealed,
				e.Source, string(e.AsOf), e.Reason, e.Form, e.By, e.Org, e.Device, e.Token, at)
		}
		made, err := tx.Exec(ctx, `INSERT INTO cell (`+columns+`, n) VALUES `+tuples(len(chunk), 17)+` ON CONFLICT (place, element, period, subject) DO NOTHING`, cells...)
		if err != nil {
			return fmt.Errorf("table.WriteMany: %w", err)
		}
		if made != int64(len(chunk)) {
			return ErrRace
		}
		err = tx.Put(ctx, `INSERT INTO cell_event (id, place, subject, element, period, seq, base, act, outcome, value, sealed, source, as_of,
			reason, form, by_person, org, device, token, at) VALUES `+tuples(len(chunk), 20), events...)
		if err != nil {
			return fmt.Errorf("table.WriteMany: %w", err)
		}
		done[Stands] += len(chunk)
	}
	return nil
}

// Homes are the households of the place under the labels, by label.
func Homes(ctx context.Context, r db.Reader, place string, labels []string) (map[string]string, error) {
	found := map[string]string{}
	if len(labels) == 0 {
		return found, nil
	}
	args := []any{place}
	for _, l := range labels {
		args = append(args, l)
	}
	err := r.Each(ctx, `SELECT label, id FROM subject WHERE place = $1 AND kind = 'household' AND to_day = '' AND label IN (`+list(len(labels), 2)+`) ORDER BY id DESC`, args, func(scan func(...any) error) error {
		var label, id string
		err := scan(&label, &id)
		found[label] = id // of several the oldest
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.Homes: %w", err)
	}
	return found, nil
}

// PersonsBy are the persons of the place whom the vault knows under the references, by reference.
func PersonsBy(ctx context.Context, r db.Reader, place string, refs []string) (map[string]string, error) {
	found := map[string]string{}
	if len(refs) == 0 {
		return found, nil
	}
	args := []any{place}
	for _, x := range refs {
		args = append(args, x)
	}
	err := r.Each(ctx, `SELECT ref, id FROM subject WHERE place = $1 AND to_day = '' AND ref IN (`+list(len(refs), 2)+`) AND ref <> ''`, args, func(scan func(...any) error) error {
		var ref, id string
		err := scan(&ref, &id)
		found[ref] = id
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.PersonsBy: %w", err)
	}
	return found, nil
}
