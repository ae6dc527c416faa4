package web

import (
	"net/url"
	"slices"
	"strings"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/web/admit"
	"jishi/web/look"
)

func (s *Server) certificateFields(v *visit) ([]look.Field, []desk.CertificateKind, error) {
	kinds, err := s.desk.CertificateKinds()
	if err != nil {
		return nil, nil, err
	}
	var options []look.Option
	for _, k := range kinds {
		if len(k.Options) == 0 {
			options = append(options, look.Option{Value: k.Class, Title: v.page.Either(k.Title, k.En)})
		}
		for _, o := range k.Options {
			options = append(options, look.Option{Value: k.Class + "/" + o.Value, Title: v.page.Either(o.Title, o.En)})
		}
	}
	return []look.Field{
		{Name: "kind", Kind: "list", Label: v.say("要证明什么"), Options: options, Value: v.r.URL.Query().Get("kind")},
		{Name: "title", Label: v.say("列表里没有的，写在这里"), Optional: true, Max: 80},
		{Name: "asker", Label: v.say("谁要这个证明"), Hint: v.say("让您来开证明的单位，例如某银行、某学校"), Max: 80},
		{Name: "purpose", Label: v.say("用来办什么"), Max: 200},
		{Name: "place", Kind: "list", Label: v.say("您的村（社区）"), Options: s.committeesHere(v)},
		{Name: "basis", Label: v.say("法律条文"), Hint: v.say("只有法律规定由村里出具的才填"), Optional: true, Max: 200},
		{Name: "name", Label: v.say("姓名"), Hint: v.say("只有村里要出具的才填；只问该不该开的，不用留名"), Optional: true, Short: true, Max: 60, Auto: "name"},
		{Name: "phone", Kind: "tel", Label: v.say("电话"), Optional: true, Short: true, Auto: "tel"}}, kinds, nil
}

// committeesHere are the villages and communities of the home county.
func (s *Server) committeesHere(v *visit) []look.Option {
	var list []look.Option
	prefix := s.opt.Home[:min(6, len(s.opt.Home))]
	for _, o := range s.desk.Offices.Tree().In(prefix, org.Village) {
		list = append(list, look.Option{Value: o.Division, Title: v.page.Either(o.Name, o.En)})
	}
	return list
}

func (s *Server) certificatePage(v *visit) error {
	s.folk(v)
	v.page = v.page.Titled("有人要我到村里开证明")
	fields, _, err := s.certificateFields(v)
	if err != nil {
		return err
	}
	return v.show(admit.Certificate(v.page, admit.Ask{Fields: fields}))
}

// certificateNow answers at once: what the village need not certify it says so, with a paper to show to whoever asked.
func (s *Server) certificateNow(v *visit) error {
	v.page = v.page.Titled("有人要我到村里开证明")
	fields, kinds, err := s.certificateFields(v)
	if err != nil {
		return err
	}
	again := func(f look.Form) page { return admit.Certificate(v.page, admit.Ask{Form: f, Fields: fields}) }
	if err := v.read(noFiles); err != nil {
		return v.again(err, again)
	}
	f, kind, err := certificateFiling(v.r.PostForm, kinds)
	if err != nil {
		return v.again(err, again)
	}
	r, err := s.desk.File(v.r.Context(), actor.Nobody(v.page.Lang), f)
	if err != nil {
		return v.again(err, again)
	}
	return s.certificateAnswer(v, r, f, kind)
}

