package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

const elementColumns = `id, from_day, to_day, title, en, definition, type, codes, unit, period, subject, source, share, sensitivity, synonyms, theme, grade`

// Elements are the catalogue as of the day, in the order of their themes.
func Elements(ctx context.Context, r db.Reader, day calendar.Day) ([]Element, error) {
	var list []Element
	err := r.Each(ctx, `SELECT `+elementColumns+` FROM element WHERE from_day <= $1 AND (to_day = '' OR to_day >= $1) ORDER BY theme, id`,
		[]any{string(day)}, func(scan func(...any) error) error {
			e, err := scanElement(scan)
			list = append(list, e)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("collect.Elements %s: %w", day, err)
	}
	return list, nil
}

// Versions are all versions of one element, the newest first.
func Versions(ctx context.Context, r db.Reader, id string) ([]Element, error) {
	var list []Element
	err := r.Each(ctx, `SELECT `+elementColumns+` FROM element WHERE id = $1 ORDER BY from_day DESC`, []any{id}, func(scan func(...any) error) error {
		e, err := scanElement(scan)
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("collect.Versions %s: %w", id, err)
	}
	return list, nil
}

func scanElement(scan func(...any) error) (Element, error) {
	var e Element
	var codes, synonyms string
	err := scan(&e.ID, &e.From, &e.To, &e.Title, &e.En, &e.Definition, &e.Type, &codes, &e.Unit, &e.Period, &e.Subject, &e.Source, &e.Share, &e.Sensitivity,
		&synonyms, &e.Theme, &e.Grade)
	if err == nil {
		err = errors.Join(fromJSON(codes, &e.Codes), fromJSON(synonyms, &e.Synonyms))
	}
	return e, err
}

func fromJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

// toJSON is a list as it is kept: "" is empty.
func toJSON[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	b, _ := json.Marshal(list) // strings and structs of strings always marshal
	return string(b)
}

// PutElement stores a version from the day on; the one before ends the day before. The same content again changes nothing.
func PutElement(ctx context.Context, tx *db.Tx, e Element, day calendar.Day, by string, at int64) (changed bool, err error) {
	was, err := current(ctx, tx, e.ID)
	if err != nil {
		return false, err
	}
	e.From, e.To = was.From, was.To
	if was.ID != "" && same(was, e) {
		return false, nil
	}
	if was.ID != "" && was.From < day {
		if err := tx.Put(ctx, `UPDATE element SET to_day = $1 WHERE id = $2 AND from_day = $3`, string(day.Add(-1)), e.ID, string(was.From)); err != nil {
			return false, err
		}
	}
	return true, tx.Put(ctx, `INSERT INTO element (`+elementColumns+`, by_person, at) VALUES ($1,$2,'',$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)
		ON CONFLICT (id, from_day) DO UPDATE SET to_day = '', title = excluded.title, en = excluded.en, definition = excluded.definition, type = excluded.type,
		codes = excluded.codes, unit = excluded.unit, period = excluded.period, subject = excluded.subject, source = excluded.source, share = excluded.share,
		sensitivity = excluded.sensitivity, synonyms = excluded.synonyms, theme = excluded.theme, grade = excluded.grade, by_person = excluded.by_person, at = excluded.at`,
		e.ID, string(day), e.Title, e.En, e.Definition, e.Type, toJSON(e.Codes), e.Unit, e.Period, e.Subject, e.Source, e.Share, e.Sensitivity, toJSON(e.Synonyms),
		e.Theme, e.Grade, by, at)
}

func current(ctx context.Context, r db.Reader, id string) (Element, error) {
	var e Element
	err := r.Each(ctx, `SELECT `+elementColumns+` FROM element WHERE id = $1 AND to_day = ''`, []any{id}, func(scan func(...any) error) (err error) {
		e, err = scanElement(scan)
		return err
	})
	return e, err
}

func same(a, b Element) bool {
	return a.Title == b.Title && a.En == b.En && a.Definition == b.Definition && a.Type == b.Type && a.Unit == b.Unit && a.Period == b.Period && a.Subject == b.Subject &&
		a.Source == b.Source && a.Share == b.Share && a.Sensitivity == b.Sensitivity && a.Theme == b.Theme && a.Grade == b.Grade &&
		toJSON(a.Codes) == toJSON(b.Codes) && toJSON(a.Synonyms) == toJSON(b.Synonyms)
}

const formColumns = `id, org, title, basis, purpose, level, period, place, state, why, twin, matter, layout, layout_name, seq, by_person, at, listed_at`

// PutForm stores a new form with its fields.
func PutForm(ctx context.Context, tx *db.Tx, f Form) error {
	err := tx.Put(ctx, `INSERT INTO form (`+formColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)`,
		f.ID, f.Org, f.Title, f.Basis, f.Purpose, f.Level, f.Period, f.Place, f.State, f.Why, f.Twin, f.Matter, f.Layout, f.LayoutName, f.Seq, f.By, f.At, f.ListedAt)
	for i := 0; err == nil && i < len(f.Fields); i++ {
		err = putField(ctx, tx, f.ID, f.Fields[i])
	}
	if err != nil {
		return fmt.Errorf("collect.PutForm %s: %w", f.ID, err)
	}
	return nil
}

func putField(ctx context.Context, tx *db.Tx, form string, x Field) error {
	return tx.Put(ctx, `INSERT INTO form_field (form, n, label, element, kind, type, unit, sheet, line, col, below, samples, note, decided, decided_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)
		ON CONFLICT (form, n) DO UPDATE SET label = excluded.label, element = excluded.element, kind = excluded.kind, type = excluded.type, unit = excluded.unit,
		note = excluded.note, decided = excluded.decided, decided_at = excluded.decided_at`,
		form, x.N, x.Label, x.Element, x.Kind, x.Type, x.Unit, x.Sheet, x.Row, x.Col, x.Below, toJSON(x.Samples), x.Note, x.Decided, x.DecidedAt)
}

// SaveForm stores what changed of a form that was read with seq; Stale when somebody was first.
func SaveForm(ctx context.Context, tx *db.Tx, f Form, fields ...Field) error {
	n, err := tx.Exec(ctx, `UPDATE form SET title = $1, basis = $2, purpose = $3, level = $4, period = $5, state = $6, why = $7, twin = $8, matter = $9, listed_at = $10, seq = seq + 1
		WHERE id = $11 AND seq = $12`, f.Title, f.Basis, f.Purpose, f.Level, f.Period, f.State, f.Why, f.Twin, f.Matter, f.ListedAt, f.ID, f.Seq)
	if err == nil && n == 0 {
		return words.Refuse(words.Stale, "form-changed", "这张表刚才被别人改过。").Try("请重新打开，看过以后再做。")
	}
	for i := 0; err == nil && i < len(fields); i++ {
		err = putField(ctx, tx, f.ID, fields[i])
	}
	if err != nil {
		return fmt.Errorf("collect.SaveForm %s: %w", f.ID, err)
	}
	return nil
}

// GetForm is one form with its fields; ErrNotFound of db when there is none.
func GetForm(ctx context.Context, r db.Reader, id string) (Form, error) {
	list, err := forms(ctx, r, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return Form{}, fmt.Errorf("collect.GetForm %s: %w", id, err)
	}
	return list[0], withFields(ctx, r, list)
}

// Forms are those that fit, the newest first, without their fields unless full.
func Forms(ctx context.Context, r db.Reader, org, state string, full bool) ([]Form, error) {
	var where []string
	var args []any
	for _, x := range [][2]string{{"org", org}, {"state", state}} {
		if x[1] != "" {
			args = append(args, x[1])
			where = append(where, fmt.Sprintf("%s = $%d", x[0], len(args)))
		}
	}
	clause := ""
	if len(where) > 0 {
		clause = "WHERE " + strings.Join(where, " AND ")
	}
	list, err := forms(ctx, r, clause, args...)
	if err == nil && full {
		err = withFields(ctx, r, list)
	}
	if err != nil {
		return nil, fmt.Errorf("collect.Forms: %w", err)
	}
	return list, nil
}

func forms(ctx context.Context, r db.Reader, where string, args ...any) ([]Form, error) {
	var list []Form
	err := r.Each(ctx, `SELECT `+formColumns+` FROM form `+where+` ORDER BY at DESC, id`, args, func(scan func(...any) error) error {
		var f Form
		err := scan(&f.ID, &f.Org, &f.Title, &f.Basis, &f.Purpose, &f.Level, &f.Period, &f.Place, &f.State, &f.Why, &f.Twin, &f.Matter, &f.Layout, &f.LayoutName,
			&f.Seq, &f.By, &f.At, &f.ListedAt)
		list = append(list, f)
		return err
	})
	return list, err
}

// withFields reads the fields of all forms of the list in one go.
func withFields(ctx context.Context, r db.Reader, list []Form) error {
	at := map[string]int{}
	for i, f := range list {
		at[f.ID] = i
	}
	where, args := "", []any{}
	if len(list) == 1 {
		where, args = " WHERE form = $1", []any{list[0].ID}
	}
	return r.Each(ctx, `SELECT form, n, label, element, kind, type, unit, sheet, line, col, below, samples, note, decided, decided_at FROM form_field`+where+` ORDER BY form, n`,
		args, func(scan func(...any) error) error {
			var form, samples string
			var x Field
			err := scan(&form, &x.N, &x.Label, &x.Element, &x.Kind, &x.Type, &x.Unit, &x.Sheet, &x.Row, &x.Col, &x.Below, &samples, &x.Note, &x.Decided, &x.DecidedAt)
			if err == nil {
				err = fromJSON(samples, &x.Samples)
			}
			if i, ok := at[form]; ok && err == nil {
				list[i].Fields = append(list[i].Fields, x)
			}
			return err
		})
}

// Lesson is one thing that the matcher learnt.
type Lesson struct {
	ID, Label, Said, Element, Form, Org, By string
	At                                      int64
	UndoneBy                                string
	UndoneAt                                int64 // 0: it counts
}

// Learn remembers that a person said what a label means. The same said again of the same form is one lesson.
func Learn(ctx context.Context, tx *db.Tx, l Lesson) error {
	return tx.Put(ctx, `INSERT INTO learned (id, label, said, element, form, org, by_person, at, undone_by, undone_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'',0)
		ON CONFLICT (label, element, form) DO UPDATE SET undone_by = '', undone_at = 0, by_person = excluded.by_person, at = excluded.at`,
		l.ID, l.Label, l.Said, l.Element, l.Form, l.Org, l.By, l.At)
}

// Unlearn takes lessons of a form and label back; the rows stay, so that one can see what was learnt and undone.
func Unlearn(ctx context.Context, tx *db.Tx, form, label, by string, at int64) error {
	return tx.Put(ctx, `UPDATE learned SET undone_by = $1, undone_at = $2 WHERE form = $3 AND label = $4 AND undone_at = 0`, by, at, form, label)
}

// UnlearnOne takes one lesson back; false when there is none that counts.
func UnlearnOne(ctx context.Context, tx *db.Tx, id, by string, at int64) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE learned SET undone_by = $1, undone_at = $2 WHERE id = $3 AND undone_at = 0`, by, at, id)
	return n > 0, err
}

// Lessons are all that was learnt, the newest first, those taken back too.
func Lessons(ctx context.Context, r db.Reader) ([]Lesson, error) {
	var list []Lesson
	err := r.Each(ctx, `SELECT id, label, said, element, form, org, by_person, at, undone_by, undone_at FROM learned ORDER BY at DESC, id`, nil, func(scan func(...any) error) error {
		var l Lesson
		err := scan(&l.ID, &l.Label, &l.Said, &l.Element, &l.Form, &l.Org, &l.By, &l.At, &l.UndoneBy, &l.UndoneAt)
		list = append(list, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("collect.Lessons: %w", err)
	}
	return list, nil
}

// Learned counts the lessons that hold, as NewMatcher takes them.
func Learned(lessons []Lesson) map[string]map[string]int {
	m := map[string]map[string]int{}
	for _, l := range lessons {
		if l.UndoneAt != 0 {
			continue
		}
		if m[l.Label] == nil {
			m[l.Label] = map[string]int{}
		}
		m[l.Label][l.Element]++
	}
	return m
}

// GiveView remembers that a body that was refused may read what stands in another form, or (gives "") in the table.
func GiveView(ctx context.Context, tx *db.Tx, form, gives, org string, at int64) error {
	return tx.Put(ctx, `INSERT INTO form_view (form, gives, org, at) VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING`, form, gives, org, at)
}
