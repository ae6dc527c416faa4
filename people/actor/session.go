package actor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

// How long a session lives: staff a working day and two idle hours, citizens shorter, often on a shared phone.
const (
	StaffLife   = 12 * time.Hour
	StaffIdle   = 2 * time.Hour
	CitizenLife = 2 * time.Hour
	CitizenIdle = 30 * time.Minute
	seenEvery   = time.Minute // a request within it does not write the session's row again
)

// Session is one signed-in device, as its owner sees it in the list.
type Session struct {
	ID      string
	Device  string
	Created time.Time
	Seen    time.Time
	Expires time.Time
}

const insertSession = `INSERT INTO session (hash, id, kind, person, matter, acting, lang, device, created_at, seen_at, expires_at, proof)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)`

// NewSession stores a session for a and returns the token for its cookie. A citizen's session holds the
// vault reference and the matter; a member of staff's posts are read anew at each request.
// fn of db.Write may run again, so the token is made by the caller: NewToken.
func NewSession(ctx context.Context, tx *db.Tx, token string, a Actor, device string, now time.Time) error {
	life, person := StaffLife, a.ID
	switch a.Kind {
	case Citizen:
		life, person = CitizenLife, a.Person
	case Staff:
	default:
		return fmt.Errorf("actor: a session for %q", a.Kind)
	}
	device = strings.ToValidUTF8(strings.ReplaceAll(device, "\x00", ""), "")
	if r := []rune(device); len(r) > 200 {
		device = string(r[:200])
	}
	_, err := tx.Exec(ctx, insertSession, digest(token), rand.Text(), a.Kind, person, a.Matter, a.Acting, a.Lang, device,
		now.UnixMilli(), now.Add(life).UnixMilli(), a.Proof)
	if err != nil {
		return fmt.Errorf("actor: new session: %w", err)
	}
	return nil
}

const selectSession = `SELECT id, kind, person, matter, acting, lang, device, created_at, seen_at, expires_at, proof FROM session WHERE hash = $1`

const updateSeen = `UPDATE session SET seen_at = $2 WHERE hash = $1 AND seen_at < $2`

// errSignIn is the answer to every token that is unknown, over or revoked: which of these, nobody learns.
func errSignIn() error {
	return words.Refuse(words.SignIn, "sign-in", "请先登录。").Try("登录后会回到这一页。")
}

// Resume is the actor behind a session token. It refuses with kind SignIn when the session is over.
func Resume(ctx context.Context, d *db.DB, token string, now time.Time) (Actor, Session, error) {
	var s Session
	var kind, person, matter, acting, lang, proof string
	var created, seen, expires int64
	err := d.Row(ctx, selectSession, []any{digest(token)}, &s.ID, &kind, &person, &matter, &acting, &lang, &s.Device, &created, &seen, &expires, &proof)
	if errors.Is(err, db.ErrNotFound) {
		return Actor{}, s, errSignIn()
	}
	if err != nil {
		return Actor{}, s, fmt.Errorf("actor: resume: %w", err)
	}
	s.Created, s.Seen, s.Expires = time.UnixMilli(created), time.UnixMilli(seen), time.UnixMilli(expires)
	if over(Kind(kind), s, now) {
		return Actor{}, s, errSignIn()
	}
	a := Actor{Kind: Citizen, Name: "信访人", Person: person, Matter: matter}
	if Kind(kind) == Staff {
		if a, err = StaffOn(ctx, d, person, calendar.DayOf(now)); err != nil {
			return Actor{}, s, err
		}
		if b, ok := a.For(acting); ok {
			a = b
		}
	}
	a.Session, a.Proof = s.ID, proof
	if lang != "" {
		a.Lang = words.Lang(lang)
	}
	if now.Sub(s.Seen) >= seenEvery {
		err = d.Write(ctx, func(tx *db.Tx) error { return tx.Put(ctx, updateSeen, digest(token), now.UnixMilli()) })
		if err != nil {
			return Actor{}, s, fmt.Errorf("actor: resume: %w", err)
		}
		s.Seen = now
	}
	return a, s, nil
}

func over(kind Kind, s Session, now time.Time) bool {
	idle := StaffIdle
	if kind == Citizen {
		idle = CitizenIdle
	}
	return !now.Before(s.Expires) || now.Sub(s.Seen) >= idle
}

const (
	updateActing  = `UPDATE session SET acting = $2 WHERE hash = $1`
	updateLang    = `UPDATE session SET lang = $2 WHERE hash = $1`
	deleteSession = `DELETE FROM session WHERE hash = $1`
	revokeSession = `DELETE FROM session WHERE id = $1 AND kind = 'staff' AND person = $2`
	selectDevices = `SELECT id, device, created_at, seen_at, expires_at FROM session
WHERE kind = 'staff' AND person = $1 AND expires_at > $2 ORDER BY created_at DESC`
	deleteOver = `DELETE FROM session WHERE expires_at <= $1`
)

// Use changes the body for which the session acts. Whether a post is held there is asked at each request, not here.
func Use(ctx context.Context, tx *db.Tx, token, org string) error {
	return run(ctx, tx, "use", updateActing, digest(token), org)
}

// Speak changes the session's language.
func Speak(ctx context.Context, tx *db.Tx, token string, l words.Lang) error {
	return run(ctx, tx, "speak", updateLang, digest(token), l)
}

// SignOut ends the session.
func SignOut(ctx context.Context, tx *db.Tx, token string) error {
	return run(ctx, tx, "sign out", deleteSession, digest(token))
}

// Revoke ends one of the person's own sessions, by its ID in the list.
func Revoke(ctx context.Context, tx *db.Tx, person, id string) error {
	return run(ctx, tx, "revoke", revokeSession, id, person)
}

// Sweep forgets what is over: sessions, one-time codes, half-way sign-ins, old failures. Any node may call it at any time.
func Sweep(ctx context.Context, tx *db.Tx, now time.Time) error {
	for _, sql := range []string{deleteOver, deleteOldCodes, deleteOldFlows, deleteOldAsked} {
		if err := run(ctx, tx, "sweep", sql, now.UnixMilli()); err != nil {
			return err
		}
	}
	return run(ctx, tx, "sweep", deleteOldFailures, now.Add(-forget).UnixMilli())
}

func run(ctx context.Context, tx *db.Tx, what, sql string, args ...any) error {
	if _, err := tx.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("actor: %s: %w", what, err)
	}
	return nil
}

// Sessions are the devices on which a member of staff is signed in, newest first.
func Sessions(ctx context.Context, r db.Reader, person string, now time.Time) (list []Session, err error) {
	err = r.Each(ctx, selectDevices, []any{person, now.UnixMilli()}, func(scan func(dest ...any) error) error {
		var s Session
		var created, seen, expires int64
		err := scan(&s.ID, &s.Device, &created, &seen, &expires)
		s.Created, s.Seen, s.Expires = time.UnixMilli(created), time.UnixMilli(seen), time.UnixMilli(expires)
		if !over(Staff, s, now) {
			list = append(list, s)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("actor: sessions: %w", err)
	}
	return list, nil
}
