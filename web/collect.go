package web

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/collect"
	"jishi/web/look"
)

// collecting are the pages where departments bring forms and the data authority keeps the catalogue.
func (s *Server) collecting() {
	s.page("GET /collect", s.forms)
	s.page("GET /collect/new", s.formNew)
	s.page("POST /collect/new", s.formBring)
	s.page("GET /collect/form/{id}", s.formPage)
	s.page("POST /collect/form/{id}", s.formDecide)
	s.page("POST /collect/form/{id}/hand-in", s.formHandIn)
	s.page("POST /collect/form/{id}/schedule", s.formSchedule)
	s.page("GET /collect/form/{id}/layout.xlsx", s.formLayout)
	s.page("GET /collect/form/{id}/made.xlsx", s.formMade)
	s.page("GET /collect/elements", s.elements)
	s.page("GET /collect/elements.xlsx", s.elementsFile)
	s.page("GET /collect/elements/{id}", s.element)
	s.page("GET /collect/import", s.elementsImport)
	s.page("POST /collect/import", s.elementsTake)
	s.page("POST /collect/shipped", s.elementsShipped)
	s.page("GET /collect/learned", s.learned)
	s.page("POST /collect/learned/{id}", s.unlearn)
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) sheetFile(v *visit, name string, b []byte) error {
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	write(v, http.StatusOK, xlsxType, b)
	return nil
}

// millis says an instant in the reader's language.
func (v *visit) millis(ms int64) string { return v.page.Moment(time.UnixMilli(ms)) }

func (s *Server) forms(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	h := collect.Home{Listed: v.r.URL.Query().Get("list") == "listed", Keeper: s.desk.KeepsCatalogue(who), All: s.desk.SeesAllForms(who)}
	if h.Forms, err = s.desk.FormList(v.r.Context(), who, h.Listed); err != nil {
		return err
	}
	for _, f := range h.Forms {
		h.Fields, h.Known = h.Fields+f.Total, h.Known+f.Known
	}
	v.page = v.page.Titled("报表")
	v.page.Wide = true
	return v.show(collect.Forms(v.page, h))
}

func (s *Server) formNew(v *visit) error {
	if _, err := s.staff(v); err != nil {
		return err
	}
	v.page = v.page.Titled("登记一张表")
	return v.show(collect.Bring(v.page, look.Form{}))
}

func (s *Server) formBring(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("登记一张表")
	again := func(f look.Form) page { return collect.Bring(v.page, f) }
	name, data, err := v.upload()
	if err != nil {
		return v.again(err, again)
	}
	form := v.r.PostForm
	f, file, err := s.desk.BringForm(v.r.Context(), who, desk.FormDraft{Title: form.Get("title"), Basis: form.Get("basis"), Purpose: form.Get("purpose"),
		Level: form.Get("level"), Period: form.Get("period"), Labels: strings.Split(form.Get("labels"), "\n"), Name: name, File: data})
	if err != nil {
		return v.again(err, again)
	}
	if len(file.Notices) > 0 {
		return s.showForm(v, who, f.ID, look.Form{}, file)
	}
	return v.goTo(at("/collect/form/", f.ID))
}

func (s *Server) formPage(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	return s.showForm(v, who, v.r.PathValue("id"), look.Form{}, desk.FormFile{})
}

func (s *Server) showForm(v *visit, who actor.Actor, id string, f look.Form, file desk.FormFile) error {
	x, err := s.desk.FormOf(v.r.Context(), who, id)
	if err != nil {
		return err
	}
	d := collect.Detail{FormView: x, Form: f, When: v.millis}
	if file.Brought != "" {
		d.Marked = markedAt(file.Brought)
	}
	for _, n := range file.Notices {
		d.Notices = append(d.Notices, v.say(n.Text, n.Args...))
	}
	if d.Schedule, err = s.desk.Schedule(v.r.Context(), who, id); err != nil {
		return err
	}
	v.page.Title = x.Title
	v.page.Wide = true
	code := http.StatusOK
	if f.Refusal != nil {
		code = f.Refusal.Kind.Status()
	}
	return v.showAs(code, collect.Form(v.page, d))
}

// formAct does something with a form; a refusal is shown on the form's own page.
func (s *Server) formAct(v *visit, done string, act func(who actor.Actor, id string) error) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if err = v.read(noFiles); err == nil {
		err = act(who, id)
	}
	if r, ok := words.AsRefusal(err); ok && r.Kind != words.NotFound {
		return s.showForm(v, who, id, look.Form{Values: v.r.PostForm, Refusal: r}, desk.FormFile{})
	}
	if err != nil {
		return err
	}
	v.flash(done)
	return v.goTo(at("/collect/form/", id))
}

