package rates

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"jishi/base/db"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// follower is the name of the cursor.
const follower = "rates"

// Index keeps the cases and their sums. Only one loop of one node calls Follow; a second one does no harm, because
// the cursor moves only from where it was read.
type Index struct {
	Sets []*procedure.Rates // as they stand in the office's profile
}

// errMoved says that another loop moved the cursor meanwhile.
var errMoved = errors.New("rates: another follower moved the cursor")

// Follow takes in at most n events behind the cursor and returns how many it passed. Cases, sums and cursor move in
// one transaction: a crash before the commit leaves all, a crash after it has moved all. When the definitions are
// not those that were counted by, everything is counted again, a batch at a time.
func (x *Index) Follow(ctx context.Context, d *db.DB, n int) (int, error) {
	if err := x.ready(ctx, d); err != nil {
		return 0, err
	}
	var from int64
	err := d.Row(ctx, `SELECT position FROM follower WHERE name = $1`, []any{follower}, &from)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return 0, fmt.Errorf("rates: cursor: %w", err)
	}
	events, err := journal.After(ctx, d, from, n)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	b := &batch{x: x, cases: map[string][]Case{}, sums: map[sum]int64{}}
	if err := b.read(ctx, d, events); err != nil {
		return 0, fmt.Errorf("rates.Follow: %w", err)
	}
	to := events[len(events)-1].Position
	if err := d.Write(ctx, func(tx *db.Tx) error { return b.write(ctx, tx, from, to) }); err != nil {
		return 0, fmt.Errorf("rates.Follow: %w", err)
	}
	return len(events), nil
}

// hash is that of all definitions together.
func (x *Index) hash() string {
	var all []string
	for _, s := range x.Sets {
		all = append(all, s.ID+" "+s.Hash)
	}
	return strings.Join(all, "\n")
}

// ready empties what was counted by other definitions.
func (x *Index) ready(ctx context.Context, d *db.DB) error {
	var was string
	err := d.Row(ctx, `SELECT hash FROM rate_rule WHERE id = 'all'`, nil, &was)
	if err == nil && was == x.hash() {
		return nil
	}
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("rates: definitions: %w", err)
	}
	return x.empty(ctx, d)
}

func (x *Index) empty(ctx context.Context, d *db.DB) error {
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, sql := range []string{`DELETE FROM rate_case`, `DELETE FROM rate_sum`, `DELETE FROM rate_appeal`} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		for _, sql := range []string{`DELETE FROM follower WHERE name = $1`, `DELETE FROM follower_fault WHERE follower = $1`} {
			if err := tx.Put(ctx, sql, follower); err != nil {
				return err
			}
		}
		return tx.Put(ctx, `INSERT INTO rate_rule (id, hash) VALUES ('all', $1) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash`, x.hash())
	})
	if err != nil {
		return fmt.Errorf("rates: emptying: %w", err)
	}
	return nil
}

// Rebuild counts everything again.
func (x *Index) Rebuild(ctx context.Context, d *db.DB) error {
	err := x.empty(ctx, d)
	for n := 1; err == nil && n > 0; {
		n, err = x.Follow(ctx, d, 1000)
	}
	if err != nil {
		return fmt.Errorf("rates.Rebuild: %w", err)
	}
	return nil
}

// batch is what some events change.
type batch struct {
	x       *Index
	matters []string          // whose cases are worked out again
	cases   map[string][]Case // by matter
	appeals []Appeal          // that these events belong to
	faults  []fault
	sums    map[sum]int64
}

// fault is a matter that cannot be counted; the follower records it for the operator and goes on behind it.
type fault struct {
	position              int64
	event, matter, reason string
}

// sum is the key of a count.
type sum struct{ rate, period, place, class, org, asked, why, outcome string }

// counted: some set measures the procedure.
func (x *Index) counted(kind string) bool {
	for _, s := range x.Sets {
		if s.Procedure == kind {
			return true
		}
	}
	return false
}

