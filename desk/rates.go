package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/derive/rates"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/work/procedure"
)

// RateIndex keeps the rates as the office's profile defines them: the program follows the journal with it.
func (d *Desk) RateIndex() *rates.Index { return &rates.Index{Sets: d.Book.Rates(d.Profile)} }

// RateAsk says which rates, of when and where. The zero value is the first set that the reader may see, this year.
type RateAsk struct {
	Set    string
	Period string // 2026 or 2026-03
	Place  string // a place's code: cases of it and of what lies in it
	Class  string
	By     string // body, class, place or month
	Public bool   // what anyone may see, also for an officer
}

// RateTable is one set of rates, a row for each body, class, place or month, in the order of their codes: it is no
// ranking.
type RateTable struct {
	Ask     RateAsk
	Sets    []*procedure.Rates // that the reader may see
	Set     *procedure.Rates   // nil where there are none
	Rows    []RateRow
	Total   RateRow // of all rows, those not shown as well
	Classes []Choice
	Inside  bool  // the reader answers for these bodies; otherwise it is the public part
	Hidden  int   // rows of which the public sees only that they are small
	Behind  int64 // events that are not counted yet
}

// RateRow is one line. A hidden one has no figures.
type RateRow struct {
	Key       string
	Body      Body
	Title, En string
	Figures   map[string]*rates.Figure // by rate
	Hidden    map[string]bool          // by rate
	Composite string
}

// keys of RateAsk.By, with what they are in the index.
var ratesBy = map[string]rates.By{"body": rates.ByOrg, "class": rates.ByClass, "place": rates.ByPlace, "month": rates.ByMonth}

