package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
)

// Feed is the secret address of somebody's calendar, as they see it afterwards; the address itself was shown once.
type Feed struct {
	Box     Box // Mine or Today; for citizens ""
	Created time.Time
	Seen    time.Time // when a calendar program last fetched it, to the day; zero before the first time
}

// Feed is the actor's own; db.ErrNotFound becomes ok false.
func (d *Desk) Feed(ctx context.Context, who actor.Actor) (f Feed, ok bool, err error) {
	kind, person, matter, err := feedOwner(who)
	if err != nil {
		return f, false, err
	}
	var box string
	var created, seen int64
	err = d.DB.Row(ctx, `SELECT box, created_at, seen_at FROM calendar_feed WHERE kind = $1 AND person = $2 AND matter = $3`,
		[]any{kind, person, matter}, &box, &created, &seen)
	if errors.Is(err, db.ErrNotFound) {
		return f, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("desk.Feed: %w", err)
	}
	f = Feed{Box: Box(box), Created: time.UnixMilli(created)}
	if seen > 0 {
		f.Seen = time.UnixMilli(seen)
	}
	return f, true, nil
}

// MakeFeed makes the address anew and returns its secret part, which is told this once. An older one no longer works.
// box says what an officer's calendar holds: Mine what they handle, Today all that their bodies hold.
func (d *Desk) MakeFeed(ctx context.Context, who actor.Actor, box Box) (secret string, err error) {
	kind, person, matter, err := feedOwner(who)
	if err != nil {
		return "", err
	}
	switch {
	case kind == actor.Citizen:
		box = ""
	case box == "":
		box = Mine
	case box != Mine && box != Today:
		return "", words.Refuse(words.Invalid, "feed-box", "日历里放什么，请从列表里选。").At("box", "请从列表里选一项。")
	}
	b := make([]byte, 32)
	rand.Read(b)
	secret = base64.RawURLEncoding.EncodeToString(b)
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := endFeed(ctx, tx, kind, person, matter); err != nil {
			return err
		}
		return tx.Put(ctx, `INSERT INTO calendar_feed (hash, kind, person, matter, box, lang, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
			feedHash(secret), kind, person, matter, box, who.Lang, d.Now().UnixMilli())
	})
	if err != nil {
		return "", fmt.Errorf("desk.MakeFeed: %w", err)
	}
	return secret, nil
}

// EndFeed ends the address: whoever has it gets what a wrong one gets.
func (d *Desk) EndFeed(ctx context.Context, who actor.Actor) error {
	kind, person, matter, err := feedOwner(who)
	if err != nil {
		return err
	}
	if err := d.DB.Write(ctx, func(tx *db.Tx) error { return endFeed(ctx, tx, kind, person, matter) }); err != nil {
		return fmt.Errorf("desk.EndFeed: %w", err)
	}
	return nil
}

func endFeed(ctx context.Context, tx *db.Tx, kind actor.Kind, person, matter string) error {
	_, err := tx.Exec(ctx, `DELETE FROM calendar_feed WHERE kind = $1 AND person = $2 AND matter = $3`, kind, person, matter)
	return err
}

// feedOwner is whose calendar it is: an officer, or a citizen by what their session proves.
func feedOwner(who actor.Actor) (kind actor.Kind, person, matter string, err error) {
	switch who.Kind {
	case actor.Staff:
		return who.Kind, who.ID, "", nil
	case actor.Citizen:
		return who.Kind, who.Person, who.Matter, nil
	}
	return "", "", "", signIn()
}

// feedHash is how the secret is kept: it has 256 random bits, so nothing slower is needed.
func feedHash(secret string) string {
	sum := sha256.Sum256([]byte("calendar\x00" + secret))
	return hex.EncodeToString(sum[:])
}

// NoFeed is the one answer to an address that was never made, was changed, or was ended.
func NoFeed() error {
	return words.Refuse(words.NotFound, "no-such-feed", "没有这个日历地址，可能已经换过或者停用了。").Try("请登录后重新生成一个。")
}

// byFeed is who stands behind an address, with the posts of today: what an officer may no longer see is not in the
// next fetch. An account that was closed has no calendar.
func (d *Desk) byFeed(ctx context.Context, secret string) (who actor.Actor, box Box, err error) {
	var kind, person, matter, lang, kept string
	var seen int64
	hash := feedHash(secret)
	err = d.DB.Row(ctx, `SELECT f.kind, f.person, f.matter, f.box, f.lang, f.seen_at FROM calendar_feed f WHERE f.hash = $1
		AND (f.kind <> 'staff' OR EXISTS (SELECT 1 FROM account c WHERE c.person = f.person AND c.closed_at = 0))`, []any{hash},
		&kind, &person, &matter, &kept, &lang, &seen)
	if errors.Is(err, db.ErrNotFound) {
		return who, "", NoFeed()
	}
	if err != nil {
		return who, "", fmt.Errorf("desk.byFeed: %w", err)
	}
	who = actor.Actor{Kind: actor.Citizen, ID: "citizen", Person: person, Matter: matter}
	if actor.Kind(kind) == actor.Staff {
		if who, err = d.Staff(ctx, person); err != nil {
			return who, "", err
		}
	}
	who.Lang = words.Lang(lang)
	now := d.Now()
	if calendar.DayOf(time.UnixMilli(seen)) != calendar.DayOf(now) {
		err = d.DB.Write(ctx, func(tx *db.Tx) error {
			return tx.Put(ctx, `UPDATE calendar_feed SET seen_at = $2 WHERE hash = $1`, hash, now.UnixMilli())
		})
	}
	return who, Box(kept), err
}
