package api

import (
	"context"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

// Hook is a webhook of a body whose system the caller keeps.
type Hook struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	URL     string     `json:"url"`
	Body    *Body      `json:"body,omitempty" doc:"通知它经手的事项"`
	Kinds   []string   `json:"kinds" doc:"只通知这些程序的事项；空的是全部"`
	Created time.Time  `json:"created"`
	Ended   *time.Time `json:"ended,omitempty"`
	Why     string     `json:"why,omitempty" enum:"gone" doc:"自己停用的原因：对方回答410"`
	Rests   bool       `json:"rests" doc:"登记的人已经不是这个单位的系统管理员，停着"`
	Waiting int        `json:"waiting"`
	Sent    int        `json:"sent" doc:"最近三十天"`
	Failed  int        `json:"failed" doc:"最近三十天放弃的"`
	Secret  string     `json:"secret,omitempty" doc:"签名密钥，只在建立或者更换时告诉一次"`
	Waits   *Ask       `json:"waits,omitempty" doc:"要等第二个人同意才发"`
}

// HookMessage is one message that was not taken.
type HookMessage struct {
	ID     string     `json:"id" doc:"webhook-id"`
	State  string     `json:"state" enum:"waiting,failed" doc:"还会再试，或者已经放弃"`
	Reason string     `json:"reason" doc:"为什么没有送到"`
	Tries  int        `json:"tries"`
	Last   time.Time  `json:"last"`
	Next   *time.Time `json:"next,omitempty"`
}

type hooksOutput struct{ Body []Hook }
type hookOutput struct{ Body Hook }

type hookInput struct {
	Body struct {
		Name   string   `json:"name" maxLength:"60" doc:"给谁用"`
		URL    string   `json:"url" maxLength:"500" doc:"以 https:// 开头"`
		Kinds  []string `json:"kinds,omitempty" maxItems:"50" doc:"程序的代号；不写的是全部"`
		Reason string   `json:"reason,omitempty" maxLength:"200" doc:"理由；要两个人办的系统里必须写，第二个人看了才能决定"`
	}
}

type hookID struct {
	Hook string `path:"hook" maxLength:"60"`
}

type messagesInput struct {
	Hook   string `path:"hook" maxLength:"60"`
	Cursor string `query:"cursor" maxLength:"80" doc:"上一页的 next"`
}

type messagesOutput struct {
	Body struct {
		Messages []HookMessage `json:"messages"`
		Next     string        `json:"next,omitempty"`
	}
}

type messageID struct {
	Hook    string `path:"hook" maxLength:"60"`
	Message string `path:"message" maxLength:"80" doc:"webhook-id；all 是放弃了的全部"`
}

type againOutput struct {
	Body struct {
		Queued int `json:"queued" doc:"放回队列的条数"`
	}
}

func (s *server) hooks() {
	op := operation{id: "webhooks", method: "GET", path: "/api/v1/webhooks", tag: "webhooks", summary: "本单位登记的通知地址", scope: "admin",
		who: "系统管理员，只看到自己管理的单位的。", refuses: "不是系统管理员的回答403。", pointer: func(f string) string { return "#/" + f }}
	add(s, op, s.ownHooks)
	op.id, op.method, op.status, op.errors = "make-webhook", "POST", 201, []int{409, 415, 422}
	op.summary, op.refuses = "登记一个通知地址", "网址不是 https 的、在内部网络里的、没有的程序，一一指出。"
	add(s, op, s.makeHook)
	op.refuses, op.status, op.errors = "别的单位的和不存在的，回答完全一样：没有找到。", 0, []int{404, 409}
	op.id, op.path, op.summary = "turn-webhook", "/api/v1/webhooks/{hook}/secret", "更换签名密钥；二十四小时内新旧两个签名都带"
	add(s, op, s.turnHook)
	op.id, op.path, op.summary, op.status = "try-webhook", "/api/v1/webhooks/{hook}/test", "发一条试验通知", 202
	add(s, op, s.tryHook)
	op.id, op.path, op.summary, op.status = "send-webhook-again", "/api/v1/webhooks/{hook}/failures/{message}", "把放弃了的放回队列再发", 202
	add(s, op, s.sendAgain)
	op.id, op.method, op.path, op.summary, op.status = "webhook-failures", "GET", "/api/v1/webhooks/{hook}/failures", "没有送到的通知", 0
	op.errors = []int{404}
	add(s, op, s.hookFailures)
	op.id, op.method, op.path, op.summary, op.status, op.errors = "end-webhook", "DELETE", "/api/v1/webhooks/{hook}", "停用一个通知地址", 204, []int{404, 409}
	add(s, op, s.endHook)
}

func (s *server) hookView(l words.Lang, h desk.Hook, secret string) Hook {
	return Hook{ID: h.ID, Name: h.Name, URL: h.URL, Body: body(l, s.desk.Body(h.Org)), Kinds: each(h.Kinds, func(k string) string { return k }), Created: here(h.Created),
		Ended: moment(h.Ended), Why: h.Why, Rests: h.Rests, Waiting: h.Waiting, Sent: h.Sent, Failed: h.Failed, Secret: secret}
}

func (s *server) ownHooks(ctx context.Context, c caller, _ *struct{}) (*hooksOutput, error) {
	list, err := s.desk.Hooks(ctx, c.Actor)
	return &hooksOutput{each(list, func(h desk.Hook) Hook { return s.hookView(c.Lang, h, "") })}, err
}

func (s *server) makeHook(ctx context.Context, c caller, in *hookInput) (*hookOutput, error) {
	h, secret, err := s.desk.MakeHook(ctx, c.Actor, in.Body.Name, in.Body.URL, in.Body.Kinds, in.Body.Reason)
	out := &hookOutput{s.hookView(c.Lang, h, secret)}
	if h.Asked != nil {
		out.Body.Waits = ask(c.Lang, *h.Asked)
	}
	return out, err
}

func (s *server) turnHook(ctx context.Context, c caller, in *hookID) (*hookOutput, error) {
	secret, err := s.desk.TurnHook(ctx, c.Actor, in.Hook)
	if err != nil {
		return nil, err
	}
	h, _, _, err := s.desk.HookFailures(ctx, c.Actor, in.Hook, "")
	return &hookOutput{s.hookView(c.Lang, h, secret)}, err
}

func (s *server) tryHook(ctx context.Context, c caller, in *hookID) (*struct{}, error) {
	return nil, s.desk.TryHook(ctx, c.Actor, in.Hook)
}

func (s *server) endHook(ctx context.Context, c caller, in *hookID) (*struct{}, error) {
	return nil, s.desk.EndHook(ctx, c.Actor, in.Hook)
}

func (s *server) sendAgain(ctx context.Context, c caller, in *messageID) (*againOutput, error) {
	if in.Message == "all" {
		in.Message = ""
	}
	n, err := s.desk.SendAgain(ctx, c.Actor, in.Hook, in.Message)
	out := &againOutput{}
	out.Body.Queued = n
	return out, err
}

func (s *server) hookFailures(ctx context.Context, c caller, in *messagesInput) (*messagesOutput, error) {
	_, list, next, err := s.desk.HookFailures(ctx, c.Actor, in.Hook, in.Cursor)
	out := &messagesOutput{}
	out.Body.Next = next
	out.Body.Messages = each(list, func(m desk.HookMessage) HookMessage {
		v := HookMessage{ID: m.ID, State: m.State, Reason: m.Why.Say(c.Lang), Tries: m.Tries, Last: here(m.Last)}
		if m.State == "waiting" {
			v.Next = moment(m.Due)
		}
		return v
	})
	return out, err
}
