package web

import (
	"net/http"
	"strconv"
	"strings"

	"jishi/base/calendar"
	"jishi/desk"
	days "jishi/module/reception"
	"jishi/people/actor"
	"jishi/web/look"
	"jishi/web/reception"
)

// receptions is the public page of reception days.
func (s *Server) receptions(v *visit) error {
	s.anyone(v)
	who := actor.Nobody(v.page.Lang)
	if v.page.Who != nil {
		var err error
		if who, err = s.officer(v); err != nil {
			return err
		}
	}
	view, err := s.receptionView(v, who, look.Form{})
	if err != nil {
		return err
	}
	return v.show(reception.Page(v.page, view))
}

func (s *Server) receptionView(v *visit, who actor.Actor, f look.Form) (reception.View, error) {
	v.page = v.page.Titled("接待日")
	only := v.r.URL.Query().Get("org")
	view := reception.View{Form: f, One: only != ""}
	list, err := s.desk.Receptions(v.r.Context(), who, only)
	for _, r := range list {
		if n := len(view.Groups); n == 0 || view.Groups[n-1].ID != r.Org {
			view.Groups = append(view.Groups, reception.Group{ID: r.Org, Name: s.bodyName(v, r.Org)})
		}
		g := &view.Groups[len(view.Groups)-1]
		g.List = append(g.List, r)
	}
	for _, id := range s.desk.Receives(who) {
		view.Bodies = append(view.Bodies, look.Option{Value: id, Title: s.bodyName(v, id)})
	}
	return view, err
}

// setReception announces one or takes one off.
func (s *Server) setReception(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }
	if id := get("end"); id != "" {
		if err := s.desk.EndReception(v.r.Context(), who, id); err != nil {
			return err
		}
		v.flash("这条接待日取消了。说过要来的人，会在自己的页面上看到。")
		return v.goTo("/receptions")
	}
	r := days.Reception{Org: get("org"), Host: get("host"), Spot: get("spot"), Note: get("note"), Opens: get("opens"), Closes: get("closes")}
	r.Weekday, _ = strconv.Atoi(get("weekday")) // what is no number is none, and is refused below
	r.Nth, _ = strconv.Atoi(get("nth"))
	for _, day := range strings.Fields(get("days")) {
		r.Days = append(r.Days, calendar.Day(day))
	}
	if _, err := s.desk.PutReception(v.r.Context(), who, r); err != nil {
		view, viewErr := s.receptionView(v, who, look.Form{})
		if viewErr != nil {
			return viewErr
		}
		return v.again(err, func(f look.Form) page { view.Form = f; return reception.Page(v.page, view) })
	}
	v.flash("公布了。")
	return v.goTo("/receptions")
}

// coming is where a citizen says for which reception day they mean to come with their matter.
func (s *Server) coming(v *visit) error {
	who, m, err := s.own(v)
	if err != nil {
		return err
	}
	return s.choose(v, who, m, at("/p/", m.Number))
}

// comingFor is the same for an officer, at somebody's word.
func (s *Server) comingFor(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	return s.choose(v, who, m, at("/m/", m.ID))
}

func (s *Server) choose(v *visit, who actor.Actor, m *desk.View, back string) error {
	v.page = v.page.Titled("到接待日当面谈")
	c := reception.Choice{At: back + "/reception", Back: back, Body: m.Holder}
	for i, x := range m.Meetings {
		if x.Field == "reception" {
			c.Named = &m.Meetings[i]
		}
	}
	var err error
	if c.List, err = s.desk.Comings(v.r.Context(), who, m.ID); err != nil {
		return err
	}
	if v.r.Method != http.MethodPost {
		return v.show(reception.Choose(v.page, c))
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	day, id, _ := strings.Cut(v.r.PostForm.Get("coming"), " ")
	if v.r.PostForm.Get("back") == "yes" {
		id = ""
	} else if id == "" {
		id = "none"
	}
	if err := s.desk.NameReception(v.r.Context(), who, m.ID, id, calendar.Day(day)); err != nil {
		return v.again(err, func(f look.Form) page { c.Form = f; return reception.Choose(v.page, c) })
	}
	if id == "" {
		v.flash("记下了：不去了。")
	} else {
		v.flash("记下了，到时候见。")
	}
	return v.goTo(back)
}
