package desk

import (
	"context"
	"fmt"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/derive/notify"
	"jishi/module/keep"
	"jishi/people/actor"
)

// Resume is the actor behind a session's cookie. It refuses with SignIn when the session is over.
func (d *Desk) Resume(ctx context.Context, token string) (actor.Actor, error) {
	a, err := d.Own(ctx, token)
	if err == nil && a.Proof == actor.ProofGiven {
		return actor.Actor{}, words.Refuse(words.Forbidden, "given-password", "这个密码是管理员给的，只能用来换成您自己的密码。").Try("请先在“我的账号”里改成自己的密码。")
	}
	if err == nil && d.NeedsFactor(a) {
		return actor.Actor{}, words.Refuse(words.Forbidden, "second-factor", "这个岗位必须有第二道验证。").Try("请先在“我的账号”里开启第二道验证。")
	}
	return a, err
}

// Own is the actor of a session for the pages of their own account: also when the installation asks for a second factor
// that they have yet to put on it.
func (d *Desk) Own(ctx context.Context, token string) (actor.Actor, error) {
	a, _, err := actor.Resume(ctx, d.DB, token, d.Now())
	return a, err
}

// Begin starts a session for somebody who has proved who they are, and returns the token for its cookie.
func (d *Desk) Begin(ctx context.Context, a actor.Actor, device string) (string, error) {
	token := actor.NewToken()
	err := d.DB.Write(ctx, func(tx *db.Tx) error { return actor.NewSession(ctx, tx, token, a, device, d.Now()) })
	if err != nil {
		return "", fmt.Errorf("desk.Begin: %w", err)
	}
	return token, nil
}

// SignOut ends the session.
func (d *Desk) SignOut(ctx context.Context, token string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error { return actor.SignOut(ctx, tx, token) })
}

// Use lets somebody with posts in several bodies act for another of them.
func (d *Desk) Use(ctx context.Context, who actor.Actor, token, body string) error {
	if !who.In(body) {
		return words.Refuse(words.Forbidden, "no-post", "您在这个单位没有任职。")
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error { return actor.Use(ctx, tx, token, body) })
}

// As signs in as a member of staff without a password. Only the demonstration may.
func (d *Desk) As(ctx context.Context, person string) (actor.Actor, error) {
	if !d.Demo {
		return actor.Actor{}, words.Refuse(words.NotFound, "no-such-page", "没有找到这个页面。")
	}
	a, err := d.Staff(ctx, person)
	a.Proof = actor.ProofDemo
	return a, err
}

// Staff is the person as an actor today.
func (d *Desk) Staff(ctx context.Context, person string) (actor.Actor, error) {
	return actor.StaffOn(ctx, d.DB, person, calendar.DayOf(d.Now()))
}

// Sessions are the devices on which the actor is signed in.
func (d *Desk) Sessions(ctx context.Context, who actor.Actor) ([]actor.Session, error) {
	return actor.Sessions(ctx, d.DB, who.ID, d.Now())
}

// Forget removes what is over: sessions, one-time codes, half-way sign-ins, and what is old enough: the tokens of
// forms that were pressed, the webhook messages that are settled a month ago.
func (d *Desk) Forget(ctx context.Context) error {
	now := d.Now()
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Sweep(ctx, tx, now); err != nil {
			return err
		}
		if err := notify.Forget(ctx, tx, now); err != nil {
			return err
		}
		rule, _ := d.Keeping.Of(keep.FormToken)
		before, ok := rule.Over(now)
		if !ok {
			return nil
		}
		return tx.Put(ctx, `DELETE FROM press_token WHERE at < $1`, before.UnixMilli())
	})
}
