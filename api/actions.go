package api

import (
	"context"

	"jishi/base/words"
	"jishi/desk"
)

// Action is a thing that the reader may do now.
type Action struct {
	ID     string  `json:"id"`
	Title  string  `json:"title"`
	Main   bool    `json:"main,omitempty" doc:"通常的下一步"`
	Ends   bool    `json:"ends,omitempty" doc:"做了以后事项终结"`
	Cite   string  `json:"cite,omitempty"`
	Grade  string  `json:"grade,omitempty"`
	Letter string  `json:"letter,omitempty" doc:"同时送达的文书"`
	Note   string  `json:"note,omitempty"`
	Fields []Field `json:"fields"`
}

// Field is one thing that an action asks for.
type Field struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Type     string   `json:"type" doc:"line text day time int choice yes org person place matter"`
	Required bool     `json:"required"`
	Help     string   `json:"help,omitempty"`
	Max      int      `json:"max,omitempty"`
	Min      int      `json:"min,omitempty"`
	Value    string   `json:"value,omitempty" doc:"预先填好的"`
	Choices  []Choice `json:"choices,omitempty" doc:"可选的，最可能的在前"`
}

// Choice is one answer offered.
type Choice struct {
	Value string `json:"value"`
	Title string `json:"title"`
	Why   string `json:"why,omitempty" doc:"为什么建议它"`
}

// Shut is an action that people look for and that cannot be taken now.
type Shut struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Why   *Problem `json:"why" doc:"现在去做会得到的拒绝"`
}

// Doors are the actions open to the reader, and those that are closed, with the reason.
type Doors struct {
	Seq    int      `json:"seq"`
	Open   []Action `json:"open"`
	Closed []Shut   `json:"closed"`
}

type doorsOutput struct {
	ETag string `header:"ETag"`
	Body Doors
}

// Press is what an action is taken with.
type Press struct {
	With   map[string]string `json:"with,omitempty" doc:"这一步要填的各栏"`
	People map[string]Person `json:"people,omitempty" doc:"要写明是谁的栏目（类型 citizen）；身份进保险库，不进卷宗"`
	Files  []string          `json:"files,omitempty" maxItems:"50" doc:"上传附件得到的 ref"`
}

type pressInput struct {
	ID     string `path:"id" maxLength:"60"`
	Action string `path:"action" maxLength:"60" doc:"操作，见 actions" example:"accept"`
	Match  string `header:"If-Match" doc:"读到的 ETag；必须有"`
	Key    string `header:"Idempotency-Key" minLength:"16" maxLength:"200"`
	Body   *Press
}

type draftInput struct {
	ID     string `path:"id" maxLength:"60"`
	Action string `path:"action" maxLength:"60"`
	Body   *Press
}

func (s *server) actions() {
	base := operation{tag: "actions", errors: []int{404, 422}}
	doors := base
	doors.id, doors.method, doors.path, doors.summary, doors.scope = "actions", "GET", "/api/v1/matters/{id}/actions", "现在能做什么，不能做的为什么", "matters:read"
	doors.who, doors.refuses = "看得到这件事项的人；只列出向他开放的。", "看不到的和不存在的，回答完全一样：没有找到。"
	add(s, doors, s.doors)
	act := base
	act.id, act.method, act.path, act.summary, act.scope, act.key = "act", "POST", "/api/v1/matters/{id}/actions/{action}", "办理：做一步", "matters:write", true
	act.who = "与事项有这一步所要求的关系的人：提出人、收到机关、承办机关及其负责人、复查复核机关等。"
	act.refuses = "没有 If-Match 的回答428；读后别人已经做了一步的回答412，并说明是谁；期限已过、状态不对的回答409，引条款。"
	act.errors = []int{404, 409, 412, 413, 415, 422, 428}
	add(s, act, s.act)
	draft := base
	draft.id, draft.method, draft.path, draft.summary, draft.scope = "draft", "POST", "/api/v1/matters/{id}/actions/{action}/draft", "预览文书：什么也不写", "matters:read"
	draft.who, draft.refuses, draft.errors = act.who, "与办理时相同。", []int{404, 409, 415, 422}
	add(s, draft, s.draft)
}

func (s *server) doors(ctx context.Context, c caller, in *idInput) (*doorsOutput, error) {
	v, err := s.desk.Matter(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	d := Doors{Seq: v.Seq, Open: each(v.Open, func(a desk.Action) Action { return action(c.Lang, a) }), Closed: []Shut{}}
	for _, x := range v.Closed {
		d.Closed = append(d.Closed, Shut{x.ID, pick(c.Lang, x.Title, x.En), s.problem(ctx, asked{lang: c.Lang}, x.Why)})
	}
	return &doorsOutput{etag(v.Seq), d}, nil
}

func action(l words.Lang, a desk.Action) Action {
	return Action{ID: a.ID, Title: pick(l, a.Title, a.En), Main: a.Main, Ends: a.Ends, Cite: a.Cite, Grade: string(a.Grade),
		Letter: pick(l, a.Letter, a.LetterEn), Note: a.Note, Fields: each(a.Fields, func(f desk.Field) Field { return field(l, f) })}
}

func field(l words.Lang, f desk.Field) Field {
	v := Field{Name: f.Name, Title: pick(l, f.Title, f.En), Type: f.Type, Required: f.Required, Help: pick(l, f.Help, f.HelpEn), Max: f.Max, Min: f.Min, Value: f.Value}
	for _, o := range f.Choices {
		v.Choices = append(v.Choices, Choice{o.Value, pick(l, o.Title, o.En), pick(l, o.Why, o.WhyEn)})
	}
	return v
}

func (s *server) act(ctx context.Context, c caller, in *pressInput) (*matterOutput, error) {
	seq, err := seqOf(in.Match)
	if err != nil {
		return nil, err
	}
	p := desk.Press{Token: c.token("do", in.ID, in.Action), Seq: seq, Action: in.Action}
	if in.Body != nil {
		p.With, p.People = in.Body.With, identities(in.Body.People)
		if p.Files, err = s.attached(in.Body.Files); err != nil {
			return nil, err
		}
	}
	v, err := s.desk.Do(ctx, c.Actor, in.ID, p)
	if err != nil {
		return nil, err
	}
	return &matterOutput{Status: 200, ETag: etag(v.Seq), Body: view(c.Lang, v)}, nil
}

func (s *server) draft(ctx context.Context, c caller, in *draftInput) (*docOutput, error) {
	p := desk.Press{Action: in.Action}
	if in.Body != nil {
		p.With, p.People = in.Body.With, identities(in.Body.People)
	}
	d, err := s.desk.Draft(ctx, c.Actor, in.ID, p)
	if err != nil {
		return nil, err
	}
	return &docOutput{doc(d)}, nil
}
