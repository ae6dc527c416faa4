package api

import (
	"context"

	"jishi/base/words"
	"jishi/derive/rates"
	"jishi/desk"
	"jishi/work/procedure"
)

// Share is a numerator with its denominator.
type Share struct {
	Numerator   int    `json:"numerator" doc:"分子"`
	Denominator int    `json:"denominator" doc:"分母"`
	Percent     string `json:"percent,omitempty" doc:"百分比，一位小数；分母为零时没有" example:"97.5"`
}

// LeftOut is how many cases one reason leaves out.
type LeftOut struct {
	Reason    string `json:"reason"`
	Title     string `json:"title"`
	Cite      string `json:"cite"`
	Grade     string `json:"grade" enum:"A,B,C,D" doc:"D 是本系统的设置，不是法律规定"`
	Cases     int    `json:"cases" doc:"剔除的件数"`
	Numerator int    `json:"numerator" doc:"其中本来计入分子的"`
}

// AskedBy is the share among those whom one way of asking reached.
type AskedBy struct {
	Way   string `json:"way"`
	Title string `json:"title"`
	Share
}

// RateFigure is one rate of one row.
type RateFigure struct {
	Rate     string    `json:"rate"`
	Hidden   bool      `json:"hidden" doc:"件数太少，不对外公布"`
	Before   *Share    `json:"before,omitempty" doc:"剔除前"`
	After    *Share    `json:"after,omitempty" doc:"剔除后"`
	Open     int       `json:"open" doc:"还没有结果的，不计入分母"`
	LeftOut  []LeftOut `json:"leftOut"`
	AskedHow []AskedBy `json:"askedHow" doc:"怎样问的"`
	Spared   bool      `json:"spared,omitempty" doc:"有的剔除理由、问法，或者剔除前的数，件数太少，不对外公布"`
}

// RateRow is one body, class, place or month.
type RateRow struct {
	Key       string       `json:"key"`
	Title     string       `json:"title"`
	Rates     []RateFigure `json:"rates"`
	Composite string       `json:"composite,omitempty" doc:"按地方规定的权重综合；没有规定权重的没有"`
}

// RateMeaning is how a rate is counted.
type RateMeaning struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Formula string `json:"formula" doc:"分子 ÷ 分母，用文字写明"`
	Cite    string `json:"cite"`
	Grade   string `json:"grade" enum:"A,B,C,D" doc:"D 是本系统的设置，不是法律规定"`
	Note    string `json:"note,omitempty"`
	Weight  int    `json:"weight,omitempty"`
}

// RateReason is a reason for which cases may be left out.
type RateReason struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	On     []string `json:"on,omitempty" doc:"由哪些步骤剔除"`
	Ground string   `json:"ground,omitempty" doc:"由申诉的哪种事由剔除"`
	Cite   string   `json:"cite"`
	Grade  string   `json:"grade" enum:"A,B,C,D"`
}

// RateSet is one set of rates.
type RateSet struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	Procedure string        `json:"procedure"`
	Public    bool          `json:"public"`
	Least     int           `json:"least,omitempty" doc:"对外公布的部分，少于这个数的格子不公布"`
	Rates     []RateMeaning `json:"rates"`
	Reasons   []RateReason  `json:"reasons" doc:"可以剔除的理由"`
	Note      string        `json:"note,omitempty"`
}

// RateTable is one set of rates with its rows, in the order of their codes.
type RateTable struct {
	Set    string    `json:"set,omitempty"`
	Period string    `json:"period,omitempty"`
	By     string    `json:"by,omitempty"`
	Inside bool      `json:"inside" doc:"本单位或者本辖区的完整数字；否则是对外公布的部分"`
	Sets   []RateSet `json:"sets" doc:"可以查看的各组比率"`
	Rows   []RateRow `json:"rows" doc:"按代码排列，不是名次"`
	Total  *RateRow  `json:"total,omitempty"`
	Behind int64     `json:"behind" doc:"还没有计入的步数"`
}

type ratesInput struct {
	Set    string `query:"set" maxLength:"60" doc:"哪一组；不写就是第一组"`
	Period string `query:"period" pattern:"^[0-9]{4}(-[0-9]{2})?$" doc:"年，或者年月；不写就是今年" example:"2026-03"`
	By     string `query:"by" enum:"body,class,place,month" doc:"分组；不写就是单位"`
	Place  string `query:"place" maxLength:"12" doc:"地点代码，含其下各地；只限完整数字"`
	Class  string `query:"class" maxLength:"60" doc:"类别；只限完整数字"`
	Part   string `query:"part" enum:"public" doc:"只看对外公布的部分"`
}

