package web

import (
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/web/admin"
)

// owners are the pages by which administrators help somebody who cannot sign in: the system administrator gives a
// password, the security administrator takes a lost second factor off. Neither can do the other's part.
func (s *Server) owners() {
	s.page("GET /admin/account/{person}", s.owner)
	s.page("POST /admin/account/{person}/password", s.givePassword)
	s.page("POST /admin/account/{person}/factor", s.resetFactor)
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
	return o, nil
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
	return v.show(admin.Account(v.page, o))
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
	if o.Login, o.Given, err = s.desk.GivePassword(v.r.Context(), who, o.ID); err != nil {
		return err
	}
	return v.show(admin.Account(v.page, o))
}

func (s *Server) resetFactor(v *visit) error {
	who, err := s.warden(v)
	if err == nil {
		err = s.desk.ResetFactor(v.r.Context(), who, v.r.PathValue("person"))
	}
	if err != nil {
		return err
	}
	v.flash("第二道验证已经解除，本人会看到这件事。")
	return v.goTo("/admin/account/" + v.r.PathValue("person"))
}
