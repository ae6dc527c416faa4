package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jishi/base/stream"
	"jishi/base/words"
	"jishi/desk"
)

// Whistle is one whistle with as much of it as its reader may see.
type Whistle struct {
	ID         string    `json:"id"`
	Number     string    `json:"number"`
	Title      string    `json:"title"`
	What       string    `json:"what"`
	Class      string    `json:"class"`
	Kind       string    `json:"kind,omitempty" doc:"哨的种类，地方规则写明的才有"`
	State      string    `json:"state"`
	StateTitle string    `json:"stateTitle"`
	Seq        int       `json:"seq" doc:"办理到第几步；也是 ETag"`
	Street     *Body     `json:"street,omitempty"`
	District   *Body     `json:"district,omitempty"`
	Lead       *Body     `json:"lead,omitempty" doc:"牵头部门"`
	Place      string    `json:"place"`
	Spot       string    `json:"spot,omitempty"`
	Opened     time.Time `json:"opened"`
	Confirmed  bool      `json:"confirmed" doc:"街乡已确认处理好了"`
	Rebound    bool      `json:"rebound" doc:"三十日内又吹同一件"`
	Reports    []Report  `json:"reports" doc:"各部门的报到任务，只有看得到的"`
	Refusals   []Refusal `json:"refusals" doc:"拒不报到、没有来人，已经报区政府的"`
}

// Report is one department's task.
type Report struct {
	ID         string     `json:"id"`
	Number     string     `json:"number"`
	Body       *Body      `json:"body,omitempty"`
	State      string     `json:"state"`
	StateTitle string     `json:"stateTitle"`
	Seq        int        `json:"seq"`
	Officer    string     `json:"officer,omitempty"`
	Lead       bool       `json:"lead"`
	Next       *Clock     `json:"next,omitempty" doc:"最先届满的期限；规则没有数字的没有"`
	Late       []Lateness `json:"late,omitempty" doc:"晚到、晚签，发生时就定下来，以后不改"`
	ArrivedAt  string     `json:"arrivedAt,omitempty" doc:"到场时间，照填写的"`
	Place      string     `json:"place,omitempty" doc:"到场地点"`
	Who        string     `json:"who,omitempty" doc:"到场人"`
	Result     string     `json:"result,omitempty"`
	Score      string     `json:"score,omitempty" doc:"街乡的评价"`
	Ended      bool       `json:"ended"`
}

// Refusal is a refusal or a no-show that went up to the district.
type Refusal struct {
	ID         string `json:"id"`
	Number     string `json:"number"`
	Body       *Body  `json:"body,omitempty"`
	Reason     string `json:"reason"`
	State      string `json:"state"`
	StateTitle string `json:"stateTitle"`
	Ended      bool   `json:"ended"`
}

// Board is one body's whistles.
type Board struct {
	Body     *Body     `json:"body,omitempty"`
	At       time.Time `json:"at"`
	Whistles []Whistle `json:"whistles"`
}

// BoardUpdate is one event of an open board.
type BoardUpdate struct {
	All      bool      `json:"all" doc:"是不是整块板：是的，没有列出的就不在板上了"`
	At       time.Time `json:"at"`
	Whistles []Whistle `json:"whistles" doc:"有变化的"`
	Gone     []string  `json:"gone" doc:"不在板上了的，或者不再看得到的"`
}

// Alike is an earlier whistle at the same place.
type Alike struct {
	Open    bool    `json:"open" doc:"没有办结：加到那一件里，不再吹；否则是三十日内确认过的，再吹记为反弹"`
	Whistle Whistle `json:"whistle"`
}

type boardOutput struct{ Body Board }

type alikeInput struct {
	Place string `query:"place" required:"true" pattern:"^[0-9]{12}$" doc:"区划代码"`
}

type alikeOutput struct{ Body []Alike }

func (s *server) whistles() {
	staff := "工作人员，按现在代表的机关；看不到的不在里面。"
	board := operation{id: "whistle-board", method: "GET", path: "/api/v1/whistles", tag: "whistles", summary: "本机关的哨：街乡吹的、叫到本部门的、报到区政府的", scope: "matters:read",
		who: staff, refuses: "没有登录的回答401。"}
	add(s, board, s.board)
	alike := operation{id: "whistles-alike", method: "GET", path: "/api/v1/whistles/alike", tag: "whistles", summary: "这个地方没有办结的，或者三十日内确认过的哨：吹哨以前先看", scope: "matters:read",
		who: staff, refuses: "没有登录的回答401。", errors: []int{422}}
	add(s, alike, s.alike)
	live := operation{id: "whistle-board-live", method: "GET", path: "/api/v1/whistles/live", tag: "whistles", summary: "同一块板，有变化就送来（server-sent events，事件 board）", scope: "matters:read",
		who: staff, refuses: "会话结束，或者换了代表的机关，就送来事件 out 并断开；断线后重新打开，先得到整块板。"}
	s.raw(live, func(h *huma.Operation) {
		shape := s.huma.OpenAPI().Components.Schemas.Schema(typeOf[BoardUpdate](), true, "BoardUpdate")
		h.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: shape}}}
	}, s.liveBoard)
}

