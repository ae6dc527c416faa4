package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

// Person is a member of staff.
type Person struct {
	ID   string
	Name string
	Lang words.Lang
}

const upsertPerson = `INSERT INTO person (id, name, lang) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, lang = excluded.lang`

// PutPerson adds a person or changes what is stored of them.
func PutPerson(ctx context.Context, tx *db.Tx, p Person) error {
	p.Name = strings.TrimSpace(p.Name)
	if p.ID == "" || p.Name == "" || len(p.Name) > 150 || !utf8.ValidString(p.Name) {
		return words.Refuse(words.Invalid, "bad-person", "请填写姓名，不超过五十字。")
	}
	if p.Lang == "" {
		p.Lang = words.ZH
	}
	if _, err := tx.Exec(ctx, upsertPerson, p.ID, p.Name, p.Lang); err != nil {
		return fmt.Errorf("actor: put person: %w", err)
	}
	return nil
}

const selectPerson = `SELECT name, lang FROM person WHERE id = $1`

// GetPerson is the person; db.ErrNotFound when there is none.
func GetPerson(ctx context.Context, r db.Reader, id string) (Person, error) {
	p := Person{ID: id}
	var lang string
	if err := r.Row(ctx, selectPerson, []any{id}, &p.Name, &lang); err != nil {
		return Person{}, fmt.Errorf("actor: person: %w", err)
	}
	p.Lang = words.Lang(lang)
	return p, nil
}

const upsertPost = `INSERT INTO post (id, person, org, title, powers, from_day, to_day) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, powers = excluded.powers,
from_day = excluded.from_day, to_day = excluded.to_day`

// PutPost gives a person a post or changes its title, powers and time. To move somebody, end the post
// and give another: what they did stays with the body in which they did it.
func PutPost(ctx context.Context, tx *db.Tx, person string, p Post) error {
	r := words.Refuse(words.Invalid, "bad-post", "岗位资料有误，没有保存。")
	if len(p.Powers) == 0 {
		r.At("powers", "请至少选择一项权限。")
	}
	for _, power := range p.Powers {
		if power.Title() == "" {
			r.At("powers", "“{power}”不是权限：请从列表中选择。", "power", string(power))
		}
	}
	if p.To != "" && p.To < p.From {
		r.At("to", "止日早于起日：请核对日期。")
	}
	if Conflict(p.Powers) {
		r.At("powers", "系统管理、安全管理、审计三项权限不能由同一岗位兼有。")
	}
	if len(r.Fields) > 0 {
		return r
	}
	if _, err := tx.Exec(ctx, upsertPost, p.ID, person, p.Org, p.Title, joinPowers(p.Powers), p.From, p.To); err != nil {
		return fmt.Errorf("actor: put post: %w", err)
	}
	return nil
}

// Conflict reports whether a post joins two of the three administrations that must watch each other
// (GB/T 22239—2019, third grade: system, security and audit administrators are different people).
func Conflict(powers []Power) bool {
	n := 0
	for _, p := range []Power{Admin, Security, Audit} {
		if slices.Contains(powers, p) {
			n++
		}
	}
	return n > 1
}

func joinPowers(powers []Power) string {
	s := " "
	for _, p := range powers {
		s += string(p) + " "
	}
	return s
}

func splitPowers(s string) []Power {
	var powers []Power
	for _, p := range strings.Fields(s) {
		powers = append(powers, Power(p))
	}
	return powers
}

const endPost = `UPDATE post SET to_day = $2 WHERE id = $1 AND (to_day = '' OR to_day > $2)`

// EndPost makes last the post's last day; an earlier end stands.
func EndPost(ctx context.Context, tx *db.Tx, id string, last calendar.Day) error {
	if _, err := tx.Exec(ctx, endPost, id, last); err != nil {
		return fmt.Errorf("actor: end post: %w", err)
	}
	return nil
}

// Held is a post with the person who holds it.
type Held struct {
	Post
	Person, Name string
	Lang         words.Lang // of the person
}

const selectHeld = `SELECT p.id, p.org, p.title, p.powers, p.from_day, p.to_day, p.person, s.name, s.lang
FROM post p JOIN person s ON s.id = p.person`

