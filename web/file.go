package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/filing"
	"jishi/web/look"
	"jishi/web/tell"
	"jishi/work/procedure"
)

var classes = []string{"claim", "suggestion", "report"}

// fileStart is the first step, or the choice of what kind of matter it is.
func (s *Server) fileStart(v *visit) error {
	class := v.r.URL.Query().Get("class")
	v.page = v.page.Titled("我要反映")
	if !slices.Contains(classes, class) {
		return v.show(filing.Choose(v.page))
	}
	return s.showStep(v, filing.What, look.Form{Values: url.Values{"class": {class}}}, 200)
}

// fileStep takes what one step said and shows the next; the last one files.
func (s *Server) fileStep(v *visit) error {
	readErr := v.read(s.keep(v))
	if readErr != nil {
		if _, ok := words.AsRefusal(readErr); !ok {
			return readErr
		}
	}
	form := v.r.PostForm
	if !slices.Contains(classes, form.Get("class")) {
		form.Set("class", "claim")
	}
	step, to := form.Get("step"), form.Get("go")
	if filing.Number(step) == 0 {
		step = filing.What
	}
	fresh := look.Form{Values: form}
	if readErr != nil {
		return s.stepRefused(v, step, readErr)
	}
	switch {
	case slices.Contains(filing.Steps, to):
		return s.showStep(v, to, fresh, 200)
	case to == "narrow":
		return s.showStep(v, filing.Where, fresh, 200)
	}
	for _, said := range filing.Steps[:filing.Number(step)] { // whoever comes by another way is asked what they left out
		if err := s.checkStep(v, said, form); err != nil {
			return s.stepRefused(v, said, err)
		}
	}
	if step != filing.Check {
		return s.showStep(v, filing.Steps[filing.Number(step)], fresh, 200)
	}
	return s.fileNow(v, form)
}

func (s *Server) stepRefused(v *visit, step string, err error) error {
	r, ok := words.AsRefusal(err)
	if !ok {
		return err
	}
	return s.showStep(v, step, look.Form{Values: v.r.PostForm, Refusal: r}, r.Kind.Status())
}

// showStep renders one step with everything that was said so far.
func (s *Server) showStep(v *visit, step string, f look.Form, code int) error {
	v.page = v.page.Titled("我要反映")
	if v.r.Method == http.MethodPost {
		v.page = v.page.Back(f.Values, "go", step)
	}
	view := filing.View{Class: f.Get("class"), Form: f}
	for _, a := range s.arrived(f.All("file")) {
		view.Files = append(view.Files, filing.File(a))
	}
	var page templ.Component
	switch step {
	case filing.Where:
		levels, err := s.levels(v, f.Values)
		if err != nil {
			return err
		}
		if view.Alike, err = s.alikePublic(v, f.Values); err != nil {
			return err
		}
		view.Levels = levels
		page = filing.AskWhere(v.page, view)
	case filing.Who:
		view.Bodies = s.bodyOptions(v)
		page = filing.AskWho(v.page, view)
	case filing.Check:
		view.Summary = s.summary(v, f.Values, view.Files)
		if body, err := s.desk.Receiver(v.r.Context(), placeOf(f.Values), reported(f.Values), nil); err == nil {
			view.Receive = s.bodyName(v, body)
		}
		page = filing.AskCheck(v.page, view)
	default:
		p, err := s.desk.Book.Procedure(desk.Petition, s.today(), s.desk.Profile)
		if err != nil {
			return err
		}
		view.Max = maxima(p, "title", "what", "wants")
		page = filing.AskWhat(v.page, view)
	}
	return v.showAs(code, page)
}

// alikePublic are public suggestions like what is being written. Nothing that is not public is looked through, and a
// report is compared with nothing.
func (s *Server) alikePublic(v *visit, form url.Values) ([]filing.Alike, error) {
	if form.Get("class") == "report" {
		return nil, nil
	}
	list, err := s.desk.AlikeIdeas(v.r.Context(), form.Get("title"), form.Get("what"))
	var alike []filing.Alike
	for _, x := range list {
		alike = append(alike, filing.Alike{Number: x.Number, Title: x.Title, State: v.page.Either(x.StateTitle, x.StateEn)})
	}
	return alike, err
}

func maxima(p *procedure.Procedure, names ...string) map[string]int {
	m := map[string]int{}
	for _, name := range names {
		m[name] = p.Fields[name].Max
	}
	return m
}

// checkStep refuses a step that cannot be gone on from, before the next one is asked.
func (s *Server) checkStep(v *visit, step string, form url.Values) error {
	r := words.Refuse(words.Invalid, "fields", "还有要补充的地方。")
	switch step {
	case filing.What:
		s.checkWhat(form, r)
	case filing.Where:
		if placeOf(form) == "" {
			r.At("place", "请至少选到县（市、区）。")
		}
	case filing.Who:
		anonymous := form.Get("anonymous") == "yes"
		if strings.TrimSpace(form.Get("name")) == "" && !anonymous {
			r.At("name", "请填写姓名。")
		}
		if phone := form.Get("phone"); phone != "" {
			if fault := vault.CheckPhone("phone", phone); fault != nil {
				r.At("phone", fault.Text, fault.Args...)
			}
		}
		if form.Get("class") == "report" && form.Get("reported1")+form.Get("reported2")+strings.TrimSpace(form.Get("reported-text")) == "" {
			r.At("reported1", "请写明检举、控告的是哪个单位或者什么人。")
		}
	}
	if len(r.Fields) == 0 {
		return nil
	}
	return r
}

