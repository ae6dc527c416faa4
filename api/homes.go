package api

import (
	"context"
	"encoding/base64"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

// TableLine is how far the table of one village is.
type TableLine struct {
	Place   string `json:"place"`
	Body    *Body  `json:"body"`
	Waiting int    `json:"waiting" doc:"要填的格"`
	Open    int    `json:"open" doc:"等着裁定的格"`
}

// CellStory is one cell of a place with everything that was written into it.
type CellStory struct {
	Cell    TableCell `json:"cell"`
	History []Saying  `json:"history" doc:"从早到晚"`
}

// Saying is one value that somebody wrote into a cell.
type Saying struct {
	Event   string    `json:"event"`
	Seq     int64     `json:"seq"`
	Act     string    `json:"act" enum:"fill,confirm,correct,roll,share,import,contest,settle"`
	Outcome string    `json:"outcome" enum:"stands,agrees,contends"`
	Value   string    `json:"value,omitempty" doc:"关于人的，要打开才有"`
	Reason  string    `json:"reason,omitempty"`
	AsOf    string    `json:"asOf,omitempty"`
	Person  string    `json:"person,omitempty"`
	Body    *Body     `json:"body,omitempty"`
	At      time.Time `json:"at"`
	Open    bool      `json:"open" doc:"等着裁定"`
	Due     string    `json:"due,omitempty" doc:"异议最迟哪天要有结果"`
}

// HouseholdLine is one household in a list: no value of anyone.
type HouseholdLine struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	Persons int    `json:"persons"`
	Missing int    `json:"missing" doc:"这张表还缺的格"`
}

// HouseholdList is a page of households for the purpose of one form.
type HouseholdList struct {
	Forms      []RowForm       `json:"forms" doc:"要各户各人信息的表；先选一张，没有目的就不列出人"`
	Households []HouseholdLine `json:"households"`
	Next       string          `json:"next,omitempty" doc:"下一页的 cursor；没有就是最后一页"`
}

// Member is a household or one of its persons with the cells that the purpose needs.
type Member struct {
	ID    string      `json:"id"`
	Kind  string      `json:"kind" enum:"household,person"`
	Label string      `json:"label" doc:"人只有姓"`
	Cells []TableCell `json:"cells"`
}

// Household is one household as far as a form needs it.
type Household struct {
	Form    RowForm  `json:"form"`
	Members []Member `json:"members" doc:"户在前，人在后"`
}

// HeldCell is one thing that a table holds about whoever asks.
type HeldCell struct {
	TableCell
	Asked bool `json:"asked" doc:"已经请求更正，还没有结果"`
}

// HeldLook is one look at what is about whoever asks.
type HeldLook struct {
	At       time.Time `json:"at"`
	Body     *Body     `json:"body"`
	Post     string    `json:"post,omitempty"`
	Reason   string    `json:"reason" doc:"为哪张表，或者为什么"`
	Elements []string  `json:"elements" doc:"看了哪些"`
}

// HeldAbout is what the one table of a village holds about whoever asks.
type HeldAbout struct {
	Place   string     `json:"place"`
	Keeper  *Body      `json:"keeper"`
	Subject string     `json:"subject"`
	Label   string     `json:"label"`
	Cells   []HeldCell `json:"cells"`
	Looks   []HeldLook `json:"looks" doc:"谁看过"`
}

type (
	tablesOutput struct{ Body []TableLine }
	cellInput    struct {
		Place   string `path:"place" pattern:"^[0-9]{12}$" doc:"村（社区）的12位代码"`
		Element string `query:"element" required:"true" maxLength:"80"`
		Period  string `query:"period" maxLength:"10"`
	}
	cellOutput struct{ Body CellStory }
	homesInput struct {
		Place  string `path:"place" pattern:"^[0-9]{12}$" doc:"村（社区）的12位代码"`
		Form   string `query:"form" maxLength:"60" doc:"为哪张表"`
		Cursor string `query:"cursor" maxLength:"400" doc:"上一页的 next"`
	}
	homesOutput struct{ Body HouseholdList }
	homeInput   struct {
		Place string `path:"place" pattern:"^[0-9]{12}$" doc:"村（社区）的12位代码"`
		ID    string `path:"id" maxLength:"60"`
		Body  struct {
			Form string `json:"form" minLength:"1" maxLength:"60" doc:"为哪张表：只打开它需要的栏目"`
		}
	}
	homeOutput   struct{ Body Household }
	heldOutput   struct{ Body []HeldAbout }
	correctInput struct {
		Key  string `header:"Idempotency-Key" minLength:"16" maxLength:"200"`
		Body struct {
			Place   string `json:"place" maxLength:"12"`
			Subject string `json:"subject" maxLength:"60"`
			Element string `json:"element" maxLength:"80"`
			Period  string `json:"period,omitempty" maxLength:"10"`
			Value   string `json:"value" maxLength:"2000" doc:"应当是什么"`
			Reason  string `json:"reason" maxLength:"2000" doc:"为什么，例如依据哪份材料"`
			Base    int64  `json:"base" doc:"看到的 seq"`
		}
	}
)

