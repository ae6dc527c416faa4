package api

import (
	"context"
	"time"

	"jishi/base/words"
	"jishi/desk"
	"jishi/module/price"
)

// DemandCost is what one form costs the base.
type DemandCost struct {
	Form        string `json:"form"`
	Title       string `json:"title"`
	Body        *Body  `json:"body"`
	Fields      int    `json:"fields"`
	Asked       int    `json:"asked" doc:"其中要填的"`
	Cells       int    `json:"cells" doc:"一轮要填的格"`
	Respondents int    `json:"respondents"`
	Rounds      int    `json:"rounds" doc:"一年几轮"`
	SecondsEach int64  `json:"secondsEach" doc:"每格的时间"`
	Learned     bool   `json:"learned" doc:"每格的时间是实测的；否则是设置，不是法律规定"`
	Minutes     int64  `json:"minutes" doc:"每月的分钟，全部填报单位合计"`
	Saved       int64  `json:"saved" doc:"每月省下的分钟"`
}

// Budget is how many hours a month the county lets the forms of a department take.
type Budget struct {
	Hours  int64  `json:"hours" doc:"每月的小时，全部填报单位合计"`
	From   string `json:"from"`
	Reason string `json:"reason"`
	By     *Body  `json:"by,omitempty" doc:"谁定的"`
}

// DepartmentCost is what all forms of one department cost the base.
type DepartmentCost struct {
	Body    *Body   `json:"body"`
	Forms   int     `json:"forms"`
	Minutes int64   `json:"minutes" doc:"每月的分钟，全部填报单位合计"`
	Saved   int64   `json:"saved" doc:"每月省下的分钟"`
	Budget  *Budget `json:"budget,omitempty" doc:"县里没有定的没有；公开的账里没有"`
	Over    bool    `json:"over" doc:"超过预算"`
}

// PriceAccount is what all forms of a county cost.
type PriceAccount struct {
	Place       string           `json:"place"`
	Minutes     int64            `json:"minutes"`
	Saved       int64            `json:"saved"`
	Villages    int              `json:"villages"`
	Village     int64            `json:"village" doc:"平均一个村每月的分钟"`
	MaySet      bool             `json:"maySet" doc:"可以定部门的预算"`
	Departments []DepartmentCost `json:"departments"`
	Demands     []DemandCost     `json:"demands"`
}

// DemandField is one field of a form as it counts.
type DemandField struct {
	N       int    `json:"n"`
	Label   string `json:"label"`
	Kind    string `json:"kind,omitempty" doc:"reuse 已有、share 可以共享、new 要新填；没有就是待确认"`
	Element string `json:"element"`
	Known   int    `json:"known" doc:"全部填报单位里现在已经知道的格"`
}

// TownCost is what something costs a township with its villages.
type TownCost struct {
	Body    *Body `json:"body"`
	Minutes int64 `json:"minutes"`
}

// DemandAccount is the price of one form, opened to the fields behind it.
type DemandAccount struct {
	DemandCost
	Preview bool          `json:"preview" doc:"还没有列入清单：现在没有要任何人填"`
	Before  int64         `json:"before" doc:"这个部门的表现在每月要的分钟"`
	Budget  *Budget       `json:"budget,omitempty"`
	List    []DemandField `json:"list" doc:"各个栏目"`
	Towns   []TownCost    `json:"towns" doc:"落到各乡镇（街道）的"`
}

// TownLoad is what a township carries, against what it has.
type TownLoad struct {
	Body    *Body       `json:"body"`
	Demands int         `json:"demands" doc:"向它和它的村要的表"`
	Minutes int64       `json:"minutes" doc:"每月花的分钟"`
	Open    int         `json:"open" doc:"手上的事项"`
	Year    int         `json:"year" doc:"十二个月里交给它的事项"`
	People  int         `json:"people" doc:"有岗位的人数"`
	Has     []TownMeans `json:"has" doc:"它自己的一张表里写的编制、人员、经费"`
}

// TownMeans is one value of a township's own table.
type TownMeans struct {
	Title string `json:"title"`
	Value string `json:"value"`
	Unit  string `json:"unit,omitempty"`
}

// LoadAccount is 小马拉大车: loads against means, and the heaviest demands.
type LoadAccount struct {
	Towns    []TownLoad   `json:"towns"`
	Heaviest []DemandCost `json:"heaviest" doc:"最重的十项和是谁要的"`
}

