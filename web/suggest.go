package web

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/filing"
	"jishi/web/look"
	"jishi/web/suggest"
	"jishi/web/tell"
)

// suggestions is the public page of calls, and of what became of earlier suggestions.
func (s *Server) suggestions(v *visit) error {
	s.folk(v)
	v.page = v.page.Titled("人民建议")
	view := suggest.View{Outcome: v.r.URL.Query().Get("outcome")}
	if view.Outcome == "" {
		calls, err := s.desk.Calls(v.r.Context())
		if err != nil {
			return err
		}
		for _, c := range calls {
			if c.State == "open" {
				view.Open = append(view.Open, c)
			} else {
				view.Ended = append(view.Ended, c)
			}
		}
	}
	var err error
	if view.Outcome == "" && v.r.URL.Query().Get("cursor") == "" {
		if view.Changed, _, err = s.desk.Ideas(v.r.Context(), desk.IdeaFilter{Outcome: "converted", Limit: 3}); err != nil {
			return err
		}
	}
	var next string
	view.Ideas, next, err = s.desk.Ideas(v.r.Context(), desk.IdeaFilter{Outcome: view.Outcome, Cursor: v.r.URL.Query().Get("cursor"), Limit: 12})
	if err != nil {
		return err
	}
	if next != "" {
		view.Next = "/suggest?" + url.Values{"outcome": {view.Outcome}, "cursor": {next}}.Encode() + "#outcomes"
	}
	return v.show(suggest.Home(v.page, view))
}

