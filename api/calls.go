package api

import (
	"context"
	"net/http"

	"jishi/base/words"
	"jishi/desk"
)

// Call is what somebody said on the telephone, and what is done about it at once.
type Call struct {
	Class    string            `json:"class" maxLength:"60" doc:"类别：consult、help、complaint、report、idea" example:"complaint"`
	With     map[string]string `json:"with" doc:"title、what、place、spot、category（派单目录里的代码）等"`
	Who      *Person           `json:"who,omitempty" doc:"来电人；不留姓名的不写"`
	Reported []string          `json:"reported,omitempty" maxItems:"50" doc:"被举报的单位的代码"`
	Then     *CallStep         `json:"then,omitempty" doc:"当场办的一步；不写只记录。这一步被拒绝的，什么也不记"`
}

// CallStep is the first step on a call.
type CallStep struct {
	Action string            `json:"action" maxLength:"60" doc:"dispatch、dispatch-street、answer、to-emergency、to-legal、tell-progress、explain、other-channel、admonish、join" example:"dispatch"`
	With   map[string]string `json:"with,omitempty" doc:"这一步要的各栏，例如 target、urgency"`
}

// Answered is what became of a call.
type Answered struct {
	Receipt *Receipt `json:"receipt"`
	Matter  *Matter  `json:"matter"`
}

type callInput struct {
	Key  string `header:"Idempotency-Key" minLength:"16" maxLength:"200" doc:"一个电话用一个随机值；重试用同一个"`
	Body Call
}

type callOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     Answered
}

type earlierInput struct {
	Key  string `header:"Idempotency-Key" minLength:"16" maxLength:"200" doc:"同一个电话用同一个值，只记一次查找"`
	Body struct {
		Phone   string `json:"phone" maxLength:"40" doc:"来电人自己的号码"`
		Consent bool   `json:"consent" doc:"本人同意查找以前的来电"`
	}
}

type rowsOutput struct{ Body []Row }

type similarInput struct {
	Title string `query:"title" maxLength:"200" doc:"一句话"`
	What  string `query:"what" maxLength:"2000" doc:"内容的开头"`
	Place string `query:"place" pattern:"^[0-9]{12}$" doc:"区划代码"`
}

type similarOutput struct{ Body []Same }

func (s *server) calls() {
	const takers = "热线机构里有登记职责的工作人员。"
	add(s, operation{id: "call", method: http.MethodPost, path: "/api/v1/calls", tag: "filings", summary: "记录一个电话，并当场办第一步", scope: "file", status: 201, key: true,
		who: takers, refuses: "第一步办不了的，什么也不记，一次指出全部错处。", errors: []int{409, 422}, pointer: callPointer}, s.call)
	add(s, operation{id: "earlier-calls", method: http.MethodPost, path: "/api/v1/calls/earlier", tag: "filings", summary: "来电人以前的来电", scope: "matters:read", key: true,
		who: takers, refuses: "没有来电人的同意，或者号码不对的，不查。每次查找都记下来，本人看得到。", errors: []int{422},
		pointer: func(f string) string { return "#/" + f }}, s.earlier)
	add(s, operation{id: "similar", method: http.MethodGet, path: "/api/v1/similar", tag: "matters", summary: "可能是同一件事的事项，写明理由", scope: "matters:read", errors: []int{422},
		who: "登录的人；每人只看到自己看得到的。", refuses: "什么也没有写的，回答空的清单。"}, s.similar)
}

// callPointer is where a field of the desk stands in a Call: what the step asks for stands under the step.
func callPointer(field string) string {
	switch field {
	case "name", "phone":
		return "#/who/" + field
	case "class", "reported":
		return "#/" + field
	case "target", "urgency", "list-ref", "linked", "same-facts", "answer", "reason", "channel_to":
		return "#/then/with/" + field
	}
	return "#/with/" + field
}

func (s *server) call(ctx context.Context, c caller, in *callInput) (*callOutput, error) {
	f, err := s.filing(Filing{Class: in.Body.Class, With: in.Body.With, Who: in.Body.Who, Reported: in.Body.Reported, Anonymous: in.Body.Who == nil})
	if err != nil {
		return nil, err
	}
	f.Token = c.token("call")
	x := desk.Call{Filing: f}
	if in.Body.Then != nil {
		x.Then = desk.Press{Action: in.Body.Then.Action, With: in.Body.Then.With}
	}
	done, err := s.desk.Answer(ctx, c.Actor, x)
	if err != nil {
		return nil, err
	}
	out := &callOutput{Status: http.StatusCreated, Location: "/api/v1/matters/" + done.ID,
		Body: Answered{receipt(c.Lang, done.Receipt), view(c.Lang, done.Matter)}}
	if done.Again {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (s *server) earlier(ctx context.Context, c caller, in *earlierInput) (*rowsOutput, error) {
	rows, err := s.desk.Earlier(ctx, c.Actor, in.Body.Phone, in.Body.Consent, c.token("earlier"))
	if err != nil {
		return nil, err
	}
	return &rowsOutput{each(rows, func(r desk.Row) Row { return row(c.Lang, r) })}, nil
}

func (s *server) similar(ctx context.Context, c caller, in *similarInput) (*similarOutput, error) {
	list, err := s.desk.Like(ctx, c.Actor, in.Title, in.What, in.Place)
	if err != nil {
		return nil, err
	}
	return &similarOutput{each(list, func(x desk.Duplicate) Same { return same(c.Lang, x) })}, nil
}

func same(l words.Lang, x desk.Duplicate) Same {
	return Same{ID: x.ID, Number: x.Number, Title: x.Title, Why: pick(l, x.Why, x.WhyEn), Likeness: x.Likeness,
		Procedure: x.Procedure, StateTitle: pick(l, x.StateTitle, x.StateEn), Ended: x.Ended}
}

// Node is one matter on the map of those that belong together.
type Node struct {
	ID         string `json:"id"`
	Number     string `json:"number"`
	Title      string `json:"title"`
	Procedure  string `json:"procedureTitle"`
	Kind       string `json:"kind,omitempty" doc:"怎样挂在上一件下面：opened 引出，merged 并入，split-off 拆分出等"`
	StateTitle string `json:"stateTitle"`
	Holder     *Body  `json:"holder,omitempty"`
	Ended      bool   `json:"ended"`
	Here       bool   `json:"here,omitempty" doc:"就是这一件"`
	Parts      []Node `json:"parts,omitempty"`
}

func node(l words.Lang, n desk.Node) Node {
	v := Node{ID: n.ID, Number: n.Number, Title: n.Title, Procedure: pick(l, n.Procedure, n.ProcedureEn), Kind: n.Kind,
		StateTitle: pick(l, n.StateTitle, n.StateEn), Holder: body(l, n.Holder), Ended: n.Ended, Here: n.Here}
	for _, part := range n.Parts {
		v.Parts = append(v.Parts, node(l, part))
	}
	return v
}

// Involved are the bodies that hold one relation to a matter.
type Involved struct {
	Relation string `json:"relation"`
	Title    string `json:"title"`
	Bodies   []Body `json:"bodies"`
}

func involved(l words.Lang, list []desk.Involved) []Involved {
	return each(list, func(x desk.Involved) Involved {
		v := Involved{Relation: x.Relation, Title: pick(l, x.Title, x.En)}
		for _, b := range x.Bodies {
			if named := body(l, b); named != nil {
				v.Bodies = append(v.Bodies, *named)
			}
		}
		return v
	})
}
