package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// The procedures of a street's whistle: the whistle, one task for each department, and what went up to the district.
const (
	WhistleID = "whistle"
	ReportID  = "whistle-task"
	RefusalID = "whistle-refusal"
)

// Whistle is one whistle on a board, with as much of it as its reader may see.
type Whistle struct {
	ID, Number, Title, What     string
	Class, ClassEn              string
	Kind, KindEn                string // of the place's own rules, "" where they name none
	State, StateTitle, StateEn  string
	Street, District, Lead      Body
	Place, Spot                 string
	Opened                      time.Time
	Seq                         int
	Files                       int
	Confirmed, Rebound, Refused bool // confirmed by the street; the same problem within 30 days; a department refused or stayed away
	Ended                       bool
	Reports                     []Report
	Refusals                    []Refusal
	Mark                        string // two readers with the same mark see the same
}

// Report is one department's task.
type Report struct {
	ID, Number, Whistle        string
	Body                       Body
	State, StateTitle, StateEn string
	Officer                    string
	Seq                        int
	Lead                       bool
	Clock                      *Clock     // the running limit that is over first; nil where the rules give no number
	Late                       []Lateness // frozen when it happened
	Signed                     time.Time
	ArrivedAt, ArrivedPlace    string // as the department or the street wrote them
	ArrivedWho                 string
	Result, Score              string
	ScoreEn                    string
	Ended                      bool
}

// Refusal is a refusal or a no-show that went up to the district.
type Refusal struct {
	ID, Number, Whistle                string
	Body                               Body
	Reason, State, StateTitle, StateEn string
	Opened                             time.Time
	Heard, Ended                       bool
}

// Board is what one body sees of whistles: its own, those it was called to, those of its district.
type Board struct {
	Body     Body
	At       time.Time
	Whistles []Whistle
}

// Board is the board of the body for which the actor acts, open whistles first and the newest first among them. Any
// member of staff may ask; what they may not see is not there.
func (d *Desk) Board(ctx context.Context, who actor.Actor) (Board, error) {
	if who.Kind != actor.Staff {
		return Board{}, signIn()
	}
	w := d.Live.wall(who.Acting)
	if err := w.load(ctx); err != nil {
		return Board{}, fmt.Errorf("desk.Board: %w", err)
	}
	return w.board(who), nil
}

// whistle is the part of a card that does not depend on the reader.
func (d *Desk) whistle(ctx context.Context, m *matter.Matter) Whistle {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return Whistle{ID: m.ID, Number: m.Number}
	}
	state, class, kind := p.States[m.State], p.Classes[m.Class], p.Fields["kind"].Options[m.Fields["kind"]]
	return Whistle{ID: m.ID, Number: m.Number, Title: d.title(m), What: d.bare(m.Fields["what"]), Class: class.Title, ClassEn: class.En,
		Kind: kind.Title, KindEn: kind.En, State: m.State, StateTitle: state.Title, StateEn: state.En, Street: d.Body(m.Org("street")),
		District: d.Body(m.Org("district")), Lead: d.Body(m.Org("lead")), Place: lastName(d.path(ctx, m.Fields["place"])),
		Spot: d.bare(m.Fields["spot"]), Opened: time.UnixMilli(m.Opened), Seq: m.Seq, Files: len(m.Files), Ended: m.Ended,
		Confirmed: m.Flags["confirmed"] != "", Rebound: m.Flags["rebound"] != "", Refused: m.Flags["refused"] != ""}
}