func (in ratesInput) ask() desk.RateAsk {
	return desk.RateAsk{Set: in.Set, Period: in.Period, By: in.By, Place: in.Place, Class: in.Class, Public: in.Part == "public"}
}

type ratesOutput struct{ Body RateTable }

type rateInput struct {
	SetID   string `path:"set" maxLength:"60"`
	Rate    string `path:"rate" maxLength:"60"`
	BodyID  string `path:"body" maxLength:"60" doc:"单位代码"`
	Period  string `query:"period" pattern:"^[0-9]{4}(-[0-9]{2})?$" doc:"年，或者年月；不写就是今年"`
	Place   string `query:"place" maxLength:"12"`
	Class   string `query:"class" maxLength:"60"`
	Part    string `query:"part" enum:"public" doc:"只看对外公布的部分"`
	Outcome string `query:"outcome" enum:"met,not,open" doc:"只看分子、未计入分子或者还没有结果的"`
	Why     string `query:"why" maxLength:"60" doc:"剔除的理由；any 已剔除的，none 没有剔除的"`
	Cursor  string `query:"cursor" maxLength:"100"`
}

// RateCase is one case behind a figure.
type RateCase struct {
	Matter  string `json:"matter"`
	Number  string `json:"number"`
	Title   string `json:"title"`
	Day     string `json:"day" doc:"计入日期"`
	Outcome string `json:"outcome" enum:"met,not,open"`
	Reason  string `json:"reason,omitempty" doc:"剔除的理由"`
	Appeal  string `json:"appeal,omitempty" doc:"据以剔除的申诉"`
	Asked   string `json:"asked,omitempty" doc:"怎样问的"`
	Place   string `json:"place,omitempty"`
	Class   string `json:"class,omitempty"`
}

// RateAppeal is an appeal against an attribution.
type RateAppeal struct {
	Matter string `json:"matter"`
	Number string `json:"number"`
	About  string `json:"about,omitempty" doc:"针对的事项编号；无权查看的没有"`
	Ground string `json:"ground"`
	State  string `json:"state"`
	By     *Body  `json:"decidedBy,omitempty"`
}

// RateCell is one rate of one body, opened.
type RateCell struct {
	Set     RateSet      `json:"set"`
	Body    *Body        `json:"body"`
	Period  string       `json:"period"`
	Inside  bool         `json:"inside"`
	Figure  RateFigure   `json:"figure"`
	Cases   []RateCase   `json:"cases" doc:"背后的事项，只有您可以看的"`
	Next    string       `json:"next,omitempty"`
	Appeals []RateAppeal `json:"appeals"`
}

type rateOutput struct{ Body RateCell }

func (s *server) rates() {
	table := operation{id: "rates", method: "GET", path: "/api/v1/rates", tag: "figures", summary: "各单位的比率，带分子、分母和剔除的理由", public: true, errors: []int{404, 422},
		who: "任何人可以看对外公布的部分；工作人员看本单位的，领导和督办人员看本辖区的。", refuses: "没有这一组，或者它不对外公布的，回答404。"}
	add(s, table, s.rateTable)
	one := operation{id: "rate", method: "GET", path: "/api/v1/rates/{set}/{rate}/{body}", tag: "figures", summary: "打开一个单位的一个比率：分子、分母、剔除、背后的事项和申诉", public: true, errors: []int{404, 422},
		who: "任何人可以看对外公布的部分，看不到事项；工作人员看本单位和本辖区的，只列出有权查看的事项。", refuses: "没有可以打开的数字的，回答404。"}
	add(s, one, s.rateCell)
}

