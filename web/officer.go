package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/web/dossier"
	"jishi/web/look"
	"jishi/web/signin"
	"jishi/web/tell"
	"jishi/web/today"
)

func (s *Server) signInPage(v *visit) error {
	v.page = v.page.Titled("工作人员登录")
	return v.show(signin.Page(v.page, look.Form{}, local(v.r.URL.Query().Get("to")), s.oidcName()))
}

func (s *Server) oidcName() string {
	if s.opt.OIDC == nil {
		return ""
	}
	return s.opt.OIDCName
}

func (s *Server) signIn(v *visit) error {
	v.page = v.page.Titled("工作人员登录")
	err := v.read(noFiles)
	form := v.r.PostForm
	if err == nil {
		var who actor.Actor
		who, err = s.desk.SignIn(v.r.Context(), form.Get("login"), form.Get("password"), address(v.r))
		if err == nil {
			return s.proved(v, who, form.Get("to"))
		}
	}
	form.Del("password")
	return v.again(err, func(f look.Form) page { return signin.Page(v.page, f, form.Get("to"), s.oidcName()) })
}

// proved goes on with somebody whose password was right: to the second proof where their account asks for one.
func (s *Server) proved(v *visit, who actor.Actor, to string) error {
	pass, err := s.desk.Halfway(v.r.Context(), who)
	if err != nil {
		return err
	}
	if pass != "" {
		p, err := s.askSecond(v, look.Form{}, pass, to)
		if err != nil {
			return err
		}
		return v.show(p)
	}
	if err := s.enter(v, who); err != nil {
		return err
	}
	if who.Proof == actor.ProofGiven || s.desk.NeedsFactor(who) {
		to = "/account"
	}
	return v.goTo(afterSignIn(to))
}

func afterSignIn(to string) string {
	if to = local(to); to == "/" {
		return "/desk"
	}
	return to
}

