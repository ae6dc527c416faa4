package api

import (
	"context"
	"encoding/base64"

	"jishi/base/words"
	"jishi/desk"
	"jishi/module/collect"
)

// Element is one data element of the catalogue.
type Element struct {
	ID          string         `json:"id"`
	Title       string         `json:"title"`
	English     string         `json:"english,omitempty"`
	Definition  string         `json:"definition"`
	Type        string         `json:"type" enum:"text,int,number,day,yes,code"`
	Codes       []collect.Code `json:"codes,omitempty"`
	Unit        string         `json:"unit,omitempty"`
	Period      string         `json:"period,omitempty" doc:"year、quarter、month；没有就是长期"`
	Subject     string         `json:"subject" enum:"place,household,person,org"`
	Source      string         `json:"source,omitempty" doc:"数源单位；没有就是村（社区）自己"`
	Share       string         `json:"share" enum:"free,conditional,none"`
	Sensitivity string         `json:"sensitivity" enum:"public,internal,personal,sensitive"`
	Synonyms    []string       `json:"synonyms,omitempty"`
	Theme       string         `json:"theme,omitempty"`
	Grade       string         `json:"grade" doc:"D 是本系统的设置，不是法律规定"`
	From        string         `json:"from" doc:"这个版本从哪一天起"`
}

func elementOf(e collect.Element) Element {
	return Element{e.ID, e.Title, e.En, e.Definition, e.Type, e.Codes, e.Unit, e.Period, e.Subject, e.Source, e.Share, e.Sensitivity, e.Synonyms, e.Theme, e.Grade, string(e.From)}
}

// Match is an element that a field may be, and why.
type Match struct {
	Element string   `json:"element"`
	Title   string   `json:"title"`
	Score   float64  `json:"score" doc:"只用来排先后"`
	Why     []string `json:"why"`
}

// FormField is one field of a form with what the report says of it.
type FormField struct {
	N       int     `json:"n"`
	Label   string  `json:"label"`
	Element string  `json:"element,omitempty"`
	Kind    string  `json:"kind,omitempty" doc:"reuse 已有、share 可以共享、new 要新填；没有就是待确认"`
	Holder  string  `json:"holder,omitempty" doc:"谁掌握"`
	AsOf    string  `json:"asOf,omitempty"`
	Form    string  `json:"form,omitempty" doc:"清单上已经在收的另一张表"`
	Why     string  `json:"why,omitempty"`
	Matches []Match `json:"matches,omitempty" doc:"待确认的栏目：最像的三个"`
}

// CollectForm is a form that a body asks for.
type CollectForm struct {
	ID      string      `json:"id"`
	Asker   *Body       `json:"asker"`
	Title   string      `json:"title"`
	Basis   string      `json:"basis,omitempty"`
	Purpose string      `json:"purpose,omitempty"`
	Level   string      `json:"level" enum:"village,township"`
	Period  string      `json:"period" enum:"year,quarter,month,once"`
	State   string      `json:"state" enum:"draft,checked,refused,listed,ended"`
	Why     string      `json:"why,omitempty" doc:"不准入的原因：obtainable 都能共享取得，duplicate 重复登记"`
	Matter  string      `json:"matter,omitempty" doc:"准入的事项"`
	Seq     int64       `json:"seq"`
	Total   int         `json:"total" doc:"栏目数（分母）"`
	Known   int         `json:"known" doc:"其中已有的（分子）"`
	New     int         `json:"new" doc:"要新填的"`
	Fields  []FormField `json:"fields,omitempty"`
	Notices []string    `json:"notices,omitempty" doc:"刚登记的：文件里没有读取的"`
	Brought string      `json:"brought,omitempty" doc:"刚登记的文件有要改正的行：凭它取标好的表"`
}

type (
	elementsInput struct {
		Theme string `query:"theme" maxLength:"60" doc:"主题"`
		Text  string `query:"q" maxLength:"60" doc:"名称、定义或者同义词里的词"`
	}
	elementsOutput struct{ Body []Element }
	elementInput   struct {
		ID string `path:"id" maxLength:"60"`
	}
	elementOutput struct{ Body []Element }
	matchInput    struct {
		Body struct {
			Fields []MatchField `json:"fields" minItems:"1" maxItems:"400"`
		}
	}
	matchOutput struct{ Body [][]Match }
	formsInput  struct {
		List string `query:"list" enum:"listed" doc:"全县清单；不写就是看得到的"`
	}
	formsOutput struct{ Body []CollectForm }
	formInput   struct {
		ID string `path:"id" maxLength:"60"`
	}
	formOutput  struct{ Body CollectForm }
	bringInput  struct{ Body BringForm }
	decideInput struct {
		ID   string `path:"id" maxLength:"60"`
		Body struct {
			Seq    int64          `json:"seq" doc:"看到的版本"`
			Fields map[int]string `json:"fields" doc:"栏目序号：数据元编号，或者 - 表示都不是"`
		}
	}
	handInInput struct {
		ID   string `path:"id" maxLength:"60"`
		Body struct {
			Class  string `json:"class" enum:"yearly,single,after"`
			Reason string `json:"reason,omitempty" maxLength:"3000"`
		}
	}
)

