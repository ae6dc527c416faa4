package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Hook is where one body lets another program know what happened.
type Hook struct {
	ID, Person, Org string
	Name, URL       string
	Kinds           []string // procedures; empty is all
	Turn            int      // how often the key was changed
	Turned          time.Time
	Created         time.Time
	Ended           time.Time // zero while it is used
	Why             string    // why it ended by itself: gone
}

// Overlap is how long after a change of the key messages carry the older signature too.
const Overlap = 24 * time.Hour

// Keys are those that sign a message at the instant.
func (h Hook) Keys(key func(hook string, turn int) []byte, at time.Time) [][]byte {
	keys := [][]byte{key(h.ID, h.Turn)}
	if h.Turn > 0 && at.Before(h.Turned.Add(Overlap)) {
		keys = append(keys, key(h.ID, h.Turn-1))
	}
	return keys
}

// takes reports whether the hook wants to hear of such matters.
func (h Hook) takes(procedure string) bool {
	return len(h.Kinds) == 0 || slices.Contains(h.Kinds, procedure)
}

const hookColumns = `h.id, h.person, h.org, h.name, h.url, h.kinds, h.turn, h.turned_at, h.created_at, h.ended_at, h.why`

func readHook(scan func(...any) error, more ...any) (Hook, error) {
	var h Hook
	var kinds string
	var turned, created, ended int64
	err := scan(append([]any{&h.ID, &h.Person, &h.Org, &h.Name, &h.URL, &kinds, &h.Turn, &turned, &created, &ended, &h.Why}, more...)...)
	h.Kinds, h.Turned, h.Created = strings.Fields(kinds), time.UnixMilli(turned), time.UnixMilli(created)
	if ended > 0 {
		h.Ended = time.UnixMilli(ended)
	}
	return h, err
}