type (
	priceOutput struct{ Body PriceAccount }
	demandInput struct {
		Form string `path:"form" maxLength:"60"`
	}
	demandOutput struct{ Body DemandAccount }
	loadOutput   struct{ Body LoadAccount }
	budgetInput  struct {
		Org  string `path:"org" maxLength:"60" doc:"哪个部门"`
		Body struct {
			Hours  int    `json:"hours" minimum:"0" maximum:"100000" doc:"每月的小时，全部填报单位合计"`
			Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"为什么定这个数"`
		}
	}
)

// SavedAccount is the public account of time saved.
type SavedAccount struct {
	Minutes int64 `json:"minutes" doc:"每月还要填的分钟"`
	Saved   int64 `json:"saved" doc:"每月省下的分钟"`
	Forms   int   `json:"forms"`
	Fields  int   `json:"fields"`
	Asked   int   `json:"asked"`

	Departments []DepartmentCost `json:"departments"`
}

type savedOutput struct{ Body SavedAccount }

func (s *server) prices() {
	who := "工作人员看本县的。"
	add(s, operation{id: "price", method: "GET", path: "/api/v1/price", tag: "figures", summary: "各张表要基层花的时间", scope: "figures", errors: []int{404},
		who: who, refuses: "没有的，回答404。"}, s.price)
	add(s, operation{id: "price-demand", method: "GET", path: "/api/v1/price/forms/{form}", tag: "figures", summary: "一张表的账：各个栏目，落到哪些乡镇；没有列入清单的，是会增加多少", scope: "figures", errors: []int{404},
		who: who, refuses: "没有的，回答404。"}, s.demand)
	add(s, operation{id: "price-load", method: "GET", path: "/api/v1/price/towns", tag: "figures", summary: "小马拉大车：各乡镇（街道）担着的，和它有的人、钱", scope: "figures", errors: []int{404},
		who: who, refuses: "没有的，回答404。"}, s.load)
	add(s, operation{id: "price-budget", method: "PUT", path: "/api/v1/price/budgets/{org}", tag: "figures", summary: "定一个部门的预算：它的表每月最多要基层多少小时", scope: "matters:write", status: 204, errors: []int{404, 415, 422},
		who: "县委、县政府的领导，社会工作部的负责人。", refuses: "别人定，回答没有权限；没有写理由的，指出来。", pointer: func(f string) string { return "#/" + f }}, s.setBudget)
	add(s, operation{id: "saved", method: "GET", path: "/api/v1/saved", tag: "figures", summary: "为基层省下的时间", public: true, errors: []int{404},
		who: "任何人。", refuses: "没有的，回答404。"}, s.savedHours)
}

func minutes(d time.Duration) int64 { return int64(d.Round(time.Minute) / time.Minute) }

func (s *server) budgetOf(l words.Lang, b *price.Budget) *Budget {
	if b == nil {
		return nil
	}
	return &Budget{int64(b.Month / time.Hour), string(b.From), b.Reason, body(l, s.desk.Body(b.ByOrg))}
}

func (s *server) departmentCosts(l words.Lang, list []desk.DepartmentPrice) []DepartmentCost {
	return each(list, func(x desk.DepartmentPrice) DepartmentCost {
		return DepartmentCost{body(l, x.Body), x.Forms, minutes(x.Month), minutes(x.Saved), s.budgetOf(l, x.Budget), x.Over()}
	})
}

func demandCost(l words.Lang) func(desk.DemandPrice) DemandCost {
	return func(x desk.DemandPrice) DemandCost {
		return DemandCost{x.Form, x.Title, body(l, x.Body), x.Fields, x.Asked, x.Cells, x.Respondents, x.Rounds, int64(x.Each / time.Second), x.Real, minutes(x.Month()), minutes(x.Saved())}
	}
}

func (s *server) price(ctx context.Context, c caller, _ *struct{}) (*priceOutput, error) {
	p, err := s.desk.Price(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	return &priceOutput{PriceAccount{Place: p.Place, Minutes: minutes(p.Month), Saved: minutes(p.Saved), Villages: p.Villages, Village: minutes(p.Village), MaySet: p.MaySet,
		Departments: s.departmentCosts(c.Lang, p.Departments), Demands: each(p.Demands, demandCost(c.Lang))}}, nil
}

func (s *server) demand(ctx context.Context, c caller, in *demandInput) (*demandOutput, error) {
	o, err := s.desk.Demand(ctx, c.Actor, in.Form)
	if err != nil {
		return nil, err
	}
	return &demandOutput{DemandAccount{DemandCost: demandCost(c.Lang)(o.DemandPrice), Preview: o.Preview, Before: minutes(o.Now), Budget: s.budgetOf(c.Lang, o.Budget),
		List:  each(o.Fields, func(f desk.PricedField) DemandField { return DemandField{f.N, f.Label, f.Kind, f.Element, f.Cells} }),
		Towns: each(o.Towns, func(t desk.TownPrice) TownCost { return TownCost{body(c.Lang, t.Body), minutes(t.Month)} })}}, nil
}

func (s *server) load(ctx context.Context, c caller, _ *struct{}) (*loadOutput, error) {
	cart, err := s.desk.CartOf(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	towns := each(cart.Towns, func(t desk.CartTown) TownLoad {
		return TownLoad{body(c.Lang, t.Body), t.Demands, minutes(t.Hours), t.Open, t.Year, t.People, each(t.Has, func(m desk.Means) TownMeans {
			return TownMeans{pick(c.Lang, m.Title, m.En), m.Value, m.Unit}
		})}
	})
	return &loadOutput{LoadAccount{towns, each(cart.Heaviest, demandCost(c.Lang))}}, nil
}

func (s *server) setBudget(ctx context.Context, c caller, in *budgetInput) (*struct{}, error) {
	return nil, s.desk.SetBudget(ctx, c.Actor, in.Org, in.Body.Hours, in.Body.Reason)
}

func (s *server) savedHours(ctx context.Context, c caller, _ *struct{}) (*savedOutput, error) {
	h, err := s.desk.SavedHours(ctx, "")
	if err != nil {
		return nil, err
	}
	return &savedOutput{s.savedAccount(c.Lang, h)}, nil
}

func (s *server) savedAccount(l words.Lang, h *desk.SavedHours) SavedAccount {
	return SavedAccount{minutes(h.Month), minutes(h.Saved), h.Forms, h.Fields, h.Asked, s.departmentCosts(l, h.Departments)}
}
