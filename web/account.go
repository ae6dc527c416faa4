package web

import (
	"net/url"
	"strings"
	"time"

	"jishi/base/paper"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/account"
	"jishi/web/look"
)

// accounts are the pages of a member of staff's own account. They stay open to somebody who must first put a second
// factor on it.
func (s *Server) accounts() {
	s.page("POST /sign-in/second", s.second)
	s.page("GET /account", s.account)
	s.page("POST /account/end", s.endSession)
	s.page("GET /account/password", s.passwordPage)
	s.page("POST /account/password", s.changePassword)
	s.page("GET /account/factor", s.factorPage)
	s.page("POST /account/factor", s.putFactor)
	s.page("GET /account/factor/off", s.factorOffPage)
	s.page("POST /account/factor/off", s.dropFactor)
	s.page("GET /account/passkey", s.passkeyPage)
	s.page("POST /account/passkey", s.putPasskey)
	s.page("POST /account/passkey/off", s.dropPasskey)
}

// deviceCookie tells a device that was seen from a new one; it opens nothing.
const (
	deviceCookie = "device"
	deviceLife   = 400 * 24 * time.Hour
)

// enter begins the session of somebody who has proved who they are, and remembers the device.
func (s *Server) enter(v *visit, who actor.Actor) error {
	device := saved(v.r, deviceCookie)
	if len(device) < 40 {
		device = actor.NewToken()
	}
	v.cookie(deviceCookie, device, deviceLife)
	if err := s.desk.Arrive(v.r.Context(), who, device, v.r.UserAgent()); err != nil {
		return err
	}
	return s.seat(v, who)
}

// second is the second proof after the password.
func (s *Server) second(v *visit) error {
	v.page = v.page.Titled("第二道验证")
	if err := v.read(noFiles); err != nil {
		return err
	}
	form := v.r.PostForm
	who, err := s.secondProof(v)
	form.Del("code")
	if r, ok := words.AsRefusal(err); ok {
		p, err := s.askSecond(v, look.Form{Values: form, Refusal: r}, form.Get("pass"), form.Get("to"))
		if err != nil {
			return err
		}
		return v.showAs(r.Kind.Status(), p)
	}
	if err != nil {
		return err
	}
	if err := s.enter(v, who); err != nil {
		return err
	}
	return v.goTo(afterSignIn(form.Get("to")))
}

