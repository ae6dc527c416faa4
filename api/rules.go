package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"jishi/base/words"
	"jishi/work/explain"
	"jishi/work/procedure"
)

// ProcedureLine is one procedure in the list.
type ProcedureLine struct {
	Key   string `json:"key" example:"petition@2022-05-01"`
	ID    string `json:"id"`
	Title string `json:"title"`
	Law   string `json:"law"`
	From  string `json:"from" doc:"从哪一天起适用"`
	To    string `json:"to,omitempty"`
	Hash  string `json:"hash" doc:"规则文件的指纹；改动过的文件是另一个文件"`
}

// Procedure is a procedure as a jurist signed it: states, actions, clocks, each citing its article.
type Procedure struct {
	ProcedureLine
	Classes []Named       `json:"classes"`
	Form    []Field       `json:"form" doc:"提出时要填的各栏"`
	States  []StateRule   `json:"states"`
	Actions []ActionRule  `json:"actions"`
	Clocks  []ClockRule   `json:"clocks"`
	Laws    []CitedByRule `json:"laws" doc:"引用的条款和大意"`
}

// Named is a name with its words.
type Named struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Cite  string `json:"cite,omitempty"`
}

// StateRule is where a matter can stand.
type StateRule struct {
	Named
	Holder   string `json:"holder,omitempty" doc:"下一步由谁办（关系）"`
	Phase    string `json:"phase,omitempty"`
	Final    bool   `json:"final,omitempty"`
	Timeless string `json:"timeless,omitempty" doc:"为什么这里没有期限"`
}

// ActionRule is what can be done, by whom, from where to where.
type ActionRule struct {
	Named
	By     []string `json:"by"`
	From   []string `json:"from"`
	To     string   `json:"to"`
	Needs  []string `json:"needs,omitempty"`
	Asks   []string `json:"asks,omitempty"`
	Letter string   `json:"letter,omitempty"`
	Within string   `json:"within,omitempty" doc:"这个期限届满以后不能再做"`
	Grade  string   `json:"grade,omitempty"`
	Note   string   `json:"note,omitempty"`
}

// ClockRule is an obligation in time.
type ClockRule struct {
	Named
	Limit  string            `json:"limit"`
	By     string            `json:"by,omitempty" doc:"期限随这个栏目（或者类别 class）的回答而定，见 limits"`
	Limits map[string]string `json:"limits,omitempty" doc:"回答：期限"`
	Office string            `json:"office,omitempty" doc:"按工作小时计算的，上班时间"`
	For    string            `json:"for"`
	Starts []string          `json:"starts"`
	Stops  []string          `json:"stops"`
	Upto   string            `json:"upto,omitempty" doc:"最多延长多少"`
	Rolls  bool              `json:"rolls,omitempty" doc:"最后一日是休息日的顺延"`
	Grade  string            `json:"grade,omitempty"`
	Note   string            `json:"note,omitempty"`
}

// CitedByRule is an article that the procedure rests on.
type CitedByRule struct {
	Cite string `json:"cite"`
	Gist string `json:"gist" doc:"大意，不是原文"`
}

type proceduresOutput struct{ Body []ProcedureLine }
type procedureOutput struct{ Body Procedure }

type keyPath struct {
	Key string `path:"key" maxLength:"120" doc:"规则的版本" example:"petition@2022-05-01"`
}

func (s *server) rules() {
	op := func(id, path, summary string) operation {
		return operation{id: id, method: http.MethodGet, path: "/api/v1/procedures" + path, tag: "rules", summary: summary, public: true, errors: []int{404},
			who: "任何人：规则是公开的。", refuses: "没有的回答没有找到。"}
	}
	add(s, op("procedures", "", "全部规则的清单"), s.procedures)
	add(s, op("procedure", "/{key}", "一套规则：状态、操作、期限，各引一条"), s.procedure)
	s.raw(op("drawing", "/{key}/drawing", "画出来的规则，SVG"), func(h *huma.Operation) {
		download("image/svg+xml", "key")(h)
	}, s.drawing)
}

func (s *server) line(l words.Lang, p *procedure.Procedure) ProcedureLine {
	return ProcedureLine{p.Key(), p.ID, pick(l, p.Title, p.En), p.Law, string(p.From), string(p.To), s.desk.Book.Hash(p.Key())}
}

func (s *server) procedures(_ context.Context, c caller, _ *struct{}) (*proceduresOutput, error) {
	return &proceduresOutput{each(s.desk.Book.Procedures(), func(p *procedure.Procedure) ProcedureLine { return s.line(c.Lang, p) })}, nil
}

