package search

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/division"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// follower is the name of the cursor.
const follower = "search"

// Index writes what searches read. Only one loop of one node calls Follow; a second one does no harm, because
// the cursor moves only from where it was read.
type Index struct {
	Book   *procedure.Book
	Places *division.Places
}

// doc is one matter as it is indexed.
type doc struct {
	at     int64 // position of the event that opened it
	matter string
	mark   string
	text   string
	tokens []string
	known  string // the mark it is indexed under now, "" when it is not
}

// Follow takes in at most n events behind the cursor and returns how many it passed. The index and the cursor
// move in one transaction: a crash before the commit leaves both, a crash after it has moved both. An event
// that cannot be taken in is recorded (Faults) and passed.
func (x *Index) Follow(ctx context.Context, d *db.DB, n int) (int, error) {
	from, err := cursor(ctx, d)
	if err != nil {
		return 0, err
	}
	events, err := journal.After(ctx, d, from, n)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	err = x.take(ctx, d, from, events)
	if err != nil && !passing(ctx, err) && len(events) > 1 {
		err = x.oneByOne(ctx, d, from, events)
	}
	if err != nil {
		return 0, fmt.Errorf("search.Follow: %w", err)
	}
	return len(events), nil
}

// passing is a failure that has nothing to do with the event: the next call may succeed.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, db.ErrUnavailable) || errors.Is(err, errMoved)
}

// oneByOne finds the event that the database refuses.
func (x *Index) oneByOne(ctx context.Context, d *db.DB, from int64, events []journal.Placed) error {
	for _, e := range events {
		err := x.take(ctx, d, from, []journal.Placed{e})
		if err != nil && !passing(ctx, err) {
			err = write(ctx, d, from, e.Position, nil, []Fault{fault(e, err)}, nil)
		}
		if err != nil {
			return err
		}
		from = e.Position
	}
	return nil
}

// take brings the matters of the events to where they stand now, which may be behind later events already.
func (x *Index) take(ctx context.Context, d *db.DB, from int64, events []journal.Placed) error {
	last := map[string]journal.Placed{} // of each matter
	for _, e := range events {
		last[e.Matter] = e
	}
	sick, err := faulty(ctx, d)
	if err != nil {
		return err
	}
	var docs []doc
	var faults []Fault
	var healed []string
	for _, e := range events {
		if last[e.Matter].ID != e.ID {
			continue
		}
		one, err := x.read(ctx, d, e.Matter)
		switch {
		case err != nil && passing(ctx, err):
			return err
		case err != nil:
			faults = append(faults, fault(e, err))
			continue
		case one.at != 0 && one.mark != one.known:
			docs = append(docs, one)
		}
		if sick[e.Matter] {
			healed = append(healed, e.Matter)
		}
	}
	return write(ctx, d, from, events[len(events)-1].Position, docs, faults, healed)
}

// read makes what is indexed of a matter from its row and parties. It stays empty (at 0) while the event that
// opened the matter has no position: that event is still to come, and brings the matter with it.
func (x *Index) read(ctx context.Context, d *db.DB, id string) (doc, error) {
	one := doc{matter: id}
	var fold, area string
	err := d.Row(ctx, `SELECT m.fold, m.area, COALESCE(p.position, 0), COALESCE(s.mark, '') FROM matter m
		LEFT JOIN event e ON e.matter = m.id AND e.seq = 1 LEFT JOIN event_position p ON p.id = e.id
		LEFT JOIN search_doc s ON s.matter = m.id WHERE m.id = $1`, []any{id}, &fold, &area, &one.at, &one.known)
	if err != nil {
		return doc{}, fmt.Errorf("search: matter %s: %w", id, err)
	}
	var m matter.Matter
	if err := json.Unmarshal([]byte(fold), &m); err != nil {
		return doc{}, fmt.Errorf("search: matter %s: %w", id, err)
	}
	p, err := x.Book.ByKey(m.Version)
	if err != nil {
		return doc{}, fmt.Errorf("search: matter %s: %w", id, err)
	}
	path, err := x.path(ctx, m.Fields["place"])
	if err != nil {
		return doc{}, err
	}
	facets, err := facets(ctx, d, &m, area)
	if err != nil {
		return doc{}, err
	}
	one.fill(Texts(p, &m, path), m.Number, facets)
	return one, nil
}

// path is the place with all above it; a place that is not known has none and hinders nothing.
func (x *Index) path(ctx context.Context, code string) ([]division.Division, error) {
	if code == "" {
		return nil, nil
	}
	path, err := x.Places.Path(ctx, code)
	if err != nil && passing(ctx, err) {
		return nil, err
	}
	return path, nil
}

