package web

import (
	"jishi/base/words"
	"jishi/desk"
	"jishi/web/look"
	"jishi/web/second"
)

// seconds are the pages of what two people do.
func (s *Server) seconds() {
	s.page("GET /second", s.asks)
	s.page("GET /second/{ask}", s.oneAsk)
	s.page("POST /second/{ask}", s.decide)
}

func (s *Server) asks(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	before := v.r.URL.Query().Get("before")
	list, next, err := s.desk.Asks(v.r.Context(), who, before)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("双人办理")
	view := second.View{Asks: list, First: before == "", Hours: int(s.desk.Eyes.Hours())}
	if next != "" {
		view.Next = "/second?before=" + next
	}
	return v.show(second.Page(v.page, view))
}

func (s *Server) oneAsk(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	a, err := s.desk.Ask(v.r.Context(), who, v.r.PathValue("ask"))
	if err != nil {
		return err
	}
	v.page.Title = v.page.Either(a.Title, a.En)
	return v.show(second.One(v.page, a, look.Form{}, ""))
}

// decide takes the second person's word, or takes an asking back.
func (s *Server) decide(v *visit) error {
	who, err := s.sender(v)
	if err != nil {
		return err
	}
	ctx, id, form := v.r.Context(), v.r.PathValue("ask"), v.r.PostForm
	done, half := "", ""
	var a desk.Ask
	switch form.Get("go") {
	case "agree":
		a, half, err = s.desk.Decide(ctx, who, id, true, form.Get("why"))
		done = "您同意了，已经办好。"
	case "refuse":
		_, _, err = s.desk.Decide(ctx, who, id, false, form.Get("why"))
		done = "您没有同意，提出的人会看到理由。"
	case "withdraw":
		_, err = s.desk.Withdraw(ctx, who, id)
		done = "已经撤回。"
	default:
		err = words.Refuse(words.Invalid, "no-such-action", "现在没有这一步可办，可能已经有人办过了。").Try("请回到事项，看看现在能做什么。")
	}
	if err != nil {
		return s.undecided(v, err)
	}
	if half != "" { // shown this once, so there is no other page to go to
		v.page.Title = v.page.Either(a.Title, a.En)
		return v.show(second.One(v.page, a, look.Form{}, half))
	}
	v.flash(done)
	return v.goTo("/second/" + id)
}

// undecided shows the asking again with what was wrong, where the reader may see it.
func (s *Server) undecided(v *visit, err error) error {
	r, ok := words.AsRefusal(err)
	if !ok || len(r.Fields) == 0 {
		return err
	}
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	a, err := s.desk.Ask(v.r.Context(), who, v.r.PathValue("ask"))
	if err != nil {
		return err
	}
	v.page.Title = v.page.Either(a.Title, a.En)
	return v.again(r, func(f look.Form) page { return second.One(v.page, a, f, "") })
}

// waitsFor goes to what now waits for a second person.
func (v *visit) waitsFor(a desk.Ask) error {
	v.flash("已经提出，等第二个人同意才会办。")
	return v.goTo("/second/" + a.ID)
}
