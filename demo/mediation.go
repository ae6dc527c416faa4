package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/org"
)

// committees are the people's mediation committees of the first towns: one of the town, one of its first village. They
// stand behind all other bodies, so that nobody else's name changes with them.
func (c *Content) committees(land Land) []crewed {
	var list []crewed
	for i, t := range land.Towns[:min(3, len(land.Towns))] {
		town := fmt.Sprintf("town-%d", i+1)
		list = append(list, committee(fmt.Sprintf("mediation-%d", i+1), strings.TrimSuffix(t.Name, "办事处")+"人民调解委员会", t.Code, org.Township, town))
		for _, v := range t.Villages[:min(1, len(t.Villages))] {
			list = append(list, committee(fmt.Sprintf("mediation-%d-1", i+1), villageName(v.Name)+"人民调解委员会", v.Code, org.Hamlet, fmt.Sprintf("village-%d-1", i+1)))
		}
	}
	return list
}

func committee(id, name, place string, level org.Level, parent string) crewed {
	return crewed{org.Org{ID: id, Name: name, Short: "调委会", En: "Mediation Committee", Kind: org.Mediation, Division: place, Level: level, Parent: parent, From: Since}, "mediators"}
}

// quarrel is one dispute and what became of it. A step is "who action": a and b are the two sides, m the mediator.
type quarrel struct {
	title, what, wants, kind string
	began                    int      // days before the demonstration's day
	steps                    []string // a day apart
}

const started = "m start"

var quarrels = []quarrel{
	{"两家共用的巷子堆了建材", "隔壁盖房，沙子水泥堆在两家共用的巷子里，三轮车过不去，说了几回没搬。", "十天内清出一条能过车的道。", "neighbour", 2, []string{"a consent-a"}},
	{"楼上卫生间漏水泡坏吊顶", "楼上漏水两个月，我家卫生间吊顶掉了一块，他说是公共管道的事。", "修好，赔吊顶的钱。", "neighbour", 9,
		[]string{"a consent-a", "b consent-b", started, "m session", "m arrange"}},
	{"卖饲料欠款一万二不还", "去年赊给他饲料，年底说卖了猪就还，猪卖了人不接电话。", "分期还也行，要写下来。", "contract", 14,
		[]string{"a consent-a", "b consent-b", started, "m session", "m agree", "a sign-a"}},
	{"老宅院墙越界半米", "翻修院墙时往我家这边挪了半米，量过两次都不认。", "把墙退回原来的地基。", "land", 16,
		[]string{"a consent-a", "b consent-b", started, "m session", "m agree", "a sign-a", "b sign-b", "m sign-mediator", "a ask-confirmation-a"}},
	{"工地摔伤的误工费", "在他家帮工从架子上摔下来，躺了四十天，只给了药费。", "误工费按实际天数算。", "damage", 24,
		[]string{"a consent-a", "b consent-b", started, "m session", "m agree-orally", "m follow-up"}},
	{"兄弟分摊母亲的医药费", "母亲住院花了两万三，三兄弟只有我垫钱。", "三家平摊，写清以后怎么办。", "family", 40,
		[]string{"a consent-a", "b consent-b", started, "m session", "m agree", "a sign-a", "b sign-b", "m sign-mediator", "m perform"}},
	{"鱼塘承包到期不肯让", "合同到期两个月，他说鱼还小，不肯腾塘。", "腾塘，或者按新价续。", "contract", 12, []string{"a consent-a", "b refuse"}},
	{"早餐店油烟熏了二楼", "楼下早餐店四点开火，油烟直往我家窗里灌。", "换排烟管的方向。", "neighbour", 18,
		[]string{"a consent-a", "b consent-b", started, "m session", "m terminate"}},
}

// mediations are the registers of the committees, and the quarrels of the last weeks before now.
func (f *filler) mediations() []due {
	var list []due
	add := func(at time.Time, run, seq int, do func(context.Context) error) {
		list = append(list, due{at, 3_000_000 + run, seq, do})
	}
	for i, body := range f.c.committees(f.land) {
		add(f.now.AddDate(0, 0, -60), i, 0, func(ctx context.Context) error { return f.committee(ctx, i, body.Org) })
	}
	for i, q := range quarrels {
		x := &quarrelling{f: f, quarrel: q, body: fmt.Sprintf("mediation-%d", i%min(3, len(f.land.Towns))+1), who: map[string]actor.Actor{}}
		at := f.now.AddDate(0, 0, -q.began)
		add(at, 100+i, 0, func(ctx context.Context) error { return x.open(ctx, i) })
		for j, step := range q.steps {
			at = at.Add(22 * time.Hour)
			add(at, 100+i, j+1, func(ctx context.Context) error { return x.step(ctx, step) })
		}
	}
	return list
}

