package desk

import (
	"context"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
)

// ReceiptOf is the receipt that a filing with the token was given; NotFound when nothing was filed with it.
// Whoever holds the token filed it, so nobody else is asked.
func (d *Desk) ReceiptOf(ctx context.Context, token string) (Receipt, error) {
	r, err := d.again(ctx, token, "")
	if err == nil && r.ID == "" {
		err = words.Refuse(words.NotFound, "no-such-receipt", "没有用这个键提出过事项。")
	}
	return r, err
}

// Bearer is the actor behind a token sent with a request: an API token, or the token of a session.
func (d *Desk) Bearer(ctx context.Context, token string) (actor.Actor, error) {
	a, err := actor.ByToken(ctx, d.DB, token, d.Now())
	if r, ok := words.AsRefusal(err); !ok || r.Kind != words.SignIn {
		return a, err
	}
	if s, _, again := actor.Resume(ctx, d.DB, token, d.Now()); again == nil {
		return s, nil
	} else if r, ok := words.AsRefusal(again); !ok || r.Kind != words.SignIn {
		return actor.Actor{}, again
	}
	return actor.Actor{}, err
}

// IssueToken makes an API token of a member of staff, for the body in use, for some days. The token is told once.
func (d *Desk) IssueToken(ctx context.Context, who actor.Actor, name string, scopes []string, days int) (string, error) {
	if who.Kind != actor.Staff {
		return "", signIn()
	}
	token, now := actor.NewToken(), d.Now()
	until := now.Add(time.Duration(days) * 24 * time.Hour)
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Record(ctx, tx, who, "token", who.ID, strings.Join(scopes, " "), now); err != nil {
			return err
		}
		return actor.PutToken(ctx, tx, token, who, name, scopes, until, now)
	})
	return token, err
}

// OwnTokens are the actor's API tokens.
func (d *Desk) OwnTokens(ctx context.Context, who actor.Actor) ([]actor.Token, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	return actor.Tokens(ctx, d.DB, who.ID)
}

// EndToken revokes one of the actor's own API tokens; NotFound when there is none of that ID.
func (d *Desk) EndToken(ctx context.Context, who actor.Actor, id string) error {
	own, err := d.OwnTokens(ctx, who)
	if err != nil {
		return err
	}
	for _, t := range own {
		if t.ID == id {
			return d.DB.Write(ctx, func(tx *db.Tx) error {
				if err := actor.Record(ctx, tx, who, "token-ended", who.ID, "", d.Now()); err != nil {
					return err
				}
				return actor.RevokeToken(ctx, tx, who.ID, id)
			})
		}
	}
	return words.Refuse(words.NotFound, "no-such-token", "没有这个接口令牌。")
}

// Reckon is where a limit in the statute's own words ends that starts at the instant, step by step.
func (d *Desk) Reckon(start time.Time, limit string, rolls bool) (calendar.Due, []calendar.Step, error) {
	period, err := calendar.ParsePeriod(strings.TrimSpace(limit))
	if err != nil {
		return calendar.Due{}, nil, words.Refuse(words.Invalid, "bad-limit", "“{limit}”不是一个期限。", "limit", limit).
			Try("请写成15日、5个工作日、3个月、2小时、30分钟这样。")
	}
	rule := calendar.Rule{Period: period, Roll: rolls}
	return d.Calendar().Due(start, rule), d.Calendar().Explain(start, rule), nil
}
