package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

// Table is the one table of a village as those who keep it see it: what waits for them first.
type Table struct {
	Place, PlaceName string
	Keeper           Body // the village's own body
	MayFill          bool
	Waiting          []Slot    // of the place itself, unknown, the village's own to say
	Others           []Slot    // unknown, to come from the body that is the source
	Open             []Dispute // values that differ
	Known            []Slot    // of the place itself
	Groups           []Group   // of households and persons: how far each element is known
	Households       int
	Persons          int
}

// Slot is one place of the table: what belongs there, what stands there, who asks for it.
type Slot struct {
	Element    collect.Element
	Period     string
	Forms      []AskedBy
	Cell       table.Cell
	SourceBody Body
	Before     *table.Cell // of the period before, where this one is unknown
	Mine       bool        // the village may correct it; what comes from another body it may contest
	Subject    string
}

// AskedBy is a form that needs the cell.
type AskedBy struct {
	ID, Title string
	Body      Body
	Purpose   string
}

// Group is one element of households or persons.
type Group struct {
	Element  collect.Element
	Period   string
	Forms    []AskedBy
	Have, Of int
}

// noTable is the answer for every place whose table the reader may not know: the same whether it exists or not.
func noTable() error {
	return words.Refuse(words.NotFound, "no-such-table", "没有这个村（社区）的一张表，或者您不能查看它。")
}

// tableRole is what the actor may do with the table of the place.
type tableRole struct {
	keeps  bool // fills in and settles: the village's own body or its township
	org    string
	inside bool // reads
	people bool // may open a household or a person, for a reason
}

// tableRole: the village's body keeps its table, the township helps; who leads or supervises the county reads what is
// about places, never about people.
func (d *Desk) tableRole(who actor.Actor, place string) tableRole {
	if who.Kind != actor.Staff || len(place) != 12 {
		return tableRole{}
	}
	tree := d.Offices.Tree()
	role := tableRole{}
	for _, p := range who.Posts {
		o, ok := tree.Get(p.Org)
		if !ok || o.Division == "" || !strings.HasPrefix(place, division.Prefix(o.Division)) {
			continue
		}
		works := p.Has(actor.Handle) || p.Has(actor.Register) || p.Has(actor.Head)
		switch {
		case works && o.Kind == org.Village && o.Division == place, works && o.Kind == org.StreetTownship:
			if role.org == "" || o.Division == place {
				role.org = o.ID
			}
			role.keeps, role.inside, role.people = true, true, true
		case p.Has(actor.Lead) || p.Has(actor.Supervise):
			role.inside = true
		}
	}
	return role
}

// keeper is the body whose table it is: a village's or a township's.
func (d *Desk) keeper(place string) Body {
	if len(place) != 12 {
		return Body{}
	}
	for _, kind := range []org.Kind{org.Village, org.StreetTownship} {
		for _, o := range d.Offices.Tree().In(division.Prefix(place), kind) {
			if o.Division == place {
				return d.Body(o.ID)
			}
		}
	}
	return Body{}
}

// level is at which level forms ask the place.
func level(place string) string {
	if division.KindOf(place) == division.Village {
		return "village"
	}
	return "township"
}

// MyTables are the villages whose tables the actor keeps, by code.
func (d *Desk) MyTables(who actor.Actor) []Body {
	var list []Body
	tree := d.Offices.Tree()
	for _, id := range who.Orgs() {
		o, ok := tree.Get(id)
		if !ok || o.Kind != org.Village && o.Kind != org.StreetTownship {
			continue
		}
		for _, v := range append(tree.In(division.Prefix(o.Division), org.StreetTownship), tree.In(division.Prefix(o.Division), org.Village)...) {
			if d.tableRole(who, v.Division).keeps && !slices.ContainsFunc(list, func(b Body) bool { return b.ID == v.ID }) {
				list = append(list, d.Body(v.ID))
			}
		}
	}
	return list
}

