package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Open311 is what a matter that came through Open311 carries beside itself.
type Open311 struct {
	Matter, Service string
	Client          string // who sent it: the person of the API token
	Public          bool   // the filer allowed the description to be shown
	Lat, Long       string
	Address, Place  string
}

// Request is one matter that came through Open311, as anybody may see it.
type Request struct {
	Open311
	ID, Number, State, StateTitle string
	Description                   string // "" unless the filer made it public
	Holder                        Body
	Ended                         bool
	Opened, Updated               time.Time
	Due                           calendar.Day
}

// FileOpen311 brings a matter in for a client, and notes that it came through Open311. A crash between the two
// leaves a matter that the offices handle and Open311 does not list; the client got no answer and sends again.
func (d *Desk) FileOpen311(ctx context.Context, who actor.Actor, f Filing, o Open311) (Receipt, error) {
	r, err := d.File(ctx, who, f)
	if err != nil {
		return r, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO open311_request (matter, service, client, public, lat, long, address, place, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (matter) DO NOTHING`,
			r.ID, o.Service, who.ID, o.Public, o.Lat, o.Long, o.Address, o.Place, r.At.UnixMilli())
		return err
	})
	if err != nil {
		return r, fmt.Errorf("desk.FileOpen311: %w", err)
	}
	return r, nil
}

// Sought narrows a list of Open311 requests. Numbers, when there are any, go before everything else.
type Sought struct {
	Numbers, Services []string
	From, To          time.Time
	Open, Ended       bool // which of the two; both or none is all
	Limit, Skip       int
}

// Requests are the matters that came through Open311, newest first. Anybody may read them, so a sealed matter is
// never among them, nobody is named, and a text is there only where its writer made it public.
func (d *Desk) Requests(ctx context.Context, s Sought) ([]Request, error) {
	q := &query{}
	where := []string{"NOT m.sealed"}
	if len(s.Numbers) > 0 {
		where = append(where, q.in("m.number", s.Numbers))
	} else {
		where = append(where, "o.at >= "+q.arg(s.From.UnixMilli()), "o.at < "+q.arg(s.To.UnixMilli()))
		if len(s.Services) > 0 {
			where = append(where, q.in("o.service", s.Services))
		}
		if s.Open != s.Ended {
			where = append(where, "m.ended = "+q.arg(s.Ended))
		}
	}
	sql := `SELECT m.id, o.service, o.client, o.public, o.lat, o.long, o.address, o.place FROM open311_request o JOIN matter m ON m.id = o.matter
		WHERE ` + strings.Join(where, " AND ") + ` ORDER BY o.at DESC, o.matter DESC LIMIT ` + q.arg(s.Limit) + ` OFFSET ` + q.arg(s.Skip)
	var found []Open311
	err := d.DB.Each(ctx, sql, q.args, func(scan func(...any) error) error {
		var o Open311
		err := scan(&o.Matter, &o.Service, &o.Client, &o.Public, &o.Lat, &o.Long, &o.Address, &o.Place)
		found = append(found, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("desk.Requests: %w", err)
	}
	var list []Request
	for _, o := range found {
		r, err := d.request(ctx, o)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func (d *Desk) request(ctx context.Context, o Open311) (Request, error) {
	m, err := d.Matters.Load(ctx, d.DB, o.Matter)
	if err != nil {
		return Request{}, fmt.Errorf("desk.request: %w", err)
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return Request{}, err
	}
	r := Request{Open311: o, ID: m.ID, Number: m.Number, State: m.State, StateTitle: p.States[m.State].Title, Ended: m.Ended,
		Holder: d.Body(d.Matters.Holder(m)), Opened: time.UnixMilli(m.Opened), Updated: time.UnixMilli(m.Updated)}
	if o.Public {
		r.Description = d.bare(m.Fields["what"])
	}
	if c, ok := m.Next(); ok && p.Clocks[c.ID].For != "citizen" {
		r.Due = c.Day
	}
	return r, nil
}

// Progress is one change of state of an Open311 request, as anybody may see it: no text that anybody wrote.
type Progress struct {
	ID, Number, State, StateTitle string
	Ended                         bool
	At                            time.Time
}

// Progress are the changes of state of Open311 requests in the period, oldest first.
func (d *Desk) Progress(ctx context.Context, from, to time.Time, limit int) ([]Progress, error) {
	var list []Progress
	err := d.DB.Each(ctx, `SELECT e.id, e.data, e.at, m.number, m.version FROM event e
		JOIN open311_request o ON o.matter = e.matter JOIN matter m ON m.id = e.matter
		WHERE NOT m.sealed AND e.seq > 1 AND e.at >= $1 AND e.at < $2 ORDER BY e.at, e.id LIMIT $3`,
		[]any{from.UnixMilli(), to.UnixMilli(), limit}, func(scan func(...any) error) error {
			var id, data, number, version string
			var at int64
			if err := scan(&id, &data, &at, &number, &version); err != nil {
				return err
			}
			to, err := newState(data)
			if err != nil || to == "" {
				return err
			}
			p, err := d.Book.ByKey(version)
			if err != nil {
				return err
			}
			list = append(list, Progress{ID: id, Number: number, State: to, StateTitle: p.States[to].Title, Ended: p.States[to].Final, At: time.UnixMilli(at)})
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("desk.Progress: %w", err)
	}
	return list, nil
}

// newState is the state that an event led to, "" when it led to none.
func newState(data string) (string, error) {
	var c matter.Change
	err := json.Unmarshal([]byte(data), &c)
	return c.To, err
}

// AddOpen311 adds what the filer said later, sent by the client that filed the matter and by no other: it acts for
// the filer in this one thing. The token makes a repeat harmless.
func (d *Desk) AddOpen311(ctx context.Context, who actor.Actor, number, text, token string) error {
	var id string
	err := d.DB.Row(ctx, `SELECT m.id FROM open311_request o JOIN matter m ON m.id = o.matter
		WHERE m.number = $1 AND o.client = $2 AND NOT m.sealed`, []any{number, who.ID}, &id)
	if errors.Is(err, db.ErrNotFound) {
		return words.Refuse(words.NotFound, "no-such-matter", "没有找到这件事项。")
	}
	if err != nil {
		return fmt.Errorf("desk.AddOpen311: %w", err)
	}
	filer := actor.Actor{Kind: actor.Citizen, ID: "citizen", Matter: id, Lang: who.Lang}
	v, err := d.Matter(ctx, filer, id)
	if err != nil {
		return err
	}
	_, err = d.Do(ctx, filer, id, Press{Token: token, Seq: v.Seq, Action: "add-material", With: map[string]string{"material": text}})
	return err
}
