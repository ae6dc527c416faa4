package web

import (
	"maps"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/web/look"
	"jishi/web/rulebook"
	"jishi/web/tell"
	"jishi/work/explain"
	"jishi/work/procedure"
)

// anyone gives an officer their rail, and everybody else the plain page.
func (s *Server) anyone(v *visit) {
	if saved(v.r, StaffCookie) != "" {
		if _, err := s.staff(v); err == nil {
			return
		}
	}
	v.page.Wide = true
}

// rules lists the procedures in force, and what they rest on.
func (s *Server) rules(v *visit) error {
	s.anyone(v)
	v.page = v.page.Titled("办事规则")
	var entries []rulebook.Entry
	for _, p := range s.desk.Book.Procedures() {
		entries = append(entries, rulebook.Entry{Key: p.Key(), Title: v.page.Either(p.Title, p.En), Law: s.lawName(v, p.Law, p.From), From: v.page.Day(p.From)})
		for _, profile := range s.desk.Book.Profiles() {
			if q, err := s.desk.Book.Procedure(p.ID, s.today(), profile.ID); err == nil && q.From == p.From && s.desk.Book.Changes(profile.ID, p) {
				entries = append(entries, rulebook.Entry{Key: q.Key(), Title: v.page.Either(q.Title, q.En), Law: s.lawName(v, q.Law, q.From),
					From: v.page.Day(q.From), Profile: v.page.Either(profile.Title, profile.En)})
			}
		}
	}
	var laws []rulebook.Law
	for _, l := range s.desk.Laws.Laws() {
		laws = append(laws, rulebook.Law{ID: l.ID, Title: v.page.Either(l.Title, l.En), State: v.say(standing[l.Status])})
	}
	return v.show(rulebook.List(v.page, entries, laws))
}

var standing = map[law.Status]string{
	law.InForce: "现行有效", law.Historic: "已被替代，只用于当时的事项", law.Legacy: "早于现行上位规定，效力待核", law.Procedural: "部门工作规则",
}

var grades = map[law.Grade]string{"A": "通读过原文", "B": "读到部分原文", "C": "转引", "D": "本系统的设置，非法律规定"}

func (s *Server) lawName(v *visit, title string, on calendar.Day) string {
	if l, ok := s.desk.Laws.Law(title, on); ok {
		return v.page.Either(l.Title, l.En)
	}
	return title
}

func (s *Server) statute(v *visit) error {
	s.anyone(v)
	for _, l := range s.desk.Laws.Laws() {
		if l.ID != v.r.PathValue("id") {
			continue
		}
		view := rulebook.Law{ID: l.ID, Title: v.page.Either(l.Title, l.En), Issuer: l.Issuer, State: v.say(standing[l.Status])}
		if l.From != "" {
			view.From = v.say("{day} 起", "day", v.page.Day(l.From))
		}
		if !v.page.En() {
			view.Note = l.Note
		}
		for _, a := range l.Articles {
			x := rulebook.Article{N: a.N, Gist: v.page.Either(a.Gist, a.En), Grade: v.say(grades[a.Grade])}
			if v.page.En() {
				x.N = s.cited(v, l.Title+a.N)
			} else {
				x.Note = a.Note
			}
			view.Articles = append(view.Articles, x)
		}
		v.page.Title = view.Title
		return v.show(rulebook.Statute(v.page, view))
	}
	return errNoPage
}

// cited spells a citation in the reader's language.
func (s *Server) cited(v *visit, cite string) string {
	c, err := s.desk.Laws.Resolve(cite, s.today())
	if err != nil {
		return cite
	}
	return c.Say(v.page.Lang)
}

// rule is one procedure in words and as a drawing.
func (s *Server) rule(v *visit) error {
	s.anyone(v)
	p, err := s.desk.Book.ByKey(v.r.PathValue("key"))
	if err != nil {
		return errNoPage
	}
	view := rulebook.View{Title: v.page.Either(p.Title, p.En), Law: s.lawName(v, p.Law, p.From), From: v.page.Day(p.From), Hash: p.Hash}
	if p.Profile != "" {
		view.Profile = v.say("（{profile} 的规定）", "profile", p.Profile)
	}
	view.Drawing = explain.Draw(p, v.page.Lang)
	for _, id := range p.ClockIDs() {
		view.Clocks = append(view.Clocks, s.clockRule(v, p, p.Clocks[id]))
	}
	for _, id := range p.ActionIDs() {
		view.Actions = append(view.Actions, s.actionRule(v, p, p.Actions[id]))
	}
	for _, id := range slices.Sorted(maps.Keys(p.States)) {
		st := p.States[id]
		view.States = append(view.States, rulebook.State{Title: v.page.Either(st.Title, st.En), Holder: s.holderRule(v, p, st), Note: zhOnly(v.page, st.Timeless)})
	}
	view.Letters = s.letterRules(v, p)
	v.page.Title = view.Title
	return v.show(rulebook.Page(v.page, view))
}

func zhOnly(p look.Page, text string) string {
	if p.En() {
		return ""
	}
	return text
}

func (s *Server) holderRule(v *visit, p *procedure.Procedure, st procedure.State) string {
	if st.Final {
		return v.say("到此结束")
	}
	return v.say("下一步由{who}来做", "who", relation(v.page, p, st.Holder))
}

