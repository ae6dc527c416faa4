package desk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/module/duty"
	"jishi/work/matter"
)

// The procedures of burden relief.
const (
	Admission     = "admission"
	BurdenRefusal = "burden-refusal"
	Certificate   = "certificate"
	Inspection    = "inspection"
	Cleanup       = "cleanup"
)

// AdmissionLine is a demand on villages as the public may read it.
type AdmissionLine struct {
	Number, Title, Class, ClassEn, ListNo, Basis string
	Org                                          Body
	State, StateTitle, StateEn                   string
	Frequency                                    string
	Hours, Runs, Villages, Budget                int  // hours per run; runs in a year; villages in its place; yuan per village and year
	Reviewed                                     bool // once a year somebody counted what it really took
	Uses, Spent                                  int  // runs in that year and hours in all, where it was
	Until                                        calendar.Day
	Cause, Reason                                string
	Ended                                        calendar.Day
	place                                        string
}

// YearHours is what it costs, or would have cost, all villages in a year: what its review counted, else what its applicant
// wrote, hours per run, runs in a year, villages.
func (l AdmissionLine) YearHours() int {
	if l.Reviewed {
		return l.Spent
	}
	return l.Hours * l.Runs * l.Villages
}

// CleanupLine is a campaign with what was counted. Tenths is the reduction in tenths of a percent, computed.
type CleanupLine struct {
	Number, Title, Kind, State string
	Org                        Body
	Before, After, Target      int
	Found                      int
	Counted, Looked            bool
	Tenths                     int
	Known                      bool
	Claimed                    string
	InRegister                 [2]int // that stood in the register of what hangs, runs and is kept on the two days
	Typed                      [2]int // what was typed of the two days; where the register keeps the kind, Before and After are the register's
	Registered                 bool   // the register keeps things of this kind
	Off                        bool   // what was typed differs by more than 0.1 point from what is computed
	place                      string
	days                       [2]calendar.Day
}

// Asked is how often a body asked residents for a certificate that no village issues, or villages for what was not admitted.
type Asked struct {
	Name string
	N    int
	Of   int // of certificates: asked in all
}

// Burden is the county's public account.
type Burden struct {
	Active, Refused, Ended []AdmissionLine
	Cleanups               []CleanupLine
	Inspections            map[string]int // by state
	Certificates           []Asked        // this month and the eleven before, by who asked
	Demands                []Asked        // refused by villages, by who demanded; what was told in confidence is not counted
	Forms                  *SavedHours    // what asking once saves, from real fillings: module/price
	Since                  calendar.Day
}

var runs = map[string]int{"once": 1, "year": 1, "half": 2, "quarter": 4, "month": 12, "week": 52}

// Burden is the public account of what was admitted, refused and abolished, for anyone. It is counted from the
// matters each time and typed by nobody. Villages are in it as a number only: nothing here ranks them.
func (d *Desk) Burden(ctx context.Context) (Burden, error) {
	b := Burden{Inspections: map[string]int{}, Since: d.Today().AddMonths(-12)}
	err := d.eachOf(ctx, Admission, func(m *matter.Matter) {
		l := d.admissionLine(m)
		switch {
		case m.State == "active":
			b.Active = append(b.Active, l)
		case m.State == "rejected":
			b.Refused = append(b.Refused, l)
		case m.State == "exited":
			b.Ended = append(b.Ended, l)
		}
	})
	if err == nil {
		err = d.eachOf(ctx, Cleanup, func(m *matter.Matter) { b.Cleanups = append(b.Cleanups, d.cleanupLine(m)) })
	}
	if err == nil {
		err = d.eachOf(ctx, Inspection, func(m *matter.Matter) { b.Inspections[m.State]++ })
	}
	if err == nil {
		b.Certificates, err = d.askers(ctx, Certificate, b.Since, func(m *matter.Matter) bool { return m.State == "refused" || m.State == "no-basis" })
	}
	if err == nil {
		b.Demands, err = d.askers(ctx, BurdenRefusal, b.Since, func(m *matter.Matter) bool { return m.State != "listed" })
	}
	if err == nil {
		err = d.reach(ctx, b.Active, b.Refused, b.Ended)
	}
	if err == nil {
		err = d.registered(ctx, b.Cleanups)
	}
	if err == nil {
		b.Forms, err = d.SavedHours(ctx, "")
	}
	return b, err
}