func (s *Server) formDecide(v *visit) error {
	return s.formAct(v, "已经确认，匹配也记住了。", func(who actor.Actor, id string) error {
		seq, _ := strconv.ParseInt(v.r.PostForm.Get("seq"), 10, 64)
		decisions := map[int]string{}
		for name := range v.r.PostForm {
			if n, err := strconv.Atoi(strings.TrimPrefix(name, "field")); err == nil {
				decisions[n] = v.r.PostForm.Get(name)
			}
		}
		return s.desk.DecideFields(v.r.Context(), who, id, seq, decisions)
	})
}

func (s *Server) formHandIn(v *visit) error {
	return s.formAct(v, "已经交出，核对的结果在下面。", func(who actor.Actor, id string) error {
		_, err := s.desk.HandIn(v.r.Context(), who, id, v.r.PostForm.Get("token"), v.r.PostForm.Get("class"), v.r.PostForm.Get("reason"))
		return err
	})
}

func (s *Server) formSchedule(v *visit) error {
	return s.formAct(v, "已经保存。", func(who actor.Actor, id string) error {
		return s.desk.ScheduleLayout(v.r.Context(), who, id, v.r.PostForm.Get("every"))
	})
}

func (s *Server) formLayout(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	p, name, err := s.desk.Layout(v.r.Context(), who, v.r.PathValue("id"), v.r.URL.Query().Get("place"))
	if err != nil {
		return err
	}
	return s.sheetFile(v, name, p.File)
}

func (s *Server) formMade(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	b, name, err := s.desk.MadeLayout(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.sheetFile(v, name, b)
}

func (s *Server) elements(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	theme, text := v.r.URL.Query().Get("theme"), v.r.URL.Query().Get("q")
	list, themes, err := s.desk.Catalogue(v.r.Context(), who, theme, text)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("数据元目录")
	v.page.Wide = true
	return v.show(collect.Elements(v.page, list, themes, theme, text, s.desk.KeepsCatalogue(who)))
}

func (s *Server) elementsFile(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	b, err := s.desk.CatalogueFile(v.r.Context(), who)
	if err != nil {
		return err
	}
	return s.sheetFile(v, "数据元目录.xlsx", b)
}

func (s *Server) element(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	e, err := s.desk.Element(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	v.page.Title = v.page.Either(e.Versions[0].Title, e.Versions[0].En)
	return v.show(collect.Element(v.page, e))
}

// catalogueKeeper is the officer of the data authority.
func (s *Server) catalogueKeeper(v *visit) (actor.Actor, error) {
	who, err := s.staff(v)
	if err == nil && !s.desk.KeepsCatalogue(who) {
		err = words.Refuse(words.Forbidden, "not-the-data-office", "数据元目录由数据主管部门维护。").Try("请把要改的内容告诉数据主管部门。")
	}
	v.page = v.page.Titled("导入目录")
	return who, err
}

func (s *Server) elementsImport(v *visit) error {
	if _, err := s.catalogueKeeper(v); err != nil {
		return err
	}
	return v.show(collect.Take(v.page, look.Form{}))
}

func (s *Server) elementsTake(v *visit) error {
	who, err := s.catalogueKeeper(v)
	if err != nil {
		return err
	}
	id := ""
	name, data, err := v.upload()
	if err == nil && name == "" {
		err = words.Refuse(words.Invalid, "no-catalogue", "还没有选择文件。").At("catalogue", "请选择一个 xlsx 或 csv 文件。")
	}
	if err == nil {
		id, err = s.desk.BringElements(v.r.Context(), who, desk.Bringing{Name: name, Data: data, Dry: v.r.PostForm.Get("dry") == "yes"})
	}
	return s.taken(v, id, err)
}

func (s *Server) elementsShipped(v *visit) error {
	who, err := s.catalogueKeeper(v)
	if err != nil {
		return err
	}
	id, err := s.desk.AdoptShipped(v.r.Context(), who)
	return s.taken(v, id, err)
}

func (s *Server) taken(v *visit, id string, err error) error {
	if r, ok := words.AsRefusal(err); ok {
		return v.showAs(r.Kind.Status(), collect.Take(v.page, look.Form{Values: v.r.PostForm, Refusal: r}))
	}
	if err != nil {
		return err
	}
	return v.goTo(at("/brought/", id))
}

func (s *Server) learned(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	list, err := s.desk.Lessons(v.r.Context(), who)
	if err != nil {
		return err
	}
	all, _, err := s.desk.Catalogue(v.r.Context(), who, "", "")
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, e := range all {
		names[e.ID] = v.page.Either(e.Title, e.En)
	}
	name := func(id string) string {
		if names[id] == "" {
			return id
		}
		return names[id]
	}
	v.page = v.page.Titled("匹配学到了什么")
	v.page.Wide = true
	return v.show(collect.Learned(v.page, list[:min(len(list), 500)], name, func(id string) string { return s.bodyName(v, id) }, v.millis, s.desk.KeepsCatalogue(who)))
}

func (s *Server) unlearn(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	if err := s.desk.Unlearn(v.r.Context(), who, v.r.PathValue("id")); err != nil {
		return err
	}
	v.flash("已经撤销，匹配不再用它。")
	return v.goTo("/collect/learned")
}
