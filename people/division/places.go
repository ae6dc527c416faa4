package division

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

// Places joins the tree in memory with the villages in the database. It is safe for many goroutines.
type Places struct {
	d    *db.DB
	tree atomic.Pointer[Tree]
}

// Load reads what the database knows of places down to the townships and lays it over the embedded tree.
func Load(ctx context.Context, d *db.DB) (*Places, error) {
	p := &Places{d: d}
	return p, p.Reload(ctx)
}

const columns = `code, parent, name, kind, from_day, to_day, successor`

const selectAboveVillages = `SELECT ` + columns + ` FROM division
WHERE kind <> 'village' ORDER BY code`

// Reload takes in what another node or an import changed.
func (p *Places) Reload(ctx context.Context) error {
	extra, err := list(ctx, p.d, selectAboveVillages)
	if err != nil {
		return fmt.Errorf("division: reload: %w", err)
	}
	p.tree.Store(Embedded().with(extra))
	return nil
}

// Tree is the places down to the townships as of the last load.
func (p *Places) Tree() *Tree { return p.tree.Load() }

func scan(one func(dest ...any) error) (d Division, err error) {
	var kind, from, to string
	err = one(&d.Code, &d.Parent, &d.Name, &kind, &from, &to, &d.Successor)
	d.Kind, d.From, d.To = Kind(kind), calendar.Day(from), calendar.Day(to)
	return d, err
}

func list(ctx context.Context, r db.Reader, sql string, args ...any) (found []Division, err error) {
	err = r.Each(ctx, sql, args, func(one func(dest ...any) error) error {
		d, err := scan(one)
		found = append(found, d)
		return err
	})
	return found, err
}

const selectOne = `SELECT ` + columns + ` FROM division WHERE code = $1`

// Get is the place with the code; a refusal of kind NotFound when there is none.
func (p *Places) Get(ctx context.Context, code string) (Division, error) {
	if d, ok := p.Tree().Get(code); ok {
		return d, nil
	}
	d, err := scan(func(dest ...any) error { return p.d.Row(ctx, selectOne, []any{code}, dest...) })
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrText) {
		return Division{}, words.Refuse(words.NotFound, "unknown-place", "没有区划代码为“{code}”的地方。", "code", code).
			Try("请从列表中选择地点，或核对十二位区划代码。")
	}
	if err != nil {
		return Division{}, fmt.Errorf("division: get %s: %w", code, err)
	}
	return d, nil
}

const selectChildren = `SELECT ` + columns + ` FROM division WHERE parent = $1 ORDER BY code`

// Children are the places directly beneath the code, villages included; the provinces for "".
func (p *Places) Children(ctx context.Context, code string) ([]Division, error) {
	found := p.Tree().Children(code)
	if KindOf(code) != Township {
		return found, nil
	}
	villages, err := list(ctx, p.d, selectChildren, code)
	if err != nil {
		return nil, fmt.Errorf("division: children of %s: %w", code, err)
	}
	return villages, nil
}

// Villages counts the villages and communities in the place.
func (p *Places) Villages(ctx context.Context, code string) (n int, err error) {
	err = p.d.Row(ctx, `SELECT COUNT(*) FROM division WHERE kind = 'village' AND to_day = '' AND code LIKE $1`, []any{strings.NewReplacer("%", "", "_", "").Replace(Prefix(code)) + "%"}, &n)
	if err != nil {
		return 0, fmt.Errorf("division: villages of %s: %w", code, err)
	}
	return n, nil
}

// Standing are those of the list that exist on the day.
func Standing(list []Division, day calendar.Day) []Division {
	return slices.DeleteFunc(slices.Clone(list), func(d Division) bool { return !d.On(day) })
}

// Path is the places from the province to the code itself.
func (p *Places) Path(ctx context.Context, code string) ([]Division, error) {
	d, err := p.Get(ctx, code)
	if err != nil {
		return nil, err
	}
	if d.Kind != Village {
		return p.Tree().Path(code), nil
	}
	return append(p.Tree().Path(d.Parent), d), nil
}

const findVillages = `SELECT ` + columns + ` FROM division
WHERE kind = 'village' AND name >= $1 AND name < $2 ORDER BY name, code LIMIT $3`

const findVillagesIn = `SELECT ` + columns + ` FROM division
WHERE kind = 'village' AND code >= $1 AND code <= $2 AND name LIKE $3 ESCAPE '!' ORDER BY code LIMIT $4`

// Find are at most limit places that the text may mean: townships and above by any part of their name, villages
// of the whole country by the beginning of theirs. Several words narrow step by step: "崇阳 天城".
func (p *Places) Find(ctx context.Context, text string, limit int) ([]Division, error) {
	found := p.Tree().Find(text, limit)
	terms := strings.Fields(text)
	if len(terms) == 0 || len(found) >= limit || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return found, nil
	}
	last := terms[len(terms)-1]
	if len(terms) == 1 {
		villages, err := list(ctx, p.d, findVillages, last, last+"\U0010FFFF", limit-len(found))
		if err != nil {
			return nil, fmt.Errorf("division: find: %w", err)
		}
		return append(found, villages...), nil
	}
	like := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(last) + "%"
	for _, place := range p.Tree().Find(strings.Join(terms[:len(terms)-1], " "), 5) {
		prefix := Prefix(place.Code)
		villages, err := list(ctx, p.d, findVillagesIn, prefix, prefix+"999999999999", like, limit-len(found))
		if err != nil {
			return nil, fmt.Errorf("division: find: %w", err)
		}
		found = append(found, villages...)
		if len(found) >= limit {
			break
		}
	}
	return found[:min(limit, len(found))], nil
}

