package matter

import (
	"context"
	"encoding/json"
	"fmt"

	"jishi/base/db"
)

// Brief is what a list shows of a matter beside the columns of its row. It stands in the row too, so that a list
// need not read whole matters: a fold is twenty times as long. Like the fold it is a cache that Verify checks.
type Brief struct {
	Entries int               `json:"entries,omitempty"` // times that it was brought in
	Flags   map[string]string `json:"flags,omitempty"`
	Next    *Clock            `json:"next,omitempty"` // the running clock that is over first
}

// Brief of the matter as it stands.
func (m *Matter) Brief() Brief {
	b := Brief{Entries: len(m.Entries)}
	if len(m.Flags) > 0 {
		b.Flags = m.Flags
	}
	if c, ok := m.Next(); ok {
		b.Next = &c
	}
	return b
}

func (b Brief) encode() (string, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("matter.Brief: %w", err)
	}
	return string(text), nil
}

// DecodeBrief reads what stands in a row: its brief or, where it has none yet, its fold.
func DecodeBrief(brief, fold string) (Brief, error) {
	if brief == "" {
		m, err := decode(fold)
		if err != nil {
			return Brief{}, err
		}
		return m.Brief(), nil
	}
	var b Brief
	if err := json.Unmarshal([]byte(brief), &b); err != nil {
		return Brief{}, fmt.Errorf("matter.DecodeBrief: %w", err)
	}
	return b, nil
}

// DecodeSaid reads from a fold what a search shows of it: what was said, in letters too, and its numbers. The rest stays
// empty. Of twenty matters found, reading them whole was half of what a search took.
func DecodeSaid(fold string) (*Matter, error) {
	var said struct {
		Number  string            `json:"number"`
		Fields  map[string]string `json:"fields"`
		Letters []struct {
			Number string   `json:"number"`
			Text   []string `json:"text"`
		} `json:"letters"`
		Entries []struct {
			Number string `json:"number"`
		} `json:"entries"`
	}
	if err := json.Unmarshal([]byte(fold), &said); err != nil {
		return nil, fmt.Errorf("matter.DecodeSaid: %w", err)
	}
	m := &Matter{Number: said.Number, Fields: said.Fields}
	for _, l := range said.Letters {
		m.Letters = append(m.Letters, Letter{Number: l.Number, Text: l.Text})
	}
	for _, e := range said.Entries {
		m.Entries = append(m.Entries, Entry{Number: e.Number})
	}
	return m, nil
}

// AddBriefs writes the brief of at most n open matters that have none, from before rows had one, and returns how many
// it wrote. A matter that somebody acts on meanwhile gets its own with the act. An ended one gets none: nobody works
// from a list of them.
func (s *Store) AddBriefs(ctx context.Context, d *db.DB, n int) (int, error) {
	type line struct {
		id, fold string
		seq      int64
	}
	var lines []line
	err := d.Each(ctx, `SELECT id, seq, fold FROM matter WHERE ended = FALSE AND brief = '' ORDER BY id LIMIT $1`, []any{n},
		func(scan func(...any) error) error {
			var l line
			err := scan(&l.id, &l.seq, &l.fold)
			lines = append(lines, l)
			return err
		})
	if err != nil {
		return 0, fmt.Errorf("matter.AddBriefs: %w", err)
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		for _, l := range lines {
			m, err := decode(l.fold)
			if err != nil {
				return err
			}
			brief, err := m.Brief().encode()
			if err != nil {
				return err
			}
			if err := tx.Put(ctx, `UPDATE matter SET brief = $3 WHERE id = $1 AND seq = $2`, l.id, l.seq, brief); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("matter.AddBriefs: %w", err)
	}
	return len(lines), nil
}
