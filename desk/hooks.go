package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/derive/notify"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Hook is a webhook as the administrators of its body see it.
type Hook struct {
	notify.Hook
	notify.Tally
	Maker string // name of who made it
	Asked *Ask   // it waits for a second person
	Rests bool   // its maker keeps the system of this body no longer: nothing is sent until somebody makes another
}

// Sentence is one of the catalogue with what fills it in.
type Sentence struct {
	Text string
	Args []any
}

// Say is the sentence in the language.
func (s Sentence) Say(l words.Lang) string { return words.Say(l, s.Text, s.Args...) }

// HookMessage is one message that was not taken.
type HookMessage struct {
	notify.Message
	Why Sentence
}

// Notifier sends what the hooks are to hear; the program runs it beside the other followers.
func (d *Desk) Notifier(origin string, log *slog.Logger) *notify.Sender {
	return notify.New(notify.Sender{DB: d.DB, Matters: d.Matters, Key: d.hookKey, Origin: origin, Inside: d.HooksInside, Log: log})
}

// hookKey is the key of one turn of a hook. It is worked out from the installation's secret, so that no database and no
// backup of one holds a key.
func (d *Desk) hookKey(hook string, turn int) []byte {
	mac := hmac.New(sha256.New, d.secret)
	fmt.Fprintf(mac, "webhook\x00%s\x00%d", hook, turn)
	return mac.Sum(nil)
}

// Hooks are the webhooks of the bodies whose system the actor keeps.
func (d *Desk) Hooks(ctx context.Context, who actor.Actor) ([]Hook, error) {
	if err := admin(who); err != nil {
		return nil, err
	}
	if len(who.With(actor.Admin)) == 0 {
		return nil, nil
	}
	list, err := notify.Hooks(ctx, d.DB, who.With(actor.Admin)...)
	if err != nil {
		return nil, err
	}
	tallies, err := notify.Tallies(ctx, d.DB)
	if err != nil {
		return nil, err
	}
	var hooks []Hook
	for _, h := range list {
		_, ok, err := notify.Maker(ctx, d.DB, h, d.Now())
		if err != nil {
			return nil, err
		}
		hooks = append(hooks, Hook{Hook: h, Tally: tallies[h.ID], Maker: d.Offices.Name(h.Person), Rests: !ok && h.Ended.IsZero()})
	}
	return hooks, nil
}

// mostHooks of one body in use: each event is looked at once for each of them.
const mostHooks = 20

// MakeHook lets a program hear what the acting body has a part in, from now on. The secret with which its messages are
// signed is told this once. kinds are procedures; none is all. Where two must do it, it is asked for, with the reason, and
// nothing is sent before a second person agrees: h.Asked is not nil.
func (d *Desk) MakeHook(ctx context.Context, who actor.Actor, name, url string, kinds []string, reason string) (h Hook, secret string, err error) {
	if err := admin(who); err != nil {
		return h, "", err
	}
	name, url = strings.TrimSpace(name), strings.TrimSpace(url)
	if err := d.checkHook(ctx, d.DB, who, name, url, kinds); err != nil {
		return h, "", err
	}
	now := d.Now()
	h = Hook{Hook: notify.Hook{ID: matter.NewID(), Person: who.ID, Org: who.Acting, Name: name, URL: url, Kinds: kinds, Turned: now, Created: now}, Maker: who.Name}
	secret = notify.Secret(d.hookKey(h.ID, 0))
	if d.Eyes > 0 {
		a, err := d.ask(ctx, who, outsideHook, "", "", hookLine(h.Hook), h.Hook, reason)
		if err != nil {
			return h, "", err
		}
		var kept notify.Hook // of what was asked before and still waits
		if err := json.Unmarshal([]byte(a.said), &kept); err != nil {
			return h, "", fmt.Errorf("desk.MakeHook: %w", err)
		}
		h.Hook, h.Asked = kept, &a
		return h, notify.Secret(d.hookKey(kept.ID, 0)), nil
	}
	if err := d.DB.Write(ctx, func(tx *db.Tx) error { return d.putHook(ctx, tx, who, h.Hook, "") }); err != nil {
		return h, "", fmt.Errorf("desk.MakeHook: %w", err)
	}
	return h, secret, nil
}

func hookLine(h notify.Hook) string {
	return strings.Join(append([]string{h.Name, h.URL}, h.Kinds...), " · ")
}

func (d *Desk) putHook(ctx context.Context, tx *db.Tx, who actor.Actor, h notify.Hook, detail string) error {
	if err := actor.Record(ctx, tx, who, "webhook", "", strings.TrimSpace(h.Name+" "+detail), d.Now()); err != nil {
		return err
	}
	h.Turned, h.Created = d.Now(), d.Now()
	return notify.Put(ctx, tx, h)
}