// Put adds a place or changes what is stored of it; Reload afterwards.
func Put(ctx context.Context, tx *db.Tx, d Division) error {
	if KindOf(d.Code) == "" {
		return words.Refuse(words.Invalid, "bad-division-code", "“{code}”不是十二位区划代码。", "code", d.Code)
	}
	if d.Kind == "" {
		d.Kind = KindOf(d.Code)
	}
	if d.Parent == "" {
		d.Parent = ParentOf(d.Code)
	}
	_, err := tx.Exec(ctx, upsert(1), d.Code, d.Parent, d.Name, d.Kind, d.From, d.To, d.Successor)
	if err != nil {
		return fmt.Errorf("division: put %s: %w", d.Code, err)
	}
	return nil
}

// upsert is the statement for n places of seven values each.
func upsert(n int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO division (` + columns + `) VALUES `)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "($%d,$%d,$%d,$%d,$%d,$%d,$%d)", i*7+1, i*7+2, i*7+3, i*7+4, i*7+5, i*7+6, i*7+7)
	}
	b.WriteString(` ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, name = excluded.name, kind = excluded.kind,
from_day = excluded.from_day, to_day = excluded.to_day, successor = excluded.successor`)
	return b.String()
}

// Change is what happened to a code: a birth has no successor, a merger gives two codes the same one.
type Change struct {
	Code      string
	Successor string
	Day       calendar.Day // from which on it holds
	What      string       // "设立", "撤销", "合并", "更名", "代码变更"
	Record    string       // the document it rests on
}

const insertChange = `INSERT INTO division_change (id, code, successor, day, what, record) VALUES ($1, $2, $3, $4, $5, $6)`

// Record stores a change and, when the place ends by it, its last day; the place itself must be known to
// p. Reload afterwards.
func (p *Places) Record(ctx context.Context, tx *db.Tx, c Change) error {
	if c.Successor == c.Code {
		return words.Refuse(words.Invalid, "own-successor", "一个地方不能成为自己的承继地。")
	}
	if _, err := tx.Exec(ctx, insertChange, rand.Text(), c.Code, c.Successor, c.Day, c.What, c.Record); err != nil {
		return fmt.Errorf("division: record change of %s: %w", c.Code, err)
	}
	if c.Successor == "" {
		return nil
	}
	d, ok := p.Tree().Get(c.Code)
	if !ok {
		var err error
		d, err = scan(func(dest ...any) error { return tx.Row(ctx, selectOne, []any{c.Code}, dest...) })
		if err != nil {
			return fmt.Errorf("division: record change of %s: %w", c.Code, err)
		}
	}
	d.To, d.Successor = c.Day.Add(-1), c.Successor
	return Put(ctx, tx, d)
}

const selectSuccessor = `SELECT successor FROM division_change
WHERE code = $1 AND day <= $2 AND successor <> '' ORDER BY day DESC, id LIMIT 1`

// Successor is the code that stands for the place on the day: itself while nothing happened to it.
func (p *Places) Successor(ctx context.Context, code string, on calendar.Day) (string, error) {
	for range 20 { // a chain longer than this would be a circle in the records
		var next string
		err := p.d.Row(ctx, selectSuccessor, []any{code, on}, &next)
		if errors.Is(err, db.ErrNotFound) {
			return code, nil
		}
		if err != nil {
			return "", fmt.Errorf("division: successor of %s: %w", code, err)
		}
		code = next
	}
	return "", fmt.Errorf("division: the successors of %s go in a circle", code)
}

// Gone is the sentence about a place that is no more, with name, day, now and code.
const Gone = "“{name}”只到{day}为止，现在是“{now}”（{code}）：请改写成它。"

// Stands is the place that stands for the code on the day: itself while nothing happened to it.
func (p *Places) Stands(ctx context.Context, code string, on calendar.Day) (Division, error) {
	now, err := p.Successor(ctx, code, on)
	if err != nil {
		return Division{}, err
	}
	return p.Get(ctx, now)
}

const selectEnded = `SELECT ` + columns + ` FROM division WHERE name = $1 AND to_day <> '' AND code >= $2 AND code <= $3 ORDER BY code LIMIT 10`

// Ended are places of the name beneath the prefix that are no more.
func (p *Places) Ended(ctx context.Context, name, prefix string) ([]Division, error) {
	found, err := list(ctx, p.d, selectEnded, name, prefix, prefix+"999999999999")
	if err != nil {
		return nil, fmt.Errorf("division: ended %s: %w", name, err)
	}
	return found, nil
}
