package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/derive/search"
	"jishi/derive/shown"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// What the public reads of calls and suggestions. Nobody signs in for it, and nothing here tells who proposed what,
// but for those who asked to be named and were verified.

// A PublicCall is a call as anyone may read it.
type PublicCall struct {
	ID, Number, Title   string
	ClassTitle, ClassEn string
	Body                Body
	Place               []string
	State               string // open, closed, told
	StateTitle, StateEn string
	Explanation, How    string
	Published           time.Time
	Period              Clock // until which day, and how that was counted
	Outcome             string
	Told                time.Time
	Updates             []Dated
	Feedback            *Clock // the office's time to publish the outcome, while it runs
	Cite                string
	Tally               Tally
}

// A Dated is a text with the instant at which it was said.
type Dated struct {
	At   time.Time
	Text string
}

// Tally is how many suggestions came of a call and what became of them. They count suggestions, never people.
type Tally struct {
	Received, Adopted, Declined, CarriedOut, Waiting int
}

// An Idea is a public suggestion as anyone may read it.
type Idea struct {
	ID, Number, Title, Text string
	Kind, KindEn            string
	Body                    Body // who has it now, or had it last
	Place                   []string
	Call, CallTitle         string // number and topic of the call that it answers
	Opened                  time.Time
	State                   string
	StateTitle, StateEn     string
	Outcome                 string // adopted, partly, no, reference, converted, not-carried-out; "" while nobody has decided
	Decided                 time.Time
	Grounds, Measures       string
	Progress                []Dated
	How, HowEn, Changed     string // what it was turned into, and what that changed
	ChangedOn               calendar.Day
	Why                     string // why it could not be carried out
	Thanks                  string
	ThankedOn               calendar.Day
	Authors                 int
	Names                   []string // of those who asked for it and were verified
	Next                    *Clock
	Joinable                bool
	Updated                 time.Time
	Likeness                float64 // of those that are like another
}

// Calls are all public calls: the open ones by their last day, then the others, the newest first.
func (d *Desk) Calls(ctx context.Context) ([]PublicCall, error) {
	ids, err := d.shown(ctx, `SELECT s.matter FROM suggestion_shown s WHERE s.kind = $1 AND s.shown = TRUE ORDER BY s.updated DESC, s.matter DESC LIMIT 100`, shown.Call)
	if err != nil {
		return nil, fmt.Errorf("desk.Calls: %w", err)
	}
	var list []PublicCall
	for _, id := range ids {
		m, err := d.Matters.Load(ctx, d.DB, id)
		if err != nil {
			return nil, fmt.Errorf("desk.Calls: %w", err)
		}
		if !shown.Public(m) { // the follower has not caught up
			continue
		}
		c, err := d.publicCall(ctx, m)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b PublicCall) int {
		switch {
		case (a.State == "open") != (b.State == "open"):
			if a.State == "open" {
				return -1
			}
			return 1
		case a.State == "open":
			return a.Period.Due.Compare(b.Period.Due)
		}
		return b.Published.Compare(a.Published)
	})
	return list, nil
}

// Call is one public call by its number.
func (d *Desk) Call(ctx context.Context, number string) (PublicCall, error) {
	m, err := d.publicMatter(ctx, number, shown.Call)
	if err != nil {
		return PublicCall{}, err
	}
	return d.publicCall(ctx, m)
}

