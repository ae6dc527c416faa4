package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/price"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

// Price is what all demands of a place's departments cost its villages and townships.
type Price struct {
	Place, PlaceName string
	Month, Saved     time.Duration
	Villages         int
	Village          time.Duration // of one village, on average
	Departments      []DepartmentPrice
	Demands          []DemandPrice
	MaySet           bool // budgets
}

// DepartmentPrice is one department.
type DepartmentPrice struct {
	Body         Body
	Forms        int
	Month, Saved time.Duration
	Budget       *price.Budget
}

// Over reports whether the demands take more than the budget.
func (d DepartmentPrice) Over() bool { return d.Budget != nil && d.Month > d.Budget.Month }

// DemandPrice is one form.
type DemandPrice struct {
	price.Demand
	Body Body
}

// priceReader: staff see what demands cost in the county of their body; which person filled what is nowhere in it.
func (d *Desk) priceReader(ctx context.Context, who actor.Actor) (string, error) {
	if who.Kind != actor.Staff {
		return "", signIn()
	}
	o, ok := d.Offices.Tree().Get(who.Acting)
	if !ok || !(who.HasAny(actor.Handle) || who.HasAny(actor.Head) || who.HasAny(actor.Lead) || who.HasAny(actor.Supervise)) {
		return "", words.Refuse(words.NotFound, "no-such-price", "没有这个地方的账，或者您不能查看它。")
	}
	if path := d.path(ctx, o.Division); len(path) > 3 {
		return path[2].Code, nil
	}
	return o.Division, nil
}

// base is who answers in the place.
func (d *Desk) base(ctx context.Context, place string) (price.Base, error) {
	living, err := table.Living(ctx, d.DB, place)
	if err != nil {
		return price.Base{}, err
	}
	b := price.Base{Places: map[string][]string{}, Living: living}
	for level, kind := range map[string]org.Kind{"village": org.Village, "township": org.StreetTownship} {
		for _, o := range d.Offices.Tree().In(division.Prefix(place), kind) {
			if !slices.Contains(b.Places[level], o.Division) {
				b.Places[level] = append(b.Places[level], o.Division)
			}
		}
	}
	return b, nil
}

// Price is the account of the actor's county: by department, by form.
func (d *Desk) Price(ctx context.Context, who actor.Actor) (*Price, error) {
	place, err := d.priceReader(ctx, who)
	if err != nil {
		return nil, err
	}
	p, err := d.priceOf(ctx, place)
	if err != nil {
		return nil, err
	}
	p.MaySet = d.setsBudgets(who) != ""
	return p, nil
}

func (d *Desk) priceOf(ctx context.Context, place string) (*Price, error) {
	b, err := d.base(ctx, place)
	if err != nil {
		return nil, err
	}
	demands, err := price.Demands(ctx, d.DB, b, d.Today(), "", "listed")
	if err != nil {
		return nil, err
	}
	budgets, err := price.Budgets(ctx, d.DB, d.Today())
	if err != nil {
		return nil, err
	}
	p := &Price{Place: place, PlaceName: lastName(d.path(ctx, place)), Villages: len(b.Places["village"])}
	for _, x := range demands {
		if x.Respondents > 0 {
			p.add(DemandPrice{x, d.Body(x.Org)})
		}
	}
	for org, budget := range budgets {
		if !slices.ContainsFunc(p.Departments, func(x DepartmentPrice) bool { return x.Body.ID == org }) && d.inside(org, place) {
			p.Departments = append(p.Departments, DepartmentPrice{Body: d.Body(org)})
		}
		for i := range p.Departments {
			if p.Departments[i].Body.ID == org {
				p.Departments[i].Budget = &budget
			}
		}
	}
	slices.SortFunc(p.Departments, func(a, b DepartmentPrice) int {
		return cmp.Or(cmp.Compare(b.Month, a.Month), strings.Compare(a.Body.ID, b.Body.ID))
	})
	slices.SortStableFunc(p.Demands, func(a, b DemandPrice) int { return cmp.Compare(b.Month(), a.Month()) })
	return p, nil
}

func (d *Desk) inside(body, place string) bool {
	o, ok := d.Offices.Tree().Get(body)
	return ok && strings.HasPrefix(o.Division, division.Prefix(place))
}

func (p *Price) add(x DemandPrice) {
	p.Demands = append(p.Demands, x)
	p.Month, p.Saved = p.Month+x.Month(), p.Saved+x.Saved()
	if x.Level == "village" {
		p.Village += x.One()
	}
	i := slices.IndexFunc(p.Departments, func(y DepartmentPrice) bool { return y.Body.ID == x.Body.ID })
	if i < 0 {
		i = len(p.Departments)
		p.Departments = append(p.Departments, DepartmentPrice{Body: x.Body})
	}
	p.Departments[i].Forms++
	p.Departments[i].Month += x.Month()
	p.Departments[i].Saved += x.Saved()
}