// read works out the cases of every matter that the events touch, and of those that an appeal among them is about.
func (b *batch) read(ctx context.Context, d *db.DB, events []journal.Placed) error {
	last := map[string]journal.Placed{} // of each matter
	for _, e := range events {
		last[e.Matter] = e
	}
	for _, e := range events {
		if last[e.Matter].ID != e.ID {
			continue
		}
		if err := b.one(ctx, d, e); err != nil {
			if err = b.fault(ctx, e, err); err != nil {
				return err
			}
		}
	}
	for _, id := range b.matters {
		if err := b.fold(ctx, d, id); err != nil {
			e := last[id]
			e.Matter = id
			if err = b.fault(ctx, e, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// fault records what is wrong with one matter; what has nothing to do with it is returned.
func (b *batch) fault(ctx context.Context, e journal.Placed, err error) error {
	if ctx.Err() != nil || errors.Is(err, db.ErrUnavailable) {
		return err
	}
	b.faults = append(b.faults, fault{e.Position, e.ID, e.Matter, err.Error()})
	return nil
}

// fold works out the cases of one matter.
func (b *batch) fold(ctx context.Context, d *db.DB, id string) error {
	events, err := journal.Of(ctx, d, id)
	if err != nil {
		return err
	}
	known, err := Appeals(ctx, d, id)
	if err != nil {
		return err
	}
	for _, a := range b.appeals {
		if a.Matter == id {
			known = append(slices.DeleteFunc(known, func(x Appeal) bool { return x.ID == a.ID }), a)
		}
	}
	slices.SortFunc(known, func(a, b Appeal) int { return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID)) })
	b.cases[id], err = Cases(b.x.Sets, events, known)
	return err
}

// one looks at a matter that an event touched: its cases are worked out again, or those of what it appeals about.
func (b *batch) one(ctx context.Context, d *db.DB, e journal.Placed) error {
	var kind, fold string
	err := d.Row(ctx, `SELECT procedure, fold FROM matter WHERE id = $1`, []any{e.Matter}, &kind, &fold)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("matter %s: %w", e.Matter, err)
	}
	if b.x.counted(kind) {
		b.again(e.Matter)
	}
	var m *matter.Matter
	for _, s := range b.x.Sets {
		if s.Contest == nil || s.Contest.Procedure != kind {
			continue
		}
		if m == nil {
			if m, err = matter.Decode(fold); err != nil {
				return err
			}
		}
		for _, l := range m.Links {
			if l.Kind == s.Contest.Link {
				b.again(l.Matter)
				b.appeal(Appeal{Matter: l.Matter, ID: m.ID, Number: m.Number, Org: m.Org(s.Contest.Body), At: m.Opened,
					Ground: m.Fields[s.Contest.Ground], State: m.State, Ended: m.Ended})
			}
		}
	}
	return nil
}

func (b *batch) again(id string) {
	if !slices.Contains(b.matters, id) {
		b.matters = append(b.matters, id)
	}
}

func (b *batch) appeal(a Appeal) {
	if !slices.Contains(b.appeals, a) {
		b.appeals = append(b.appeals, a)
	}
}

// write moves the cursor first, so that of two followers one waits and then finds it moved.
func (b *batch) write(ctx context.Context, tx *db.Tx, from, to int64) error {
	clear(b.sums) // a transaction may be run again
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
	for _, f := range b.faults {
		err := tx.Put(ctx, `INSERT INTO follower_fault (follower, position, event, matter, reason) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (follower, position) DO UPDATE SET reason = excluded.reason`, follower, f.position, f.event, f.matter, f.reason)
		if err != nil {
			return err
		}
	}
	for _, a := range b.appeals {
		err := tx.Put(ctx, `INSERT INTO rate_appeal (matter, appeal, number, org, at, ground, state, ended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (matter, appeal) DO UPDATE SET org = excluded.org, ground = excluded.ground, state = excluded.state, ended = excluded.ended`,
			a.Matter, a.ID, a.Number, a.Org, a.At, a.Ground, a.State, a.Ended)
		if err != nil {
			return err
		}
	}
	for some := range slices.Chunk(b.matters, 200) {
		if err := b.replace(ctx, tx, some); err != nil {
			return err
		}
	}
	return b.add(ctx, tx)
}

const caseColumns = `c.matter, c.rate, c.n, c.org, c.day, c.place, c.class, c.asked, c.why, c.outcome, c.appeal`

func readCase(scan func(...any) error, more ...any) (Case, error) {
	var c Case
	err := scan(append([]any{&c.Matter, &c.Rate, &c.N, &c.Org, &c.Day, &c.Place, &c.Class, &c.Asked, &c.Why, &c.Outcome, &c.Appeal}, more...)...)
	return c, err
}

// replace brings the rows of the matters to their cases, and notes by how much the sums move.
func (b *batch) replace(ctx context.Context, tx *db.Tx, matters []string) error {
	in, args := marks(matters)
	old := map[Case]bool{}
	err := tx.Each(ctx, `SELECT `+caseColumns+` FROM rate_case c WHERE c.matter IN (`+in+`)`, args, func(scan func(...any) error) error {
		c, err := readCase(scan)
		old[c] = true
		return err
	})
	if err != nil {
		return err
	}
	var fresh []Case
	for _, id := range matters {
		for _, c := range b.cases[id] {
			if old[c] {
				delete(old, c)
				continue
			}
			fresh = append(fresh, c)
		}
	}
	for c := range old {
		b.count(c, -1)
		if err := tx.Put(ctx, `DELETE FROM rate_case WHERE matter = $1 AND rate = $2 AND n = $3 AND org = $4`, c.Matter, c.Rate, c.N, c.Org); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(fresh, 80) {
		var rows [][]any
		for _, c := range some {
			b.count(c, 1)
			rows = append(rows, []any{c.Matter, c.Rate, c.N, c.Org, c.Day, c.Place, c.Class, c.Asked, c.Why, c.Outcome, c.Appeal})
		}
		values, args := rowsOf(rows)
		if err := tx.Put(ctx, `INSERT INTO rate_case (matter, rate, n, org, day, place, class, asked, why, outcome, appeal) VALUES `+values, args...); err != nil {
			return err
		}
	}
	return nil
}

// count moves every sum that the case is part of.
func (b *batch) count(c Case, by int64) {
	for _, period := range []string{string(c.Day[:4]), string(c.Day[:7])} {
		for _, place := range []string{"", c.Place} {
			for _, class := range []string{"", c.Class} {
				b.sums[sum{c.Rate, period, place, class, c.Org, c.Asked, c.Why, c.Outcome}] += by
			}
		}
	}
}

// add writes the sums in one order: two that write at once must not wait for each other in a ring.
func (b *batch) add(ctx context.Context, tx *db.Tx) error {
	var keys []sum
	for k, n := range b.sums {
		if n != 0 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b sum) int { return slices.Compare(a.list(), b.list()) })
	for some := range slices.Chunk(keys, 100) {
		var rows [][]any
		for _, k := range some {
			rows = append(rows, []any{k.rate, k.period, k.place, k.class, k.org, k.asked, k.why, k.outcome, b.sums[k]})
		}
		values, args := rowsOf(rows)
		err := tx.Put(ctx, `INSERT INTO rate_sum (rate, period, place, class, org, asked, why, outcome, n) VALUES `+values+`
			ON CONFLICT (rate, period, place, class, org, asked, why, outcome) DO UPDATE SET n = rate_sum.n + excluded.n`, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

func (k sum) list() []string {
	return []string{k.rate, k.period, k.place, k.class, k.org, k.asked, k.why, k.outcome}
}

// rowsOf are the marks and the arguments of many rows.
func rowsOf(rows [][]any) (string, []any) {
	var b strings.Builder
	var args []any
	for i, row := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		for j, v := range row {
			args = append(args, v)
			fmt.Fprintf(&b, "%s$%d", map[bool]string{true: "(", false: ", "}[j == 0], len(args))
		}
		b.WriteByte(')')
	}
	return b.String(), args
}

func marks(values []string) (string, []any) {
	list, args := make([]string, len(values)), make([]any, len(values))
	for i, v := range values {
		list[i], args[i] = fmt.Sprintf("$%d", i+1), v
	}
	return strings.Join(list, ", "), args
}

// Appeals are those about the matter, in the order in which they were made.
func Appeals(ctx context.Context, r db.Reader, id string) ([]Appeal, error) {
	var list []Appeal
	err := r.Each(ctx, `SELECT a.appeal, a.number, a.org, a.at, a.ground, a.state, a.ended FROM rate_appeal a WHERE a.matter = $1 ORDER BY a.at, a.appeal`,
		[]any{id}, func(scan func(...any) error) error {
			a := Appeal{Matter: id}
			err := scan(&a.ID, &a.Number, &a.Org, &a.At, &a.Ground, &a.State, &a.Ended)
			list = append(list, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("rates: appeals about %s: %w", id, err)
	}
	return list, nil
}

// Behind is how many placed events are not counted yet.
func Behind(ctx context.Context, r db.Reader) (int64, error) {
	var n int64
	err := r.Row(ctx, `SELECT COALESCE((SELECT MAX(position) FROM event_position), 0)
		- COALESCE((SELECT position FROM follower WHERE name = $1), 0)`, []any{follower}, &n)
	if err != nil {
		return 0, fmt.Errorf("rates.Behind: %w", err)
	}
	return n, nil
}

// Resum works the sums out again from the cases, without looking at a matter.
func Resum(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM rate_sum`); err != nil {
		return err
	}
	for _, period := range []string{"4", "7"} {
		for _, place := range []string{"''", "place"} {
			for _, class := range []string{"''", "class"} {
				_, err := tx.Exec(ctx, `INSERT INTO rate_sum (rate, period, place, class, org, asked, why, outcome, n)
					SELECT rate, substr(day, 1, `+period+`), `+place+`, `+class+`, org, asked, why, outcome, COUNT(*)
					FROM rate_case GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`)
				if err != nil {
					return fmt.Errorf("rates.Resum: %w", err)
				}
			}
		}
	}
	return nil
}

// CaughtUp says that everything up to the position is counted, for a database whose cases were written otherwise.
func (x *Index) CaughtUp(ctx context.Context, tx *db.Tx, position int64) error {
	err := tx.Put(ctx, `INSERT INTO follower (name, position) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET position = excluded.position`, follower, position)
	if err == nil {
		err = tx.Put(ctx, `INSERT INTO rate_rule (id, hash) VALUES ('all', $1) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash`, x.hash())
	}
	return err
}
