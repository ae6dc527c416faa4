package web

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/look"
)

// Cookies: one session of an officer; up to eight of a citizen, who may have brought in several matters.
const (
	StaffCookie = "desk" // the API takes it too
	folkCookie  = "folk"
	mostFolk    = 8
)

var errSignIn = words.Refuse(words.SignIn, "sign-in", "请先登录。")

// staff is the officer of this visit, and gives the page its rail; it refuses with SignIn.
func (s *Server) staff(v *visit) (actor.Actor, error) {
	who, err := s.officer(v)
	if err != nil {
		return who, err
	}
	counts, err := s.desk.Counts(v.r.Context(), who)
	if err != nil {
		return who, err
	}
	if v.unseen, err = s.desk.Unseen(v.r.Context(), who); err != nil {
		return who, err
	}
	if v.waits, err = s.desk.WaitFor(v.r.Context(), who); err != nil {
		return who, err
	}
	v.page.Desk = true
	v.page.Who = &look.Who{Name: who.Name, Post: post(who), Body: s.bodyName(v, who.Acting)}
	v.page.Rail = s.rail(v, who, counts)
	return who, nil
}

// sender is the member of staff who sent the form that is read here, one without files.
func (s *Server) sender(v *visit) (actor.Actor, error) {
	who, err := s.staff(v)
	if err == nil {
		err = v.read(noFiles)
	}
	return who, err
}

// officer is the officer of this visit without the rail's numbers.
func (s *Server) officer(v *visit) (actor.Actor, error) {
	token := saved(v.r, StaffCookie)
	if token == "" {
		return actor.Actor{}, errSignIn
	}
	resume := s.desk.Resume
	if v.r.URL.Path == "/account" || strings.HasPrefix(v.r.URL.Path, "/account/") {
		resume = s.desk.Own
	}
	who, err := resume(v.r.Context(), token)
	if err != nil {
		return who, err
	}
	if who.Kind != actor.Staff {
		return actor.Actor{}, errSignIn
	}
	who.Lang = v.page.Lang
	return who, nil
}

func post(who actor.Actor) string {
	for _, p := range who.Posts {
		if p.Org == who.Acting {
			return p.Title
		}
	}
	return ""
}

func (s *Server) bodyName(v *visit, id string) string {
	b := s.desk.Body(id)
	return v.page.Either(b.Name, b.En)
}

// boxes are the officer's lists in the order of the rail.
var boxes = []struct {
	box   desk.Box
	title string
}{
	{desk.Today, "今天要办"}, {desk.Mine, "我经办的"}, {desk.Late, "逾期的"}, {desk.SoonBox, "将到期的"}, {desk.Objections, "异议与争议"},
	{desk.Part, "本单位经手的"}, {desk.Ended, "已经结束的"},
}

func boxTitle(b desk.Box) string {
	for _, x := range boxes {
		if x.box == b {
			return x.title
		}
	}
	return "辖区内的"
}

