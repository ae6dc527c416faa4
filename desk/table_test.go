package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/actor"
)

// element puts one element into the catalogue.
func (c *county) element(e collect.Element) {
	c.t.Helper()
	c.write(func(tx *db.Tx) error {
		return tx.Put(c.t.Context(), `INSERT INTO element (id, from_day, to_day, title, en, definition, type, codes, unit, period, subject, source, share,
			sensitivity, synonyms, theme, grade, by_person, at) VALUES ($1, '2020-01-01', '', $2, $2, '', $3, '[]', $4, $5, $6, $7, 'free', $8, '[]', '', 'D', 'x', 0)`,
			e.ID, e.Title, e.Type, e.Unit, e.Period, e.Subject, e.Source, e.Sensitivity)
	})
}

// asks puts a form on the county's list that asks for elements; a field without one is new.
func (c *county) asks(form, org string, elements ...string) {
	c.t.Helper()
	c.write(func(tx *db.Tx) error {
		err := tx.Put(c.t.Context(), `INSERT INTO form (id, org, title, basis, purpose, level, period, place, state, why, twin, matter, layout, layout_name, seq, by_person, at, listed_at)
			VALUES ($1, $2, $3, '', '', 'village', 'year', $4, 'listed', '', '', '', '', '', 1, 'x', 0, 1)`, form, org, "表"+form, c.land.County.Code)
		for i, e := range elements {
			label, _ := strings.CutPrefix(e, "new:")
			if label != e {
				e = ""
			}
			if err == nil {
				err = tx.Put(c.t.Context(), `INSERT INTO form_field (form, n, label, element, kind, type, unit, sheet, line, col, below, samples, note, decided, decided_at)
					VALUES ($1, $2, $3, $4, 'new', 'int', '个', '', 0, 0, FALSE, '[]', '', 'x', 0)`, form, i+1, label, e)
			}
		}
		return err
	})
}

func (c *county) write(fn func(tx *db.Tx) error) {
	c.t.Helper()
	if err := c.d.DB.Write(c.t.Context(), fn); err != nil {
		c.t.Fatal(err)
	}
}

// catalogued is a county with seven elements, two forms that share some of them, and a village with one household.
func catalogued(t *testing.T, d *db.DB) (*county, string) {
	c := newCounty(t, d)
	for _, e := range []collect.Element{
		{ID: "pop.registered", Title: "户籍人口数", Type: "int", Unit: "人", Period: "year", Subject: "place", Source: "公安", Sensitivity: "internal"},
		{ID: "well.n", Title: "水井数", Type: "int", Unit: "口", Period: "year", Subject: "place", Sensitivity: "internal"},
		{ID: "road.km", Title: "村道里程", Type: "number", Unit: "公里", Subject: "place", Sensitivity: "internal"},
		{ID: "hh.income", Title: "家庭年收入", Type: "number", Unit: "元", Period: "year", Subject: "household", Sensitivity: "personal"},
		{ID: "person.illness", Title: "所患疾病", Type: "text", Subject: "person", Sensitivity: "sensitive"},
		{ID: "person.education", Title: "文化程度", Type: "text", Subject: "person", Sensitivity: "personal"},
	} {
		c.element(e)
	}
	c.asks("F1", "county-water", "pop.registered", "well.n", "road.km", "new:水窖数")
	c.asks("F2", "county-agriculture", "well.n", "hh.income", "person.illness")
	place := c.d.PlaceOf("village-1-1")
	c.write(func(tx *db.Tx) error {
		ref, _, err := c.d.Vault.Seal(t.Context(), tx, c.now, vault.Identity{Name: "王某甲", Phone: "19900000001"})
		if err == nil {
			err = table.PutSubject(t.Context(), tx, table.Subject{Place: place, ID: "h1", Kind: table.Household, Label: "1组1号", From: "2020-01-01"}, "x", c.now)
		}
		if err == nil {
			err = table.PutSubject(t.Context(), tx, table.Subject{Place: place, ID: "p1", Kind: table.Person, Home: "h1", Label: "王**", Ref: ref, From: "2020-01-01"}, "x", c.now)
		}
		return err
	})
	return c, place
}