func (s *Server) account(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	a, err := s.desk.Account(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("我的账号")
	view := account.View{Given: a.Given, Factor: a.Factor, Needed: a.Needed, Named: s.site(v).Passkeys()}
	for _, k := range a.Passkeys {
		view.Passkeys = append(view.Passkeys, account.Key{ID: k.ID, Name: k.Name, Since: k.Since, Used: k.Used})
	}
	for _, x := range a.Sessions {
		view.Devices = append(view.Devices, account.Device{ID: x.ID, Name: browser(x.Device), Created: x.Created, Seen: x.Seen, This: x.ID == who.Session})
	}
	for _, n := range a.Notices {
		view.Notices = append(view.Notices, account.Notice{At: n.At, What: v.happened(n), New: !n.Seen})
	}
	return v.show(account.Page(v.page, view))
}

// happened is a notice in words.
func (v *visit) happened(n actor.Notice) string {
	if strings.HasPrefix(n.What, "second-") {
		x := desk.DangerOf(n.Detail)
		return v.say(happened[n.What], "what", v.page.Either(x.Title, x.En))
	}
	return v.say(happened[n.What], "device", browser(n.Detail))
}

// happened are the notices in words.
var happened = map[string]string{
	"new-device":     "一台新的设备登录了：{device}",
	"password":       "密码改了",
	"password-given": "管理员给了一个新密码",
	"factor-on":      "第二道验证开启了",
	"factor-off":     "第二道验证关闭了",
	"spare-used":     "用掉了一个备用码",
	"passkey-on":     "加了一把通行密钥：{device}",
	"passkey-off":    "删了一把通行密钥",
	"second-asked":   "有人提出“{what}”，是关于您的，等第二个人决定",
	"second-agreed":  "“{what}”：第二个人同意了，已经办了",
	"second-refused": "“{what}”：第二个人没有同意",
	"passkey-copied": "一把通行密钥像是被复制过，没有让它登录",
}

// browser is what a browser calls itself, short enough for a table.
func browser(agent string) string {
	for _, system := range []string{"Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux"} {
		if strings.Contains(agent, system) {
			for _, name := range []string{"MicroMessenger", "Edg", "Firefox", "Chrome", "Safari"} {
				if strings.Contains(agent, name) {
					return system + " · " + name
				}
			}
			return system
		}
	}
	if r := []rune(agent); len(r) > 40 {
		return string(r[:40])
	}
	return agent
}

func (s *Server) endSession(v *visit) error {
	who, err := s.officer(v)
	if err == nil {
		err = v.read(noFiles)
	}
	if err == nil {
		err = s.desk.EndSession(v.r.Context(), who, v.r.PostForm.Get("session"))
	}
	if err != nil {
		return err
	}
	v.flash("那台设备已经退出。")
	return v.goTo("/account")
}

func (s *Server) passwordPage(v *visit) error {
	if _, err := s.staff(v); err != nil {
		return err
	}
	v.page = v.page.Titled("修改密码")
	return v.show(account.Password(v.page, look.Form{}))
}

func (s *Server) changePassword(v *visit) error {
	who, err := s.sender(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("修改密码")
	old, fresh, again := v.r.PostForm.Get("old"), v.r.PostForm.Get("fresh"), v.r.PostForm.Get("again")
	v.r.PostForm = url.Values{} // a page never carries a password back
	if again != fresh {
		err = words.Refuse(words.Invalid, "passwords-differ", "两次输入的新密码不一样。").At("again", "请再输入一次新密码。")
	} else {
		err = s.desk.ChangePassword(v.r.Context(), who, old, fresh, address(v.r))
	}
	if err != nil {
		return v.again(err, func(f look.Form) page { return account.Password(v.page, f) })
	}
	if who.Proof == actor.ProofGiven {
		who.Proof = actor.ProofPassword
	}
	if err := s.seat(v, who); err != nil { // the change ended all sessions, this one too
		return err
	}
	v.flash("密码改好了，其他设备都已经退出。")
	return v.goTo("/account")
}

func (s *Server) factorPage(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	p, err := s.askFactor(v, who, look.Form{})
	if err != nil {
		return err
	}
	return v.show(p)
}

// askFactor is the page with the key; it is the same one again when its code did not fit.
func (s *Server) askFactor(v *visit, who actor.Actor, f look.Form) (page, error) {
	has, err := s.desk.Gate.HasFactor(v.r.Context(), who.ID)
	if err != nil {
		return nil, err
	}
	secret, to, err := actor.FactorKey(s.opt.Site, who.Name, f.Get("secret"))
	if err != nil {
		return nil, err
	}
	v.page = v.page.Titled("开启第二道验证")
	return account.Put(v.page, f, secret, paper.QR(to), has), nil
}

func (s *Server) putFactor(v *visit) error {
	who, err := s.sender(v)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	spares, err := s.desk.PutFactor(v.r.Context(), who, form.Get("secret"), form.Get("code"), form.Get("old"), address(v.r))
	if r, ok := words.AsRefusal(err); ok {
		form.Del("code")
		form.Del("old")
		p, err := s.askFactor(v, who, look.Form{Values: form, Refusal: r})
		if err != nil {
			return err
		}
		return v.showAs(r.Kind.Status(), p)
	}
	if err != nil {
		return err
	}
	if err := s.prove(v, who); err != nil {
		return err
	}
	v.page = v.page.Titled("请把备用码抄下来")
	return v.show(account.Spares(v.page, spares))
}

// prove begins a new session in place of the one that was begun by a password alone.
func (s *Server) prove(v *visit, who actor.Actor) error {
	if err := s.desk.SignOut(v.r.Context(), saved(v.r, StaffCookie)); err != nil {
		return err
	}
	who.Proof = actor.ProofFactor
	return s.seat(v, who)
}

func (s *Server) factorOffPage(v *visit) error {
	if _, err := s.staff(v); err != nil {
		return err
	}
	v.page = v.page.Titled("关闭第二道验证")
	return v.show(account.Off(v.page, look.Form{}))
}

func (s *Server) dropFactor(v *visit) error {
	who, err := s.sender(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("关闭第二道验证")
	if err := s.desk.DropFactor(v.r.Context(), who, v.r.PostForm.Get("code"), address(v.r)); err != nil {
		v.r.PostForm.Del("code")
		return v.again(err, func(f look.Form) page { return account.Off(v.page, f) })
	}
	v.flash("第二道验证已经关闭。")
	return v.goTo("/account")
}
