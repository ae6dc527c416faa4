package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// rowColumns are what a line of a list needs; the fold only where a row has no brief yet.
const rowColumns = `m.id, m.number, m.version, m.class, m.state, m.sealed, m.ended, m.holder, m.officer, m.title, m.place,
	m.opened, m.due, m.brief, CASE WHEN m.brief = '' THEN m.fold ELSE '' END`

// line is the row of a matter as a list reads it.
type line struct {
	matter.Matter   // without its fold
	holder, officer string
	title, place    string
	due             int64
	brief, fold     string
}

func readLine(scan func(...any) error) (l line, err error) {
	err = scan(&l.ID, &l.Number, &l.Version, &l.Class, &l.State, &l.Sealed, &l.Ended, &l.holder, &l.officer, &l.title, &l.place,
		&l.Opened, &l.due, &l.brief, &l.fold)
	l.Fields = map[string]string{"title": l.title, "place": l.place}
	return l, err
}

// List is one of the officer's lists, or the citizen's own matters. Every one of them carries the scope.
func (d *Desk) List(ctx context.Context, who actor.Actor, f Filter) (Page, error) {
	if !who.SignedIn() {
		return Page{}, signIn()
	}
	if f.Limit < 1 || f.Limit > 200 {
		f.Limit = 50
	}
	q, err := d.listQuery(who, f)
	if err != nil {
		return Page{}, err
	}
	// The lines are read to the end before a place is looked up: whoever asks the pool for a second connection
	// while holding one can wait for ever, when as many others do the same.
	var lines []line
	err = d.DB.Each(ctx, q.sql, q.args, func(scan func(...any) error) error {
		l, err := readLine(scan)
		lines = append(lines, l)
		return err
	})
	if err != nil {
		return Page{}, fmt.Errorf("desk.List %s: %w", f.Box, err)
	}
	var page Page
	for i, l := range lines {
		if i == f.Limit {
			before := lines[i-1]
			key := before.due
			if q.newest {
				key = before.Opened
			}
			page.Next = strconv.FormatInt(key, 36) + "." + before.ID
			break
		}
		r, err := d.row(ctx, &l)
		if err != nil {
			return Page{}, err
		}
		page.Rows = append(page.Rows, r)
	}
	return page, nil
}

type query struct {
	sql    string
	args   []any
	newest bool
}

// arg adds a value and returns its mark.
func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