// oidcBegin sends the officer to the identity provider.
func (s *Server) oidcBegin(v *visit) error {
	if s.opt.OIDC == nil {
		return errNoPage
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	to, state, err := s.opt.OIDC.Begin(v.r.Context(), afterSignIn(v.r.PostForm.Get("to")), s.desk.Now())
	if err != nil {
		return err
	}
	v.cookie("oidc", state, 10*time.Minute)
	// The page's policy lets forms go to ourselves only, and a redirect counts as part of the form.
	v.w.Header().Set("Content-Security-Policy", strings.Replace(policy, "form-action 'self'", "form-action 'self' "+originOf(to), 1))
	return v.goTo(to)
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (s *Server) oidcFinish(v *visit) error {
	if s.opt.OIDC == nil {
		return errNoPage
	}
	q := v.r.URL.Query()
	who, to, err := s.opt.OIDC.Finish(v.r.Context(), saved(v.r, "oidc"), q.Get("state"), q.Get("code"), s.desk.Now())
	if err != nil {
		v.page = v.page.Titled("工作人员登录")
		return v.again(err, func(f look.Form) page { return signin.Page(v.page, f, "", s.oidcName()) })
	}
	v.cookie("oidc", "", 0)
	who.Proof = actor.ProofProvider
	if err := s.enter(v, who); err != nil {
		return err
	}
	return v.goTo(afterSignIn(to))
}

func (s *Server) demo(v *visit) error {
	v.page = v.page.Titled("以……身份登录")
	var roles []signin.Role
	for _, r := range s.opt.Roles {
		roles = append(roles, signin.Role{ID: r.ID, Title: r.Title, Name: r.Name, Body: r.Body, Can: v.page.Either(r.Can, r.CanEn), Featured: r.Featured})
	}
	return v.show(signin.Roles(v.page, roles))
}

// demoRoles is the same list for programs.
func (s *Server) demoRoles(w http.ResponseWriter, r *http.Request) {
	type role struct {
		Role  string `json:"role"`
		Title string `json:"title"`
		Name  string `json:"name"`
		Body  string `json:"body"`
	}
	list := []role{}
	for _, x := range s.opt.Roles {
		list = append(list, role{x.ID, x.Title, x.Name, x.Body})
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(list)
}

func (s *Server) demoSignIn(v *visit) error {
	if err := v.read(noFiles); err != nil {
		return err
	}
	for _, r := range s.opt.Roles {
		if r.ID != v.r.PostForm.Get("as") {
			continue
		}
		who, err := s.desk.As(v.r.Context(), r.Person)
		if err != nil {
			return err
		}
		if err := s.seat(v, who); err != nil {
			return err
		}
		return v.goTo("/desk")
	}
	return errNoPage
}

// posts lets somebody with posts in several bodies choose for which they act.
func (s *Server) posts(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("换一个单位")
	var list []signin.Role
	for _, p := range who.Posts {
		list = append(list, signin.Role{ID: p.Org, Title: p.Title, Body: s.bodyName(v, p.Org)})
	}
	return v.show(signin.Posts(v.page, list, who.Acting))
}

func (s *Server) usePost(v *visit) error {
	who, err := s.officer(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	if err := s.desk.Use(v.r.Context(), who, saved(v.r, StaffCookie), v.r.PostForm.Get("body")); err != nil {
		return err
	}
	return v.goTo("/desk")
}

// list is one of the officer's lists.
func (s *Server) list(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	view, err := s.rows(v, who)
	if err != nil {
		return err
	}
	v.page.Title = view.Title
	return v.show(today.Page(v.page, view))
}

func (s *Server) rows(v *visit, who actor.Actor) (today.View, error) {
	q := v.r.URL.Query()
	f := desk.Filter{Box: desk.Box(q.Get("box")), Class: q.Get("class"), Place: q.Get("place"), Text: q.Get("q"), Cursor: q.Get("cursor"), Limit: 30}
	if f.Box == "" || f.Box == desk.Area && !who.HasAny(actor.Supervise) && !who.HasAny(actor.Lead) {
		f.Box = desk.Today
	}
	list, err := s.desk.List(v.r.Context(), who, f)
	if err != nil {
		return today.View{}, err
	}
	view := today.View{Title: v.say(boxTitle(f.Box)), Box: string(f.Box), Rows: list.Rows, Next: list.Next, Paged: f.Cursor != "",
		Class: f.Class, Place: f.Place, Text: f.Text, Kinds: s.classOptions(v), Places: s.placesNear(v)}
	for _, r := range list.Rows {
		if r.Next != nil && r.Next.Light == desk.Overdue {
			view.Late++
		}
	}
	return view, nil
}

func (s *Server) classOptions(v *visit) []look.Option {
	p, err := s.desk.Book.Procedure(desk.Petition, s.today(), s.desk.Profile)
	if err != nil {
		return nil
	}
	var list []look.Option
	for _, id := range p.Fields["class"].Order {
		list = append(list, look.Option{Value: id, Title: v.page.Either(p.Classes[id].Title, p.Classes[id].En)})
	}
	return list
}

// placesNear are the townships and villages of home, each after the place that it lies in.
func (s *Server) placesNear(v *visit) []look.Option {
	if s.opt.Home == "" {
		return nil
	}
	ctx, list := v.r.Context(), []look.Option{}
	home, err := s.desk.Places.Get(ctx, s.opt.Home)
	if err != nil {
		return nil
	}
	list = append(list, look.Option{Value: home.Code, Title: home.Name})
	towns, err := s.desk.Places.Children(ctx, s.opt.Home)
	if err != nil {
		return list
	}
	for _, t := range division.Standing(towns, s.today()) {
		list = append(list, look.Option{Value: t.Code, Title: t.Name})
	}
	return list
}

// search finds by number or words, in everything that the officer may see.
func (s *Server) search(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	v.page = v.page.Titled("查找")
	view := today.View{Title: v.page.Title, Text: q.Get("q"), Search: true, Paged: q.Get("cursor") != "", Class: q.Get("class"), Place: q.Get("place"),
		From: q.Get("from"), To: q.Get("to"), Kinds: s.classOptions(v), Places: s.placesNear(v)}
	if view.Text != "" || view.Class+view.Place+view.From+view.To != "" {
		page, err := s.desk.Search(v.r.Context(), who, desk.SearchQuery{Text: view.Text, Class: view.Class, Place: view.Place,
			From: calendar.Day(view.From), To: calendar.Day(view.To), Cursor: q.Get("cursor"), Limit: 30})
		if r, ok := words.AsRefusal(err); ok && r.Kind == words.Invalid {
			view.Why = r.Say(v.page.Lang)
			return v.showAs(r.Kind.Status(), today.Page(v.page, view))
		}
		if err != nil {
			return err
		}
		view.Found, view.Next, view.Part = page.Rows, page.Next, page.Partial
	}
	return v.show(today.Page(v.page, view))
}

// seen is the matter of the address for an officer.
func (s *Server) seen(v *visit) (actor.Actor, *desk.View, error) {
	who, err := s.staff(v)
	if err != nil {
		return who, nil, err
	}
	m, err := s.desk.Matter(v.r.Context(), who, v.r.PathValue("id"))
	return who, m, err
}

// matter is one matter, with the list it was opened from beside it.
func (s *Server) matter(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	return s.showMatter(v, who, m, look.Form{}, http.StatusOK)
}

func (s *Server) showMatter(v *visit, who actor.Actor, m *desk.View, f look.Form, code int) error {
	v.page.Title = m.Title
	view := dossier.View{View: m, At: at("/m/", m.ID), Drawing: tell.Here(v.page, m), Form: f, Spot: s.spotOf(v, who, m), Comes: !m.Ended && m.Holder.ID != "" && who.In(m.Holder.ID)}
	var beside page
	if v.r.URL.Query().Has("box") {
		rows, err := s.rows(v, who)
		if err != nil {
			return err
		}
		rows.On, v.page.Wide = m.ID, true
		beside = today.Beside(v.page, rows)
	}
	return v.showAs(code, dossier.Page(v.page, view, beside))
}

func (s *Server) note(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	if err = v.read(noFiles); err == nil {
		err = s.desk.Note(v.r.Context(), who, m.ID, v.r.PostForm.Get("note"))
	}
	if err != nil {
		return v.again(err, func(f look.Form) page {
			return dossier.Page(v.page.Titled(m.Title), dossier.View{View: m, At: at("/m/", m.ID), Form: f}, nil)
		})
	}
	return v.goTo(at("/m/", m.ID))
}

func (s *Server) identityAsk(v *visit) error {
	_, m, err := s.seen(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("查看信访人的身份")
	form := look.Form{Values: url.Values{"entry": {v.r.URL.Query().Get("entry")}}}
	return v.show(dossier.Ask(v.page, form, at("/m/", m.ID), m.Title))
}

func (s *Server) identity(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("查看信访人的身份")
	if err = v.read(noFiles); err == nil {
		reason := strings.TrimSpace(v.r.PostForm.Get("reason"))
		if err = reasoned(reason); err == nil {
			var person desk.Identity
			if person, err = s.desk.LookAt(v.r.Context(), who, m.ID, v.r.PostForm.Get("entry"), reason); err == nil {
				return v.show(dossier.Identity(v.page, person, at("/m/", m.ID), m.Title))
			}
		}
	}
	return v.again(err, func(f look.Form) page { return dossier.Ask(v.page, f, at("/m/", m.ID), m.Title) })
}

func (s *Server) officerLetter(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	return s.letter(v, who, m, at("/m/", m.ID))
}

func (s *Server) officerFile(v *visit) error {
	who, err := s.officer(v)
	if err != nil {
		return err
	}
	return s.file(v, who, v.r.PathValue("id"))
}

func (s *Server) officerAsk(v *visit) error {
	_, m, err := s.seen(v)
	if err != nil {
		return err
	}
	return s.ask(v, m, at("/m/", m.ID))
}

func (s *Server) officerDo(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	return s.do(v, who, m, at("/m/", m.ID))
}