// homes are the tables as those who keep them go through them, and as those read them whom they are about.
func (s *server) homes() {
	inside := "本村和所属乡镇的工作人员。"
	add(s, operation{id: "tables", method: "GET", path: "/api/v1/tables", tag: "table", summary: "由我填的各村的表，各有多少等着填、等着裁定", scope: "table",
		who: inside, refuses: "没有由您填的，是空的。"}, s.tables)
	add(s, operation{id: "table-cell", method: "GET", path: "/api/v1/tables/{place}/cell", tag: "table", summary: "一格的来历：谁写过什么", scope: "table", errors: []int{404, 422},
		who: "本村和所属乡镇的工作人员；县里的领导和督办人员只看关于村的。", refuses: "关于人的、不能查看的，都回答没有这张表。"}, s.cellStory)
	add(s, operation{id: "households", method: "GET", path: "/api/v1/tables/{place}/households", tag: "table", summary: "一张表还缺各户的几格；没有任何人的信息", scope: "table", errors: []int{404, 422},
		who: inside, refuses: "没有选表的，只列出可以选的表。"}, s.households)
	add(s, operation{id: "household", method: "POST", path: "/api/v1/tables/{place}/households/{id}", tag: "table", summary: "为一张表打开一户：只有它需要的栏目，先记下谁看了、为什么", scope: "table", status: 200, errors: []int{404, 415, 422},
		who: inside, refuses: "不需要各户各人信息的表，不能打开；别的村的户，回答没有找到。", pointer: func(string) string { return "#/form" }}, s.household)
	add(s, operation{id: "held", method: "GET", path: "/api/v1/personal-information/table", tag: "people", summary: "一张表里关于我的：每格从哪里来，谁看过", scope: "matters:read",
		who: "用手机号码登录的人，只看得到自己的。", refuses: "工作人员和没有登录的，请先登录。"}, s.held)
	add(s, operation{id: "held-correct", method: "POST", path: "/api/v1/personal-information/table/corrections", tag: "people", summary: "请求更正一张表里关于我的一格", scope: "matters:write", status: 204, key: true, errors: []int{404, 415, 422},
		who: "用手机号码登录的人，只看得到自己的。", refuses: "不是关于自己的，回答没有找到；没有写理由的，指出来。", pointer: func(f string) string { return "#/" + cellField(f) }}, s.heldCorrect)
}

// cellField is what the interface calls a field of a cell: the desk calls the value v.
func cellField(field string) string {
	if field == "v" {
		return "value"
	}
	return field
}

func (s *server) tables(ctx context.Context, c caller, _ *struct{}) (*tablesOutput, error) {
	list, err := s.desk.TableStates(ctx, c.Actor)
	return &tablesOutput{each(list, func(t desk.TableState) TableLine { return TableLine{t.Place, body(c.Lang, t.Body), t.Waiting, t.Open} })}, err
}

func saying(c caller, x desk.Saying) Saying {
	return Saying{x.ID, x.Seq, string(x.Act), string(x.Outcome), x.Shown, x.Reason, string(x.AsOf), x.Person, body(c.Lang, x.Body), here(x.At), x.Open, string(x.Due)}
}

func (s *server) cellStory(ctx context.Context, c caller, in *cellInput) (*cellOutput, error) {
	slot, history, err := s.desk.CellHistory(ctx, c.Actor, in.Place, in.Element, in.Period)
	if err != nil {
		return nil, err
	}
	return &cellOutput{CellStory{tableCell(c.Lang, slot), each(history, func(x desk.Saying) Saying { return saying(c, x) })}}, nil
}

func rowForm(c caller, f desk.AskedBy) RowForm {
	return RowForm{f.ID, f.Title, body(c.Lang, f.Body), f.Purpose}
}

func (s *server) households(ctx context.Context, c caller, in *homesInput) (*homesOutput, error) {
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil {
		return nil, words.Refuse(words.Invalid, "cursor", "翻页的位置不对，请从第一页重新看起。")
	}
	h, err := s.desk.Homes(ctx, c.Actor, in.Place, in.Form, string(after))
	if err != nil {
		return nil, err
	}
	return &homesOutput{HouseholdList{Forms: each(h.Forms, func(f desk.AskedBy) RowForm { return rowForm(c, f) }),
		Households: each(h.Rows, func(r desk.HomeRow) HouseholdLine { return HouseholdLine{r.ID, r.Label, r.Persons, r.Missing} }),
		Next:       base64.RawURLEncoding.EncodeToString([]byte(h.Next))}}, nil
}

func (s *server) household(ctx context.Context, c caller, in *homeInput) (*homeOutput, error) {
	h, err := s.desk.Home(ctx, c.Actor, in.Place, in.ID, in.Body.Form)
	if err != nil {
		return nil, err
	}
	return &homeOutput{Household{rowForm(c, h.Form), each(h.Members, func(m desk.Member) Member {
		return Member{m.ID, m.Kind, m.Label, each(m.Slots, func(x desk.Slot) TableCell { return tableCell(c.Lang, x) })}
	})}}, nil
}

func (s *server) held(ctx context.Context, c caller, _ *struct{}) (*heldOutput, error) {
	list, err := s.desk.HeldAbout(ctx, c.Actor)
	return &heldOutput{each(list, func(h desk.Held) HeldAbout {
		return HeldAbout{h.Place, body(c.Lang, h.Keeper), h.Subject.ID, h.Subject.Label,
			each(h.Slots, func(x desk.Slot) HeldCell { return HeldCell{tableCell(c.Lang, x), h.Open[x.Element.ID]} }),
			each(h.Looks, func(l desk.Looked) HeldLook {
				return HeldLook{here(l.At), body(c.Lang, l.Body), l.Post, l.Reason, l.Titles}
			})}
	})}, err
}

func (s *server) heldCorrect(ctx context.Context, c caller, in *correctInput) (*struct{}, error) {
	x := in.Body
	return nil, s.desk.AskCorrection(ctx, c.Actor, x.Place, x.Subject, desk.Writing{Token: c.token("held-correct", x.Subject, x.Element), Element: x.Element, Period: x.Period, Value: x.Value, Reason: x.Reason, Base: x.Base})
}
