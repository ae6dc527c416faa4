package web

import (
	"cmp"
	"strings"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/web/admit"
	"jishi/web/look"
	"jishi/web/price"
)

// burden is the county's public account.
func (s *Server) burden(v *visit) error {
	s.opener(v)
	v.page = v.page.Titled("为基层减负")
	b, err := s.desk.Burden(v.r.Context())
	if err != nil {
		return err
	}
	a := admit.Account{Certificates: b.Certificates, Demands: b.Demands, Since: v.page.Day(b.Since),
		Planned: b.Inspections["approved"] + b.Inspections["filed"], Running: b.Inspections["running"], Done: b.Inspections["closed"]}
	if b.Forms.Forms > 0 {
		a.FormHours = price.Hours(b.Forms.Saved)
	}
	for _, l := range b.Active {
		a.Active = append(a.Active, s.demand(v, l))
	}
	for _, l := range b.Refused {
		a.Refused = append(a.Refused, s.demand(v, l))
		a.Avoided += l.YearHours()
	}
	for _, l := range b.Ended {
		a.Ended = append(a.Ended, s.demand(v, l))
		a.Saved += l.YearHours()
	}
	for _, c := range b.Cleanups {
		a.Cleans = append(a.Cleans, s.clean(v, c))
	}
	return v.show(admit.Public(v.page, a))
}

var frequencies = map[string]string{"once": "只一次", "year": "每年", "half": "每半年", "quarter": "每季度", "month": "每月", "week": "每周"}

func (s *Server) demand(v *visit, l desk.AdmissionLine) admit.Demand {
	d := admit.Demand{Number: l.Number, Title: l.Title, Class: v.page.Either(l.Class, l.ClassEn), Org: v.page.Either(l.Org.Name, l.Org.En), Basis: v.page.Law(l.Basis), ListNo: l.ListNo,
		Every: v.say(cmp.Or(frequencies[l.Frequency], "只一次")), Hours: l.YearHours(), How: v.say("申报的：{hours} × {runs} × {villages}", "hours", l.Hours, "runs", l.Runs, "villages", l.Villages)}
	if l.Reviewed {
		d.How = v.say("评估数得的：一年 {n} 次", "n", l.Uses)
	}
	if l.Until != "" {
		d.Until = v.page.Day(l.Until)
	}
	d.Why = l.Reason
	if l.Cause != "" {
		d.Why = v.say(l.Cause) + v.say("：") + l.Reason
	}
	if l.Ended != "" {
		d.Day = v.page.Day(l.Ended)
	}
	return d
}

func (s *Server) clean(v *visit, c desk.CleanupLine) admit.Clean {
	x := admit.Clean{Title: c.Title, Org: v.page.Either(c.Org.Name, c.Org.En), Before: c.Before, After: c.After, Target: c.Target, Found: c.Found,
		Counted: c.Counted, Looked: c.Looked, Off: c.Off, Claimed: v.say("没有填报"), Reduction: v.say("还没有数")}
	if c.Counted {
		x.Reduction = s.share(v, c.Tenths, c.Known, c.Before-c.After, c.Before)
	}
	if c.Registered {
		x.Register = v.say("按登记数得")
		if c.Counted && c.Typed != c.InRegister {
			x.Register = v.say("按登记数得；填报的是从 {a} 件到 {b} 件，不作数", "a", c.Typed[0], "b", c.Typed[1])
		}
	}
	if c.Claimed != "" {
		x.Claimed = strings.TrimRight(c.Claimed, "%％") + "%"
	}
	return x
}

// burdenLinks are what the officer's body has to do with burdens: a village refuses, whoever keeps a register keeps it,
// who sends things down checks them first.
func (s *Server) burdenLinks(who actor.Actor, link func(title, to string) look.Link) []look.Link {
	var list []look.Link
	own, _ := s.desk.Offices.Tree().Get(who.Acting)
	if own.Kind == org.Village || own.Kind == org.StreetTownship {
		list = append(list, link("没有准入的，不办", "/refuse"))
	}
	if len(s.desk.KeptBodies(who)) > 0 {
		list = append(list, link("挂着的、转着的、留着的", "/kept"))
	}
	if own.Kind != org.Village {
		list = append(list, link("发文、开会以前查一查", "/papers"))
	}
	return list
}

// base is the officer of a village or township who may refuse.
func (s *Server) base(v *visit) (actor.Actor, org.Org, error) {
	who, err := s.staff(v)
	if err != nil {
		return who, org.Org{}, err
	}
	own, _ := s.desk.Offices.Tree().Get(who.Acting)
	if own.Kind != org.Village && own.Kind != org.StreetTownship {
		return who, own, words.Refuse(words.Forbidden, "not-the-base", "只有村（社区）和乡镇（街道）可以拒办。")
	}
	v.page = v.page.Titled("没有准入的，不办")
	return who, own, nil
}

func (s *Server) refusal(v *visit, own org.Org, f look.Form) (admit.Refusal, error) {
	r := admit.Refusal{Form: f}
	county := own.Division[:6]
	for _, o := range s.desk.Offices.Tree().All() {
		asks := o.Kind != org.Village && o.Kind != org.Mediation && o.Kind != org.Court && o.Kind != org.Procuratorate && o.Kind != org.JointConference
		if o.To == "" && asks && o.ID != own.ID && strings.HasPrefix(o.Division, county) {
			r.Bodies = append(r.Bodies, look.Option{Value: o.ID, Title: v.page.Either(o.Name, o.En)})
		}
	}
	for _, x := range s.arrived(f.All("file")) {
		r.Kept = append(r.Kept, admit.File(x))
	}
	list, err := s.desk.Admitted(v.r.Context())
	for _, l := range list {
		r.Active = append(r.Active, s.demand(v, l))
	}
	return r, err
}

func (s *Server) refusePage(v *visit) error {
	_, own, err := s.base(v)
	if err != nil {
		return err
	}
	r, err := s.refusal(v, own, look.Form{})
	if err != nil {
		return err
	}
	return v.show(admit.Refuse(v.page, r))
}

func (s *Server) refuseNow(v *visit) error {
	who, own, err := s.base(v)
	if err != nil {
		return err
	}
	again := func(err error) error {
		view, viewErr := s.refusal(v, own, look.Form{Values: v.r.PostForm})
		if viewErr != nil {
			return viewErr
		}
		return v.again(err, func(f look.Form) page { view.Form = f; return admit.Refuse(v.page, view) })
	}
	if err := v.read(s.keep(v)); err != nil {
		return again(err)
	}
	form := v.r.PostForm
	r, err := s.desk.Refuse(v.r.Context(), who, desk.Demand{Token: form.Get("token"), What: form.Get("title"), From: form.Get("org"), FromNamed: form.Get("asker"),
		Quiet: form.Get("quiet") == "yes", Files: s.attached(form["file"])})
	if err != nil {
		return again(err)
	}
	v.flash("拒办好了，县里已经看到。")
	return v.goTo(at("/m/", r.ID))
}
