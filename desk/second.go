package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Danger is a kind of act that one person does not do alone.
type Danger struct {
	ID, Title, En string
	Why, WhyEn    string        // what one person could do with it
	By            actor.Power   // who asks
	Second        []actor.Power // one of which the second person has; of an erasure in the asker's own body
}

const (
	factorReset   = "factor-reset"
	adminPassword = "admin-password"
	adminPost     = "admin-post"
	outsideHook   = "webhook"
	newCalendar   = "calendar"
	eraseIdentity = "identity-erase"
)

// Dangers are all of them. Where the second person is not required to hold the same power, it is because another
// administration is the better witness, and because an office may have only one of each.
var Dangers = []Danger{
	{factorReset, "解除别人的第二道验证", "Take off somebody's second factor", "验证一解除，知道密码的人就能用这个账号办事。", "Once it is off, whoever knows the password can act with the account.",
		actor.Security, []actor.Power{actor.Security, actor.Admin}},
	{adminPassword, "给管理员一个新密码", "Give an administrator a new password", "拿着管理员的密码，可以替他做他能做的一切。", "Whoever holds an administrator's password can do all that they can.",
		actor.Admin, []actor.Power{actor.Admin, actor.Security}},
	{adminPost, "给出或者改变管理职责", "Give or change a post of administration", "一个人可以给自己再造一个管理员。", "One person could make another administrator for themselves.",
		actor.Admin, []actor.Power{actor.Admin, actor.Security}},
	{outsideHook, "向别的系统发通知", "Send messages to another system", "每走一步都发到外面，发错了地方收不回来。", "Each step is sent outside, and what went to the wrong place does not come back.",
		actor.Admin, []actor.Power{actor.Admin, actor.Security}},
	{newCalendar, "公布工作日历", "Publish a working calendar", "所有还在走的期限都会重新计算。", "Every limit that still runs is counted again.",
		actor.Admin, []actor.Power{actor.Admin, actor.Security}},
	{eraseIdentity, "删除身份", "Erase an identity", "删了就再也没有了。", "What is erased is gone for good.",
		actor.Handle, []actor.Power{actor.Head, actor.Handle}},
}

// DangerOf is the one of the ID.
func DangerOf(id string) Danger {
	i := slices.IndexFunc(Dangers, func(x Danger) bool { return x.ID == id })
	if i < 0 {
		return Danger{ID: id, Title: id, En: id}
	}
	return Dangers[i]
}

// How an Ask stands.
const (
	Waiting   = "waiting"
	Lapsed    = "lapsed" // nobody decided in time
	Agreed    = "agreed" // and done
	Refused   = "refused"
	Withdrawn = "withdrawn"
)

// Ask is a dangerous act that one person asked for, and what a second made of it.
type Ask struct {
	ID string
	Danger
	Asker, AskerName     string
	Body                 Body
	About, AboutName     string // the person concerned
	Matter, Number       string
	What, Reason         string
	At, Until            time.Time
	State                string
	Decider, DeciderName string
	Decided              time.Time
	Reply                string // the second person's reason
	May                  bool   // the reader may decide
	Own                  bool   // the reader asked
	Half                 string // for whoever asked for a password: their half of it, once it was agreed

	body, said string
}

// errSecond: a step was tried by one person alone that two must do.
var errSecond = errors.New("desk: a second person must agree")

// errRehearsed ends a transaction in which an act was only tried.
var errRehearsed = errors.New("desk: only tried")

const columnsOfAsk = `id, act, asked_by, body, about, matter, what, said, reason, at, until_at, state, decided_by, decided_at, why`

