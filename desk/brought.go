package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Brought is a file that somebody brought: how far its reading is, what was taken and what was wrong.
type Brought struct {
	ID, What, Name, Hash string // What: elements, rows, roster, duties
	Org                  Body
	By                   string // the person's name
	At                   time.Time
	Total, Done          int // rows of the file, and as far as it was read
	Good, Bad            int
	Changed, Contends    int
	Faults               []FileFault
	Marked               string // name of the marked-up file, "" where nothing was wrong or it was removed
	Ended, Failed        bool
	EndedAt              time.Time
	ReadGone, MarkedGone time.Time // when the bytes and the marked-up file were removed; zero: not yet
	Said                 BroughtFor
	alone                bool      // its bytes and its marked-up file lie under names that nobody else can have
	lies                 string    // name of its bytes, "" none
	Again                []Brought // files of the same name or content that were brought before
}

// BroughtFor is what was asked of the file.
type BroughtFor struct {
	Dry    bool         `json:"dry,omitempty"`
	Form   string       `json:"form,omitempty"`
	Title  string       `json:"title,omitempty"` // of the form
	Lang   words.Lang   `json:"lang,omitempty"`
	Org    string       `json:"org,omitempty"` // on whose word the values stand
	Places []string     `json:"places,omitempty"`
	Scan   *matter.File `json:"scan,omitempty"` // shows that numbers with a wrong check digit are right
	By     string       `json:"by,omitempty"`
}

// FileFault is what is wrong with one cell of a file; Row 0 is the file, Column "" the whole row.
type FileFault struct {
	Row    int       `json:"row,omitempty"`
	Column string    `json:"column,omitempty"`
	Col    int       `json:"col,omitempty"`
	Text   words.Two `json:"text"`
}

func fileFault(row, col int, column, text string, args ...any) FileFault {
	return FileFault{Row: row, Col: col, Column: column, Text: words.Two{ZH: words.Say(words.ZH, text, args...), EN: words.Say(words.EN, text, args...)}}
}

const broughtColumns = `id, what, org, name, hash, total, done, good, bad, faults, marked, ended, by_person, at, said, changed, contends, failed, alone, lies, ended_at, read_gone, marked_gone`

const (
	insertBrought = `INSERT INTO brought (` + broughtColumns + `, beat, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, 0)`
	selectBrought = `SELECT ` + broughtColumns + ` FROM brought WHERE `
)

func (d *Desk) scanBrought(scan func(...any) error) (Brought, error) {
	var b Brought
	var faults, said string
	var at, ended, read, marked int64
	err := scan(&b.ID, &b.What, &b.Org.ID, &b.Name, &b.Hash, &b.Total, &b.Done, &b.Good, &b.Bad, &faults, &b.Marked, &b.Ended, &b.By, &at, &said, &b.Changed, &b.Contends, &b.Failed, &b.alone, &b.lies, &ended, &read, &marked)
	if err != nil {
		return b, err
	}
	b.Org, b.At = d.Body(b.Org.ID), time.UnixMilli(at)
	b.EndedAt, b.ReadGone, b.MarkedGone = instant(ended), instant(read), instant(marked)
	for text, into := range map[string]any{faults: &b.Faults, said: &b.Said} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return b, fmt.Errorf("brought %s: %w", b.ID, err)
		}
	}
	return b, nil
}

func (d *Desk) broughtWhere(ctx context.Context, where string, args ...any) ([]Brought, error) {
	var list []Brought
	err := d.DB.Each(ctx, selectBrought+where, args, func(scan func(...any) error) error {
		b, err := d.scanBrought(scan)
		list = append(list, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("desk.brought: %w", err)
	}
	return list, nil
}

// instant is a stored time, the zero one for 0.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// putBrought enters the file; nobody else reads it before the given instant and a little while have passed.
func putBrought(ctx context.Context, tx *db.Tx, b Brought, beat int64) error {
	faults, err := json.Marshal(b.Faults)
	if err != nil {
		return err
	}
	said, err := json.Marshal(b.Said)
	if err != nil {
		return err
	}
	return tx.Put(ctx, insertBrought, b.ID, b.What, b.Org.ID, b.Name, b.Hash, b.Total, b.Done, b.Good, b.Bad, string(faults), b.Marked, b.Ended, b.By, b.At.UnixMilli(), string(said), b.Changed, b.Contends, b.Failed,
		b.alone, b.lies, millis(b.EndedAt), millis(b.ReadGone), millis(b.MarkedGone), beat)
}

// noteBrought keeps what became of a file that was read at once, and its marked-up rows where there are any.
func (d *Desk) noteBrought(ctx context.Context, who actor.Actor, b Brought, marked []byte) (Brought, error) {
	b.ID, b.By, b.At, b.Ended, b.Done = matter.NewID(), who.ID, d.Now(), true, b.Total
	b.Org.ID, b.EndedAt, b.alone = who.Acting, b.At, true
	var lot parcel
	if marked != nil {
		lot = pack(marked)
		b.Marked = lot.name
	}
	if err := d.DB.Write(ctx, func(tx *db.Tx) error { return putBrought(ctx, tx, b, 0) }); err != nil {
		return b, fmt.Errorf("desk.noteBrought: %w", err)
	}
	return b, d.deposit(ctx, lot)
}

// BroughtFile is a file that the actor or somebody else of their body brought.
func (d *Desk) BroughtFile(ctx context.Context, who actor.Actor, id string) (*Brought, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	list, err := d.broughtWhere(ctx, `id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || !slices.Contains(who.Orgs(), list[0].Org.ID) {
		return nil, words.Refuse(words.NotFound, "no-such-file", "没有找到这个文件。")
	}
	b := &list[0]
	b.Again, err = d.broughtWhere(ctx, `org = $1 AND what = $2 AND (name = $3 OR hash = $4) AND (at, id) < ($5, $6) ORDER BY at DESC, id DESC LIMIT 3`, b.Org.ID, b.What, b.Name, b.Hash, b.At.UnixMilli(), b.ID)
	return b, err
}

// BroughtFiles are the last files that the actor's body brought, the newest first.
func (d *Desk) BroughtFiles(ctx context.Context, who actor.Actor) ([]Brought, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	return d.broughtWhere(ctx, `org = $1 ORDER BY at DESC, id DESC LIMIT 50`, who.Acting)
}

// MarkedFile is the marked-up file of what was brought: for who may see how its reading went.
func (d *Desk) MarkedFile(ctx context.Context, who actor.Actor, id string) ([]byte, error) {
	b, err := d.BroughtFile(ctx, who, id)
	if err != nil {
		return nil, err
	}
	switch {
	case !b.MarkedGone.IsZero():
		return nil, words.Refuse(words.NotFound, "marked-gone", "标好问题的行已经按保存期限删除。").Try("请拿原来的表格再导入一次，会重新标出。")
	case !b.alone:
		return d.bytesOf(b.Marked)
	}
	return d.unpack(b.Marked)
}

// hashOf names bytes that are not kept.
func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