func (d *Desk) checkHook(ctx context.Context, db db.Reader, who actor.Actor, name, url string, kinds []string) error {
	r := words.Refuse(words.Invalid, "bad-hook", "通知地址没有建立。")
	if name == "" || len([]rune(name)) > 60 {
		r.At("name", "请写明给谁用，不超过60字。")
	}
	if why := notify.CheckURL(url, d.HooksInside); why != "" {
		r.At("url", why)
	}
	for _, kind := range kinds {
		if !slices.ContainsFunc(d.Kinds(), func(k Kind) bool { return k.ID == kind }) {
			r.At("kinds", "没有“{kind}”这种事项。", "kind", kind)
		}
	}
	if !who.Has(who.Acting, actor.Admin) {
		r.At("name", "您在现在的单位不是系统管理员，请先换到那个单位。")
	}
	if len(r.Fields) > 0 {
		return r
	}
	own, err := notify.Hooks(ctx, db, who.Acting)
	if err != nil {
		return err
	}
	if len(slices.DeleteFunc(own, func(h notify.Hook) bool { return !h.Ended.IsZero() })) >= mostHooks {
		return words.Refuse(words.Closed, "too-many-hooks", "一个单位最多{n}个通知地址。", "n", mostHooks).Try("请先停用不再使用的。")
	}
	return nil
}

// Kind is a procedure that matters may be of.
type Kind struct{ ID, Title, En string }

// Kinds are the procedures in force today, but for those whose matters only their parties know: nobody else hears of them.
func (d *Desk) Kinds() []Kind {
	var list []Kind
	for _, p := range d.Book.Procedures() {
		if p.Private || p.From > d.Today() || p.To != "" && p.To < d.Today() || p.Profile != "" ||
			slices.ContainsFunc(list, func(k Kind) bool { return k.ID == p.ID }) {
			continue
		}
		list = append(list, Kind{p.ID, p.Title, p.En})
	}
	return list
}

// hook is one that the actor may keep; what is another body's does not exist for them.
func (d *Desk) hook(ctx context.Context, who actor.Actor, id string) (Hook, error) {
	list, err := d.Hooks(ctx, who)
	if err != nil {
		return Hook{}, err
	}
	i := slices.IndexFunc(list, func(h Hook) bool { return h.ID == id })
	if i < 0 {
		return Hook{}, words.Refuse(words.NotFound, "no-such-hook", "没有这个通知地址。")
	}
	return list[i], nil
}

// TurnHook changes the key. For a day messages carry both signatures, so that the receiver can be changed in between.
func (d *Desk) TurnHook(ctx context.Context, who actor.Actor, id string) (secret string, err error) {
	h, err := d.inUse(ctx, who, id)
	if err != nil {
		return "", err
	}
	h.Turn++
	h.Turned = d.Now()
	if err := d.DB.Write(ctx, func(tx *db.Tx) error { return notify.Put(ctx, tx, h.Hook) }); err != nil {
		return "", fmt.Errorf("desk.TurnHook: %w", err)
	}
	return notify.Secret(d.hookKey(h.ID, h.Turn)), nil
}

func (d *Desk) inUse(ctx context.Context, who actor.Actor, id string) (Hook, error) {
	h, err := d.hook(ctx, who, id)
	if err == nil && !h.Ended.IsZero() {
		err = words.Refuse(words.Closed, "hook-ended", "这个通知地址已经停用。").Try("需要的，请重新建立一个。")
	}
	return h, err
}

// EndHook ends one.
func (d *Desk) EndHook(ctx context.Context, who actor.Actor, id string) error {
	if _, err := d.inUse(ctx, who, id); err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error { return notify.End(ctx, tx, id, "", d.Now()) })
}

// TryHook sends a message that tells of nothing.
func (d *Desk) TryHook(ctx context.Context, who actor.Actor, id string) error {
	if _, err := d.inUse(ctx, who, id); err != nil {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error { return notify.Try(ctx, tx, id, d.Now()) })
}

// HookFailures are the messages of one hook that were not taken, a page of them, and the cursor of the next page. They
// name no matter: it may have been sealed since.
func (d *Desk) HookFailures(ctx context.Context, who actor.Actor, id, cursor string) (h Hook, list []HookMessage, next string, err error) {
	if h, err = d.hook(ctx, who, id); err != nil {
		return h, nil, "", err
	}
	const page = 50
	found, err := notify.Troubled(ctx, d.DB, id, cursor, page+1)
	if err != nil {
		return h, nil, "", err
	}
	if len(found) > page {
		found = found[:page]
		next = found[page-1].ID
	}
	for _, m := range found {
		list = append(list, HookMessage{m, whyFailed(m.Reason)})
	}
	return h, list, next, nil
}

// whyFailed says the reason of a failure.
func whyFailed(reason string) Sentence {
	if code, ok := strings.CutPrefix(reason, "answer "); ok {
		return Sentence{Text: "对方回答 {code}", Args: []any{"code", code}}
	}
	return Sentence{Text: map[string]string{"refused": "地址在内部网络里，没有发", "host": "找不到这个域名", "connect": "连不上", "time": "对方太久没有回答",
		"tls": "对方的证书不可信", "moved": "对方让转到别处，没有跟去"}[reason]}
}

// SendAgain puts what was given up back into the queue, one message or, where message is "", all of the hook.
func (d *Desk) SendAgain(ctx context.Context, who actor.Actor, id, message string) (n int, err error) {
	if _, err := d.inUse(ctx, who, id); err != nil {
		return 0, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = notify.Again(ctx, tx, id, message, d.Now())
		return err
	})
	if err == nil && n == 0 && message != "" {
		err = words.Refuse(words.NotFound, "no-such-message", "没有这条要重发的通知，可能已经发到了。")
	}
	return n, err
}
