package web

import (
	"slices"

	"jishi/desk"
	"jishi/web/figures"
	"jishi/web/today"
)

// figures is what is late and where.
func (s *Server) figures(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	o, err := s.desk.Overview(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("哪里慢了")
	return v.show(figures.Page(v.page, o))
}

// figuresBody is one body's open matters, as far as the leader may see them.
func (s *Server) figuresBody(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	o, err := s.desk.Overview(v.r.Context(), who)
	if err != nil {
		return err
	}
	id := v.r.PathValue("body")
	i := slices.IndexFunc(o.Bodies, func(b desk.BodyFigures) bool { return b.Body.ID == id })
	if i < 0 {
		return errNoPage
	}
	view := today.View{Box: string(desk.Area)}
	for cursor, more := "", true; more && len(view.Rows) < 100; {
		page, err := s.desk.List(v.r.Context(), who, desk.Filter{Box: desk.Area, Cursor: cursor, Limit: 200})
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			if r.Holder.ID == id && len(view.Rows) < 100 {
				view.Rows = append(view.Rows, r)
			}
		}
		cursor, more = page.Next, page.Next != ""
	}
	v.page = v.page.Titled("哪里慢了")
	return v.show(figures.Body(v.page, o.Bodies[i], view))
}
