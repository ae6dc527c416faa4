package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/people/actor"
	"jishi/work/matter"
)

// say takes the next phrase of a kind: another for each matter, and never the same twice in one.
func (f *filler) say(r *run, kind string, phrases []string) string {
	r.said[kind]++
	return phrases[(r.n+r.said[kind]-1)%len(phrases)]
}

// with is what the actor writes at a step, and the action by its own name: a story may tell of a variant
// ("forward-wrong").
func (f *filler) with(r *run, m *matter.Matter, do string, who actor.Actor) (action string, with map[string]string) {
	if action, with = f.route(r, m, do, who); with != nil {
		return action, with
	}
	if with = f.handle(r, m, do, who); with != nil {
		return strings.Replace(do, "serve-unproved", "serve-opinion", 1), with
	}
	return do, f.contest(r, m, do)
}

type w = map[string]string

// route: registering, sending on, objecting.
func (f *filler) route(r *run, m *matter.Matter, do string, who actor.Actor) (string, map[string]string) {
	ph := &f.c.Phrases
	day := calendar.DayOf(f.clock)
	switch do {
	case "register":
		return do, w{"class": m.Class}
	case "forward", "decide-forward", "pass-down":
		return do, w{"target": r.handler, "reason": f.say(r, do, ph.Forward)}
	case "forward-wrong":
		return "forward", w{"target": wrong(r.handler), "reason": f.say(r, do, ph.Forward)}
	case "forward-legal":
		return do, w{"target": r.handler, "reason": "属涉法涉诉事项，转同级政法部门依法办理。"}
	case "to-suggestion":
		return do, w{"target": r.handler}
	case "assign":
		return do, w{"target": r.handler, "period": string(day.Add(45)), "reason": f.say(r, do, ph.Assign)}
	case "assign-below":
		return "assign", w{"target": "county-petition", "period": string(day.Add(75)), "reason": f.say(r, do, ph.Assign)}
	case "report-up":
		return do, w{"reason": f.say(r, do, ph.ReportUp)}
	case "transfer-report":
		return do, w{"target": "county-discipline", "reason": "属检举控告，依管理权限移送。"}
	case "redirect":
		return do, w{"destination": "有管辖权的人民法院诉讼服务中心", "reason": "对裁判不服的，应当在上诉期内依法提出上诉。"}
	case "receive", "receive-below":
		return do, w{}
	case "object":
		return do, w{"reason": f.say(r, do, ph.Objections)}
	case "uphold-objection":
		return do, w{"reason": f.say(r, do, ph.Uphold)}
	case "reject-objection":
		return do, w{"reason": f.say(r, do, ph.Reject)}
	case "dispute-jurisdiction":
		return do, w{"reason": "事项涉及两个机关的职责，协商未能一致，提请共同的上一级决定。"}
	case "settle-jurisdiction":
		return do, w{"target": r.handler, "reason": "事项的主要责任在该机关，由其牵头办理，相关机关配合。"}
	case "name-representatives":
		return do, w{"reps": fmt.Sprint(min(5, r.petition.Joint)), "people": fmt.Sprint(20 + r.n%20)}
	case "raise-urgent":
		return do, w{"reason": "涉及群众安全，可能造成较大影响。"}
	case "tell-urgent":
		return do, w{"record": "已电话报告上级信访部门，书面材料同日报送。"}
	case "split":
		return do, w{"class": "report", "title": "反映办理人员的问题", "what": "来信中涉及工作人员的部分另立一件，请依管理权限核查。", "against": r.petition.Reported}
	case "merge":
		return do, w{"linked": r.linked.number, "reason": "与已登记的事项反映同一地点的同一问题。"}
	case "not-accept":
		return do, w{"linked": r.linked.number, "reason": "下级机关已经受理，正在规定期限内办理，请等待其书面答复。"}
	case "refuse-repeat":
		return do, w{"linked": r.linked.number, "same-facts": "yes", "reason": "该事项已经复核终结，本次没有新的事实和理由。"}
	}
	return do, nil
}

// wrong is a body to which the matter does not belong.
func wrong(handler string) string {
	if handler == "county-urban" {
		return "county-transport"
	}
	return "county-urban"
}

