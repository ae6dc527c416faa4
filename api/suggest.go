package api

import (
	"context"
	"net/http"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

// PublicCall is a call for suggestions as anyone may read it.
type PublicCall struct {
	Number      string     `json:"number"`
	Title       string     `json:"title" doc:"议题"`
	Kind        string     `json:"kind" doc:"议题类别"`
	Body        *Body      `json:"body" doc:"征集机关"`
	Place       []string   `json:"place"`
	State       string     `json:"state" enum:"open,closed,told"`
	StateTitle  string     `json:"stateTitle"`
	Explanation string     `json:"explanation"`
	How         string     `json:"how" doc:"怎样提出"`
	Published   time.Time  `json:"published"`
	Period      Clock      `json:"period" doc:"征集期限，怎样算的"`
	Outcome     string     `json:"outcome,omitempty" doc:"征集结果"`
	Told        *time.Time `json:"told,omitempty" doc:"结果公布的时间"`
	Updates     []DatedAt  `json:"updates"`
	Feedback    *Clock     `json:"feedback,omitempty" doc:"公布结果的期限"`
	Tally       CallTally  `json:"tally" doc:"收到的建议后来怎样了；数的是建议，不是人"`
}

// CallTally is what came of a call.
type CallTally struct {
	Received   int `json:"received"`
	Waiting    int `json:"waiting"`
	Adopted    int `json:"adopted"`
	CarriedOut int `json:"carriedOut"`
	Declined   int `json:"declined"`
}

// DatedAt is a text with the time at which it was said.
type DatedAt struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// PublicSuggestion is a suggestion as anyone may read it. Who proposed it is told only where they asked for it and were verified.
type PublicSuggestion struct {
	Number     string     `json:"number"`
	Title      string     `json:"title"`
	Text       string     `json:"text"`
	Kind       string     `json:"kind,omitempty" doc:"领域"`
	Body       *Body      `json:"body" doc:"承办机关"`
	Place      []string   `json:"place"`
	Call       string     `json:"call,omitempty" doc:"响应的征集的编号"`
	Opened     time.Time  `json:"opened"`
	State      string     `json:"state"`
	StateTitle string     `json:"stateTitle"`
	Outcome    string     `json:"outcome,omitempty" doc:"adopted 采纳，partly 部分采纳，no 不采纳，reference 留作参考，converted 已经落实，not-carried-out 采纳后未能落实；还在研究的没有"`
	Decided    *time.Time `json:"decided,omitempty"`
	Grounds    string     `json:"grounds,omitempty" doc:"决定的理由"`
	Measures   string     `json:"measures,omitempty" doc:"下一步怎么做"`
	Progress   []DatedAt  `json:"progress" doc:"落实进展"`
	How        string     `json:"how,omitempty" doc:"转化成了什么"`
	Changed    string     `json:"changed,omitempty" doc:"改变了什么"`
	ChangedOn  string     `json:"changedOn,omitempty"`
	Why        string     `json:"why,omitempty" doc:"为什么没有落实"`
	Thanks     string     `json:"thanks,omitempty" doc:"感谢信"`
	Authors    int        `json:"authors" doc:"提出的人数"`
	Names      []string   `json:"names" doc:"署名：本人要求并且核实过的"`
	Joinable   bool       `json:"joinable" doc:"可以加入：提交时 with 写 linked（编号）和 join（yes）"`
	Likeness   float64    `json:"likeness,omitempty" doc:"与所写的有多像，0到1"`
}

// SuggestionPage is part of the public suggestions.
type SuggestionPage struct {
	Rows []PublicSuggestion `json:"rows"`
	Next string             `json:"next,omitempty"`
}

type (
	publicCallsOutput struct {
		Body struct {
			Rows []PublicCall `json:"rows"`
		}
	}
	publicCallOutput struct{ Body PublicCall }
	suggestionOutput struct{ Body PublicSuggestion }
	suggestionsOut   struct{ Body SuggestionPage }
	numberInput      struct {
		Number string `path:"number" maxLength:"60"`
	}
	suggestionsInput struct {
		Outcome string `query:"outcome" enum:"converted,adopted,declined,waiting" doc:"只看一类；declined 含采纳后未能落实的"`
		Call    string `query:"call" maxLength:"60" doc:"只看响应这次征集的"`
		Cursor  string `query:"cursor" maxLength:"100"`
		Limit   int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}
	alikeIdeasInput struct {
		Title string `query:"title" required:"true" maxLength:"60" doc:"正在写的题目"`
		Text  string `query:"text" maxLength:"500" doc:"正在写的内容的开头"`
	}
)

func (s *server) suggesting() {
	public := func(id, path, summary string, errors ...int) operation {
		return operation{id: id, method: http.MethodGet, path: "/api/v1" + path, tag: "suggestions", summary: summary, public: true, errors: errors,
			who: "任何人都可以看，不用登录。", refuses: "不是公开的，不论有没有，都回答404。"}
	}
	add(s, public("suggestion-calls", "/suggestion-calls", "人民建议的专项征集：正在征集的在前"), s.openCalls)
	add(s, public("suggestion-call", "/suggestion-calls/{number}", "一次专项征集：议题、期限、结果", 404), s.oneCall)
	add(s, public("suggestions", "/suggestions", "公开的建议和后来怎样了，有新消息的在前", 404, 422), s.suggestions)
	add(s, public("suggestion", "/suggestions/{number}", "一条公开的建议：决定、理由、落实到哪一步", 404), s.suggestion)
	add(s, public("alike-suggestions", "/suggestions/alike", "与正在写的建议相像的公开建议，可以加入", 422), s.alikeIdeas)
}

func (s *server) openCalls(ctx context.Context, c caller, _ *struct{}) (*publicCallsOutput, error) {
	list, err := s.desk.Calls(ctx)
	out := &publicCallsOutput{}
	out.Body.Rows = each(list, func(x desk.PublicCall) PublicCall { return publicCall(c.Lang, x) })
	return out, err
}

func (s *server) oneCall(ctx context.Context, c caller, in *numberInput) (*publicCallOutput, error) {
	x, err := s.desk.Call(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	return &publicCallOutput{publicCall(c.Lang, x)}, nil
}

func (s *server) suggestions(ctx context.Context, c caller, in *suggestionsInput) (*suggestionsOut, error) {
	list, next, err := s.desk.Ideas(ctx, desk.IdeaFilter{Outcome: in.Outcome, Call: in.Call, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &suggestionsOut{SuggestionPage{Rows: each(list, func(x desk.Idea) PublicSuggestion { return publicSuggestion(c.Lang, x) }), Next: next}}, nil
}

func (s *server) suggestion(ctx context.Context, c caller, in *numberInput) (*suggestionOutput, error) {
	x, err := s.desk.Idea(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	return &suggestionOutput{publicSuggestion(c.Lang, x)}, nil
}

func (s *server) alikeIdeas(ctx context.Context, c caller, in *alikeIdeasInput) (*suggestionsOut, error) {
	list, err := s.desk.AlikeIdeas(ctx, in.Title, in.Text)
	if err != nil {
		return nil, err
	}
	return &suggestionsOut{SuggestionPage{Rows: each(list, func(x desk.Idea) PublicSuggestion { return publicSuggestion(c.Lang, x) })}}, nil
}

func publicCall(l words.Lang, x desk.PublicCall) PublicCall {
	v := PublicCall{Number: x.Number, Title: x.Title, Kind: pick(l, x.ClassTitle, x.ClassEn), Body: body(l, x.Body), Place: append([]string{}, x.Place...), State: x.State,
		StateTitle: pick(l, x.StateTitle, x.StateEn), Explanation: x.Explanation, How: x.How, Published: x.Published, Period: clock(l, x.Period, true),
		Outcome: x.Outcome, Told: moment(x.Told), Updates: each(x.Updates, dated), Tally: CallTally{x.Tally.Received, x.Tally.Waiting, x.Tally.Adopted, x.Tally.CarriedOut, x.Tally.Declined}}
	if x.Feedback != nil {
		feedback := clock(l, *x.Feedback, true)
		v.Feedback = &feedback
	}
	return v
}

func publicSuggestion(l words.Lang, x desk.Idea) PublicSuggestion {
	return PublicSuggestion{Number: x.Number, Title: x.Title, Text: x.Text, Kind: pick(l, x.Kind, x.KindEn), Body: body(l, x.Body), Place: append([]string{}, x.Place...), Call: x.Call,
		Opened: x.Opened, State: x.State, StateTitle: pick(l, x.StateTitle, x.StateEn), Outcome: x.Outcome, Decided: moment(x.Decided), Grounds: x.Grounds, Measures: x.Measures,
		Progress: each(x.Progress, dated), How: pick(l, x.How, x.HowEn), Changed: x.Changed, ChangedOn: string(x.ChangedOn), Why: x.Why, Thanks: x.Thanks,
		Authors: x.Authors, Names: append([]string{}, x.Names...), Joinable: x.Joinable, Likeness: x.Likeness}
}

func dated(x desk.Dated) DatedAt { return DatedAt{x.At, x.Text} }
