package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"jishi/base/db"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// follower is the name of the cursor.
const follower = "notify"

// errMoved says that another loop moved the cursor meanwhile.
var errMoved = errors.New("notify: another follower moved the cursor")

// pending is one message to be.
type pending struct {
	hook, event string
	position    int64
}

// Follow takes at most n events behind the cursor and puts a message in the queue for each hook that may hear of one. It
// returns how many events it passed. Messages and cursor are written in one transaction.
func (s *Sender) Follow(ctx context.Context, n int, now time.Time) (int, error) {
	var from int64
	err := s.DB.Row(ctx, `SELECT position FROM follower WHERE name = $1`, []any{follower}, &from)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return 0, fmt.Errorf("notify: cursor: %w", err)
	}
	events, err := journal.After(ctx, s.DB, from, n)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	list, faults, err := s.listen(ctx, events, now)
	if err != nil {
		return 0, fmt.Errorf("notify.Follow: %w", err)
	}
	to := events[len(events)-1].Position
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return queue(ctx, tx, list, faults, from, to, now) }); err != nil {
		return 0, fmt.Errorf("notify.Follow: %w", err)
	}
	return len(events), nil
}

// listen finds out which hook hears of which event, and which events cannot be read.
func (s *Sender) listen(ctx context.Context, events []journal.Placed, now time.Time) (list []pending, faults []journal.Fault, err error) {
	hooks, err := Hooks(ctx, s.DB)
	if err != nil || len(hooks) == 0 {
		return nil, nil, err
	}
	makers := map[string]actor.Actor{}
	for _, h := range hooks {
		who, ok, err := Maker(ctx, s.DB, h, now)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			makers[h.ID] = who
		}
	}
	for _, e := range events {
		m, err := s.Matters.Load(ctx, s.DB, e.Matter)
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil && journal.Passing(ctx, err) {
			return nil, nil, err
		}
		if err != nil {
			faults = append(faults, journal.Fault{Follower: follower, Position: e.Position, Event: e.ID, Matter: e.Matter, Reason: err.Error()})
			continue
		}
		for _, h := range hooks {
			// What happened before the hook was made it is not told: nobody asked to know it then.
			if who, ok := makers[h.ID]; ok && !e.At.Before(h.Created) && h.takes(m.Procedure) && s.sees(who, h, m) {
				list = append(list, pending{h.ID, e.ID, e.Position})
			}
		}
	}
	return list, faults, nil
}

// queue moves the cursor first, so that of two followers one waits and then finds it moved.
func queue(ctx context.Context, tx *db.Tx, list []pending, faults []journal.Fault, from, to int64, now time.Time) error {
	if err := tx.Put(ctx, `INSERT INTO follower (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING`, follower); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE follower SET position = $3 WHERE name = $1 AND position = $2`, follower, from, to)
	if err == nil && n == 0 {
		err = errMoved
	}
	if err != nil {
		return err
	}
	for _, f := range faults {
		if err := journal.SetAside(ctx, tx, f); err != nil {
			return err
		}
	}
	for _, p := range list {
		err := tx.Put(ctx, `INSERT INTO webhook_message (id, hook, position, event, state, tries, due, last, reason) VALUES ($1, $2, $3, $4, 'waiting', 0, $5, 0, '')
			ON CONFLICT DO NOTHING`, NewMessageID(), p.hook, p.position, p.event, now.UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

// NewMessageID is a fresh webhook-id.
func NewMessageID() string { return "msg_" + matter.NewID() }

// Payload is what a message says. The same message says the same at each try.
type Payload struct {
	Type      string    `json:"type"` // petition.accept: the procedure and the step
	Timestamp time.Time `json:"timestamp"`
	Data      Data      `json:"data"`
}

// Data is one step of one matter, without anything about anybody.
type Data struct {
	Number string `json:"number,omitempty"`
	Kind   string `json:"kind,omitempty"`  // the procedure
	Class  string `json:"class,omitempty"` // of the procedure
	Step   string `json:"step,omitempty"`
	State  string `json:"state,omitempty"`
	Title  string `json:"stateTitle,omitempty"` // of the state, in Chinese
	Seq    int    `json:"seq,omitempty"`
	Links  *Links `json:"links,omitempty"`
}

// Links lead to the rest, for whoever may see it.
type Links struct {
	Page string `json:"page"`
	API  string `json:"api"`
}

func payload(e journal.Event, m *matter.Matter, p *procedure.Procedure, origin string) ([]byte, error) {
	c, err := matter.ReadChange(e)
	if err != nil {
		return nil, err
	}
	state := c.To
	if c.Open != nil {
		state = c.Open.State
	}
	return json.Marshal(Payload{Type: m.Procedure + "." + e.Action, Timestamp: e.At, Data: Data{Number: m.Number, Kind: m.Procedure, Class: m.Class, Step: e.Action,
		State: state, Title: p.States[state].Title, Seq: e.Seq, Links: &Links{origin + "/m/" + m.ID, origin + "/api/v1/matters/" + m.ID}}})
}