// Rates are the figures that the reader may see: an officer those of their bodies and, where they lead or
// supervise, of the place; anyone the public part, in which small numbers are hidden.
func (d *Desk) Rates(ctx context.Context, who actor.Actor, ask RateAsk) (*RateTable, error) {
	t, reach, err := d.rateTable(who, ask)
	if err != nil || t.Set == nil {
		return t, err
	}
	ask = t.Ask
	q := rates.Query{Rates: rateKeys(t.Set), Period: ask.Period, Orgs: reach, Place: division.Prefix(ask.Place), Class: ask.Class}
	sums, err := rates.Sums(ctx, d.DB, q, ratesBy[ask.By])
	if err != nil {
		return nil, err
	}
	figures := rates.Figures(sums)
	for _, key := range d.rateKeysInOrder(ask.By, figures) {
		row := RateRow{Key: key, Figures: map[string]*rates.Figure{}, Hidden: map[string]bool{}}
		d.rateName(ctx, t, &row)
		for _, id := range t.Set.RateIDs() {
			if f := figures[t.Set.ID+"."+id][key]; f != nil {
				row.Figures[id] = f
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.sum()
	if !t.Inside {
		t.hideFew()
	}
	t.Total.compose(t.Set)
	for i := range t.Rows {
		t.Rows[i].compose(t.Set)
	}
	t.Behind, err = rates.Behind(ctx, d.DB)
	return t, err
}

// rateTable checks the question, and says which bodies the reader may see: nil means all of them.
func (d *Desk) rateTable(who actor.Actor, ask RateAsk) (*RateTable, []string, error) {
	t := &RateTable{}
	reach := d.rateReach(who)
	t.Inside = len(reach) > 0 && !ask.Public
	for _, s := range d.Book.Rates(d.Profile) {
		if t.Inside || s.Public {
			t.Sets = append(t.Sets, s)
		}
	}
	if ask.By == "" {
		ask.By = "body"
	}
	if ask.Period == "" {
		ask.Period = string(d.Today())[:4]
	}
	if ratesBy[ask.By] == "" || !isPeriod(ask.Period) {
		return nil, nil, words.Refuse(words.Invalid, "rates-ask", "统计的期间要写成年（2026）或者年月（2026-03），分组要选单位、类别、地区或者月份。")
	}
	if ask.Place != "" && division.KindOf(ask.Place) == "" {
		return nil, nil, words.Refuse(words.Invalid, "place", "没有找到这个地方，请从列表里重新选择。")
	}
	for _, s := range t.Sets {
		if s.ID == ask.Set || ask.Set == "" && t.Set == nil {
			t.Set = s
		}
	}
	if t.Set == nil && ask.Set != "" {
		return nil, nil, words.Refuse(words.NotFound, "no-such-rates", "没有这组比率，或者它不对外公布。")
	}
	if !t.Inside {
		// The public tables tell cases apart by one thing at a time: two together could be taken from each other until
		// a single case is left.
		ask.Place, ask.Class, ask.Period, reach = "", "", ask.Period[:4], nil
	}
	if ask.By == "month" {
		ask.Period = ask.Period[:4]
	}
	if t.Set != nil {
		ask.Set = t.Set.ID
		t.Classes = d.rateClasses(t.Set)
	}
	t.Ask = ask
	return t, reach, nil
}

// isPeriod: a year, or a month of one.
func isPeriod(s string) bool {
	if len(s) != 4 && len(s) != 7 {
		return false
	}
	_, err := calendar.ParseDay((s + "-01-01")[:10])
	return err == nil
}

// rateReach are the bodies whose figures the actor may see inside: those they work in, and those of the place that
// they lead or supervise.
func (d *Desk) rateReach(who actor.Actor) []string {
	if who.Kind != actor.Staff {
		return nil
	}
	tree := d.Offices.Tree()
	own := map[string]bool{}
	for _, power := range []actor.Power{actor.Handle, actor.Head, actor.Register, actor.Supervise, actor.Discipline, actor.Lead} {
		for _, body := range who.With(power) {
			own[body] = true
		}
	}
	for _, body := range append(who.With(actor.Lead), who.With(actor.Supervise)...) {
		if o, ok := tree.Get(body); ok {
			for _, b := range tree.In(division.Prefix(o.Division), "") {
				own[b.ID] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(own))
}

func rateKeys(s *procedure.Rates) []string {
	var list []string
	for _, id := range s.RateIDs() {
		list = append(list, s.ID+"."+id)
	}
	return list
}

// rateKeysInOrder: bodies by place and name, everything else by its code.
func (d *Desk) rateKeysInOrder(by string, figures map[string]map[string]*rates.Figure) []string {
	seen := map[string]bool{}
	for _, f := range figures {
		for key := range f {
			seen[key] = true
		}
	}
	var list []string
	if by == "body" {
		for _, o := range d.Offices.Tree().All() {
			if seen[o.ID] {
				list = append(list, o.ID)
				delete(seen, o.ID)
			}
		}
	}
	return append(list, slices.Sorted(maps.Keys(seen))...)
}

// rateName is what the row is called.
func (d *Desk) rateName(ctx context.Context, t *RateTable, row *RateRow) {
	row.Title, row.En = row.Key, row.Key
	switch t.Ask.By {
	case "body":
		if row.Body = d.Body(row.Key); row.Body.ID == "" { // a body that no longer stands
			row.Body = Body{ID: row.Key, Name: row.Key, Short: row.Key}
		}
		row.Title, row.En = row.Body.Name, row.Body.En
	case "place":
		if row.Title = lastName(d.path(ctx, row.Key)); row.Title == "" {
			row.Title, row.En = "没有写明地点", "Place not given"
		} else {
			row.En = row.Title
		}
	case "class":
		for _, c := range t.Classes {
			if c.Value == row.Key {
				row.Title, row.En = c.Title, c.En
			}
		}
		if row.Key == rates.None {
			row.Title, row.En = "没有写明类别", "Kind not given"
		}
	}
}

// rateClasses are what cases of the set are told apart by.
func (d *Desk) rateClasses(s *procedure.Rates) []Choice {
	p, err := d.Book.Procedure(s.Procedure, d.Today(), d.Profile)
	if err != nil {
		return nil
	}
	var list []Choice
	if f, ok := p.Fields[s.Category]; ok {
		for _, id := range slices.Sorted(maps.Keys(f.Options)) {
			list = append(list, Choice{Value: id, Title: f.Options[id].Title, En: f.Options[id].En})
		}
		return list
	}
	for _, id := range p.ClassIDs() {
		if c := p.Classes[id]; !c.Sealed {
			list = append(list, Choice{Value: id, Title: c.Title, En: c.En})
		}
	}
	return list
}

func (t *RateTable) sum() {
	t.Total = RateRow{Figures: map[string]*rates.Figure{}, Hidden: map[string]bool{}}
	for _, row := range t.Rows {
		for id, f := range row.Figures {
			if t.Total.Figures[id] == nil {
				t.Total.Figures[id] = &rates.Figure{}
			}
			t.Total.Figures[id].Add(f)
		}
	}
}

// hideFew takes the small figures out of the rows; a total that is small itself goes too.
func (t *RateTable) hideFew() {
	for _, id := range t.Set.RateIDs() {
		of := map[string]int{}
		for _, row := range t.Rows {
			if f := row.Figures[id]; f != nil {
				of[row.Key] = cmp.Or(f.Adjusted.Of, f.Raw.Of) // what is shown
			}
		}
		hidden := rates.Few(t.Set.Least, of)
		for _, row := range t.Rows {
			if hidden[row.Key] {
				row.Hidden[id] = true
				delete(row.Figures, id)
				t.Hidden++
			}
		}
		if f := t.Total.Figures[id]; f != nil && cmp.Or(f.Adjusted.Of, f.Raw.Of) < t.Set.Least {
			t.Total.Hidden[id] = true
			delete(t.Total.Figures, id)
		}
		t.spare(id)
	}
}

// spare takes out of what is shown of a rate the parts that tell of few. The total is shown without its parts: from them
// and those of the rows a hidden one could be worked out.
func (t *RateTable) spare(id string) {
	shown := map[string]*rates.Figure{}
	for _, row := range t.Rows {
		if f := row.Figures[id]; f != nil {
			shown[row.Key] = f
		}
	}
	rates.Spare(t.Set.Least, shown)
	for _, row := range t.Rows {
		if f := row.Figures[id]; f != nil && f.Raw.Of+f.Adjusted.Of+f.Open == 0 { // a few that are open were all
			delete(row.Figures, id)
		}
	}
	f := t.Total.Figures[id]
	if f == nil {
		return
	}
	few := 0 < f.Raw.Of-f.Adjusted.Of && f.Raw.Of-f.Adjusted.Of < t.Set.Least
	for _, x := range shown {
		few = few || x.Spared && x.Raw.Of == 0
	}
	if f.Left, f.Asked = nil, nil; few {
		f.Raw, f.Spared = rates.Share{}, true
	}
}

func (r *RateRow) compose(s *procedure.Rates) {
	shares := map[string]rates.Share{}
	for id, f := range r.Figures {
		shares[id] = f.Adjusted
	}
	r.Composite = rates.Composite(s.Weights, shares)
}