// report is a department's task with its light.
func (d *Desk) report(m *matter.Matter, now time.Time) Report {
	r := Report{ID: m.ID, Number: m.Number, Body: d.Body(m.Org("department")), State: m.State, Seq: m.Seq, Ended: m.Ended}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return r
	}
	r.StateTitle, r.StateEn = p.States[m.State].Title, p.States[m.State].En
	r.Whistle = openedFrom(m)
	if officers := m.Parties["officer"]; len(officers) > 0 {
		r.Officer = d.Offices.Name(officers[0].Person)
	}
	r.ArrivedAt, r.ArrivedPlace, r.ArrivedWho = strings.Replace(m.Fields["arrived_at"], "T", " ", 1), d.bare(m.Fields["arrived_place"]), d.bare(m.Fields["arrived_who"])
	r.Result = d.bare(m.Fields["result"])
	if o, ok := p.Fields["score"].Options[m.Fields["score"]]; ok {
		r.Score, r.ScoreEn = o.Title, o.En
	}
	for _, c := range m.Clocks {
		if c.ID == "sign" && c.Stopped != 0 {
			r.Signed = time.UnixMilli(c.Stopped)
		}
		if late, ok := lateBy(p, c); ok {
			r.Late = append(r.Late, late)
		}
	}
	if c, ok := m.Next(); ok && !m.Ended {
		clock := d.clock(p, c, now)
		clock.How = nil
		r.Clock = &clock
	}
	return r
}

// lateBy is by how much a clock was late when it stopped.
func lateBy(p *procedure.Procedure, c matter.Clock) (Lateness, bool) {
	if c.Stopped == 0 || c.Day == "" || c.Stopped < c.Due {
		return Lateness{}, false
	}
	rule := p.Clocks[c.ID]
	l := Lateness{Title: rule.Title, En: rule.En, Day: c.Day, Cite: p.Cite(rule.Cite)}
	l.Days = calendar.DayOf(time.UnixMilli(c.Stopped)).Sub(c.Day)
	if c.Exact() {
		l.Minutes = int((c.Stopped - c.Due) / 60_000)
		l.Days = l.Minutes / (24 * 60)
	}
	return l, true
}

func (d *Desk) refusal(m *matter.Matter, whistle string) Refusal {
	r := Refusal{ID: m.ID, Number: m.Number, Whistle: whistle, Body: d.Body(m.Org("department")), Reason: d.bare(m.Fields["reason"]), State: m.State,
		Opened: time.UnixMilli(m.Opened), Heard: m.Flags["heard"] != "", Ended: m.Ended}
	if p, err := d.Book.ByKey(m.Version); err == nil {
		r.StateTitle, r.StateEn = p.States[m.State].Title, p.States[m.State].En
	}
	return r
}

func openedFrom(m *matter.Matter) string {
	for _, l := range m.Links {
		if l.Kind == matter.OpenedFrom {
			return l.Matter
		}
	}
	return ""
}

// WhistleForm is what blowing a whistle asks of the actor: the form, the places of their own street, the limits that
// the place's rules give for each sort, and the departments near and far.
type WhistleForm struct {
	Form
	Street    Body
	Places    []Choice
	Limits    []WhistleLimit // none where the rules give no number
	Near, Far []Choice       // of the county; of the places above, for joint enforcement
	Shorts    map[string]string
	Said      map[string]string // what the matter behind it says already
	Sealed    bool              // that matter is sealed: nothing of it may stay on a telephone
}

// WhistleLimit is one limit of a department's task.
type WhistleLimit struct {
	Title, En    string
	Kind         string // the sort of whistle it is for; "" for all
	Limit        string
	Cite         string
	Grade        procedure.Grade
	Note, NoteEn string
}

// MayBlow refuses who may not blow a whistle here, and says who may.
func (d *Desk) MayBlow(who actor.Actor) error {
	p, err := d.Book.Procedure(WhistleID, d.Today(), d.Profile)
	if err != nil {
		return err
	}
	if who.Kind != actor.Staff || !d.Matters.May(who, d.blank(p), p.Open.By) {
		return words.Refuse(words.Forbidden, "not-yours", "您现在的身份不能提出这类事项。")
	}
	return d.Matters.MayInitiate(who, p)
}

