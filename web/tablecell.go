package web

import (
	"slices"
	"strconv"
	"time"

	"jishi/base/words"
	"jishi/desk"
	"jishi/module/collect"
	cells "jishi/module/table"
	"jishi/people/actor"
	"jishi/web/look"
	"jishi/web/table"
	"jishi/work/matter"
)

func element(id string) collect.Element { return collect.Element{ID: id} }

func (s *Server) tableCell(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	return s.showCell(v, who, q.Get("element"), q.Get("period"), look.Form{})
}

func (s *Server) showCell(v *visit, who actor.Actor, element, period string, f look.Form) error {
	c, err := s.cellView(v, who, element, period)
	if err != nil {
		return err
	}
	c.Form = f
	v.page.Title = v.page.Either(c.Element.Title, c.Element.En)
	if f.Refusal != nil {
		return v.showAs(f.Refusal.Kind.Status(), table.Cell(v.page, c))
	}
	return v.show(table.Cell(v.page, c))
}

// cellView is the cell with its history, and the forms that use it.
func (s *Server) cellView(v *visit, who actor.Actor, element, period string) (table.CellView, error) {
	place := v.r.PathValue("place")
	slot, history, err := s.desk.CellHistory(v.r.Context(), who, place, element, period)
	if err != nil {
		return table.CellView{}, err
	}
	t, err := s.desk.Table(v.r.Context(), who, place)
	if err != nil {
		return table.CellView{}, err
	}
	c := table.CellView{Slot: slot, History: history, MayFill: t.MayFill}
	for _, x := range slices.Concat(t.Known, t.Waiting, t.Others) {
		if x.Element.ID == element && x.Period == period {
			c.Forms = x.Forms
		}
	}
	for _, x := range t.Open {
		if x.Cell.Key == slot.Cell.Key {
			c.MayDecide = x.MayDecide
		}
	}
	return c, nil
}

// tableCellDo confirms, corrects or contests one cell.
func (s *Server) tableCellDo(v *visit) error {
	if v.r.PostForm == nil {
		v.unread = v.read(s.keep(v))
	}
	return s.writeOne(v, map[string]cells.Act{"confirm": cells.Confirm, "correct": cells.Correct, "fill": cells.Fill, "contest": cells.Contest}[v.asked("act")])
}

// scan is the first of the files that came with a form, nil where none did.
func (s *Server) scan(refs []string) *matter.File {
	for _, f := range s.attached(refs) {
		return &f
	}
	return nil
}

// tableDecide settles one cell.
func (s *Server) tableDecide(v *visit) error { return s.writeOne(v, cells.Settle) }

// asked reads the form when nobody did, and gives a field of it. A form that cannot be read says so where it is written.
func (v *visit) asked(name string) string {
	if v.r.PostForm == nil {
		v.unread = v.read(noFiles)
	}
	return v.r.PostForm.Get(name)
}

func (s *Server) writeOne(v *visit, act cells.Act) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	element, period := v.asked("element"), v.asked("period")
	if v.unread != nil {
		return v.unread
	}
	place, form := v.r.PathValue("place"), v.r.PostForm
	x := desk.Writing{Token: form.Get("token"), Subject: form.Get("subject"), Element: element, Period: period, Act: act, Value: form.Get("value"), Reason: form.Get("reason"), Sure: form.Get("sure"), Scan: s.scan(form["file"])}
	x.Base, _ = strconv.ParseInt(form.Get("seq"), 10, 64)
	results, err := s.desk.WriteTable(v.r.Context(), who, place, "", []desk.Writing{x})
	if err != nil {
		return err
	}
	if r := results[0].Refusal; r != nil {
		if x.Subject != "" || r.Kind == words.NotFound || len(form) == 0 {
			return r
		}
		for i := range r.Fields {
			if r.Fields[i].Field == "v" {
				r.Fields[i].Field = "value"
			}
		}
		return s.showCell(v, who, element, period, look.Form{Values: form, Refusal: r})
	}
	v.flash(map[cells.Act]string{cells.Confirm: "已记下您核对过。", cells.Contest: "已提出异议，由数据的来源单位核对。", cells.Settle: "已裁定。"}[act])
	if act != cells.Confirm && act != cells.Contest && act != cells.Settle {
		v.flash("已保存。")
	}
	if act == cells.Settle && !slices.ContainsFunc(s.desk.MyTables(who), func(b desk.Body) bool { return s.desk.PlaceOf(b.ID) == place }) {
		return v.goTo("/contested")
	}
	return v.goTo(table.At(place, ""))
}

