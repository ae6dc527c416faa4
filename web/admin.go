package web

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/actor/roster"
	"jishi/people/org"
	"jishi/web/admin"
	"jishi/web/look"
)

// keeper is the administrator of this visit.
func (s *Server) keeper(v *visit) (actor.Actor, error) {
	who, err := s.staff(v)
	if err != nil {
		return who, err
	}
	if !who.HasAny(actor.Admin) {
		return who, words.Refuse(words.Forbidden, "not-an-administrator", "这一步须由系统管理员来做。")
	}
	return who, nil
}

func (s *Server) adminHome(v *visit) error {
	who, err := s.warden(v)
	if err != nil {
		return err
	}
	waits, err := s.desk.WaitFor(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("管理")
	staff := 0
	for _, o := range s.desk.Offices.Tree().All() {
		staff += len(s.desk.Offices.Staff(o.ID))
	}
	return v.show(admin.Home(v.page, s.desk.Offices.Tree().Len(), staff, waits, s.desk.Eyes == 0))
}

func (s *Server) bodies(v *visit) error {
	if _, err := s.warden(v); err != nil {
		return err
	}
	v.page = v.page.Titled("机关和单位")
	var list []admin.Body
	for _, o := range s.desk.Offices.Tree().All() {
		list = append(list, s.bodyLine(v, o))
	}
	return v.show(admin.Bodies(v.page, list))
}

func (s *Server) bodyLine(v *visit, o org.Org) admin.Body {
	tree := s.desk.Offices.Tree()
	b := admin.Body{ID: o.ID, Name: v.page.Either(o.Name, o.En), Kind: o.Kind.Title(), Place: s.placeName(v, o.Division), Staff: len(s.desk.Offices.Staff(o.ID))}
	if o.Parent != "" {
		b.Parent = s.bodyName(v, o.Parent)
	}
	var review []string
	for _, id := range tree.ReviewSuperior(o.ID) {
		review = append(review, s.bodyName(v, id))
	}
	b.Review = strings.Join(review, v.say("、"))
	return b
}

func (s *Server) body(v *visit) error {
	if _, err := s.warden(v); err != nil {
		return err
	}
	o, ok := s.desk.Offices.Tree().Get(v.r.PathValue("id"))
	if !ok {
		return errNoPage
	}
	b := s.bodyLine(v, o)
	var posts []admin.Post
	for _, x := range s.desk.Offices.Staff(o.ID) {
		p := admin.Post{ID: x.ID, Person: x.Name, Title: x.Title}
		for _, power := range x.Powers {
			p.Powers = append(p.Powers, power.Title())
		}
		posts = append(posts, p)
	}
	v.page.Title = b.Name
	return v.show(admin.Posts(v.page, b, posts))
}

// calendar is the working-day calendar of one year, for anyone.
func (s *Server) calendar(v *visit) error {
	year := s.today().Year()
	if n, err := strconv.Atoi(v.r.URL.Query().Get("year")); err == nil && n >= 1949 && n <= 2999 {
		year = n
	}
	return s.showCalendar(v, year, look.Form{}, 200)
}

func (s *Server) showCalendar(v *visit, year int, f look.Form, code int) error {
	s.anyone(v)
	keeper := false
	if v.page.Who != nil {
		who, err := s.officer(v)
		keeper = err == nil && who.HasAny(actor.Admin)
	}
	y, years := admin.Year{Year: year, Published: s.desk.Calendar().Published(year)}, []int{s.today().Year() + 1}
	for _, x := range s.desk.Calendar().Years() {
		if x.Overlay {
			continue
		}
		years = append(years, x.Year)
		if x.Year == year {
			y.Source, y.Note, y.Off, y.Work = x.Source, x.Note, x.Off, x.Work
		}
	}
	slices.Sort(years)
	v.page.Title = v.say("{n} 年工作日历", "n", year)
	return v.showAs(code, admin.Calendar(v.page, y, slices.Compact(years), keeper, s.desk.Eyes > 0, f))
}

// publish takes in the calendar of a year.
func (s *Server) publish(v *visit) error {
	who, err := s.keeper(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	form := v.r.PostForm
	number, _ := strconv.Atoi(form.Get("year"))
	text, err := yearText(number, form.Get("source"), form.Get("off"), form.Get("work"))
	var asked *desk.Ask
	if err == nil {
		_, asked, err = s.desk.Publish(v.r.Context(), who, text, form.Get("reason"))
	}
	if r, ok := words.AsRefusal(err); ok {
		return s.showCalendar(v, number, look.Form{Values: form, Refusal: r}, r.Kind.Status())
	}
	if err != nil {
		return err
	}
	if asked != nil {
		return v.waitsFor(*asked)
	}
	v.flash("已经公布，暂定的期限已重新计算。")
	return v.goTo("/calendar?year=" + strconv.Itoa(number))
}

// yearText is the form as a calendar file: one span a line, "2027-01-01 2027-01-03 元旦".
func yearText(year int, source, off, work string) (string, error) {
	y := calendar.Year{Year: year, Source: strings.TrimSpace(source)}
	r := words.Refuse(words.Invalid, "calendar", "放假安排还不能公布。")
	if y.Source == "" {
		r.At("source", "请写明依据的通知。")
	}
	y.Off, y.Work = spans(off, "off", r), spans(work, "work", r)
	if len(y.Off) == 0 && len(r.Fields) == 0 {
		r.At("off", "请写明放假的日期。")
	}
	if len(r.Fields) > 0 {
		return "", r
	}
	b, err := yaml.Marshal(y)
	if err != nil {
		return "", fmt.Errorf("web.yearText: %w", err)
	}
	return string(b), nil
}

func spans(text, field string, r *words.Refusal) []calendar.Span {
	var list []calendar.Span
	n := 0
	for line := range strings.Lines(text) {
		n++
		parts := strings.Fields(line)
		if len(parts) == 0 {
			continue
		}
		var span calendar.Span
		for i, part := range parts {
			d, err := calendar.ParseDay(part)
			switch {
			case err == nil && i == 0:
				span.From = d
			case err == nil && i == 1:
				span.To = d
			default:
				span.Name = part
			}
		}
		if span.From == "" {
			r.At(field, "第 {n} 行不是日期，请写成 2027-01-01 这样。", "n", n)
			continue
		}
		list = append(list, span)
	}
	return list
}

func (s *Server) importPage(v *visit) error {
	if _, err := s.keeper(v); err != nil {
		return err
	}
	v.page = v.page.Titled("导入花名册")
	return v.show(admin.Roster(v.page, admin.Import{ByTwo: s.desk.Eyes > 0}))
}

// importRoster takes the good rows of a roster in, or only checks them, and tells row by row what is wrong.
func (s *Server) importRoster(v *visit) error {
	who, err := s.keeper(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("导入花名册")
	view := admin.Import{}
	name, data, err := v.upload()
	if err == nil && name == "" {
		err = words.Refuse(words.Invalid, "no-roster", "还没有选择花名册。").At("roster", "请选择一个 xlsx 或 csv 文件。")
	}
	if err == nil {
		view, err = s.takeRoster(v, who, name, data, v.r.PostForm.Get("dry") == "yes")
	}
	if r, ok := words.AsRefusal(err); ok {
		view.Form, view.ByTwo = look.Form{Values: v.r.PostForm, Refusal: r}, s.desk.Eyes > 0
		return v.showAs(r.Kind.Status(), admin.Roster(v.page, view))
	}
	if err != nil {
		return err
	}
	return v.show(admin.Roster(v.page, view))
}

func (s *Server) takeRoster(v *visit, who actor.Actor, name string, data []byte, dry bool) (admin.Import, error) {
	result, asks, err := s.desk.ImportRoster(v.r.Context(), who, bytes.NewReader(data), dry, v.r.PostForm.Get("reason"))
	if err != nil {
		return admin.Import{}, err
	}
	b, err := s.desk.NoteRoster(v.r.Context(), who, name, data, dry, result)
	if err != nil {
		return admin.Import{}, err
	}
	if dry {
		for _, g := range result.Held {
			result.Notices = append(result.Notices, roster.Fault{Row: g.Row, Column: "权限", Text: "给出或者改变管理职责：导入时要写明理由，等第二个人同意。"})
		}
	}
	view := admin.Import{Done: true, Dry: dry, ByTwo: s.desk.Eyes > 0, Asked: len(asks), Logins: result.NewLogins, Lines: []string{
		v.say("读到 {read} 行：{good} 行可以导入，{bad} 行有问题。", "read", result.Read, "good", result.Good, "bad", result.Bad),
		v.say("其中单位 {orgs} 个，人员 {people} 人，岗位 {posts} 个。", "orgs", result.Orgs, "people", result.People, "posts", result.Posts)}}
	if b.Marked != "" {
		view.Marked = markedAt(b.ID)
	}
	for _, f := range append(result.Faults, result.Notices...) {
		view.Faults = append(view.Faults, admin.Fault{Row: f.Row, Column: f.Column, Text: v.say(f.Text, f.Args...)})
	}
	return view, nil
}

// rosterTemplate is an empty roster to fill in.
func (s *Server) rosterTemplate(v *visit) error {
	if _, err := s.keeper(v); err != nil {
		return err
	}
	b, err := roster.Template()
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "花名册.xlsx"}))
	write(v, http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b)
	return nil
}
