package api

import (
	"context"
	"net/http"
	"time"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/module/reception"
)

// Reception is a rule by which a body receives people in person.
type Reception struct {
	ID      string   `json:"id"`
	Body    *Body    `json:"body"`
	Host    string   `json:"host" doc:"接待的人"`
	Spot    string   `json:"spot"`
	Note    string   `json:"note,omitempty"`
	Weekday int      `json:"weekday,omitempty" doc:"1 周一到 7 周日；没有就是写明了日期"`
	Nth     int      `json:"nth" doc:"0 每周，1 到 4 每月第几个，5 每月最后一个"`
	Days    []string `json:"days,omitempty" doc:"写明的日期"`
	Opens   string   `json:"opens"`
	Closes  string   `json:"closes"`
	Next    []string `json:"next" doc:"接下来的日期，节假日已经跳过"`
	NotLaw  bool     `json:"notLaw" doc:"多久一次是单位自己定的，不是法律规定"`
}

type receptionsIn struct {
	Org string `query:"org" maxLength:"60" doc:"只看一个单位"`
}

type receptionsOutput struct{ Body []Reception }

// ReceptionPut is what a body announces.
type ReceptionPut struct {
	Org     string   `json:"org" maxLength:"60" doc:"本单位的 id"`
	Host    string   `json:"host" maxLength:"100" doc:"接待的人"`
	Spot    string   `json:"spot" maxLength:"100"`
	Note    string   `json:"note,omitempty" maxLength:"100"`
	Weekday int      `json:"weekday,omitempty" minimum:"0" maximum:"7" doc:"1 周一到 7 周日；写明日期的不写"`
	Nth     int      `json:"nth,omitempty" minimum:"0" maximum:"5" doc:"0 每周，1 到 4 每月第几个，5 每月最后一个"`
	Days    []string `json:"days,omitempty" maxItems:"40" doc:"写明的日期"`
	Opens   string   `json:"opens" maxLength:"5" doc:"例如 09:00"`
	Closes  string   `json:"closes" maxLength:"5"`
}

type receptionPutIn struct{ Body ReceptionPut }

type receptionPutOutput struct {
	Body struct {
		ID string `json:"id"`
	}
}

type receptionIn struct {
	ID string `path:"id" maxLength:"60" doc:"接待日的 id"`
}

// Coming is one day of a reception.
type Coming struct {
	ID   string    `json:"id" doc:"接待日的 id"`
	Day  string    `json:"day"`
	Host string    `json:"host"`
	Spot string    `json:"spot"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

type comingsOutput struct{ Body []Coming }

type comingIn struct {
	ID   string `path:"id" maxLength:"60" doc:"事项的 id"`
	Body struct {
		Reception string `json:"reception" minLength:"1" maxLength:"60" doc:"接待日的 id"`
		Day       string `json:"day" maxLength:"10" doc:"列出的日期之一"`
	}
}

func (s *server) receptionDays() {
	add(s, operation{id: "receptions", method: http.MethodGet, path: "/api/v1/receptions", tag: "places", summary: "各单位的接待日", public: true, who: "任何人。", refuses: "不拒绝谁。"}, s.receptions)
	add(s, operation{id: "announce-reception", method: http.MethodPost, path: "/api/v1/receptions", tag: "places", summary: "公布本单位的接待日", scope: "matters:write", status: http.StatusCreated, errors: []int{409, 422},
		who: "本单位办理、登记或者负责的人。", refuses: "别的单位的人、说不清的时间和个人的号码。"}, s.putReception)
	add(s, operation{id: "end-reception", method: http.MethodDelete, path: "/api/v1/receptions/{id}", tag: "places", summary: "取消本单位的接待日", scope: "matters:write", status: http.StatusNoContent, errors: []int{404},
		who: "本单位办理、登记或者负责的人。", refuses: "没有的和别的单位的，回答没有找到。"}, s.endReception)
	add(s, operation{id: "comings", method: http.MethodGet, path: "/api/v1/matters/{id}/receptions", tag: "matters", summary: "办理这件事项的单位接下来的接待日", scope: "matters:read", errors: []int{404},
		who: "能看到这件事项的人。", refuses: "看不到的事项，回答没有找到。"}, s.comings)
	add(s, operation{id: "name-reception", method: http.MethodPut, path: "/api/v1/matters/{id}/reception", tag: "matters", summary: "说哪个接待日来", scope: "matters:write", status: http.StatusNoContent, errors: []int{404, 422},
		who: "提出的人，或者办理单位的人按来人说的记。", refuses: "没有接待的日子；看不到的事项，回答没有找到。"}, s.nameReception)
	add(s, operation{id: "forget-reception", method: http.MethodDelete, path: "/api/v1/matters/{id}/reception", tag: "matters", summary: "接待日不来了", scope: "matters:write", status: http.StatusNoContent, errors: []int{404},
		who: "提出的人，或者办理单位的人按来人说的记。", refuses: "看不到的事项，回答没有找到。"}, s.forgetReception)
}

func (s *server) receptions(ctx context.Context, c caller, in *receptionsIn) (*receptionsOutput, error) {
	list, err := s.desk.Receptions(ctx, c.Actor, in.Org)
	days := func(list []calendar.Day) []string {
		return each(list, func(d calendar.Day) string { return string(d) })
	}
	return &receptionsOutput{each(list, func(r desk.Reception) Reception {
		return Reception{ID: r.ID, Body: body(c.Lang, r.Body), Host: r.Host, Spot: r.Spot, Note: r.Note, Weekday: r.Weekday, Nth: r.Nth, Days: days(r.Days), Opens: r.Opens, Closes: r.Closes,
			Next: days(r.Next), NotLaw: true}
	})}, err
}

func (s *server) putReception(ctx context.Context, c caller, in *receptionPutIn) (*receptionPutOutput, error) {
	b, out := in.Body, &receptionPutOutput{}
	var err error
	out.Body.ID, err = s.desk.PutReception(ctx, c.Actor, reception.Reception{Org: b.Org, Host: b.Host, Spot: b.Spot, Note: b.Note, Weekday: b.Weekday, Nth: b.Nth, Opens: b.Opens, Closes: b.Closes,
		Days: each(b.Days, func(d string) calendar.Day { return calendar.Day(d) })})
	return out, err
}

func (s *server) endReception(ctx context.Context, c caller, in *receptionIn) (*struct{}, error) {
	return nil, s.desk.EndReception(ctx, c.Actor, in.ID)
}

func (s *server) comings(ctx context.Context, c caller, in *idInput) (*comingsOutput, error) {
	list, err := s.desk.Comings(ctx, c.Actor, in.ID)
	return &comingsOutput{each(list, func(x desk.Coming) Coming {
		return Coming{ID: x.ID, Day: string(x.Day), Host: x.Host, Spot: x.Spot, From: here(x.From), To: here(x.To)}
	})}, err
}

func (s *server) nameReception(ctx context.Context, c caller, in *comingIn) (*struct{}, error) {
	return nil, s.desk.NameReception(ctx, c.Actor, in.ID, in.Body.Reception, calendar.Day(in.Body.Day))
}

func (s *server) forgetReception(ctx context.Context, c caller, in *idInput) (*struct{}, error) {
	return nil, s.desk.NameReception(ctx, c.Actor, in.ID, "", "")
}