// facets are the filters of a matter and the bodies that may see it: those with a part in it that is not
// denied, and, unless it is sealed, those above the place of the body that holds it. The same as Scope says;
// what is denied leaves no trace here, so that looking for it costs what looking for nothing costs.
func facets(ctx context.Context, d *db.DB, m *matter.Matter, area string) ([]facet, error) {
	list := []facet{ofProcedure(m.Procedure), ofClass(m.Class), ofState(m.State), ofMonth(calendar.DayOf(time.UnixMilli(m.Opened)))}
	for _, prefix := range upTo(m.Fields["place"]) {
		list = append(list, ofPlace(prefix))
	}
	if !m.Sealed {
		for _, prefix := range upTo(area) {
			list = append(list, ofArea(prefix))
		}
	}
	err := d.Each(ctx, `SELECT DISTINCT p.org FROM matter_party p WHERE p.matter = $1 AND NOT p.denied AND p.org <> '' ORDER BY p.org`,
		[]any{m.ID}, func(scan func(...any) error) error {
			var org string
			err := scan(&org)
			list = append(list, ofOrg(org))
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("search: parties of %s: %w", m.ID, err)
	}
	return list, nil
}

// fill works out the text, the tokens and their mark.
func (o *doc) fill(texts []string, number string, facets []facet) {
	folds := make([]string, len(texts))
	for i, text := range texts {
		folds[i] = Fold(text)
	}
	o.text = strings.Join(folds, " ")
	o.tokens = tokens(o.text)
	if _, digits, ok := strings.Cut(number, "-"); ok { // 000042 is known as 42 too
		if short := strings.TrimLeft(digits, "0"); short != "" && !slices.Contains(o.tokens, short) {
			o.tokens = append(o.tokens, short)
		}
	}
	for _, f := range facets {
		o.tokens = append(o.tokens, f.token())
	}
	sum := sha256.New()
	for _, t := range append([]string{o.text}, o.tokens...) {
		sum.Write([]byte(t))
		sum.Write([]byte{0})
	}
	o.mark = hex.EncodeToString(sum.Sum(nil)[:16])
}

// errMoved says that another loop moved the cursor meanwhile.
var errMoved = errors.New("search: another follower moved the cursor")

func cursor(ctx context.Context, d *db.DB) (int64, error) {
	var at int64
	err := d.Row(ctx, `SELECT position FROM follower WHERE name = $1`, []any{follower}, &at)
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("search: cursor: %w", err)
	}
	return at, nil
}

// write replaces what the index had of the docs and moves the cursor, all or nothing.
func write(ctx context.Context, d *db.DB, from, to int64, docs []doc, faults []Fault, healed []string) error {
	// In the order of their numbers: the full-text table of SQLite writes a segment for each step back.
	slices.SortFunc(docs, func(a, b doc) int { return cmp.Compare(a.at, b.at) })
	return d.Write(ctx, func(tx *db.Tx) error {
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
		if err := put(ctx, tx, d.Engine(), docs); err != nil {
			return err
		}
		for _, id := range healed {
			if err := tx.Put(ctx, `DELETE FROM follower_fault WHERE follower = $1 AND matter = $2`, follower, id); err != nil {
				return err
			}
		}
		for _, f := range faults {
			err := tx.Put(ctx, `INSERT INTO follower_fault (follower, position, event, matter, reason) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (follower, position) DO UPDATE SET reason = excluded.reason`, follower, f.Position, f.Event, f.Matter, f.Reason)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func put(ctx context.Context, tx *db.Tx, engine db.Engine, docs []doc) error {
	if engine == db.PostgreSQL {
		for _, o := range docs {
			err := tx.Put(ctx, `INSERT INTO search_doc (doc, matter, mark, grams, text) VALUES ($1, $2, $3, $4::text::int4[], $5)
				ON CONFLICT (matter) DO UPDATE SET doc = excluded.doc, mark = excluded.mark, grams = excluded.grams, text = excluded.text`,
				o.at, o.matter, o.mark, array(o.tokens), o.text)
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, o := range docs {
		if o.known == "" {
			continue
		}
		if err := tx.Put(ctx, `DELETE FROM search_gram WHERE rowid = $1`, o.at); err != nil {
			return err
		}
	}
	for _, o := range docs {
		err := tx.Put(ctx, `INSERT INTO search_doc (doc, matter, mark, text) VALUES ($1, $2, $3, $4)
			ON CONFLICT (matter) DO UPDATE SET doc = excluded.doc, mark = excluded.mark, text = excluded.text`, o.at, o.matter, o.mark, o.text)
		if err == nil {
			err = tx.Put(ctx, `INSERT INTO search_gram (rowid, grams) VALUES ($1, $2)`, o.at, strings.Join(o.tokens, " "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// array writes tokens as an array of PostgreSQL: each token as the number it hashes to. Two tokens with one
// number cost a look at the text and nothing else.
func array(tokens []string) string {
	b := []byte{'{'}
	for i, n := range numbers(tokens) {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(append(b, '}'))
}

func numbers(tokens []string) []int32 {
	list := make([]int32, len(tokens))
	for i, t := range tokens {
		h := fnv.New32a()
		h.Write([]byte(t))
		list[i] = int32(h.Sum32())
	}
	return list
}
