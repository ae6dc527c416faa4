package desk

import (
	"context"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
)

// AskPasskey begins to put a passkey on the actor's own account: ask is for the browser, state comes back with the answer.
// It refuses where the account has no second factor of six digits yet, because who loses the key must still get in, and
// where the site has a number and no name.
func (d *Desk) AskPasskey(ctx context.Context, who actor.Actor, site actor.Site) (ask, state string, err error) {
	if who.Kind != actor.Staff {
		return "", "", signIn()
	}
	has, err := d.Gate.HasFactor(ctx, who.ID)
	switch {
	case err != nil:
		return "", "", err
	case !has:
		return "", "", words.Refuse(words.Closed, "passkey-needs-factor", "请先开启第二道验证：通行密钥丢了的时候，还要靠它登录。")
	case !site.Passkeys():
		return "", "", words.Refuse(words.Closed, "passkey-needs-name", "用网址里的数字地址打开时，浏览器不能保存通行密钥。").Try("请用网站的域名打开。")
	}
	return d.Gate.AskPasskey(ctx, site, who.ID, who.Name, d.Now())
}

// PutPasskey puts the key that the browser made on the actor's own account. Like a new telephone it asks for a code of the
// second factor, so that an open screen is not enough.
func (d *Desk) PutPasskey(ctx context.Context, who actor.Actor, site actor.Site, p PasskeyAnswer, code, address string) error {
	if err := d.ownFactor(ctx, who, code, address); err != nil {
		return err
	}
	if err := d.Gate.PutPasskey(ctx, site, who.ID, p.State, p.Answer, p.Name, d.Now()); err != nil {
		return err
	}
	return d.Record(ctx, who, "passkey-on", who.ID, "")
}

// PasskeyAnswer is what a form brings back: the state that it was given, and what the browser answered.
type PasskeyAnswer struct{ State, Answer, Name string }

// DropPasskey takes one of the actor's own passkeys off, by its ID in the list; of anybody else's it does nothing, alike.
func (d *Desk) DropPasskey(ctx context.Context, who actor.Actor, id string) error {
	if who.Kind != actor.Staff {
		return signIn()
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Record(ctx, tx, who, "passkey-off", who.ID, "", d.Now()); err != nil {
			return err
		}
		return d.Gate.DropPasskey(ctx, tx, who.ID, id, d.Now())
	})
}

// AskProof asks for a passkey of whoever has a pass of Halfway; both are "" where they have none.
func (d *Desk) AskProof(ctx context.Context, pass string, site actor.Site) (ask, state string, err error) {
	person, err := d.halfway(pass)
	if err != nil {
		return "", "", nil // the page says so when the code is sent
	}
	return d.Gate.AskProof(ctx, site, person, d.Now())
}

// SecondByPasskey lets somebody in who has a pass of Halfway and whose passkey answered.
func (d *Desk) SecondByPasskey(ctx context.Context, pass string, site actor.Site, p PasskeyAnswer, address string) (actor.Actor, error) {
	person, err := d.halfway(pass)
	if err != nil {
		return actor.Actor{}, err
	}
	if err := d.Gate.CheckPasskey(ctx, site, person, p.State, p.Answer, address, d.Now()); err != nil {
		return actor.Actor{}, err
	}
	a, err := actor.StaffOn(ctx, d.DB, person, calendar.DayOf(d.Now()))
	a.Proof = actor.ProofFactor
	return a, err
}
