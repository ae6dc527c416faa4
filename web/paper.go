package web

import (
	"strconv"
	"strings"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/module/duty"
	"jishi/people/actor"
	"jishi/web/admit"
	"jishi/web/look"
)

var paperSorts = []struct{ id, title string }{{"general", "一般性的"}, {"specific", "部署专项工作或者具体任务的"}, {"comprehensive", "综合性的"}}

func (s *Server) paperFields(v *visit, kind string) []look.Field {
	var sorts []look.Option
	for _, x := range paperSorts {
		sorts = append(sorts, look.Option{Value: x.id, Title: v.say(x.title)})
	}
	fields := []look.Field{{Name: "title", Label: v.say("名称"), Max: 80}, {Name: "sort", Kind: "list", Label: v.say("种类"), Options: sorts}, {Name: "day", Kind: "day", Label: v.say("哪天"), Short: true, Value: string(s.today())}}
	reason := look.Field{Name: "reason", Kind: "text", Rows: 2, Label: v.say("为什么仍然发"), Hint: v.say("查出不合的才写"), Optional: true, Max: 500}
	if kind == "document" {
		return append(fields, look.Field{Name: "body", Kind: "text", Label: v.say("正文"), Hint: v.say("贴正文，不带附件；只数字数，不保存"), Optional: true},
			look.Field{Name: "chars", Kind: "int", Label: v.say("或者写字数"), Optional: true, Short: true},
			look.Field{Name: "reports", Kind: "yes", Label: v.say("要求报送落实情况")}, look.Field{Name: "papers", Kind: "yes", Label: v.say("要求制发配套文件")}, reason)
	}
	return append(fields, look.Field{Name: "length", Kind: "int", Label: v.say("会议多少分钟"), Short: true}, look.Field{Name: "speech", Kind: "int", Label: v.say("主要讲话多少分钟"), Short: true},
		look.Field{Name: "groups", Kind: "yes", Label: v.say("有分组讨论")}, look.Field{Name: "ordered", Kind: "yes", Label: v.say("文件已经部署过")},
		look.Field{Name: "base", Kind: "yes", Label: v.say("开到乡镇或者村里")}, look.Field{Name: "approved", Kind: "yes", Label: v.say("党委主要负责同志已批准开到基层")}, reason)
}

func (s *Server) papersView(v *visit, who actor.Actor, kind string) (admit.Paper, error) {
	v.page = v.page.Titled("发文、开会以前查一查")
	if kind != "meeting" {
		kind = "document"
	}
	x := admit.Paper{Kind: kind, Fields: s.paperFields(v, kind)}
	list, err := s.desk.Papers(v.r.Context(), who, kind)
	for _, p := range list {
		row := admit.PaperRow{Day: v.page.Day(p.Day), Title: p.Title, Reason: p.Reason, N: p.Chars, Faults: p.Faults}
		if kind == "meeting" {
			row.N = p.Length
		}
		for _, sort := range paperSorts {
			if sort.id == p.Sort {
				row.Sort = v.say(sort.title)
			}
		}
		x.Rows = append(x.Rows, row)
	}
	return x, err
}

func (s *Server) papersPage(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	x, err := s.papersView(v, who, v.r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	return v.show(admit.Papers(v.page, x))
}

func (s *Server) papersNow(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	form := v.r.PostForm
	x, err := s.papersView(v, who, form.Get("kind"))
	if err != nil {
		return err
	}
	yes := func(name string) bool { return form.Get(name) == "yes" }
	n := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(form.Get(name)))
		if err != nil { // left empty: nothing is counted
			return 0
		}
		return n
	}
	p := desk.Paper{Kind: x.Kind, Title: form.Get("title"), Sort: form.Get("sort"), Day: calendar.Day(form.Get("day")), Body: form.Get("body"), Chars: n("chars"), Reason: form.Get("reason"),
		Document: duty.Document{AsksReports: yes("reports"), AsksPapers: yes("papers")},
		Meeting:  duty.Meeting{Speech: n("speech"), Length: n("length"), Groups: yes("groups"), Ordered: yes("ordered"), Base: yes("base"), Approved: yes("approved")}}
	act := s.desk.CheckPaper
	if form.Get("do") == "send" {
		act = s.desk.SendPaper
	}
	c, err := act(v.r.Context(), who, p)
	x.Checked, x.Chars, x.Year, x.Last = c.Year > 0, c.Chars, c.Year, c.LastYear
	for _, w := range c.Warnings {
		x.Warnings = append(x.Warnings, admit.Warning{What: v.say(w.Text, w.Args...), Cite: w.Cite})
	}
	if err != nil {
		return v.again(err, func(f look.Form) page { x.Form = f; return admit.Papers(v.page, x) })
	}
	if form.Get("do") == "send" {
		v.flash("记好了。")
		return v.goTo("/papers?kind=" + x.Kind)
	}
	x.Form = look.Form{Values: form}
	return v.show(admit.Papers(v.page, x))
}
