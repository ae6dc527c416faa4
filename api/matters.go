package api

import (
	"context"
	"net/http"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

type listInput struct {
	Box       string `query:"box" enum:"today,mine,body,objections,late,soon,part,area,ended" doc:"工作人员的清单；不写是全部可见的，新的在前"`
	Procedure string `query:"procedure" maxLength:"60"`
	Class     string `query:"class" maxLength:"60"`
	State     string `query:"state" maxLength:"60"`
	Place     string `query:"place" pattern:"^[0-9]{2,12}$" doc:"区划代码，含其下的所有地方"`
	Text      string `query:"q" maxLength:"100" doc:"编号，或者标题里的字"`
	Cursor    string `query:"cursor" maxLength:"100" doc:"上一页的 next"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Page is part of a list.
type Page struct {
	Rows []Row  `json:"rows"`
	Next string `json:"next,omitempty" doc:"下一页的 cursor；没有就是最后一页"`
}

type pageOutput struct{ Body Page }

type idInput struct {
	ID string `path:"id" maxLength:"60" doc:"事项的 id"`
}

type readInput struct {
	ID        string `path:"id" maxLength:"60" doc:"事项的 id"`
	NoneMatch string `header:"If-None-Match" doc:"读过的 ETag；没有变化回答 304"`
}

type matterOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *Matter
}

// Step is one line of the history.
type Step struct {
	Seq          int        `json:"seq"`
	At           time.Time  `json:"at"`
	Action       string     `json:"action"`
	Title        string     `json:"title"`
	By           string     `json:"by,omitempty" doc:"机关；信访人的为空"`
	Person       string     `json:"person,omitempty" doc:"经办人，只给工作人员看"`
	Citizen      bool       `json:"citizen,omitempty"`
	Cite         string     `json:"cite,omitempty"`
	State        string     `json:"stateTitle,omitempty" doc:"此后的状态"`
	Said         []Said     `json:"said,omitempty"`
	Letters      []Letter   `json:"letters,omitempty"`
	Files        []File     `json:"files,omitempty"`
	Late         []Lateness `json:"late,omitempty" doc:"这一步做的时候已经逾期，永远记着"`
	Recalculated []Moved    `json:"recalculated,omitempty" doc:"日历公布后重算的最后一日"`
}

// Lateness says that a step came late.
type Lateness struct {
	Clock   string `json:"clock"`
	LastDay string `json:"lastDay"`
	Days    int    `json:"days"`
	Minutes int    `json:"minutes,omitempty" doc:"按小时、分钟计算的期限，晚了多少分钟"`
	Cite    string `json:"cite"`
}

// Moved is a last day that moved when a calendar was published.
type Moved struct {
	Clock string `json:"clock"`
	Was   string `json:"was"`
	Now   string `json:"now"`
}

type timelineOutput struct{ Body []Step }
type clocksOutput struct{ Body []Clock }

// Note is an internal note of one body.
type Note struct {
	At     time.Time `json:"at"`
	Author string    `json:"author"`
	Text   string    `json:"text"`
}

type notesOutput struct{ Body []Note }

type noteInput struct {
	ID   string `path:"id" maxLength:"60"`
	Body struct {
		Text string `json:"text" maxLength:"2000" minLength:"1"`
	}
}

func (s *server) matters() {
	const sees = "看得到这件事项的人：提出人凭编号和查询码，工作人员凭本机关在其中的关系。"
	const hides = "看不到的和不存在的，回答完全一样：没有找到。"
	op := func(id, path, summary string) operation {
		return operation{id: id, method: "GET", path: "/api/v1/matters" + path, tag: "matters", summary: summary, who: sees, refuses: hides, scope: "matters:read", errors: []int{404, 422}}
	}
	list := op("matters", "", "事项的清单")
	list.who, list.refuses = "登录的人；每人只列出自己看得到的。", "翻页的位置不对的，请从第一页看起。"
	add(s, list, s.list)
	read := op("matter", "/{id}", "读一件事项")
	add(s, read, s.matter)
	add(s, op("timeline", "/{id}/timeline", "办理的经过，一步一条"), s.timeline)
	add(s, op("clocks", "/{id}/clocks", "全部期限，以及每个最后一日是怎样算出来的"), s.clocks)
	notes := op("notes", "/{id}/notes", "本机关写的内部备注")
	notes.who = "看得到这件事项的工作人员；各机关只读自己的。"
	add(s, notes, s.notes)
	write := notes
	write.id, write.method, write.summary, write.scope, write.status = "add-note", "POST", "写一条内部备注", "matters:write", 204
	write.pointer = func(string) string { return "#/text" }
	add(s, write, s.note)
}

func (s *server) list(ctx context.Context, c caller, in *listInput) (*pageOutput, error) {
	p, err := s.desk.List(ctx, c.Actor, desk.Filter{Box: desk.Box(in.Box), Procedure: in.Procedure, Class: in.Class, State: in.State,
		Place: in.Place, Text: in.Text, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &pageOutput{Page{Rows: each(p.Rows, func(r desk.Row) Row { return row(c.Lang, r) }), Next: p.Next}}, nil
}

func (s *server) matter(ctx context.Context, c caller, in *readInput) (*matterOutput, error) {
	v, err := s.desk.Matter(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	out := &matterOutput{Status: http.StatusOK, ETag: etag(v.Seq), Body: view(c.Lang, v)}
	if sameTag(in.NoneMatch, out.ETag) {
		out.Status, out.Body = http.StatusNotModified, nil
	}
	return out, nil
}

func (s *server) timeline(ctx context.Context, c caller, in *idInput) (*timelineOutput, error) {
	v, err := s.desk.Matter(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &timelineOutput{each(v.Timeline, func(x desk.Step) Step { return step(c.Lang, x) })}, nil
}

func step(l words.Lang, x desk.Step) Step {
	v := Step{Seq: x.Seq, At: here(x.At), Action: x.Action, Title: pick(l, x.Title, x.En), By: pick(l, x.By.Name, x.By.En), Person: x.Person, Citizen: x.Citizen,
		Cite: x.Cite, State: pick(l, x.StateTitle, x.StateEn), Said: said(l, x.Said), Letters: letters(l, x.Letters), Files: files(x.Files)}
	if x.Clock != "" {
		v.Title = words.Say(l, "{clock}届满", "clock", x.Clock)
	}
	for _, late := range x.Late {
		v.Late = append(v.Late, Lateness{pick(l, late.Title, late.En), string(late.Day), late.Days, late.Minutes, late.Cite})
	}
	for _, m := range x.Recalculated {
		v.Recalculated = append(v.Recalculated, Moved{pick(l, m.Title, m.En), string(m.Was), string(m.Now)})
	}
	return v
}

func (s *server) clocks(ctx context.Context, c caller, in *idInput) (*clocksOutput, error) {
	v, err := s.desk.Matter(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &clocksOutput{clocks(c.Lang, v.Clocks, true)}, nil
}

func (s *server) notes(ctx context.Context, c caller, in *idInput) (*notesOutput, error) {
	v, err := s.desk.Matter(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &notesOutput{each(v.Notes, func(n desk.Note) Note { return Note{here(n.At), n.Author, n.Text} })}, nil
}

func (s *server) note(ctx context.Context, c caller, in *noteInput) (*struct{}, error) {
	return nil, s.desk.Note(ctx, c.Actor, in.ID, in.Body.Text)
}
