package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/derive/notify"
	"jishi/people/actor"
	"jishi/people/actor/roster"
	"jishi/people/org"
	"jishi/work/matter"
)

// carry does what was asked, in the transaction of the second person's word, and checks it anew: the asker still holds the
// post, and what it is about stands as it stood. hash is an administrator's new password.
func (d *Desk) carry(ctx context.Context, tx *db.Tx, a Ask, second actor.Actor, hash string, now time.Time) error {
	who, err := actor.StaffOn(ctx, tx, a.Asker, d.Today())
	if err != nil {
		return err
	}
	who, ok := who.For(a.body)
	if !ok || a.Danger.ID != eraseIdentity && !who.HasAny(a.By) {
		return words.Refuse(words.Closed, "asker-left", "提出的人现在没有这项职责了。").Try("请由现任的人重新提出。")
	}
	switch a.Danger.ID {
	case factorReset:
		return d.carryFactor(ctx, tx, who, a.About, second.Name)
	case adminPassword:
		return d.carryPassword(ctx, tx, who, a.About, hash, second.Name)
	case adminPost:
		return d.carryPost(ctx, tx, who, a, second.Name)
	case outsideHook:
		return d.carryHook(ctx, tx, who, a, second.Name)
	case newCalendar:
		return d.carryYear(ctx, tx, who, a, second.Name)
	case eraseIdentity:
		var press Press
		if err := json.Unmarshal([]byte(a.said), &press); err != nil {
			return fmt.Errorf("desk.carry: %w", err)
		}
		_, err := d.Matters.Do(ctx, tx, a.Matter, press.Seq, matter.Press{Action: press.Action, With: press.With, Files: press.Files, By: who, At: now, Second: second.ID})
		return err
	}
	return fmt.Errorf("desk.carry: %s is nothing that anybody asks for", a.Danger.ID)
}

// carriedOut brings what is held in memory to what was done.
func (d *Desk) carriedOut(ctx context.Context, a Ask) error {
	switch a.Danger.ID {
	case adminPost:
		return d.Offices.Reload(ctx, d.DB, d.Today())
	case newCalendar:
		if err := d.LoadCalendar(ctx); err != nil {
			return err
		}
		_, err := d.Recalendar(ctx)
		return err
	case eraseIdentity:
		d.Live.stir()
	}
	return nil
}

func (d *Desk) carryFactor(ctx context.Context, tx *db.Tx, who actor.Actor, person, detail string) error {
	if has, err := actor.HasFactor(ctx, tx, person); err != nil || !has {
		if err == nil {
			err = words.Refuse(words.Closed, "no-factor", "这个账号现在没有第二道验证，不用解除。")
		}
		return err
	}
	if err := actor.Record(ctx, tx, who, "factor-reset", person, detail, d.Now()); err != nil {
		return err
	}
	return d.Gate.DropFactor(ctx, tx, person, d.Now())
}

func (d *Desk) carryPassword(ctx context.Context, tx *db.Tx, who actor.Actor, person, hash, detail string) error {
	login, err := actor.LoginOf(ctx, tx, person)
	if errors.Is(err, db.ErrNotFound) {
		return noAccount()
	}
	if err != nil || hash == "" { // only tried
		return err
	}
	return d.putPassword(ctx, tx, who, person, login, hash, detail, d.Now().UnixMilli())
}

// granted is a post of administration as a roster gave it.
type granted struct {
	roster.Grant
	Was string // the post as it stood when it was asked
}

func (d *Desk) carryPost(ctx context.Context, tx *db.Tx, who actor.Actor, a Ask, detail string) error {
	var g granted
	if err := json.Unmarshal([]byte(a.said), &g); err != nil {
		return fmt.Errorf("desk.carryPost: %w", err)
	}
	was, err := postAs(ctx, tx, g.Grant)
	if err != nil {
		return err
	}
	if was != g.Was {
		return words.Refuse(words.Closed, "post-changed", "提出以后，这个岗位已经变了。").Try("请按现在的情况重新导入、重新提出。")
	}
	held, err := actor.PostsOf(ctx, tx, g.Person.ID)
	if err != nil {
		return err
	}
	powers := slices.Clone(g.Post.Powers)
	for _, h := range held {
		if h.Post.ID != g.Post.ID && h.On(d.Today()) {
			powers = append(powers, h.Post.Powers...)
		}
	}
	if actor.Conflict(powers) {
		return words.Refuse(words.Closed, "three-administrators", "系统管理、安全管理、审计要由三个人分别担任，这个人已经担任了其中一项。")
	}
	if err := roster.Give(ctx, tx, g.Grant, d.Now()); err != nil {
		return err
	}
	if err := actor.Record(ctx, tx, who, "post-given", g.Person.ID, a.What+" · "+detail, d.Now()); err != nil {
		return err
	}
	return tx.Mark(ctx, org.Mark)
}

// postAs is how the post of a grant stands, "" where it does not.
func postAs(ctx context.Context, r db.Reader, g roster.Grant) (string, error) {
	held, err := actor.PostsOf(ctx, r, g.Person.ID)
	if err != nil {
		return "", err
	}
	for _, h := range held {
		if h.Post.ID == g.Post.ID {
			b, err := json.Marshal(h.Post)
			return string(b), err
		}
	}
	return "", nil
}