// eachOf reads all matters of the procedure that are not sealed, in the order in which they were opened.
func (d *Desk) eachOf(ctx context.Context, procedure string, see func(m *matter.Matter)) error {
	err := d.DB.Each(ctx, `SELECT m.fold FROM matter m WHERE m.procedure = $1 AND NOT m.sealed ORDER BY m.opened, m.id`, []any{procedure}, func(scan func(...any) error) error {
		var fold string
		if err := scan(&fold); err != nil {
			return err
		}
		m, err := matter.Decode(fold)
		if err == nil {
			see(m)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("desk.eachOf %s: %w", procedure, err)
	}
	return nil
}

func number(m *matter.Matter, field string) int {
	n, err := strconv.Atoi(m.Fields[field])
	if err != nil { // not said
		return 0
	}
	return n
}

func (d *Desk) admissionLine(m *matter.Matter) AdmissionLine {
	l := AdmissionLine{Number: m.Number, Title: d.title(m), ListNo: m.Fields["list_no"], Basis: d.bare(m.Fields["basis"]), Org: d.Body(m.Org("applicant")),
		State: m.State, Frequency: m.Fields["frequency"], Hours: number(m, "hours"), Runs: runs[m.Fields["frequency"]], Budget: number(m, "budget"),
		Until: calendar.Day(m.Fields["end_on"]), Cause: m.Fields["cause"], Reason: d.bare(m.Fields["reason"])}
	if p, err := d.Book.ByKey(m.Version); err == nil {
		l.Class, l.ClassEn = p.Classes[m.Class].Title, p.Classes[m.Class].En
		l.StateTitle, l.StateEn = p.States[m.State].Title, p.States[m.State].En
		if o, ok := p.Fields["cause"].Options[l.Cause]; ok {
			l.Cause = o.Title
		}
	}
	if m.Fields["hours_used"] != "" {
		l.Reviewed, l.Uses, l.Spent = true, number(m, "uses"), number(m, "hours_used")
	}
	if m.Ended {
		l.Ended = dayOf(m.Updated)
	}
	l.place = m.Fields["place"]
	return l
}

// reach fills in how many villages each demand reaches; each place is counted once.
func (d *Desk) reach(ctx context.Context, lists ...[]AdmissionLine) error {
	known := map[string]int{}
	for _, list := range lists {
		for i := range list {
			place := list[i].place
			if _, ok := known[place]; !ok {
				n, err := d.Places.Villages(ctx, place)
				if err != nil {
					return err
				}
				known[place] = n
			}
			list[i].Villages = known[place]
		}
	}
	return nil
}

func (d *Desk) cleanupLine(m *matter.Matter) CleanupLine {
	l := CleanupLine{Number: m.Number, Title: d.title(m), State: m.State, Org: d.Body(m.Org("desk")),
		Before: number(m, "before"), Target: number(m, "goal"), After: number(m, "after"), Found: number(m, "found"),
		Kind: m.Fields["kind"], place: m.Fields["place"], days: [2]calendar.Day{calendar.Day(m.Fields["before_on"]), calendar.Day(m.Fields["after_on"])},
		Counted: m.Fields["after"] != "", Looked: m.Fields["found"] != "", Claimed: m.Fields["claimed"]}
	l.Typed = [2]int{l.Before, l.After}
	l.reckon()
	return l
}

// reckon computes the reduction from the two counts.
func (l *CleanupLine) reckon() {
	if l.Counted {
		l.Tenths, l.Known = duty.Reduction(l.Before, l.After)
		l.Off, _ = duty.Compare(l.Claimed, l.Before, l.After)
	}
}

// registered counts the campaigns by the register: how many things of the kind stood in the place on the two days of the
// counts, whatever was typed of them. A kind of which the register keeps nothing stays as it was typed; the day after is
// today until somebody counted.
func (d *Desk) registered(ctx context.Context, list []CleanupLine) error {
	for i := range list {
		l := &list[i]
		if l.days[1] == "" {
			l.days[1] = d.Today()
		}
		if !slices.Contains(duty.KeptKinds, l.Kind) || l.place == "" {
			continue
		}
		for n, day := range l.days {
			tallies, err := duty.Standing(ctx, d.DB, l.place, day)
			if err != nil {
				return err
			}
			l.InRegister[n], _ = duty.Total(tallies, l.Kind)
		}
		if l.Registered = l.InRegister[0] > 0; l.Registered {
			l.Before, l.After = l.InRegister[0], l.InRegister[1]
			l.reckon()
		}
	}
	return nil
}

// askers counts matters since the day by the body that asked, the most frequent first; a body is named as it was
// chosen from the list, else as it was written.
func (d *Desk) askers(ctx context.Context, procedure string, since calendar.Day, counts func(m *matter.Matter) bool) ([]Asked, error) {
	n, of := map[string]int{}, map[string]int{}
	err := d.eachOf(ctx, procedure, func(m *matter.Matter) {
		if dayOf(m.Opened) < since {
			return
		}
		name := strings.TrimSpace(m.Fields["asker"])
		if o, ok := d.Offices.Tree().Get(m.Fields["asker_org"]); ok {
			name = o.Name
		}
		of[name]++
		if counts(m) {
			n[name]++
		}
	})
	var list []Asked
	for _, name := range slices.Sorted(maps.Keys(n)) {
		list = append(list, Asked{name, n[name], of[name]})
	}
	slices.SortStableFunc(list, func(a, b Asked) int { return cmp.Compare(b.N, a.N) })
	return list, err
}

func dayOf(ms int64) calendar.Day { return calendar.DayOf(time.UnixMilli(ms)) }
