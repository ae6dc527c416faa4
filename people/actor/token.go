package actor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

// Token is an API token as its owner sees it; the token itself was shown once.
type Token struct {
	ID      string
	Name    string
	Org     string
	Scopes  []string
	Created time.Time
	Expires time.Time
}

// TokenLife is the longest a token may live.
const TokenLife = 366 * 24 * time.Hour

const insertToken = `INSERT INTO api_token (hash, id, person, org, name, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// PutToken stores a token that NewToken made for the member of staff a, acting for the body in use. A token
// never may more than its maker: an actor who came by a token cannot make one with further scopes.
func PutToken(ctx context.Context, tx *db.Tx, token string, a Actor, name string, scopes []string, expires, now time.Time) error {
	if a.Kind != Staff {
		return words.Refuse(words.Forbidden, "token-staff-only", "只有工作人员可以建立接口令牌。")
	}
	r := words.Refuse(words.Invalid, "bad-token", "接口令牌没有建立。")
	if name = strings.TrimSpace(name); name == "" || len(name) > 200 {
		r.At("name", "请写明令牌的用途。")
	}
	if len(scopes) == 0 {
		r.At("scopes", "请至少选择一个范围。")
	}
	if !expires.After(now) || expires.After(now.Add(TokenLife)) {
		r.At("expires", "有效期须在今后一年以内。")
	}
	for _, s := range scopes {
		if !a.Allows(s) || s == "" || strings.ContainsAny(s, " \x00") {
			r.At("scopes", "范围“{scope}”超出了您自己的范围。", "scope", s)
		}
	}
	if len(r.Fields) > 0 {
		return r
	}
	return run(ctx, tx, "put token", insertToken, digest(token), rand.Text(), a.ID, a.Acting, name,
		strings.Join(scopes, " "), now.UnixMilli(), expires.UnixMilli())
}

const selectToken = `SELECT t.person, t.org, t.scopes FROM api_token t JOIN account c ON c.person = t.person
WHERE t.hash = $1 AND t.expires_at > $2 AND c.closed_at = 0`

// ByToken is the actor behind an API token: its owner, with the posts of today, within the token's scopes.
func ByToken(ctx context.Context, r db.Reader, token string, now time.Time) (Actor, error) {
	var person, org, scopes string
	err := r.Row(ctx, selectToken, []any{digest(token), now.UnixMilli()}, &person, &org, &scopes)
	if errors.Is(err, db.ErrNotFound) {
		return Actor{}, words.Refuse(words.SignIn, "bad-api-token", "接口令牌无效、已过期或已撤销。").Try("请在“我的账号”中重新建立。")
	}
	if err != nil {
		return Actor{}, fmt.Errorf("actor: token: %w", err)
	}
	a, err := StaffOn(ctx, r, person, calendar.DayOf(now))
	if err != nil {
		return Actor{}, err
	}
	// The token was made for one body; posts elsewhere are not lent with it.
	a.Posts = slices.DeleteFunc(a.Posts, func(p Post) bool { return p.Org != org })
	a.Acting = ""
	if len(a.Posts) > 0 {
		a.Acting = org
	}
	a.Scopes = append([]string{}, strings.Fields(scopes)...) // never nil: nil would be no limit
	return a, nil
}

const (
	selectTokens = `SELECT id, name, org, scopes, created_at, expires_at FROM api_token WHERE person = $1 ORDER BY created_at DESC`
	deleteToken  = `DELETE FROM api_token WHERE id = $1 AND person = $2`
)

// Tokens are the person's API tokens, newest first.
func Tokens(ctx context.Context, r db.Reader, person string) (list []Token, err error) {
	err = r.Each(ctx, selectTokens, []any{person}, func(scan func(dest ...any) error) error {
		var t Token
		var scopes string
		var created, expires int64
		err := scan(&t.ID, &t.Name, &t.Org, &scopes, &created, &expires)
		t.Scopes, t.Created, t.Expires = strings.Fields(scopes), time.UnixMilli(created), time.UnixMilli(expires)
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("actor: tokens: %w", err)
	}
	return list, nil
}

// RevokeToken ends one of the person's own tokens.
func RevokeToken(ctx context.Context, tx *db.Tx, person, id string) error {
	return run(ctx, tx, "revoke token", deleteToken, id, person)
}