func certificateFiling(form url.Values, kinds []desk.CertificateKind) (desk.Filing, desk.CertificateKind, error) {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	class, option, _ := strings.Cut(get("kind"), "/")
	i := slices.IndexFunc(kinds, func(k desk.CertificateKind) bool { return k.Class == class })
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	if i < 0 {
		r.At("kind", "请选要证明什么；列表里没有的，选“别的证明”。")
		return desk.Filing{}, desk.CertificateKind{}, r.With("n", 1)
	}
	k := kinds[i]
	f := desk.Filing{Token: get("token"), Procedure: desk.Certificate, Class: class, Channel: "net", Anonymous: get("name") == "",
		With: map[string]string{"title": get("title"), "asker": get("asker"), "purpose": get("purpose"), "place": get("place"), "basis": get("basis")},
		Who:  vault.Identity{Name: get("name"), Phone: get("phone")}}
	if class != "statutory" {
		delete(f.With, "basis")
	}
	if f.With["title"] == "" && class != "other" {
		f.With["title"] = k.Title
	}
	for _, o := range k.Options {
		if o.Value == option {
			f.With[k.Field], f.With["title"] = option, o.Title
		}
	}
	if f.Anonymous {
		f.Who = vault.Identity{}
	}
	if k.Issued && f.Anonymous {
		r.At("name", "村里要出具的，请写姓名。")
	}
	for _, name := range []string{"asker", "purpose", "place"} {
		if f.With[name] == "" {
			r.At(name, map[string]string{"asker": "请写谁要这个证明，我们要记下来。", "purpose": "请写用来办什么。", "place": "请选您的村（社区）。"}[name])
		}
	}
	if f.With["title"] == "" {
		r.At("title", "请写要证明什么。")
	}
	if len(r.Fields) > 0 {
		return f, k, r.With("n", len(r.Fields))
	}
	return f, k, nil
}

func (s *Server) certificateAnswer(v *visit, r desk.Receipt, f desk.Filing, k desk.CertificateKind) error {
	citizen, err := s.desk.Enter(v.r.Context(), r.Number, r.Code, "", v.page.Lang)
	if err != nil {
		return err
	}
	if err := s.admit(v, citizen); err != nil {
		return err
	}
	m, err := s.desk.Matter(v.r.Context(), citizen, r.ID)
	if err != nil {
		return err
	}
	v.page.Folk = true
	a := admit.Answer{Kind: f.With["title"], Code: k.Code, Cite: k.Cite, Asker: f.With["asker"], Refused: m.State == "refused", NoBasis: m.State == "no-basis", Accepted: m.State == "accepted",
		Holder: v.page.Either(k.Referral.Holder, k.Referral.HolderEn), Show: v.page.Either(k.Referral.Show, k.Referral.ShowEn), Number: r.Number, Query: r.Code,
		Body: v.page.Either(r.Body.Name, r.Body.En), At: at("/p/", r.Number)}
	for _, l := range m.Letters {
		a.Letter = a.At + "/letter/" + l.ID
	}
	return v.show(admit.Answered(v.page, a))
}

// certificateCheck tells anyone who holds number and code whether the certificate is genuine.
func (s *Server) certificateCheck(v *visit) error {
	v.page = v.page.Titled("核对证明")
	q := v.r.URL.Query()
	c := admit.Check{Number: q.Get("number"), Code: q.Get("code")}
	if c.Number == "" && c.Code == "" {
		return v.show(admit.Genuine(v.page, c))
	}
	found, err := s.desk.CheckCertificate(v.r.Context(), c.Number, c.Code)
	if err != nil {
		return v.again(err, func(f look.Form) page { c.Form = f; return admit.Genuine(v.page, c) })
	}
	return v.show(admit.Genuine(v.page, s.checkView(v, found, c.Code)))
}

func (s *Server) checkView(v *visit, x desk.Checked, code string) admit.Check {
	return admit.Check{Number: x.Number, Code: code, Found: true, Revoked: x.Revoked, Kind: x.Kind, Body: v.page.Either(x.Body.Name, x.Body.En), Letter: x.Letter, Day: v.page.Day(x.On)}
}

func (s *Server) certificateCitizen(v *visit) error {
	who, m, err := s.own(v)
	if err != nil {
		return err
	}
	return s.certificateCode(v, who, m.ID, at("/p/", m.Number))
}

func (s *Server) certificateOfficer(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	return s.certificateCode(v, who, m.ID, at("/m/", m.ID))
}

func (s *Server) certificateCode(v *visit, who actor.Actor, id, where string) error {
	x, code, err := s.desk.CertificateOf(v.r.Context(), who, id)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("核验码")
	c := s.checkView(v, x, code)
	c.Where = where
	return v.show(admit.Code(v.page, c))
}
