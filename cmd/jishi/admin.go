package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/work/matter"
)

// firstBody is the body in which the first administrator holds a post while there is no other.
const firstBody = "administration"

// adminCommand makes an administrator on an empty system, or gives an administrator a new password. The
// password comes from JISHI_PASSWORD; without it one is made and printed once.
func adminCommand(args []string, stdout, stderr io.Writer) int {
	var names []string
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		names, args = append(names, args[0]), args[1:]
	}
	c, fs, err := settings("admin", args, stderr)
	if err != nil {
		return told(stderr, err)
	}
	if names = append(names, fs.Args()...); len(names) != 2 {
		return told(stderr, fmt.Errorf("give the login and the name: jishi admin wang.fang 王芳 --data DIR"))
	}
	ctx := context.Background()
	s, err := open(ctx, c, newLog(stderr), time.Now)
	if err != nil {
		return told(stderr, err)
	}
	defer s.close()
	password, made := os.Getenv("JISHI_PASSWORD"), false
	if password == "" {
		password, made = actor.NewPassword(), true
	}
	if err := s.administrator(ctx, names[0], names[1], password); err != nil {
		return told(stderr, plain(err))
	}
	w := bufio.NewWriter(stdout)
	fmt.Fprintf(w, "%s is an administrator now, and signs in as %s\n", names[1], actor.PlainLogin(names[0]))
	if made {
		fmt.Fprintf(w, "password: %s\nIt is shown only here. Sign in and import the bodies and posts of the office.\n", password)
	}
	return told(stderr, w.Flush())
}

// administrator makes the account with its post, or sets a new password where the person has both.
func (s *system) administrator(ctx context.Context, login, name, password string) error {
	if err := actor.CheckNewPassword(login, password); err != nil {
		return err
	}
	hash, err := actor.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	now := time.Now()
	have, err := actor.GetAccount(ctx, s.db, login)
	if err == nil {
		return s.newPassword(ctx, have, hash, now)
	}
	if !errors.Is(err, db.ErrNotFound) {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		body, err := bodyForAdministrator(ctx, tx, now)
		if err != nil {
			return err
		}
		person := matter.NewID()
		if err := actor.PutPerson(ctx, tx, actor.Person{ID: person, Name: name, Lang: words.ZH}); err != nil {
			return err
		}
		post := actor.Post{ID: matter.NewID(), Org: body, Title: "系统管理员", Powers: []actor.Power{actor.Admin}, From: calendar.DayOf(now)}
		if err := actor.PutPost(ctx, tx, person, post); err != nil {
			return err
		}
		if err := actor.PutAccount(ctx, tx, login, person, now.UnixMilli()); err != nil {
			return err
		}
		if err := actor.Record(ctx, tx, actor.Program("command"), "admin-made", person, "", now); err != nil {
			return err
		}
		return actor.SetPassword(ctx, tx, login, hash, 0)
	})
}

// newPassword is for an administrator who forgot it. Nobody else's is set here: an officer's password is the
// business of the administrator's page, which records it.
func (s *system) newPassword(ctx context.Context, have actor.Account, hash string, now time.Time) error {
	who, err := actor.StaffOn(ctx, s.db, have.Person, calendar.DayOf(now))
	if err != nil {
		return err
	}
	if !who.HasAny(actor.Admin) {
		return fmt.Errorf("%s is somebody's login already, and no administrator's: choose another", have.Login)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := actor.Record(ctx, tx, actor.Program("command"), "password", have.Person, "", now); err != nil {
			return err
		}
		return actor.SetPassword(ctx, tx, have.Login, hash, 0)
	})
}

// bodyForAdministrator is the body that holds the post: the one made for it before, or a new one.
func bodyForAdministrator(ctx context.Context, tx *db.Tx, now time.Time) (string, error) {
	var n int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM org WHERE id = $1`, []any{firstBody}, &n)
	if err != nil || n > 0 {
		return firstBody, err
	}
	return firstBody, org.Put(ctx, tx, org.Org{ID: firstBody, Name: "系统管理办公室", En: "System administration", Kind: org.Other,
		Level: org.National, From: calendar.DayOf(now)})
}

// plain is a refusal in English with its fields, for a terminal.
func plain(err error) error {
	var r *words.Refusal
	if !errors.As(err, &r) {
		return err
	}
	said := []string{r.Say(words.EN)}
	for _, f := range r.Fields {
		said = append(said, words.Say(words.EN, f.Text, f.Args...))
	}
	return errors.New(strings.Join(said, " "))
}