func (s *Server) clockRule(v *visit, p *procedure.Procedure, c procedure.Clock) rulebook.Clock {
	x := rulebook.Clock{Title: v.page.Either(c.Title, c.En), Limit: explain.Limit(p, c, v.page.Lang), Cite: p.Cite(c.Cite), Gist: s.gist(v, p.Cite(c.Cite)),
		Note: strings.ReplaceAll(v.page.Either(c.Note, c.NoteEn), "[D]", v.say("〔非法律规定〕")), NotLaw: tell.NotLaw(c.Grade), For: v.say("机关的期限")}
	if c.For == "citizen" {
		x.For = v.say("您的期限")
	}
	var starts []string
	for _, st := range c.Starts {
		starts = append(starts, actionTitle(v.page, p, st.On))
	}
	x.Starts = v.say("从“{list}”起", "list", strings.Join(starts, v.say("、")))
	var stops []string
	for _, id := range c.Stops {
		stops = append(stops, actionTitle(v.page, p, id))
	}
	x.Stops = v.say("到“{list}”止", "list", strings.Join(stops, v.say("、")))
	if c.Extend != nil {
		x.Extend = v.say("可延长 {n}", "n", tell.Limit(v.page, c.Extend.Upto))
	}
	var missed []string
	for _, m := range c.Missed {
		if text := consequences[m.Name]; text != "" {
			missed = append(missed, v.say(text, "action", actionTitle(v.page, p, m.Arg)))
		}
	}
	x.Missed = strings.Join(missed, v.say("；"))
	return x
}

var consequences = map[string]string{"light": "亮红灯，标明逾期", "bar": "不能再办这一步", "supervise": "自动提请督办", "do": "自动“{action}”"}

func (s *Server) actionRule(v *visit, p *procedure.Procedure, a procedure.Action) rulebook.Action {
	x := rulebook.Action{Title: v.page.Either(a.Title, a.En), Cite: p.Cite(a.Cite), Gist: s.gist(v, p.Cite(a.Cite)), NotLaw: tell.NotLaw(a.Grade)}
	var by, from []string
	for _, r := range a.By {
		by = append(by, relation(v.page, p, r))
	}
	for _, st := range a.From {
		from = append(from, stateTitle(v.page, p, st))
	}
	x.By, x.From, x.To = strings.Join(by, v.say("、")), strings.Join(from, v.say("、")), stateTitle(v.page, p, a.To)
	if l, ok := s.desk.Book.Letter(a.Letter, p.Profile); ok {
		x.Letter = v.page.Either(l.Title, l.En)
	}
	return x
}

func (s *Server) gist(v *visit, cite string) string {
	c, err := s.desk.Laws.Resolve(cite, s.today())
	if err != nil {
		return ""
	}
	return c.GistIn(v.page.Lang)
}

func actionTitle(p look.Page, pr *procedure.Procedure, id string) string {
	if id == "open" {
		return p.Either(pr.Open.Title, pr.Open.En)
	}
	a, ok := pr.Actions[id]
	if !ok {
		return id
	}
	return p.Either(a.Title, a.En)
}

func stateTitle(p look.Page, pr *procedure.Procedure, id string) string {
	switch id {
	case "open":
		return p.Say("结束以前")
	case "any":
		return p.Say("任何时候")
	case "same":
		return p.Say("不变")
	}
	return p.Either(pr.States[id].Title, pr.States[id].En)
}

// relation says who stands in a relation, the built-in ones too.
func relation(p look.Page, pr *procedure.Procedure, id string) string {
	if r, ok := pr.Relations[id]; ok {
		return p.Either(r.Title, r.En)
	}
	for _, x := range []struct{ prefix, text string }{
		{"head-of-", "{who}的负责人"}, {"above-", "{who}的上一级机关"}, {"superior-of-", "{who}的上级机关"},
	} {
		if rest, ok := strings.CutPrefix(id, x.prefix); ok {
			return p.Say(x.text, "who", relation(p, pr, rest))
		}
	}
	switch {
	case id == "anyone":
		return p.Say("任何人")
	case id == "system":
		return p.Say("系统自动")
	case strings.HasPrefix(id, "power:"):
		return p.Say("有这项职责的工作人员")
	}
	return id
}

func (s *Server) letterRules(v *visit, p *procedure.Procedure) []rulebook.Letter {
	used := map[string]bool{}
	for _, a := range p.Actions {
		used[a.Letter] = true
	}
	var list []rulebook.Letter
	for _, id := range slices.Sorted(maps.Keys(used)) {
		l, ok := s.desk.Book.Letter(id, p.Profile)
		if !ok {
			continue
		}
		var needs []string
		for _, name := range l.Needs {
			needs = append(needs, v.page.Either(p.Fields[name].Title, p.Fields[name].En))
		}
		x := rulebook.Letter{Title: v.page.Either(l.Title, l.En), Cite: p.Cite(l.Cite)}
		if len(needs) > 0 {
			x.Needs = v.say("必须写明：{list}", "list", strings.Join(needs, v.say("、")))
		}
		list = append(list, x)
	}
	return list
}