// shown are the matters that a statement on suggestion_shown names.
func (d *Desk) shown(ctx context.Context, sql string, args ...any) (ids []string, err error) {
	err = d.DB.Each(ctx, sql, args, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// publicMatter is a matter that anyone may read. What is not public is not found, whether it is there or not.
func (d *Desk) publicMatter(ctx context.Context, number, procedure string) (*matter.Matter, error) {
	m, err := d.Matters.ByNumber(ctx, d.DB, strings.ToUpper(strings.TrimSpace(number)))
	if errors.Is(err, db.ErrNotFound) || err == nil && (m.Procedure != procedure || !shown.Public(m)) {
		return nil, words.Refuse(words.NotFound, "not-public", "没有这个编号的公开内容。").Try("请核对编号；也可能它没有公开，凭编号和查询码可以查自己的事项。")
	}
	return m, err
}

func (d *Desk) publicCall(ctx context.Context, m *matter.Matter) (PublicCall, error) {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return PublicCall{}, err
	}
	class, state := p.Classes[m.Class], p.States[m.State]
	c := PublicCall{ID: m.ID, Number: m.Number, Title: m.Fields["title"], ClassTitle: class.Title, ClassEn: class.En, Body: d.Body(m.Org("organ")),
		State: m.State, StateTitle: state.Title, StateEn: state.En, Explanation: m.Fields["explanation"], How: m.Fields["how"],
		Outcome: m.Fields["outcome"], Cite: p.Cite(p.Open.Cite)}
	if o, ok := d.Offices.Tree().Get(c.Body.ID); ok {
		for _, place := range d.path(ctx, o.Division) {
			c.Place = append(c.Place, place.Name)
		}
	}
	for _, clock := range d.clocks(m, d.Now()) {
		switch {
		case clock.ID == "period":
			c.Period = clock
		case clock.ID == "feedback" && clock.Running:
			c.Feedback = &clock
		}
	}
	err = d.steps(ctx, m, func(e journal.Event, said map[string]string) {
		switch e.Action {
		case "publish":
			c.Published = e.At
		case "tell":
			c.Told = e.At
		case "update":
			c.Updates = append(c.Updates, Dated{e.At, said["progress"]})
		}
	})
	if err == nil {
		c.Tally, err = d.tally(ctx, m.ID)
	}
	return c, err
}

// steps goes through the matter's history with what was said at each step.
func (d *Desk) steps(ctx context.Context, m *matter.Matter, each func(journal.Event, map[string]string)) error {
	events, err := journal.Of(ctx, d.DB, m.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		c, err := matter.ReadChange(e)
		if err != nil {
			return err
		}
		each(e, c.With)
	}
	return nil
}

// tally counts what came of a call, public or not: a number tells nobody's name.
func (d *Desk) tally(ctx context.Context, call string) (Tally, error) {
	var t Tally
	err := d.DB.Each(ctx, `SELECT s.outcome, COUNT(*) FROM suggestion_shown s WHERE s.call = $1 GROUP BY s.outcome ORDER BY s.outcome`, []any{call},
		func(scan func(...any) error) error {
			var outcome string
			var n int
			if err := scan(&outcome, &n); err != nil {
				return err
			}
			t.Received += n
			switch outcome {
			case "":
				t.Waiting += n
			case "no", "reference":
				t.Declined += n
			case shown.Converted:
				t.CarriedOut += n
				t.Adopted += n
			case "adopted", "partly", shown.NotCarriedOut:
				t.Adopted += n
			}
			return nil
		})
	if err != nil {
		return t, fmt.Errorf("desk.tally %s: %w", call, err)
	}
	return t, nil
}

// IdeaFilter narrows the public suggestions.
type IdeaFilter struct {
	Outcome string // adopted, declined, converted, waiting; "" all
	Call    string // number of a call
	Cursor  string
	Limit   int
}

// ideaOutcomes are the groups in which people look, by what the follower keeps.
var ideaOutcomes = map[string][]string{"": nil, "waiting": {""}, "adopted": {"adopted", "partly"}, "declined": {"no", "reference", shown.NotCarriedOut}, "converted": {shown.Converted}}

// IdeaOutcomes are the groups by which the public suggestions can be narrowed.
var IdeaOutcomes = []string{"converted", "adopted", "declined", "waiting"}

// Ideas are the public suggestions, those with the latest news first; next is the cursor of the next page, "" at the end.
func (d *Desk) Ideas(ctx context.Context, f IdeaFilter) (list []Idea, next string, err error) {
	group, ok := ideaOutcomes[f.Outcome]
	if !ok {
		return nil, "", words.Refuse(words.Invalid, "outcome", "没有这一类，请从列表里选择。")
	}
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 20
	}
	q := &query{}
	where := "s.kind = " + q.arg(shown.Suggestion) + " AND s.shown = TRUE"
	if group != nil {
		where += " AND " + q.in("s.outcome", group)
	}
	if f.Call != "" {
		m, err := d.publicMatter(ctx, f.Call, shown.Call)
		if err != nil {
			return nil, "", err
		}
		where += " AND s.call = " + q.arg(m.ID)
	}
	if f.Cursor != "" {
		var updated int64
		err := d.DB.Row(ctx, `SELECT s.updated FROM suggestion_shown s WHERE s.matter = $1 AND s.shown = TRUE`, []any{f.Cursor}, &updated)
		if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrText) {
			return nil, "", words.Refuse(words.Invalid, "cursor", "翻页的位置不对，请重新查找。")
		}
		if err != nil {
			return nil, "", fmt.Errorf("desk.Ideas: %w", err)
		}
		where += " AND (s.updated, s.matter) < (" + q.arg(updated) + ", " + q.arg(f.Cursor) + ")"
	}
	ids, err := d.shown(ctx, "SELECT s.matter FROM suggestion_shown s WHERE "+where+" ORDER BY s.updated DESC, s.matter DESC LIMIT "+q.arg(f.Limit+1), q.args...)
	if err != nil {
		return nil, "", fmt.Errorf("desk.Ideas: %w", err)
	}
	if len(ids) > f.Limit {
		ids = ids[:f.Limit]
		next = ids[f.Limit-1]
	}
	list, err = d.ideas(ctx, ids)
	return list, next, err
}

