package price

import (
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// Worked case 5: a form of thirty fields, of which twenty-two are known, costs eight cells; asking once saves twenty-two.
// Two villages answer each quarter; one field is about each household.
func TestAFormCostsWhatItAsks(t *testing.T) {
	fields := make([]field, 30)
	for i := range fields {
		fields[i] = field{"place", "reuse"}
		if i < 8 {
			fields[i].kind = "new"
		}
	}
	d := Demand{Level: "village", Place: "421223000000", Period: "quarter"}
	b := Base{Places: map[string][]string{"village": {"421223100001", "421223101001", "421224100001"}}, Living: map[string]map[string]int{"421223100001": {"household": 3}}}
	d.count(fields, b, Learned{})
	if d.Asked != 8 || d.Cells != 16 || d.AllCells != 60 || d.Respondents != 2 || d.Real {
		t.Fatalf("%+v", d)
	}
	if want := Usual * 16 * 4 / 12; d.Month() != want || d.One() != want/2 || d.In("421223100") != want/2 {
		t.Errorf("a month is %v, of one village %v, of one township %v; want %v", d.Month(), d.One(), d.In("421223100"), want)
	}
	if want := Usual * 44 * 4 / 12; d.Saved() != want {
		t.Errorf("saved %v, want %v", d.Saved(), want)
	}
	fields[0].subject = "household"
	d = Demand{Level: "village", Place: "421223000000", Period: "month"}
	d.count(fields, b, Learned{Fillings: 5, Cells: 10, Took: 100 * time.Second})
	if d.Cells != 7*2+3 || d.Each != 10*time.Second || !d.Real || d.Rounds != 12 {
		t.Errorf("with households and learned time: %+v", d)
	}
}

// A learned figure is shown only after several fillings, and one person in one sitting is one filling.
func TestTimeIsLearnedOfAFormNeverOfAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add := func(cells int, took time.Duration, first bool) {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return Took(t.Context(), tx, "F", "2026-03-02", cells, took, first) })
			if err != nil {
				t.Fatal(err)
			}
		}
		learned := func() Learned {
			all, err := Times(t.Context(), d, "2026-04-01")
			if err != nil {
				t.Fatal(err)
			}
			return all["F"]
		}
		add(1, 20*time.Second, true)
		for range 20 {
			add(1, 20*time.Second, false)
		}
		if each, real := learned().PerCell(); real || each != Usual {
			t.Errorf("one sitting gives a figure: %v", each)
		}
		for range Floor - 1 {
			add(2, 40*time.Second, true)
		}
		add(1, 10*time.Hour, false) // somebody left the page open
		l := learned()
		if each, real := l.PerCell(); !real || l.Fillings != Floor || each != l.Took/time.Duration(l.Cells) || each > time.Minute {
			t.Errorf("%+v gives %v", l, each)
		}
		var columns int
		if err := d.Row(t.Context(), `SELECT COUNT(*) FROM fill_time WHERE month <> '2026-03'`, nil, &columns); err != nil || columns != 0 {
			t.Errorf("a time is kept by more than its month: %d %v", columns, err)
		}
	})
}

// The newest budget that has begun holds; the ones before stay.
func TestTheNewestBudgetHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for day, hours := range map[calendar.Day]time.Duration{"2026-01-01": 10, "2026-03-01": 6, "2026-06-01": 4} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				return SetBudget(t.Context(), tx, Budget{Org: "county-water", From: day, Month: hours * time.Hour, At: time.UnixMilli(0)})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		all, err := Budgets(t.Context(), d, "2026-05-01")
		if err != nil || all["county-water"].Month != 6*time.Hour {
			t.Errorf("%+v %v", all, err)
		}
	})
}
