package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/web/call"
	"jishi/web/look"
	"jishi/web/tell"
	"jishi/work/procedure"
)

// named is something that is typed by its name: a place, a body, a subject of the catalogue.
type named struct {
	id, name string
	also     []string // other names by which it is known
}

// callPage is the empty screen of whoever answers the telephone.
func (s *Server) callPage(v *visit) error {
	who, line, err := s.line(v)
	if err != nil {
		return err
	}
	view, err := s.callView(v, who, line, look.Form{Values: url.Values{"phone": {v.r.URL.Query().Get("phone")}}})
	if err != nil {
		return err
	}
	return v.show(call.Page(v.page, view))
}

func (s *Server) line(v *visit) (actor.Actor, desk.Line, error) {
	who, err := s.staff(v)
	if err != nil {
		return who, desk.Line{}, err
	}
	line, err := s.desk.Line(who)
	v.page = v.page.Titled("接电话")
	return who, line, err
}

// callNow looks up what stands beside the form, or records the call and takes the first step.
func (s *Server) callNow(v *visit) error {
	who, line, err := s.line(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return v.again(err, func(f look.Form) page { return s.callScreen(v, who, line, f) })
	}
	form := v.r.PostForm
	switch form.Get("go") {
	case "who":
		return s.earlier(v, who, line)
	case "like":
		view, err := s.callView(v, who, line, look.Form{Values: form})
		if err != nil {
			return err
		}
		return v.show(call.Page(v.page, view))
	}
	c, err := s.called(v, line, form)
	if err == nil {
		var done desk.Called
		if done, err = s.desk.Answer(v.r.Context(), who, c); err == nil {
			v.page = v.page.Titled("工单记下了")
			return v.show(call.Done(v.page, s.ticket(v, line, done, c)))
		}
	}
	return v.again(asOnScreen(err), func(f look.Form) page { return s.callScreen(v, who, line, f) })
}

// callScreen is the screen with what was typed; what cannot be looked up is left out of a page that already says
// what is wrong.
func (s *Server) callScreen(v *visit, who actor.Actor, line desk.Line, f look.Form) templ.Component {
	view, err := s.callView(v, who, line, f)
	if err != nil {
		view = call.View{Title: v.page.Title, Form: f}
	}
	return call.Page(v.page, view)
}

// earlier shows what the number brought in before, for whoever asked the caller.
func (s *Server) earlier(v *visit, who actor.Actor, line desk.Line) error {
	form := v.r.PostForm
	rows, err := s.desk.Earlier(v.r.Context(), who, form.Get("phone"), form.Get("consent") == "yes", form.Get("token"))
	if err != nil {
		return v.again(err, func(f look.Form) page { return s.callScreen(v, who, line, f) })
	}
	view, err := s.callView(v, who, line, look.Form{Values: form})
	if err != nil {
		return err
	}
	view.Asked, view.Earlier = true, rows
	return v.show(call.Page(v.page, view))
}

// callView is the form with all that stands beside it. The token goes round with the form: one call is one token.
func (s *Server) callView(v *visit, who actor.Actor, line desk.Line, f look.Form) (call.View, error) {
	if token := f.Get("token"); token != "" {
		v.page.Token = token
	}
	view := call.View{Title: v.say("接电话"), Cite: line.Cite, Form: f, Classes: s.callClasses(v, line), Max: maxima(line.Proc, "title", "what", "spot")}
	view.Ways = s.ways(v, line)
	with := s.heard(v, line, f.Values)
	view.Urgency = s.urgencies(v, line)
	for _, x := range s.placesTyped(v) {
		view.Places = append(view.Places, x.name)
	}
	for _, c := range s.desk.Units(who, line, with) {
		view.Units = append(view.Units, call.Unit{Name: v.page.Either(c.Title, c.En), Why: v.page.Either(c.Why, c.WhyEn)})
	}
	category := line.Proc.Fields["category"]
	for _, x := range subjects(v, line) {
		view.Subject = append(view.Subject, x.name)
	}
	if category.Grade == procedure.Grade("D") {
		view.NotLaw = strings.ReplaceAll(v.page.Either(category.Note, category.NoteEn), "[D]", v.say("〔非法律规定〕"))
	}
	if o, ok := category.Options[with["category"]]; ok && o.Implies["urgency"] != "" {
		urgency := line.Proc.Fields["urgency"].Options[o.Implies["urgency"]]
		view.Propose = v.say("派单目录建议：{urgency}，{limit}", "urgency", v.page.Either(urgency.Title, urgency.En), "limit", s.limitOf(v, line, o.Implies["urgency"]))
	}
	var err error
	view.Like, err = s.desk.Like(v.r.Context(), who, with["title"], with["what"], with["place"])
	return view, err
}