func (d *Desk) ideas(ctx context.Context, ids []string) ([]Idea, error) {
	var list []Idea
	for _, id := range ids {
		m, err := d.Matters.Load(ctx, d.DB, id)
		if err != nil {
			return nil, fmt.Errorf("desk.Ideas: %w", err)
		}
		if !shown.Public(m) { // the follower has not caught up
			continue
		}
		x, err := d.idea(ctx, m)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

// Idea is one public suggestion by its number.
func (d *Desk) Idea(ctx context.Context, number string) (Idea, error) {
	m, err := d.publicMatter(ctx, number, shown.Suggestion)
	if err != nil {
		return Idea{}, err
	}
	return d.idea(ctx, m)
}

func (d *Desk) idea(ctx context.Context, m *matter.Matter) (Idea, error) {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return Idea{}, err
	}
	option := func(field string) procedure.Option { return p.Fields[field].Options[m.Fields[field]] }
	kind, how := option("suggestion-kind"), option("conversion")
	x := Idea{ID: m.ID, Number: m.Number, Title: m.Fields["public-title"], Text: m.Fields["public-text"], Kind: kind.Title, KindEn: kind.En,
		Opened: time.UnixMilli(m.Opened), State: m.State, StateTitle: p.States[m.State].Title, StateEn: p.States[m.State].En,
		Outcome: shown.Outcome(m), Authors: max(1, len(m.Entries)), Joinable: !m.Ended}
	if m.Flags["adopted"] != "" {
		x.Measures = m.Fields["measures"]
	}
	if m.State == "converted" {
		x.How, x.HowEn, x.Changed, x.ChangedOn = how.Title, how.En, m.Fields["changed"], calendar.Day(m.Fields["changed_on"])
	}
	if m.Flags["rewarded"] != "" {
		x.Thanks, x.ThankedOn = m.Fields["thanks"], calendar.Day(m.Fields["thanked_on"])
	}
	x.Body = d.Body(cmp.Or(m.Org("handler"), m.Org("receiver")))
	for _, place := range d.path(ctx, m.Fields["place"]) {
		x.Place = append(x.Place, place.Name)
	}
	x.Next = next(d.clocks(m, d.Now()), true)
	err = d.steps(ctx, m, func(e journal.Event, said map[string]string) {
		x.tell(e, said)
	})
	if err == nil {
		err = d.aroundIdea(ctx, m, &x)
	}
	return x, err
}

// tell takes in one step of the history, as far as the public reads it.
func (x *Idea) tell(e journal.Event, said map[string]string) {
	switch e.Action {
	case "adopt", "decline":
		x.Decided, x.Grounds = e.At, said["grounds"]
	case "progress":
		x.Progress = append(x.Progress, Dated{e.At, said["progress"]})
	case "give-up":
		x.Why = said["reason"]
	case "open", "publish", "convert", "reward":
	default:
		return
	}
	x.Updated = e.At
}

// aroundIdea adds the call that it answers, and the names of those who asked for it and were verified: of its own
// author, and of those whose suggestions were joined to it. Names come from the vault each time: who takes it back, or
// is erased, is gone from the page.
func (d *Desk) aroundIdea(ctx context.Context, m *matter.Matter, x *Idea) error {
	own := []*matter.Matter{m}
	for _, l := range m.Links {
		other, err := d.Matters.Load(ctx, d.DB, l.Matter)
		if err != nil {
			return fmt.Errorf("desk.Idea: %w", err)
		}
		switch {
		case l.Kind == "call" && shown.Public(other):
			x.Call, x.CallTitle = other.Number, other.Fields["title"]
		case l.Kind == matter.Merged:
			own = append(own, other)
		}
	}
	for _, o := range own {
		if o.Flags["credit"] == "" || o.Flags["verified"] == "" || len(o.Entries) == 0 || o.Entries[0].Person == "" {
			continue
		}
		name, err := d.Vault.Name(ctx, d.DB, o.Entries[0].Person)
		if _, refused := words.AsRefusal(err); refused { // erased
			continue
		}
		if err != nil {
			return err
		}
		x.Names = append(x.Names, name)
	}
	return nil
}

// How alike a public suggestion must be to be shown to whoever writes another, and how many are compared: the newest.
const (
	ideaAlike    = 0.3 // share of pairs of characters of the title in common
	ideaHeld     = 0.5 // share of the pairs of what is written that the public text holds
	ideaCompared = 2000
	ideaShown    = 5
)

// AlikeIdeas are public suggestions like one that is being written, so that its author can join one instead. Only what
// anyone may read is compared: what somebody else wrote and nobody published is never found by guessing.
func (d *Desk) AlikeIdeas(ctx context.Context, title, text string) ([]Idea, error) {
	topic, said := pairs(search.Fold(title)), pairs(search.Fold(title+" "+start(text, alikeRead)))
	if len(said) < 3 {
		return nil, nil
	}
	type near struct {
		id   string
		like float64
	}
	var found []near
	err := d.DB.Each(ctx, `SELECT s.matter, s.folded FROM suggestion_shown s WHERE s.kind = $1 AND s.shown = TRUE ORDER BY s.updated DESC, s.matter DESC LIMIT $2`,
		[]any{shown.Suggestion, ideaCompared}, func(scan func(...any) error) error {
			var id, folded string
			if err := scan(&id, &folded); err != nil {
				return err
			}
			theirs, _, _ := strings.Cut(folded, "\n")
			like := shared(topic, pairs(theirs))
			if text := held(said, folded); text >= ideaHeld {
				like = max(like, text)
			}
			if like >= ideaAlike {
				found = append(found, near{id, like})
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("desk.AlikeIdeas: %w", err)
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(b.like, a.like) })
	ids := make([]string, 0, ideaShown)
	likeness := map[string]float64{}
	for _, n := range found[:min(len(found), ideaShown)] {
		ids, likeness[n.id] = append(ids, n.id), n.like
	}
	list, err := d.ideas(ctx, ids)
	for i := range list {
		list[i].Likeness = likeness[list[i].ID]
	}
	return list, err
}

// shared is the share of pairs that two texts have in common.
func shared(a, b map[string]bool) float64 {
	both := 0
	for w := range a {
		if b[w] {
			both++
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return 2 * float64(both) / float64(len(a)+len(b))
}

// Answers are the suggestions that came in answer to a call, as far as the officer may see them, the newest first.
func (d *Desk) Answers(ctx context.Context, who actor.Actor, call string) ([]Row, error) {
	if !who.SignedIn() {
		return nil, signIn()
	}
	q := &query{}
	where := "s.call = " + q.arg(call)
	q.sql = "SELECT " + rowColumns + " FROM suggestion_shown s JOIN matter m ON m.id = s.matter WHERE " + where + " AND " + d.scope(q, who) +
		" ORDER BY m.opened DESC, m.id DESC LIMIT 500"
	var lines []line
	err := d.DB.Each(ctx, q.sql, q.args, func(scan func(...any) error) error {
		l, err := readLine(scan)
		lines = append(lines, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("desk.Answers: %w", err)
	}
	var rows []Row
	for _, l := range lines {
		r, err := d.row(ctx, &l)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// calledBy is the body whose public call the number names while its period runs: what answers a call is brought to
// whoever called. "" for any other number.
func (d *Desk) calledBy(ctx context.Context, number string) (string, error) {
	if strings.TrimSpace(number) == "" {
		return "", nil
	}
	m, err := d.Matters.ByNumber(ctx, d.DB, strings.TrimSpace(number))
	if errors.Is(err, db.ErrNotFound) {
		return "", nil
	}
	if err != nil || m.Procedure != shown.Call || m.State != "open" {
		return "", err
	}
	return m.Org("organ"), nil
}