// rail is what the officer's posts open to them.
func (s *Server) rail(v *visit, who actor.Actor, counts []desk.Count) []look.Group {
	path, box := v.r.URL.Path, v.r.URL.Query().Get("box")
	link := func(title, to string) look.Link {
		return look.Link{Title: v.say(title), To: to, Count: -1, On: path == to}
	}
	lists := look.Group{}
	for _, x := range boxes {
		l := look.Link{Title: v.say(x.title), To: "/desk?box=" + string(x.box), Count: -1,
			On: path == "/desk" && (box == string(x.box) || box == "" && x.box == desk.Today)}
		if i := slices.IndexFunc(counts, func(c desk.Count) bool { return c.Box == x.box }); i >= 0 {
			l.Count = counts[i].N
		}
		lists.Links = append(lists.Links, l)
	}
	if who.HasAny(actor.Supervise) {
		lists.Links = append(lists.Links, look.Link{Title: v.say("辖区内的"), To: "/desk?box=area", Count: -1, On: box == "area"})
	}
	work := look.Group{Title: v.say("办事"), Links: []look.Link{link("查找", "/search")}}
	if len(s.desk.MyTables(who)) > 0 {
		work.Links = append(work.Links, link("一张表", "/table"))
	}
	if who.HasAny(actor.Register) {
		work.Links = append(work.Links, link("代为登记", "/register"))
	}
	if s.desk.TakesCalls(who) {
		work.Links = append([]look.Link{link("接电话", "/calls")}, work.Links...)
	}
	work.Links = append(work.Links, link("吹哨报到", "/whistles"), link("发起", "/new"), link("打印文书", "/print"), link("报表", "/collect"))
	work.Links = append(work.Links, s.burdenLinks(who, link)...)
	see := look.Group{Title: v.say("看得见")}
	if who.HasAny(actor.Lead) || who.HasAny(actor.Supervise) {
		see.Links = append(see.Links, link("哪里慢了", "/figures"))
	}
	see.Links = append(see.Links, link("比率", "/rates"), link("人民建议", "/suggest"), link("办事规则", "/rules"), link("工作日历", "/calendar"), link("接待日", "/receptions"), link("日历订阅", "/calendar/mine"))
	see.Links = append(see.Links, link("为基层减负", "/burden"), link("履职事项清单", "/duties"))
	see.Links = append(see.Links, relief(who, link)...)
	if who.HasAny(actor.Admin) || who.HasAny(actor.Security) {
		see.Links = append(see.Links, link("管理", "/admin"))
	}
	if who.HasAny(actor.Admin) || who.HasAny(actor.Security) || who.HasAny(actor.Audit) || v.waits > 0 {
		two := link("双人办理", "/second")
		if v.waits > 0 {
			two.Count = v.waits
		}
		see.Links = append(see.Links, two)
	}
	if who.HasAny(actor.Audit) || who.HasAny(actor.Security) {
		see.Links = append(see.Links, link("操作记录", "/admin/audit"))
	}
	account := link("我的账号", "/account")
	if account.On = path == "/account"; v.unseen > 0 {
		account.Count = v.unseen
	}
	see.Links = append(see.Links, account)
	if len(who.Orgs()) > 1 {
		see.Links = append(see.Links, link("换一个单位", "/posts"))
	}
	return []look.Group{lists, work, see}
}

// folk are the matters that the citizen of this visit may see, each as an actor.
func (s *Server) folk(v *visit) []actor.Actor {
	var list []actor.Actor
	for _, token := range folkTokens(v.r) {
		who, err := s.desk.Resume(v.r.Context(), token)
		if err == nil && who.Kind == actor.Citizen {
			who.ID, who.Lang = "citizen", v.page.Lang
			list = append(list, who)
		}
	}
	v.page.Folk = len(list) > 0
	return list
}

func folkTokens(r *http.Request) []string {
	tokens := strings.Split(saved(r, folkCookie), ".")
	return tokens[:min(len(tokens), mostFolk)]
}

// admit begins a session for each actor and puts them into the citizen's cookie, before those already there.
func (s *Server) admit(v *visit, list ...actor.Actor) error {
	tokens := []string{}
	for _, who := range list[:min(len(list), mostFolk)] {
		token, err := s.desk.Begin(v.r.Context(), who, v.r.UserAgent())
		if err != nil {
			return err
		}
		tokens = append(tokens, token)
	}
	for _, old := range folkTokens(v.r) {
		if old != "" && len(tokens) < mostFolk {
			tokens = append(tokens, old)
		}
	}
	v.cookie(folkCookie, strings.Join(tokens, "."), actor.CitizenLife)
	return nil
}

// seat begins an officer's session.
func (s *Server) seat(v *visit, who actor.Actor) error {
	token, err := s.desk.Begin(v.r.Context(), who, v.r.UserAgent())
	if err != nil {
		return err
	}
	v.cookie(StaffCookie, token, actor.StaffLife)
	return nil
}

// signOut ends every session of this browser.
func (s *Server) signOut(v *visit) error {
	for _, token := range append(folkTokens(v.r), saved(v.r, StaffCookie)) {
		if token == "" {
			continue
		}
		if err := s.desk.SignOut(v.r.Context(), token); err != nil {
			return err
		}
	}
	v.cookie(StaffCookie, "", 0)
	v.cookie(folkCookie, "", 0)
	v.flash("您已经退出。")
	return v.goTo("/")
}

// address is where the request comes from, for slowing down those who guess.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
