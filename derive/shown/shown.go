// Package shown follows the journal and keeps which calls and suggestions anyone may read, and what became of them.
// The rules decide what is public (the flag `public`, the states of a call); here it is only remembered, so that the
// page of news costs the same with a million matters as with ten.
package shown

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"jishi/base/db"
	"jishi/work/journal"
	"jishi/work/matter"
)

// The procedures whose matters are shown.
const (
	Call       = "suggestion-call"
	Suggestion = "suggestion"
)

// Outcomes of a suggestion, beside the answers to `adoption` and `refusal`.
const (
	Converted     = "converted"       // carried out: something changed that people can see
	NotCarriedOut = "not-carried-out" // adopted, and it could not be done
	Apart         = "apart"           // joined to another, withdrawn, or no suggestion: counted nowhere
)

const follower = "shown"

// errMoved says that another loop moved the cursor meanwhile.
var errMoved = errors.New("shown: another follower moved the cursor")

// Follow takes in at most n events behind the cursor and returns how many it passed. Rows and cursor move in one
// transaction; a second loop does no harm, because the cursor moves only from where it was read.
func Follow(ctx context.Context, d *db.DB, n int) (int, error) {
	var from int64
	err := d.Row(ctx, `SELECT position FROM follower WHERE name = $1`, []any{follower}, &from)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return 0, fmt.Errorf("shown.Follow: cursor: %w", err)
	}
	events, err := journal.After(ctx, d, from, n)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	rows, faults, err := rowsOf(ctx, d, events)
	if err != nil {
		return 0, fmt.Errorf("shown.Follow: %w", err)
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Put(ctx, `INSERT INTO follower (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING`, follower); err != nil {
			return err
		}
		moved, err := tx.Exec(ctx, `UPDATE follower SET position = $3 WHERE name = $1 AND position = $2`, follower, from, events[len(events)-1].Position)
		if err == nil && moved == 0 {
			err = errMoved
		}
		for _, r := range rows {
			if err == nil {
				err = r.put(ctx, tx)
			}
		}
		for _, f := range faults {
			if err == nil {
				err = journal.SetAside(ctx, tx, f)
			}
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("shown.Follow: %w", err)
	}
	return len(events), nil
}

// row is one matter as the table keeps it.
type row struct {
	matter, kind, call, outcome, folded string
	shown                               bool
	updated                             int64
}

// rowsOf are the rows of the matters that the events touched, each once, as the matter stands now, and what cannot be
// read of them.
func rowsOf(ctx context.Context, d *db.DB, events []journal.Placed) (rows []row, faults []journal.Fault, err error) {
	seen := map[string]bool{}
	for _, e := range events {
		if seen[e.Matter] {
			continue
		}
		seen[e.Matter] = true
		r, err := read(ctx, d, e.Matter)
		switch {
		case errors.Is(err, db.ErrNotFound):
		case err != nil && journal.Passing(ctx, err):
			return nil, nil, err
		case err != nil:
			faults = append(faults, journal.Fault{Follower: follower, Position: e.Position, Event: e.ID, Matter: e.Matter, Reason: err.Error()})
		default:
			rows = append(rows, r)
		}
	}
	return rows, faults, nil
}

// read is the row of a matter as it stands now; db.ErrNotFound when nothing of it is ever shown.
func read(ctx context.Context, d *db.DB, id string) (r row, err error) {
	var fold string
	if err := d.Row(ctx, `SELECT fold FROM matter WHERE id = $1 AND procedure IN ($2, $3)`, []any{id, Call, Suggestion}, &fold); err != nil {
		return r, err
	}
	m, err := matter.Decode(fold)
	if err != nil {
		return r, err
	}
	r = rowOf(m)
	r.updated, err = news(ctx, d, m)
	return r, err
}

func rowOf(m *matter.Matter) row {
	r := row{matter: m.ID, kind: Call, outcome: m.State}
	title, text := m.Fields["title"], m.Fields["explanation"]
	if m.Procedure == Suggestion {
		r.kind, r.outcome = Suggestion, Outcome(m)
		title, text = m.Fields["public-title"], m.Fields["public-text"]
		for _, l := range m.Links {
			if l.Kind == "call" {
				r.call = l.Matter
			}
		}
	}
	r.shown = Public(m)
	if r.shown {
		r.folded = strings.ToLower(norm.NFKC.String(title + "\n" + text))
	}
	return r
}

// Public reports whether anyone may read the matter: a call once it is published, a suggestion whose public text was
// published and that stands by itself. Nothing sealed is public.
func Public(m *matter.Matter) bool {
	switch {
	case m.Sealed:
		return false
	case m.Procedure == Call:
		return m.State == "open" || m.State == "closed" || m.State == "told"
	}
	return m.Procedure == Suggestion && m.Flags["public"] != "" && Outcome(m) != Apart
}

// Outcome is what became of a suggestion; "" while nobody has decided.
func Outcome(m *matter.Matter) string {
	switch m.State {
	case "converted":
		return Converted
	case "not-carried-out":
		return NotCarriedOut
	case "merged", "withdrawn", "unsuitable", "turned", "redirected":
		return Apart
	case "adopted", "carrying-out":
		return m.Fields["adoption"]
	case "declined", "answered":
		return m.Fields["refusal"]
	}
	return ""
}

// telling are the steps that a reader of the news would call news.
var telling = map[string]bool{"publish": true, "close": true, "tell": true, "update": true, "adopt": true, "decline": true,
	"progress": true, "convert": true, "give-up": true, "reward": true}

func news(ctx context.Context, d *db.DB, m *matter.Matter) (int64, error) {
	events, err := journal.Of(ctx, d, m.ID)
	if err != nil {
		return 0, err
	}
	at := m.Opened
	for _, e := range events {
		if telling[e.Action] {
			at = e.At.UnixMilli()
		}
	}
	return at, nil
}

func (r row) put(ctx context.Context, tx *db.Tx) error {
	return tx.Put(ctx, `INSERT INTO suggestion_shown (matter, kind, call, outcome, shown, folded, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (matter) DO UPDATE SET kind = excluded.kind, call = excluded.call, outcome = excluded.outcome,
		shown = excluded.shown, folded = excluded.folded, updated = excluded.updated`,
		r.matter, r.kind, r.call, r.outcome, r.shown, r.folded, r.updated)
}
