package api

import (
	"context"
	"slices"
	"time"

	"jishi/base/words"
	"jishi/people/actor"
)

// Token is an API token as its owner sees it.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Body    *Body     `json:"body,omitempty" doc:"令牌代表的机关"`
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Token   string    `json:"token,omitempty" doc:"只在建立时告诉一次"`
}

type tokensOutput struct{ Body []Token }

type tokenInput struct {
	Body struct {
		Name   string   `json:"name" minLength:"1" maxLength:"60" doc:"用途"`
		Scopes []string `json:"scopes" minItems:"1" maxItems:"10" doc:"范围：file matters:read matters:write figures admin open311"`
		Days   int      `json:"days" minimum:"1" maximum:"365" doc:"有效天数"`
	}
}

type tokenOutput struct{ Body Token }

type tokenID struct {
	ID string `path:"id" maxLength:"60"`
}

func (s *server) tokens() {
	op := operation{id: "tokens", method: "GET", path: "/api/v1/tokens", tag: "tokens", summary: "自己的接口令牌", scope: "admin",
		who: "工作人员，只看到自己的。", refuses: "没有登录的回答401。", pointer: func(f string) string { return "#/" + f }}
	add(s, op, s.ownTokens)
	op.id, op.method, op.summary, op.status, op.errors = "make-token", "POST", "新建一个接口令牌", 201, []int{415, 422}
	op.who, op.refuses = "工作人员，只能给自己建立；令牌不能比建立它的人能做得更多。", "没有的范围、过长的有效期，一一指出。"
	add(s, op, s.makeToken)
	audit := operation{id: "audit", method: "GET", path: "/api/v1/audit", tag: "tokens", summary: "操作记录，新的在前", scope: "admin", errors: []int{422},
		who: "审计管理员看全部，安全管理员看登录和验证。", refuses: "其他人一律不给看。"}
	add(s, audit, s.audit)
	op.id, op.method, op.path, op.summary, op.status, op.errors = "end-token", "DELETE", "/api/v1/tokens/{id}", "撤销一个接口令牌", 204, []int{404}
	op.who, op.refuses = "建立它的人。", "不是自己的，回答没有找到。"
	add(s, op, s.endToken)
}

func (s *server) ownTokens(ctx context.Context, c caller, _ *struct{}) (*tokensOutput, error) {
	list, err := s.desk.OwnTokens(ctx, c.Actor)
	return &tokensOutput{each(list, func(t actor.Token) Token { return s.tokenView(c.Lang, t) })}, err
}

func (s *server) tokenView(l words.Lang, t actor.Token) Token {
	return Token{ID: t.ID, Name: t.Name, Body: body(l, s.desk.Body(t.Org)), Scopes: t.Scopes, Created: here(t.Created), Expires: here(t.Expires)}
}

func (s *server) makeToken(ctx context.Context, c caller, in *tokenInput) (*tokenOutput, error) {
	r := words.Refuse(words.Invalid, "bad-token", "接口令牌没有建立。")
	for _, scope := range in.Body.Scopes {
		if !slices.Contains(Scopes, scope) {
			r.At("scopes", "没有“{scope}”这个范围。", "scope", scope)
		}
	}
	if len(r.Fields) > 0 {
		return nil, r
	}
	token, err := s.desk.IssueToken(ctx, c.Actor, in.Body.Name, in.Body.Scopes, in.Body.Days)
	if err != nil {
		return nil, err
	}
	own, err := s.desk.OwnTokens(ctx, c.Actor)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	v := s.tokenView(c.Lang, own[0])
	v.Token = token
	return &tokenOutput{v}, nil
}

func (s *server) endToken(ctx context.Context, c caller, in *tokenID) (*struct{}, error) {
	return nil, s.desk.EndToken(ctx, c.Actor, in.ID)
}
