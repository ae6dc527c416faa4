package web

import (
	"net/url"
	"slices"
	"strings"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/follow"
	"jishi/web/home"
	"jishi/web/look"
	"jishi/web/tell"
)

func (s *Server) home(v *visit) error {
	s.folk(v)
	v.page = v.page.Titled("首页")
	return v.show(home.Page(v.page))
}

// followStart asks for number and query code; a scanned receipt brings both along.
func (s *Server) followStart(v *visit) error {
	q := v.r.URL.Query()
	v.page = v.page.Titled("查进度")
	form := look.Form{Values: url.Values{"number": {q.Get("number")}, "code": {q.Get("code")}}}
	return v.show(follow.Enter(v.page, form, local(q.Get("to")), true))
}

func (s *Server) followEnter(v *visit) error {
	v.page = v.page.Titled("查进度")
	err := v.read(noFiles)
	form := v.r.PostForm
	number := strings.ToUpper(strings.TrimSpace(form.Get("number")))
	if err == nil {
		var who actor.Actor
		if who, err = s.desk.Enter(v.r.Context(), number, form.Get("code"), address(v.r), v.page.Lang); err == nil {
			if err := s.admit(v, who); err != nil {
				return err
			}
			if to := local(form.Get("to")); strings.HasPrefix(to, "/me") {
				return v.goTo(to)
			}
			return v.goTo("/p/" + url.PathEscape(number))
		}
	}
	return v.again(err, func(f look.Form) page { return follow.Enter(v.page, f, form.Get("to"), true) })
}

func (s *Server) followPhone(v *visit) error {
	v.page = v.page.Titled("用手机号码查")
	return v.show(follow.Phone(v.page, look.Form{}))
}

func (s *Server) followAsk(v *visit) error {
	v.page = v.page.Titled("用手机号码查")
	err := v.read(noFiles)
	phone := v.r.PostForm.Get("phone")
	if err == nil {
		err = s.desk.AskCode(v.r.Context(), phone)
	}
	if err != nil {
		return v.again(err, func(f look.Form) page { return follow.Phone(v.page, f) })
	}
	v.page = v.page.Titled("输入验证码")
	return v.show(follow.Code(v.page, look.Form{}, phone, s.shown(phone)))
}

// shown is the code itself, which only the demonstration tells.
func (s *Server) shown(phone string) string {
	if !s.opt.Demo || s.opt.Shown == nil {
		return ""
	}
	return s.opt.Shown(vault.NormalPhone(phone))
}

func (s *Server) followCode(v *visit) error {
	v.page = v.page.Titled("输入验证码")
	err := v.read(noFiles)
	form := v.r.PostForm
	if err == nil {
		var who actor.Actor
		who, err = s.desk.UseCode(v.r.Context(), form.Get("phone"), form.Get("otp"), v.page.Lang)
		if err == nil {
			if err := s.admit(v, who); err != nil {
				return err
			}
			return v.goTo("/mine")
		}
	}
	return v.again(err, func(f look.Form) page { return follow.Code(v.page, f, form.Get("phone"), "") })
}

// mine lists what the citizen of this visit brought in.
func (s *Server) mine(v *visit) error {
	v.page = v.page.Titled("我的事项")
	var rows []desk.Row
	for _, who := range s.folk(v) {
		page, err := s.desk.List(v.r.Context(), who, desk.Filter{Limit: 50})
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			if !slices.ContainsFunc(rows, func(x desk.Row) bool { return x.ID == r.ID }) {
				rows = append(rows, r)
			}
		}
	}
	return v.show(follow.Mine(v.page, rows))
}

// own is the matter of the address for the citizen who may see it. Whoever is not signed in for it is asked
// for its code, whether it exists or not.
func (s *Server) own(v *visit) (actor.Actor, *desk.View, error) {
	for _, who := range s.folk(v) {
		m, err := s.desk.ByNumber(v.r.Context(), who, v.r.PathValue("number"))
		if err == nil {
			return who, m, nil
		}
		if r, ok := words.AsRefusal(err); !ok || r.Kind != words.NotFound {
			return who, nil, err
		}
	}
	return actor.Actor{}, nil, errSignIn
}

func (s *Server) follow(v *visit) error {
	_, m, err := s.own(v)
	if err != nil {
		return err
	}
	v.page.Title = m.Title
	view := follow.View{View: m, Drawing: tell.Here(v.page, m), At: at("/p/", m.Number)}
	return v.show(follow.Page(v.page, view))
}

func (s *Server) looks(v *visit) error {
	who, m, err := s.own(v)
	if err != nil {
		return err
	}
	looks, err := s.desk.Looks(v.r.Context(), who, m.ID)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("谁看过我的身份")
	return v.show(follow.Looks(v.page, m.Number, looks))
}

func (s *Server) citizenLetter(v *visit) error {
	who, m, err := s.own(v)
	if err != nil {
		return err
	}
	return s.letter(v, who, m, at("/p/", m.Number))
}

func (s *Server) citizenFile(v *visit) error {
	who, m, err := s.own(v)
	if err != nil {
		return err
	}
	return s.file(v, who, m.ID)
}

func (s *Server) citizenAsk(v *visit) error {
	_, m, err := s.own(v)
	if err != nil {
		return err
	}
	return s.ask(v, m, at("/p/", m.Number))
}

func (s *Server) citizenDo(v *visit) error {
	who, m, err := s.own(v)
	if err != nil {
		return err
	}
	return s.do(v, who, m, at("/p/", m.Number))
}

// at is the address of a matter.
func at(root, id string) string { return root + url.PathEscape(id) }
