package demo

import (
	"context"
	"fmt"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/desk"
	"jishi/module/duty"
	"jishi/module/reception"
	"jishi/people/org"
	"jishi/work/matter"
)

// chore is one act of the county's burden relief: who does what, so many days before the demonstration. An act with a
// procedure opens a matter under its key, any other is a step on the matter of that key.
type chore struct {
	ago                   int
	key, who, open, class string
	do                    string
	with                  map[string]string
}

// demand is what a department fills in when it applies for work to be admitted.
func (f *filler) demand(title, basis, payer, frequency, hours, money string, days int) map[string]string {
	today := calendar.DayOf(f.now)
	return map[string]string{"title": title, "what": title, "basis": basis, "payer": payer, "budget": "2400", "money_note": money, "people": "两人", "frequency": frequency,
		"hours": hours, "place": f.land.County.Code, "start_on": string(today.Add(-days)), "end_on": string(today.Add(330)), "to_body": "county-social"}
}

const assist = "村民委员会组织法第四十三条"

// chores are the admissions, refusals, certificates and clean-ups of the demonstration.
func (f *filler) chores() []chore {
	decided := func(ago int, no string) map[string]string {
		return map[string]string{"decision": "同意准入，一年以后评估", "met_on": string(calendar.DayOf(f.now).Add(-ago - 1)), "nature": "assist", "list_no": no}
	}
	heard := func(key string, ago int) []chore {
		return []chore{{ago: ago, key: key, who: "county-social-officer", do: "accept"},
			{ago: ago, key: key, who: "county-social-officer", do: "ask-base", with: map[string]string{"hear_villages": "village-1-1", "hear_townships": "town-1"}},
			{ago: ago - 2, key: key, who: "village-1-1-officer", do: "say-village", with: map[string]string{"view": "mend", "opinion": "每月一次就够，不要再拍照打卡"}},
			{ago: ago - 2, key: key, who: "town-1-officer", do: "say-township", with: map[string]string{"view": "for"}},
			{ago: ago - 3, key: key, who: "county-social-officer", do: "ask-legal", with: map[string]string{"legal_body": "county-justice"}},
			{ago: ago - 4, key: key, who: "county-justice-officer", do: "check-legal", with: map[string]string{"legal_text": "依据成立，不属于行政许可、行政处罚、行政强制"}}}
	}
	list := []chore{{ago: 60, key: "waste", who: "county-urban-officer", open: desk.Admission, class: "task", with: f.demand("垃圾分类入户宣传", assist, "county-urban", "month", "6", "每村每月二百元，从部门预算列支", 20)},
		{ago: 58, key: "ledger", who: "county-agriculture-officer", open: desk.Admission, class: "ledger", with: f.demand("农机具纸质台账", assist, "county-agriculture", "quarter", "8", "每村每季一百元", 20)},
		{ago: 50, key: "photo", who: "county-housing-officer", open: desk.Admission, class: "task", with: f.demand("每周上传自建房照片", assist, "county-housing", "week", "3", "不花钱，用村里的手机", 10)},
		{ago: 6, key: "talk", who: "county-education-officer", open: desk.Admission, class: "task", with: f.demand("暑期防溺水入户告知", assist, "county-education", "half", "10", "每村每年三百元", -40)}}
	for key, ago := range map[string]int{"waste": 59, "ledger": 57, "photo": 49} {
		list = append(list, heard(key, ago)...)
	}
	return append(list,
		chore{ago: 52, key: "waste", who: "county-social-head", do: "admit", with: decided(52, "A-1")},
		chore{ago: 51, key: "waste", who: "county-social-officer", do: "publish", with: map[string]string{"end_on": string(calendar.DayOf(f.now).Add(330))}},
		chore{ago: 51, key: "ledger", who: "county-social-head", do: "admit", with: decided(51, "A-2")},
		chore{ago: 50, key: "ledger", who: "county-social-officer", do: "publish", with: map[string]string{"end_on": string(calendar.DayOf(f.now).Add(330))}},
		chore{ago: 8, key: "ledger", who: "county-social-officer", do: "exit", with: map[string]string{"cause": "abolished", "reason": "农机补贴系统里已经有，不再记纸质台账"}},
		chore{ago: 42, key: "photo", who: "county-social-head", do: "reject", with: map[string]string{"reason": "巡查是部门自己的事，拍照上传属于留痕，不下到村里"}},
		chore{ago: 45, key: "plaques", who: "county-social-officer", open: desk.Cleanup, with: map[string]string{"title": "村级牌子", "kind": "plaque", "place": f.land.County.Code, "before": "498", "before_on": string(calendar.DayOf(f.now).Add(-46)), "before_note": "逐村现场数，照片留底", "goal": "60"}},
		chore{ago: 5, key: "plaques", who: "county-social-officer", do: "count", with: map[string]string{"after": "42", "after_on": string(calendar.DayOf(f.now).Add(-5)), "claimed": "92"}},
		chore{ago: 40, key: "check", who: "county-housing-officer", open: desk.Inspection, class: "planned", with: map[string]string{"title": "自建房安全检查", "basis": "建办〔2026〕1号", "year": "2026", "level": "township", "objects": "各乡镇", "method": "不发通知，直接到现场", "indicators": "排查出的险情整改了几处", "days": "2", "to_body": "county-party"}},
		chore{ago: 38, key: "check", who: "county-party-head", do: "approve", with: map[string]string{"list_no": "1"}})
}