func (s *Server) tableHomes(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	h, err := s.desk.Homes(v.r.Context(), who, v.r.PathValue("place"), q.Get("form"), q.Get("after"))
	if err != nil {
		return err
	}
	v.page = v.page.Titled("各户各人的")
	return v.show(table.Homes(v.page, h))
}

func (s *Server) tableHome(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	return s.showHome(v, who, look.Form{})
}

func (s *Server) showHome(v *visit, who actor.Actor, f look.Form) error {
	h, err := s.desk.Home(v.r.Context(), who, v.r.PathValue("place"), v.r.PathValue("id"), v.r.URL.Query().Get("form"))
	if err != nil {
		return err
	}
	v.page = v.page.Titled("各户各人的")
	page := table.Home(v.page, table.HomeView{Home: h, Form: f, Opened: s.openedAt()})
	if f.Refusal != nil {
		return v.showAs(f.Refusal.Kind.Status(), page)
	}
	return v.show(page)
}

// tableHomeSave takes the cells of a household and its persons.
func (s *Server) tableHomeSave(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	if err := v.read(s.keep(v)); err != nil {
		return err
	}
	list, at := rows(v.r.PostForm, cells.Fill)
	took := s.since(v.r.PostForm.Get("opened"))
	for i := range list {
		list[i].Sure, list[i].Scan = v.r.PostForm.Get("sure"), s.scan(v.r.PostForm["file"])
		list[i].Form, list[i].Took = v.r.URL.Query().Get("form"), took/time.Duration(len(list))
	}
	place := v.r.PathValue("place")
	sent, refusal, err := s.writeRows(v, who, place, list, at)
	if err != nil {
		return err
	}
	if refusal != nil {
		return s.showHome(v, who, look.Form{Values: v.r.PostForm, Refusal: refusal})
	}
	if len(sent) > 0 {
		v.flash("已送达，但别人写了不一样的数值，要裁定")
	} else {
		v.flash("已保存。")
	}
	return v.goTo(table.HomesAt(place, v.r.URL.Query().Get("form"), ""))
}

// homeNew asks for a household, or for one more person of it.
func (s *Server) homeNew(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	if _, err := s.desk.Homes(v.r.Context(), who, v.r.PathValue("place"), q.Get("form"), ""); err != nil {
		return err
	}
	v.page = v.page.Titled("各户各人的")
	return v.show(table.Add(v.page, v.r.PathValue("place"), q.Get("form"), q.Get("home"), look.Form{}))
}

func (s *Server) homeAdd(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("各户各人的")
	place, q := v.r.PathValue("place"), v.r.URL.Query()
	home := ""
	if err = v.read(s.keep(v)); err == nil {
		form := v.r.PostForm
		home, err = s.desk.AddSubject(v.r.Context(), who, place, desk.NewSubject{Token: form.Get("token"), Form: q.Get("form"), Home: q.Get("home"), Label: plainText(form.Get("label")),
			Name: plainText(form.Get("name")), IDNumber: form.Get("id-number"), Phone: form.Get("phone"), Sure: form.Get("sure"), Scan: s.scan(form["file"])})
	}
	if r, ok := words.AsRefusal(err); ok && r.Kind == words.NotFound {
		return err
	}
	if err != nil {
		return v.again(err, func(f look.Form) page { return table.Add(v.page, place, q.Get("form"), q.Get("home"), f) })
	}
	v.flash("已经加进表里。")
	return v.goTo(table.HomeAt(place, home, q.Get("form")))
}

