package web

import (
	"net/http"
	"net/url"

	"jishi/base/words"
	"jishi/web/hooks"
	"jishi/web/look"
)

// hooks lists where other programs are told what happened, and takes a new one.
func (s *Server) hooks(v *visit) error {
	who, err := s.keeper(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("通知别的系统")
	view := hooks.View{ByTwo: s.desk.Eyes > 0}
	code := http.StatusOK
	if v.r.Method == http.MethodPost {
		if err := v.read(noFiles); err != nil {
			return err
		}
		form := v.r.PostForm
		made, secret, err := s.desk.MakeHook(v.r.Context(), who, form.Get("name"), form.Get("url"), form["kinds"], form.Get("reason"))
		if r, ok := words.AsRefusal(err); ok {
			view.Form, code = look.Form{Values: form, Refusal: r}, r.Kind.Status()
		} else if err != nil {
			return err
		} else {
			view.Made, view.Secret, view.Asked = made.Name, secret, made.Asked
		}
	}
	if view.Hooks, err = s.desk.Hooks(v.r.Context(), who); err != nil {
		return err
	}
	for _, k := range s.desk.Kinds() {
		view.Kinds = append(view.Kinds, look.Option{Value: k.ID, Title: v.page.Either(k.Title, k.En)})
	}
	return v.showAs(code, hooks.Page(v.page, view))
}

// hook shows one, with the messages that were not taken.
func (s *Server) hook(v *visit) error {
	who, err := s.keeper(v)
	if err != nil {
		return err
	}
	return s.showHook(v, func() (hooks.One, error) {
		h, list, next, err := s.desk.HookFailures(v.r.Context(), who, v.r.PathValue("hook"), v.r.URL.Query().Get("after"))
		return hooks.One{Hook: h, Messages: list, Next: next, First: v.r.URL.Query().Get("after") == ""}, err
	})
}

func (s *Server) showHook(v *visit, read func() (hooks.One, error)) error {
	one, err := read()
	if err != nil {
		return err
	}
	v.page.Title = one.Name
	return v.show(hooks.Detail(v.page, one))
}

// pressHook does what is asked of one: send again, try it, change its key, end it.
func (s *Server) pressHook(v *visit) error {
	who, err := s.keeper(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	ctx, id, form := v.r.Context(), v.r.PathValue("hook"), v.r.PostForm
	done := ""
	switch form.Get("go") {
	case "again":
		_, err = s.desk.SendAgain(ctx, who, id, form.Get("message"))
		done = "已经放回队列，马上再发。"
	case "try":
		err = s.desk.TryHook(ctx, who, id)
		done = "已经发出一条试验通知。"
	case "end":
		err = s.desk.EndHook(ctx, who, id)
		done = "通知地址已经停用。"
	case "turn":
		secret, err := s.desk.TurnHook(ctx, who, id)
		if err != nil {
			return err
		}
		return s.showHook(v, func() (hooks.One, error) {
			h, list, next, err := s.desk.HookFailures(ctx, who, id, "")
			return hooks.One{Hook: h, Messages: list, Next: next, First: true, Secret: secret}, err
		})
	default:
		return words.Refuse(words.Invalid, "no-such-action", "现在没有这一步可办，可能已经有人办过了。").Try("请回到事项，看看现在能做什么。")
	}
	if err != nil {
		return err
	}
	v.flash(done)
	return v.goTo("/admin/hooks/" + url.PathEscape(id))
}
