package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Bringing is a file as somebody brings it.
type Bringing struct {
	Name string
	Data []byte
	Form string       // of rows: the form that they are for
	Dry  bool         // only say what is in it
	Scan *matter.File // shows that numbers with a wrong check digit are right
}

const (
	// atHand are rows that are read while the bringer waits; longer files are read behind, and a page tells how far it is.
	atHand = 1000
	// silent is after how long another may go on with a file whose reader says nothing.
	silent = 15 * time.Second
	// mostTries: a file that broke its reader so often is given back.
	mostTries      = 3
	mostFileFaults = 1000
)

// errElsewhere says that somebody else reads the file.
var errElsewhere = errors.New("desk: another reads this file")

// bringFile keeps the file, and reads it at once where it is short.
func (d *Desk) bringFile(ctx context.Context, who actor.Actor, what string, x Bringing, said BroughtFor) (string, error) {
	book, err := sheet.Open(x.Data, sheet.Office) // what no reader could take is refused before it is kept
	if err != nil {
		return "", err
	}
	rows := book.Rows()
	if err := errors.Join(d.frameOf(ctx, book, what, said), book.Close()); err != nil {
		if r, ok := words.AsRefusal(err); ok {
			return "", r
		}
		return "", err
	}
	said.Dry, said.Lang, said.Scan, said.By = x.Dry, who.Lang, x.Scan, who.ID
	lot := pack(x.Data)
	b := Brought{ID: matter.NewID(), What: what, Name: x.Name, Hash: hashOf(x.Data), Org: Body{ID: who.Acting}, By: who.ID, At: d.Now(), Total: rows, Said: said, alone: true, lies: lot.name}
	if err := d.takeIn(ctx, b, lot); err != nil {
		return "", fmt.Errorf("desk.bringFile: %w", err)
	}
	if rows <= atHand {
		if err := d.readBrought(ctx, b.ID); err != nil && !errors.Is(err, errElsewhere) {
			return "", err
		}
	}
	return b.ID, nil
}

// arriving is how long the bytes of a file may take to the disk before somebody looks for them.
const arriving = 5 * time.Minute

// takeIn enters the file, then keeps its bytes, then lets it be read: bytes that no row names would lie there for ever. A
// crash in between leaves a file without bytes, which its reader gives back.
func (d *Desk) takeIn(ctx context.Context, b Brought, lot parcel) error {
	err := d.DB.Write(ctx, func(tx *db.Tx) error { return putBrought(ctx, tx, b, b.At.Add(arriving).UnixMilli()) })
	if err == nil {
		err = d.deposit(ctx, lot)
	}
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Put(ctx, `UPDATE brought SET beat = 0 WHERE id = $1 AND tries = 0`, b.ID)
	})
}

// frameOf refuses a file in which the header of what it is to hold is missing.
func (d *Desk) frameOf(ctx context.Context, book *sheet.Book, what string, said BroughtFor) error {
	if what != rowsFile {
		return nil
	}
	_, err := d.rowsPlan(ctx, book, said)
	return err
}

// ReadFiles goes on with files that wait to be read: new long ones, and those whose reader stopped in the middle, with
// the program or without. The program calls it every little while.
func (d *Desk) ReadFiles(ctx context.Context) error {
	for ctx.Err() == nil {
		list, err := d.broughtWhere(ctx, `ended = FALSE AND beat < $1 ORDER BY beat, at LIMIT 1`, d.Now().Add(-silent).UnixMilli())
		if err != nil || len(list) == 0 {
			return err
		}
		if err := d.readBrought(ctx, list[0].ID); err != nil && !errors.Is(err, errElsewhere) {
			return err
		}
	}
	return nil
}

// reading is one file while it is read.
type reading struct {
	Brought
	d      *Desk
	beat   int64
	stamp  time.Time // of the part that is being stored
	header []string
	bad    map[int][]string
	marks  []sheet.Mark
}

// readBrought takes the file on and reads it to its end. Whatever stops it, the next reader goes on behind the last
// row that was stored.
func (d *Desk) readBrought(ctx context.Context, id string) error {
	now := d.Now().UnixMilli()
	var mine int64
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		mine, err = tx.Exec(ctx, `UPDATE brought SET beat = $1, tries = tries + 1 WHERE id = $2 AND ended = FALSE AND beat < $3`, now, id, now-silent.Milliseconds())
		return err
	})
	if err == nil && mine == 0 {
		return errElsewhere
	}
	if err != nil {
		return fmt.Errorf("desk.readBrought: %w", err)
	}
	list, err := d.broughtWhere(ctx, `id = $1`, id)
	if err != nil {
		return err
	}
	r := &reading{Brought: list[0], d: d, beat: now, bad: map[int][]string{}}
	r.Good, r.Bad, r.Faults = 0, 0, nil // counted again: what was stored is known by its row
	switch err = r.read(ctx); {
	case errors.Is(err, errElsewhere):
		return err
	case err == nil:
		return r.end(ctx)
	}
	if refusal, ok := words.AsRefusal(err); ok {
		r.Failed, r.Faults = true, []FileFault{{Text: words.Two{ZH: say(words.ZH, refusal), EN: say(words.EN, refusal)}}}
		return r.end(ctx)
	}
	return r.leave(context.WithoutCancel(ctx), err)
}

