package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/derive/rates"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// RateCell is one rate of one body opened: its numbers, what is left out and why, and the cases behind it that the
// reader may see.
type RateCell struct {
	Ask     RateAsk
	Set     *procedure.Rates
	ID      string
	Rate    procedure.Rate
	Body    Body
	Figure  *rates.Figure
	Inside  bool
	Cases   []RateCase
	Next    string
	Appeals []RateAppeal
	Methods []Choice // ways of asking, in words
}

// RateCase is one case with its matter.
type RateCase struct {
	rates.Case
	Number, Title, PlaceName string
	OutcomeTitle             string
	WhyTitle, WhyEn          string
}

// RateAppeal is an appeal of the body about one of its cases.
type RateAppeal struct {
	rates.Appeal
	GroundTitle, GroundEn string
	StateTitle, StateEn   string
	About                 string // number of the matter, where the reader may see it
	Decider               Body
}

// RatePick narrows the cases of a cell.
type RatePick struct {
	Outcome string // met, not, open
	Why     string // a reason, or any, or none
	Cursor  string
}

// casesAtOnce are the cases on one page of a cell.
const casesAtOnce = 50

// Rate opens one rate of one body. Whoever may not see the body inside sees the public part of a public rate, and
// never a matter.
func (d *Desk) Rate(ctx context.Context, who actor.Actor, ask RateAsk, id, body string, pick RatePick) (*RateCell, error) {
	ask.By = "body"
	t, reach, err := d.rateTable(who, ask)
	if err != nil {
		return nil, err
	}
	if t.Set == nil || t.Set.Rates[id].Title == "" {
		return nil, words.Refuse(words.NotFound, "no-such-rates", "没有这组比率，或者它不对外公布。")
	}
	if t.Inside && !slices.Contains(reach, body) {
		ask.Public = true
		return d.Rate(ctx, who, ask, id, body, RatePick{})
	}
	c := &RateCell{Ask: t.Ask, Set: t.Set, ID: id, Rate: t.Set.Rates[id], Body: d.Body(body), Inside: t.Inside, Methods: d.rateMethods(t.Set)}
	q := rates.Query{Rates: []string{t.Set.ID + "." + id}, Period: t.Ask.Period, Orgs: []string{body}, Place: division.Prefix(t.Ask.Place), Class: t.Ask.Class}
	if c.Figure, err = d.rateFigure(ctx, who, t, q); err != nil {
		return nil, err
	}
	if c.Body.ID == "" && c.Figure != nil { // a body that no longer stands
		c.Body = Body{ID: body, Name: body, Short: body}
	}
	if c.Body.ID == "" || !c.Inside && c.Figure == nil {
		return nil, words.Refuse(words.NotFound, "no-such-figure", "这里没有可以打开的数字。").Try("件数太少的，为了不让人认出是谁的事，不对外公布。")
	}
	if !c.Inside {
		return c, nil
	}
	if err := d.rateCases(ctx, who, c, q, pick); err != nil {
		return nil, err
	}
	return c, d.rateAppeals(ctx, who, c)
}

// rateFigure is the figure of one rate of one body. The public one is taken from the public table, in which it may be
// hidden for the sake of others.
func (d *Desk) rateFigure(ctx context.Context, who actor.Actor, t *RateTable, q rates.Query) (*rates.Figure, error) {
	if t.Inside {
		sums, err := rates.Sums(ctx, d.DB, q, rates.ByOrg)
		if err != nil {
			return nil, err
		}
		return rates.Figures(sums)[q.Rates[0]][q.Orgs[0]], nil
	}
	ask := t.Ask
	ask.Public = true
	whole, err := d.Rates(ctx, who, ask)
	if err != nil {
		return nil, err
	}
	for _, row := range whole.Rows {
		if row.Key == q.Orgs[0] {
			return row.Figures[strings.TrimPrefix(q.Rates[0], t.Set.ID+".")], nil
		}
	}
	return nil, nil
}

func (d *Desk) rateMethods(s *procedure.Rates) []Choice {
	p, err := d.Book.Procedure(s.Procedure, d.Today(), d.Profile)
	if err != nil {
		return nil
	}
	f := p.Fields[s.Asked]
	var list []Choice
	for _, id := range slices.Sorted(maps.Keys(f.Options)) {
		list = append(list, Choice{Value: id, Title: f.Options[id].Title, En: f.Options[id].En})
	}
	return list
}

