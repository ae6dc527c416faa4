package api

import (
	"context"
	"fmt"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/collect"
	cells "jishi/module/table"
	"jishi/work/matter"
)

// TableElement is what a cell is about.
type TableElement struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Type    string `json:"type"`
	Unit    string `json:"unit,omitempty"`
	Subject string `json:"subject" enum:"place,household,person,org"`
}

// TableCell is one cell of the one table with where its value is from.
type TableCell struct {
	Element TableElement `json:"element"`
	Period  string       `json:"period" doc:"2026、2026-Q1、2026-03；空的是长期有效"`
	Value   string       `json:"value,omitempty" doc:"还不知道的没有"`
	Source  *Body        `json:"source,omitempty" doc:"数值的来源；还不知道的，是应当提供它的单位"`
	AsOf    string       `json:"asOf,omitempty" doc:"数值说的是哪一天的情况"`
	Checked string       `json:"checked,omitempty" doc:"最近一次核对的日子"`
	Seq     int64        `json:"seq" doc:"这一格最近一次写入的号；写的时候作为 base 带上"`
	Open    int          `json:"open" doc:"等着裁定的不同数值"`
	Forms   []string     `json:"forms" doc:"要它的表"`
}

// TableGroup is how far an element of households or persons is known.
type TableGroup struct {
	Element TableElement `json:"element"`
	Period  string       `json:"period"`
	Known   int          `json:"known"`
	All     int          `json:"all"`
}

// VillageTable is the one table of a village.
type VillageTable struct {
	Place   string       `json:"place"`
	Keeper  *Body        `json:"keeper"`
	Waiting []TableCell  `json:"waiting" doc:"要村里填的"`
	Others  []TableCell  `json:"others" doc:"等别的单位提供的"`
	Known   []TableCell  `json:"known" doc:"已经知道的"`
	Groups  []TableGroup `json:"groups" doc:"各户各人的，只有数目"`

	Contested  []ContestedCell `json:"contested" doc:"有几个不同数值的"`
	MayFill    bool            `json:"mayFill"`
	Households int             `json:"households"`
	Persons    int             `json:"persons"`
}

type tableInput struct {
	Place string `path:"place" pattern:"^[0-9]{12}$" doc:"村（社区）的12位代码"`
}

type tableOutput struct{ Body VillageTable }

// TableWriting is one thing written into a cell.
type TableWriting struct {
	Token   string `json:"token" minLength:"16" maxLength:"200" doc:"一次性编号；重发时用同一个，不会写两次"`
	Subject string `json:"subject,omitempty" maxLength:"60" doc:"户或者人的编号；空的是村本身"`
	Element string `json:"element" maxLength:"80"`
	Period  string `json:"period,omitempty" maxLength:"10"`
	Act     string `json:"act" enum:"fill,confirm,correct,roll,contest,settle,share"`
	Value   string `json:"value" maxLength:"2000"`
	AsOf    string `json:"asOf,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"`
	Base    int64  `json:"base" doc:"写的人看到的 seq；之后别人写过不同的数值的，不会盖掉，要裁定"`
	Reason  string `json:"reason,omitempty" maxLength:"2000"`
	Form    string `json:"form,omitempty" maxLength:"60" doc:"为哪张表填的"`
	Scan    string `json:"scan,omitempty" maxLength:"2000" doc:"证件扫描件的 ref：号码校验位不对、写了理由的，凭它收下"`
}

type tableWriteInput struct {
	Place string `path:"place" pattern:"^[0-9]{12}$" doc:"村（社区）的12位代码"`
	Body  struct {
		Device string         `json:"device,omitempty" maxLength:"80"`
		Cells  []TableWriting `json:"cells" minItems:"1" maxItems:"200"`
	}
}

// TableWritten is what became of one writing.
type TableWritten struct {
	Token   string `json:"token"`
	Outcome string `json:"outcome,omitempty" enum:"stands,agrees,contends" doc:"成为数值；与现值一致；与现值不同，等着裁定"`
	Seq     int64  `json:"seq"`
	Again   bool   `json:"again" doc:"以前写过，这次没有再写"`
	Code    string `json:"code,omitempty" doc:"没有收下的，是原因的代码"`
	Detail  string `json:"detail,omitempty" doc:"没有收下的，是原因"`

	Errors []Wrong `json:"errors,omitempty" doc:"没有收下的，是哪一项不对"`
}

