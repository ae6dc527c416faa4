package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/filing"
	"jishi/web/letter"
	"jishi/web/look"
	"jishi/web/onbehalf"
	"jishi/web/today"
)

// reasoned refuses a look at an identity without a reason that a person could check.
func reasoned(reason string) error {
	if n := len([]rune(reason)); n < 4 || n > 200 {
		return words.Refuse(words.Invalid, "reason", "查看身份要写明理由。").At("reason", "请写明为什么需要查看，4 到 200 字。")
	}
	return nil
}

// clerk is the officer who may register on behalf.
func (s *Server) clerk(v *visit) (actor.Actor, error) {
	who, err := s.staff(v)
	if err != nil {
		return who, err
	}
	if !who.HasAny(actor.Register) {
		return who, words.Refuse(words.Forbidden, "not-a-clerk", "来信、来电、来访须由有登记职责的工作人员录入。")
	}
	v.page = v.page.Titled("代为登记")
	return who, nil
}

func (s *Server) registerPage(v *visit) error {
	if _, err := s.clerk(v); err != nil {
		return err
	}
	return v.show(onbehalf.Page(v.page, s.onbehalf(v, look.Form{})))
}

func (s *Server) onbehalf(v *visit, f look.Form) onbehalf.View {
	view := onbehalf.View{Form: f, Classes: s.classOptions(v), Places: s.placesNear(v), Bodies: s.bodyOptions(v)}
	p, err := s.desk.Book.Procedure(desk.Petition, s.today(), s.desk.Profile)
	if err == nil {
		view.Max = maxima(p, "title", "what", "wants")
		for _, id := range []string{"visit", "letter", "call", "fax"} {
			o := p.Fields["channel"].Options[id]
			view.Channels = append(view.Channels, look.Option{Value: id, Title: v.page.Either(o.Title, o.En)})
		}
	}
	for _, x := range s.arrived(f.All("file")) {
		view.Files = append(view.Files, onbehalf.File(x))
	}
	return view
}

// register takes what a clerk entered, and shows the receipt to print for the person at the counter.
func (s *Server) register(v *visit) error {
	who, err := s.clerk(v)
	if err != nil {
		return err
	}
	again := func(f look.Form) page { return onbehalf.Page(v.page, s.onbehalf(v, f)) }
	if err := v.read(s.keep(v)); err != nil {
		return v.again(err, again)
	}
	form := v.r.PostForm
	f := s.filing(v, form)
	f.Channel, f.Body = form.Get("channel"), who.Acting
	tree := s.desk.Offices.Tree()
	if slices.ContainsFunc(f.Reported, func(body string) bool { return body == who.Acting || tree.Beneath(who.Acting, body) }) {
		f.Body = "" // a report never comes to whom it names, nor beneath them: desk finds another body
	}
	if !slices.Contains([]string{"letter", "call", "fax", "visit"}, f.Channel) {
		f.Channel = "visit"
	}
	if place := form.Get("place"); place != "" {
		f.With["place"] = place
	}
	reps := strings.TrimSpace(form.Get("reps"))
	if err := checkReps(f.Channel, reps); err != nil {
		return v.again(err, again)
	}
	r, err := s.desk.File(v.r.Context(), who, f)
	if err == nil && reps != "" {
		err = s.nameReps(v, who, r.ID, f.Token, reps)
	}
	if err != nil {
		return v.again(err, again)
	}
	v.page = v.page.Titled("已经登记").Back(form)
	return v.show(filing.Registered(v.page, s.proof(v, r, f.Class == "report"), at("/m/", r.ID), "/register"))
}

// mostReps is how many representatives may come (信访工作条例第二十条第三款). The rules hold the same number; it is
// asked here before anything is registered, so that the clerk can say so at the counter.
const mostReps = 5

func checkReps(channel, reps string) error {
	if reps == "" {
		return nil
	}
	n, err := strconv.Atoi(reps)
	switch {
	case err != nil || n < 1:
		return words.Refuse(words.Invalid, "reps", "还有要补充的地方。").At("reps", "代表人数写数字，例如 3。")
	case channel == "visit" && n > mostReps:
		return words.Refuse(words.Invalid, "too-many-reps", "多人走访提出共同的事项，代表不得超过 {n} 人。", "n", mostReps).
			Under("信访工作条例第二十条第三款").Try("请来访群众推选代表，其他人的姓名可以写在联名人里，每个人都会得到答复；一时推选不出的，人数先空着，事项照样登记。").At("reps", "请填写不超过 {n} 的人数。", "n", mostReps)
	}
	return nil
}

// nameReps records how many representatives came. It rides on the token of the form: pressed again, it is one act.
func (s *Server) nameReps(v *visit, who actor.Actor, matter, token, reps string) error {
	m, err := s.desk.Matter(v.r.Context(), who, matter)
	if err != nil {
		return err
	}
	if _, err := door(m, "name-representatives"); err != nil {
		return nil // not a visit, or named already
	}
	_, err = s.desk.Do(v.r.Context(), who, matter, desk.Press{Token: token + "-reps", Seq: m.Seq, Action: "name-representatives", With: map[string]string{"reps": reps}})
	return err
}

// printChoose lists the matters whose letters may be printed in one go.
func (s *Server) printChoose(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	cursor, sheets := v.r.URL.Query().Get("cursor"), []today.Sheet{}
	for range mostLooked {
		page, err := s.desk.List(v.r.Context(), who, desk.Filter{Box: desk.Part, Cursor: cursor, Limit: 50})
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			l, ok, err := s.desk.Newest(v.r.Context(), who, r.ID)
			if err != nil {
				return err
			}
			if ok {
				sheets = append(sheets, today.Sheet{Row: r, Letter: l})
			}
		}
		if cursor = page.Next; cursor == "" || len(sheets) >= 20 {
			break
		}
	}
	v.page = v.page.Titled("打印文书")
	next := ""
	if cursor != "" {
		next = "/print?" + url.Values{"cursor": {cursor}}.Encode()
	}
	return v.show(today.Print(v.page, sheets, next))
}

// mostLooked is in how many pages of matters, at the most, letters are looked for before what was found is shown.
const mostLooked = 4

// print shows the newest letter of each chosen matter, each on its own sheet.
func (s *Server) print(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	var sheets []string
	chosen := v.r.PostForm["id"]
	for _, id := range chosen {
		l, ok, err := s.desk.Newest(v.r.Context(), who, id)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		doc, err := s.desk.Paper(v.r.Context(), who, id, l.ID, "")
		if err != nil {
			return err
		}
		sheets = append(sheets, doc.HTML())
	}
	switch {
	case len(chosen) == 0:
		return words.Refuse(words.Invalid, "nothing-to-print", "还没有选择要打印的事项。").Try("请勾选以后再打印。")
	case len(sheets) == 0:
		return words.Refuse(words.Invalid, "nothing-to-print", "选中的事项还没有文书。").Try("请选择已经作出文书的事项。")
	}
	v.page = v.page.Titled("打印文书")
	return v.show(letter.Bulk(v.page, sheets, len(chosen)-len(sheets)))
}
