package matter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/actor"
	"jishi/work/journal"
)

// Fault is one matter whose row does not say what its events say.
type Fault struct{ Matter, Number, What string }

// Verify folds every matter's events again and compares with its row, its clocks and its parties.
// It returns how many it looked at and every fault.
func (s *Store) Verify(ctx context.Context, r db.Reader) (n int, faults []Fault, err error) {
	last := ""
	for {
		var ids []string
		err := r.Each(ctx, `SELECT id FROM matter WHERE id > $1 ORDER BY id LIMIT 500`, []any{last}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return n, faults, fmt.Errorf("matter.Verify: %w", err)
		}
		if len(ids) == 0 {
			return n, faults, s.orphans(ctx, r, &faults)
		}
		for _, id := range ids {
			what, number, err := s.verify(ctx, r, id)
			if err != nil {
				return n, faults, err
			}
			if what != "" {
				faults = append(faults, Fault{id, number, what})
			}
			n++
		}
		last = ids[len(ids)-1]
	}
}

func (s *Store) verify(ctx context.Context, r db.Reader, id string) (what, number string, err error) {
	events, err := journal.Of(ctx, r, id)
	if err != nil {
		return "", "", err
	}
	m, err := Fold(events)
	if err != nil {
		return "the events do not fold: " + err.Error(), "", nil
	}
	if m == nil {
		return "a row without events", "", nil
	}
	var fold, brief, state, holder string
	var due, seq int64
	err = r.Row(ctx, `SELECT fold, brief, state, holder, due, seq FROM matter WHERE id = $1`, []any{id}, &fold, &brief, &state, &holder, &due, &seq)
	if err != nil {
		return "", "", fmt.Errorf("matter.verify %s: %w", id, err)
	}
	again, err := json.Marshal(m)
	if err != nil {
		return "", "", fmt.Errorf("matter.verify %s: %w", id, err)
	}
	short, err := m.Brief().encode()
	if err != nil {
		return "", "", err
	}
	want := s.row(m)
	switch {
	case !bytes.Equal(again, []byte(fold)):
		return "the row is not the fold of the events", m.Number, nil
	case brief != "" && brief != short:
		return "what lists show is not what the fold says", m.Number, nil
	case state != m.State || holder != want.holder || due != want.due || int(seq) != m.Seq:
		return "a column of the row is not what the fold says", m.Number, nil
	}
	what, err = s.verifyClocks(ctx, r, m)
	if err == nil && what == "" {
		what, err = s.verifyMeetings(ctx, r, m)
	}
	return what, m.Number, err
}

func (s *Store) verifyClocks(ctx context.Context, r db.Reader, m *Matter) (string, error) {
	rows, wrong := 0, ""
	err := r.Each(ctx, `SELECT clock, n, due, running, missed FROM matter_clock WHERE matter = $1`, []any{m.ID}, func(scan func(...any) error) error {
		var id string
		var n, due int64
		var running, missed bool
		if err := scan(&id, &n, &due, &running, &missed); err != nil {
			return err
		}
		rows++
		for _, c := range m.Clocks {
			if c.ID == id && int64(c.N) == n && (c.Due != due || (c.Running() && c.Paused == "") != running || c.Missed != missed) {
				wrong = "the row of the clock " + id + " is not what the fold says"
			}
		}
		return nil
	})
	if err == nil && wrong == "" && rows != len(m.Clocks) {
		wrong = "the clocks are not as many as the fold says"
	}
	return wrong, err
}

func (s *Store) verifyMeetings(ctx context.Context, r db.Reader, m *Matter) (string, error) {
	want := map[string]int64{}
	for _, field := range s.rules(m).Meetings() {
		if at, ok := calendar.ParseMinute(m.Fields[field]); ok {
			want[field] = at.UnixMilli()
		}
	}
	have := map[string]int64{}
	err := r.Each(ctx, `SELECT field, at FROM matter_meeting WHERE matter = $1`, []any{m.ID}, func(scan func(...any) error) error {
		var field string
		var at int64
		err := scan(&field, &at)
		have[field] = at
		return err
	})
	if err == nil && !maps.Equal(want, have) {
		return "the meetings are not those that the fold says", nil
	}
	return "", err
}

// orphans are events whose matter has no row: a matter that somebody made vanish.
func (s *Store) orphans(ctx context.Context, r db.Reader, faults *[]Fault) error {
	return r.Each(ctx, `SELECT DISTINCT e.matter FROM event e LEFT JOIN matter m ON m.id = e.matter WHERE m.id IS NULL`, nil,
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			*faults = append(*faults, Fault{Matter: id, What: "events without a row"})
			return err
		})
}

// Recalendar computes again every running clock that was computed with another version of the calendar, and
// records each last day that moved: old and new stand in the event. It returns how many matters moved. A crash
// leaves the rest with the old version, and the next call goes on with them.
func (s *Store) Recalendar(ctx context.Context, d *db.DB, at time.Time) (int, error) {
	version := s.Calendar().Version()
	var ids []string
	err := d.Each(ctx, `SELECT DISTINCT matter FROM matter_clock WHERE running = TRUE AND missed = FALSE AND calendar <> '' AND calendar <> $1
		ORDER BY matter`, []any{version}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("matter.Recalendar: %w", err)
	}
	moved := 0
	for _, id := range ids {
		hit := false
		err := d.Write(ctx, func(tx *db.Tx) error {
			var err error
			if hit, err = s.recalendar(ctx, tx, id, at); err != nil {
				return err
			}
			return tx.Put(ctx, `UPDATE matter_clock SET calendar = $2 WHERE matter = $1 AND calendar <> ''`, id, version)
		})
		if err != nil {
			return moved, fmt.Errorf("matter.Recalendar %s: %w", id, err)
		}
		if hit {
			moved++
		}
	}
	return moved, nil
}

func (s *Store) recalendar(ctx context.Context, tx *db.Tx, id string, at time.Time) (bool, error) {
	m, err := s.Load(ctx, tx, id)
	if err != nil {
		return false, err
	}
	c := Change{From: m.State, To: m.State, Note: map[string]string{"calendar": s.Calendar().Version()}}
	for _, clock := range m.Clocks {
		if !clock.Running() || clock.Missed || clock.Day == "" {
			continue
		}
		now := s.compute(clock, s.rules(m).Clocks[clock.ID])
		if now.Day != clock.Day || now.Alarm != clock.Alarm || now.Provisional != clock.Provisional {
			c.Clocks = append(c.Clocks, now)
			c.Note["was-"+clock.ID], c.Note["now-"+clock.ID] = string(clock.Day), string(now.Day)
		}
	}
	if len(c.Clocks) == 0 {
		return false, nil
	}
	_, err = s.append(ctx, tx, m, id, "recalendar", actor.Program("calendar"), "", at, c)
	return err == nil, err
}