// WhistleForm is the form for the actor's street, filled with what the matter of the number says where the actor may
// see it. It refuses who may not blow, and says who may.
func (d *Desk) WhistleForm(ctx context.Context, who actor.Actor, behind string) (WhistleForm, error) {
	f, err := d.Form(who, WhistleID)
	if err != nil {
		return WhistleForm{}, err
	}
	street := d.streetOf(who.Acting)
	v := WhistleForm{Form: f, Street: d.Body(street.ID)}
	places, err := d.Places.Children(ctx, street.Division)
	if err != nil {
		return v, fmt.Errorf("desk.WhistleForm: %w", err)
	}
	for _, p := range places {
		if p.On(d.Today()) {
			v.Places = append(v.Places, Choice{Value: p.Code, Title: p.Name})
		}
	}
	v.Places = append(v.Places, Choice{Value: street.Division, Title: street.Label(), Why: "整个街乡", WhyEn: "the whole area"})
	for _, q := range f.Fields {
		if q.Name == "targets" {
			v.Near, v.Far = d.nearAndFar(street, q.Choices)
			v.Shorts = map[string]string{}
			for _, c := range q.Choices {
				v.Shorts[c.Value] = d.Body(c.Value).Short
			}
		}
	}
	v.Limits = d.whistleLimits()
	if behind == "" {
		return v, nil
	}
	if m, err := d.Matters.ByNumber(ctx, d.DB, behind); err == nil {
		v.Sealed = m.Sealed
	}
	v.Said, err = d.Prefill(ctx, who, f, behind)
	return v, err
}

// streetOf is the street or township of the body: itself, or the nearest above.
func (d *Desk) streetOf(body string) org.Org {
	tree := d.Offices.Tree()
	own, _ := tree.Get(body)
	for _, id := range append([]string{body}, tree.Above(body)...) {
		if o, ok := tree.Get(id); ok && o.Kind == org.StreetTownship {
			return o
		}
	}
	return own
}

func (d *Desk) nearAndFar(street org.Org, list []Choice) (near, far []Choice) {
	county := street.Division[:min(6, len(street.Division))]
	for _, c := range list {
		if o, ok := d.Offices.Tree().Get(c.Value); ok && strings.HasPrefix(o.Division, county) {
			near = append(near, c)
		} else {
			far = append(far, c)
		}
	}
	return near, far
}

// whistleLimits are the limits in the order in which they come: sign, contact, arrive, finish. What the law leaves
// without a number is not among them.
func (d *Desk) whistleLimits() []WhistleLimit {
	p, err := d.Book.Procedure(ReportID, d.Today(), d.Profile)
	if err != nil {
		return nil
	}
	var list []WhistleLimit
	for _, id := range []string{"sign", "contact", "arrive", "finish"} {
		c := p.Clocks[id]
		add := func(kind, limit string) {
			if _, err := calendar.ParsePeriod(limit); err == nil || strings.HasPrefix(limit, "field:") {
				list = append(list, WhistleLimit{Title: c.Title, En: c.En, Kind: kind, Limit: limit, Cite: p.Cite(c.Cite), Grade: c.Grade, Note: c.Note, NoteEn: c.NoteEn})
			}
		}
		for _, kind := range p.Fields["kind"].Order {
			add(kind, cmp.Or(c.Limits[kind], c.Limit))
		}
		if len(p.Fields["kind"].Order) == 0 {
			add("", c.Limit)
		}
	}
	return list
}

// Alike is an earlier whistle at the same place.
type Alike struct {
	Whistle
	Open bool // not confirmed yet: join it; else it was confirmed within 30 days, and the same problem is a rebound
}

// rebound is the same as the rules count: thirty days, our own number.
const reboundDays = 30

// Whistled are the whistles at the place that the actor may see and that are not confirmed, or were within thirty days.
func (d *Desk) Whistled(ctx context.Context, who actor.Actor, place string) ([]Alike, error) {
	q := &query{}
	since := d.Today().Add(-reboundDays).Start().UnixMilli()
	sql := "SELECT m.fold FROM matter m WHERE m.procedure = " + q.arg(WhistleID) + " AND m.place = " + q.arg(place) +
		" AND (m.ended = FALSE OR m.updated >= " + q.arg(since) + ") AND " + d.scope(q, who) + " ORDER BY m.opened DESC, m.id DESC LIMIT 20"
	folds, err := d.folds(ctx, sql, q.args)
	if err != nil {
		return nil, fmt.Errorf("desk.Whistled: %w", err)
	}
	var list []Alike
	for _, m := range folds {
		open := m.Flags["confirmed"] == "" && !m.Ended
		if on := calendar.Day(m.Flags["confirmed"]); open || on != "" && on >= d.Today().Add(-reboundDays) {
			list = append(list, Alike{Whistle: d.whistle(ctx, m), Open: open})
		}
	}
	return list, nil
}

