package web

import (
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/admin"
	"jishi/web/look"
)

// owners are the pages by which administrators help somebody who cannot sign in: the system administrator gives a
// password, the security administrator takes a lost second factor off. Neither can do the other's part.
func (s *Server) owners() {
	s.page("GET /admin/account/{person}", s.owner)
	s.page("POST /admin/account/{person}/password", s.givePassword)
	s.page("POST /admin/account/{person}/factor", s.resetFactor)
	s.page("GET /admin/audit", s.audit)
}

// warden is the system or the security administrator of this visit.
func (s *Server) warden(v *visit) (actor.Actor, error) {
	who, err := s.staff(v)
	if err == nil && !who.HasAny(actor.Admin) && !who.HasAny(actor.Security) {
		err = words.Refuse(words.Forbidden, "not-an-administrator", "这一步须由系统管理员来做。")
	}
	return who, err
}

func (s *Server) ownerOf(v *visit, who actor.Actor) (admin.Owner, error) {
	o := admin.Owner{ID: v.r.PathValue("person"), Password: who.HasAny(actor.Admin), Factor: who.HasAny(actor.Security)}
	if o.Name = s.desk.Offices.Name(o.ID); o.Name == "" {
		return o, words.Refuse(words.NotFound, "no-such-person", "没有这个人。")
	}
	v.page.Title = o.Name
	two, err := s.desk.Administers(v.r.Context(), o.ID)
	o.PasswordByTwo, o.FactorByTwo = two && s.desk.Eyes > 0, s.desk.Eyes > 0
	return o, err
}

func (s *Server) owner(v *visit) error {
	who, err := s.warden(v)
	if err != nil {
		return err
	}
	o, err := s.ownerOf(v, who)
	if err != nil {
		return err
	}
	return v.show(admin.Account(v.page, o, look.Form{}))
}

func (s *Server) givePassword(v *visit) error {
	who, err := s.warden(v)
	if err != nil {
		return err
	}
	o, err := s.ownerOf(v, who)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	g, err := s.desk.GivePassword(v.r.Context(), who, o.ID, v.r.PostForm.Get("reason"))
	if err != nil {
		return s.ownerAgain(v, o, err)
	}
	if g.Asked != nil {
		return v.waitsFor(*g.Asked)
	}
	o.Login, o.Given = g.Login, g.Password
	return v.show(admin.Account(v.page, o, look.Form{}))
}

func (s *Server) resetFactor(v *visit) error {
	who, err := s.warden(v)
	if err != nil {
		return err
	}
	o, err := s.ownerOf(v, who)
	if err == nil {
		err = v.read(noFiles)
	}
	if err != nil {
		return err
	}
	asked, err := s.desk.ResetFactor(v.r.Context(), who, o.ID, v.r.PostForm.Get("reason"))
	if err != nil {
		return s.ownerAgain(v, o, err)
	}
	if asked != nil {
		return v.waitsFor(*asked)
	}
	v.flash("第二道验证已经解除，本人会看到这件事。")
	return v.goTo("/admin/account/" + v.r.PathValue("person"))
}

// ownerAgain shows the page with what was missing in its form; any other refusal has a page of its own.
func (s *Server) ownerAgain(v *visit, o admin.Owner, err error) error {
	if r, ok := words.AsRefusal(err); !ok || len(r.Fields) == 0 {
		return err
	}
	return v.again(err, func(f look.Form) page { return admin.Account(v.page, o, f) })
}

// audit is what people did to accounts and to the system.
func (s *Server) audit(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	a, err := s.desk.Audit(v.r.Context(), who, desk.AuditAsk{What: q.Get("what"), Person: q.Get("person"), Before: q.Get("before")})
	if err != nil {
		return err
	}
	v.page = v.page.Titled("操作记录")
	v.page.Wide = true
	view := admin.Audit{What: q.Get("what"), Person: q.Get("person"), Next: a.Next}
	for _, act := range a.Acts {
		view.Acts = append(view.Acts, look.Option{Value: act, Title: v.say(acts[act])})
	}
	for _, row := range a.Rows {
		line := admin.Act{At: row.At, What: v.say(acts[row.What]), Who: s.desk.Offices.Name(row.Person), WhoID: row.Person, Body: s.bodyName(v, row.Body), Detail: row.Detail}
		if row.About != row.Person {
			line.About, line.AboutID = s.desk.Offices.Name(row.About), row.About
		}
		view.Rows = append(view.Rows, line)
	}
	return v.show(admin.AuditPage(v.page, view))
}

// acts are the lines of the audit in words.
var acts = map[string]string{
	"sign-in": "登录", "sign-in-refused": "登录被拒绝", "session-ended": "让设备退出", "password": "修改密码", "password-given": "给出新密码",
	"factor-on": "开启第二道验证", "factor-off": "关闭第二道验证", "factor-reset": "解除第二道验证", "passkey-on": "加通行密钥", "passkey-off": "删通行密钥", "identity-look": "查看身份", "identity-erased": "删除身份",
	"roster": "导入花名册", "calendar": "公布日历", "token": "建立接口令牌", "token-ended": "撤销接口令牌", "webhook": "建立通知地址",
	"second-asked": "提出要两个人办的事", "second-agreed": "作为第二个人同意", "second-refused": "作为第二个人不同意", "second-withdrawn": "撤回要两个人办的事",
	"post-given": "给出或者改变管理职责", "admin-made": "在服务器上设立管理员",
}