func (s *server) rateTable(ctx context.Context, c caller, in *ratesInput) (*ratesOutput, error) {
	t, err := s.desk.Rates(ctx, c.Actor, in.ask())
	if err != nil {
		return nil, err
	}
	v := RateTable{Inside: t.Inside, Sets: each(t.Sets, func(x *procedure.Rates) RateSet { return rateSet(c.Lang, x) }), Rows: []RateRow{}, Behind: t.Behind}
	if t.Set != nil {
		v.Set, v.Period, v.By = t.Set.ID, t.Ask.Period, t.Ask.By
		v.Rows = each(t.Rows, func(r desk.RateRow) RateRow { return rateRow(c.Lang, t.Set, r) })
		total := rateRow(c.Lang, t.Set, t.Total)
		v.Total = &total
	}
	return &ratesOutput{v}, nil
}

func rateSet(l words.Lang, x *procedure.Rates) RateSet {
	v := RateSet{ID: x.ID, Title: pick(l, x.Title, x.En), Procedure: x.Procedure, Public: x.Public, Least: x.Least, Note: pick(l, x.Note, x.NoteEn)}
	v.Rates = each(x.RateIDs(), func(id string) RateMeaning {
		r := x.Rates[id]
		return RateMeaning{id, pick(l, r.Title, r.En), pick(l, r.Formula, r.FormEn), x.Spell(r.Cite), string(r.Grade), pick(l, r.Note, r.NoteEn), x.Weights[id]}
	})
	v.Reasons = each(x.ExclusionIDs(), func(id string) RateReason {
		e := x.Exclusions[id]
		return RateReason{id, pick(l, e.Title, e.En), e.On, e.Ground, x.Spell(e.Cite), string(e.Grade)}
	})
	return v
}

func rateRow(l words.Lang, set *procedure.Rates, r desk.RateRow) RateRow {
	return RateRow{Key: r.Key, Title: pick(l, r.Title, r.En), Composite: r.Composite, Rates: each(set.RateIDs(), func(id string) RateFigure {
		return rateFigure(l, set, id, r.Figures[id], r.Hidden[id], nil)
	})}
}

func rateFigure(l words.Lang, set *procedure.Rates, id string, f *rates.Figure, hidden bool, ways []desk.Choice) RateFigure {
	v := RateFigure{Rate: id, Hidden: hidden, LeftOut: []LeftOut{}, AskedHow: []AskedBy{}}
	if f == nil {
		return v
	}
	before, after := share(f.Raw), share(f.Adjusted)
	v.After, v.Open, v.Spared = &after, f.Open, f.Spared
	if f.Raw.Of > 0 || !f.Spared {
		v.Before = &before
	}
	for _, x := range f.Left {
		e := set.Exclusions[x.Why]
		v.LeftOut = append(v.LeftOut, LeftOut{x.Why, pick(l, e.Title, e.En), set.Spell(e.Cite), string(e.Grade), x.N, x.Met})
	}
	for _, a := range f.Asked {
		way := AskedBy{Way: a.How, Title: a.How, Share: share(a.Share)}
		for _, w := range ways {
			if w.Value == a.How {
				way.Title = pick(l, w.Title, w.En)
			}
		}
		v.AskedHow = append(v.AskedHow, way)
	}
	return v
}

func share(s rates.Share) Share { return Share{s.N, s.Of, s.String()} }

func (s *server) rateCell(ctx context.Context, c caller, in *rateInput) (*rateOutput, error) {
	ask := desk.RateAsk{Set: in.SetID, Period: in.Period, Place: in.Place, Class: in.Class, Public: in.Part == "public"}
	x, err := s.desk.Rate(ctx, c.Actor, ask, in.Rate, in.BodyID, desk.RatePick{Outcome: in.Outcome, Why: in.Why, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	v := RateCell{Set: rateSet(c.Lang, x.Set), Body: body(c.Lang, x.Body), Period: x.Ask.Period, Inside: x.Inside, Next: x.Next,
		Figure: rateFigure(c.Lang, x.Set, x.ID, x.Figure, false, x.Methods), Cases: []RateCase{}, Appeals: []RateAppeal{}}
	for _, k := range x.Cases {
		v.Cases = append(v.Cases, RateCase{k.Matter, k.Number, k.Title, string(k.Day), k.Outcome, k.Why, k.Appeal, k.Asked, k.Place, k.Class})
	}
	for _, a := range x.Appeals {
		v.Appeals = append(v.Appeals, RateAppeal{a.ID, a.Number, a.About, pick(c.Lang, a.GroundTitle, a.GroundEn), pick(c.Lang, a.StateTitle, a.StateEn), body(c.Lang, a.Decider)})
	}
	return &rateOutput{v}, nil
}
