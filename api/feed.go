package api

import (
	"context"
	"time"

	"jishi/desk"
)

// Feed is the caller's calendar address. The address itself is told only where it was just made.
type Feed struct {
	Box     string     `json:"box,omitempty" doc:"工作人员：mine 我经办的和我要到场的，today 本单位要办的全部"`
	Created time.Time  `json:"created"`
	Seen    *time.Time `json:"seen,omitempty" doc:"日历最近一次来取，按日记录"`
	Address string     `json:"address,omitempty" doc:"只在生成时告诉一次；没有设置网站地址的，是相对地址"`
}

type feedOutput struct{ Body Feed }

type feedInput struct {
	Body struct {
		Box string `json:"box,omitempty" enum:"mine,today" doc:"工作人员的日历里放什么；不写的是 mine"`
	}
}

func (s *server) feeds() {
	op := operation{id: "calendar-feed", method: "GET", path: "/api/v1/calendar-feed", tag: "calendar", summary: "自己的日历地址是什么时候生成的", scope: "admin",
		who: "工作人员；用编号和查询码的信访人，只有这一件。", refuses: "没有生成过的，回答没有找到。", errors: []int{404}, pointer: func(f string) string { return "#/" + f }}
	add(s, op, s.ownFeed)
	op.id, op.method, op.status, op.errors = "make-calendar-feed", "POST", 201, []int{415, 422}
	op.summary, op.refuses = "生成或者更换日历地址", "旧地址马上失效。日历里放什么写错的，一一指出。"
	add(s, op, s.makeFeed)
	op.id, op.method, op.status, op.errors = "end-calendar-feed", "DELETE", 204, nil
	op.summary, op.refuses = "停用日历地址", "没有生成过的，也回答已经停用。"
	add(s, op, s.endFeed)
}

func (s *server) ownFeed(ctx context.Context, c caller, _ *struct{}) (*feedOutput, error) {
	f, ok, err := s.desk.Feed(ctx, c.Actor)
	if err == nil && !ok {
		err = desk.NoFeed()
	}
	return &feedOutput{feedView(f, "")}, err
}

func (s *server) makeFeed(ctx context.Context, c caller, in *feedInput) (*feedOutput, error) {
	secret, err := s.desk.MakeFeed(ctx, c.Actor, desk.Box(in.Body.Box))
	if err != nil {
		return nil, err
	}
	f, _, err := s.desk.Feed(ctx, c.Actor)
	return &feedOutput{feedView(f, s.opt.Origin+"/ics/"+secret+".ics")}, err
}

func (s *server) endFeed(ctx context.Context, c caller, _ *struct{}) (*struct{}, error) {
	return nil, s.desk.EndFeed(ctx, c.Actor)
}

func feedView(f desk.Feed, address string) Feed {
	return Feed{Box: string(f.Box), Created: here(f.Created), Seen: moment(f.Seen), Address: address}
}
