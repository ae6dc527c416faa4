package api

import (
	"context"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

// Ask is a dangerous act that one person asked for and a second decides.
type Ask struct {
	ID      string     `json:"id"`
	Act     string     `json:"act" enum:"factor-reset,admin-password,admin-post,webhook,calendar,identity-erase"`
	Title   string     `json:"title"`
	State   string     `json:"state" enum:"waiting,lapsed,agreed,refused,withdrawn" doc:"lapsed：没有人按时决定，失效了；agreed：同意，已经办了"`
	Asker   string     `json:"asker"`
	Body    *Body      `json:"body,omitempty"`
	About   string     `json:"about,omitempty" doc:"关于谁"`
	Matter  string     `json:"matter,omitempty"`
	What    string     `json:"what,omitempty" doc:"具体内容"`
	Reason  string     `json:"reason"`
	At      time.Time  `json:"at"`
	Until   time.Time  `json:"until" doc:"到这时没有人决定就失效；是设置，不是法律规定"`
	Decider string     `json:"decider,omitempty"`
	Decided *time.Time `json:"decided,omitempty"`
	Why     string     `json:"why,omitempty" doc:"第二个人的理由"`
	May     bool       `json:"may" doc:"您可以决定"`
	Half    string     `json:"half,omitempty" doc:"管理员新密码的一半：提出的人前一半，同意的人后一半，中间一个减号"`
}

type asksInput struct {
	Before string `query:"before" maxLength:"60" doc:"上一页的 next"`
}

type asksOutput struct {
	Body struct {
		Rows []Ask  `json:"rows"`
		Next string `json:"next,omitempty"`
	}
}

type askID struct {
	Ask string `path:"ask" maxLength:"60"`
}

type askOutput struct{ Body Ask }

type secondInput struct {
	Ask  string `path:"ask" maxLength:"60"`
	Body struct {
		Why string `json:"why" minLength:"1" maxLength:"200" doc:"第二个人的理由"`
	}
}

func (s *server) seconds() {
	op := operation{id: "two-person-acts", method: "GET", path: "/api/v1/second", tag: "tokens", summary: "要两个人办的事，新的在前", scope: "admin", errors: []int{422},
		who: "提出的人、有关的本人、可以决定的人、审计管理员。", refuses: "没有登录的回答401；别人的不列出。", pointer: func(f string) string { return "#/" + f }}
	add(s, op, s.asks)
	op.id, op.path, op.summary, op.refuses, op.errors = "two-person-act", "/api/v1/second/{ask}", "其中一件", "看不到的和不存在的，回答完全一样：没有找到。", []int{404}
	add(s, op, s.ask)
	op.id, op.method, op.path, op.summary, op.errors = "agree", "POST", "/api/v1/second/{ask}/agree", "作为第二个人同意，同时就办", []int{404, 409, 415, 422}
	op.who, op.refuses = "有同一项或者写明的另一项职责的人，不是提出的人，也不是有关的本人。", "自己提出的、关于自己的回答403；决定过的、失效的、情况变了不能办的回答409。"
	add(s, op, func(ctx context.Context, c caller, in *secondInput) (*askOutput, error) {
		return s.decide(ctx, c, in, true)
	})
	op.id, op.path, op.summary = "disagree", "/api/v1/second/{ask}/refuse", "作为第二个人不同意"
	add(s, op, func(ctx context.Context, c caller, in *secondInput) (*askOutput, error) {
		return s.decide(ctx, c, in, false)
	})
	op.id, op.method, op.path, op.summary, op.errors = "withdraw-two-person-act", "DELETE", "/api/v1/second/{ask}", "撤回自己提出的", []int{404, 409}
	op.who, op.refuses = "提出的人。", "不是自己提出的回答403；决定过的回答409。"
	add(s, op, s.withdraw)
}

func ask(l words.Lang, a desk.Ask) *Ask {
	return &Ask{ID: a.ID, Act: a.Danger.ID, Title: pick(l, a.Title, a.En), State: a.State, Asker: a.AskerName, Body: body(l, a.Body), About: a.AboutName,
		Matter: a.Number, What: a.What, Reason: a.Reason, At: here(a.At), Until: here(a.Until), Decider: a.DeciderName, Decided: moment(a.Decided), Why: a.Reply, May: a.May, Half: a.Half}
}

func (s *server) asks(ctx context.Context, c caller, in *asksInput) (*asksOutput, error) {
	list, next, err := s.desk.Asks(ctx, c.Actor, in.Before)
	out := &asksOutput{}
	out.Body.Next, out.Body.Rows = next, each(list, func(a desk.Ask) Ask { return *ask(c.Lang, a) })
	return out, err
}

func (s *server) ask(ctx context.Context, c caller, in *askID) (*askOutput, error) {
	a, err := s.desk.Ask(ctx, c.Actor, in.Ask)
	return &askOutput{*ask(c.Lang, a)}, err
}

func (s *server) decide(ctx context.Context, c caller, in *secondInput, agree bool) (*askOutput, error) {
	a, half, err := s.desk.Decide(ctx, c.Actor, in.Ask, agree, in.Body.Why)
	out := &askOutput{*ask(c.Lang, a)}
	if half != "" {
		out.Body.Half = half
	}
	return out, err
}

func (s *server) withdraw(ctx context.Context, c caller, in *askID) (*askOutput, error) {
	a, err := s.desk.Withdraw(ctx, c.Actor, in.Ask)
	return &askOutput{*ask(c.Lang, a)}, err
}
