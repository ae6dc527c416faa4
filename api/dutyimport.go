package api

import (
	"context"
	"net/http"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/duty"
)

// RowFault is what is wrong with one cell of a file.
type RowFault struct {
	Row  int    `json:"row" doc:"从1起"`
	Cell string `json:"cell,omitempty" doc:"列；没有就是整行"`
	Text string `json:"text" doc:"哪里不对，怎么改"`
}

// DutiesRead is what a file of duties held.
type DutiesRead struct {
	Stored bool       `json:"stored" doc:"存下了新的一版"`
	Count  DutyCount  `json:"count" doc:"读对的"`
	Faults []RowFault `json:"faults"`
	Marked []byte     `json:"marked,omitempty" doc:"标出问题的 xlsx，用 Base64 写"`
}

// PaperWarning is something that a document or meeting should not be.
type PaperWarning struct {
	Text string `json:"text"`
	Cite string `json:"cite" doc:"依据"`
}

// PaperFound is what the check of a document or meeting found.
type PaperFound struct {
	Chars    int            `json:"chars" doc:"正文的字数"`
	Warnings []PaperWarning `json:"warnings"`
	Year     int            `json:"year" doc:"今年的，连这一件"`
	LastYear int            `json:"lastYear" doc:"去年同期"`
}

// PaperIn is a document or meeting before it goes down.
type PaperIn struct {
	Kind     string `json:"kind" enum:"document,meeting"`
	Title    string `json:"title" maxLength:"80"`
	Sort     string `json:"sort" enum:"general,specific,comprehensive"`
	Day      string `json:"day"`
	Body     string `json:"body,omitempty" maxLength:"200000" doc:"文件的正文，不算附件"`
	Chars    int    `json:"chars,omitempty" doc:"手头没有正文的，写字数"`
	Reports  bool   `json:"asksReports,omitempty" doc:"要求报送落实情况"`
	Papers   bool   `json:"asksPapers,omitempty" doc:"要求制发配套文件"`
	Speech   int    `json:"speech,omitempty" doc:"主要讲话几分钟"`
	Length   int    `json:"length,omitempty" doc:"会议几分钟"`
	Groups   bool   `json:"groups,omitempty" doc:"分组讨论"`
	Ordered  bool   `json:"ordered,omitempty" doc:"文件已经部署"`
	Base     bool   `json:"base,omitempty" doc:"开到基层"`
	Approved bool   `json:"approved,omitempty" doc:"党委主要负责同志批准"`
	Reason   string `json:"reason,omitempty" maxLength:"2000" doc:"仍然发的理由"`
}

type (
	dutyImportIn struct {
		Org  string `path:"org"`
		Body struct {
			Title   string `json:"title" maxLength:"80"`
			Basis   string `json:"basis" maxLength:"200" doc:"依据的文件"`
			From    string `json:"from" doc:"从哪天起"`
			Name    string `json:"name,omitempty" maxLength:"200" doc:"文件名"`
			File    []byte `json:"file" doc:"xlsx 或者 csv，用 Base64 写"`
			Dry     bool   `json:"dry,omitempty" doc:"只看不存"`
			Partial bool   `json:"partial,omitempty" doc:"只存读对的"`
		}
	}
	dutyImportOut struct{ Body DutiesRead }
	paperIn       struct{ Body PaperIn }
	paperOut      struct{ Body PaperFound }
)

func (s *server) dutyFiles() {
	same := func(f string) string { return "#/" + f }
	add(s, operation{id: "duty-import", method: "POST", path: "/api/v1/duty-lists/{org}", tag: "burden", summary: "导入一个乡镇（街道）的清单，存为新的一版", scope: "matters:write", status: 200, errors: []int{413, 415, 422},
		who: "县里的社会工作部、组织部或者政府。", refuses: "读不对的逐行指出，附标好的文件；有问题的整份不存，除非只存读对的。", pointer: same}, s.dutyImport)
	add(s, operation{id: "paper-check", method: "POST", path: "/api/v1/papers/check", tag: "burden", summary: "发文、开会以前查一查；什么都不保存", scope: "matters:read", status: 200, errors: []int{415, 422},
		who: "工作人员。", refuses: "只提醒，不拒绝；没有写名称、日期、类别的，指出来。", pointer: same}, s.paperCheck)
	add(s, operation{id: "paper-send", method: "POST", path: "/api/v1/papers", tag: "burden", summary: "记下发出的文件、召开的会议", scope: "matters:write", status: 201, errors: []int{415, 422},
		who: "工作人员，记在自己的单位名下。", refuses: "不合规定又没有写理由的，不记。", pointer: same}, s.paperSend)
}

func (s *server) dutyTemplate(w http.ResponseWriter, _ *http.Request, _ caller) error {
	b, err := duty.Template()
	if err != nil {
		return err
	}
	attachment(w, sheetType, "duty-list.xlsx")
	_, err = w.Write(b)
	return err
}

func (s *server) dutyImport(ctx context.Context, c caller, in *dutyImportIn) (*dutyImportOut, error) {
	x := desk.DutyImport{Org: in.Org, Title: in.Body.Title, Basis: in.Body.Basis, From: calendar.Day(in.Body.From), Dry: in.Body.Dry, Partial: in.Body.Partial, Name: in.Body.Name, File: in.Body.File}
	read, err := s.desk.ImportDuties(ctx, c.Actor, x)
	if err != nil {
		return nil, err
	}
	return &dutyImportOut{DutiesRead{Stored: read.Stored, Count: countOf(read.Count), Marked: read.Marked, Faults: each(read.Faults, func(f duty.Fault) RowFault {
		return RowFault{f.Row, words.Say(c.Lang, f.Cell), words.Say(c.Lang, f.Text, f.Args...)}
	})}}, nil
}

func (p PaperIn) paper() desk.Paper {
	return desk.Paper{Kind: p.Kind, Title: p.Title, Sort: p.Sort, Day: calendar.Day(p.Day), Body: p.Body, Chars: p.Chars, Reason: p.Reason,
		Document: duty.Document{AsksReports: p.Reports, AsksPapers: p.Papers},
		Meeting:  duty.Meeting{Speech: p.Speech, Length: p.Length, Groups: p.Groups, Ordered: p.Ordered, Base: p.Base, Approved: p.Approved}}
}

func paperFound(lang words.Lang, c desk.PaperCheck) *paperOut {
	return &paperOut{PaperFound{Chars: c.Chars, Year: c.Year, LastYear: c.LastYear, Warnings: each(c.Warnings, func(w duty.Warning) PaperWarning {
		return PaperWarning{words.Say(lang, w.Text, w.Args...), w.Cite}
	})}}
}

func (s *server) paperCheck(ctx context.Context, c caller, in *paperIn) (*paperOut, error) {
	found, err := s.desk.CheckPaper(ctx, c.Actor, in.Body.paper())
	if err != nil {
		return nil, err
	}
	return paperFound(c.Lang, found), nil
}

func (s *server) paperSend(ctx context.Context, c caller, in *paperIn) (*paperOut, error) {
	found, err := s.desk.SendPaper(ctx, c.Actor, in.Body.paper())
	if err != nil {
		return nil, err
	}
	return paperFound(c.Lang, found), nil
}