// Hooks are those of the bodies, ended ones too, the newest first; with no body those in use anywhere.
func Hooks(ctx context.Context, r db.Reader, orgs ...string) ([]Hook, error) {
	sql, args := `SELECT `+hookColumns+` FROM webhook h WHERE h.ended_at = 0 ORDER BY h.id DESC`, []any{}
	if len(orgs) > 0 {
		marks := make([]string, len(orgs))
		for i, org := range orgs {
			marks[i] = fmt.Sprintf("$%d", i+1)
			args = append(args, org)
		}
		sql = `SELECT ` + hookColumns + ` FROM webhook h WHERE h.org IN (` + strings.Join(marks, ", ") + `) ORDER BY h.id DESC`
	}
	var list []Hook
	err := r.Each(ctx, sql, args, func(scan func(...any) error) error {
		h, err := readHook(scan)
		list = append(list, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notify.Hooks: %w", err)
	}
	return list, nil
}

// Put stores a new hook, or what was changed of one.
func Put(ctx context.Context, tx *db.Tx, h Hook) error {
	kinds := ""
	if len(h.Kinds) > 0 {
		kinds = " " + strings.Join(h.Kinds, " ") + " "
	}
	ended := int64(0)
	if !h.Ended.IsZero() {
		ended = h.Ended.UnixMilli()
	}
	return tx.Put(ctx, `INSERT INTO webhook (id, person, org, name, url, kinds, turn, turned_at, created_at, ended_at, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, turned_at = excluded.turned_at, ended_at = excluded.ended_at, why = excluded.why`,
		h.ID, h.Person, h.Org, h.Name, h.URL, kinds, h.Turn, h.Turned.UnixMilli(), h.Created.UnixMilli(), ended, h.Why)
}

// End ends the hook; what waits for it is dropped, what failed stays to be looked at.
func End(ctx context.Context, tx *db.Tx, id, why string, at time.Time) error {
	if err := tx.Put(ctx, `UPDATE webhook SET ended_at = $2, why = $3 WHERE id = $1 AND ended_at = 0`, id, at.UnixMilli(), why); err != nil {
		return err
	}
	return tx.Put(ctx, `DELETE FROM webhook_message WHERE hook = $1 AND state = 'waiting'`, id)
}

// Tally is how many messages of a hook wait, were taken, and were given up.
type Tally struct{ Waiting, Sent, Failed int }

// Tallies are those of all hooks, by ID.
func Tallies(ctx context.Context, r db.Reader) (map[string]Tally, error) {
	all := map[string]Tally{}
	err := r.Each(ctx, `SELECT hook, COUNT(*) FILTER (WHERE state = 'waiting'), COUNT(*) FILTER (WHERE state = 'sent'), COUNT(*) FILTER (WHERE state = 'failed')
		FROM webhook_message GROUP BY hook`, nil, func(scan func(...any) error) error {
		var id string
		var t Tally
		err := scan(&id, &t.Waiting, &t.Sent, &t.Failed)
		all[id] = t
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notify.Tallies: %w", err)
	}
	return all, nil
}

// Message is one that waits after a failure, or was given up.
type Message struct {
	ID, State, Reason string
	Tries             int
	Last, Due         time.Time
}

// Troubled are the messages of the hook that failed at least once and were not taken since, the newest first; before is
// the ID of the last one seen.
func Troubled(ctx context.Context, r db.Reader, hook, before string, n int) ([]Message, error) {
	if before == "" {
		before = "~" // behind every ID
	}
	var list []Message
	err := r.Each(ctx, `SELECT id, state, reason, tries, last, due FROM webhook_message WHERE hook = $1 AND state <> 'sent' AND reason <> '' AND id < $2
		ORDER BY id DESC LIMIT $3`, []any{hook, before, n}, func(scan func(...any) error) error {
		var m Message
		var last, due int64
		err := scan(&m.ID, &m.State, &m.Reason, &m.Tries, &last, &due)
		m.Last, m.Due = time.UnixMilli(last), time.UnixMilli(due)
		list = append(list, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notify.Troubled: %w", err)
	}
	return list, nil
}

// Again puts what was given up back into the queue, from the first try on: one message, or all of the hook where id is "".
// It returns how many.
func Again(ctx context.Context, tx *db.Tx, hook, id string, now time.Time) (int, error) {
	n, err := tx.Exec(ctx, `UPDATE webhook_message SET state = 'waiting', tries = 0, due = $3 WHERE hook = $1 AND state = 'failed' AND ($2 = '' OR id = $2)`, hook, id, now.UnixMilli())
	return int(n), err
}

// Try puts a message into the queue that tells of nothing, so that a receiver can be tried.
func Try(ctx context.Context, tx *db.Tx, hook string, now time.Time) error {
	return tx.Put(ctx, `INSERT INTO webhook_message (id, hook, position, event, state, tries, due, last, reason) VALUES ($1, $2, $3, '', 'waiting', 0, $4, 0, '')
		ON CONFLICT DO NOTHING`, NewMessageID(), hook, -now.UnixMilli(), now.UnixMilli())
}

// Maker is whoever made the hook, with their posts in its body on the day; ok is false when they keep the system there
// no longer, or their account was closed: the hook then rests.
func Maker(ctx context.Context, r db.Reader, h Hook, at time.Time) (who actor.Actor, ok bool, err error) {
	var open int
	err = r.Row(ctx, `SELECT COUNT(*) FROM account WHERE person = $1 AND closed_at = 0`, []any{h.Person}, &open)
	if err != nil || open == 0 {
		return who, false, err
	}
	if who, err = actor.StaffOn(ctx, r, h.Person, calendar.DayOf(at)); err != nil {
		return who, false, err
	}
	who.Posts = slices.DeleteFunc(who.Posts, func(p actor.Post) bool { return p.Org != h.Org })
	who.Acting = h.Org
	return who, who.Has(h.Org, actor.Admin), nil
}

// sees: the hook is told of a matter in which its body has a part, or that its maker sees by supervising from there.
// What is sealed, or known to its parties alone, no hook is told of, whoever made it.
func (s *Sender) sees(who actor.Actor, h Hook, m *matter.Matter) bool {
	p, err := s.Matters.Book.ByKey(m.Version)
	if err != nil || m.Sealed {
		return false
	}
	for relation := range m.Parties {
		if !p.Relations[relation].Denied && m.Holds(relation, h.Org) {
			return true
		}
	}
	return s.Matters.Sees(who, m)
}