func (s *Server) tableTotals(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	t, err := s.desk.Totals(v.r.Context(), who, q.Get("place"), q.Get("element"))
	if err != nil {
		return err
	}
	v.page = v.page.Titled("一张表汇总")
	return v.show(table.Totals(v.page, t))
}

func (s *Server) tableToDecide(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	list, err := s.desk.ToDecide(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("待核对的数")
	return v.show(table.Decide(v.page, list))
}

func (s *Server) tableRuling(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	d, label, err := s.desk.OpenDispute(v.r.Context(), who, v.r.PathValue("event"))
	if err != nil {
		return err
	}
	v.page = v.page.Titled("待核对的数")
	return v.show(table.Ruling(v.page, d, label))
}

// held is what tables hold about the citizens of this visit.
func (s *Server) held(v *visit) error {
	all, err := s.heldOf(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("关于我，保存了什么")
	return v.show(table.Held(v.page, all))
}

// heldOf is what is held, once for each person: a browser may have several sessions of one.
func (s *Server) heldOf(v *visit) ([]desk.Held, error) {
	folk := s.folk(v)
	if len(folk) == 0 {
		return nil, errFolk
	}
	var all []desk.Held
	for _, who := range folk {
		list, err := s.desk.HeldAbout(v.r.Context(), who)
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			if !slices.ContainsFunc(all, func(x desk.Held) bool { return x.Place == h.Place && x.Subject.ID == h.Subject.ID }) {
				all = append(all, h)
			}
		}
	}
	return all, nil
}

var errFolk = words.Refuse(words.NotFound, "held-sign-in", "要知道您是谁，才能告诉您保存了什么。").Try("请先用手机号码登录：首页，查进度，用手机号码查。")

func (s *Server) heldSlot(v *visit) (h desk.Held, slot desk.Slot, err error) {
	q := v.r.URL.Query()
	all, err := s.heldOf(v)
	if err != nil {
		return h, slot, err
	}
	for _, h := range all {
		for _, x := range h.Slots {
			if h.Place == q.Get("place") && h.Subject.ID == q.Get("subject") && x.Element.ID == q.Get("element") && x.Period == q.Get("period") {
				return h, x, nil
			}
		}
	}
	return h, slot, errNoPage
}

func (s *Server) heldAsk(v *visit) error {
	h, x, err := s.heldSlot(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("请求更正")
	return v.show(table.AskCorrection(v.page, h, x, look.Form{}))
}

func (s *Server) heldDo(v *visit) error {
	err := v.read(noFiles)
	h, x, e := s.heldSlot(v)
	if e != nil {
		return e
	}
	form := v.r.PostForm
	v.page = v.page.Titled("请求更正")
	if err == nil {
		w := desk.Writing{Token: form.Get("token"), Element: x.Element.ID, Period: x.Period, Value: form.Get("value"), Reason: form.Get("reason"), Base: x.Cell.Seq}
		err = errNoPage
		for _, who := range s.folk(v) {
			err = s.desk.AskCorrection(v.r.Context(), who, h.Place, h.Subject.ID, w)
			if r, ok := words.AsRefusal(err); !ok || r.Code != "not-held" {
				break
			}
		}
	}
	if err != nil {
		if r, ok := words.AsRefusal(err); ok {
			for i := range r.Fields {
				if r.Fields[i].Field == "v" {
					r.Fields[i].Field = "value"
				}
			}
		}
		return v.again(err, func(f look.Form) page { return table.AskCorrection(v.page, h, x, f) })
	}
	v.flash("已请求更正，结果会写在这里。")
	return v.goTo("/held")
}
