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
// whether the number exists or not. address is where the request comes from: guessing is slowed down, for the
// number and for the address; "" is the program itself, which just made the receipt.
func (d *Desk) Enter(ctx context.Context, number, code, address string, lang words.Lang) (actor.Actor, error) {
	number = strings.ToUpper(strings.TrimSpace(number))
	if address != "" {
		if err := d.Gate.Attempt(ctx, "query-code", number, address, d.Now()); err != nil {
			return actor.Actor{}, err
		}
	}
	var id, person string
	err := d.DB.Row(ctx, `SELECT matter, person FROM matter_entry WHERE code = $1`, []any{actor.HashCode(d.secret, number, code)}, &id, &person)
	if errors.Is(err, db.ErrNotFound) {
		return actor.Actor{}, words.Refuse(words.SignIn, "wrong-code", "编号或者查询码不对。").Try("请核对凭证上的编号和查询码；查询码是10位字母和数字。")
	}
	if err != nil {
		return actor.Actor{}, fmt.Errorf("desk.Enter: %w", err)
	}
	if address != "" {
		if err := d.Gate.Succeeded(ctx, "query-code", number, address); err != nil {
			return actor.Actor{}, err
		}
	}
	return actor.Actor{Kind: actor.Citizen, ID: "citizen", Matter: id, Person: person, Lang: lang}, nil
}

// own is the citizen who has proved that the telephone number is theirs: they may see all that it brought in.
func (d *Desk) own(ctx context.Context, phone string, lang words.Lang) (actor.Actor, error) {
	refs, err := d.Vault.FindPhone(ctx, d.DB, phone)
	if err != nil {
		return actor.Actor{}, fmt.Errorf("desk.own: %w", err)
	}
	if len(refs) == 0 {
		return actor.Actor{}, words.Refuse(words.NotFound, "nothing-filed", "这个号码没有提出过事项。").Try("如果用的是别的号码，请换那个号码；也可以用编号和查询码查询。")
	}
	return actor.Actor{Kind: actor.Citizen, ID: "citizen", Person: strings.Join(refs, " "), Lang: lang}, nil
}

// Look shows an officer who handles the matter the identity behind it, for a reason, and records that they
// looked. A citizen sees their own.
func (d *Desk) Look(ctx context.Context, who actor.Actor, id, reason string) (Identity, error) {
	return d.LookAt(ctx, who, id, "", reason)
}

// LookAt is Look at one of several who brought the matter in; entry "" is the first of them.
func (d *Desk) LookAt(ctx context.Context, who actor.Actor, id, entry, reason string) (Identity, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return Identity{}, err
	}
	ref := ownRef(who, m)
	for _, n := range m.Entries {
		if entry == n.ID && who.Kind == actor.Staff {
			ref = n.Person
		}
	}
	if ref == "" {
		return Identity{}, words.Refuse(words.NotFound, "anonymous", "这件事项是匿名提出的，没有留下身份。")
	}
	if who.Kind == actor.Citizen {
		reason = "本人查看"
	} else if !d.mayLook(who, m) {
		return Identity{}, notHandling()
	}
	return d.open(ctx, who, m, ref, reason)
}

func notHandling() error {
	return words.Refuse(words.Forbidden, "not-handling", "只有办理这件事项的单位可以因办理需要查看身份。").Under("信访工作条例第三十条第三款")
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
	look.Post = postOf(who)
	if who.Kind == actor.Staff {
		if err := d.Record(ctx, who, "identity-look", "", ""); err != nil {
			return Identity{}, err
		}
	}
	return d.Vault.Open(ctx, d.DB, ref, look)
}

// postOf is the title of the post in use.
func postOf(who actor.Actor) string {
	for _, p := range who.Posts {
		if p.Org == who.Acting {
			return p.Title
		}
	}
	return ""
}

// Looks tells a citizen who looked at their identity, when and why.
func (d *Desk) Looks(ctx context.Context, who actor.Actor, id string) ([]Look, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return nil, err
	}
	ref := ownRef(who, m)
	if ref == "" || who.Kind == actor.Staff && !d.mayLook(who, m) {
		return nil, nil
	}
	looks, err := d.Vault.Looks(ctx, d.DB, ref)
	if err != nil {
		return nil, fmt.Errorf("desk.Looks: %w", err)
	}
	var list []Look
	for _, l := range looks {
		if l.By == vault.Own { // their own reading is no news to them
			continue
		}
		list = append(list, Look{At: l.At, Body: d.Offices.Tree().Name(l.Body), Post: l.Post, Reason: l.Reason})
	}
	return list, nil
}
