package api

import (
	"context"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
)

// Figures are the figures of one body. Every rate comes with its numerator and denominator.
type Figures struct {
	Body    *Body `json:"body,omitempty"`
	Open    int   `json:"open" doc:"在办"`
	Overdue int   `json:"overdue" doc:"其中已逾期"`
	Soon    int   `json:"soon" doc:"其中将到期"`
	InTime  int   `json:"inTime" doc:"期内按期完成的期限数（分子）"`
	Due     int   `json:"due" doc:"期内届满的期限数（分母）"`
	Rated   int   `json:"rated" doc:"评价数（分母）"`
	Content int   `json:"content" doc:"其中满意的（分子）"`
}

// Overview is what is late and where.
type Overview struct {
	Day      string    `json:"day"`
	From     string    `json:"from" doc:"按期率从哪一天统计"`
	Received int       `json:"received"`
	Total    Figures   `json:"total"`
	Bodies   []Figures `json:"bodies"`
	Late     []Row     `json:"late" doc:"最先逾期的"`
}

type overviewOutput struct{ Body Overview }

// Count is the length of one list.
type Count struct {
	Box string `json:"box"`
	N   int    `json:"n" doc:"数到一千为止"`
}

type countsOutput struct{ Body []Count }

// Day is one day of the official calendar.
type Day struct {
	Day       string `json:"day"`
	Workday   bool   `json:"workday"`
	Name      string `json:"name,omitempty" doc:"节日，或者调休上班"`
	Published bool   `json:"published" doc:"这一年的日历是否已经公布；没有公布的按周末推定"`
}

type dayInput struct {
	Day string `path:"day" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" example:"2026-10-01"`
}

type dayOutput struct{ Body Day }

type dueInput struct {
	From  string `query:"from" required:"true" maxLength:"40" doc:"起算的日子，或者带时区的时刻" example:"2026-01-05"`
	Limit string `query:"limit" required:"true" maxLength:"20" doc:"法条写的期限" example:"5个工作日"`
	Rolls bool   `query:"rolls" doc:"最后一日是休息日的是否顺延"`
}

// Due is the end of a limit.
type Due struct {
	LastDay     string    `json:"lastDay"`
	Nominal     string    `json:"nominal" doc:"不顺延时的最后一日"`
	At          time.Time `json:"at" doc:"届满的时刻"`
	Alarm       string    `json:"alarm" doc:"最后一个工作日，到这一天提醒"`
	Provisional bool      `json:"provisional"`
	How         []How     `json:"how"`
}

type dueOutput struct{ Body Due }

func (s *server) figures() {
	over := operation{id: "overview", method: "GET", path: "/api/v1/overview", tag: "figures", summary: "哪里逾期了", scope: "figures",
		who: "领导和督办人员，限于本辖区；密封的事项不计入任何数字。", refuses: "其他人回答403。"}
	add(s, over, s.overview)
	counts := operation{id: "counts", method: "GET", path: "/api/v1/counts", tag: "figures", summary: "各清单的件数", scope: "matters:read", who: "工作人员（任何岗位）。", refuses: "没有登录的回答401。"}
	add(s, counts, s.counts)
	day := operation{id: "day", method: "GET", path: "/api/v1/calendar/{day}", tag: "calendar", summary: "这一天是不是工作日", public: true, errors: []int{422}, who: "任何人。", refuses: "不是日子的，指出来。"}
	add(s, day, s.day)
	due := operation{id: "due", method: "GET", path: "/api/v1/due", tag: "calendar", summary: "期限在哪一天届满，怎样算出来的", public: true, errors: []int{422}, who: "任何人。", refuses: "不是期限的，指出应当怎样写。"}
	add(s, due, s.due)
}

func (s *server) overview(ctx context.Context, c caller, _ *struct{}) (*overviewOutput, error) {
	o, err := s.desk.Overview(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	of := func(f desk.BodyFigures) Figures {
		return Figures{body(c.Lang, f.Body), f.Open, f.Overdue, f.Soon, f.InTime, f.Due, f.Rated, f.Content}
	}
	return &overviewOutput{Overview{Day: string(o.Day), From: string(o.From), Received: o.Received, Total: of(o.Total), Bodies: each(o.Bodies, of),
		Late: each(o.LateRows, func(r desk.Row) Row { return row(c.Lang, r) })}}, nil
}

func (s *server) counts(ctx context.Context, c caller, _ *struct{}) (*countsOutput, error) {
	list, err := s.desk.Counts(ctx, c.Actor)
	return &countsOutput{each(list, func(x desk.Count) Count { return Count{string(x.Box), x.N} })}, err
}

func (s *server) day(_ context.Context, c caller, in *dayInput) (*dayOutput, error) {
	d, err := calendar.ParseDay(in.Day)
	if err != nil {
		return nil, badDay("path:day")
	}
	cal := s.desk.Calendar()
	return &dayOutput{Day{string(d), cal.Workday(d), words.Say(c.Lang, cal.Name(d)), cal.Published(d.Year())}}, nil
}

func badDay(where string) error {
	return pointed{refuse(422, "bad-day", "这不是一个日子，要写成年-月-日，例如 2026-12-10。"), where}
}

func (s *server) due(_ context.Context, c caller, in *dueInput) (*dueOutput, error) {
	start, err := time.Parse(time.RFC3339, in.From)
	if err != nil {
		d, err := calendar.ParseDay(in.From)
		if err != nil {
			return nil, badDay("query:from")
		}
		start = d.Start()
	}
	d, how, err := s.desk.Reckon(start, in.Limit, in.Rolls)
	if err != nil {
		return nil, err
	}
	return &dueOutput{Due{string(d.Day), string(d.Nominal), here(d.At), string(d.Alarm), d.Provisional, steps(c.Lang, how)}}, nil
}