func say(l words.Lang, r *words.Refusal) string {
	return words.Say(l, r.What, r.Args...) + words.Say(l, r.Way, r.Args...)
}

func (r *reading) read(ctx context.Context) error {
	data, err := r.d.bytesOfBrought(r.Brought)
	if err != nil {
		return err
	}
	book, err := sheet.Open(data, sheet.Office)
	if err != nil {
		return err
	}
	defer book.Close()
	if r.What == rowsFile {
		return r.rows(ctx, book)
	}
	return r.elements(ctx, book)
}

// fault notes what is wrong with a row; raw is the row as it came.
func (r *reading) fault(raw []string, f FileFault) {
	if len(r.Faults) >= mostFileFaults {
		return
	}
	r.Faults = append(r.Faults, f)
	if f.Row == 0 || raw == nil {
		return
	}
	r.bad[f.Row] = raw
	text := f.Text.Say(r.Said.Lang)
	if f.Column != "" {
		text = words.Say(r.Said.Lang, f.Column) + words.Say(r.Said.Lang, "：") + text
	}
	r.marks = append(r.marks, sheet.Mark{Row: f.Row, Col: f.Col, What: text})
}

// step stores one part with how far the reading is then, in one transaction: after a crash the next reader goes on exactly
// behind it. store may be run again when the transaction is; it says how many values are new and how many contend.
func (r *reading) step(ctx context.Context, done int, store func(tx *db.Tx) (changed, contends int, err error)) error {
	r.stamp = r.d.Now()
	now := r.stamp.UnixMilli()
	var changed, contends int
	err := r.d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		changed, contends = 0, 0
		if store != nil {
			if changed, contends, err = store(tx); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, `UPDATE brought SET done = $1, good = $2, bad = $3, changed = $4, contends = $5, beat = $6, tries = CASE WHEN done < $1 THEN 1 ELSE tries END
			WHERE id = $7 AND ended = FALSE AND beat = $8`, done, r.Good, r.Bad, r.Changed+changed, r.Contends+contends, now, r.ID, r.beat)
		if err == nil && n == 0 {
			err = errElsewhere
		}
		return err
	})
	if err == nil {
		r.beat, r.Done, r.Changed, r.Contends = now, done, r.Changed+changed, r.Contends+contends
	}
	return err
}

// end closes the file with its faults and the marked-up rows.
func (r *reading) end(ctx context.Context) error {
	if err := r.mark(ctx); err != nil {
		return err
	}
	faults, err := json.Marshal(r.Faults)
	if err != nil {
		return err
	}
	return r.d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE brought SET ended = TRUE, ended_at = $1, failed = $2, faults = $3, marked = $4, good = $5, bad = $6, done = $7 WHERE id = $8 AND ended = FALSE AND beat = $9`,
			r.d.Now().UnixMilli(), r.Failed, string(faults), r.Marked, r.Good, r.Bad, r.Done, r.ID, r.beat)
		if err == nil && n == 0 {
			err = errElsewhere
		}
		return err
	})
}

// mark keeps the marked-up rows. Their name is recorded before they are there, and what an earlier reader left is removed
// before that: whatever stops us, nothing lies there that no row names.
func (r *reading) mark(ctx context.Context) error {
	if r.Marked != "" && r.alone {
		if err := r.d.Blobs.Remove(r.Marked); err != nil {
			return err
		}
	}
	if r.Marked = ""; len(r.bad) == 0 {
		return nil
	}
	marked, err := sheet.Marked(r.header, r.bad, r.marks, r.Said.Lang)
	if err != nil {
		return err
	}
	lot := pack(marked)
	err = r.d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE brought SET marked = $1, alone = TRUE WHERE id = $2 AND ended = FALSE AND beat = $3`, lot.name, r.ID, r.beat)
		if err == nil && n == 0 {
			err = errElsewhere
		}
		return err
	})
	if err != nil {
		return err
	}
	r.Marked = lot.name
	return r.d.deposit(ctx, lot)
}

// leave lets another go on at once, or, when that has been tried enough, gives the file back.
func (r *reading) leave(ctx context.Context, because error) error {
	what := fileFault(0, 0, "", "这个文件读了{n}次都没有读完，已经停下。已经收下的行还在；请把文件分成几个再带，收过的行不会收两次。", "n", mostTries)
	faults, err := json.Marshal([]FileFault{what})
	if err != nil {
		return err
	}
	back := 0
	if errors.Is(because, context.Canceled) { // the program is stopping: that is no try
		back = 1
	}
	err = r.d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Put(ctx, `UPDATE brought SET ended = TRUE, ended_at = $1, failed = TRUE, faults = $2 WHERE id = $3 AND beat = $4 AND tries >= $5`, r.d.Now().UnixMilli(), string(faults), r.ID, r.beat, mostTries+back); err != nil {
			return err
		}
		return tx.Put(ctx, `UPDATE brought SET beat = 0, tries = tries - $1 WHERE id = $2 AND beat = $3 AND ended = FALSE`, back, r.ID, r.beat)
	})
	return errors.Join(because, err)
}
