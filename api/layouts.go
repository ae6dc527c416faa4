package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// LayoutSchedule is how often a form's own layout is produced by itself.
type LayoutSchedule struct {
	Every  string     `json:"every" enum:"day,week,month,never"`
	Next   string     `json:"next,omitempty" doc:"下一次在哪天"`
	Made   *time.Time `json:"made,omitempty" doc:"最近一次什么时候做好的；凭 made-layout 取"`
	Cells  int        `json:"cells" doc:"最近一次的格数（分母）"`
	Filled int        `json:"filled" doc:"其中有数的（分子）"`
}

type (
	scheduleOutput struct{ Body LayoutSchedule }
	scheduleInput  struct {
		ID   string `path:"id" maxLength:"60"`
		Body struct {
			Every string `json:"every" enum:"day,week,month,never" doc:"从明天起多久一次；never 不再做"`
		}
	}
)

// never is what the interface calls a form that has no schedule.
const never = "never"

// layouts are a department's own spreadsheets filled in from the one table: on demand, and by themselves.
func (s *server) layouts() {
	who, asker := "要表的单位，以及数据主管部门和社会工作部门。", "要表的单位。"
	s.raw(operation{id: "get-layout", method: "GET", path: "/api/v1/collect/forms/{id}/layout", tag: "collect", summary: "按本单位的表样取数据", scope: "matters:read", errors: []int{404, 409},
		who: who, refuses: "还没有列入清单的，没有可以取的数据。"}, func(h *huma.Operation) {
		download(sheetType, "id")(h)
		h.Parameters = append(h.Parameters, &huma.Param{Name: "place", In: "query", Description: both("只要一个地方的"), Schema: &huma.Schema{Type: "string"}})
	}, s.layout)
	add(s, operation{id: "layout-schedule", method: "GET", path: "/api/v1/collect/forms/{id}/schedule", tag: "collect", summary: "表样多久自动做一次", scope: "matters:read", errors: []int{404},
		who: "看得到这张表的工作人员。", refuses: "看不到的和不存在的，回答完全一样：没有找到。"}, s.schedule)
	add(s, operation{id: "schedule-layout", method: "PUT", path: "/api/v1/collect/forms/{id}/schedule", tag: "collect", summary: "让表样每天、每周或者每月自动做一次", scope: "matters:write", status: 200, errors: []int{404, 415, 422},
		who: asker, refuses: "别的单位的表，回答没有权限。", pointer: func(f string) string { return "#/" + f }}, s.scheduleLayout)
	s.raw(operation{id: "made-layout", method: "GET", path: "/api/v1/collect/forms/{id}/made", tag: "collect", summary: "自动做好的最近一份", scope: "matters:read", errors: []int{404},
		who: who, refuses: "还没有做过的，回答没有找到。"}, download(sheetType, "id"), s.madeLayout)
}

func (s *server) layout(w http.ResponseWriter, r *http.Request, c caller) error {
	p, name, err := s.desk.Layout(r.Context(), c.Actor, r.PathValue("id"), r.URL.Query().Get("place"))
	if err != nil {
		return err
	}
	attachment(w, sheetType, name)
	_, err = w.Write(p.File)
	return err
}

func (s *server) schedule(ctx context.Context, c caller, in *formInput) (*scheduleOutput, error) {
	x, err := s.desk.Schedule(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return &scheduleOutput{LayoutSchedule{Every: never}}, nil
	}
	out := &scheduleOutput{LayoutSchedule{Every: x.Every, Next: string(x.Next), Cells: x.Cells, Filled: x.Filled}}
	if x.Made != "" {
		out.Body.Made = moment(time.UnixMilli(x.MadeAt))
	}
	return out, nil
}

func (s *server) scheduleLayout(ctx context.Context, c caller, in *scheduleInput) (*scheduleOutput, error) {
	every := in.Body.Every
	if every == never {
		every = ""
	}
	if err := s.desk.ScheduleLayout(ctx, c.Actor, in.ID, every); err != nil {
		return nil, err
	}
	return s.schedule(ctx, c, &formInput{in.ID})
}

func (s *server) madeLayout(w http.ResponseWriter, r *http.Request, c caller) error {
	b, name, err := s.desk.MadeLayout(r.Context(), c.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	attachment(w, sheetType, name)
	_, err = w.Write(b)
	return err
}