func (c *county) table(who, place string) *desk.Table {
	c.t.Helper()
	t, err := c.d.Table(c.t.Context(), c.officer(who), place)
	if err != nil {
		c.t.Fatal(err)
	}
	return t
}

func titles(slots []desk.Slot) string {
	var list []string
	for _, s := range slots {
		list = append(list, s.Element.Title)
	}
	return strings.Join(list, " ")
}

// put writes one cell and wants an outcome, or a refusal's code.
func (c *county) put(who, place string, x desk.Writing, want string) desk.WriteResult {
	c.t.Helper()
	if x.Token == "" {
		x.Token = desk.NewToken()
	}
	all, err := c.d.WriteTable(c.t.Context(), c.officer(who), place, "", []desk.Writing{x})
	if err != nil {
		if r, ok := words.AsRefusal(err); !ok || r.Code != want {
			c.t.Fatalf("%s writes %+v: %v, want %s", who, x, err, want)
		}
		return desk.WriteResult{}
	}
	got := string(all[0].Outcome)
	if all[0].Refusal != nil {
		got = all[0].Refusal.Code
	}
	if got != want {
		c.t.Fatalf("%s writes %+v: %s, want %s", who, x, got, want)
	}
	return all[0]
}

// A village sees only what is new: what the police give is no work of its own, a cell filled once serves both forms, and
// what it gave another year can be taken over.
func TestAVillageFillsOnlyWhatIsNew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, place := catalogued(t, d)
		v := c.table("village-1-1-officer", place)
		if got := titles(v.Waiting); got != "水井数 村道里程 水窖数" {
			t.Errorf("waiting: %s", got)
		}
		if got := titles(v.Others); got != "户籍人口数" || v.Others[0].SourceBody.ID != "county-police" {
			t.Errorf("from others: %s %+v", got, v.Others)
		}
		if len(v.Waiting[0].Forms) != 2 || len(v.Groups) != 2 || v.Groups[0].Of != 1 {
			t.Errorf("both forms want the wells, one wants a household: %+v %+v", v.Waiting[0].Forms, v.Groups)
		}
		c.put("village-1-1-officer", place, desk.Writing{Element: "well.n", Period: "2025", Act: table.Fill, Value: "１，２00", Form: "F1"}, "stands")
		c.put("village-1-1-officer", place, desk.Writing{Element: "road.km", Act: table.Fill, Value: "十二公里"}, "bad-value")
		c.put("village-1-1-officer", place, desk.Writing{Element: "road.km", Act: table.Fill, Value: "12.5", Form: "F1"}, "stands")
		c.put("county-police-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Given, Value: "1830"}, "stands")
		c.put("county-water-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Given, Value: "1"}, "not-the-source")
		v = c.table("village-1-1-officer", place)
		if titles(v.Waiting) != "水窖数" || len(v.Known) != 3 || len(v.Others) != 0 {
			t.Errorf("after filling: waiting %s, known %s", titles(v.Waiting), titles(v.Known))
		}
		if i := slices.IndexFunc(v.Known, func(s desk.Slot) bool { return s.Element.ID == "well.n" }); v.Known[i].Cell.Value != "1200" || v.Known[i].SourceBody.ID != "village-1-1" {
			t.Errorf("the wells: %+v", v.Known[i])
		}
		c.now = c.now.AddDate(1, 0, 0)
		v = c.table("village-1-1-officer", place)
		if titles(v.Waiting) != "水井数 水窖数" || v.Waiting[0].Before == nil || v.Waiting[0].Before.Value != "1200" {
			t.Errorf("a year later: %s %+v", titles(v.Waiting), v.Waiting)
		}
		for _, stranger := range []string{"village-2-1-officer", "county-water-officer", "town-2-officer"} {
			if _, err := c.d.Table(t.Context(), c.officer(stranger), place); err == nil {
				t.Errorf("%s sees the table", stranger)
			}
		}
		c.put("village-2-1-officer", place, desk.Writing{Element: "road.km", Act: table.Fill, Value: "1"}, "no-such-table")
	})
}

