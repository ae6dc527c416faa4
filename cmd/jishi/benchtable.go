package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"jishi/base/db"
	"jishi/bench"
	"jishi/demo"
	"jishi/desk"
	cells "jishi/module/table"
	"jishi/people/division"
)

const (
	benchHomes    = 3000 // households of the measured village
	benchElements = 10   // that a form asks of each
)

// tables measures the one table of a village with 3,000 households: opening it, and saving a cell. The limit of the first
// is the bare count of the same cells, of the second the same two rows written raw, in the same run.
func (b *benchmark) tables(ctx context.Context, s *system) error {
	content, land, err := county()
	if err != nil {
		return err
	}
	if err := demo.Settle(ctx, s.desk, content, land, time.Now()); err != nil {
		return err
	}
	place := s.desk.PlaceOf("village-1-1")
	if err := bigVillage(ctx, s, place); err != nil {
		return err
	}
	who, err := s.desk.Staff(ctx, "village-1-1-officer")
	if err != nil {
		return err
	}
	print := func(r bench.Result) error {
		r.DB, r.Matters = s.db.Engine().String(), benchHomes*benchElements
		return r.Print(b.stdout)
	}
	open := func(int, int) error {
		t, err := s.desk.Table(ctx, who, place)
		if err == nil && (t.Households != benchHomes || len(t.Groups) != benchElements) {
			err = fmt.Errorf("%d households, %d elements", t.Households, len(t.Groups))
		}
		return err
	}
	count := func(int, int) error {
		return s.db.Each(ctx, `SELECT element, COUNT(*) FROM cell WHERE place = $1 GROUP BY element`, []any{place}, func(scan func(...any) error) error {
			var element string
			var n int
			return scan(&element, &n)
		})
	}
	limit := bench.Run("limit", 1, b.d/2, count)
	if err := print(bench.Run("table-open", 1, b.d, open).Against(limit.RPS)); err != nil {
		return err
	}
	for _, clients := range []int{1, 8} {
		limit := bench.Run("limit", clients, b.d/2, func(int, int) error { return rawCell(ctx, s) })
		save := bench.Run("table-save", clients, b.d, func(me, i int) error {
			home := fmt.Sprintf("h%04d", (me*997+i)%benchHomes)
			r, err := s.desk.WriteTable(ctx, who, place, "", []desk.Writing{{Token: desk.NewToken(), Subject: home, Element: "bench.0", Act: cells.Correct,
				Value: fmt.Sprint(i), Base: 1 << 40, Form: "BENCH", Took: 20 * time.Second}})
			if err == nil && r[0].Refusal != nil {
				err = errors.New(r[0].Refusal.Code)
			}
			return err
		})
		if err := print(save.Against(limit.RPS)); err != nil {
			return err
		}
	}
	return nil
}

var benchRow atomic.Int64

// rawCell writes the two rows of a saved cell past everything that decides about them.
func rawCell(ctx context.Context, s *system) error {
	n := benchRow.Add(1)
	return s.db.Write(ctx, func(tx *db.Tx) error { return rawRows(ctx, tx, "900000000000", fmt.Sprint("r", n), "raw", n) })
}

func rawRows(ctx context.Context, tx *db.Tx, place, subject, element string, n int64) error {
	id := fmt.Sprint(place, subject, element)
	if err := tx.Put(ctx, `INSERT INTO cell_event (id, place, subject, element, period, seq, base, act, outcome, value, sealed, source, as_of, reason, form,
		by_person, org, device, token, at) VALUES ($1, $2, $3, $4, '', 1, 0, 'fill', 'stands', $5, '', 'village-1-1', '2026-01-05', '', '', 'x', 'village-1-1', '', $1, 0)`,
		id, place, subject, element, fmt.Sprint(n)); err != nil {
		return err
	}
	return tx.Put(ctx, `INSERT INTO cell (place, subject, element, period, value, sealed, n, source, as_of, act, by_person, org, at, checked, seq, stands, open)
		VALUES ($1, $2, $3, '', $4, '', $5, 'village-1-1', '2026-01-05', 'fill', 'x', 'village-1-1', 0, '2026-01-05', 1, 1, 0)`,
		place, subject, element, fmt.Sprint(n), n*10_000)
}

// bigVillage is a village with 3,000 households and a form that asks ten things of each.
func bigVillage(ctx context.Context, s *system, place string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Put(ctx, `INSERT INTO form (id, org, title, basis, purpose, level, period, place, state, why, twin, matter, layout, layout_name, seq, by_person, at, listed_at)
			VALUES ('BENCH', 'county-agriculture', '农户情况表', '', '', 'village', 'year', $1, 'listed', '', '', '', '', '', 1, 'x', 0, 1)`, division.DemoCounty); err != nil {
			return err
		}
		for e := range benchElements {
			id := fmt.Sprint("bench.", e)
			if err := tx.Put(ctx, `INSERT INTO element (id, from_day, to_day, title, en, definition, type, codes, unit, period, subject, source, share, sensitivity, synonyms,
				theme, grade, by_person, at) VALUES ($1, '2020-01-01', '', $1, $1, '', 'int', '[]', '亩', '', 'household', '', 'free', 'internal', '[]', '', 'D', 'x', 0)`, id); err != nil {
				return err
			}
			if err := tx.Put(ctx, `INSERT INTO form_field (form, n, label, element, kind, type, unit, sheet, line, col, below, samples, note, decided, decided_at)
				VALUES ('BENCH', $1, $2, $2, 'new', 'int', '亩', '', 0, 0, FALSE, '[]', '', 'x', 1)`, e+1, id); err != nil {
				return err
			}
		}
		for h := range benchHomes {
			id := fmt.Sprintf("h%04d", h)
			if err := cells.PutSubject(ctx, tx, cells.Subject{Place: place, ID: id, Kind: cells.Household, Label: fmt.Sprintf("%d组%d号", h/100+1, h%100+1), From: "2020-01-01"}, "x", time.Now()); err != nil {
				return err
			}
			for e := range benchElements {
				if err := rawRows(ctx, tx, place, id, fmt.Sprint("bench.", e), int64(h)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
