package api

import (
	"context"
	"slices"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

// Side is one party of a matter that has several, each acting for itself.
type Side struct {
	Entry    string `json:"entry,omitempty" doc:"发给这一方查询凭证时用"`
	Relation string `json:"relation" doc:"例如 party-a、party-b"`
	Title    string `json:"title"`
	Name     string `json:"name" doc:"遮盖过的"`
	Own      bool   `json:"own,omitempty" doc:"读者就是这一方"`
}

// Meeting is when people come together over a matter.
type Meeting struct {
	Field string    `json:"field"`
	Title string    `json:"title"`
	At    time.Time `json:"at"`
	Spot  string    `json:"spot,omitempty"`
}

func sides(l words.Lang, list []desk.Side) []Side {
	return each(list, func(s desk.Side) Side {
		return Side{Entry: s.Entry, Relation: s.Relation, Title: pick(l, s.Title, s.En), Name: s.Masked.Name, Own: s.Own}
	})
}

func meetings(l words.Lang, list []desk.Meeting) []Meeting {
	return each(list, func(m desk.Meeting) Meeting {
		return Meeting{Field: m.Field, Title: pick(l, m.Title, m.En), At: here(m.At), Spot: m.Spot}
	})
}

// Listed is one entry of a public register.
type Listed struct {
	Number string            `json:"number"`
	Title  string            `json:"title"`
	Body   *Body             `json:"body,omitempty"`
	Place  []string          `json:"place,omitempty"`
	Said   map[string]string `json:"said" doc:"登记的各栏"`
	Clocks []Clock           `json:"clocks"`
}

type registerInput struct {
	Procedure string `path:"procedure" maxLength:"60" example:"mediation-committee"`
}

type registerOutput struct{ Body []Listed }

type sideInput struct {
	ID    string `path:"id" maxLength:"60"`
	Entry string `path:"entry" maxLength:"120"`
}

func (s *server) apart() {
	register := operation{id: "register", method: "GET", path: "/api/v1/registers/{procedure}", tag: "matters", summary: "公开的名册，例如人民调解委员会", public: true,
		errors: []int{404}, who: "任何人。", refuses: "不公开的和没有的，回答没有找到。"}
	add(s, register, s.register)
	code := operation{id: "hand-out-code", method: "POST", path: "/api/v1/matters/{id}/sides/{entry}/code", tag: "matters", summary: "给一方当事人发查询凭证，原来的失效", scope: "matters:write",
		status: 201, errors: []int{404}, who: "正在办理这件事项的单位。", refuses: "看不到的事项和没有的当事人，回答没有找到。"}
	add(s, code, s.handout)
}

func (s *server) register(ctx context.Context, c caller, in *registerInput) (*registerOutput, error) {
	list, err := s.desk.Register(ctx, in.Procedure)
	if err != nil {
		return nil, err
	}
	p, err := s.desk.Book.Procedure(in.Procedure, s.desk.Today(), s.desk.Profile)
	if err != nil {
		return nil, err
	}
	asked := slices.Concat(p.Open.Needs, p.Open.Asks)
	return &registerOutput{each(list, func(x desk.Listed) Listed {
		v := Listed{Number: x.Number, Title: x.Title, Body: body(c.Lang, s.desk.Body(x.Org.ID)), Place: x.Place, Said: map[string]string{}, Clocks: clocks(c.Lang, x.Clocks, false)}
		for _, name := range asked {
			if said := x.Said[name]; said != "" && !p.Fields[name].Secret {
				v.Said[name] = said
			}
		}
		return v
	})}, nil
}

func (s *server) handout(ctx context.Context, c caller, in *sideInput) (*receiptOutput, error) {
	r, err := s.desk.Handout(ctx, c.Actor, in.ID, in.Entry)
	if err != nil {
		return nil, err
	}
	return &receiptOutput{Status: 201, Location: "/api/v1/matters/" + r.ID, Body: receipt(c.Lang, r)}, nil
}