// DemandOpened is one form's price opened to the fields behind it, and, while it is not on the list yet, what it would add.
type DemandOpened struct {
	DemandPrice
	Preview bool // it is not on the list: nothing of this is asked of anyone yet
	Fields  []PricedField
	Towns   []TownPrice // to whom
	Budget  *price.Budget
	Now     time.Duration // what the department's demands cost in a month today
}

// PricedField is one field as it counts.
type PricedField struct {
	N             int
	Label         string
	Kind, Element string
	Cells         int // of this field that are known now, over all who answer
}

// TownPrice is what a demand costs one township with its villages.
type TownPrice struct {
	Body  Body
	Month time.Duration
}

// Demand opens one form.
func (d *Desk) Demand(ctx context.Context, who actor.Actor, form string) (*DemandOpened, error) {
	place, err := d.priceReader(ctx, who)
	if err != nil {
		return nil, err
	}
	b, err := d.base(ctx, place)
	if err != nil {
		return nil, err
	}
	found, err := price.Demands(ctx, d.DB, b, d.Today(), form, "draft", "checked", "listed")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0].State == "draft" && !who.In(found[0].Org) {
		return nil, words.Refuse(words.NotFound, "no-such-demand", "没有这张表，或者您不能查看它。")
	}
	o := &DemandOpened{DemandPrice: DemandPrice{found[0], d.Body(found[0].Org)}, Preview: found[0].State != "listed"}
	whole, err := d.priceOf(ctx, place)
	if err != nil {
		return nil, err
	}
	for _, x := range whole.Departments {
		if x.Body.ID == o.Org {
			o.Now, o.Budget = x.Month, x.Budget
		}
	}
	for _, t := range d.Offices.Tree().In(division.Prefix(place), org.StreetTownship) {
		if month := o.In(division.Prefix(t.Division)); month > 0 {
			o.Towns = append(o.Towns, TownPrice{d.Body(t.ID), month})
		}
	}
	o.Fields, err = d.pricedFields(ctx, form, found[0].Place)
	return o, err
}