// committee enters the committee into the register: the justice bureau keeps it.
func (f *filler) committee(ctx context.Context, i int, body org.Org) error {
	justice, err := f.officer(ctx, "county-justice-officer")
	if err != nil {
		return err
	}
	_, err = f.d.File(ctx, justice, desk.Filing{Token: fmt.Sprint("demo-committee-", i), Procedure: "mediation-committee", Body: body.ID, With: map[string]string{
		"title": body.Name, "members": "刘某甲，女，汉族，主任\n孙某乙，男，汉族，调解员\n吴某丙，女，汉族，调解员", "elected_on": string(calendar.DayOf(f.clock).Add(-200)),
		"elected_by": "村民会议、居民会议", "spot": "便民服务中心一楼调解室", "hours": "工作日上午八点半到十一点半"}})
	if err != nil {
		return fmt.Errorf("register of %s: %w", body.ID, err)
	}
	return nil
}

// quarrelling is a quarrel under way: its two sides and its mediator.
type quarrelling struct {
	quarrel
	f    *filler
	body string
	id   string
	who  map[string]actor.Actor
}

// open brings the quarrel in by one side; the other gets a code of their own from the committee.
func (x *quarrelling) open(ctx context.Context, i int) error {
	d := x.f.d
	with := map[string]string{"title": x.title, "what": x.what, "wants": x.wants, "kind": x.kind, "place": x.f.land.Towns[i%min(3, len(x.f.land.Towns))].Code}
	r, err := d.File(ctx, actor.Nobody(words.ZH), desk.Filing{Token: fmt.Sprint("demo-quarrel-", i), Procedure: "mediation", Class: "apply", Body: x.body, With: with,
		Who: Citizen(3000+2*i, ""), People: map[string]vault.Identity{"other": Citizen(3001+2*i, "")}})
	if err != nil {
		return fmt.Errorf("quarrel %q: %w", x.title, err)
	}
	x.id = r.ID
	if x.who["m"], err = x.f.officer(ctx, x.body+"-mediator"); err != nil {
		return err
	}
	if x.who["a"], err = d.Enter(ctx, r.Number, r.Code, "", words.ZH); err != nil {
		return err
	}
	m, err := d.Matters.Load(ctx, d.DB, r.ID)
	if err != nil {
		return err
	}
	for _, e := range m.Entries {
		if e.Person != m.Parties["party-b"][0].Person {
			continue
		}
		given, err := d.Handout(ctx, x.who["m"], r.ID, e.ID)
		if err != nil {
			return err
		}
		if x.who["b"], err = d.Enter(ctx, given.Number, given.Code, "", words.ZH); err != nil {
			return err
		}
	}
	return nil
}

func (x *quarrelling) step(ctx context.Context, step string) error {
	side, action, _ := strings.Cut(step, " ")
	_, err := x.f.d.Do(ctx, x.who[side], x.id, desk.Press{Action: action, With: x.f.mediated(action, x.body, x.quarrel)})
	if err != nil {
		return fmt.Errorf("quarrel %q, %s: %w", x.title, step, err)
	}
	return nil
}

// mediated is what is said at a step.
func (f *filler) mediated(action, body string, q quarrel) map[string]string {
	day := calendar.DayOf(f.clock)
	switch action {
	case "start":
		return map[string]string{"person": body + "-mediator", "chosen_by": "parties", "no-interest": "yes", "rights-told": "yes", "open_closed": "closed"}
	case "session":
		return map[string]string{"held_on": string(day), "where": "便民服务中心调解室", "record": "双方各自说了经过，看了现场照片，愿意再谈一次。"}
	case "arrange":
		return map[string]string{"session_at": string(calendar.DayOf(f.now).Add(3)) + " 15:00", "session_spot": "便民服务中心一楼调解室"}
	case "agree":
		return map[string]string{"facts": q.what, "duties": "各自对自己那一方的事负责。", "terms": q.wants, "manner": "当面履行，由调委会见证", "perform_by": string(day.Add(20))}
	case "agree-orally":
		return map[string]string{"no-paper": "yes", "terms": q.wants, "agreed_on": string(day), "manner": "当场付清一半，余下月底前付", "perform_by": string(day.Add(20))}
	case "follow-up":
		return map[string]string{"performed": "已付一半，余款约定月底付清。"}
	case "perform":
		return map[string]string{"performed": "已经全部履行。"}
	case "terminate":
		return map[string]string{"routes": "可以向城管部门反映，也可以向县人民法院起诉。", "reason": "双方对改管费用谈不拢。"}
	case "refuse":
		return map[string]string{"reason": "想直接去法院。"}
	}
	return nil
}
