package duty

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/division"
)

// KeptKinds are the sorts of things that hang, run or are kept, in the order of the register.
var KeptKinds = []string{"plaque", "mechanism", "ledger", "certificate", "app", "group"}

// Photo is a picture in the blob store.
type Photo struct {
	Hash, Name, Type string
	Size             int64
}

// Kept is one thing that hangs, runs or is kept at a village or township. A zero To means that it still does.
type Kept struct {
	ID, Kind, Org, Area, Title string
	Spot                       string // of a plaque: outside, inside
	Whose, Basis               string // who wants it; the number on the list or the article, "" nobody could say
	Photo, Gone                *Photo
	From, To                   calendar.Day
	Why, By                    string
	At                         int64
}

// Add enters a thing.
func Add(ctx context.Context, tx *db.Tx, k Kept) error {
	err := tx.Put(ctx, `INSERT INTO kept (id, kind, org, area, title, spot, whose, basis, photo, from_day, to_day, why, photo_gone, by_person, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', $11, $12)`,
		k.ID, k.Kind, k.Org, k.Area, k.Title, k.Spot, k.Whose, k.Basis, pack(k.Photo), string(k.From), k.By, k.At)
	if err != nil {
		return fmt.Errorf("duty.Add: %w", err)
	}
	return nil
}

// Remove says that a thing went on a day and why, with the picture after it. ok is false when it was gone already.
func Remove(ctx context.Context, tx *db.Tx, id string, day calendar.Day, why string, after *Photo) (ok bool, err error) {
	n, err := tx.Exec(ctx, `UPDATE kept SET to_day = $2, why = $3, photo_gone = $4 WHERE id = $1 AND to_day = '' AND from_day <= $2`, id, string(day), why, pack(after))
	if err != nil {
		return false, fmt.Errorf("duty.Remove %s: %w", id, err)
	}
	return n == 1, nil
}

func pack(p *Photo) string {
	if p == nil {
		return ""
	}
	b, err := json.Marshal(p)
	if err != nil { // a struct of strings and a number always can
		panic(err)
	}
	return string(b)
}

func unpack(s string) *Photo {
	p := &Photo{}
	if s == "" || json.Unmarshal([]byte(s), p) != nil {
		return nil
	}
	return p
}

const keptColumns = `SELECT id, kind, org, area, title, spot, whose, basis, photo, from_day, to_day, why, photo_gone, by_person, at FROM kept`

func keptRows(ctx context.Context, r db.Reader, where string, args ...any) (list []Kept, err error) {
	err = r.Each(ctx, keptColumns+where, args, func(scan func(...any) error) error {
		var k Kept
		var photo, gone string
		err := scan(&k.ID, &k.Kind, &k.Org, &k.Area, &k.Title, &k.Spot, &k.Whose, &k.Basis, &photo, (*string)(&k.From), (*string)(&k.To), &k.Why, &gone, &k.By, &k.At)
		k.Photo, k.Gone = unpack(photo), unpack(gone)
		list = append(list, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("duty.kept: %w", err)
	}
	return list, nil
}

// At is everything that is or was at the body, what is still there first.
func At(ctx context.Context, r db.Reader, org string) ([]Kept, error) {
	return keptRows(ctx, r, ` WHERE org = $1 ORDER BY CASE WHEN to_day = '' THEN 0 ELSE 1 END, kind, from_day, id`, org)
}

// One is the thing with the ID.
func One(ctx context.Context, r db.Reader, id string) (Kept, bool, error) {
	list, err := keptRows(ctx, r, ` WHERE id = $1`, id)
	if err != nil || len(list) == 0 {
		return Kept{}, false, err
	}
	return list[0], true, nil
}

// Tally counts what stood in a place on a day: in all, and how much of it nobody could give a basis for.
type Tally struct {
	Kind, Spot, Org string
	N, Baseless     int
}

// Standing counts what stood in the place on the day, by body, kind and spot.
func Standing(ctx context.Context, r db.Reader, place string, day calendar.Day) ([]Tally, error) {
	var list []Tally
	err := r.Each(ctx, `SELECT org, kind, spot, COUNT(*), COUNT(*) FILTER (WHERE basis = '') FROM kept
		WHERE area LIKE $1 AND from_day <= $2 AND (to_day = '' OR to_day > $2) GROUP BY org, kind, spot ORDER BY org, kind, spot`,
		[]any{strings.NewReplacer("%", "", "_", "").Replace(division.Prefix(place)) + "%", string(day)}, func(scan func(...any) error) error {
			var t Tally
			err := scan(&t.Org, &t.Kind, &t.Spot, &t.N, &t.Baseless)
			list = append(list, t)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("duty.Standing %s: %w", place, err)
	}
	return list, nil
}

// Total sums the tallies of a kind, "" all.
func Total(list []Tally, kind string) (n, baseless int) {
	for _, t := range list {
		if kind == "" || t.Kind == kind {
			n, baseless = n+t.N, baseless+t.Baseless
		}
	}
	return n, baseless
}
