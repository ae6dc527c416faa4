// Package price says what a demand costs the base: minutes for a cell, cells for a filling, fillings in a month,
// villages that answer.
//
// Minutes are learned from real fillings, summed over everybody the moment they happen: there is no figure of a
// worker, a village or a day, and none can be made. Until enough fillings are known a setting stands in, and says so.
package price

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
)

const (
	// Floor is from how many fillings on a learned figure is shown. Setting, not law.
	Floor = 5
	// Usual is what a cell is taken to cost before that. Setting, not law.
	Usual = 90 * time.Second
	// longest is the most time for one cell that is believed: beyond it somebody went away from the page.
	longest = 15 * time.Minute
	shards  = 16
)

// Took adds to the form's sums: so many cells in so much time. first says that a village begins this form now: only that
// counts as a filling, so that the floor cannot be passed by one person in one sitting. Who it was, where and on which
// day is not an argument, so that it cannot be kept.
func Took(ctx context.Context, tx *db.Tx, form string, month calendar.Day, cells int, took time.Duration, first bool) error {
	if form == "" || cells <= 0 || took <= 0 {
		return nil
	}
	took = min(took, time.Duration(cells)*longest)
	fillings := 0
	if first {
		fillings = 1
	}
	err := tx.Put(ctx, `INSERT INTO fill_time (form, month, shard, fillings, cells, ms) VALUES ($1, $2, $3, $6, $4, $5)
		ON CONFLICT (form, month, shard) DO UPDATE SET fillings = fill_time.fillings + excluded.fillings, cells = fill_time.cells + excluded.cells, ms = fill_time.ms + excluded.ms`,
		form, string(month)[:7], rand.IntN(shards), cells, took.Milliseconds(), fillings)
	if err != nil {
		return fmt.Errorf("price.Took %s: %w", form, err)
	}
	return nil
}

// Learned is what real fillings of a form say.
type Learned struct {
	Fillings, Cells int
	Took            time.Duration
}

// Enough reports whether there are so many that a figure may be shown.
func (l Learned) Enough() bool { return l.Fillings >= Floor && l.Cells > 0 }

// PerCell is the time for one cell, and whether it was learned; the usual time otherwise.
func (l Learned) PerCell() (each time.Duration, learned bool) {
	if !l.Enough() {
		return Usual, false
	}
	return l.Took / time.Duration(l.Cells), true
}

// Times are what was learned of each form, over the last year.
func Times(ctx context.Context, r db.Reader, today calendar.Day) (map[string]Learned, error) {
	all := map[string]Learned{}
	err := r.Each(ctx, `SELECT form, CAST(SUM(fillings) AS BIGINT), CAST(SUM(cells) AS BIGINT), CAST(SUM(ms) AS BIGINT) FROM fill_time
		WHERE month >= $1 GROUP BY form`, []any{string(today.AddMonths(-12))[:7]}, func(scan func(...any) error) error {
		var form string
		var l Learned
		var ms int64
		err := scan(&form, &l.Fillings, &l.Cells, &ms)
		l.Took = time.Duration(ms) * time.Millisecond
		all[form] = l
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("price.Times: %w", err)
	}
	return all, nil
}
