package desk

import (
	"context"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
)

// SignIn lets a member of staff in by password. address is where the request comes from: too many failures
// slow it down, and an account that is tried from many places.
func (d *Desk) SignIn(ctx context.Context, login, password, address string) (actor.Actor, error) {
	a, err := d.Gate.SignIn(ctx, login, password, address, d.Now())
	if r, ok := words.AsRefusal(err); ok && r.Code == "wrong-password" {
		// Only of accounts that exist: what else was typed might be a password in the wrong field.
		if have, err := actor.GetAccount(ctx, d.DB, login); err == nil {
			if err := d.Record(ctx, actor.Nobody(words.ZH), "sign-in-refused", have.Person, ""); err != nil {
				return actor.Actor{}, err
			}
		}
	}
	return a, err
}

// AskCode sends a one-time code to a citizen's telephone. Whether the number ever filed anything is not told.
func (d *Desk) AskCode(ctx context.Context, phone string) error {
	if fault := vault.CheckPhone("phone", phone); fault != nil {
		return words.Refuse(words.Invalid, "phone", "手机号码不对。").At(fault.Field, fault.Text, fault.Args...)
	}
	phone = vault.NormalPhone(phone)
	code, err := d.Gate.NewCode(ctx, "follow", phone, d.Now())
	if err != nil {
		return err
	}
	if d.Channel == nil {
		return words.Refuse(words.Unavailable, "no-channel", "这里还没有开通短信。").Try("请用编号和查询码查询。")
	}
	return d.Channel.Send(ctx, phone, words.Say(words.ZH, "您的查询验证码是{code}，10分钟内有效，请勿告诉他人。", "code", code))
}

// UseCode lets a citizen in by the code that was sent, to all that their number brought in.
func (d *Desk) UseCode(ctx context.Context, phone, code string, lang words.Lang) (actor.Actor, error) {
	phone = vault.NormalPhone(phone)
	if err := d.Gate.UseCode(ctx, "follow", phone, code, d.Now()); err != nil {
		return actor.Actor{}, err
	}
	return d.own(ctx, phone, lang)
}
