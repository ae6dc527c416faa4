package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
)

// Whose second proof an installation asks for. The level-3 controls ask it of administrators; an office may ask it of all.
const (
	FactorAdmins = "admins"
	FactorAll    = "all"
)

// half is how long somebody has between the password and the second proof.
const half = 5 * time.Minute

// NeedsFactor reports whether the actor, who proved themselves by a password alone, may go on only after putting a second
// factor on the account.
func (d *Desk) NeedsFactor(a actor.Actor) bool {
	if a.Kind != actor.Staff || a.Proof != actor.ProofPassword {
		return false
	}
	keeps := a.HasAny(actor.Admin) || a.HasAny(actor.Security) || a.HasAny(actor.Audit)
	return d.SecondFactor == FactorAll || d.SecondFactor == FactorAdmins && keeps
}

// Halfway is a pass for somebody whose password was right and whose account asks for a second proof: it names them and
// ends after five minutes. It is "" where no second proof is asked.
func (d *Desk) Halfway(ctx context.Context, who actor.Actor) (string, error) {
	has, err := d.Gate.HasFactor(ctx, who.ID)
	if err != nil || !has {
		return "", err
	}
	return d.pass(who.ID, d.Now().Add(half)), nil
}

func (d *Desk) pass(person string, until time.Time) string {
	body := strconv.FormatInt(until.UnixMilli(), 36) + "." + base64.RawURLEncoding.EncodeToString([]byte(person))
	mac := hmac.New(sha256.New, d.secret)
	mac.Write([]byte("halfway\x00" + body))
	return body + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Second lets somebody in who has a pass of Halfway and shows a code of their app or a code on paper. It refuses a pass
// that is over, and a code that does not fit, without saying which digit was wrong.
func (d *Desk) Second(ctx context.Context, pass, code, address string) (actor.Actor, error) {
	person, err := d.halfway(pass)
	if err != nil {
		return actor.Actor{}, err
	}
	if err := d.Gate.CheckFactor(ctx, person, code, address, d.Now()); err != nil {
		return actor.Actor{}, err
	}
	a, err := actor.StaffOn(ctx, d.DB, person, calendar.DayOf(d.Now()))
	a.Proof = actor.ProofFactor
	return a, err
}

// halfway is the person of a pass; it refuses one that is over or not ours.
func (d *Desk) halfway(pass string) (person string, err error) {
	until, rest, _ := strings.Cut(pass, ".")
	encoded, _, _ := strings.Cut(rest, ".")
	name, err := base64.RawURLEncoding.DecodeString(encoded)
	ms, err2 := strconv.ParseInt(until, 36, 64)
	if err != nil || err2 != nil || !hmac.Equal([]byte(pass), []byte(d.pass(string(name), time.UnixMilli(ms)))) || d.Now().UnixMilli() >= ms {
		return "", words.Refuse(words.SignIn, "half-way-over", "登录的时间已过。").Try("请重新输入账号和密码。")
	}
	return string(name), nil
}

// Arrive remembers the device of a member of staff who signed in, and keeps a notice for them when it is a new one.
func (d *Desk) Arrive(ctx context.Context, who actor.Actor, device, name string) error {
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Record(ctx, tx, who, "sign-in", who.ID, who.Proof, d.Now()); err != nil {
			return err
		}
		return actor.Arrive(ctx, tx, who.ID, device, name, d.Now())
	})
	if err != nil {
		return fmt.Errorf("desk.Arrive: %w", err)
	}
	return nil
}

// Account is what a member of staff sees of their own account.
type Account struct {
	Given    bool // the password is an administrator's, to be changed first
	Factor   bool
	Needed   bool // the installation asks for a second factor, and there is none
	Passkeys []actor.Passkey
	Sessions []actor.Session
	Notices  []actor.Notice
}

