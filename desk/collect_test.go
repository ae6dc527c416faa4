package desk_test

import (
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/collect"
)

// A department brings a form; what is known is not asked; both desks consent; another department asks the same and is
// refused with a view; the village's officer may do none of it.
func TestAFormIsAskedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		c.now = calendar.Day("2026-03-02").Start().Add(9 * time.Hour) // the regulation is in force since August 2025
		ctx := t.Context()
		keeper := c.officer("county-data-officer")
		if _, err := c.d.AdoptShipped(ctx, c.officer("county-housing-officer")); !refused(err, "not-the-data-office") {
			t.Fatalf("a department keeps the catalogue: %v", err)
		}
		for i, most := range []int{2000, 0} { // adopted twice, nothing changes
			id, err := c.d.AdoptShipped(ctx, keeper)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := c.d.BroughtFile(ctx, keeper, id); err != nil || b.Changed > most || i == 0 && b.Changed < 400 {
				t.Errorf("%+v %v", b, err)
			}
		}
		draft := desk.FormDraft{Title: "农房年报", Basis: "农村危房改造工作要求", Purpose: "掌握农房安全", Level: "village", Period: "year",
			Labels: []string{"村名", "户籍户数", "低保户数", "鉴定机构"}}
		first := c.brings(t, "county-housing-officer", draft)
		if first.State != collect.Checked || first.Report.Known() != 3 || first.Report.New != 1 {
			t.Fatalf("%s: %d known, %d new", first.State, first.Report.Known(), first.Report.New)
		}
		c.do("county-data-officer", first.Matter, "agree-data", nil)
		c.do("county-social-officer", first.Matter, "agree-social", nil)
		if v, err := c.d.FormOf(ctx, c.officer("county-urban-officer"), first.ID); err != nil || v.State != collect.Listed {
			t.Fatalf("after both consented: %v", err)
		}
		second := c.brings(t, "county-urban-officer", draft)
		if second.State != collect.Refused || second.Why != collect.Duplicate || second.Twin != first.ID {
			t.Errorf("the same again: %s %s", second.State, second.Why)
		}
		if p, _, err := c.d.Layout(ctx, c.officer("county-urban-officer"), second.ID, ""); err != nil || len(p.File) == 0 {
			t.Errorf("the refused body gets no view: %v", err)
		}
		draft.Title, draft.Labels = "户数表", draft.Labels[:3]
		if third := c.brings(t, "county-water-officer", draft); third.Why != collect.Obtainable && third.Why != collect.Duplicate {
			t.Errorf("all known: %s", third.Why)
		}
		lessons, err := c.d.Lessons(ctx, keeper)
		if err != nil || len(lessons) == 0 {
			t.Fatalf("nothing was learnt: %v", err)
		}
		if err := c.d.Unlearn(ctx, keeper, lessons[0].ID); err != nil {
			t.Error(err)
		}
		if err := c.d.Unlearn(ctx, keeper, lessons[0].ID); !refused(err, "no-such-lesson") {
			t.Errorf("taken back twice: %v", err)
		}
		if _, err := c.d.FormOf(ctx, c.officer("county-health-officer"), second.ID); !refused(err, "no-such-form") {
			t.Errorf("another body sees a refused form: %v", err)
		}
	})
}

func refused(err error, code string) bool {
	r, ok := words.AsRefusal(err)
	return ok && r.Code == code
}

// brings registers the form, confirms the first suggestion of each field, and hands it in.
func (c *county) brings(t *testing.T, role string, x desk.FormDraft) *desk.FormView {
	t.Helper()
	ctx, who := t.Context(), c.officer(role)
	f, _, err := c.d.BringForm(ctx, who, x)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.d.FormOf(ctx, who, f.ID)
	if err != nil {
		t.Fatal(err)
	}
	decisions := map[int]string{}
	for _, field := range v.Fields {
		decisions[field.N] = desk.Nothing
		if list := v.Suggestions[field.N]; len(list) > 0 && field.Label != "鉴定机构" {
			decisions[field.N] = list[0].Element.ID
		}
	}
	if _, err := c.d.HandIn(ctx, who, f.ID, desk.NewToken(), "yearly", ""); !refused(err, "fields-undecided") {
		t.Errorf("handed in unconfirmed: %v", err)
	}
	if err := c.d.DecideFields(ctx, who, f.ID, v.Seq, decisions); err != nil {
		t.Fatal(err)
	}
	if err := c.d.DecideFields(ctx, who, f.ID, v.Seq, decisions); !refused(err, "form-changed") {
		t.Errorf("a stale page was taken: %v", err)
	}
	done, err := c.d.HandIn(ctx, who, f.ID, desk.NewToken(), "yearly", "")
	if err != nil {
		t.Fatal(err)
	}
	return done
}