// MatchField is a field to be matched.
type MatchField struct {
	Label   string   `json:"label" minLength:"1" maxLength:"120"`
	Heading string   `json:"heading,omitempty" maxLength:"120" doc:"上面的标题"`
	Unit    string   `json:"unit,omitempty" maxLength:"20"`
	Samples []string `json:"samples,omitempty" maxItems:"10" doc:"表里的值"`
}

// BringForm is a form as it is registered: a file, or fields typed.
type BringForm struct {
	Title   string   `json:"title,omitempty" maxLength:"80" doc:"不写就用文件里的标题"`
	Basis   string   `json:"basis,omitempty" maxLength:"200"`
	Purpose string   `json:"purpose,omitempty" maxLength:"2000"`
	Level   string   `json:"level" enum:"village,township"`
	Period  string   `json:"period" enum:"year,quarter,month,once"`
	Labels  []string `json:"labels,omitempty" maxItems:"400"`
	Name    string   `json:"name,omitempty" maxLength:"200" doc:"文件名"`
	File    string   `json:"file,omitempty" doc:"xlsx、csv 或者 docx，用 Base64 写"`
}

func (s *server) collecting() {
	add(s, operation{id: "list-elements", method: "GET", path: "/api/v1/collect/elements", tag: "collect", summary: "数据元目录", scope: "matters:read",
		who: "工作人员。", refuses: "没有登录的，请先登录。"}, s.elements)
	add(s, operation{id: "get-element", method: "GET", path: "/api/v1/collect/elements/{id}", tag: "collect", summary: "一个数据元的各个版本", scope: "matters:read", errors: []int{404},
		who: "工作人员。", refuses: "目录里没有的，回答没有找到。"}, s.element)
	add(s, operation{id: "match-fields", method: "POST", path: "/api/v1/collect/match", tag: "collect", summary: "栏目可能是哪些数据元，附理由；什么都不保存", scope: "matters:read", status: 200, errors: []int{422},
		who: "工作人员。", refuses: "没有登录的，请先登录。"}, s.match)
	add(s, operation{id: "list-forms", method: "GET", path: "/api/v1/collect/forms", tag: "collect", summary: "报表", scope: "matters:read",
		who: "工作人员：本单位的表；数据主管部门和社会工作部门看全部。", refuses: "没有登录的，请先登录。"}, s.collectForms)
	add(s, operation{id: "bring-form", method: "POST", path: "/api/v1/collect/forms", tag: "collect", summary: "登记一张表", scope: "matters:write", status: 201, errors: []int{413, 422},
		who: "要表单位的经办人、登记人或者负责人。", refuses: "不能读的文件说明原因和办法；栏目有误的逐项指出。"}, s.bringForm)
	add(s, operation{id: "get-form", method: "GET", path: "/api/v1/collect/forms/{id}", tag: "collect", summary: "一张表和它的重复情况", scope: "matters:read", errors: []int{404},
		who: "看得到这张表的工作人员。", refuses: "看不到的和不存在的，回答完全一样：没有找到。"}, s.collectForm)
	add(s, operation{id: "decide-fields", method: "POST", path: "/api/v1/collect/forms/{id}/fields", tag: "collect", summary: "确认栏目是什么；匹配随之学习", scope: "matters:write", status: 200, errors: []int{404, 409, 412, 422},
		who: "要表的单位。", refuses: "已经交出的不能再改；别人刚改过的，请重新读取。"}, s.decideFields)
	add(s, operation{id: "hand-in-form", method: "POST", path: "/api/v1/collect/forms/{id}/hand-in", tag: "collect", summary: "交出：当场核对，都能取得的和重复的不准入", scope: "matters:write", status: 200, errors: []int{404, 409, 422}, key: true,
		who: "要表的单位。", refuses: "还有栏目没有确认的，说明还差几个。"}, s.handInForm)
}

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *server) elements(ctx context.Context, c caller, in *elementsInput) (*elementsOutput, error) {
	list, _, err := s.desk.Catalogue(ctx, c.Actor, in.Theme, in.Text)
	out := &elementsOutput{Body: []Element{}}
	for _, e := range list {
		out.Body = append(out.Body, elementOf(e))
	}
	return out, err
}