func (s *Server) call(v *visit) error {
	s.folk(v)
	c, err := s.desk.Call(v.r.Context(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	v.page.Title = c.Title
	view := suggest.Call{PublicCall: c}
	var next string
	view.Ideas, next, err = s.desk.Ideas(v.r.Context(), desk.IdeaFilter{Call: c.Number, Cursor: v.r.URL.Query().Get("cursor"), Limit: 20})
	if err != nil {
		return err
	}
	if next != "" {
		view.Next = at("/suggest/call/", c.Number) + "?" + url.Values{"cursor": {next}}.Encode()
	}
	if saved(v.r, StaffCookie) != "" {
		if who, err := s.officer(v); err == nil && who.In(c.Body.ID) {
			view.Officer = at("/suggest/call/", c.Number) + "/answers"
		}
	}
	return v.show(suggest.CallPage(v.page, view))
}

// answers are all suggestions that a call brought in, as far as the officer may see them.
func (s *Server) answers(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	c, err := s.desk.Call(v.r.Context(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	rows, err := s.desk.Answers(v.r.Context(), who, c.ID)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("收到的建议")
	return v.show(suggest.Answers(v.page, c, rows))
}

func (s *Server) idea(v *visit) error {
	s.folk(v)
	x, err := s.desk.Idea(v.r.Context(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	v.page.Title = x.Title
	return v.show(suggest.IdeaPage(v.page, x))
}

// alikeIdeas is the part of the page that a script asks for while a suggestion is being written.
func (s *Server) alikeIdeas(v *visit) error {
	if err := v.read(noFiles); err != nil {
		return err
	}
	list, err := s.desk.AlikeIdeas(v.r.Context(), v.r.PostForm.Get("title"), v.r.PostForm.Get("what")+v.r.PostForm.Get("wants"))
	if err != nil {
		return err
	}
	return v.show(suggest.Alike(v.page, list))
}

// suggestStart is the first step of writing a suggestion: free, in answer to a call, or joining one.
func (s *Server) suggestStart(v *visit) error {
	s.folk(v)
	q := v.r.URL.Query()
	form := look.Form{Values: url.Values{}}
	if number := q.Get("join"); number != "" {
		x, err := s.desk.Idea(v.r.Context(), number)
		if err != nil {
			return err
		}
		for name, value := range map[string]string{"join": x.Number, "title": x.Title, "what": x.Text} {
			form.Values.Set(name, value)
		}
		return s.askWho(v, form, http.StatusOK)
	}
	form.Values.Set("call", q.Get("call"))
	return s.askWhat(v, form, http.StatusOK)
}

// suggestStep takes what one step said and shows the next; the last one brings the suggestion in.
func (s *Server) suggestStep(v *visit) error {
	s.folk(v)
	readErr := v.read(s.keep(v))
	form := look.Form{Values: v.r.PostForm}
	if r, ok := words.AsRefusal(readErr); ok {
		form.Refusal = r
		return s.askWhat(v, form, r.Kind.Status())
	}
	if readErr != nil {
		return readErr
	}
	if form.Get("go") == "write" {
		return s.askWhat(v, form, http.StatusOK)
	}
	switch form.Get("step") {
	case "who":
		return s.suggestNow(v, form)
	case "choose":
		return s.askWho(v, form, http.StatusOK)
	}
	if r := s.checkSuggestion(form.Values); r != nil {
		form.Refusal = r
		return s.askWhat(v, form, r.Kind.Status())
	}
	like, err := s.desk.AlikeIdeas(v.r.Context(), form.Get("title"), form.Get("what")+form.Get("wants"))
	if err != nil {
		return err
	}
	if len(like) == 0 {
		return s.askWho(v, form, http.StatusOK)
	}
	v.page = v.page.Titled("已经有人提过类似的").Back(form.Values)
	return v.show(suggest.Choose(v.page, suggest.Draft{Form: form, Alike: like}))
}

// checkSuggestion refuses what cannot be gone on from, all of it at once.
func (s *Server) checkSuggestion(form url.Values) *words.Refusal {
	p, err := s.desk.Book.Procedure("suggestion", s.today(), s.desk.Profile)
	if err != nil {
		return nil // bringing it in will say so
	}
	r := words.Refuse(words.Invalid, "fields", "还有要补充的地方。")
	for _, q := range []struct{ name, empty string }{{"title", "请用一句话写明建议什么。"}, {"what", "请写明现在是什么情况、为什么要改。"}, {"wants", "请写明具体怎么做。"}} {
		text := strings.TrimSpace(form.Get(q.name))
		if text == "" {
			r.At(q.name, q.empty)
		}
		if n, most := utf8.RuneCountInString(text), p.Fields[q.name].Max; n > most {
			r.At(q.name, "最多写 {most} 字，现在有 {n} 字。更多的内容可以作为附件提交。", "most", most, "n", n)
		}
	}
	if len(r.Fields) == 0 {
		return nil
	}
	return r
}

func (s *Server) askWhat(v *visit, form look.Form, code int) error {
	v.page = v.page.Titled("提一条建议")
	if v.r.Method == http.MethodPost {
		v.page = v.page.Back(form.Values, "go", "write")
	}
	d := suggest.Draft{Form: form}
	if err := s.draftCall(v, &d); err != nil {
		return err
	}
	f, err := s.desk.Form(actor.Nobody(v.page.Lang), "suggestion")
	if err != nil {
		return err
	}
	for _, name := range []string{"title", "what", "wants", "suggestion-kind", "place"} {
		i := slices.IndexFunc(f.Fields, func(q desk.Field) bool { return q.Name == name })
		if i < 0 {
			continue
		}
		for _, q := range s.questions(v, f.Fields[i]) {
			q.Draft = "suggest-" + form.Get("call")
			q.Optional = q.Optional && name != "wants"
			q.Cite = "" // the page of the call says under which article
			d.Asks = append(d.Asks, q)
		}
	}
	if d.Call == nil {
		d.Asks = append(d.Asks, look.Field{Name: "body", Kind: "list", Label: v.say("提给哪个单位"), Optional: true, Options: s.organs(v),
			Hint: v.say("不清楚就不选，由信访局转给管这件事的单位。")})
	}
	d.Asks = append(d.Asks, look.Field{Name: "urgent", Kind: "yes", Label: v.say("与正在发生的突发事件有关"), Hint: v.say("应急期间的建议，24 小时内转送。")},
		look.Field{Name: "files", Kind: "files", Label: v.say("附件"), Optional: true, Hint: v.say("每个不超过 {n} MB", "n", blob.Limit>>20)})
	for _, a := range s.arrived(form.All("file")) {
		d.Files = append(d.Files, suggest.File(a))
	}
	return v.showAs(code, suggest.Write(v.page, d))
}

// draftCall finds the call that a draft answers. One that has ended is said to have ended, and the draft goes on as a
// free suggestion.
func (s *Server) draftCall(v *visit, d *suggest.Draft) error {
	number := d.Form.Get("call")
	if number == "" {
		return nil
	}
	c, err := s.desk.Call(v.r.Context(), number)
	if _, refused := words.AsRefusal(err); refused || err == nil && c.State != "open" {
		d.Form.Values.Del("call")
		v.page.Flash = v.say("这次征集已经截止，您的建议按日常建议办理，一样有答复。")
		return nil
	}
	d.Call = &c
	return err
}

// organs are the bodies that a suggestion may be brought to: state organs, and nobody who handles none.
func (s *Server) organs(v *visit) []look.Option {
	var list []look.Option
	p, err := s.desk.Book.Procedure("suggestion", s.today(), s.desk.Profile)
	if err != nil {
		return nil
	}
	for _, o := range s.desk.Offices.Tree().All() {
		if o.On(s.today()) && slices.Contains(p.Fields["target"].Kinds, string(o.Kind)) {
			list = append(list, look.Option{Value: o.ID, Title: v.page.Either(o.Name, o.En)})
		}
	}
	return list
}

func (s *Server) askWho(v *visit, form look.Form, code int) error {
	v.page = v.page.Titled("您是谁")
	if v.r.Method == http.MethodPost {
		v.page = v.page.Back(form.Values, "step", "choose")
	}
	if form.Get("step") != "who" { // ticked until its reader unticks it
		form.Values.Set("wants-reply", "yes")
	}
	d := suggest.Draft{Form: form}
	if err := s.draftCall(v, &d); err != nil {
		return err
	}
	var join *desk.Idea
	if number := form.Get("join"); number != "" {
		x, err := s.desk.Idea(v.r.Context(), number)
		if err != nil {
			return err
		}
		join = &x
	}
	d.Asks = []look.Field{{Name: "name", Label: v.say("姓名"), Short: true, Max: 60, Auto: "name"},
		{Name: "phone", Kind: "tel", Label: v.say("手机号码"), Short: true, Optional: true, Auto: "tel", Hint: v.say("用来答复您，也用来核实署名。")},
		{Name: "anonymous", Kind: "yes", Label: v.say("不留姓名"), Hint: v.say("一样会办，但无法单独答复您。")},
		{Name: "credit", Kind: "yes", Label: v.say("公开时署我的名字"), Hint: v.say("打电话向您核实过才署名，随时可以取消。")},
		{Name: "wants-reply", Kind: "yes", Label: v.say("请答复我")}}
	return v.showAs(code, suggest.Who(v.page, d, join))
}

// suggestNow brings the suggestion in and shows the receipt.
func (s *Server) suggestNow(v *visit, form look.Form) error {
	r, err := s.desk.File(v.r.Context(), actor.Nobody(v.page.Lang), s.suggested(form.Values))
	if refusal, ok := words.AsRefusal(err); ok {
		form.Refusal = refusal
		for _, f := range refusal.Fields {
			if slices.Contains([]string{"title", "what", "wants", "place", "target"}, f.Field) {
				return s.askWhat(v, form, refusal.Kind.Status())
			}
		}
		return s.askWho(v, form, refusal.Kind.Status())
	}
	if err != nil {
		return err
	}
	if who, err := s.desk.Enter(v.r.Context(), r.Number, r.Code, "", v.page.Lang); err == nil {
		if err := s.admit(v, who); err != nil {
			return err
		}
		v.page.Folk = true
	}
	v.page = v.page.Titled("收到了").Back(form.Values)
	v.page.Forget = "suggest-"
	return v.show(filing.Receipt(v.page, s.proof(v, r, false)))
}

// suggested is the form as desk takes it.
func (s *Server) suggested(form url.Values) desk.Filing {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	f := desk.Filing{Token: get("token"), Procedure: "suggestion", Channel: "net", With: map[string]string{}, Files: s.attached(form["file"]), Body: get("body"),
		Who: vault.Identity{Name: get("name"), Phone: get("phone")}, Anonymous: get("anonymous") == "yes" && get("name") == ""}
	for _, name := range []string{"title", "what", "wants", "place", "suggestion-kind", "credit", "wants-reply", "urgent"} {
		if value := get(name); value != "" {
			f.With[name] = value
		}
	}
	if f.Anonymous {
		f.Who = vault.Identity{}
		delete(f.With, "credit")
	}
	switch {
	case get("join") != "":
		f.With["linked"], f.With["join"] = get("join"), "yes"
	case get("call") != "":
		f.With["linked"] = get("call")
	}
	if f.Body == "" && f.With["place"] == "" && s.opt.Home != "" { // what concerns the whole county, the bureau there takes in
		f.With["place"] = s.opt.Home
	}
	return f
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// The news of calls and suggestions as a feed, RFC 4287: whoever follows it needs no account, and nobody learns who reads.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  atomAuthor  `xml:"author"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomEntry struct {
		ID      string     `xml:"id"`
		Title   string     `xml:"title"`
		Updated string     `xml:"updated"`
		Author  atomAuthor `xml:"author"`
		Link    atomLink   `xml:"link"`
		Summary string     `xml:"summary"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
)

// suggestFeed is what happened lately: calls that were published or answered, and what became of suggestions.
func (s *Server) suggestFeed(v *visit) error {
	calls, err := s.desk.Calls(v.r.Context())
	if err != nil {
		return err
	}
	ideas, _, err := s.desk.Ideas(v.r.Context(), desk.IdeaFilter{Limit: 50})
	if err != nil {
		return err
	}
	origin := s.origin(v)
	feed := atomFeed{Lang: string(v.page.Lang), ID: origin + "/suggest/feed.atom", Title: v.say("人民建议") + " · " + v.page.Site, Author: atomAuthor{v.page.Site},
		Links: []atomLink{{"self", origin + "/suggest/feed.atom"}, {"alternate", origin + "/suggest"}}}
	for _, c := range calls {
		feed.Entries = append(feed.Entries, s.callEntry(v, origin, c))
	}
	for _, x := range ideas {
		feed.Entries = append(feed.Entries, s.ideaEntry(v, origin, x))
	}
	slices.SortStableFunc(feed.Entries, func(a, b atomEntry) int { return strings.Compare(b.Updated, a.Updated) })
	feed.Updated = time.UnixMilli(0).UTC().Format(time.RFC3339)
	if len(feed.Entries) > 0 {
		feed.Updated = feed.Entries[0].Updated
	}
	body, err := xml.MarshalIndent(feed, "", "  ")
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "public, max-age=600")
	write(v, http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
	return nil
}

func (s *Server) callEntry(v *visit, origin string, c desk.PublicCall) atomEntry {
	at, text := c.Published, v.say("征集到 {day}：", "day", v.page.Day(c.Period.Day))+c.Explanation
	if !c.Told.IsZero() {
		at, text = c.Told, v.say("征集结果：")+c.Outcome
	}
	for _, u := range c.Updates {
		at, text = u.At, u.Text
	}
	to := origin + "/suggest/call/" + c.Number
	return atomEntry{to, v.say("征集：{title}", "title", c.Title), at.UTC().Format(time.RFC3339), atomAuthor{tell.Body(v.page, c.Body)}, atomLink{"", to}, text}
}

func (s *Server) ideaEntry(v *visit, origin string, x desk.Idea) atomEntry {
	text := x.Text
	for _, later := range []string{x.Grounds, x.Changed, x.Why} {
		text = or(later, text)
	}
	to := origin + "/suggest/" + x.Number
	at := x.Updated
	if at.IsZero() {
		at = x.Opened
	}
	return atomEntry{to, suggest.Word(v.page, x) + v.say("：") + x.Title, at.In(calendar.Zone).UTC().Format(time.RFC3339), atomAuthor{tell.Body(v.page, x.Body)}, atomLink{"", to}, text}
}