// burdens plans them in the order of time.
func (f *filler) burdens() []due {
	if _, ok := f.d.Offices.Tree().Get("county-social"); !ok {
		return nil
	}
	if _, err := f.d.Book.Procedure(desk.Admission, calendar.DayOf(f.now.AddDate(0, 0, -70)), f.d.Profile); err != nil {
		return nil // played on a day at which the law that admission follows was not in force yet
	}
	opened := map[string]string{}
	agenda := []due{{f.now.AddDate(0, 0, -70), 3_000_000, 0, f.lists}}
	for n, c := range f.chores() {
		at := calendar.DayOf(f.now.AddDate(0, 0, -c.ago)).Start().Add(9*time.Hour + time.Duration(n)*time.Minute)
		agenda = append(agenda, due{at, 3_000_001 + n, 0, func(ctx context.Context) error {
			if err := f.chore(ctx, c, opened); err != nil {
				return fmt.Errorf("burden %s %s%s: %w", c.key, c.open, c.do, err)
			}
			return nil
		}})
	}
	return append(agenda, due{f.now.AddDate(0, 0, -3), 3_001_000, 0, f.refuses})
}

func (f *filler) chore(ctx context.Context, c chore, opened map[string]string) error {
	who, err := f.officer(ctx, c.who)
	if err != nil {
		return err
	}
	if c.open == "" {
		return f.press(ctx, who, opened[c.key], c.do, c.with)
	}
	r, err := f.d.File(ctx, who, desk.Filing{Token: "burden-" + c.key, Procedure: c.open, Class: c.class, With: c.with})
	opened[c.key] = r.ID
	return err
}

// refuses: a village refuses, once openly and once in confidence.
func (f *filler) refuses(ctx context.Context) error {
	who, err := f.officer(ctx, "village-1-1-officer")
	if err != nil {
		return err
	}
	for n, x := range []desk.Demand{{What: "每天在群里发打扫照片", From: "county-urban"}, {What: "替部门填农户台账", From: "county-agriculture", Quiet: true}} {
		x.Token = fmt.Sprintf("burden-refuse-%d", n)
		if _, err := f.d.Refuse(ctx, who, x); err != nil {
			return fmt.Errorf("burden: refuse: %w", err)
		}
	}
	return nil
}