func (q *query) in(column string, values []string) string {
	if len(values) == 0 {
		return "FALSE"
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.arg(v)
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")"
}

// listQuery puts the statement together: the box, the filters, the scope, the page.
func (d *Desk) listQuery(who actor.Actor, f Filter) (*query, error) {
	q := &query{}
	where := []string{d.box(q, who, f.Box)}
	for _, x := range []struct{ column, value string }{{"m.class", f.Class}, {"m.state", f.State}, {"m.procedure", f.Procedure}} {
		if x.value != "" {
			where = append(where, x.column+" = "+q.arg(x.value))
		}
	}
	if f.Place != "" {
		from, to := division.Span(f.Place)
		where = append(where, "m.place >= "+q.arg(from)+" AND m.place < "+q.arg(to))
	}
	if text := strings.TrimSpace(f.Text); text != "" {
		where = append(where, d.textQuery(q, text))
	}
	where = append(where, d.scope(q, who))
	order, key := "m.due, m.id", "(m.due, m.id) > "
	if q.newest {
		order, key = "m.opened DESC, m.id DESC", "(m.opened, m.id) < "
	}
	if f.Cursor != "" {
		at, id, ok := strings.Cut(f.Cursor, ".")
		n, err := strconv.ParseInt(at, 36, 64)
		if !ok || err != nil {
			return nil, words.Refuse(words.Invalid, "cursor", "翻页的位置不对，请从第一页重新看起。")
		}
		where = append(where, key+"("+q.arg(n)+", "+q.arg(id)+")")
	}
	q.sql = "SELECT " + rowColumns + " FROM matter m WHERE " + strings.Join(where, " AND ") +
		" ORDER BY " + order + " LIMIT " + q.arg(f.Limit+1)
	return q, nil
}

// box is the condition of one list.
func (d *Desk) box(q *query, who actor.Actor, b Box) string {
	now := d.Now()
	orgs := who.Orgs()
	held := func() string { return q.in("m.holder", orgs) + " AND m.ended = FALSE" }
	switch b {
	case Mine:
		return "m.officer = " + q.arg(who.ID) + " AND m.ended = FALSE"
	case Objections:
		return held() + " AND m.state IN ('objected', 'jurisdiction-dispute')"
	case Late:
		return held() + " AND m.due <= " + q.arg(now.UnixMilli())
	case SoonBox:
		return held() + " AND m.due > " + q.arg(now.UnixMilli()) + " AND m.alarm <= " + q.arg(calendar.DayOf(now).End().UnixMilli())
	case Part:
		q.newest = true
		return "EXISTS (SELECT 1 FROM matter_party x WHERE x.matter = m.id AND NOT x.denied AND " + q.in("x.org", orgs) + ")"
	case Area:
		return "m.ended = FALSE"
	case Ended:
		q.newest = true
		return "m.ended = TRUE AND EXISTS (SELECT 1 FROM matter_party x WHERE x.matter = m.id AND NOT x.denied AND " + q.in("x.org", orgs) + ")"
	case Today, BodyBox:
		return held()
	}
	q.newest = true
	return "TRUE"
}

// textQuery finds a number, or words in the title.
func (d *Desk) textQuery(q *query, text string) string {
	like := strings.NewReplacer("%", "", "_", "").Replace(strings.ToLower(text))
	number := strings.ToUpper(strings.TrimSpace(text))
	return "(m.number = " + q.arg(number) + " OR lower(m.title) LIKE '%' || " + q.arg(like) + " || '%')"
}

func (d *Desk) row(ctx context.Context, l *line) (Row, error) {
	p, err := d.Book.ByKey(l.Version)
	if err != nil {
		return Row{}, err
	}
	b, err := matter.DecodeBrief(l.brief, l.fold)
	if err != nil {
		return Row{}, fmt.Errorf("desk.List %s: %w", l.ID, err)
	}
	return d.rowOf(ctx, p, l.holder, l.officer, &l.Matter, b), nil
}

// rowOf is a line of a list: from the columns of a matter and its brief.
func (d *Desk) rowOf(ctx context.Context, p *procedure.Procedure, holder, officer string, m *matter.Matter, b matter.Brief) Row {
	r := Row{ID: m.ID, Number: m.Number, Title: d.title(m), Class: m.Class, ClassTitle: p.Classes[m.Class].Title,
		State: m.State, StateTitle: p.States[m.State].Title, StateEn: p.States[m.State].En, Holder: d.Body(holder),
		Place: lastName(d.path(ctx, m.Fields["place"])), Opened: time.UnixMilli(m.Opened), Entries: together(p, b.Entries),
		Sealed: m.Sealed, Ended: m.Ended, Flags: b.Flags}
	if officer != "" {
		r.Officer = d.Offices.Name(officer)
	}
	if b.Next != nil {
		clock := d.clock(p, *b.Next, d.Now())
		r.Next = &clock
	}
	return r
}

// MostCounted is where counting stops: nobody works from a list by a larger number, and a bureau's would cost more
// than its page. Of 500 it was half of the page.
const MostCounted = 200

// Counts are the numbers of the officer's rail, in one question that is answered from indexes alone.
func (d *Desk) Counts(ctx context.Context, who actor.Actor) ([]Count, error) {
	now := d.Now()
	q := &query{}
	over, soon := q.arg(now.UnixMilli()), q.arg(calendar.DayOf(now).End().UnixMilli())
	sql := "SELECT a.today, a.objections, a.late, a.near, b.mine FROM (SELECT COUNT(*) AS today, COUNT(*) FILTER (WHERE c.state IN ('objected', 'jurisdiction-dispute')) AS objections, COUNT(*) FILTER (WHERE c.due <= " + over +
		") AS late, COUNT(*) FILTER (WHERE c.due > " + over + " AND c.alarm <= " + soon + ") AS near FROM (SELECT m.state, m.due, m.alarm FROM matter m WHERE " +
		d.box(q, who, Today) + " AND " + d.scope(q, who) + " ORDER BY m.due, m.id LIMIT " + q.arg(MostCounted) + ") c) a CROSS JOIN (SELECT COUNT(*) AS mine FROM (SELECT 1 FROM matter m WHERE " +
		d.box(q, who, Mine) + " AND " + d.scope(q, who) + " LIMIT " + q.arg(MostCounted) + ") c) b"
	var today, objections, late, near, mine int
	if err := d.DB.Row(ctx, sql, q.args, &today, &objections, &late, &near, &mine); err != nil {
		return nil, fmt.Errorf("desk.Counts: %w", err)
	}
	return []Count{{Today, today}, {Mine, mine}, {Objections, objections}, {Late, late}, {SoonBox, near}}, nil
}

// scope adds what the actor may see to a statement under way.
func (d *Desk) scope(q *query, who actor.Actor) string {
	sql, args := d.Matters.Scope(who, len(q.args)+1)
	q.args = append(q.args, args...)
	return sql
}

// likeness is the share of two-character words that two titles have in common.
func likeness(a, b string) float64 { return shared(pairs(a), pairs(b)) }

func pairs(s string) map[string]bool {
	set := map[string]bool{}
	r := []rune(s)
	for i := 0; i+1 < len(r); i++ {
		set[string(r[i:i+2])] = true
	}
	return set
}

// Overview is the leader's page: for the bodies of the place that the actor leads or supervises, what is open,
// late and soon due now, and what was done in time in the last 90 days. Sealed matters are counted nowhere:
// a count of one would tell the one who is complained of.
func (d *Desk) Overview(ctx context.Context, who actor.Actor) (*Overview, error) {
	bodies := append(who.With(actor.Lead), who.With(actor.Supervise)...)
	if len(bodies) == 0 {
		return nil, words.Refuse(words.Forbidden, "not-a-leader", "这一页供领导和督办人员查看。").Try("您的事项在“今天”里。")
	}
	now := d.Now()
	o := &Overview{Day: calendar.DayOf(now), From: calendar.DayOf(now).Add(-90)}
	own, _ := d.Offices.Tree().Get(bodies[0])
	from, to := division.Span(own.Division)
	per := map[string]*BodyFigures{}
	of := func(id string) *BodyFigures {
		if per[id] == nil {
			per[id] = &BodyFigures{Body: d.Body(id)}
		}
		return per[id]
	}
	soon := calendar.DayOf(now).End().UnixMilli()
	err := d.DB.Each(ctx, `SELECT m.holder, COUNT(*), COUNT(*) FILTER (WHERE m.due <= $2),
		COUNT(*) FILTER (WHERE m.due > $2 AND m.alarm <= $3) FROM matter m
		WHERE m.area >= $1 AND m.area < $4 AND m.ended = FALSE AND NOT m.sealed GROUP BY m.holder ORDER BY m.holder`,
		[]any{from, now.UnixMilli(), soon, to}, func(scan func(...any) error) error {
			var id string
			var open, late, near int
			if err := scan(&id, &open, &late, &near); err != nil {
				return err
			}
			f := of(id)
			f.Open, f.Overdue, f.Soon = open, late, near
			return nil
		})
	if err == nil {
		err = d.inTime(ctx, o.From.Start(), now, own.Division, of)
	}
	if err == nil {
		o.Received, err = d.received(ctx, o.From.Start(), from, to)
	}
	if err != nil {
		return nil, fmt.Errorf("desk.Overview: %w", err)
	}
	for _, b := range d.Offices.Tree().All() {
		if f := per[b.ID]; f != nil {
			o.Bodies = append(o.Bodies, *f)
			o.Total.Open += f.Open
			o.Total.Overdue += f.Overdue
			o.Total.Soon += f.Soon
			o.Total.InTime += f.InTime
			o.Total.Due += f.Due
		}
	}
	page, err := d.List(ctx, who, Filter{Box: Area, Limit: 20})
	for _, r := range page.Rows {
		if r.Next != nil && r.Next.Light == Overdue && !r.Sealed {
			o.LateRows = append(o.LateRows, r)
		}
	}
	return o, err
}

// received is how many matters the place has opened since; each procedure has them in the order of their days.
func (d *Desk) received(ctx context.Context, since time.Time, from, to string) (n int, err error) {
	var procedures []string
	for _, p := range d.Book.Procedures() {
		if !slices.Contains(procedures, p.ID) {
			procedures = append(procedures, p.ID)
		}
	}
	q := &query{}
	err = d.DB.Row(ctx, `SELECT COUNT(*) FROM matter m WHERE `+q.in("m.procedure", procedures)+` AND m.opened >= `+q.arg(since.UnixMilli())+
		` AND m.area >= `+q.arg(from)+` AND m.area < `+q.arg(to)+` AND NOT m.sealed`, q.args, &n)
	return n, err
}

// inTime counts office clocks whose last day fell into the period: due is each of them, in time those that were
// not missed. Whose they were is whose body held the matter when it acted last.
func (d *Desk) inTime(ctx context.Context, from, to time.Time, area string, of func(string) *BodyFigures) error {
	first, last := division.Span(area)
	return d.DB.Each(ctx, `SELECT m.holder, c.clock, m.version, COUNT(*), COUNT(*) FILTER (WHERE NOT c.missed)
		FROM matter_clock c JOIN matter m ON m.id = c.matter
		WHERE c.due >= $1 AND c.due < $2 AND m.area >= $3 AND m.area < $4 AND NOT m.sealed GROUP BY m.holder, c.clock, m.version`,
		[]any{from.UnixMilli(), to.UnixMilli(), first, last}, func(scan func(...any) error) error {
			var id, clock, version string
			var due, met int
			if err := scan(&id, &clock, &version, &due, &met); err != nil {
				return err
			}
			if p, err := d.Book.ByKey(version); err == nil && p.Clocks[clock].For != "citizen" {
				f := of(id)
				f.Due += due
				f.InTime += met
			}
			return nil
		})
}
