package web

import (
	"fmt"
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/duty"
	"jishi/people/actor"
	"jishi/people/org"
	pages "jishi/web/duty"
	"jishi/web/look"
)

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// burdens are the pages of burden relief: the lists that anyone may read, and those by which villages are spared.
func (s *Server) burdens() {
	s.page("GET /duties", s.duties)
	s.page("GET /duties/import", s.dutyImport)
	s.page("POST /duties/import", s.dutyImportNow)
	s.page("GET /duties/template", s.dutyTemplate)
	s.page("GET /duties/{org}", s.dutyList)
	s.page("GET /m/{id}/duty", s.dutyTag)
	s.page("POST /m/{id}/duty", s.dutyTagNow)
	s.page("GET /burden", s.burden)
	s.page("GET /refuse", s.refusePage)
	s.page("POST /refuse", s.refuseNow)
	s.page("GET /certificate", s.certificatePage)
	s.page("POST /certificate", s.certificateNow)
	s.page("GET /certificate/check", s.certificateCheck)
	s.page("GET /p/{number}/certificate", s.certificateCitizen)
	s.page("GET /m/{id}/certificate", s.certificateOfficer)
	s.page("GET /kept", s.keptPage)
	s.page("POST /kept", s.keptAdd)
	s.page("POST /kept/{id}/gone", s.keptGone)
	s.page("GET /kept/{id}/photo", s.keptPhoto)
	s.page("GET /papers", s.papersPage)
	s.page("POST /papers", s.papersNow)
}

// share is "65.6 %（223/340）": a rate never stands without its numbers.
func (s *Server) share(v *visit, tenths int, ok bool, part, whole int) string {
	if !ok {
		return v.say("没有数")
	}
	return v.say("{rate}%（{part}/{whole}）", "rate", points(tenths), "part", part, "whole", whole)
}

// points writes tenths of a percent: 656 is 65.6.
func points(tenths int) string {
	sign := ""
	if tenths < 0 {
		sign, tenths = "-", -tenths
	}
	return fmt.Sprintf("%s%d.%d", sign, tenths/10, tenths%10)
}

func (s *Server) duties(v *visit) error {
	who, _ := s.opener(v)
	v.page = v.page.Titled("履职事项清单")
	lines, err := s.desk.DutyLists(v.r.Context(), s.today())
	if err != nil {
		return err
	}
	var table []pages.Line
	for _, l := range lines {
		tenths, ok := l.Count.Share()
		table = append(table, pages.Line{To: at("/duties/", l.Body.ID), Name: v.page.Either(l.Body.Name, l.Body.En), Title: l.List.Title, From: v.page.Day(l.List.From),
			Count: l.Count, Share: s.share(v, tenths, ok, l.Count.Others(), l.Count.Total())})
	}
	return v.show(pages.List(v.page, table, len(s.townships(v, who)) > 0))
}

func (s *Server) dutyList(v *visit) error {
	s.opener(v)
	on := calendar.Day(v.r.URL.Query().Get("on"))
	if _, err := calendar.ParseDay(string(on)); err != nil {
		on = s.today()
	}
	l, versions, err := s.desk.DutyList(v.r.Context(), v.r.PathValue("org"), on)
	if err != nil {
		return err
	}
	c := l.Count()
	tenths, ok := c.Share()
	sheet := pages.Sheet{Name: s.bodyName(v, l.Org), Title: l.Title, Basis: l.Basis, From: v.page.Day(l.From), Count: c, Share: s.share(v, tenths, ok, c.Others(), c.Total()), On: on, At: at("/duties/", l.Org)}
	if l.To != "" {
		sheet.Until = v.page.Day(l.To)
	}
	for _, k := range duty.Kinds {
		g := pages.Group{Kind: k, Title: v.page.Either(duty.Titles[k][0], duty.Titles[k][1])}
		for _, i := range l.Items {
			if i.Kind == k {
				g.Items = append(g.Items, i)
			}
		}
		sheet.Groups = append(sheet.Groups, g)
	}
	for _, x := range versions {
		row := pages.Version{To: at("/duties/", l.Org) + "?on=" + string(x.From), Title: x.Title, From: v.page.Day(x.From), Until: v.say("现在")}
		if x.To != "" {
			row.Until = v.page.Day(x.To)
		}
		sheet.Versions = append(sheet.Versions, row)
	}
	v.page = v.page.Titled("{name}的履职事项清单", "name", sheet.Name)
	return v.show(pages.Page(v.page, sheet))
}

// townships are those whose lists the visitor keeps.
func (s *Server) townships(v *visit, who actor.Actor) (list []look.Option) {
	for _, o := range s.desk.Offices.Tree().In("", org.StreetTownship) {
		if s.desk.MayKeepDuties(who, o.ID) {
			list = append(list, look.Option{Value: o.ID, Title: v.page.Either(o.Name, o.En)})
		}
	}
	return list
}

