package api

import (
	"context"
	"net/http"
	"time"

	"jishi/module/collect"
)

// Lesson is what a person once said that a field is, from which the matcher learnt.
type Lesson struct {
	ID      string     `json:"id"`
	Said    string     `json:"said" doc:"栏目的文字"`
	Element string     `json:"element"`
	Form    string     `json:"form"`
	Body    *Body      `json:"body" doc:"哪个单位确认的"`
	At      time.Time  `json:"at"`
	Undone  *time.Time `json:"undone,omitempty" doc:"什么时候撤销的；没有的还算数"`
}

type (
	elementFormsOutput struct{ Body []RowForm }
	lessonsOutput      struct{ Body []Lesson }
	lessonInput        struct {
		ID string `path:"id" maxLength:"60"`
	}
)

// catalogue is what the data authority does with the catalogue, and all staff may read.
func (s *server) catalogue() {
	s.raw(operation{id: "element-file", method: "GET", path: "/api/v1/collect/element-files", tag: "collect", summary: "数据元目录，一份改了还能导入的 xlsx", scope: "matters:read",
		who: "工作人员。", refuses: "没有登录的，请先登录。"}, download(sheetType), s.elementFile)
	add(s, operation{id: "element-forms", method: "GET", path: "/api/v1/collect/elements/{id}/forms", tag: "collect", summary: "清单上要这个数据元的表", scope: "matters:read", errors: []int{404},
		who: "工作人员。", refuses: "目录里没有的，回答没有找到。"}, s.elementForms)
	add(s, operation{id: "adopt-shipped", method: "POST", path: "/api/v1/collect/shipped", tag: "collect", summary: "采用程序自带的目录，从今天起", scope: "matters:write", status: 201,
		who: "数据主管部门。", refuses: "别的单位采用，回答没有权限。"}, s.adoptShipped)
	add(s, operation{id: "lessons", method: "GET", path: "/api/v1/collect/lessons", tag: "collect", summary: "匹配学到了什么，撤销了的也在", scope: "matters:read",
		who: "工作人员。", refuses: "没有登录的，请先登录。"}, s.lessons)
	add(s, operation{id: "unlearn", method: "DELETE", path: "/api/v1/collect/lessons/{id}", tag: "collect", summary: "撤销学到的一条，匹配不再用它", scope: "matters:write", status: 204, errors: []int{404},
		who: "数据主管部门。", refuses: "没有的、已经撤销的，回答没有找到。"}, s.unlearn)
}

func (s *server) elementFile(w http.ResponseWriter, r *http.Request, c caller) error {
	b, err := s.desk.CatalogueFile(r.Context(), c.Actor)
	if err != nil {
		return err
	}
	attachment(w, sheetType, "数据元目录.xlsx")
	_, err = w.Write(b)
	return err
}

func (s *server) elementForms(ctx context.Context, c caller, in *elementInput) (*elementFormsOutput, error) {
	v, err := s.desk.Element(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &elementFormsOutput{each(v.Forms, func(f collect.Form) RowForm {
		return RowForm{f.ID, f.Title, body(c.Lang, s.desk.Body(f.Org)), f.Purpose}
	})}, nil
}

func (s *server) adoptShipped(ctx context.Context, c caller, _ *struct{}) (*broughtOut, error) {
	id, err := s.desk.AdoptShipped(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	return s.broughtFile(ctx, c, &broughtIn{id})
}

func (s *server) lessons(ctx context.Context, c caller, _ *struct{}) (*lessonsOutput, error) {
	list, err := s.desk.Lessons(ctx, c.Actor)
	return &lessonsOutput{each(list, func(x collect.Lesson) Lesson {
		l := Lesson{ID: x.ID, Said: x.Said, Element: x.Element, Form: x.Form, Body: body(c.Lang, s.desk.Body(x.Org)), At: here(time.UnixMilli(x.At))}
		if x.UndoneAt > 0 {
			l.Undone = moment(time.UnixMilli(x.UndoneAt))
		}
		return l
	})}, err
}

func (s *server) unlearn(ctx context.Context, c caller, in *lessonInput) (*struct{}, error) {
	return nil, s.desk.Unlearn(ctx, c.Actor, in.ID)
}
