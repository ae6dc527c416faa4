package api

import (
	"context"
	"time"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/org"
)

// Reason is why somebody looks at an identity.
type Reason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"因办理需要的理由；会留下记录并告知本人" example:"电话核实漏水的具体位置"`
}

type lookInput struct {
	ID   string `path:"id" maxLength:"60"`
	Body Reason
}

type personOutput struct{ Body Person }

// Look is one look at an identity.
type Look struct {
	At     time.Time `json:"at"`
	Body   string    `json:"body"`
	Post   string    `json:"post"`
	Reason string    `json:"reason"`
}

type looksOutput struct{ Body []Look }

// Me is who asks.
type Me struct {
	Kind   string   `json:"kind" enum:"citizen,staff,system,anonymous"`
	ID     string   `json:"id,omitempty"`
	Name   string   `json:"name,omitempty"`
	Acting string   `json:"acting,omitempty" doc:"正在使用的岗位所在机关"`
	Posts  []Post   `json:"posts"`
	Matter string   `json:"matter,omitempty" doc:"信访人凭查询码进入的事项"`
	Scopes []string `json:"scopes,omitempty" doc:"令牌的范围；没有就是不限"`
}

// Post is a place held in a body.
type Post struct {
	Body   *Body    `json:"body"`
	Title  string   `json:"title"`
	Powers []string `json:"powers"`
}

type meOutput struct{ Body Me }

// Organisation is an organ with what is above it.
type Organisation struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Short     string `json:"short"`
	Kind      string `json:"kind"`
	KindTitle string `json:"kindTitle"`
	Level     string `json:"level"`
	Line      string `json:"line,omitempty"`
	Division  string `json:"division"`
	Parent    string `json:"parent,omitempty"`
	Reviewers []Body `json:"reviewers,omitempty" doc:"可以复查其决定的机关，首选在前"`
}

type organisationsInput struct {
	Kind     string `query:"kind" maxLength:"40" doc:"机关的种类，如 petition-bureau"`
	Division string `query:"division" pattern:"^[0-9]{2,12}$" doc:"区划代码，含其下的所有地方"`
	Parent   string `query:"parent" maxLength:"60" doc:"直接隶属于哪个机关"`
}

type organisationsOutput struct{ Body []Organisation }
type organisationOutput struct{ Body Organisation }

type organisationInput struct {
	ID string `path:"id" maxLength:"60"`
}

func (s *server) people() {
	look := operation{id: "identity", method: "POST", path: "/api/v1/matters/{id}/identity", tag: "people", summary: "查看提出人的身份（写明理由）", scope: "matters:write", errors: []int{404, 415, 422},
		who: "办理这件事项的机关的工作人员，写明理由；提出人看自己的。", refuses: "没有理由的不给看；每次查看都记录并告知本人。", pointer: func(string) string { return "#/reason" }}
	add(s, look, s.look)
	looks := operation{id: "looks", method: "GET", path: "/api/v1/matters/{id}/looks", tag: "people", summary: "谁看过提出人的身份", scope: "matters:read", errors: []int{404},
		who: "提出人本人，以及办理这件事项的机关。", refuses: "看不到的和不存在的，回答完全一样：没有找到。"}
	add(s, looks, s.looks)
	me := operation{id: "me", method: "GET", path: "/api/v1/me", tag: "people", summary: "我是谁，有哪些岗位", public: true, who: "任何人；没有登录的回答 anonymous。", refuses: "令牌不对的回答401。"}
	add(s, me, s.me)
	orgs := operation{id: "organisations", method: "GET", path: "/api/v1/organisations", tag: "people", summary: "机关名录", public: true, who: "任何人。", refuses: "不拒绝；没有的回答空的清单。", errors: []int{422}}
	add(s, orgs, s.organisations)
	one := operation{id: "organisation", method: "GET", path: "/api/v1/organisations/{id}", tag: "people", summary: "一个机关，以及谁可以复查它的决定", public: true, who: "任何人。", refuses: "没有的回答没有找到。", errors: []int{404}}
	add(s, one, s.organisation)
}

func (s *server) look(ctx context.Context, c caller, in *lookInput) (*personOutput, error) {
	i, err := s.desk.Look(ctx, c.Actor, in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &personOutput{person(i)}, nil
}

func (s *server) looks(ctx context.Context, c caller, in *idInput) (*looksOutput, error) {
	list, err := s.desk.Looks(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &looksOutput{each(list, func(x desk.Look) Look { return Look{here(x.At), x.Body, x.Post, x.Reason} })}, nil
}

func (s *server) me(_ context.Context, c caller, _ *struct{}) (*meOutput, error) {
	m := Me{Kind: string(c.Kind), Name: c.Name, Acting: c.Acting, Matter: c.Actor.Matter, Scopes: c.Scopes}
	if c.Kind == actor.Staff {
		m.ID = c.ID
	}
	m.Posts = each(c.Posts, func(p actor.Post) Post {
		return Post{body(c.Lang, s.desk.Body(p.Org)), p.Title, each(p.Powers, func(x actor.Power) string { return string(x) })}
	})
	return &meOutput{m}, nil
}

func (s *server) organisations(_ context.Context, c caller, in *organisationsInput) (*organisationsOutput, error) {
	tree := s.desk.Offices.Tree()
	var list []org.Org
	for _, o := range tree.All() {
		if o.To != "" && o.To < s.desk.Today() || in.Kind != "" && string(o.Kind) != in.Kind || in.Parent != "" && o.Parent != in.Parent ||
			in.Division != "" && !within(o.Division, in.Division) {
			continue
		}
		list = append(list, o)
	}
	return &organisationsOutput{each(list, func(o org.Org) Organisation { return s.organ(c.Lang, o, false) })}, nil
}

func (s *server) organisation(_ context.Context, c caller, in *organisationInput) (*organisationOutput, error) {
	o, ok := s.desk.Offices.Tree().Get(in.ID)
	if !ok {
		return nil, words.Refuse(words.NotFound, "unknown-org", "没有这个单位。")
	}
	return &organisationOutput{s.organ(c.Lang, o, true)}, nil
}

func (s *server) organ(l words.Lang, o org.Org, reviewers bool) Organisation {
	v := Organisation{ID: o.ID, Name: pick(l, o.Name, o.En), Short: o.Label(), Kind: string(o.Kind), KindTitle: words.Say(l, o.Kind.Title()),
		Level: string(o.Level), Line: o.Line, Division: o.Division, Parent: o.Parent}
	if reviewers {
		for _, id := range s.desk.Offices.Tree().ReviewSuperior(o.ID) {
			v.Reviewers = append(v.Reviewers, *body(l, s.desk.Body(id)))
		}
	}
	return v
}