func (s *Server) importView(v *visit, who actor.Actor, f look.Form) pages.Import {
	return pages.Import{Form: f, Fields: []look.Field{
		{Name: "org", Kind: "list", Label: v.say("哪个乡镇（街道）"), Options: s.townships(v, who)},
		{Name: "title", Label: v.say("清单的名称"), Max: 80},
		{Name: "basis", Label: v.say("依据的文件"), Max: 200},
		{Name: "from", Kind: "day", Label: v.say("从哪天起"), Short: true},
		{Name: "file", Kind: "file", Label: v.say("文件（xlsx 或 csv）")},
		{Name: "partial", Kind: "yes", Label: v.say("只存读对的")}}}
}

func (s *Server) importer(v *visit) (actor.Actor, error) {
	who, err := s.staff(v)
	v.page = v.page.Titled("导入履职事项清单")
	if err == nil && len(s.townships(v, who)) == 0 {
		err = words.Refuse(words.Forbidden, "not-the-list-keeper", "乡镇（街道）的清单由县（市、区）的社会工作部、组织部或者政府维护。").Under(duty.Source)
	}
	return who, err
}

func (s *Server) dutyImport(v *visit) error {
	who, err := s.importer(v)
	if err != nil {
		return err
	}
	return v.show(pages.Bring(v.page, s.importView(v, who, look.Form{})))
}

func (s *Server) dutyImportNow(v *visit) error {
	who, err := s.importer(v)
	if err != nil {
		return err
	}
	name, data, err := v.upload()
	again := func(f look.Form) page { return pages.Bring(v.page, s.importView(v, who, f)) }
	if err != nil {
		return v.again(err, again)
	}
	form := v.r.PostForm
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	read, err := s.desk.ImportDuties(v.r.Context(), who, desk.DutyImport{Org: get("org"), Title: get("title"), Basis: get("basis"), From: calendar.Day(get("from")),
		Partial: get("partial") == "yes", Name: name, File: data})
	if err != nil {
		return v.again(err, again)
	}
	if read.Stored {
		v.flash("清单存好了，从写明的那天起生效。")
		return v.goTo(at("/duties/", get("org")) + "?on=" + get("from"))
	}
	view := s.importView(v, who, look.Form{Values: form})
	view.Tried, view.Good = true, read.Count.Total()
	for _, f := range append(read.Faults, read.Notices...) {
		view.Rows = append(view.Rows, pages.Row{N: f.Row, Cell: v.say(f.Cell), What: v.say(f.Text, f.Args...)})
	}
	if len(read.Marked) > 0 {
		view.Marked = markedAt(read.ID)
	}
	return v.showAs(422, pages.Bring(v.page, view))
}

func (s *Server) dutyTemplate(v *visit) error {
	b, err := duty.Template()
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="duty-list.xlsx"`)
	write(v, 200, sheetType, b)
	return nil
}

func (s *Server) dutyTag(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	view, err := s.tagView(v, who, m, look.Form{})
	if err != nil {
		return err
	}
	return v.show(pages.Tag(v.page, view))
}

func (s *Server) tagView(v *visit, who actor.Actor, m *desk.View, f look.Form) (pages.Matter, error) {
	v.page = v.page.Titled("对应清单哪一项")
	of, err := s.desk.Duty(v.r.Context(), who, m.ID)
	view := pages.Matter{Number: m.Number, Title: m.Title, At: at("/m/", m.ID), Township: v.page.Either(of.Township.Name, of.Township.En), Tagged: of.Tagged,
		None: of.Tagged && of.Tag.No == "", Tag: of.Tag.No, TagTitle: of.Item.Title, Reason: of.Tag.Reason, Form: f}
	for _, x := range of.Proposed {
		view.Proposed = append(view.Proposed, pages.Proposal{No: x.No, Title: x.Title, List: v.page.Either(duty.Titles[x.Kind][0], duty.Titles[x.Kind][1]),
			Why: v.say("文中有“{words}”", "words", strings.Join(x.Found, "、"))})
	}
	return view, err
}

func (s *Server) dutyTagNow(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	if err := s.desk.TagDuty(v.r.Context(), who, m.ID, strings.TrimSpace(v.r.PostForm.Get("no")), v.r.PostForm.Get("reason")); err != nil {
		view, _ := s.tagView(v, who, m, look.Form{})
		return v.again(err, func(f look.Form) page { view.Form = f; return pages.Tag(v.page, view) })
	}
	v.flash("注明好了。")
	return v.goTo(at("/m/", m.ID))
}