// callClasses are the sorts of call in the order in which the rules ask for them.
func (s *Server) callClasses(v *visit, line desk.Line) []look.Option {
	order := line.Proc.Fields["class"].Order
	list := tell.Options(v.page, line.Classes)
	slices.SortStableFunc(list, func(a, b look.Option) int { return slices.Index(order, a.Value) - slices.Index(order, b.Value) })
	return list
}

// ways are what may be done with a call, each with its key. Dispatch is one way: whether a copy goes to the district
// depends on whom it goes to.
func (s *Server) ways(v *visit, line desk.Line) []call.Way {
	var list []call.Way
	for i, id := range []string{"dispatch", "answer", "to-emergency", "to-legal", "tell-progress", "explain", "other-channel", "admonish", "join"} {
		for _, a := range line.Steps {
			if a.ID == id {
				list = append(list, call.Way{ID: id, Key: string(rune('1' + i)), Title: v.page.Either(a.Title, a.En), Cite: article(v, line, a.Cite)})
			}
		}
	}
	return append(list, call.Way{ID: "none", Key: "0", Title: v.say("先记下，等一会儿再办"), Cite: article(v, line, line.Cite)})
}

// article is a citation without the name of the law that the whole screen is about.
func article(v *visit, line desk.Line, cite string) string {
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(v.page.Law(cite), line.Proc.Law), v.page.Law(line.Proc.Law)+", "))
}

// urgencies are the answers with the limit that each puts on the ticket.
func (s *Server) urgencies(v *visit, line desk.Line) []look.Option {
	f := line.Proc.Fields["urgency"]
	var list []look.Option
	for _, id := range f.Order {
		list = append(list, look.Option{Value: id, Title: v.page.Either(f.Options[id].Title, f.Options[id].En), Hint: s.limitOf(v, line, id)})
	}
	return list
}

// limitOf is the unit's limit for the answer, in words.
func (s *Server) limitOf(v *visit, line desk.Line, urgency string) string {
	c := line.Proc.Clocks["respond"]
	limit := c.Limit
	if by, ok := c.Limits[urgency]; ok && c.LimitBy == "urgency" {
		limit = by
	}
	text := tell.Limit(v.page, limit)
	if c.Grade != "A" && c.Grade != "B" {
		text += v.say("〔示例，不是法律规定〕")
	}
	return text
}

// heard is what the form says so far, under the names of the rules; what is typed and not understood yet is left out.
func (s *Server) heard(v *visit, line desk.Line, form url.Values) map[string]string {
	with := map[string]string{"title": strings.TrimSpace(form.Get("title")), "what": strings.TrimSpace(form.Get("what"))}
	with["place"], _ = resolve(form.Get("place-name"), s.placesTyped(v))
	with["category"], _ = resolve(form.Get("subject"), subjects(v, line))
	return with
}

// resolve is what was typed, by its whole name or by a part of one name alone; else the names that it may mean.
func resolve(typed string, list []named) (string, []string) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	var found []named
	for _, x := range list {
		if strings.EqualFold(x.name, typed) || slices.Contains(x.also, typed) {
			return x.id, nil
		}
		if strings.Contains(strings.ToLower(x.name), strings.ToLower(typed)) {
			found = append(found, x)
		}
	}
	if len(found) == 1 {
		return found[0].id, nil
	}
	names := []string{}
	for _, x := range found[:min(len(found), 4)] {
		names = append(names, x.name)
	}
	return "", names
}

// placesTyped are the towns and villages of home by name, a village after its town.
func (s *Server) placesTyped(v *visit) []named {
	var list []named
	ctx := v.r.Context()
	for _, town := range s.placesNear(v) {
		list = append(list, named{id: town.Value, name: town.Title})
		if town.Value == s.opt.Home {
			continue
		}
		villages, err := s.desk.Places.Children(ctx, town.Value)
		if err != nil {
			return list
		}
		for _, x := range division.Standing(villages, s.today()) {
			list = append(list, named{id: x.Code, name: town.Title + x.Name})
		}
	}
	return list
}

func subjects(v *visit, line desk.Line) []named {
	f := line.Proc.Fields["category"]
	var list []named
	for _, id := range f.Order {
		list = append(list, named{id: id, name: v.page.Either(f.Options[id].Title, f.Options[id].En)})
	}
	return list
}

func (s *Server) bodiesTyped(v *visit) []named {
	var list []named
	for _, o := range s.desk.Offices.Tree().All() {
		if o.On(s.today()) {
			list = append(list, named{id: o.ID, name: v.page.Either(o.Name, o.En), also: []string{o.Name, o.Label()}})
		}
	}
	return list
}

