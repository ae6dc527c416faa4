package desk

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/module/keep"
)

// parcel is bytes that will be removed again. Random bytes behind them give them a name in the store that nobody else can
// have: whoever sends the same file as an attachment keeps their own.
type parcel struct {
	name  string
	bytes []byte
}

// behind are the random bytes behind a parcel's own.
const behind = 32

func pack(b []byte) parcel {
	salt := make([]byte, behind)
	rand.Read(salt)
	all := append(bytes.Clone(b), salt...)
	return parcel{hashOf(all), all}
}

// deposit keeps the parcel; none is no error.
func (d *Desk) deposit(ctx context.Context, p parcel) error {
	if p.name == "" {
		return nil
	}
	_, err := d.Blobs.Put(ctx, bytes.NewReader(p.bytes), sheet.Office.Bytes+behind)
	return err
}

// unpack reads a parcel.
func (d *Desk) unpack(name string) ([]byte, error) {
	b, err := d.bytesOf(name)
	return b[:max(0, len(b)-behind)], err
}

// bytesOfBrought are a file's bytes; those of an old one lie under their own hash.
func (d *Desk) bytesOfBrought(b Brought) ([]byte, error) {
	if b.lies == b.Hash {
		return d.bytesOf(b.Hash)
	}
	return d.unpack(b.lies)
}

const (
	goesRead   = `UPDATE brought SET read_gone = $1 WHERE ended = TRUE AND lies <> '' AND lies <> hash AND read_gone = 0`
	goesMarked = `UPDATE brought SET marked_gone = $1 WHERE ended_at < $2 AND marked <> '' AND alone = TRUE AND marked_gone = 0 AND ended = TRUE`
	goneBytes  = `(lies <> '' AND lies <> hash AND read_gone > 0) OR (marked <> '' AND alone = TRUE AND marked_gone > 0) ORDER BY id LIMIT 100`
	noBytes    = `UPDATE brought SET lies = CASE WHEN read_gone > 0 THEN '' ELSE lies END, marked = CASE WHEN marked_gone > 0 THEN '' ELSE marked END WHERE id = $1`
)

// ClearBrought removes the bytes of files that were read to their end, and their marked-up rows when the rule of keeping
// says so. The program calls it every little while. That they go is recorded first, and their names stay until they are
// gone: a crash in between leaves it to the next call, and nothing goes that a reader still needs.
func (d *Desk) ClearBrought(ctx context.Context) error {
	now := d.Now()
	rule, _ := d.Keeping.Of(keep.Brought)
	before, ends := rule.Over(now)
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Put(ctx, goesRead, now.UnixMilli()); err != nil || !ends {
			return err
		}
		return tx.Put(ctx, goesMarked, now.UnixMilli(), before.UnixMilli())
	})
	if err == nil && ends {
		err = d.clearOld(ctx, before)
	}
	for err == nil && ctx.Err() == nil {
		var list []Brought
		if list, err = d.broughtWhere(ctx, goneBytes); err != nil || len(list) == 0 {
			break
		}
		for _, b := range list {
			if err = d.removeBytes(ctx, b); err != nil {
				break
			}
		}
	}
	if err != nil {
		return fmt.Errorf("desk.ClearBrought: %w", err)
	}
	return ctx.Err()
}

func (d *Desk) removeBytes(ctx context.Context, b Brought) error {
	if b.lies != "" && !b.ReadGone.IsZero() {
		if err := d.Blobs.Remove(b.lies); err != nil {
			return err
		}
	}
	if b.Marked != "" && !b.MarkedGone.IsZero() {
		if err := d.Blobs.Remove(b.Marked); err != nil {
			return err
		}
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error { return tx.Put(ctx, noBytes, b.ID) })
}

// MarkedUntil is the last day on which the marked-up rows of the file are kept, "" for ever.
func (d *Desk) MarkedUntil(b Brought) calendar.Day {
	rule, ok := d.Keeping.Of(keep.Brought)
	if !ok || b.EndedAt.IsZero() {
		return ""
	}
	return rule.Until(b.EndedAt)
}