// ask keeps what somebody wants to do until a second person agrees. It refuses at once what could not be done, and where
// there is nobody who could agree. Asked again while it waits, it is the same one.
func (d *Desk) ask(ctx context.Context, who actor.Actor, act, about, in, what string, said any, reason string) (Ask, error) {
	b, err := json.Marshal(said)
	if err != nil {
		return Ask{}, fmt.Errorf("desk.ask: %w", err)
	}
	now := d.Now()
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n == 0 || n > 200 {
		return Ask{}, words.Refuse(words.Invalid, "ask-reason", "这件事要两个人办：请写明理由，第二个人看了才能决定。").At("reason", "写1到200字。")
	}
	a := Ask{ID: matter.NewID(), Danger: DangerOf(act), Asker: who.ID, body: who.Acting, About: about, Matter: in, What: what, said: string(b),
		Reason: d.bare(reason), At: now, Until: now.Add(d.Eyes), State: Waiting}
	if !d.someoneElse(a) {
		return Ask{}, d.nobodyElse(a)
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.carry(ctx, tx, a, who, "", now); err != nil {
			return err
		}
		return errRehearsed
	})
	if err != nil && !errors.Is(err, errRehearsed) {
		return Ask{}, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		var same string
		err := tx.Row(ctx, `SELECT id FROM second_ask WHERE act = $1 AND asked_by = $2 AND about = $3 AND matter = $4 AND what = $5 AND state = 'waiting' AND until_at > $6 ORDER BY id LIMIT 1`,
			[]any{act, a.Asker, about, in, what, now.UnixMilli()}, &same)
		if err == nil {
			a.ID = same
			return nil
		}
		if !errors.Is(err, db.ErrNotFound) {
			return err
		}
		err = tx.Put(ctx, `INSERT INTO second_ask (`+columnsOfAsk+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting', '', 0, '')`,
			a.ID, act, a.Asker, a.body, about, in, what, a.said, a.Reason, now.UnixMilli(), a.Until.UnixMilli())
		if err == nil {
			err = actor.Record(ctx, tx, who, "second-asked", about, a.Title, now)
		}
		if err == nil && about != "" {
			err = actor.Tell(ctx, tx, about, "second-asked", act, now)
		}
		return err
	})
	if err != nil {
		return Ask{}, fmt.Errorf("desk.ask %s: %w", act, err)
	}
	return d.Ask(ctx, who, a.ID)
}

// someoneElse: somebody holds a power today by which they could agree.
func (d *Desk) someoneElse(a Ask) bool {
	may := func(body string) bool {
		return slices.ContainsFunc(d.Offices.Staff(body), func(o Officer) bool {
			return o.ID != a.Asker && o.ID != a.About && slices.ContainsFunc(o.Powers, func(p actor.Power) bool { return slices.Contains(a.Second, p) })
		})
	}
	if a.Danger.ID == eraseIdentity {
		return may(a.body)
	}
	for _, o := range d.Offices.Tree().All() {
		if may(o.ID) {
			return true
		}
	}
	return false
}

func (d *Desk) nobodyElse(a Ask) error {
	r := words.Refuse(words.Closed, "no-second-person", "“{what}”要两个人办，现在没有第二个人可以同意。", "what", words.Two{ZH: a.Title, EN: a.En})
	if a.Danger.ID == eraseIdentity {
		return r.Try("请先给本单位再设一位经办人或者负责人；暂时可以写明理由封存。")
	}
	return r.Try("请在服务器上执行 jishi admin，再设一位系统管理员；确实只有一个人的，由运行服务器的人以 --eyes off 启动，操作记录照样写明是谁办的。")
}

// Ask is one, for whoever asked, whom it is about, who may decide it or who audits; NotFound for everybody else.
func (d *Desk) Ask(ctx context.Context, who actor.Actor, id string) (Ask, error) {
	list, _, err := d.asks(ctx, who, ` AND id = `, id, 1)
	if err != nil {
		return Ask{}, err
	}
	if len(list) == 0 {
		return Ask{}, words.Refuse(words.NotFound, "no-such-ask", "没有这件要两个人办的事，或者它不归您看。")
	}
	return list[0], nil
}

// asksPage is how many a page of them has.
const asksPage = 50

// Asks are those that the actor may see, the newest first; before is the Next of the page before.
func (d *Desk) Asks(ctx context.Context, who actor.Actor, before string) (list []Ask, next string, err error) {
	if who.Kind != actor.Staff {
		return nil, "", signIn()
	}
	more := ""
	if before != "" { // identifiers are ordered by time
		more = ` AND id < `
	}
	return d.asks(ctx, who, more, before, asksPage)
}

// asksOf are those about one matter that the actor was shown.
func (d *Desk) asksOf(ctx context.Context, who actor.Actor, in string) ([]Ask, error) {
	list, _, err := d.asks(ctx, who, ` AND matter = `, in, asksPage)
	return list, err
}

