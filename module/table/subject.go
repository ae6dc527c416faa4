package table

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/division"
)

// Kinds of subjects besides the place itself.
const (
	Household = "household"
	Person    = "person"
)

// Subject is a household or a person of a village. Label is what a list may show; who a person is lies in the vault.
type Subject struct {
	Place, ID, Kind string
	Home            string // the person's household
	Label           string
	Ref             string // of the vault
	From, To        calendar.Day
}

const subjectColumns = `place, id, kind, home, label, ref, from_day, to_day`

// PutSubject brings a subject to what is said of it.
func PutSubject(ctx context.Context, tx *db.Tx, s Subject, by string, at time.Time) error {
	return tx.Put(ctx, `INSERT INTO subject (`+subjectColumns+`, by_person, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (place, id) DO UPDATE SET home = excluded.home, label = excluded.label, ref = excluded.ref, to_day = excluded.to_day,
		by_person = excluded.by_person, at = excluded.at`,
		s.Place, s.ID, s.Kind, s.Home, s.Label, s.Ref, string(s.From), string(s.To), by, at.UnixMilli())
}

func subjects(ctx context.Context, r db.Reader, sql string, args ...any) ([]Subject, error) {
	var all []Subject
	err := r.Each(ctx, sql, args, func(scan func(...any) error) error {
		var s Subject
		err := scan(&s.Place, &s.ID, &s.Kind, &s.Home, &s.Label, &s.Ref, &s.From, &s.To)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.subjects: %w", err)
	}
	return all, nil
}

// Subjects are those of the kind that live in the place, by label, after the one named by label and ID.
func Subjects(ctx context.Context, r db.Reader, place, kind, afterLabel, afterID string, most int) ([]Subject, error) {
	return subjects(ctx, r, `SELECT `+subjectColumns+` FROM subject WHERE place = $1 AND kind = $2 AND to_day = '' AND (label, id) > ($3, $4)
		ORDER BY label, id LIMIT $5`, place, kind, afterLabel, afterID, most)
}

// LabelTaken reports whether a household of the place is shown under the label already.
func LabelTaken(ctx context.Context, r db.Reader, place, label string) (bool, error) {
	var n int
	err := r.Row(ctx, `SELECT COUNT(*) FROM subject WHERE place = $1 AND kind = 'household' AND label = $2 AND to_day = ''`, []any{place, label}, &n)
	if err != nil {
		return false, fmt.Errorf("table.LabelTaken: %w", err)
	}
	return n > 0, nil
}

// Members are the persons of a household.
func Members(ctx context.Context, r db.Reader, place, home string) ([]Subject, error) {
	return subjects(ctx, r, `SELECT `+subjectColumns+` FROM subject WHERE place = $1 AND home = $2 AND to_day = '' ORDER BY id`, place, home)
}

// OneSubject is the subject, ok false where there is none.
func OneSubject(ctx context.Context, r db.Reader, place, id string) (s Subject, ok bool, err error) {
	all, err := subjects(ctx, r, `SELECT `+subjectColumns+` FROM subject WHERE place = $1 AND id = $2`, place, id)
	if err != nil || len(all) == 0 {
		return Subject{}, false, err
	}
	return all[0], true, nil
}

// ByRef are the subjects that the persons of the vault are.
func ByRef(ctx context.Context, r db.Reader, refs []string) ([]Subject, error) {
	var all []Subject
	for _, ref := range refs {
		found, err := subjects(ctx, r, `SELECT `+subjectColumns+` FROM subject WHERE ref = $1 AND ref <> '' ORDER BY place, id`, ref)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Living are how many subjects of each kind live in the place and in each beneath it.
func Living(ctx context.Context, r db.Reader, place string) (map[string]map[string]int, error) {
	n := map[string]map[string]int{}
	from, to := division.Span(place)
	err := r.Each(ctx, `SELECT place, kind, COUNT(*) FROM subject WHERE place >= $1 AND place < $2 AND to_day = '' GROUP BY place, kind`, []any{from, to},
		func(scan func(...any) error) error {
			var place, kind string
			var count int
			err := scan(&place, &kind, &count)
			if n[place] == nil {
				n[place] = map[string]int{}
			}
			n[place][kind] = count
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("table.Living: %w", err)
	}
	return n, nil
}

// Lacks is what a household lacks: cells of itself and of its persons.
type Lacks struct{ Persons, Cells int }

// Missing counts for each household which of the needed cells are unknown, its persons' cells among them.
func Missing(ctx context.Context, r db.Reader, place string, homes []Subject, needs []Need) (map[string]Lacks, error) {
	found := map[string]Lacks{}
	if len(homes) == 0 {
		return found, nil
	}
	per := map[string]int{}
	args := []any{place}
	for _, n := range needs {
		per[n.Element.Subject]++
	}
	for _, h := range homes {
		args = append(args, h.ID)
	}
	in := list(len(homes), 2)
	err := r.Each(ctx, `SELECT home, COUNT(*) FROM subject WHERE place = $1 AND to_day = '' AND home IN (`+in+`) GROUP BY home`, args,
		func(scan func(...any) error) error {
			var home string
			var n int
			err := scan(&home, &n)
			found[home] = Lacks{Persons: n, Cells: n * per[Person]}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("table.Missing: %w", err)
	}
	for _, h := range homes {
		l := found[h.ID]
		l.Cells += per[Household]
		found[h.ID] = l
	}
	if len(needs) == 0 {
		return found, nil
	}
	var pairs []string
	for _, n := range needs {
		args = append(args, n.Element.ID, n.Period)
		pairs = append(pairs, fmt.Sprintf("($%d, $%d)", len(args)-1, len(args)))
	}
	err = r.Each(ctx, `SELECT CASE s.home WHEN '' THEN s.id ELSE s.home END AS house, COUNT(*) FROM subject s
		JOIN cell c ON c.place = s.place AND c.subject = s.id AND c.stands > 0
		WHERE s.place = $1 AND s.to_day = '' AND (s.id IN (`+in+`) OR s.home IN (`+in+`)) AND (c.element, c.period) IN (VALUES `+strings.Join(pairs, ", ")+`)
		GROUP BY house`, args, func(scan func(...any) error) error {
		var house string
		var n int
		err := scan(&house, &n)
		l := found[house]
		l.Cells -= n
		found[house] = l
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.Missing: %w", err)
	}
	return found, nil
}
