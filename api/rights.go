package api

import (
	"context"
	"net/http"
	"time"

	"jishi/desk"
)

// Holding is what one matter holds of whoever asks.
type Holding struct {
	Number    string     `json:"number"`
	Title     string     `json:"title"`
	Keeper    *Body      `json:"keeper,omitempty" doc:"保存信息的单位"`
	Who       Person     `json:"who" doc:"遮盖过的；全的在副本里"`
	Corrected bool       `json:"corrected,omitempty"`
	Frozen    *time.Time `json:"frozen,omitempty"`
	Erased    *time.Time `json:"erased,omitempty"`
	Until     string     `json:"until,omitempty" doc:"保存到哪天；还在办的没有"`
	Grade     string     `json:"grade" doc:"保存期限的依据等级；D 是本系统的设置，不是法律"`
	Looks     []Look     `json:"looks" doc:"谁看过"`
	Request   string     `json:"request,omitempty" doc:"正在办理的请求的编号"`
}

type holdingsOutput struct{ Body []Holding }

type copyOutput struct{ Body desk.Copy }

// RightsAsk is a request about what a matter holds.
type RightsAsk struct {
	Matter string `json:"matter" maxLength:"60" doc:"事项的编号"`
	Kind   string `json:"kind" enum:"access,correct,delete,explain" doc:"查阅复制、更正补充、删除、解释说明"`
	What   string `json:"what,omitempty" maxLength:"2000" doc:"请求的内容和理由；删除、说明的必须写"`
	Right  *Right `json:"right,omitempty" doc:"更正成什么；没有写的照原来的"`
}

// Right is what an identity should say; what is left out stays as it is.
type Right struct {
	Name     string `json:"name,omitempty" maxLength:"60"`
	Phone    string `json:"phone,omitempty" maxLength:"40"`
	IDNumber string `json:"idNumber,omitempty" maxLength:"40"`
	Address  string `json:"address,omitempty" maxLength:"200"`
	Email    string `json:"email,omitempty" maxLength:"120"`
}

type rightsInput struct {
	Key  string `header:"Idempotency-Key" minLength:"16" maxLength:"200"`
	Body RightsAsk
}

// Keeping is how long one sort of thing is kept.
type Keeping struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Keep      string `json:"keep,omitempty" doc:"没有的一直保存"`
	From      string `json:"from"`
	Then      string `json:"then"`
	Statutory bool   `json:"statutory,omitempty"`
	Cite      string `json:"cite"`
	Grade     string `json:"grade"`
}

type keepingOutput struct{ Body []Keeping }

func (s *server) rights() {
	who := "用编号和查询码、手机号码登录的人，只看得到自己的。"
	add(s, operation{id: "personal-information", method: "GET", path: "/api/v1/personal-information", tag: "people", scope: "matters:read", summary: "关于我，保存了什么，谁看过", who: who,
		refuses: "工作人员和没有登录的，回答请用查询码登录。"}, s.holdings)
	add(s, operation{id: "personal-information-copy", method: "POST", path: "/api/v1/personal-information/copy", tag: "people", scope: "matters:read", summary: "带走一份", who: who,
		refuses: "工作人员和没有登录的，回答请用查询码登录。"}, s.rightsCopy)
	add(s, operation{id: "personal-information-request", method: "POST", path: "/api/v1/personal-information/requests", tag: "people", scope: "matters:write", summary: "请求更正、删除、说明", status: 201, key: true, who: who,
		refuses: "不是自己的事项和没有的事项，回答没有找到。", errors: []int{404, 415, 422}, pointer: func(f string) string {
			if f == "what" {
				return "#/what"
			}
			return "#/right"
		}}, s.rightsAsk)
	add(s, operation{id: "keeping", method: "GET", path: "/api/v1/keeping", tag: "rules", summary: "什么保存多久", public: true, who: "任何人。", refuses: "没有不能看的。"}, s.keeping)
}

func (s *server) holdings(ctx context.Context, c caller, _ *struct{}) (*holdingsOutput, error) {
	h, err := s.desk.Holdings(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	moment := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = here(t)
		return &t
	}
	return &holdingsOutput{each(h.List, func(x desk.Holding) Holding {
		return Holding{Number: x.Number, Title: x.Title, Keeper: body(c.Lang, x.Keeper), Who: person(x.Who), Corrected: x.State.Corrected, Frozen: moment(x.State.Frozen), Erased: moment(x.State.Erased),
			Until: string(x.Until), Grade: string(x.Rule.Grade), Request: x.Asked, Looks: each(x.Looks, func(l desk.Look) Look { return Look{here(l.At), l.Body, l.Post, l.Reason} })}
	})}, nil
}

func (s *server) rightsCopy(ctx context.Context, c caller, _ *struct{}) (*copyOutput, error) {
	all, err := s.desk.Copy(ctx, c.Actor)
	return &copyOutput{all}, err
}

func (s *server) rightsAsk(ctx context.Context, c caller, in *rightsInput) (*receiptOutput, error) {
	ask := desk.AskAbout{Token: c.token("rights"), Matter: in.Body.Matter, Kind: in.Body.Kind, What: in.Body.What}
	if in.Body.Right != nil {
		ask.Right = Person(*in.Body.Right).identity()
	}
	r, err := s.desk.AskAbout(ctx, c.Actor, ask)
	if err != nil {
		return nil, err
	}
	out := &receiptOutput{Status: http.StatusCreated, Location: "/api/v1/matters/" + r.ID, Body: receipt(c.Lang, r)}
	if r.Again {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (s *server) keeping(_ context.Context, c caller, _ *struct{}) (*keepingOutput, error) {
	list := keepingOutput{}
	for _, r := range s.desk.Keeping {
		list.Body = append(list.Body, Keeping{ID: r.ID, Title: pick(c.Lang, r.Title, r.En), Keep: r.Keep, From: pick(c.Lang, r.From, r.FromEn), Then: pick(c.Lang, r.Then, r.ThenEn), Statutory: r.Statutory, Cite: r.Cite, Grade: string(r.Grade)})
	}
	return &list, nil
}