// rateCases are the cases behind the figure, the newest first, with the reader's scope in the same statement.
func (d *Desk) rateCases(ctx context.Context, who actor.Actor, c *RateCell, ask rates.Query, pick RatePick) error {
	where, args := rates.Condition(ask, rates.Pick{Outcome: pick.Outcome, Why: pick.Why})
	q := &query{args: args}
	where += " AND NOT m.sealed AND " + d.scope(q, who)
	if pick.Cursor != "" {
		day, id, ok := strings.Cut(pick.Cursor, ".")
		if !ok {
			return words.Refuse(words.Invalid, "cursor", "翻页的位置不对，请从第一页重新看起。")
		}
		where += " AND (c.day, c.matter) < (" + q.arg(day) + ", " + q.arg(id) + ")"
	}
	sql := `SELECT c.matter, c.n, c.org, c.day, c.place, c.class, c.asked, c.why, c.outcome, c.appeal, m.number, m.title
		FROM rate_case c JOIN matter m ON m.id = c.matter WHERE ` + where + ` ORDER BY c.day DESC, c.matter DESC, c.n DESC LIMIT ` + q.arg(casesAtOnce+1)
	err := d.DB.Each(ctx, sql, q.args, func(scan func(...any) error) error {
		var x RateCase
		err := scan(&x.Matter, &x.N, &x.Org, &x.Day, &x.Place, &x.Class, &x.Asked, &x.Why, &x.Outcome, &x.Appeal, &x.Number, &x.Title)
		e := c.Set.Exclusions[x.Why]
		x.OutcomeTitle, x.WhyTitle, x.WhyEn = outcomes[x.Outcome], e.Title, e.En
		c.Cases = append(c.Cases, x)
		return err
	})
	if err != nil {
		return fmt.Errorf("desk.rateCases: %w", err)
	}
	if len(c.Cases) > casesAtOnce {
		last := c.Cases[casesAtOnce-1]
		c.Next, c.Cases = string(last.Day)+"."+last.Matter, c.Cases[:casesAtOnce]
	}
	for i := range c.Cases {
		c.Cases[i].PlaceName = lastName(d.path(ctx, c.Cases[i].Place))
	}
	return nil
}

var outcomes = map[string]string{rates.Met: "计入分子", rates.Not: "未计入分子", rates.Open: "还没有结果"}

// rateAppeals are the body's appeals of the period. Where the reader may not see the matter they are about, its
// number is left out.
func (d *Desk) rateAppeals(ctx context.Context, who actor.Actor, c *RateCell) error {
	if c.Set.Contest == nil {
		return nil
	}
	from, to := periodSpan(c.Ask.Period)
	q := &query{}
	sql := `SELECT a.matter, a.appeal, a.number, a.org, a.at, a.ground, a.state, a.ended, m.fold FROM rate_appeal a
		JOIN matter m ON m.id = a.appeal WHERE a.org = ` + q.arg(c.Body.ID) + ` AND a.at >= ` + q.arg(from) + ` AND a.at < ` + q.arg(to) +
		` AND ` + d.scope(q, who) + ` ORDER BY a.at DESC, a.appeal DESC LIMIT 200`
	var folds []string
	err := d.DB.Each(ctx, sql, q.args, func(scan func(...any) error) error {
		var a RateAppeal
		var fold string
		err := scan(&a.Matter, &a.ID, &a.Number, &a.Org, &a.At, &a.Ground, &a.State, &a.Ended, &fold)
		c.Appeals, folds = append(c.Appeals, a), append(folds, fold)
		return err
	})
	if err != nil {
		return fmt.Errorf("desk.rateAppeals: %w", err)
	}
	kept := c.Appeals[:0]
	for i, a := range c.Appeals {
		m, err := matter.Decode(folds[i])
		if err != nil {
			return err
		}
		p, err := d.Book.ByKey(m.Version)
		if err != nil {
			return err
		}
		about, err := d.Matters.Load(ctx, d.DB, a.Matter)
		if err != nil || about.Procedure != c.Set.Procedure || about.Sealed {
			continue
		}
		if d.Matters.Sees(who, about) {
			a.About = about.Number
		}
		g := p.Fields[c.Set.Contest.Ground].Options[a.Ground]
		a.GroundTitle, a.GroundEn = g.Title, g.En
		a.StateTitle, a.StateEn = p.States[m.State].Title, p.States[m.State].En
		for _, relation := range slices.Sorted(maps.Keys(m.Parties)) {
			if relation != c.Set.Contest.Body && p.Relations[relation].Kind == "org" {
				a.Decider = d.Body(m.Org(relation))
			}
		}
		kept = append(kept, a)
	}
	c.Appeals = kept
	return nil
}

// periodSpan is the period in milliseconds, its end not included.
func periodSpan(period string) (from, to int64) {
	year, _ := strconv.Atoi(period[:4])
	first, next := calendar.Day(period[:4]+"-01-01"), calendar.Day(fmt.Sprintf("%04d-01-01", year+1))
	if len(period) == 7 {
		month, _ := strconv.Atoi(period[5:])
		first, next = calendar.Day(period+"-01"), calendar.Day(fmt.Sprintf("%04d-%02d-01", year+month/12, month%12+1))
	}
	return first.Start().UnixMilli(), next.Start().UnixMilli()
}
