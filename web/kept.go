package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/module/duty"
	"jishi/people/actor"
	"jishi/web/admit"
	"jishi/web/look"
	"jishi/work/matter"
)

var keptKinds = map[string]string{"plaque": "牌子", "mechanism": "工作机制", "ledger": "台账", "certificate": "证明", "app": "政务应用", "group": "工作群"}

var keptSpots = map[string]string{"outside": "门外", "inside": "室内"}

func (s *Server) keptView(v *visit, who actor.Actor, body string, f look.Form) (admit.Register, error) {
	v.page = v.page.Titled("挂着的、转着的、留着的")
	list, over, err := s.desk.Kept(v.r.Context(), who, body)
	if err != nil {
		return admit.Register{}, err
	}
	r := admit.Register{Org: body, Name: s.bodyName(v, body), Form: f}
	for _, b := range s.desk.KeptBodies(who) {
		r.Bodies = append(r.Bodies, look.Option{Value: b.ID, Title: v.page.Either(b.Name, b.En)})
	}
	for _, k := range list {
		t := admit.Thing{ID: k.ID, Kind: v.say(keptKinds[k.Kind]), Title: k.Title, Whose: k.Whose, Basis: k.Basis, From: v.page.Day(k.From), Photo: k.Photo != nil, Gone: k.Gone != nil, There: k.To == "", Why: k.Why}
		if k.Spot != "" {
			t.Spot = v.say(keptSpots[k.Spot])
		}
		if !t.There {
			t.Until = v.page.Day(k.To)
		} else {
			r.N++
			if k.Basis == "" {
				r.Base++
			}
		}
		r.Things = append(r.Things, t)
	}
	o, _ := s.desk.Offices.Tree().Get(body)
	if c, ok := s.desk.Local.Cap(o.Division); ok {
		r.OverCite = c.Cite
		for _, t := range over {
			r.Over = append(r.Over, v.say("{spot}挂了{n}块牌子，按当地规定最多{most}块。", "spot", v.say(keptSpots[t.Spot]), "n", t.N, "most", map[string]int{"outside": c.Outside, "inside": c.Inside}[t.Spot]))
		}
	}
	var kinds []look.Option
	for _, k := range duty.KeptKinds {
		kinds = append(kinds, look.Option{Value: k, Title: v.say(keptKinds[k])})
	}
	r.Fields = []look.Field{
		{Name: "kind", Kind: "list", Label: v.say("哪一类"), Options: kinds},
		{Name: "title", Label: v.say("名称"), Max: 80},
		{Name: "spot", Kind: "list", Label: v.say("牌子挂在哪里"), Optional: true, Options: []look.Option{{Value: "outside", Title: v.say("门外")}, {Value: "inside", Title: v.say("室内")}}},
		{Name: "whose", Label: v.say("谁要的"), Optional: true, Max: 80},
		{Name: "basis", Label: v.say("依据（清单编号或者条文）"), Optional: true, Hint: v.say("说不出的空着，不会怪村里"), Max: 200},
		{Name: "from", Kind: "day", Label: v.say("从哪天起"), Optional: true, Short: true},
		{Name: "files", Kind: "file", Label: v.say("照片"), Optional: true}}
	return r, nil
}

func (s *Server) keptPage(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	body := v.r.URL.Query().Get("org")
	if bodies := s.desk.KeptBodies(who); body == "" && len(bodies) > 0 {
		if body = bodies[0].ID; slices.ContainsFunc(bodies, func(b desk.Body) bool { return b.ID == who.Acting }) {
			body = who.Acting
		}
	}
	r, err := s.keptView(v, who, body, look.Form{})
	if err != nil {
		return err
	}
	return v.show(admit.Kept(v.page, r))
}

func (s *Server) keptAdd(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	err = v.read(s.keep(v))
	form := v.r.PostForm
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	if err == nil {
		_, err = s.desk.AddKept(v.r.Context(), who, duty.Kept{Org: get("org"), Kind: get("kind"), Title: get("title"), Spot: get("spot"), Whose: get("whose"), Basis: get("basis"),
			From: calendar.Day(get("from")), Photo: photo(s.attached(form["file"]))})
	}
	if err != nil {
		r, viewErr := s.keptView(v, who, get("org"), look.Form{})
		if viewErr != nil {
			return viewErr
		}
		return v.again(err, func(f look.Form) page { r.Form = f; return admit.Kept(v.page, r) })
	}
	v.flash("登记好了。")
	return v.goTo("/kept?org=" + url.QueryEscape(get("org")))
}

// photo is the first picture of a form.
func photo(files []matter.File) *duty.Photo {
	for _, f := range files {
		if strings.HasPrefix(f.Type, "image/") {
			return &duty.Photo{Hash: f.Hash, Name: f.Name, Type: f.Type, Size: f.Size}
		}
	}
	return nil
}

func (s *Server) keptGone(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	if err := v.read(s.keep(v)); err != nil {
		return err
	}
	k, err := s.desk.RemoveKept(v.r.Context(), who, v.r.PathValue("id"), v.r.PostForm.Get("why"), photo(s.attached(v.r.PostForm["file"])))
	if err != nil {
		r, viewErr := s.keptView(v, who, k.Org, look.Form{})
		if viewErr != nil {
			return err
		}
		return v.again(err, func(f look.Form) page { r.Form = look.Form{Refusal: f.Refusal}; return admit.Kept(v.page, r) })
	}
	v.flash("记好了。")
	return v.goTo("/kept?org=" + url.QueryEscape(k.Org))
}

func (s *Server) keptPhoto(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	p, file, err := s.desk.KeptPhoto(v.r.Context(), who, v.r.PathValue("id"), v.r.URL.Query().Get("after") != "")
	if err != nil {
		return err
	}
	defer file.Close()
	v.w.Header().Set("Content-Type", p.Type)
	v.w.Header().Set("Content-Disposition", "inline")
	http.ServeContent(v.w, v.r, "", s.desk.Now(), file)
	return nil
}