// PlaceOf is the place of the body.
func (d *Desk) PlaceOf(body string) string {
	o, _ := d.Offices.Tree().Get(body)
	return o.Division
}

// Table opens the one table of a village. Who keeps it sees what waits; who leads or supervises above it sees what is
// known of the place. For anyone else there is no such table.
func (d *Desk) Table(ctx context.Context, who actor.Actor, place string) (*Table, error) {
	role := d.tableRole(who, place)
	if !role.inside || d.keeper(place).ID == "" {
		return nil, noTable()
	}
	needs, err := table.Needs(ctx, d.DB, place, level(place), d.Today())
	if err != nil {
		return nil, err
	}
	cells, err := table.Of(ctx, d.DB, place, "")
	if err != nil {
		return nil, err
	}
	t := &Table{Place: place, PlaceName: lastName(d.path(ctx, place)), Keeper: d.keeper(place), MayFill: role.keeps}
	living, err := table.Living(ctx, d.DB, place)
	if err != nil {
		return nil, err
	}
	t.Households, t.Persons = living[place][table.Household], living[place][table.Person]
	if err := d.lay(ctx, t, needs, cells); err != nil {
		return nil, err
	}
	if err := d.groups(ctx, t, needs); err != nil {
		return nil, err
	}
	return t, d.disputes(ctx, who, t, role)
}

// lay puts each element of the place where it belongs: waiting, with others, or known.
func (d *Desk) lay(ctx context.Context, t *Table, needs []table.Need, cells []table.Cell) error {
	at := map[[2]string]table.Cell{}
	var ids []string
	for _, c := range cells {
		at[[2]string{c.Element, c.Period}] = c
		ids = append(ids, c.Element)
	}
	slices.Sort(ids)
	elements, err := table.Elements(ctx, d.DB, slices.Compact(ids), d.Today())
	if err != nil {
		return err
	}
	shown := map[[2]string]bool{}
	for _, n := range needs {
		if n.Element.Subject != "" && n.Element.Subject != "place" {
			continue
		}
		key := [2]string{n.Element.ID, n.Period}
		shown[key] = true
		s := d.slot(t, n.Element, n.Period, at[key], n.Forms)
		switch {
		case s.Cell.Known():
			t.Known = append(t.Known, s)
		case d.SourceOf(n.Element, t.Place) != "" && d.SourceOf(n.Element, t.Place) != t.Keeper.ID:
			t.Others = append(t.Others, s)
		default:
			if c, ok := at[[2]string{n.Element.ID, table.Before(n.Period)}]; ok && n.Period != "" {
				s.Before = &c
			}
			t.Waiting = append(t.Waiting, s)
		}
	}
	for _, c := range cells {
		e, ok := elements[c.Element]
		if key := [2]string{c.Element, c.Period}; ok && !shown[key] && c.Period == table.PeriodOf(e.Period, d.Today()) {
			t.Known = append(t.Known, d.slot(t, e, c.Period, c, nil))
		}
	}
	slices.SortStableFunc(t.Known, func(a, b Slot) int { return strings.Compare(a.Element.Theme, b.Element.Theme) })
	return nil
}

// SourceOf is the body that is the element's source of truth for the place: the catalogue names a body, or a line of
// departments (公安) of which the county has one. "" is the village itself.
func (d *Desk) SourceOf(e collect.Element, place string) string {
	if e.Source == "" {
		return ""
	}
	tree := d.Offices.Tree()
	if _, ok := tree.Get(e.Source); ok {
		return e.Source
	}
	for _, o := range tree.All() {
		if o.Line == e.Source && o.Level == org.County && o.Division != "" && strings.HasPrefix(place, division.Prefix(o.Division)) {
			return o.ID
		}
	}
	return ""
}