func held(ctx context.Context, r db.Reader, sql string, args ...any) (list []Held, err error) {
	err = r.Each(ctx, sql, args, func(scan func(dest ...any) error) error {
		var h Held
		var powers, from, to string
		err := scan(&h.ID, &h.Org, &h.Title, &powers, &from, &to, &h.Person, &h.Name, &h.Lang)
		h.Powers, h.From, h.To = splitPowers(powers), calendar.Day(from), calendar.Day(to)
		list = append(list, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("actor: posts: %w", err)
	}
	return list, nil
}

const (
	postsOf = selectHeld + ` WHERE p.person = $1 ORDER BY p.id`
	postsIn = selectHeld + ` WHERE p.org = $1 ORDER BY p.id`
	posts   = selectHeld + ` ORDER BY p.org, p.id`
)

// PostsOf are all posts a person holds, held and will hold.
func PostsOf(ctx context.Context, r db.Reader, person string) ([]Held, error) {
	return held(ctx, r, postsOf, person)
}

// PostsIn are all posts of a body, past and future ones too.
func PostsIn(ctx context.Context, r db.Reader, org string) ([]Held, error) {
	return held(ctx, r, postsIn, org)
}

// AllPosts are all posts of all bodies.
func AllPosts(ctx context.Context, r db.Reader) ([]Held, error) { return held(ctx, r, posts) }

// StaffOn is the person as an actor on the day: the posts held then, the first of them in use.
func StaffOn(ctx context.Context, r db.Reader, person string, day calendar.Day) (Actor, error) {
	list, err := PostsOf(ctx, r, person)
	if err != nil {
		return Actor{}, err
	}
	a := Actor{Kind: Staff, ID: person}
	if len(list) > 0 {
		a.Name, a.Lang = list[0].Name, list[0].Lang
	} else {
		p, err := GetPerson(ctx, r, person)
		if err != nil {
			return Actor{}, err
		}
		a.Name, a.Lang = p.Name, p.Lang
	}
	for _, h := range list {
		if h.On(day) {
			a.Posts = append(a.Posts, h.Post)
		}
	}
	if len(a.Posts) > 0 {
		a.Acting = a.Posts[0].Org
	}
	return a, nil
}

// Account is the means by which a person signs in.
type Account struct {
	Login    string
	Person   string
	Password bool  // false: through the identity provider only
	Closed   int64 // ms, 0 is open
	Given    int64 // ms when an administrator gave the password, 0 when the owner chose it
}

const insertAccount = `INSERT INTO account (login, person, password, created_at, closed_at) VALUES ($1, $2, '', $3, 0)`

// PutAccount opens an account without a password. Logins are compared in small letters.
func PutAccount(ctx context.Context, tx *db.Tx, login, person string, now int64) error {
	login = PlainLogin(login)
	if login == "" {
		return words.Refuse(words.Invalid, "bad-login", "登录名为二至六十四个字母、数字、汉字或 . _ - @，请改正。")
	}
	if _, err := tx.Exec(ctx, insertAccount, login, person, now); err != nil {
		if errors.Is(err, db.ErrExists) {
			return words.Refuse(words.Invalid, "login-taken", "登录名“{login}”已经有人使用，或此人已有账号。", "login", login).Try("请换一个登录名。")
		}
		return fmt.Errorf("actor: put account: %w", err)
	}
	return nil
}

// PlainLogin is the login as it is stored and compared, "" when it cannot be one.
func PlainLogin(login string) string {
	login = strings.ToLower(strings.TrimSpace(login))
	if n := utf8.RuneCountInString(login); n < 2 || n > 64 || !utf8.ValidString(login) {
		return ""
	}
	for _, r := range login {
		ok := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0x3400 && r <= 0x9fff || strings.ContainsRune("._-@", r)
		if !ok {
			return ""
		}
	}
	return login
}

// CheckNewPassword refuses a password that is too short, too long or too plain.
func CheckNewPassword(login, password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < 10 || len(password) > 256 || !utf8.ValidString(password):
		return words.Refuse(words.Invalid, "bad-password", "密码须为十个字符以上、二百五十六字节以内。").Try("可以用几个不相干的词连成一句。")
	case strings.Contains(strings.ToLower(password), PlainLogin(login)), distinct(password) < 5:
		return words.Refuse(words.Invalid, "plain-password", "密码过于简单，或包含登录名。").Try("可以用几个不相干的词连成一句。")
	}
	return nil
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

const (
	updatePassword = `UPDATE account SET password = $2, given_at = $3 WHERE login = $1`
	closeAccount   = `UPDATE account SET closed_at = $2 WHERE login = $1`
	selectAccount  = `SELECT person, password, closed_at, given_at FROM account WHERE login = $1`
	selectLogin    = `SELECT login FROM account WHERE person = $1 AND closed_at = 0`
	deleteSessions = `DELETE FROM session WHERE kind = 'staff' AND person = (SELECT person FROM account WHERE login = $1)`
	deleteTokens   = `DELETE FROM api_token WHERE person = (SELECT person FROM account WHERE login = $1)`
)

// SetPassword stores the hash that HashPassword made and ends the person's sessions: whoever signed in with
// the old password is out. given is when an administrator gave it, 0 when its owner chose it.
func SetPassword(ctx context.Context, tx *db.Tx, login, hash string, given int64) error {
	n, err := tx.Exec(ctx, updatePassword, PlainLogin(login), hash, given)
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	if err == nil {
		_, err = tx.Exec(ctx, deleteSessions, PlainLogin(login))
	}
	if err != nil {
		return fmt.Errorf("actor: set password: %w", err)
	}
	return nil
}

// CloseAccount ends the account with all its sessions and tokens; now 0 opens it again.
func CloseAccount(ctx context.Context, tx *db.Tx, login string, now int64) error {
	for _, step := range []struct {
		sql  string
		args []any
	}{{closeAccount, []any{PlainLogin(login), now}}, {deleteSessions, []any{PlainLogin(login)}}, {deleteTokens, []any{PlainLogin(login)}}} {
		if _, err := tx.Exec(ctx, step.sql, step.args...); err != nil {
			return fmt.Errorf("actor: close account: %w", err)
		}
	}
	return nil
}

// LoginOf is the login of the person's open account; db.ErrNotFound when there is none.
func LoginOf(ctx context.Context, r db.Reader, person string) (login string, err error) {
	if err := r.Row(ctx, selectLogin, []any{person}, &login); err != nil {
		return "", fmt.Errorf("actor: login: %w", err)
	}
	return login, nil
}

// GetAccount is the account; db.ErrNotFound when there is none.
func GetAccount(ctx context.Context, r db.Reader, login string) (Account, error) {
	a := Account{Login: PlainLogin(login)}
	var password string
	if err := r.Row(ctx, selectAccount, []any{a.Login}, &a.Person, &password, &a.Closed, &a.Given); err != nil {
		return Account{}, fmt.Errorf("actor: account: %w", err)
	}
	a.Password = password != ""
	return a, nil
}