// lists are the duty lists of the townships, what hangs in the first villages, and the days on which two bodies receive.
func (f *filler) lists(ctx context.Context) error {
	day := calendar.DayOf(f.clock)
	return f.d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, o := range f.d.Offices.Tree().In(f.land.County.Code[:6], org.StreetTownship) {
			l := duty.List{ID: matter.NewID(), Org: o.ID, Title: o.Name + "履行职责事项清单", Basis: "县委办〔2026〕3号（示例）", From: day, By: "county-social-head", At: f.clock.UnixMilli(), Items: dutyItems()}
			if err := duty.Put(ctx, tx, l); err != nil {
				return err
			}
		}
		for n, k := range []duty.Kept{{Kind: "plaque", Title: "党群服务中心", Spot: "outside", Basis: "村民委员会组织法第四十三条"}, {Kind: "plaque", Title: "红色物业示范站", Spot: "outside", Whose: "县住建局"},
			{Kind: "ledger", Title: "房屋巡查台账", Whose: "县住建局"}, {Kind: "group", Title: "打扫卫生打卡群", Whose: "县城管局"}, {Kind: "app", Title: "网格随手拍", Whose: "县政数局", Basis: "A-9"}} {
			o, ok := f.d.Offices.Tree().Get("village-1-1")
			if !ok {
				return nil
			}
			k.ID, k.Org, k.Area, k.From, k.By, k.At = matter.NewID(), o.ID, o.Division, day.Add(-n), "village-1-1-officer", f.clock.UnixMilli()
			if err := duty.Add(ctx, tx, k); err != nil {
				return err
			}
		}
		for _, r := range []reception.Reception{{Org: "county-petition", Host: "县级领导（当月名单在接待大厅公布）", Spot: "县人民来访接待中心一楼", Weekday: 4, Nth: 1, Opens: "09:00", Closes: "11:30"},
			{Org: "county-housing", Host: "值班局领导", Spot: "县住建局一楼大厅", Note: "带上房屋材料，办得快些。", Weekday: 3, Opens: "14:30", Closes: "17:00"}} {
			r.ID, r.By, r.At = matter.NewID(), r.Org+"-head", f.clock
			if err := reception.Put(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// dutyItems are a short list, as an example: real ones have some hundreds.
func dutyItems() []duty.Item {
	return []duty.Item{
		{No: "1-1", Kind: duty.Basic, Title: "村级道路日常养护", Theme: "乡村建设", Words: []string{"道路", "养护"}},
		{No: "1-2", Kind: duty.Basic, Title: "调解邻里、家庭纠纷", Theme: "平安", Words: []string{"纠纷", "调解"}},
		{No: "1-3", Kind: duty.Basic, Title: "受理群众来信来访", Theme: "平安"},
		{No: "1-4", Kind: duty.Basic, Title: "村级组织换届的组织实施", Theme: "党的建设"},
		{No: "2-1", Kind: duty.Cooperate, Title: "农村自建房安全巡查", Theme: "安全", Lead: "县住建局", LeadOrg: "county-housing", Part: "发现险情报告牵头部门，劝离人员", Words: []string{"自建房", "巡查"}},
		{No: "2-2", Kind: duty.Cooperate, Title: "低保对象动态核查", Theme: "民生", Lead: "县民政局", LeadOrg: "county-civil", Part: "入户核实，报送变化", Words: []string{"低保", "核查"}},
		{No: "3-1", Kind: duty.Taken, Title: "燃气安全检查", Theme: "安全", Lead: "县住建局", LeadOrg: "county-housing", Words: []string{"燃气", "检查"}},
		{No: "3-2", Kind: duty.Taken, Title: "再生育审批", Theme: "民生", Lead: "县卫健局", LeadOrg: "county-health", Words: []string{"再生育"}},
		{No: "3-3", Kind: duty.Taken, Title: "招商引资任务指标", Theme: "经济发展", Lead: "县政府", LeadOrg: "county-gov", Words: []string{"招商", "指标"}},
	}
}
