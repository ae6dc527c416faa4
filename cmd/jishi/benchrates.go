package main

import (
	"context"
	"errors"

	"jishi/bench"
	"jishi/desk"
	"jishi/people/actor"
)

// rates measures the figures of any body in any year, opened with the matters behind it, and the leader's table of
// all bodies. The limit is the bare reading of the same sums by their key, with nothing asked of anyone.
func (b *benchmark) rates(ctx context.Context, s *system, print func(bench.Result) error) error {
	who, err := s.desk.Staff(ctx, "county-petition-head")
	if err != nil {
		return err
	}
	type cell struct{ rate, year, org string }
	var cells []cell
	err = s.db.Each(ctx, `SELECT rate, period, org FROM rate_sum WHERE rate LIKE 'petition.%' AND length(period) = 4 AND place = '' AND class = ''
		GROUP BY rate, period, org ORDER BY rate, period, org`, nil, func(scan func(...any) error) error {
		var c cell
		err := scan(&c.rate, &c.year, &c.org)
		if c.rate = c.rate[len("petition."):]; err == nil {
			cells = append(cells, c)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(cells) == 0 {
		return errors.New("no rates were counted")
	}
	pick := func(me, i int) cell { return cells[(me*7919+i*31)%len(cells)] }
	raw := func(me, i int) error {
		c := pick(me, i)
		return s.db.Each(ctx, `SELECT outcome, n FROM rate_sum WHERE rate = $1 AND period = $2 AND place = '' AND class = '' AND org = $3`,
			[]any{"petition." + c.rate, c.year, c.org}, func(scan func(...any) error) error {
				var outcome string
				var n int
				return scan(&outcome, &n)
			})
	}
	one := func(me, i int) error {
		c := pick(me, i)
		_, err := s.desk.Rate(ctx, who, desk.RateAsk{Set: "petition", Period: c.year}, c.rate, c.org, desk.RatePick{})
		return err
	}
	all := func(me, i int) error { return ratesOf(ctx, s, who, pick(me, i).year) }
	if err := b.paces("rates-body", 20, raw, one, print); err != nil {
		return err
	}
	return b.paces("rates-all", 20, raw, all, print)
}

func ratesOf(ctx context.Context, s *system, who actor.Actor, year string) error {
	t, err := s.desk.Rates(ctx, who, desk.RateAsk{Set: "petition", Period: year})
	if err == nil && len(t.Rows) == 0 {
		err = errors.New("no row for " + year)
	}
	return err
}