// keeps reports whether the powers are those of one of the three administrations.
func keeps(powers []actor.Power) bool {
	return slices.ContainsFunc(powers, func(p actor.Power) bool { return p == actor.Admin || p == actor.Security || p == actor.Audit })
}

// ImportRoster takes the good rows of a roster in, or only checks them where dry is set. A row that gives or changes a post
// of administration is asked for: a second person must agree. It refuses who is no system administrator.
func (d *Desk) ImportRoster(ctx context.Context, who actor.Actor, sheet io.Reader, dry bool, reason string) (roster.Result, []Ask, error) {
	if err := admin(who); err != nil {
		return roster.Result{}, nil, err
	}
	was := map[string]string{}
	hold := func(g roster.Grant) (bool, error) {
		before, err := postAs(ctx, d.DB, g)
		if err != nil || d.Eyes == 0 {
			return false, err
		}
		var old actor.Post
		if before != "" {
			if err := json.Unmarshal([]byte(before), &old); err != nil {
				return false, err
			}
		}
		same := old.Title == g.Post.Title && old.From == g.Post.From && old.To == g.Post.To && slices.Equal(old.Powers, g.Post.Powers)
		was[g.Post.ID] = before
		return !same && (keeps(g.Post.Powers) || keeps(old.Powers)), nil
	}
	result, err := roster.Import(ctx, d.DB, d.Places, sheet, dry, d.Now(), hold)
	if err != nil || dry {
		return result, nil, err
	}
	if err := d.Offices.Reload(ctx, d.DB, d.Today()); err != nil {
		return result, nil, err
	}
	if err := d.Record(ctx, who, "roster", "", strconv.Itoa(result.Good)); err != nil {
		return result, nil, err
	}
	var asks []Ask
	for _, g := range result.Held {
		a, err := d.ask(ctx, who, adminPost, g.Person.ID, "", grantLine(g), granted{g, was[g.Post.ID]}, reason)
		if r, ok := words.AsRefusal(err); ok {
			result.Faults = append(result.Faults, roster.Fault{Row: g.Row, Column: "权限", Text: r.What, Args: r.Args})
		} else if err != nil {
			return result, asks, err
		} else {
			asks = append(asks, a)
		}
	}
	return result, asks, nil
}

func grantLine(g roster.Grant) string {
	line := []string{g.Person.Name, g.Body, g.Post.Title}
	var powers []string
	for _, p := range g.Post.Powers {
		powers = append(powers, p.Title())
	}
	line = append(line, strings.Join(powers, "、"), string(g.Post.From)+"—"+string(g.Post.To))
	return strings.Join(line, " · ")
}

func (d *Desk) carryHook(ctx context.Context, tx *db.Tx, who actor.Actor, a Ask, detail string) error {
	var h notify.Hook
	if err := json.Unmarshal([]byte(a.said), &h); err != nil {
		return fmt.Errorf("desk.carryHook: %w", err)
	}
	if err := d.checkHook(ctx, tx, who, h.Name, h.URL, h.Kinds); err != nil {
		return err
	}
	return d.putHook(ctx, tx, who, h, detail)
}

// asYear is a calendar that waits, with how many were published when it was asked for.
type asYear struct {
	Text      string
	Published int
}

func (d *Desk) carryYear(ctx context.Context, tx *db.Tx, who actor.Actor, a Ask, detail string) error {
	var y asYear
	if err := json.Unmarshal([]byte(a.said), &y); err != nil {
		return fmt.Errorf("desk.carryYear: %w", err)
	}
	n, err := publishedYears(ctx, tx)
	if err != nil {
		return err
	}
	if n != y.Published {
		return words.Refuse(words.Closed, "calendar-changed", "提出以后，又公布了别的日历。").Try("请对照现在的日历，重新提出。")
	}
	return d.putYear(ctx, tx, who, y.Text, detail)
}

func publishedYears(ctx context.Context, r db.Reader) (n int, err error) {
	err = r.Row(ctx, `SELECT COUNT(*) FROM calendar_year`, nil, &n)
	return n, err
}

// askToErase asks for a second person where an officer pressed for an erasure; the matter stays as it is until then.
func (d *Desk) askToErase(ctx context.Context, who actor.Actor, id string, press Press) (*View, error) {
	v, err := d.Matter(ctx, who, id)
	if err != nil {
		return nil, err
	}
	ground := press.With["ground"]
	if o, ok := v.Procedure.Fields["ground"].Options[ground]; ok {
		ground = o.Title
	}
	if press.Seq == 0 {
		press.Seq = v.Seq
	}
	said := Press{Seq: press.Seq, Action: press.Action, With: press.With, Files: press.Files} // whom it names stays in the vault
	if _, err := d.ask(ctx, who, eraseIdentity, "", id, v.Number, said, ground); err != nil {
		return nil, err
	}
	return d.Matter(ctx, who, id)
}