func (s *server) element(ctx context.Context, c caller, in *elementInput) (*elementOutput, error) {
	v, err := s.desk.Element(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	out := &elementOutput{}
	for _, e := range v.Versions {
		out.Body = append(out.Body, elementOf(e))
	}
	return out, nil
}

func matches(l words.Lang, list []collect.Suggestion) []Match {
	out := []Match{}
	for _, x := range list {
		m := Match{Element: x.Element.ID, Title: x.Element.Title, Score: x.Score, Why: []string{}}
		for _, r := range x.Why {
			m.Why = append(m.Why, words.Say(l, r.Text, r.Args...))
		}
		out = append(out, m)
	}
	return out
}

func (s *server) match(ctx context.Context, c caller, in *matchInput) (*matchOutput, error) {
	var asks []collect.Ask
	for _, f := range in.Body.Fields {
		asks = append(asks, collect.Ask{Label: f.Label, Heading: f.Heading, Unit: f.Unit, Samples: f.Samples})
	}
	list, err := s.desk.MatchLabels(ctx, c.Actor, asks)
	if err != nil {
		return nil, err
	}
	out := &matchOutput{Body: [][]Match{}}
	for _, x := range list {
		out.Body = append(out.Body, matches(c.Lang, x))
	}
	return out, nil
}

func formOf(l words.Lang, f collect.Form, asker desk.Body, total, known, fresh int) CollectForm {
	return CollectForm{ID: f.ID, Asker: body(l, asker), Title: f.Title, Basis: f.Basis, Purpose: f.Purpose, Level: f.Level, Period: f.Period, State: f.State, Why: f.Why,
		Matter: f.Matter, Seq: f.Seq, Total: total, Known: known, New: fresh}
}

func (s *server) collectForms(ctx context.Context, c caller, in *formsInput) (*formsOutput, error) {
	list, err := s.desk.FormList(ctx, c.Actor, in.List == "listed")
	out := &formsOutput{Body: []CollectForm{}}
	for _, f := range list {
		out.Body = append(out.Body, formOf(c.Lang, f.Form, f.Asker, f.Total, f.Known, f.New))
	}
	return out, err
}

// shown is a form with its report as the interface tells it.
func shown(l words.Lang, v *desk.FormView) *formOutput {
	f := formOf(l, v.Form, v.Asker, v.Report.Total, v.Report.Known(), v.Report.New)
	for _, x := range v.Report.Lines {
		field := FormField{N: x.Field.N, Label: x.Field.Label, Element: x.Field.Element, Kind: x.Kind, Holder: x.Holder, AsOf: string(x.AsOf), Form: x.Form, Why: words.Say(l, x.Why)}
		if list := v.Suggestions[x.Field.N]; len(list) > 0 {
			field.Matches = matches(l, list)
		}
		f.Fields = append(f.Fields, field)
	}
	return &formOutput{f}
}

func (s *server) collectForm(ctx context.Context, c caller, in *formInput) (*formOutput, error) {
	v, err := s.desk.FormOf(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return shown(c.Lang, v), nil
}

func (s *server) bringForm(ctx context.Context, c caller, in *bringInput) (*formOutput, error) {
	x := desk.FormDraft{Title: in.Body.Title, Basis: in.Body.Basis, Purpose: in.Body.Purpose, Level: in.Body.Level, Period: in.Body.Period, Labels: in.Body.Labels, Name: in.Body.Name}
	var err error
	if x.File, err = base64.StdEncoding.DecodeString(in.Body.File); err != nil {
		return nil, words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("file", "文件要用 Base64 写。")
	}
	f, file, err := s.desk.BringForm(ctx, c.Actor, x)
	if err != nil {
		return nil, err
	}
	out, err := s.collectForm(ctx, c, &formInput{f.ID})
	if err == nil {
		out.Body.Brought = file.Brought
		out.Body.Notices = each(file.Notices, func(n collect.Notice) string { return words.Say(c.Lang, n.Text, n.Args...) })
	}
	return out, err
}

func (s *server) decideFields(ctx context.Context, c caller, in *decideInput) (*formOutput, error) {
	if err := s.desk.DecideFields(ctx, c.Actor, in.ID, in.Body.Seq, in.Body.Fields); err != nil {
		return nil, err
	}
	return s.collectForm(ctx, c, &formInput{in.ID})
}

func (s *server) handInForm(ctx context.Context, c caller, in *handInInput) (*formOutput, error) {
	v, err := s.desk.HandIn(ctx, c.Actor, in.ID, c.token("hand-in", in.ID), in.Body.Class, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return shown(c.Lang, v), nil
}
