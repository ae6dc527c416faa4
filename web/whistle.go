package web

import (
	"net/url"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/web/look"
	"jishi/web/whistle"
)

// whistles is the board of the body for which the officer acts.
func (s *Server) whistles(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	b, err := s.desk.Board(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("吹哨报到")
	return v.show(whistle.Page(v.page, s.wallOf(who, b)))
}

func (s *Server) wallOf(who actor.Actor, b desk.Board) whistle.Board {
	body, _ := s.desk.Offices.Tree().Get(who.Acting)
	return whistle.Board{Board: b, Blow: s.desk.MayBlow(who) == nil, District: body.Kind == org.Government}
}

// spotOf leads from a matter to the page of its whistle or task, or, for whoever may blow, to a whistle about it.
func (s *Server) spotOf(v *visit, who actor.Actor, m *desk.View) look.Link {
	switch m.Procedure.ID {
	case desk.WhistleID:
		return look.Link{Title: v.say("在吹哨报到的页面里办"), To: at("/whistles/", m.ID)}
	case desk.ReportID:
		return look.Link{Title: v.say("在吹哨报到的页面里办"), To: at("/reports/", m.ID)}
	case desk.RefusalID:
		return look.Link{}
	}
	if m.Ended || s.desk.MayBlow(who) != nil {
		return look.Link{}
	}
	return look.Link{Title: v.say("由此吹哨"), To: "/whistles/new?from=" + url.QueryEscape(m.Number)}
}

// blowPage is the form, filled with what the matter `from` says already.
func (s *Server) blowPage(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	b, err := s.blowing(v, who, v.r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	return v.show(whistle.BlowPage(v.page, b))
}

func (s *Server) blowing(v *visit, who actor.Actor, behind string) (whistle.Blow, error) {
	v.page = v.page.Titled("吹哨")
	f, err := s.desk.WhistleForm(v.r.Context(), who, strings.TrimSpace(behind))
	b := whistle.Blow{WhistleForm: f, Draft: "whistle"}
	if f.Said["linked"] != "" {
		b.Behind, b.Draft = f.Said["linked"], "whistle-"+f.Said["linked"]
	}
	if f.Sealed {
		b.Draft = ""
	}
	return b, err
}

// blow blows. At a place where a whistle stands already it asks first whether this is the same problem: then it is
// joined, or counted as come back. A form that arrived before, without its answer reaching the telephone, is answered
// as it was then.
func (s *Server) blow(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	readErr := v.read(s.keep(v))
	form := v.r.PostForm
	b, err := s.blowing(v, who, form.Get("linked"))
	if err != nil {
		return err
	}
	again := func(f look.Form) page {
		b.Form = f
		for _, x := range s.arrived(f.All("file")) {
			b.Kept = append(b.Kept, whistle.File(x))
		}
		return whistle.BlowPage(v.page, b)
	}
	if readErr != nil {
		return v.again(readErr, again)
	}
	if strings.TrimSpace(form.Get("title")) == "" {
		form.Set("title", firstSentence(form.Get("what")))
	}
	if r, err := s.desk.ReceiptOf(v.r.Context(), form.Get("token")); err == nil {
		return v.goTo(at("/whistles/", r.ID) + "?blown=" + b.Draft)
	}
	if b.Alike, err = s.alike(v, who, form); err != nil {
		return err
	}
	if len(b.Alike) > 0 {
		joined, err := s.same(v, who, b.Alike, form)
		if err != nil {
			return v.again(err, again)
		}
		if joined != "" {
			v.flash("已经加到那件哨里，没有重复吹。")
			return v.goTo(at("/whistles/", joined) + "?blown=" + b.Draft)
		}
	}
	r, err := s.desk.File(v.r.Context(), who, s.opened(who, b.WhistleForm.Form, form))
	if err != nil {
		return v.again(err, again)
	}
	v.flash("哨吹出去了。")
	return v.goTo(at("/whistles/", r.ID) + "?blown=" + b.Draft)
}

// alike are the whistles at the place that the form does not name itself.
func (s *Server) alike(v *visit, who actor.Actor, form url.Values) ([]desk.Alike, error) {
	if form.Get("place") == "" {
		return nil, nil
	}
	list, err := s.desk.Whistled(v.r.Context(), who, form.Get("place"))
	if slices.ContainsFunc(list, func(a desk.Alike) bool { return a.Number == form.Get("linked") }) {
		return nil, err
	}
	return list, err
}

// same takes the answer to whether it is one of them: the whistle it was joined to, "" where it is to be blown.
func (s *Server) same(v *visit, who actor.Actor, list []desk.Alike, form url.Values) (joined string, err error) {
	answer := form.Get("alike")
	if answer == "none" {
		return "", nil
	}
	i := slices.IndexFunc(list, func(a desk.Alike) bool { return a.ID == answer })
	if i < 0 {
		return "", words.Refuse(words.Closed, "whistled-here", "这个地方已经有哨，请先说明是不是同一个问题。").At("alike", "请选：就是它、又出现了，还是不是同一个问题。")
	}
	if !list[i].Open {
		form.Set("linked", list[i].Number)
		return "", nil
	}
	_, err = s.desk.Do(v.r.Context(), who, answer, desk.Press{Token: form.Get("token"), Action: "note",
		With: map[string]string{"record": form.Get("what")}, Files: s.attached(form["file"])})
	return answer, err
}

// firstSentence is the title of what was written without one.
func firstSentence(text string) string {
	text = strings.TrimSpace(text)
	if i := strings.IndexAny(text, "。！？；!?;\n"); i >= 0 {
		text = text[:i]
	}
	r := []rune(strings.TrimSpace(text))
	return string(r[:min(len(r), 40)])
}

// whistle is one whistle, with each department's task and what its reader may do.
func (s *Server) whistle(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	card, m, err := s.desk.Blown(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	v.page.Title, v.page.Forget = m.Title, v.r.URL.Query().Get("blown")
	return v.show(whistle.One(v.page, whistle.View{Whistle: card, Matter: m, Mine: who.Acting}))
}

// report is a department's page: one next step, for one thumb.
func (s *Server) report(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	c, err := s.desk.Called(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	v.page.Title, v.page.Forget = c.Blown.Title, v.r.URL.Query().Get("done")
	return v.show(whistle.ReportPage(v.page, whistle.Called{Callable: c, Me: who.Name, Own: who.Acting == c.Body.ID}))
}

// reportDo takes the steps of a department's page. They carry no "what I saw": that the street wrote a note meanwhile
// does not undo an arrival. What comes back comes back on the same page.
func (s *Server) reportDo(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	readErr := v.read(s.keep(v))
	c, err := s.desk.Called(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	form, action, home := v.r.PostForm, v.r.PathValue("action"), at("/reports/", c.ID)
	again := func(f look.Form) page {
		v.page.Title = c.Blown.Title
		view := whistle.Called{Callable: c, Me: who.Name, Own: who.Acting == c.Body.ID, Form: f, Action: action}
		for _, x := range s.arrived(f.All("file")) {
			view.Kept = append(view.Kept, whistle.File(x))
		}
		return whistle.ReportPage(v.page, view)
	}
	if readErr != nil {
		return v.again(readErr, again)
	}
	if action == "arrive" && strings.TrimSpace(form.Get("arrived_at")) == "" {
		form.Set("arrived_at", s.desk.Now().In(calendar.Zone).Format("2006-01-02T15:04"))
	}
	p := press(form, action, s.attached(form["file"]))
	p.Seq = 0
	if _, err := s.desk.Do(v.r.Context(), who, c.ID, p); err != nil {
		return v.again(err, again)
	}
	v.flash("办好了。")
	return v.goTo(home + "?done=report-" + c.ID)
}

// whistleAsk and whistleDo are the further steps of a whistle, and of a task, with the way back to its own page.
func (s *Server) whistleAsk(v *visit) error { return s.step(v, "/whistles/", s.askStep) }
func (s *Server) whistleDo(v *visit) error  { return s.step(v, "/whistles/", s.do) }
func (s *Server) reportAsk(v *visit) error  { return s.step(v, "/reports/", s.askStep) }
func (s *Server) reportMore(v *visit) error { return s.step(v, "/reports/", s.do) }

func (s *Server) askStep(v *visit, _ actor.Actor, m *desk.View, at string) error {
	return s.ask(v, m, at)
}

func (s *Server) step(v *visit, under string, then func(*visit, actor.Actor, *desk.View, string) error) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	return then(v, who, m, at(under, m.ID))
}