// Account is the actor's own account; reading it means having read the notices.
func (d *Desk) Account(ctx context.Context, who actor.Actor) (a Account, err error) {
	if who.Kind != actor.Staff {
		return a, signIn()
	}
	a.Given, a.Needed = who.Proof == actor.ProofGiven, d.NeedsFactor(who)
	if a.Factor, err = d.Gate.HasFactor(ctx, who.ID); err != nil {
		return a, err
	}
	if a.Passkeys, err = d.Gate.Passkeys(ctx, who.ID); err != nil {
		return a, err
	}
	if a.Sessions, err = actor.Sessions(ctx, d.DB, who.ID, d.Now()); err != nil {
		return a, err
	}
	if a.Notices, err = actor.Notices(ctx, d.DB, who.ID); err != nil {
		return a, err
	}
	return a, d.DB.Write(ctx, func(tx *db.Tx) error { return actor.SeeNotices(ctx, tx, who.ID, d.Now()) })
}

// Unseen is how many notices about their own account the actor has not seen.
func (d *Desk) Unseen(ctx context.Context, who actor.Actor) (int, error) {
	return actor.Unseen(ctx, d.DB, who.ID)
}

// EndSession ends one of the actor's own sessions, by its ID in the list; of anybody else's it does nothing, alike.
func (d *Desk) EndSession(ctx context.Context, who actor.Actor, id string) error {
	if who.Kind != actor.Staff {
		return signIn()
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Record(ctx, tx, who, "session-ended", who.ID, "", d.Now()); err != nil {
			return err
		}
		return actor.Revoke(ctx, tx, who.ID, id)
	})
}

// ChangePassword changes the actor's own password, against the old one, and ends all their sessions; the caller begins a
// new one. It refuses a wrong old password, counted as at the sign-in, and a new one that is too plain.
func (d *Desk) ChangePassword(ctx context.Context, who actor.Actor, old, fresh, address string) error {
	if who.Kind != actor.Staff {
		return signIn()
	}
	login, err := actor.LoginOf(ctx, d.DB, who.ID)
	if err != nil {
		return err
	}
	if err := actor.CheckNewPassword(login, fresh); err != nil {
		return at(err, "fresh")
	}
	if old == fresh {
		return words.Refuse(words.Invalid, "same-password", "新密码和原来的一样。").At("fresh", "请换一个新的密码。")
	}
	if _, err := d.Gate.SignIn(ctx, login, old, address, d.Now()); err != nil {
		if r, ok := words.AsRefusal(err); ok && r.Kind == words.SignIn {
			return words.Refuse(words.Invalid, "wrong-old-password", "原来的密码不对。").At("old", "请输入现在用的密码。")
		}
		return err
	}
	return d.setPassword(ctx, who, who.ID, login, fresh, 0)
}

// at puts a refusal beside the field of the form that it is about.
func at(err error, field string) error {
	if r, ok := words.AsRefusal(err); ok && len(r.Fields) == 0 {
		return r.At(field, r.What, r.Args...)
	}
	return err
}

// Given is a new password, to be handed over. Of an administrator's nothing is given yet: it was asked for.
type Given struct {
	Login, Password string
	Asked           *Ask
}

// GivePassword gives the person a new password, which they must change at first use, and returns it to be handed over.
// Only a system administrator may; the owner is told, and a second factor on the account stays on. An administrator's is
// asked for, with the reason, where two must do it.
func (d *Desk) GivePassword(ctx context.Context, who actor.Actor, person, reason string) (g Given, err error) {
	if err := admin(who); err != nil {
		return g, err
	}
	if person == who.ID {
		return g, words.Refuse(words.Forbidden, "own-password", "自己的密码在“我的账号”里修改。")
	}
	if g.Login, err = actor.LoginOf(ctx, d.DB, person); err != nil {
		return g, noAccount()
	}
	if two, err := d.Administers(ctx, person); err != nil {
		return g, err
	} else if two && d.Eyes > 0 {
		a, err := d.ask(ctx, who, adminPassword, person, "", g.Login, nil, reason)
		g.Asked = &a
		return g, err
	}
	g.Password = actor.NewPassword()
	return g, d.setPassword(ctx, who, person, g.Login, g.Password, d.Now().UnixMilli())
}