func (d *Desk) slot(t *Table, e collect.Element, period string, c table.Cell, forms []table.Asker) Slot {
	if c.Element == "" {
		c.Key = table.Key{Place: t.Place, Element: e.ID, Period: period}
	}
	s := Slot{Element: e, Period: period, Cell: c, Subject: c.Subject, SourceBody: d.Body(c.Source)}
	if !c.Known() {
		s.SourceBody = d.Body(d.SourceOf(e, t.Place))
	}
	s.Mine = !c.Known() || d.decider(t.Place, c) == ""
	for _, f := range forms {
		s.Forms = append(s.Forms, AskedBy{ID: f.ID, Title: f.Title, Body: d.Body(f.Org), Purpose: f.Purpose})
	}
	return s
}

// decider is the body that decides whether the value is wrong: the one it is from, "" where that is whoever keeps the
// table.
func (d *Desk) decider(place string, c table.Cell) string {
	o, ok := d.Offices.Tree().Get(c.Source)
	if !ok || strings.HasPrefix(place, division.Prefix(o.Division)) && (o.Kind == org.Village || o.Kind == org.StreetTownship) {
		return ""
	}
	return c.Source
}

// groups are the elements of households and persons with how many have a value.
func (d *Desk) groups(ctx context.Context, t *Table, needs []table.Need) error {
	have, err := table.Counts(ctx, d.DB, t.Place)
	if err != nil {
		return err
	}
	for _, n := range needs {
		of := t.Households
		switch n.Element.Subject {
		case table.Household:
		case table.Person:
			of = t.Persons
		default:
			continue
		}
		s := d.slot(t, n.Element, n.Period, table.Cell{}, n.Forms)
		t.Groups = append(t.Groups, Group{Element: n.Element, Period: n.Period, Forms: s.Forms, Have: min(of, have[[2]string{n.Element.ID, n.Period}]), Of: of})
	}
	return nil
}

// element is the catalogue's, or a form's own.
func (d *Desk) element(ctx context.Context, k table.Key) (collect.Element, error) {
	found, err := table.Elements(ctx, d.DB, []string{k.Element}, d.Today())
	if err != nil {
		return collect.Element{}, err
	}
	if e, ok := found[k.Element]; ok {
		return e, nil
	}
	needs, err := table.Needs(ctx, d.DB, k.Place, level(k.Place), d.Today())
	if err != nil {
		return collect.Element{}, err
	}
	for _, n := range needs {
		if n.Element.ID == k.Element {
			return n.Element, nil
		}
	}
	return collect.Element{}, words.Refuse(words.NotFound, "no-such-element", "目录里没有这个数据项，可能已经停用。")
}

// CellHistory is everything that was written into a cell of a place, oldest first. Cells of people are opened with
// Person.
func (d *Desk) CellHistory(ctx context.Context, who actor.Actor, place, element, period string) (Slot, []Saying, error) {
	if !d.tableRole(who, place).inside || d.keeper(place).ID == "" {
		return Slot{}, nil, noTable()
	}
	k := table.Key{Place: place, Element: element, Period: period}
	y, err := d.dispute(ctx, k)
	if err != nil {
		return Slot{}, nil, err
	}
	if y.Element.Personal() {
		return Slot{}, nil, noTable()
	}
	events, err := table.History(ctx, d.DB, k)
	if err != nil {
		return Slot{}, nil, fmt.Errorf("desk.CellHistory: %w", err)
	}
	var all []Saying
	for _, x := range events {
		all = append(all, d.saying(y.Element, x))
	}
	return y.Slot, all, nil
}

func (d *Desk) cells() *table.Store { return &table.Store{Vault: d.Vault} }

// correctionDue is the last day of the ten working days for checking data (政务数据共享条例第二十六条).
func (d *Desk) correctionDue(at time.Time) calendar.Day { return d.workdays(at, 10) }

// workdays is the last of n working days from the day after.
func (d *Desk) workdays(at time.Time, n int) calendar.Day {
	return d.Calendar().Due(at, calendar.Rule{Period: calendar.Period{N: n, Unit: calendar.WorkingDays}}).Day
}