// handle: from the notice to the closing.
func (f *filler) handle(r *run, m *matter.Matter, do string, who actor.Actor) map[string]string {
	ph, p := &f.c.Phrases, r.petition
	switch do {
	case "accept":
		return w{"way31": "petition", "path": f.say(r, do, ph.Paths)}
	case "simplify":
		return w{"reason": "事实清楚、责任明确，可以快速办结。"}
	case "assign-officer":
		return w{"person": who.ID}
	case "record-statement":
		return w{"statement": f.say(r, do, ph.Statements), "evidence": f.say(r, "evidence", ph.Evidence)}
	case "open-hearing":
		return w{"reason": "事项复杂，双方对事实认识不一致，举行听证。"}
	case "close-hearing", "close-rereview-hearing":
		return w{"record": f.say(r, do, ph.HearingRecords)}
	case "open-mediation":
		return w{"consent-a": "yes", "consent-b": "yes"}
	case "settle-by-mediation":
		return w{"agreement": f.say(r, do, ph.Agreements)}
	case "extend":
		return w{"days": fmt.Sprint(15 + r.n%2*15), "reason": f.say(r, do, ph.Extensions)}
	case "serve-opinion":
		return f.served(r, w{"facts": p.Facts, "outcome": p.Outcome, "opinion": p.Opinion, "basis": basis(p), "remedy": f.remedy(m.Org("handler"), "复查")})
	case "serve-unproved":
		return w{"facts": p.Facts, "outcome": p.Outcome, "opinion": p.Opinion, "basis": basis(p), "remedy": f.remedy(m.Org("handler"), "复查")}
	case "correct-service":
		return f.served(r, w{"remedy": f.remedy(m.Org("handler"), "复查")})
	case "divert":
		return f.divert(r)
	case "reply-duty":
		return w{"way31": "duty", "statement": "已依职责到现场检查，对查实的违法行为立案查处，并采取了保护措施；处理结果另行告知。", "evidence": f.say(r, "evidence", ph.Evidence)}
	case "study":
		return w{"path": f.say(r, do, ph.Study)}
	case "reply-suggestion":
		return w{"decision": p.Decision, "reason": p.Reply}
	case "enforce", "close":
		return w{"record": f.say(r, "record", ph.Records)}
	case "supervise":
		u := ph.Supervise[0]
		if m.State == "enforcing" {
			u = ph.Supervise[2]
		}
		return w{"trigger": u.Trigger, "reason": u.Text}
	case "care-plan":
		return w{"measures": f.say(r, do, ph.Care)}
	}
	return nil
}

// contest: what citizens do, and the reviews.
func (f *filler) contest(r *run, m *matter.Matter, do string) map[string]string {
	ph, p := &f.c.Phrases, r.petition
	ruling := ph.ReviewOpinions[r.n%len(ph.ReviewOpinions)]
	switch do {
	case "add-material":
		return w{"material": f.say(r, do, ph.Material)}
	case "withdraw":
		return w{"reason": f.say(r, do, ph.Withdraw)}
	case "evaluate":
		c := f.rating(r)
		return w{"rating": c.Rating, "comment": c.Text}
	case "request-review":
		return w{"reasons": f.say(r, do, ph.ReviewAsks)}
	case "serve-review":
		return f.served(r, w{"review-outcome": ruling.Outcome, "facts": p.Facts, "opinion": ruling.Text, "reasons": reviewed,
			"basis": basis(p), "remedy": f.remedy(m.Org("reviewer"), "复核")})
	case "set-aside":
		return f.served(r, w{"reason": f.say(r, do, ph.SetAside), "due_on": string(calendar.DayOf(f.clock).Add(30))})
	case "request-rereview":
		return w{"reasons": f.say(r, do, ph.RereviewAsks)}
	case "open-rereview-hearing":
		return w{"reason": "信访人请求听证，事项重大复杂，决定公开听证。"}
	case "serve-rereview":
		opinion := ph.RereviewOpinion[0]
		if m.Flags["hearing-held"] != "" {
			opinion = ph.RereviewOpinion[1]
		}
		return f.served(r, w{"review-outcome": "uphold", "facts": p.Facts, "reasons": reviewed, "opinion": opinion, "basis": basis(p)})
	}
	return w{}
}

// reviewed is what a body above says it did before it decided.
const reviewed = "本机关调阅了原办理案卷，听取了信访人和原承办机关的陈述，对有争议的事实重新作了核实。"