func (s *server) rule(key string) (*procedure.Procedure, error) {
	p, err := s.desk.Book.ByKey(key)
	if err != nil {
		return nil, words.Refuse(words.NotFound, "no-such-procedure", "没有这套规则。").Try("可以用的见 /api/v1/procedures。")
	}
	return p, nil
}

func (s *server) procedure(_ context.Context, c caller, in *keyPath) (*procedureOutput, error) {
	p, err := s.rule(in.Key)
	if err != nil {
		return nil, err
	}
	v := Procedure{ProcedureLine: s.line(c.Lang, p), Classes: []Named{}, States: []StateRule{}, Clocks: []ClockRule{}, Laws: []CitedByRule{}}
	for _, id := range sorted(p.Classes) {
		x := p.Classes[id]
		v.Classes = append(v.Classes, Named{id, pick(c.Lang, x.Title, x.En), p.Cite(x.Cite)})
	}
	for _, name := range slices.Concat(p.Open.Needs, p.Open.Asks) {
		f := p.Fields[name]
		v.Form = append(v.Form, Field{Name: name, Title: pick(c.Lang, f.Title, f.En), Type: f.Type, Required: slices.Contains(p.Open.Needs, name),
			Help: pick(c.Lang, f.Help, f.HelpEn), Max: f.Max, Min: f.Min, Choices: options(c.Lang, f)})
	}
	for _, id := range sorted(p.States) {
		x := p.States[id]
		v.States = append(v.States, StateRule{Named{id, pick(c.Lang, x.Title, x.En), p.Cite(x.Cite)}, x.Holder, x.Phase, x.Final, x.Timeless})
	}
	v.Actions = each(p.ActionIDs(), func(id string) ActionRule { return actionRule(c.Lang, p, id) })
	v.Clocks = each(p.ClockIDs(), func(id string) ClockRule { return clockRule(c.Lang, p, id) })
	v.Laws = s.cited(c.Lang, p, v)
	return &procedureOutput{v}, nil
}

func options(l words.Lang, f procedure.Field) []Choice {
	order := f.Order
	if len(order) == 0 {
		order = sorted(f.Options)
	}
	var list []Choice
	for _, id := range order {
		list = append(list, Choice{Value: id, Title: pick(l, f.Options[id].Title, f.Options[id].En)})
	}
	return list
}

func actionRule(l words.Lang, p *procedure.Procedure, id string) ActionRule {
	x := p.Actions[id]
	return ActionRule{Named: Named{id, pick(l, x.Title, x.En), p.Cite(x.Cite)}, By: append([]string{}, x.By...), From: append([]string{}, x.From...), To: x.To, Needs: x.Needs, Asks: x.Asks,
		Letter: x.Letter, Within: x.Within, Grade: string(x.Grade), Note: x.Note}
}

func clockRule(l words.Lang, p *procedure.Procedure, id string) ClockRule {
	x := p.Clocks[id]
	v := ClockRule{Named: Named{id, pick(l, x.Title, x.En), p.Cite(x.Cite)}, Limit: x.Limit, By: x.LimitBy, Limits: x.Limits, Office: x.Office.String(), For: x.For, Rolls: x.Rolls, Grade: string(x.Grade),
		Note: pick(l, x.Note, x.NoteEn), Stops: append([]string{}, x.Stops...), Starts: each(x.Starts, func(s procedure.Start) string { return s.On })}
	if x.Extend != nil {
		v.Upto = x.Extend.Upto
	}
	return v
}

// cited are the articles that the parts of the procedure rest on, with their gist.
func (s *server) cited(l words.Lang, p *procedure.Procedure, v Procedure) []CitedByRule {
	gists := map[string]string{}
	note := func(cite string) {
		if a, err := s.desk.Laws.Resolve(cite, p.From); err == nil && cite != "" {
			gists[cite] = a.GistIn(l)
		}
	}
	for _, x := range v.States {
		note(x.Cite)
	}
	for _, x := range v.Actions {
		note(x.Cite)
	}
	for _, x := range v.Clocks {
		note(x.Cite)
	}
	return each(sorted(gists), func(cite string) CitedByRule { return CitedByRule{cite, gists[cite]} })
}

func (s *server) drawing(w http.ResponseWriter, r *http.Request, c caller) error {
	p, err := s.rule(r.PathValue("key"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	_, err = w.Write([]byte(explain.Draw(p, c.Lang)))
	return err
}
