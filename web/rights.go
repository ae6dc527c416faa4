package web

import (
	"encoding/json"
	"mime"
	"slices"
	"strings"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/filing"
	"jishi/web/look"
	"jishi/web/me"
	"jishi/web/tell"
)

// rights are the pages by which people see, copy, correct and erase what is held about them.
func (s *Server) rights() {
	s.page("GET /me", s.me)
	s.page("GET /me/ask", s.meAsk)
	s.page("POST /me/ask", s.meDo)
	s.page("POST /me/copy", s.meCopy)
	s.page("GET /rules/keeping", s.keeping)
}

// known are the citizens of this visit. Somebody who did not sign in is shown how.
func (s *Server) known(v *visit) ([]actor.Actor, error) {
	list := s.folk(v)
	if len(list) == 0 {
		return nil, errSignIn
	}
	return list, nil
}

// holdings are what is held about the citizens of this visit, each matter once.
func (s *Server) holdings(v *visit) (all desk.Holdings, err error) {
	list, err := s.known(v)
	if err != nil {
		return all, err
	}
	for _, who := range list {
		h, err := s.desk.Holdings(v.r.Context(), who)
		if err != nil {
			return all, err
		}
		for _, x := range h.List {
			if !slices.ContainsFunc(all.List, func(y desk.Holding) bool { return y.ID == x.ID }) {
				all.List = append(all.List, x)
			}
		}
		for _, r := range h.Requests {
			if !slices.ContainsFunc(all.Requests, func(y desk.Row) bool { return y.ID == r.ID }) {
				all.Requests = append(all.Requests, r)
			}
		}
	}
	for i, x := range all.List { // a request may have been made by another of their receipts
		for _, r := range all.Requests {
			if x.Asked == "" && !r.Ended && s.desk.Requested(v.r.Context(), r.ID, x.ID) {
				all.List[i].Asked = r.Number
			}
		}
	}
	return all, nil
}

func (s *Server) me(v *visit) error {
	v.page = v.page.Titled("我的个人信息")
	all, err := s.holdings(v)
	if err != nil {
		return err
	}
	return v.show(me.Page(v.page, all))
}

// meAbout is the holding that the address or the form names.
func (s *Server) meAbout(v *visit) (desk.Holding, error) {
	all, err := s.holdings(v)
	if err != nil {
		return desk.Holding{}, err
	}
	i := slices.IndexFunc(all.List, func(x desk.Holding) bool { return x.Number == v.r.URL.Query().Get("matter") })
	if i < 0 || me.Kinds[v.r.URL.Query().Get("kind")] == "" {
		return desk.Holding{}, errNoPage
	}
	return all.List[i], nil
}

func (s *Server) meAsk(v *visit) error {
	h, err := s.meAbout(v)
	if err != nil {
		return err
	}
	kind := v.r.URL.Query().Get("kind")
	v.page = v.page.Titled(me.Kinds[kind])
	return v.show(me.Ask(v.page, h, kind, look.Form{}))
}

func (s *Server) meDo(v *visit) error {
	readErr := v.read(noFiles)
	h, err := s.meAbout(v)
	if err != nil {
		return err
	}
	kind := v.r.URL.Query().Get("kind")
	v.page = v.page.Titled(me.Kinds[kind])
	again := func(f look.Form) page { return me.Ask(v.page, h, kind, f) }
	if readErr != nil {
		return v.again(readErr, again)
	}
	get := func(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }
	ask := desk.AskAbout{Token: get("token"), Matter: h.Number, Kind: kind, What: get("what"),
		Right: vault.Identity{Name: get("right.name"), Phone: get("right.phone"), IDNumber: get("right.id-number"), Address: get("right.home"), Email: get("right.email")}}
	var r desk.Receipt
	for _, who := range s.folk(v) {
		r, err = s.desk.AskAbout(v.r.Context(), who, ask)
		if told, ok := words.AsRefusal(err); !ok || told.Code != "no-such-matter" {
			break
		}
	}
	if err != nil {
		return v.again(err, again)
	}
	if citizen, err := s.desk.Enter(v.r.Context(), r.Number, r.Code, "", v.page.Lang); err == nil {
		if err := s.admit(v, citizen); err != nil {
			return err
		}
	}
	v.page = v.page.Titled("收到了")
	return v.show(filing.Receipt(v.page, s.proof(v, r, false)))
}

// meCopy is the file that a person takes along. It is a form's answer and no link: a link could be followed by a program
// that only looks ahead, and the copy is recorded.
func (s *Server) meCopy(v *visit) error {
	if err := v.read(noFiles); err != nil {
		return err
	}
	list, err := s.known(v)
	if err != nil {
		return err
	}
	var all desk.Copy
	for _, who := range list {
		c, err := s.desk.Copy(v.r.Context(), who)
		if err != nil {
			return err
		}
		all.Made, all.Basis = c.Made, c.Basis
		for _, m := range c.Matters {
			if !slices.ContainsFunc(all.Matters, func(x desk.CopyMatter) bool { return x.Number == m.Number }) {
				all.Matters = append(all.Matters, m)
			}
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "my-information.json"}))
	write(v, 200, "application/json", append(text, '\n'))
	return nil
}

// keeping is how long what is kept, for anyone.
func (s *Server) keeping(v *visit) error {
	s.anyone(v)
	v.page = v.page.Titled("保存多久")
	var list []me.Rule
	for _, r := range s.desk.Keeping {
		x := me.Rule{Title: v.page.Either(r.Title, r.En), Keep: v.say("一直"), From: v.page.Either(r.From, r.FromEn), Then: v.page.Either(r.Then, r.ThenEn),
			Cite: r.Cite, NotLaw: tell.NotLaw(r.Grade), Note: v.page.Either(strings.TrimSuffix(r.Note, " [D]"), r.NoteEn)}
		if r.Keep != "" {
			x.Keep = r.Period().Say(v.page.Lang)
		}
		list = append(list, x)
	}
	return v.show(me.Keeping(v.page, list))
}
