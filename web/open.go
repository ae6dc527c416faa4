package web

import (
	"net/url"
	"slices"
	"strings"

	"jishi/base/vault"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/filing"
	"jishi/web/look"
	"jishi/web/opening"
	"jishi/web/tell"
)

// opener is whoever may bring something in here: the officer of this visit, or anyone.
func (s *Server) opener(v *visit) (actor.Actor, error) {
	if saved(v.r, StaffCookie) == "" {
		return actor.Nobody(v.page.Lang), nil
	}
	return s.staff(v)
}

// openList shows what the visitor may bring in.
func (s *Server) openList(v *visit) error {
	who, err := s.opener(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("要办什么事")
	var kinds []opening.Kind
	for _, f := range s.desk.Forms(who) {
		to := "/new/" + f.Procedure
		if f.Procedure == desk.Petition { // it has pages of its own
			to = "/file"
			if who.Kind == actor.Staff {
				to = "/register"
			}
		}
		if f.Procedure == desk.WhistleID {
			to = "/whistles/new"
		}
		if own := map[string]string{desk.Certificate: "/certificate", "suggestion": "/suggest/new"}[f.Procedure]; own != "" && who.Kind != actor.Staff {
			to = own
		}
		if f.Procedure == desk.PersonalInformation && who.Kind != actor.Staff { // it begins at what is held
			to = "/me"
		}
		kinds = append(kinds, opening.Kind{To: to, Title: v.page.Either(f.Title, f.En), Act: v.page.Either(f.Act, f.ActEn), Cite: f.Cite})
	}
	return v.show(opening.List(v.page, kinds))
}

// openPage shows the form of one procedure, filled with what the address names and with what the matter `from`
// already says.
func (s *Server) openPage(v *visit) error {
	who, f, err := s.openForm(v)
	if err != nil {
		return err
	}
	if f.Procedure == desk.PersonalInformation && who.Kind != actor.Staff {
		return v.goTo("/me")
	}
	values := url.Values{}
	said, err := s.desk.Prefill(v.r.Context(), who, f, v.r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	if said == nil { // nothing it comes from
		said = map[string]string{}
	}
	for _, q := range f.Fields {
		if given := v.r.URL.Query().Get(q.Name); given != "" {
			said[q.Name] = given
		}
	}
	for name, value := range said {
		values[name] = strings.Fields(value)
		if !strings.Contains(value, " ") || !many(f, name) {
			values[name] = []string{value}
		}
	}
	form := look.Form{}
	if len(values) > 0 {
		form.Values = values
	}
	return v.show(opening.Page(v.page, s.openView(v, f, form)))
}

func many(f desk.Form, name string) bool {
	return slices.ContainsFunc(f.Fields, func(q desk.Field) bool { return q.Name == name && q.Many })
}

func (s *Server) openForm(v *visit) (actor.Actor, desk.Form, error) {
	who, err := s.opener(v)
	if err != nil {
		return who, desk.Form{}, err
	}
	f, err := s.desk.Form(who, v.r.PathValue("procedure"))
	if err == nil {
		v.page.Title = v.page.Either(f.Act, f.ActEn)
	}
	return who, f, err
}

func (s *Server) openView(v *visit, f desk.Form, form look.Form) opening.View {
	view := opening.View{To: "/new/" + f.Procedure, Title: v.page.Either(f.Title, f.En), Act: v.page.Either(f.Act, f.ActEn), Cite: f.Cite,
		NotLaw: tell.NotLaw(f.Grade), Form: form}
	if len(f.Channels) > 0 {
		view.Fields = append(view.Fields, look.Field{Name: "channel", Kind: "choice", Label: v.say("提出方式"), Options: tell.Options(v.page, f.Channels), Value: f.Channels[0].Value})
	}
	if len(f.Classes) > 1 {
		view.Fields = append(view.Fields, look.Field{Name: "class", Kind: "choice", Label: v.say("类别"), Options: tell.Options(v.page, f.Classes)})
	}
	for _, q := range f.Fields {
		view.Fields = append(view.Fields, s.questions(v, q)...)
	}
	if f.Against {
		view.Fields = append(view.Fields, look.Field{Name: "reported1", Kind: "list", Label: v.say("反映的是哪个单位"), Optional: true, Options: s.bodyOptions(v)})
	}
	if f.Named {
		view.Who = []look.Field{{Name: "name", Label: v.say("姓名"), Short: true, Max: 60, Auto: "off"},
			{Name: "phone", Kind: "tel", Label: v.say("电话"), Short: true, Optional: true, Auto: "off"},
			{Name: "home", Label: v.say("住址"), Optional: true, Max: 200, Auto: "off"}}
		if f.Anonymous {
			view.Who = append(view.Who, look.Field{Name: "anonymous", Kind: "yes", Label: v.say("不留姓名")})
		}
	}
	for _, x := range s.arrived(form.All("file")) {
		view.Kept = append(view.Kept, opening.File(x))
	}
	return view
}

// openNow brings the matter in: a receipt for whoever comes with something of their own, the matter itself for an
// officer who opens one for their body.
func (s *Server) openNow(v *visit) error {
	who, f, err := s.openForm(v)
	if err != nil {
		return err
	}
	again := func(form look.Form) page { return opening.Page(v.page, s.openView(v, f, form)) }
	if err := v.read(s.keep(v)); err != nil {
		return v.again(err, again)
	}
	r, err := s.desk.File(v.r.Context(), who, s.opened(who, f, v.r.PostForm))
	if err != nil {
		return v.again(err, again)
	}
	switch {
	case !f.Named:
		v.flash("办好了。")
		return v.goTo(at("/m/", r.ID))
	case who.Kind == actor.Staff:
		v.page = v.page.Titled("已经登记").Back(v.r.PostForm)
		return v.show(filing.Registered(v.page, s.proof(v, r, false), at("/m/", r.ID), "/new/"+f.Procedure))
	}
	if citizen, err := s.desk.Enter(v.r.Context(), r.Number, r.Code, "", v.page.Lang); err == nil {
		if err := s.admit(v, citizen); err != nil {
			return err
		}
		v.page.Folk = true
	}
	v.page = v.page.Titled("收到了").Back(v.r.PostForm)
	return v.show(filing.Receipt(v.page, s.proof(v, r, false)))
}

// opened is the form as desk takes it.
func (s *Server) opened(who actor.Actor, f desk.Form, form url.Values) desk.Filing {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	x := desk.Filing{Token: get("token"), Procedure: f.Procedure, Class: get("class"), Channel: get("channel"), With: map[string]string{}, People: people(form), Files: s.attached(form["file"])}
	for _, q := range f.Fields {
		if value := strings.TrimSpace(strings.Join(form[q.Name], " ")); value != "" {
			x.With[q.Name] = value
		}
	}
	if len(f.Classes) == 1 {
		x.Class = f.Classes[0].Value
	}
	if f.Against && get("reported1") != "" {
		x.Reported = []string{get("reported1")}
	}
	if f.Named {
		x.Who = vault.Identity{Name: get("name"), Phone: get("phone"), Address: get("home")}
		if x.Anonymous = f.Anonymous && get("anonymous") == "yes" && get("name") == ""; x.Anonymous {
			x.Who = vault.Identity{}
		}
		acting, _ := s.desk.Offices.Tree().Get(who.Acting)
		if who.Kind == actor.Staff && len(f.Channels) > 0 && (len(f.Receives) == 0 || slices.Contains(f.Receives, string(acting.Kind))) {
			x.Body = who.Acting
		}
	}
	return x
}
