package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Enter signs a citizen in by the number of the matter and its query code. A wrong pair is answered alike
// whether the number exists or not.
func (d *Desk) Enter(ctx context.Context, number, code string, lang words.Lang) (actor.Actor, error) {
	number = strings.ToUpper(strings.TrimSpace(number))
	code = strings.ToUpper(strings.Join(strings.Fields(code), ""))
	var id, person string
	err := d.DB.Row(ctx, `SELECT matter, person FROM matter_entry WHERE code = $1`, []any{codeHash(d.secret, number, code)}, &id, &person)
	if errors.Is(err, db.ErrNotFound) {
		return actor.Actor{}, words.Refuse(words.SignIn, "wrong-code", "编号或者查询码不对。").Try("请核对凭证上的编号和查询码；查询码是8位字母和数字。")
	}
	if err != nil {
		return actor.Actor{}, fmt.Errorf("desk.Enter: %w", err)
	}
	return actor.Actor{Kind: actor.Citizen, ID: "citizen", Matter: id, Person: person, Lang: lang}, nil
}

// Own are the references under which the phone number brought matters in: what a citizen signed in by a
// one-time code may see. The code itself is checked by actor.Store.
func (d *Desk) Own(ctx context.Context, phone string, lang words.Lang) ([]actor.Actor, error) {
	refs, err := d.Vault.FindPhone(ctx, d.DB, phone)
	if err != nil {
		return nil, fmt.Errorf("desk.Own: %w", err)
	}
	var list []actor.Actor
	for _, ref := range refs {
		list = append(list, actor.Actor{Kind: actor.Citizen, ID: "citizen", Person: ref, Lang: lang})
	}
	return list, nil
}

// Look shows an officer who handles the matter the identity behind it, for a reason, and records that they
// looked. A citizen sees their own.
func (d *Desk) Look(ctx context.Context, who actor.Actor, id, reason string) (Identity, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return Identity{}, err
	}
	if len(m.Entries) == 0 || m.Entries[0].Person == "" {
		return Identity{}, words.Refuse(words.NotFound, "anonymous", "这件事项是匿名提出的，没有留下身份。")
	}
	ref := m.Entries[0].Person
	if who.Kind == actor.Citizen {
		if ref, reason = who.Person, "本人查看"; ref == "" {
			return Identity{}, matter.NotFound()
		}
	} else if !d.mayLook(who, m) {
		return Identity{}, words.Refuse(words.Forbidden, "not-handling", "只有办理这件事项的单位可以因办理需要查看身份。").Under("信访工作条例第三十条第三款")
	}
	return d.open(ctx, who, m, ref, reason)
}

// mayLook: the body holds the matter, or took it in, or sent it.
func (d *Desk) mayLook(who actor.Actor, m *matter.Matter) bool {
	if d.Matters.Holder(m) != "" && who.In(d.Matters.Holder(m)) {
		return true
	}
	for _, relation := range []string{"receiver", "sender", "handler", "reviewer", "rereviewer", "discipline"} {
		if body := m.Org(relation); body != "" && who.In(body) {
			return true
		}
	}
	return false
}

func (d *Desk) open(ctx context.Context, who actor.Actor, m *matter.Matter, ref, reason string) (Identity, error) {
	look := vault.Look{By: who.ID, Body: who.Acting, Matter: m.ID, Reason: strings.TrimSpace(reason), At: d.Now()}
	for _, p := range who.Posts {
		if p.Org == who.Acting {
			look.Post = p.Title
		}
	}
	return d.Vault.Open(ctx, d.DB, ref, look)
}

// Looks tells a citizen who looked at their identity, when and why.
func (d *Desk) Looks(ctx context.Context, who actor.Actor, id string) ([]Look, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return nil, err
	}
	ref := who.Person
	if who.Kind == actor.Staff && len(m.Entries) > 0 && d.mayLook(who, m) {
		ref = m.Entries[0].Person
	}
	if ref == "" {
		return nil, nil
	}
	looks, err := d.Vault.Looks(ctx, d.DB, ref)
	if err != nil {
		return nil, fmt.Errorf("desk.Looks: %w", err)
	}
	var list []Look
	for _, l := range looks {
		if l.By == "citizen" { // their own reading is no news to them
			continue
		}
		list = append(list, Look{At: l.At, Body: d.Offices.Tree().Name(l.Body), Post: l.Post, Reason: l.Reason})
	}
	return list, nil
}