// WaitFor is how many wait for the actor's decision: those of Asks that they may decide, counted in one statement, for it
// stands on every page of an officer.
func (d *Desk) WaitFor(ctx context.Context, who actor.Actor) (n int, err error) {
	if who.Kind != actor.Staff {
		return 0, nil
	}
	q, theirs := &query{}, "FALSE"
	for _, x := range Dangers {
		switch {
		case x.ID == eraseIdentity:
			bodies := slices.Concat(who.With(actor.Head), who.With(actor.Handle))
			if len(bodies) > 0 {
				theirs += ` OR a.act = ` + q.arg(x.ID) + ` AND ` + q.in("a.body", bodies) + ` AND EXISTS (SELECT 1 FROM matter m WHERE m.id = a.matter AND ` + d.scope(q, who) + `)`
			}
		case slices.ContainsFunc(x.Second, who.HasAny):
			theirs += ` OR a.act = ` + q.arg(x.ID)
		}
	}
	if theirs == "FALSE" {
		return 0, nil
	}
	sql := `SELECT COUNT(*) FROM second_ask a WHERE a.state = 'waiting' AND a.until_at > ` + q.arg(d.Now().UnixMilli()) +
		` AND a.asked_by <> ` + q.arg(who.ID) + ` AND a.about <> ` + q.arg(who.ID) + ` AND (` + theirs + `)`
	if err := d.DB.Row(ctx, sql, q.args, &n); err != nil {
		return 0, fmt.Errorf("desk.WaitFor: %w", err)
	}
	return n, nil
}

