package web

import (
	"net/url"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/account"
	"jishi/web/look"
)

// site is the address under which this visitor reaches us, for passkeys.
func (s *Server) site(v *visit) actor.Site {
	site := actor.Site{Name: s.opt.Site, Origin: s.origin(v)}
	if u, err := url.Parse(site.Origin); err == nil {
		site.Host = u.Hostname()
	}
	return site
}

// askSecond is the page for the second proof, with what a passkey is asked where the account has one.
func (s *Server) askSecond(v *visit, f look.Form, pass, to string) (page, error) {
	v.page = v.page.Titled("第二道验证")
	ask, state, err := s.desk.AskProof(v.r.Context(), pass, s.site(v))
	if err != nil {
		return nil, err
	}
	return account.Second(v.page, f, pass, to, account.Question{Ask: ask, State: state}), nil
}

// secondProof is whoever proved themselves by what the form brought: an answer of a passkey, else a code.
func (s *Server) secondProof(v *visit) (actor.Actor, error) {
	form := v.r.PostForm
	if form.Get("answer") == "" {
		return s.desk.Second(v.r.Context(), form.Get("pass"), form.Get("code"), address(v.r))
	}
	return s.desk.SecondByPasskey(v.r.Context(), form.Get("pass"), s.site(v), answer(form), address(v.r))
}

func answer(form url.Values) desk.PasskeyAnswer {
	return desk.PasskeyAnswer{State: form.Get("state"), Answer: form.Get("answer"), Name: form.Get("name")}
}

func (s *Server) passkeyPage(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	p, err := s.askPasskey(v, who, look.Form{})
	if err != nil {
		return err
	}
	return v.show(p)
}

// askPasskey is the page that makes a key; each time it asks another question.
func (s *Server) askPasskey(v *visit, who actor.Actor, f look.Form) (page, error) {
	ask, state, err := s.desk.AskPasskey(v.r.Context(), who, s.site(v))
	if err != nil {
		return nil, err
	}
	v.page = v.page.Titled("加一把通行密钥")
	return account.Passkey(v.page, f, account.Question{Ask: ask, State: state}), nil
}

func (s *Server) putPasskey(v *visit) error {
	who, err := s.sender(v)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	if form.Get("answer") == "" {
		err = words.Refuse(words.Invalid, "no-passkey", "浏览器还没有交出通行密钥。").Try("这一步需要浏览器的脚本；没有脚本的，六位数字照样可以登录。")
	} else {
		err = s.desk.PutPasskey(v.r.Context(), who, s.site(v), answer(form), form.Get("code"), address(v.r))
	}
	if r, ok := words.AsRefusal(err); ok {
		form.Del("code")
		p, err := s.askPasskey(v, who, look.Form{Values: form, Refusal: r})
		if err != nil {
			return err
		}
		return v.showAs(r.Kind.Status(), p)
	}
	if err != nil {
		return err
	}
	v.flash("通行密钥加好了，下次登录可以用它。")
	return v.goTo("/account")
}

func (s *Server) dropPasskey(v *visit) error {
	who, err := s.sender(v)
	if err == nil {
		err = s.desk.DropPasskey(v.r.Context(), who, v.r.PostForm.Get("key"))
	}
	if err != nil {
		return err
	}
	v.flash("通行密钥已经删去。")
	return v.goTo("/account")
}