// rating: those who were given what they asked for are content more often.
func (f *filler) rating(r *run) Rating {
	list := f.c.Phrases.Comments
	for i := range list {
		c := list[(r.n*5+i)%len(list)]
		content := c.Rating >= "4"
		if content == (r.petition.Outcome != "not-supported" && r.n%6 != 0) {
			return c
		}
	}
	return list[0]
}

func basis(p Petition) string {
	return p.Basis + "，《信访工作条例》第三十二条。"
}

// remedy says whom to ask for what, as the office tree has it (条例第三十五条、第三十六条).
func (f *filler) remedy(body, what string) string {
	tree := f.d.Offices.Tree()
	above := tree.ReviewSuperior(body)
	if len(above) == 0 {
		above = []string{body}
	}
	return fmt.Sprintf("不服本意见的，可以自收到本意见书之日起三十日内，向%s书面请求%s。", tree.Name(above[0]), what)
}

// served adds how the paper reached its reader.
func (f *filler) served(r *run, with map[string]string) map[string]string {
	how, proof := "in-person", "送达回证，本人签收"
	switch r.petition.Channel {
	case "net":
		how, proof = "net", "系统到达记录"
	case "letter":
		how, proof = "post", "邮件签收回执"
	}
	with["served_on"], with["served_how"], with["served_proof"] = string(calendar.DayOf(f.clock)), how, proof
	return with
}

func (f *filler) divert(r *run) map[string]string {
	county := f.land.County.Name
	switch {
	case r.petition.Field == "legal":
		return w{"way31": "litigation", "procedure-name": "人民法院执行程序", "owner": county + "人民法院执行机构", "reason": "生效裁判的执行由人民法院依法办理。"}
	case r.petition.Divert == "劳动仲裁":
		return w{"way31": "arbitration", "procedure-name": "劳动争议仲裁", "owner": county + "劳动人事争议仲裁委员会", "reason": "劳动报酬争议应当先行申请仲裁。"}
	}
	return w{"way31": "administrative", "procedure-name": r.petition.Divert, "owner": county + "人民政府", "reason": "该争议另有法定程序，由有权机关依法作出决定。"}
}

// supervisions plans how the bodies concerned deal with each supervision opened so far: some are still open,
// some answered, most closed.
func (f *filler) supervisions(ctx context.Context, day calendar.Day) ([]due, error) {
	var fresh []string
	err := f.d.DB.Each(ctx, `SELECT id FROM matter WHERE procedure = 'supervision' AND state = 'open' ORDER BY number`, nil,
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			if !f.seen[id] {
				fresh = append(fresh, id)
			}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("supervisions: %w", err)
	}
	var agenda []due
	for _, id := range fresh {
		n := len(f.seen)
		f.seen[id] = true
		at := f.workday(day)
		for i, s := range []step{{"supervisor", "send-urge", 1, 1}, {"supervised", "reply", 6, 6}, {"supervisor", "accept-reply", 4, 4}} {
			at = f.workday(at.Add(s.min))
			when := at.Start().Add(time.Duration(9*60+30+n%7*45) * time.Minute)
			if i >= 1 && n%4 == 0 || i == 2 && n%4 == 1 || when.After(f.now) {
				break // not yet
			}
			agenda = append(agenda, due{when, 1_000_000 + n, i, func(ctx context.Context) error { return f.supervise(ctx, id, s) }})
		}
	}
	return agenda, nil
}

func (f *filler) workday(day calendar.Day) calendar.Day {
	for !f.d.Calendar().Workday(day) {
		day = day.Add(1)
	}
	return day
}

func (f *filler) supervise(ctx context.Context, id string, s step) error {
	m, err := f.d.Matters.Load(ctx, f.d.DB, id)
	if err != nil {
		return err
	}
	who, err := f.handler(ctx, m.Org(s.who))
	if err != nil {
		return err
	}
	with := map[string]w{
		"send-urge":    {"demand": "请说明逾期原因，尽快依规定办理，并书面反馈办理情况。"},
		"reply":        {"answer": "经核查，逾期系现场核实时间较长、未及时报批延期所致，已安排专人办理，并举一反三清查同类事项。", "adopted": "adopted"},
		"accept-reply": {"record": "反馈情况属实，认可。"},
	}[s.do]
	if err = f.press(ctx, who, id, s.do, with); err != nil {
		return fmt.Errorf("supervision %s, %s by %s on %s: %w", m.Number, s.do, who.ID, calendar.DayOf(f.clock), err)
	}
	return nil
}