// Administers reports whether the person keeps the system, its security or its audit today.
func (d *Desk) Administers(ctx context.Context, person string) (bool, error) {
	a, err := d.Staff(ctx, person)
	return a.HasAny(actor.Admin) || a.HasAny(actor.Security) || a.HasAny(actor.Audit), err
}

func noAccount() error {
	return words.Refuse(words.NotFound, "no-account", "这个人没有账号。").Try("请在花名册的“登录名”一栏写上登录名，再导入一次。")
}

func (d *Desk) setPassword(ctx context.Context, who actor.Actor, person, login, password string, given int64) error {
	hash, err := actor.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error { return d.putPassword(ctx, tx, who, person, login, hash, "", given) })
}

func (d *Desk) putPassword(ctx context.Context, tx *db.Tx, who actor.Actor, person, login, hash, detail string, given int64) error {
	if err := actor.SetPassword(ctx, tx, login, hash, given); err != nil {
		return err
	}
	what := "password"
	if given != 0 {
		what = "password-given"
	}
	if err := actor.Record(ctx, tx, who, what, person, detail, d.Now()); err != nil {
		return err
	}
	return actor.Tell(ctx, tx, person, what, "", d.Now())
}

// PutFactor puts a second factor on the actor's own account when the code shows that their app has the key, and returns
// the codes for paper. Where there is one already, a code of that one is asked too, so that an open screen is not enough.
func (d *Desk) PutFactor(ctx context.Context, who actor.Actor, secret, code, old, address string) ([]string, error) {
	if err := d.ownFactor(ctx, who, old, address); err != nil {
		return nil, err
	}
	spares, err := d.Gate.ConfirmFactor(ctx, who.ID, secret, code, d.Now())
	if err != nil {
		return nil, err
	}
	return spares, d.Record(ctx, who, "factor-on", who.ID, "")
}

// DropFactor takes the second factor off the actor's own account; it asks for one of its codes.
func (d *Desk) DropFactor(ctx context.Context, who actor.Actor, code, address string) error {
	if err := d.ownFactor(ctx, who, code, address); err != nil {
		return err
	}
	return d.dropFactor(ctx, who, who.ID, "factor-off")
}

func (d *Desk) ownFactor(ctx context.Context, who actor.Actor, code, address string) error {
	if who.Kind != actor.Staff {
		return signIn()
	}
	has, err := d.Gate.HasFactor(ctx, who.ID)
	if err != nil || !has {
		return err
	}
	return d.Gate.CheckFactor(ctx, who.ID, code, address, d.Now())
}

// ResetFactor takes the second factor off somebody's account who has lost the telephone and the paper. Only a security
// administrator may, and not of their own account; the owner is told. Where two must do it, it is asked for, with the
// reason: asked is not nil.
func (d *Desk) ResetFactor(ctx context.Context, who actor.Actor, person, reason string) (asked *Ask, err error) {
	if !who.HasAny(actor.Security) {
		return nil, words.Refuse(words.Forbidden, "not-a-security-administrator", "这一步须由安全管理员来做。")
	}
	if person == who.ID {
		return nil, words.Refuse(words.Forbidden, "own-factor", "自己账号的第二道验证，不能由自己解除。").Try("请由另一位安全管理员办理。")
	}
	if _, err := actor.GetPerson(ctx, d.DB, person); err != nil {
		return nil, words.Refuse(words.NotFound, "no-such-person", "没有这个人。")
	}
	if d.Eyes > 0 {
		a, err := d.ask(ctx, who, factorReset, person, "", "", nil, reason)
		return &a, err
	}
	return nil, d.dropFactor(ctx, who, person, "factor-reset")
}

func (d *Desk) dropFactor(ctx context.Context, who actor.Actor, person, what string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Record(ctx, tx, who, what, person, "", d.Now()); err != nil {
			return err
		}
		return d.Gate.DropFactor(ctx, tx, person, d.Now())
	})
}