func (s *server) board(ctx context.Context, c caller, _ *struct{}) (*boardOutput, error) {
	b, err := s.desk.Board(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	return &boardOutput{Board{body(c.Lang, b.Body), here(b.At), each(b.Whistles, func(w desk.Whistle) Whistle { return whistle(c.Lang, w) })}}, nil
}

func (s *server) alike(ctx context.Context, c caller, in *alikeInput) (*alikeOutput, error) {
	list, err := s.desk.Whistled(ctx, c.Actor, in.Place)
	if err != nil {
		return nil, err
	}
	return &alikeOutput{each(list, func(a desk.Alike) Alike { return Alike{a.Open, whistle(c.Lang, a.Whistle)} })}, nil
}

// liveBoard asks anew, before each event, who the caller still is: a session that ended shows nothing more.
func (s *server) liveBoard(w http.ResponseWriter, r *http.Request, c caller) error {
	watch, err := s.desk.Live.Watch(r.Context(), c.Actor)
	if err != nil {
		return err
	}
	defer watch.Close()
	out := stream.Open(w)
	u := watch.All(c.Actor)
	for {
		var data bytes.Buffer
		err := marshal(&data, BoardUpdate{u.All, here(u.At), each(u.Whistles, func(x desk.Whistle) Whistle { return whistle(c.Lang, x) }), each(u.Gone, func(id string) string { return id })})
		if err != nil || out.Send("board", bytes.TrimSpace(data.Bytes())) != nil {
			return nil // the reader left: nobody waits for an answer
		}
		full, ok := watch.Wait(r.Context())
		if !ok {
			return nil
		}
		who, err := Authenticate(s.desk, r, s.opt.Cookie)
		if r, refused := words.AsRefusal(err); refused && r.Kind == words.SignIn || err == nil && who.Acting != watch.Body {
			out.Send("out", nil)
		}
		if err != nil || who.Acting != watch.Body {
			return nil
		}
		u = watch.Next(who, full)
	}
}

func whistle(l words.Lang, w desk.Whistle) Whistle {
	return Whistle{ID: w.ID, Number: w.Number, Title: w.Title, What: w.What, Class: pick(l, w.Class, w.ClassEn), Kind: pick(l, w.Kind, w.KindEn),
		State: w.State, StateTitle: pick(l, w.StateTitle, w.StateEn), Seq: w.Seq, Street: body(l, w.Street), District: body(l, w.District), Lead: body(l, w.Lead),
		Place: w.Place, Spot: w.Spot, Opened: here(w.Opened), Confirmed: w.Confirmed, Rebound: w.Rebound,
		Reports:  each(w.Reports, func(r desk.Report) Report { return report(l, r) }),
		Refusals: each(w.Refusals, func(r desk.Refusal) Refusal { return refusal(l, r) })}
}

func report(l words.Lang, r desk.Report) Report {
	v := Report{ID: r.ID, Number: r.Number, Body: body(l, r.Body), State: r.State, StateTitle: pick(l, r.StateTitle, r.StateEn), Seq: r.Seq, Officer: r.Officer,
		Lead: r.Lead, ArrivedAt: r.ArrivedAt, Place: r.ArrivedPlace, Who: r.ArrivedWho, Result: r.Result, Score: pick(l, r.Score, r.ScoreEn), Ended: r.Ended}
	if r.Clock != nil {
		c := clock(l, *r.Clock, false)
		v.Next = &c
	}
	for _, x := range r.Late {
		v.Late = append(v.Late, Lateness{pick(l, x.Title, x.En), string(x.Day), x.Days, x.Minutes, x.Cite})
	}
	return v
}

func refusal(l words.Lang, r desk.Refusal) Refusal {
	return Refusal{r.ID, r.Number, body(l, r.Body), r.Reason, r.State, pick(l, r.StateTitle, r.StateEn), r.Ended}
}
