package api

import (
	"context"
	"net/http"
	"strings"

	"jishi/base/calendar"
	"jishi/derive/search"
	"jishi/desk"
)

type searchInput struct {
	Text      string `query:"q" maxLength:"200" doc:"词，用空格分开，每个都要有；或者编号"`
	Procedure string `query:"procedure" maxLength:"60"`
	Class     string `query:"class" maxLength:"60"`
	State     string `query:"state" maxLength:"60"`
	Place     string `query:"place" pattern:"^[0-9]{12}$" doc:"区划代码，含其下的所有地方"`
	From      string `query:"from" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"提出的日子，含当日"`
	To        string `query:"to" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"`
	Cursor    string `query:"cursor" maxLength:"100"`
	Limit     int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

// Found is one matter with the words marked.
type Found struct {
	Row
	Marked  []Piece `json:"marked" doc:"标题，找到的词有标记"`
	Excerpt []Piece `json:"excerpt,omitempty" doc:"正文里找到最多的地方"`
}

// Piece is part of a text.
type Piece struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// FoundPage is part of what was found.
type FoundPage struct {
	Rows    []Found `json:"rows"`
	Next    string  `json:"next,omitempty"`
	Partial bool    `json:"partial,omitempty" doc:"只在较新的事项里找过；换个词或者缩短期间可以找到更早的"`
}

type foundOutput struct{ Body FoundPage }

func (s *server) searching() {
	add(s, operation{id: "search", method: http.MethodGet, path: "/api/v1/search", tag: "matters", summary: "在标题、正文和文书里找事项", scope: "matters:read", errors: []int{422},
		who: "登录的人；每人只找得到自己看得到的。", refuses: "什么也没有写的，指出来；找不到的回答空的清单。"}, s.search)
}

func (s *server) search(ctx context.Context, c caller, in *searchInput) (*foundOutput, error) {
	p, err := s.desk.Search(ctx, c.Actor, desk.SearchQuery{Text: strings.TrimSpace(in.Text), Procedure: in.Procedure, Class: in.Class, State: in.State, Place: in.Place,
		From: calendar.Day(in.From), To: calendar.Day(in.To), Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	piece := func(x search.Piece) Piece { return Piece{x.Text, x.Hit} }
	return &foundOutput{FoundPage{Next: p.Next, Partial: p.Partial, Rows: each(p.Rows, func(f desk.Found) Found {
		return Found{row(c.Lang, f.Row), each(f.Marked, piece), each(f.Excerpt, piece)}
	})}}, nil
}