// What another body gave is contested, not overwritten: it decides within ten working days, and the village's value
// waits beside it. Two who filled without seeing each other are settled by a person of the village or its township.
func TestDisputesAreSettledByPersons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, place := catalogued(t, d)
		c.put("county-police-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Given, Value: "1830"}, "stands")
		c.put("village-1-1-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Correct, Value: "1803", Base: 1}, "not-yours-to-correct")
		c.put("village-1-1-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Confirm, Value: "1830", Base: 1}, "agrees")
		c.put("village-1-1-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Contest, Value: "1803", Base: 2}, "contest-reason")
		c.put("village-1-1-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Contest, Value: "1803", Base: 2, Reason: "迁出二十七人"}, "contends")
		c.put("village-1-1-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Settle, Value: "1803", Base: 3}, "not-yours-to-decide")
		list, err := c.d.ToDecide(t.Context(), c.officer("county-police-officer"))
		if err != nil || len(list) != 1 || list[0].Others[0].Due != "2025-03-17" {
			t.Fatalf("the police decide until ten working days are over: %+v %v", list, err)
		}
		c.put("county-police-officer", place, desk.Writing{Element: "pop.registered", Period: "2025", Act: table.Settle, Value: "1803", Base: 3}, "stands")
		v := c.table("village-1-1-officer", place)
		if v.Known[0].Cell.Value != "1803" || v.Known[0].SourceBody.ID != "county-police" || len(v.Open) != 0 {
			t.Errorf("decided: %+v", v.Known[0])
		}

		c.put("village-1-1-officer", place, desk.Writing{Element: "well.n", Period: "2025", Act: table.Fill, Value: "3"}, "stands")
		c.put("village-1-1-head", place, desk.Writing{Element: "well.n", Period: "2025", Act: table.Fill, Value: "4"}, "contends")
		v = c.table("town-1-officer", place)
		if len(v.Open) != 1 || !v.Open[0].MayDecide || v.Open[0].Others[0].Shown != "4" || v.Open[0].Cell.Value != "3" {
			t.Fatalf("the township sees both values: %+v", v.Open)
		}
		c.put("town-1-officer", place, desk.Writing{Element: "well.n", Period: "2025", Act: table.Settle, Value: "4", Base: 1}, "cell-moved")
		c.put("town-1-officer", place, desk.Writing{Element: "well.n", Period: "2025", Act: table.Settle, Value: "4", Base: 2}, "stands")
		c.put("town-1-officer", place, desk.Writing{Element: "well.n", Period: "2025", Act: table.Settle, Value: "4", Base: 3}, "nothing-to-settle")
	})
}

// A household is opened for a form's purpose with the fields that the form needs; the person sees what is held, who
// looked and why, and has it corrected. What is sensitive lies encrypted.
func TestAPersonSeesWhatIsHeldAndWhoLooked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, place := catalogued(t, d)
		officer := c.officer("village-1-1-officer")
		if _, err := c.d.Home(t.Context(), officer, place, "h1", "F1"); err == nil {
			t.Error("a form about wells opens a household")
		}
		if _, err := c.d.Home(t.Context(), c.officer("county-gov-head"), place, "h1", "F2"); err == nil {
			t.Error("the county opens a household")
		}
		c.put("village-1-1-officer", place, desk.Writing{Subject: "p1", Element: "person.illness", Act: table.Fill, Value: "高血压", Form: "F2"}, "stands")
		c.put("village-1-1-officer", place, desk.Writing{Subject: "p1", Element: "person.education", Act: table.Fill, Value: "初中"}, "stands")
		c.put("village-1-1-officer", place, desk.Writing{Subject: "p1", Element: "well.n", Period: "2025", Act: table.Fill, Value: "1"}, "wrong-subject")
		h, err := c.d.Home(t.Context(), officer, place, "h1", "F2")
		if err != nil || len(h.Members) != 2 || len(h.Members[1].Slots) != 1 || h.Members[1].Slots[0].Cell.Value != "高血压" {
			t.Fatalf("only what the form needs is opened: %+v %v", h, err)
		}
		for _, column := range []string{"value", "reason"} {
			var n int
			if err := d.Row(t.Context(), fmt.Sprintf(`SELECT COUNT(*) FROM cell_event WHERE %s LIKE $1`, column), []any{"%高血压%"}, &n); err != nil || n > 0 {
				t.Errorf("the illness lies open in %s: %d %v", column, n, err)
			}
		}
		refs, err := c.d.Vault.FindPhone(t.Context(), d, "19900000001")
		if err != nil || len(refs) != 1 {
			t.Fatal(refs, err)
		}
		me := actor.Actor{Kind: actor.Citizen, ID: "citizen", Person: refs[0], Lang: words.ZH}
		held, err := c.d.HeldAbout(t.Context(), me)
		if err != nil || len(held) != 1 || len(held[0].Slots) != 2 || len(held[0].Looks) != 1 || held[0].Looks[0].Reason != "表F2" || held[0].Looks[0].Body.ID != "village-1-1" {
			t.Fatalf("what is held and who looked: %+v %v", held, err)
		}
		ask := desk.Writing{Token: desk.NewToken(), Element: "person.illness", Value: "已经痊愈", Reason: "今年体检正常", Base: 1}
		if err := c.d.AskCorrection(t.Context(), me, place, "p1", ask); err != nil {
			t.Fatal(err)
		}
		if err := c.d.AskCorrection(t.Context(), me, place, "h1", ask); err == nil {
			t.Error("a correction of what is not about the person")
		}
		list, err := c.d.ToDecide(t.Context(), officer)
		if err != nil || len(list) != 1 || list[0].Cell.Value+list[0].Others[0].Shown != "" {
			t.Fatalf("the list of what is to be decided shows no value of a person: %+v %v", list, err)
		}
		if _, _, err := c.d.OpenDispute(t.Context(), c.officer("village-1-2-officer"), list[0].Others[0].ID); err == nil {
			t.Error("another village opens it")
		}
		y, label, err := c.d.OpenDispute(t.Context(), officer, list[0].Others[0].ID)
		if err != nil || label != "王**" || y.Others[0].Shown != "已经痊愈" || y.Cell.Value != "高血压" {
			t.Fatalf("opened: %+v %v", y, err)
		}
		c.put("village-1-1-officer", place, desk.Writing{Subject: "p1", Element: "person.illness", Act: table.Settle, Value: "已经痊愈", Base: 2}, "stands")
		held, err = c.d.HeldAbout(t.Context(), me)
		if err != nil || held[0].Open["person.illness"] || len(held[0].Looks) != 2 {
			t.Errorf("after the correction: %+v %v", held, err)
		}
	})
}

