package desk

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"jishi/base/db"
)

// Files that came before bytes were removed lie under the hash of their bytes, and so do their marked-up rows. Others may
// have the same bytes under the same name: an attachment, a form's layout, a file that is still to be read. They go when
// the rule of keeping says so, nobody names them and nobody has put them again.

const (
	oldBrought = `(alone = FALSE OR lies = hash) AND at < $1 AND ended = TRUE AND (lies <> '' AND lies = hash OR marked <> '' AND alone = FALSE AND ended_at < $1) ORDER BY at, id LIMIT 1000`
	goesOld    = `UPDATE brought SET read_gone = CASE WHEN lies = $1 AND read_gone = 0 THEN $2 ELSE read_gone END, marked_gone = CASE WHEN marked = $1 AND marked_gone = 0 THEN $2 ELSE marked_gone END WHERE id = $3`
	noOldBytes = `UPDATE brought SET alone = CASE WHEN marked = $1 THEN TRUE ELSE alone END, lies = CASE WHEN lies = $1 THEN '' ELSE lies END, marked = CASE WHEN marked = $1 THEN '' ELSE marked END WHERE id = $2`
	// all that names bytes in the store, besides brought files themselves; what names them from now on belongs here
	blobNames = `SELECT fold FROM matter WHERE fold LIKE '%"files":%' UNION ALL SELECT layout FROM form UNION ALL SELECT made FROM layout_due
		UNION ALL SELECT photo || photo_gone FROM kept UNION ALL SELECT scan FROM unchecked UNION ALL SELECT said FROM brought`
)

// hold is a brought file that holds bytes in the store by a name that others can have.
type hold struct{ id, name string }

// clearOld ends what old files hold from before the instant.
func (d *Desk) clearOld(ctx context.Context, before time.Time) error {
	list, err := d.broughtWhere(ctx, oldBrought, before.UnixMilli())
	if err != nil {
		return err
	}
	var ends []hold
	goes := map[string]bool{}
	for _, b := range list {
		for _, name := range b.oldNames(before) {
			if d.Blobs.Stale(name, before) { // put again: somebody may have it in a form that is not sent yet
				ends, goes[name] = append(ends, hold{b.ID, name}), true
			}
		}
	}
	if len(ends) == 0 {
		return nil
	}
	if err := d.spareNamed(ctx, goes, ends); err != nil {
		return fmt.Errorf("desk.clearOld: %w", err)
	}
	for _, h := range ends {
		if err := d.endHold(ctx, h, goes[h.name], before); err != nil {
			return fmt.Errorf("desk.clearOld: %w", err)
		}
	}
	return nil
}

// oldNames are the names under which an old file's bytes and its marked-up rows lie, as far as their time is over.
func (b Brought) oldNames(before time.Time) (names []string) {
	if b.lies != "" && b.lies == b.Hash {
		names = append(names, b.lies)
	}
	if b.Marked != "" && !b.alone && b.EndedAt.Before(before) {
		names = append(names, b.Marked)
	}
	return names
}

var blobName = regexp.MustCompile(`[0-9a-f]{64}`)

// spareNamed takes those out of goes that anything names besides the holds that end.
func (d *Desk) spareNamed(ctx context.Context, goes map[string]bool, ends []hold) error {
	ending := map[hold]bool{}
	for _, h := range ends {
		ending[h] = true
	}
	err := d.DB.Each(ctx, `SELECT id, lies, marked FROM brought WHERE lies <> '' OR marked <> ''`, nil, func(scan func(...any) error) error {
		var id, lies, marked string
		err := scan(&id, &lies, &marked)
		for _, name := range []string{lies, marked} {
			if !ending[hold{id, name}] {
				delete(goes, name)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return d.DB.Each(ctx, blobNames, nil, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		for _, name := range blobName.FindAllString(text, -1) {
			delete(goes, name)
		}
		return err
	})
}

// endHold records that the file holds the bytes no longer, takes them away where nothing else names them, and forgets
// their name only then: a crash in between leaves the rest to the next round.
func (d *Desk) endHold(ctx context.Context, h hold, goes bool, before time.Time) error {
	err := d.DB.Write(ctx, func(tx *db.Tx) error { return tx.Put(ctx, goesOld, h.name, d.Now().UnixMilli(), h.id) })
	if err == nil && goes {
		err = d.Blobs.RemoveStale(h.name, before)
	}
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error { return tx.Put(ctx, noOldBytes, h.name, h.id) })
}