type tableWriteOutput struct {
	Body struct {
		Cells []TableWritten `json:"cells"`
	}
}

type totalsInput struct {
	Place   string `query:"place" pattern:"^[0-9]{12}$" doc:"县、乡镇或者村的代码；不写就是自己的"`
	Element string `query:"element" maxLength:"80" doc:"数据项；写了就按下一级列出"`
}

// TableTotal is one sum.
type TableTotal struct {
	Place    string `json:"place"`
	Title    string `json:"title"`
	Period   string `json:"period"`
	Sum      string `json:"sum,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Cells    int    `json:"cells" doc:"相加的格数"`
	Villages int    `json:"villages" doc:"已知的村数（分子）"`
	Of       int    `json:"of" doc:"全部的村数（分母）"`
}

type totalsOutput struct{ Body []TableTotal }

func (s *server) table() {
	add(s, operation{id: "table", method: "GET", path: "/api/v1/tables/{place}", tag: "table", summary: "一个村的一张表：要填的和已经知道的", scope: "table", errors: []int{404, 422},
		who: "本村和所属乡镇的工作人员；县里的领导和督办人员只看关于村的。", refuses: "没有这张表，或者不能查看的，都回答404。"}, s.villageTable)
	add(s, operation{id: "table-write", method: "POST", path: "/api/v1/tables/{place}/cells", tag: "table", summary: "写一张表的格子，每格各自有结果", scope: "table", status: 200, errors: []int{404, 413, 422},
		who: "本村和所属乡镇的工作人员；数源单位只写它提供的数据项。", refuses: "一格没有收下不影响其余的；它的结果里有原因。"}, s.writeTable)
	add(s, operation{id: "table-subject", method: "POST", path: "/api/v1/tables/{place}/subjects", tag: "table", summary: "加一户，或者给一户加一个人", scope: "table", status: 201, key: true, errors: []int{404, 415, 422},
		who: "村（社区）自己的工作人员，和它的乡镇。", refuses: "没有需要各户各人信息的表，不能加；写错的栏目，一一指出。", pointer: func(f string) string { return "#/" + f }}, s.addSubject)
	add(s, operation{id: "totals", method: "GET", path: "/api/v1/totals", tag: "table", summary: "一张表逐级相加的数", scope: "table", errors: []int{404, 422},
		who: "本辖区的工作人员。", refuses: "不在辖区里的，回答404。"}, s.totals)
}

func tableElement(l words.Lang, e collect.Element) TableElement {
	subject := e.Subject
	if subject == "" {
		subject = "place"
	}
	return TableElement{e.ID, pick(l, e.Title, e.En), e.Type, e.Unit, subject}
}

func tableCell(l words.Lang, x desk.Slot) TableCell {
	c := TableCell{Element: tableElement(l, x.Element), Period: x.Period, Value: x.Cell.Value, Source: body(l, x.SourceBody), AsOf: string(x.Cell.AsOf),
		Checked: string(x.Cell.Checked), Seq: x.Cell.Seq, Open: x.Cell.Open, Forms: []string{}}
	for _, f := range x.Forms {
		c.Forms = append(c.Forms, f.ID)
	}
	return c
}

func (s *server) villageTable(ctx context.Context, c caller, in *tableInput) (*tableOutput, error) {
	t, err := s.desk.Table(ctx, c.Actor, in.Place)
	if err != nil {
		return nil, err
	}
	one := func(x desk.Slot) TableCell { return tableCell(c.Lang, x) }
	v := VillageTable{Place: t.Place, Keeper: body(c.Lang, t.Keeper), Waiting: each(t.Waiting, one), Others: each(t.Others, one), Known: each(t.Known, one),
		Contested: each(t.Open, func(x desk.Dispute) ContestedCell { return contestedCell(c, x) }), MayFill: t.MayFill, Households: t.Households, Persons: t.Persons}
	v.Groups = each(t.Groups, func(g desk.Group) TableGroup {
		return TableGroup{tableElement(c.Lang, g.Element), g.Period, g.Have, g.Of}
	})
	return &tableOutput{v}, nil
}

func (s *server) writeTable(ctx context.Context, c caller, in *tableWriteInput) (*tableWriteOutput, error) {
	var list []desk.Writing
	for _, x := range in.Body.Cells {
		scan, err := s.scan(x.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, desk.Writing{Token: x.Token, Subject: x.Subject, Element: x.Element, Period: x.Period, Act: cells.Act(x.Act), Value: x.Value,
			AsOf: calendar.Day(x.AsOf), Base: x.Base, Reason: x.Reason, Form: x.Form, Sure: x.Reason, Scan: scan})
	}
	results, err := s.desk.WriteTable(ctx, c.Actor, in.Place, in.Body.Device, list)
	if err != nil {
		return nil, err
	}
	out := &tableWriteOutput{}
	for i, r := range results {
		w := TableWritten{Token: r.Token, Outcome: string(r.Outcome), Seq: r.Seq, Again: r.Again}
		if r.Refusal != nil {
			w.Code, w.Detail = r.Refusal.Code, r.Refusal.Say(c.Lang)
			for _, f := range r.Refusal.Fields {
				w.Errors = append(w.Errors, Wrong{Pointer: fmt.Sprintf("#/cells/%d/%s", i, cellField(f.Field)), Detail: words.Say(c.Lang, f.Text, f.Args...)})
			}
		}
		out.Body.Cells = append(out.Body.Cells, w)
	}
	return out, nil
}

// scan is the upload that the ref stands for, nil for none.
func (s *server) scan(ref string) (*matter.File, error) {
	if ref == "" {
		return nil, nil
	}
	list, err := s.attached([]string{ref})
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func (s *server) addSubject(ctx context.Context, c caller, in *subjectInput) (*subjectOutput, error) {
	x := in.Body
	scan, err := s.scan(x.Scan)
	if err != nil {
		return nil, err
	}
	home, err := s.desk.AddSubject(ctx, c.Actor, in.Place, desk.NewSubject{Token: c.token("table-subject", in.Place), Form: x.Form, Home: x.Home, Label: x.Label, Name: x.Name, IDNumber: x.IDNumber, Phone: x.Phone, Sure: x.Sure, Scan: scan})
	if err != nil {
		return nil, err
	}
	out := &subjectOutput{}
	out.Body.Home = home
	return out, nil
}

func (s *server) totals(ctx context.Context, c caller, in *totalsInput) (*totalsOutput, error) {
	t, err := s.desk.Totals(ctx, c.Actor, in.Place, in.Element)
	if err != nil {
		return nil, err
	}
	return &totalsOutput{each(t.Rows, func(r desk.TotalRow) TableTotal {
		return TableTotal{r.Code, pick(c.Lang, r.Title, r.En), r.Period, r.Sum, r.Unit, r.Cells, r.Villages, r.Of}
	})}, nil
}

type (
	subjectInput struct {
		Place string `path:"place" maxLength:"12"`
		Body  struct {
			Form     string `json:"form" doc:"为哪张表"`
			Home     string `json:"home,omitempty" doc:"给哪一户加人；不写就是新的一户"`
			Label    string `json:"label,omitempty" maxLength:"40" doc:"新的一户怎么称呼，例如3组12号"`
			Name     string `json:"name,omitempty" maxLength:"40"`
			IDNumber string `json:"id-number,omitempty" maxLength:"18"`
			Sure     string `json:"sure,omitempty" maxLength:"2000" doc:"号码校验位不对、证件又确实这样写的，写明理由"`
			Scan     string `json:"scan,omitempty" maxLength:"2000" doc:"证件扫描件的 ref：号码校验位不对、写了理由的，凭它收下"`
			Phone    string `json:"phone,omitempty" maxLength:"20"`
		}
	}
	subjectOutput struct {
		Body struct {
			Home string `json:"home" doc:"这一户的编号"`
		}
	}
)