func (d *Desk) folds(ctx context.Context, sql string, args []any) ([]*matter.Matter, error) {
	var list []*matter.Matter
	err := d.DB.Each(ctx, sql, args, func(scan func(...any) error) error {
		var fold string
		if err := scan(&fold); err != nil {
			return err
		}
		m, err := matter.Decode(fold)
		if err != nil { // one row that somebody spoilt must not take everybody's board down; verify names it
			return nil
		}
		list = append(list, m)
		return nil
	})
	return list, err
}

// notWhistle refuses what is no whistle or report, or is none that the actor may know of.
func notWhistle() error {
	return words.Refuse(words.NotFound, "no-such-matter", "没有找到这件事项。").Try("请核对编号和查询码；也可能它不归您的单位办理。")
}

// Callable is one department's task with the whistle it belongs to, and what the reader may do in it.
type Callable struct {
	Report
	Blown Whistle
	View  *View
}

// Called is a department's task for its own page. It refuses with NotFound what is none, or none of the reader's.
func (d *Desk) Called(ctx context.Context, who actor.Actor, id string) (Callable, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return Callable{}, err
	}
	if m.Procedure != ReportID {
		return Callable{}, notWhistle()
	}
	c := Callable{Report: d.report(m, d.Now())}
	if c.View, err = d.view(ctx, who, m); err != nil {
		return Callable{}, err
	}
	whistle, err := d.load(ctx, who, c.Whistle)
	if err != nil {
		return Callable{}, err
	}
	c.Blown = d.whistle(ctx, whistle)
	c.Lead = c.Body.ID == c.Blown.Lead.ID
	return c, nil
}

// Blown is a whistle for its own page: its card, and what the reader may do.
func (d *Desk) Blown(ctx context.Context, who actor.Actor, id string) (Whistle, *View, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return Whistle{}, nil, err
	}
	if m.Procedure != WhistleID {
		return Whistle{}, nil, notWhistle()
	}
	v, err := d.view(ctx, who, m)
	if err != nil {
		return Whistle{}, nil, err
	}
	parts, err := d.whistleParts(ctx, []*matter.Matter{m})
	if err != nil {
		return Whistle{}, nil, err
	}
	w := newWall(d, who.Acting)
	for _, x := range append([]*matter.Matter{m}, parts...) {
		w.hang(ctx, x) // also what is over, which a board takes down
	}
	card, _ := w.card(who, id)
	return card, v, nil
}

// whistleParts are the tasks of the whistles, and the refusals of those tasks, whoever may see them.
func (d *Desk) whistleParts(ctx context.Context, whistles []*matter.Matter) ([]*matter.Matter, error) {
	tasks, err := d.opened(ctx, whistles)
	if err != nil {
		return nil, err
	}
	var refused []*matter.Matter
	for _, t := range tasks {
		if t.State == "refused" {
			refused = append(refused, t)
		}
	}
	refusals, err := d.opened(ctx, refused)
	return append(tasks, refusals...), err
}

// opened are the matters that steps of these opened.
func (d *Desk) opened(ctx context.Context, list []*matter.Matter) ([]*matter.Matter, error) {
	var ids []string
	for _, m := range list {
		for _, l := range m.Links {
			if l.Kind == matter.Opened {
				ids = append(ids, l.Matter)
			}
		}
	}
	var found []*matter.Matter
	for part := range slices.Chunk(ids, 200) {
		q := &query{}
		more, err := d.folds(ctx, "SELECT m.fold FROM matter m WHERE "+q.in("m.id", part)+" ORDER BY m.opened, m.id", q.args)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}
