package price

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/division"
)

// Demand is one form with what it costs the base. Everything in it is a number that can be opened: fields, cells,
// respondents, rounds a year, and the time for a cell.
type Demand struct {
	Form, Org, Title, Period, Level, Place, State string
	Fields                                        int // all fields of the form
	Asked                                         int // those that the base must fill; the rest is known or shared
	Cells                                         int // to fill in one round, over all who answer
	AllCells                                      int // what one round would be if the form asked everything again
	Respondents                                   int
	Rounds                                        int // a year
	Learned                                       Learned
	Each                                          time.Duration  // for one cell
	Real                                          bool           // Each was learned from fillings; otherwise it is the setting
	at                                            map[string]int // cells to fill by place
}

// Month is what the demand costs in a month, over all who answer. A form that is asked once counts in the year in which
// it came on the list, a twelfth each month.
func (d Demand) Month() time.Duration { return d.month(d.Cells) }

// Saved is what asking once saves in a month: the cells that the form has and that nobody fills again.
func (d Demand) Saved() time.Duration { return d.month(d.AllCells - d.Cells) }

// One is what it costs one of those who answer, in a month, on average.
func (d Demand) One() time.Duration {
	if d.Respondents == 0 {
		return 0
	}
	return d.Month() / time.Duration(d.Respondents)
}

// In is what it costs the places that begin with prefix, in a month.
func (d Demand) In(prefix string) time.Duration {
	n := 0
	for place, cells := range d.at {
		if strings.HasPrefix(place, prefix) {
			n += cells
		}
	}
	return d.month(n)
}

func (d Demand) month(cells int) time.Duration {
	return d.Each * time.Duration(cells*d.Rounds) / 12
}

// rounds is how often a period comes round in a year.
func rounds(period string) int {
	switch period {
	case "month":
		return 12
	case "quarter":
		return 4
	}
	return 1
}

// Base is who answers: places by level, with how many households and persons each has.
type Base struct {
	Places map[string][]string // by level: village, township
	Living map[string]map[string]int
}

// field is one field as it counts.
type field struct{ subject, kind string }

// Demands are the forms in one of the states with their cost, in the order in which they came on the list. form names
// one of them, "" all.
func Demands(ctx context.Context, r db.Reader, b Base, today calendar.Day, form string, states ...string) ([]Demand, error) {
	times, err := Times(ctx, r, today)
	if err != nil {
		return nil, err
	}
	args := []any{string(today), form}
	var in []string
	for _, s := range states {
		args = append(args, s)
		in = append(in, fmt.Sprintf("$%d", len(args)))
	}
	var all []Demand
	fields := map[string][]field{}
	err = r.Each(ctx, `SELECT f.id, f.org, f.title, f.period, f.level, f.place, f.state, COALESCE(d.kind, ''), COALESCE(d.n, 0), COALESCE(e.subject, 'place')
		FROM form f LEFT JOIN form_field d ON d.form = f.id
		LEFT JOIN element e ON e.id = d.element AND e.from_day <= $1 AND (e.to_day = '' OR e.to_day >= $1)
		WHERE ($2 = '' OR f.id = $2) AND f.state IN (`+strings.Join(in, ", ")+`) ORDER BY f.listed_at, f.id, d.n`, args, func(scan func(...any) error) error {
		var x Demand
		var f field
		var n int
		if err := scan(&x.Form, &x.Org, &x.Title, &x.Period, &x.Level, &x.Place, &x.State, &f.kind, &n, &f.subject); err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].Form != x.Form {
			all = append(all, x)
		}
		if n > 0 {
			fields[x.Form] = append(fields[x.Form], f)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("price.Demands: %w", err)
	}
	for i := range all {
		all[i].count(fields[all[i].Form], b, times[all[i].Form])
	}
	return all, nil
}

// count multiplies: fields by subjects by places.
func (d *Demand) count(fields []field, b Base, l Learned) {
	d.Rounds, d.Learned, d.at = rounds(d.Period), l, map[string]int{}
	d.Each, d.Real = l.PerCell()
	d.Fields = len(fields)
	for _, f := range fields {
		if f.asked() {
			d.Asked++
		}
	}
	for _, place := range b.Places[d.Level] {
		if !strings.HasPrefix(place, division.Prefix(d.Place)) {
			continue
		}
		d.Respondents++
		for _, f := range fields {
			n := 1
			if f.subject == "household" || f.subject == "person" {
				n = b.Living[place][f.subject]
			}
			d.AllCells += n
			if f.asked() {
				d.Cells += n
				d.at[place] += n
			}
		}
	}
}

// asked: what the overlap report called reused or shared is not asked again.
func (f field) asked() bool { return f.kind != "reuse" && f.kind != "share" }

// Budget is how much of the base's time a department's demands may take in a month, as the county set it.
type Budget struct {
	Org, By, ByOrg, Reason string
	From                   calendar.Day
	Month                  time.Duration
	At                     time.Time
}

// SetBudget sets a department's budget from a day on. The ones before stay.
func SetBudget(ctx context.Context, tx *db.Tx, b Budget) error {
	return tx.Put(ctx, `INSERT INTO price_budget (org, from_day, minutes, reason, by_person, by_org, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (org, from_day) DO UPDATE SET minutes = excluded.minutes, reason = excluded.reason, by_person = excluded.by_person,
		by_org = excluded.by_org, at = excluded.at`, b.Org, string(b.From), int64(b.Month/time.Minute), b.Reason, b.By, b.ByOrg, b.At.UnixMilli())
}

// Budgets are those in force on the day, by department.
func Budgets(ctx context.Context, r db.Reader, day calendar.Day) (map[string]Budget, error) {
	all := map[string]Budget{}
	err := r.Each(ctx, `SELECT org, from_day, minutes, reason, by_person, by_org, at FROM price_budget WHERE from_day <= $1 ORDER BY org, from_day`,
		[]any{string(day)}, func(scan func(...any) error) error {
			var b Budget
			var minutes, at int64
			err := scan(&b.Org, &b.From, &minutes, &b.Reason, &b.By, &b.ByOrg, &at)
			b.Month, b.At = time.Duration(minutes)*time.Minute, time.UnixMilli(at)
			all[b.Org] = b // the newest comes last
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("price.Budgets: %w", err)
	}
	return all, nil
}
