package table

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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
		refs, err := s.sealed(ctx, tx, chunk)
		if err != nil {
			return fmt.Errorf("table.WriteMany: %w", err)
		}
		var cells, events []any
		for i, e := range chunk {
			value, sealed, n := e.Value, refs[i], int64(0)
			if e.Sensitive {
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

// sealed stores the sensitive values of the entries, and gives for each entry the reference, "" where nothing is sealed.
func (s *Store) sealed(ctx context.Context, tx *db.Tx, entries []Entry) ([]string, error) {
	refs := make([]string, len(entries))
	var texts []string
	var of []int
	for i, e := range entries {
		if e.Sensitive {
			texts, of = append(texts, e.Value), append(of, i)
		}
	}
	if len(texts) == 0 {
		return refs, nil
	}
	list, err := s.Vault.SealTexts(ctx, tx, entries[0].At, texts)
	if err != nil {
		return nil, err
	}
	for i, ref := range list {
		refs[of[i]] = ref
	}
	return refs, nil
}

// PutSubjects enters subjects that nobody has entered yet, many in one statement.
func PutSubjects(ctx context.Context, tx *db.Tx, fresh []Subject, by string, at time.Time) error {
	for some := range slices.Chunk(fresh, atOnce) {
		var args []any
		for _, s := range some {
			args = append(args, s.Place, s.ID, s.Kind, s.Home, s.Label, s.Ref, string(s.From), string(s.To), by, at.UnixMilli())
		}
		if err := tx.Put(ctx, `INSERT INTO subject (`+subjectColumns+`, by_person, at) VALUES `+tuples(len(some), 10), args...); err != nil {
			return fmt.Errorf("table.PutSubjects: %w", err)
		}
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
	// Neither sorted nor asked whether they are still there: for an order by ID, SQLite would go through all subjects of
	// the place, and for the other PostgreSQL through all who live there.
	err := r.Each(ctx, `SELECT label, id, to_day FROM subject WHERE place = $1 AND kind = 'household' AND label IN (`+list(len(labels), 2)+`)`, args, func(scan func(...any) error) error {
		var label, id, to string
		err := scan(&label, &id, &to)
		if was, ok := found[label]; to == "" && (!ok || id < was) { // of several the oldest
			found[label] = id
		}
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
	var args []any
	for _, x := range refs {
		args = append(args, x)
	}
	// Asked by the reference alone: with the place in the question, SQLite would go through all who live there.
	err := r.Each(ctx, `SELECT place, to_day, ref, id FROM subject WHERE ref IN (`+list(len(refs), 1)+`) AND ref <> ''`, args, func(scan func(...any) error) error {
		var at, to, ref, id string
		err := scan(&at, &to, &ref, &id)
		if at == place && to == "" {
			found[ref] = id
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.PersonsBy: %w", err)
	}
	return found, nil
}