func (s *Server) checkWhat(form url.Values, r *words.Refusal) {
	p, err := s.desk.Book.Procedure(desk.Petition, s.today(), s.desk.Profile)
	if err != nil {
		return // filing itself will say so
	}
	for _, q := range []struct{ name, empty string }{
		{"title", "请用一句话写明是什么事。"}, {"what", "请写明事情的经过。"}, {"wants", ""},
	} {
		text := strings.TrimSpace(form.Get(q.name))
		if text == "" && q.empty != "" {
			r.At(q.name, q.empty)
		}
		if n, most := utf8.RuneCountInString(text), p.Fields[q.name].Max; most > 0 && n > most {
			r.At(q.name, "最多写 {most} 字，现在有 {n} 字。更多的内容可以作为附件提交。", "most", most, "n", n)
		}
	}
}

// fileNow brings the matter in and shows the receipt.
func (s *Server) fileNow(v *visit, form url.Values) error {
	f := s.filing(v, form)
	r, err := s.desk.File(v.r.Context(), actor.Nobody(v.page.Lang), f)
	if err != nil {
		return s.stepRefused(v, stepOf(err), err)
	}
	if who, err := s.desk.Enter(v.r.Context(), r.Number, r.Code, "", v.page.Lang); err == nil {
		if err := s.admit(v, who); err != nil {
			return err
		}
		v.page.Folk = true
	}
	v.page = v.page.Titled("收到了").Back(form) // the same press again is the same receipt
	v.page.Forget = "file-"
	return v.show(filing.Receipt(v.page, s.proof(v, r, f.Class == "report")))
}

// stepOf is the step on which what was refused can be put right.
func stepOf(err error) string {
	r, ok := words.AsRefusal(err)
	if !ok || len(r.Fields) == 0 {
		return filing.Check
	}
	switch r.Fields[0].Field {
	case "title", "what", "wants", "files":
		return filing.What
	case "place":
		return filing.Where
	case "name", "phone", "email", "home", "address", "reported", "reported1", "id-number", "others":
		return filing.Who
	}
	return filing.Check
}

// filing is the form as desk takes it.
func (s *Server) filing(v *visit, form url.Values) desk.Filing {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	with := map[string]string{"title": get("title"), "what": get("what"), "wants": get("wants"), "place": placeOf(form), "spot": get("spot"), "reply-by": get("reply-by")}
	if text := get("reported-text"); text != "" {
		with["against-text"] = text
	}
	for name, value := range with {
		if value == "" {
			delete(with, name)
		}
	}
	f := desk.Filing{Token: get("token"), Class: form.Get("class"), Channel: "net", With: with, Files: s.attached(form["file"]),
		Who:       vault.Identity{Name: get("name"), Phone: get("phone"), Address: get("home"), Email: get("email")},
		Anonymous: get("anonymous") == "yes" && get("name") == "", Others: others(get("others"))}
	if f.Anonymous {
		f.Who = vault.Identity{}
		with["anonymous"] = "yes"
	}
	f.Reported = reported(form)
	return f
}

// reported are the bodies that a report names; no other kind of matter has any.
func reported(form url.Values) []string {
	var list []string
	for _, name := range []string{"reported1", "reported2", "reported3"} {
		if body := form.Get(name); body != "" && form.Get("class") == "report" {
			list = append(list, body)
		}
	}
	return list
}

// others reads one person a line: a name, and a telephone number if there is one.
func others(text string) []vault.Identity {
	var list []vault.Identity
	for line := range strings.Lines(text) {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\n,，、:：", r) })
		if len(words) == 0 {
			continue
		}
		who := vault.Identity{Name: words[0]}
		if len(words) > 1 {
			who.Phone = words[1]
		}
		list = append(list, who)
	}
	return list
}

// summary is everything once more.
func (s *Server) summary(v *visit, form url.Values, files []filing.File) []filing.Answer {
	p, said := v.page, []filing.Answer{}
	add := func(label, text, step string) {
		if text = strings.TrimSpace(text); text != "" {
			said = append(said, filing.Answer{Label: p.Say(label), Text: text, Step: step})
		}
	}
	add("什么事", form.Get("title"), filing.What)
	add("经过", form.Get("what"), filing.What)
	add("希望", form.Get("wants"), filing.What)
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	add("附件", strings.Join(names, "\n"), filing.What)
	add("地点", s.placeName(v, placeOf(form))+"\n"+form.Get("spot"), filing.Where)
	if form.Get("class") == "report" {
		against := []string{}
		for _, body := range reported(form) {
			against = append(against, s.bodyName(v, body))
		}
		add("检举控告的对象", strings.Join(append(against, form.Get("reported-text")), "\n"), filing.Who)
	}
	name := form.Get("name")
	if name == "" && form.Get("anonymous") == "yes" {
		name = p.Say("不留姓名")
	}
	add("姓名", name, filing.Who)
	add("手机号码", form.Get("phone"), filing.Who)
	add("住址", form.Get("home"), filing.Who)
	add("一起提出的人", form.Get("others"), filing.Who)
	return said
}

// proof is the receipt with its code to scan.
func (s *Server) proof(v *visit, r desk.Receipt, sealed bool) filing.Proof {
	at := s.origin(v) + "/follow?" + url.Values{"number": {r.Number}, "code": {r.Code}}.Encode()
	proof := filing.Proof{Number: r.Number, Code: r.Code, At: v.page.Day(calendar.DayOf(r.At)) + " " + r.At.In(calendar.Zone).Format("15:04"),
		Body: tell.Body(v.page, r.Body), QR: qr(at), Sealed: sealed}
	for _, c := range r.Clocks {
		if c.Running {
			proof.Clocks = append(proof.Clocks, tell.Clock(v.page, c))
		}
	}
	return proof
}
