package rates

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"jishi/base/db"
)

// Query says which cases are meant. Empty means all of them, except for the period, which must be named.
type Query struct {
	Rates  []string // SET.RATE
	Period string   // 2026 or 2026-03
	Orgs   []string // nil: every body; empty: none
	Place  string   // beginning of a place's code
	Class  string
}

// By is what sums are told apart by, beside rate, reason, method and outcome.
type By string

const (
	ByOrg   By = "org"
	ByPlace By = "place"
	ByClass By = "class"
	ByMonth By = "period"
)

// Sum is a number of cases that are alike.
type Sum struct {
	Rate, Key, Asked, Why, Outcome string
	N                              int
}

// statement is a condition with its arguments.
type statement struct {
	where []string
	args  []any
}

func (s *statement) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

func (s *statement) and(text string) { s.where = append(s.where, text) }

func (s *statement) in(column string, values []string) {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = s.arg(v)
	}
	if len(list) == 0 {
		list = []string{"NULL"}
	}
	s.and(column + " IN (" + strings.Join(list, ", ") + ")")
}

// under is every code that begins with the prefix, as a range that an index can walk.
func (s *statement) under(column, prefix string) {
	s.and(column + " >= " + s.arg(prefix))
	s.and(column + " < " + s.arg(prefix+"~"))
}

// Sums counts the cases of the query, told apart by one thing. It reads sums and never a case, so that it costs the
// same whatever the number of matters.
func Sums(ctx context.Context, r db.Reader, q Query, by By) ([]Sum, error) {
	s := &statement{}
	s.in("s.rate", q.Rates)
	if by == ByMonth {
		s.under("s.period", q.Period[:4]+"-")
	} else {
		s.and("s.period = " + s.arg(q.Period))
	}
	switch {
	case q.Place != "":
		s.under("s.place", q.Place)
	case by == ByPlace:
		s.and("s.place <> ''")
	default:
		s.and("s.place = ''")
	}
	switch {
	case q.Class != "":
		s.and("s.class = " + s.arg(q.Class))
	case by == ByClass:
		s.and("s.class <> ''")
	default:
		s.and("s.class = ''")
	}
	if q.Orgs != nil {
		s.in("s.org", q.Orgs)
	}
	key := "s." + string(by)
	var list []Sum
	err := r.Each(ctx, `SELECT s.rate, `+key+`, s.asked, s.why, s.outcome, CAST(SUM(s.n) AS BIGINT) FROM rate_sum s WHERE `+strings.Join(s.where, " AND ")+
		` GROUP BY s.rate, `+key+`, s.asked, s.why, s.outcome ORDER BY s.rate, `+key+`, s.asked, s.why, s.outcome`, s.args,
		func(scan func(...any) error) error {
			var x Sum
			err := scan(&x.Rate, &x.Key, &x.Asked, &x.Why, &x.Outcome, &x.N)
			if x.N != 0 {
				list = append(list, x)
			}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("rates.Sums: %w", err)
	}
	return list, nil
}

// Pick narrows cases further.
type Pick struct {
	Outcome string
	Why     string // a reason; "none" for those that no reason leaves out, "any" for those that one does
}

// Condition is the query as a condition on rate_case under the alias c, with its arguments from $1 on: whoever lists
// the matters puts the reader's scope in the same statement.
func Condition(q Query, p Pick) (where string, args []any) {
	s := &statement{}
	s.in("c.rate", q.Rates)
	s.under("c.day", q.Period)
	if q.Orgs != nil {
		s.in("c.org", q.Orgs)
	}
	if q.Place != "" {
		s.under("c.place", q.Place)
	}
	if q.Class != "" {
		s.and("c.class = " + s.arg(q.Class))
	}
	if p.Outcome != "" {
		s.and("c.outcome = " + s.arg(p.Outcome))
	}
	switch p.Why {
	case "":
	case "none":
		s.and("c.why = ''")
	case "any":
		s.and("c.why <> ''")
	default:
		s.and("c.why = " + s.arg(p.Why))
	}
	return strings.Join(s.where, " AND "), s.args
}