// Totals come from the cells: two villages of one township and one of another, and nobody typed a sum.
func TestTotalsAreComputed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, place := catalogued(t, d)
		for village, km := range map[string]string{"village-1-1": "1.5", "village-1-2": "2.25", "village-2-1": "10"} {
			c.put(village+"-officer", c.d.PlaceOf(village), desk.Writing{Element: "road.km", Act: table.Fill, Value: km}, "stands")
		}
		all, err := c.d.Totals(t.Context(), c.officer("county-gov-head"), "", "")
		if err != nil || len(all.Rows) != 1 || all.Rows[0].Sum != "13.75" || all.Rows[0].Villages != 3 {
			t.Fatalf("the county: %+v %v", all, err)
		}
		parts, err := c.d.Totals(t.Context(), c.officer("county-gov-head"), "", "road.km")
		if err != nil || len(parts.Rows) != 2 || parts.Rows[0].Sum != "3.75" {
			t.Fatalf("the townships: %+v %v", parts, err)
		}
		if _, err := c.d.Totals(t.Context(), c.officer("town-2-officer"), place, ""); err == nil {
			t.Error("another township sees a village's totals")
		}
	})
}

// A call sent again after its answer was lost writes nothing twice, and the learned time counts one filling.
func TestACallSentAgainWritesNothingTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, place := catalogued(t, d)
		x := desk.Writing{Token: desk.NewToken(), Element: "well.n", Period: "2025", Act: table.Fill, Value: "3", Form: "F1", Took: 40 * time.Second}
		for i := range 3 {
			if r := c.put("village-1-1-officer", place, x, "stands"); r.Again != (i > 0) || r.Seq != 1 {
				t.Errorf("the %dth time: %+v", i+1, r)
			}
		}
		var events, cells, fillings int
		err := d.Row(t.Context(), `SELECT (SELECT COUNT(*) FROM cell_event), CAST(SUM(cells) AS BIGINT), CAST(SUM(fillings) AS BIGINT) FROM fill_time`, nil, &events, &cells, &fillings)
		if err != nil || events != 1 || cells != 1 || fillings != 1 {
			t.Errorf("%d events, %d cells and %d fillings: %v", events, cells, fillings, err)
		}
		x.Element = "road.km"
		x.Period = ""
		c.put("village-1-1-officer", place, x, "token-elsewhere")
	})
}