// called is the form as desk takes it; every name that was not understood is a fault beside its field.
func (s *Server) called(v *visit, line desk.Line, form url.Values) (desk.Call, error) {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	r := words.Refuse(words.Invalid, "fields", "还有要补充的地方。")
	understood := func(field string, list []named) string {
		id, near := resolve(form.Get(field), list)
		switch {
		case id != "" || get(field) == "":
		case len(near) > 0:
			r.At(field, "有几个名称都对得上，请写全：{names}", "names", strings.Join(near, "、"))
		default:
			r.At(field, "没有找到“{name}”，请从列表里选。", "name", get(field))
		}
		return id
	}
	with := map[string]string{"title": get("title"), "what": get("what"), "spot": get("spot"),
		"place": understood("place-name", s.placesTyped(v)), "category": understood("subject", subjects(v, line))}
	c := desk.Call{Filing: desk.Filing{Token: get("token"), Class: get("class"), With: filled(with),
		Who: vault.Identity{Name: get("name"), Phone: get("phone")}}}
	if c.Who.Name == "" && c.Who.Phone != "" {
		c.Who.Name = "未留姓名"
	}
	c.Anonymous = c.Who.Name == ""
	if body := understood("against-name", s.bodiesTyped(v)); body != "" {
		c.Reported = []string{body}
	}
	c.Then = s.firstStep(v, line, form, understood("unit", s.bodiesTyped(v)), with["category"])
	if c.Class == "" {
		r.At("class", "选一类。")
	}
	for _, name := range []string{"title", "what"} {
		if f := line.Proc.Fields[name]; with[name] == "" && slices.Contains(line.Proc.Open.Needs, name) {
			r.At(name, "请填写“{field}”。", "field", words.Two{ZH: f.Title, EN: f.En})
		}
	}
	if len(r.Fields) > 0 {
		return c, r
	}
	return c, nil
}

// firstStep is what is done at once: what the form says under the names that the step asks for.
func (s *Server) firstStep(v *visit, line desk.Line, form url.Values, unit, category string) desk.Press {
	way, linked := form.Get("way"), strings.TrimSpace(form.Get("linked"))
	if join := form.Get("join"); join != "" {
		way, linked = "join", join
	}
	if o, ok := s.desk.Offices.Tree().Get(unit); ok && way == "dispatch" && o.Kind == "street-township" {
		way = "dispatch-street"
	}
	i := slices.IndexFunc(line.Steps, func(a desk.Action) bool { return a.ID == way })
	if i < 0 {
		return desk.Press{}
	}
	urgency := form.Get("urgency")
	if urgency == "" {
		urgency = line.Proc.Fields["category"].Options[category].Implies["urgency"]
	}
	said := map[string]string{"target": unit, "urgency": urgency, "category": category, "list-ref": form.Get("list-ref"),
		"linked": linked, "same-facts": form.Get("same-facts"), "channel_to": form.Get("channel_to"), "answer": form.Get("say"), "reason": form.Get("say")}
	asked := map[string]string{}
	for _, f := range line.Steps[i].Fields {
		asked[f.Name] = strings.TrimSpace(said[f.Name])
	}
	return desk.Press{Action: way, With: filled(asked)}
}

func filled(with map[string]string) map[string]string {
	list := map[string]string{}
	for name, value := range with {
		if value != "" {
			list[name] = value
		}
	}
	return list
}

// onScreen is where a field of the rules stands on the screen.
var onScreen = map[string]string{"target": "unit", "answer": "say", "reason": "say", "category": "subject", "place": "place-name",
	"reported": "against-name", "against": "against-name"}

// asOnScreen leads each fault to the field on the screen.
func asOnScreen(err error) error {
	r, ok := words.AsRefusal(err)
	if !ok {
		return err
	}
	x := *r
	x.Fields = slices.Clone(r.Fields)
	for i, f := range x.Fields {
		if name := onScreen[f.Field]; name != "" {
			x.Fields[i].Field = name
		}
	}
	return &x
}

// ticket is what is read to the caller.
func (s *Server) ticket(v *visit, line desk.Line, done desk.Called, c desk.Call) call.Ticket {
	m := done.Matter
	t := call.Ticket{Number: done.Number, Code: done.Code, ID: m.ID, State: v.page.Either(m.StateTitle, m.StateEn),
		At: v.page.Moment(done.At), Joined: m.MergedInto}
	if m.State == "" {
		t.ID, t.State = "", v.say("已记录")
	}
	if strings.HasPrefix(c.Then.Action, "dispatch") {
		t.Unit = tell.Body(v.page, m.Holder)
		t.Limit = s.limitOf(v, line, c.Then.With["urgency"])
		for _, x := range m.Involved {
			if x.Relation == "copied" {
				t.Copied = tell.Body(v.page, x.Bodies[0])
			}
		}
	}
	for _, x := range m.Clocks {
		if x.ID == "respond" && x.Running && x.Day != "" {
			t.Until = v.page.Day(x.Day)
			if x.Exact {
				t.Until = v.page.Moment(x.Due.In(calendar.Zone))
			}
		}
	}
	return t
}