// asks reads within the scope of the actor: what they asked, what is about them, what their powers let them decide or audit.
// next is where a full page ends, also when the reader may not see all that stands on it.
func (d *Desk) asks(ctx context.Context, who actor.Actor, more string, value any, limit int) (list []Ask, next string, err error) {
	if who.Kind != actor.Staff {
		return nil, "", nil
	}
	q := &query{}
	scope := `asked_by = ` + q.arg(who.ID) + ` OR about = ` + q.arg(who.ID)
	for _, x := range Dangers {
		if x.ID == eraseIdentity {
			bodies := slices.Concat(who.With(actor.Head), who.With(actor.Handle))
			if len(bodies) > 0 {
				scope += ` OR act = ` + q.arg(x.ID) + ` AND ` + q.in("body", bodies)
			}
		} else if who.HasAny(actor.Audit) || slices.ContainsFunc(x.Second, who.HasAny) {
			scope += ` OR act = ` + q.arg(x.ID)
		}
	}
	sql := `SELECT ` + columnsOfAsk + ` FROM second_ask WHERE (` + scope + `)`
	if more != "" {
		sql += more + q.arg(value)
	}
	err = d.DB.Each(ctx, sql+` ORDER BY id DESC LIMIT `+q.arg(limit), q.args, func(scan func(...any) error) error {
		a, err := scanAsk(scan)
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("desk.asks: %w", err)
	}
	if len(list) == limit {
		next = list[limit-1].ID
	}
	kept := list[:0]
	for _, a := range list {
		if ok, err := d.fillAsk(ctx, who, &a); err != nil {
			return nil, "", err
		} else if ok {
			kept = append(kept, a)
		}
	}
	return kept, next, nil
}

func scanAsk(scan func(...any) error) (a Ask, err error) {
	var act string
	var at, until, decided int64
	err = scan(&a.ID, &act, &a.Asker, &a.body, &a.About, &a.Matter, &a.What, &a.said, &a.Reason, &at, &until, &a.State, &a.Decider, &decided, &a.Reply)
	a.Danger, a.At, a.Until = DangerOf(act), time.UnixMilli(at), time.UnixMilli(until)
	if decided != 0 {
		a.Decided = time.UnixMilli(decided)
	}
	return a, err
}

// fillAsk fills in what the reader may know; ok is false where the matter is not theirs to see.
func (d *Desk) fillAsk(ctx context.Context, who actor.Actor, a *Ask) (ok bool, err error) {
	if a.Matter != "" {
		m, err := d.Matters.Load(ctx, d.DB, a.Matter)
		if err != nil || !d.Matters.Sees(who, m) {
			return false, err
		}
		a.Number = m.Number
	}
	if a.State == Waiting && !d.Now().Before(a.Until) {
		a.State = Lapsed
	}
	a.Body, a.AskerName, a.AboutName, a.DeciderName = d.Body(a.body), d.Offices.Name(a.Asker), d.Offices.Name(a.About), d.Offices.Name(a.Decider)
	a.Own = a.Asker == who.ID
	a.May = a.State == Waiting && mayDecide(who, *a) == nil
	if a.Own && a.State == Agreed && a.Danger.ID == adminPassword {
		a.Half = d.firstHalf(a.ID)
	}
	return true, nil
}

// mayDecide refuses whoever is not the second person: who asked, whom it is about, who holds no such power.
func mayDecide(who actor.Actor, a Ask) error {
	has := func(p actor.Power) bool { return who.HasAny(p) }
	if a.Danger.ID == eraseIdentity {
		has = func(p actor.Power) bool { return who.Has(a.body, p) }
	}
	switch {
	case who.ID == a.Asker:
		return words.Refuse(words.Forbidden, "own-ask", "自己提出的，要由另一个人决定。").Try("不办了的，可以撤回。")
	case who.ID == a.About:
		return words.Refuse(words.Forbidden, "ask-about-you", "这件事是关于您本人的，要由另一个人决定。")
	case who.Kind != actor.Staff || !slices.ContainsFunc(a.Second, has):
		return words.Refuse(words.Forbidden, "not-a-second-person", "这件事不由您的岗位决定。")
	}
	return nil
}

// Decide is the second person's word, with a reason. Where they agree, the act is done in the same transaction, checked
// anew against what stands now; what refuses it leaves the Ask waiting. half is, of an administrator's new password, the
// half that the second person hands over; the asker has the other.
func (d *Desk) Decide(ctx context.Context, who actor.Actor, id string, agree bool, why string) (a Ask, half string, err error) {
	if a, err = d.Ask(ctx, who, id); err != nil {
		return a, "", err
	}
	if err := mayDecide(who, a); err != nil {
		return a, "", err
	}
	if a.State != Waiting {
		return a, "", decided(a)
	}
	if why = strings.TrimSpace(why); why == "" || len([]rune(why)) > 200 {
		return a, "", words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("why", "请写一句为什么，最多200字。")
	}
	state, told, hash := Refused, "second-refused", ""
	if agree {
		state, told = Agreed, "second-agreed"
		if a.Danger.ID == adminPassword {
			half = actor.NewPassword()
			if hash, err = actor.HashPassword(ctx, d.firstHalf(a.ID)+"-"+half); err != nil {
				return a, "", err
			}
		}
	}
	now := d.Now()
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE second_ask SET state = $2, decided_by = $3, decided_at = $4, why = $5 WHERE id = $1 AND state = 'waiting' AND until_at > $4`,
			id, state, who.ID, now.UnixMilli(), d.bare(why))
		if err == nil && n == 0 {
			err = errPressed
		}
		if err == nil && agree {
			err = d.carry(ctx, tx, a, who, hash, now)
		}
		if err == nil {
			err = actor.Record(ctx, tx, who, told, a.About, a.Title, now)
		}
		for _, person := range []string{a.Asker, a.About} {
			if err == nil && person != "" {
				err = actor.Tell(ctx, tx, person, told, a.Danger.ID, now)
			}
		}
		return err
	})
	after, readErr := d.Ask(ctx, who, id)
	if errors.Is(err, errPressed) && readErr == nil {
		return after, "", decided(after)
	}
	if err != nil {
		return a, "", err
	}
	if agree {
		err = d.carriedOut(ctx, a)
	}
	return after, half, errors.Join(readErr, err)
}

// decided says how it ended.
func decided(a Ask) error {
	switch a.State {
	case Lapsed:
		return words.Refuse(words.Closed, "ask-lapsed", "到{at}没有人决定，已经失效。", "at", a.Until.In(calendar.Zone).Format("2006-01-02 15:04")).Try("还需要办的，请重新提出。")
	case Withdrawn:
		return words.Refuse(words.Closed, "ask-withdrawn", "{who}已经撤回了。", "who", a.AskerName)
	}
	return words.Refuse(words.Closed, "ask-decided", "{who}已于{at}作了决定。", "who", a.DeciderName, "at", a.Decided.In(calendar.Zone).Format("2006-01-02 15:04"))
}

// Withdraw takes back what the actor asked and nobody has decided.
func (d *Desk) Withdraw(ctx context.Context, who actor.Actor, id string) (Ask, error) {
	a, err := d.Ask(ctx, who, id)
	if err != nil {
		return a, err
	}
	if !a.Own {
		return a, words.Refuse(words.Forbidden, "not-your-ask", "只有提出的人可以撤回。")
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE second_ask SET state = 'withdrawn', decided_at = $2 WHERE id = $1 AND state = 'waiting' AND until_at > $2`, id, d.Now().UnixMilli())
		if err == nil && n == 0 {
			return errPressed
		}
		if err == nil {
			err = actor.Record(ctx, tx, who, "second-withdrawn", a.About, a.Title, d.Now())
		}
		return err
	})
	after, readErr := d.Ask(ctx, who, id)
	if errors.Is(err, errPressed) {
		return after, decided(after)
	}
	return after, errors.Join(err, readErr)
}

// firstHalf is the asker's half of a password that two hand over. It is worked out and kept nowhere.
func (d *Desk) firstHalf(id string) string {
	mac := hmac.New(sha256.New, d.secret)
	mac.Write([]byte("first-half\x00" + id))
	code := strings.ToLower(readable.EncodeToString(mac.Sum(nil)))
	return code[:5] + "-" + code[5:10]
}