// A household comes with its first person, then one more: lists show the family name alone, a number with a wrong check
// digit is told, and without a form that needs people nobody is entered. What one form learns of them shows to its person.
func TestAHouseholdIsEnteredForAPurpose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, place := catalogued(t, d)
		officer, ctx := c.officer("village-1-1-officer"), t.Context()
		x := desk.NewSubject{Form: "F2", Label: "9组01号", Name: "欧阳兰", Phone: "19900009901", IDNumber: "110105194912310021"}
		if _, err := c.d.AddSubject(ctx, c.officer("county-gov-head"), place, x); !refused(err, "no-such-table") {
			t.Errorf("the county enters people: %v", err)
		}
		if _, err := c.d.AddSubject(ctx, officer, place, desk.NewSubject{Form: "F1", Label: "9组01号"}); !refused(err, "purpose-missing") {
			t.Errorf("for a form about wells: %v", err)
		}
		if _, err := c.d.AddSubject(ctx, officer, place, x); !refused(err, "fields") {
			t.Errorf("a wrong check digit: %v", err)
		}
		x.IDNumber = "11010519491231002X"
		home, err := c.d.AddSubject(ctx, officer, place, x)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.d.AddSubject(ctx, officer, place, x); !refused(err, "home-there") {
			t.Errorf("the same household again: %v", err)
		}
		for range 2 { // pressed twice
			if at, err := c.d.AddSubject(ctx, officer, place, desk.NewSubject{Token: "one-form", Form: "F2", Home: home, Name: "欧阳小"}); err != nil || at != home {
				t.Fatal(at, err)
			}
		}
		if _, err := c.d.AddSubject(ctx, officer, place, desk.NewSubject{Form: "F2", Home: "none", Name: "某"}); !refused(err, "no-such-subject") {
			t.Errorf("into a household that is none: %v", err)
		}
		h, err := c.d.Home(ctx, officer, place, home, "F2")
		if err != nil || len(h.Members) != 3 || h.Members[1].Label == "欧阳兰" {
			t.Fatalf("%+v %v", h, err)
		}
		refs, err := c.d.Vault.FindPhone(ctx, d, "19900009901")
		if err != nil || len(refs) != 1 {
			t.Errorf("the person cannot be found by the number they sign in with: %v %v", refs, err)
		}
	})
}