func (d *Desk) pricedFields(ctx context.Context, form, place string) ([]PricedField, error) {
	var list []PricedField
	from, to := division.Span(place)
	err := d.DB.Each(ctx, `SELECT d.n, d.label, d.kind, CASE d.element WHEN '' THEN d.form || '#' || CAST(d.n AS TEXT) ELSE d.element END AS element,
		(SELECT COUNT(*) FROM cell c WHERE c.element = CASE d.element WHEN '' THEN d.form || '#' || CAST(d.n AS TEXT) ELSE d.element END
			AND c.place >= $2 AND c.place < $3 AND c.stands > 0)
		FROM form_field d WHERE d.form = $1 ORDER BY d.n`, []any{form, from, to}, func(scan func(...any) error) error {
		var f PricedField
		err := scan(&f.N, &f.Label, &f.Kind, &f.Element, &f.Cells)
		list = append(list, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("desk.pricedFields: %w", err)
	}
	return list, nil
}

// setsBudgets is the body through which the actor sets budgets: the county's leaders and its society-work department.
func (d *Desk) setsBudgets(who actor.Actor) string {
	tree := d.Offices.Tree()
	for _, p := range who.Posts {
		o, ok := tree.Get(p.Org)
		if !ok || o.Level != org.County {
			continue
		}
		leads := p.Has(actor.Lead) && (o.Kind == org.Government || o.Kind == org.PartyCommittee)
		if leads || p.Has(actor.Head) && o.Kind == org.SocialWork {
			return o.ID
		}
	}
	return ""
}

// SetBudget sets how many hours a month the demands of a department may cost the base together. Only the county's
// leaders and its society-work department may.
func (d *Desk) SetBudget(ctx context.Context, who actor.Actor, department string, hours int, reason string) error {
	by := d.setsBudgets(who)
	if by == "" {
		return words.Refuse(words.Forbidden, "not-the-county", "只有县委、县政府的领导和社会工作部可以定预算。")
	}
	own, _ := d.Offices.Tree().Get(by)
	if !d.inside(department, own.Division) {
		return words.Refuse(words.NotFound, "no-such-body", "没有这个单位。").Try("请从列表里选择。")
	}
	r := words.Refuse(words.Invalid, "budget", "预算没有定下来。")
	if hours < 0 || hours > 100_000 {
		r.At("hours", "请填每月的小时数，0到100000。")
	}
	if strings.TrimSpace(reason) == "" || len(reason) > 2000 {
		r.At("reason", "请写明为什么定这个数，六百字以内。")
	}
	if len(r.Fields) > 0 {
		return r
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		return price.SetBudget(ctx, tx, price.Budget{Org: department, From: d.Today(), Month: time.Duration(hours) * time.Hour, Reason: reason, By: who.ID, ByOrg: by, At: d.Now()})
	})
}

// SavedHours is the public account: hours that asking once saves each month, by department, with how they are counted.
type SavedHours struct {
	PlaceName    string
	Month, Saved time.Duration
	Departments  []DepartmentPrice
	Forms        int
	Fields       int
	Asked        int
	Real         int // forms whose time for a cell was learned
	Floor        int
	Usual        time.Duration
}

// SavedHours are open to anyone. place is a county.
func (d *Desk) SavedHours(ctx context.Context, place string) (*SavedHours, error) {
	if division.KindOf(place) != division.County {
		for _, o := range d.Offices.Tree().All() {
			if o.Level == org.County && o.Kind == org.Government {
				place = o.Division
				break
			}
		}
	}
	p, err := d.priceOf(ctx, place)
	if err != nil {
		return nil, err
	}
	s := &SavedHours{PlaceName: p.PlaceName, Month: p.Month, Saved: p.Saved, Forms: len(p.Demands), Floor: price.Floor, Usual: price.Usual}
	for _, x := range p.Departments {
		if x.Forms > 0 {
			x.Budget = nil // is between the county and its departments
			s.Departments = append(s.Departments, x)
		}
	}
	for _, x := range p.Demands {
		s.Fields, s.Asked = s.Fields+x.Fields, s.Asked+x.Asked
		if x.Real {
			s.Real++
		}
	}
	return s, nil
}

// Cart is the small horse and the big cart 小马拉大车: what each township carries, against what it has.
type Cart struct {
	PlaceName string
	Towns     []CartTown
	Heaviest  []DemandPrice // the ten heaviest demands and who causes them
}

// CartTown is one township with its villages.
type CartTown struct {
	Body    Body
	Demands int           // forms that ask it or its villages
	Hours   time.Duration // they cost in a month
	Open    int           // matters in hand
	Year    int           // matters that were brought to it in the last twelve months
	People  int           // at work: those who hold a post in its body
	Has     []Means       // what the table says of its means
}

// Means is one value of the township's own table.
type Means struct {
	Title, En, Value, Unit string
}

// CartOf sets the load of each township against what it has. It is about bodies and demands, never about a person: a
// township's people are a number.
func (d *Desk) CartOf(ctx context.Context, who actor.Actor) (*Cart, error) {
	place, err := d.priceReader(ctx, who)
	if err != nil {
		return nil, err
	}
	p, err := d.priceOf(ctx, place)
	if err != nil {
		return nil, err
	}
	c := &Cart{PlaceName: p.PlaceName, Heaviest: p.Demands[:min(10, len(p.Demands))]}
	for _, o := range d.Offices.Tree().In(division.Prefix(place), org.StreetTownship) {
		t := CartTown{Body: d.Body(o.ID), People: len(d.Offices.Staff(o.ID))}
		for _, x := range p.Demands {
			if in := x.In(division.Prefix(o.Division)); in > 0 {
				t.Demands++
				t.Hours += in
			}
		}
		year := d.Now().AddDate(-1, 0, 0).UnixMilli()
		err := d.DB.Row(ctx, `SELECT COUNT(*) FILTER (WHERE NOT ended), COUNT(*) FILTER (WHERE opened >= $2) FROM matter WHERE holder = $1 AND NOT sealed`,
			[]any{o.ID, year}, &t.Open, &t.Year)
		if err != nil {
			return nil, fmt.Errorf("desk.CartOf: %w", err)
		}
		if t.Has, err = d.means(ctx, o.Division); err != nil {
			return nil, err
		}
		c.Towns = append(c.Towns, t)
	}
	return c, nil
}

// means are what the township's own table says: posts, people, money.
func (d *Desk) means(ctx context.Context, place string) ([]Means, error) {
	cells, err := table.Of(ctx, d.DB, place, "")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range cells {
		ids = append(ids, c.Element)
	}
	slices.Sort(ids)
	elements, err := table.Elements(ctx, d.DB, slices.Compact(ids), d.Today())
	if err != nil {
		return nil, err
	}
	var list []Means
	for _, c := range cells {
		e := elements[c.Element]
		if strings.HasPrefix(e.ID, "town.") && c.Period == table.PeriodOf(e.Period, d.Today()) {
			list = append(list, Means{e.Title, e.En, c.Value, e.Unit})
		}
	}
	return list, nil
}
