package org

import (
	"slices"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
)

// county is a small but whole state: a province, a city, two counties and what belongs to them.
func county() []Org {
	return []Org{
		{ID: "p-gov", Name: "湖北省人民政府", Kind: Government, Division: "420000000000"},
		{ID: "c-gov", Name: "咸宁市人民政府", Kind: Government, Division: "421200000000", Parent: "p-gov"},
		{ID: "c-housing", Name: "咸宁市住房和城乡建设局", Kind: Department, Line: "住建", Division: "421200000000", Parent: "c-gov"},
		{ID: "c-petition", Name: "咸宁市信访局", Kind: PetitionBureau, Division: "421200000000", Parent: "c-gov"},
		{ID: "c-tax", Name: "国家税务总局咸宁市税务局", Kind: Department, Line: "税务", Division: "421200000000"},
		{ID: "x-gov", Name: "崇阳县人民政府", Kind: Government, Division: "421223000000", Parent: "c-gov"},
		{ID: "x-housing", Name: "崇阳县住房和城乡建设局", Kind: Department, Line: "住建", Division: "421223000000", Parent: "x-gov"},
		{ID: "x-water", Name: "崇阳县水利和湖泊局", Kind: Department, Division: "421223000000", Parent: "x-gov"},
		{ID: "x-petition", Name: "崇阳县信访局", Kind: PetitionBureau, Division: "421223000000", Parent: "x-gov"},
		{ID: "x-tax", Name: "国家税务总局崇阳县税务局", Kind: Department, Line: "税务", Division: "421223000000", Parent: "c-tax"},
		{ID: "town", Name: "天城镇人民政府", Kind: StreetTownship, Division: "421223100000", Parent: "x-gov"},
		{ID: "village", Name: "七星社区居民委员会", Kind: Village, Division: "421223100001", Parent: "town"},
		{ID: "t-gov", Name: "通山县人民政府", Kind: Government, Division: "421224000000", Parent: "c-gov"},
		{ID: "special", Name: "某直属单位", Kind: Other, Division: "421223000000", Parent: "x-gov", SuperiorsForReview: []string{"c-petition", "c-gov"}},
	}
}

func TestOneLevelAbove(t *testing.T) {
	orgs := county()
	for i := range orgs {
		orgs[i].Level = LevelOf(orgs[i].Division) // as the store would
	}
	tree := NewTree(orgs)
	for id, want := range map[string][]string{
		"village":    {"town"},
		"town":       {"x-gov"},
		"x-housing":  {"c-housing", "x-gov"}, // the city's department of its line, or the county government
		"x-water":    {"x-gov"},              // no line told, so no other department is guessed
		"x-petition": {"c-petition", "x-gov"},
		"x-tax":      {"c-tax"}, // vertically managed
		"x-gov":      {"c-gov"},
		"c-housing":  {"c-gov"},
		"c-gov":      {"p-gov"},
		"p-gov":      nil,
		"special":    {"c-petition", "c-gov"},
		"nobody":     nil,
	} {
		if got := tree.ReviewSuperior(id); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
	for _, c := range []struct{ a, b, want string }{
		{"x-housing", "town", "x-gov"}, {"x-gov", "t-gov", "c-gov"}, {"village", "x-water", "x-gov"},
		{"x-gov", "town", "c-gov"}, {"x-tax", "town", ""}, {"p-gov", "town", ""}, {"x-water", "nobody", ""},
	} {
		if got := tree.CommonSuperior(c.a, c.b); got != c.want {
			t.Errorf("common superior of %s and %s: %q, want %q", c.a, c.b, got, c.want)
		}
	}
	if !tree.Beneath("village", "x-gov") || !tree.Beneath("x-gov", "x-gov") || tree.Beneath("x-gov", "village") ||
		tree.Beneath("x-tax", "x-gov") || tree.Beneath("nobody", "x-gov") || tree.Beneath("village", "") {
		t.Error("beneath")
	}
	if got := tree.Find("住房", 5); len(got) != 2 {
		t.Errorf("find: %v", got)
	}
	if got := tree.Find("崇阳县水", 1); len(got) != 1 || got[0].ID != "x-water" || len(tree.Find(" ", 5)) != 0 {
		t.Errorf("find by the beginning: %v", got)
	}
	if got := tree.In("421223", ""); len(got) != 8 {
		t.Errorf("bodies of the county: %d", len(got))
	}
	if got := tree.In("4212", PetitionBureau); len(got) != 2 {
		t.Errorf("petition bureaus: %v", got)
	}
}

func closure(t *testing.T, d *db.DB, id string) (ids []string) {
	t.Helper()
	err := d.Each(t.Context(), `SELECT descendant FROM org_closure WHERE ancestor = $1 ORDER BY descendant`, []any{id},
		func(scan func(dest ...any) error) error {
			var s string
			err := scan(&s)
			ids = append(ids, s)
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// agree compares what SQL and what the tree in memory say is beneath each body: sealing rests on both.
func agree(t *testing.T, d *db.DB, tree *Tree) {
	t.Helper()
	for _, o := range tree.All() {
		want := tree.Descendants(o.ID)
		slices.Sort(want)
		if got := closure(t, d, o.ID); !slices.Equal(got, want) {
			t.Errorf("beneath %s: the table says %v, the tree %v", o.ID, got, want)
		}
	}
}

func TestClosureFollowsEveryMove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s, err := Load(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		orgs := county()
		slices.Reverse(orgs) // superiors last
		if err := s.Save(ctx, orgs...); err != nil {
			t.Fatal(err)
		}
		agree(t, d, s.Tree())
		if got := s.Tree().Descendants("p-gov"); len(got) != len(orgs)-2 {
			t.Errorf("beneath the province: %v", got)
		}
		if got := s.Tree().ReviewSuperior("special"); !slices.Equal(got, []string{"c-petition", "c-gov"}) {
			t.Errorf("stored reviewers: %v", got)
		}
		town, _ := s.Get("town")
		town.Parent = "t-gov" // 划归通山县
		if err := s.Save(ctx, town); err != nil {
			t.Fatal(err)
		}
		agree(t, d, s.Tree())
		if !s.Tree().Beneath("village", "t-gov") || s.Tree().Beneath("village", "x-gov") {
			t.Error("the village did not move with its town")
		}
		town.Parent = ""
		if err := s.Save(ctx, town); err != nil {
			t.Fatal(err)
		}
		agree(t, d, s.Tree())
	})
}

func TestABodyBeneathItselfIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s, err := Load(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Save(ctx, county()...); err != nil {
			t.Fatal(err)
		}
		gov, _ := s.Get("x-gov")
		for _, parent := range []string{"village", "town", "x-gov"} {
			gov.Parent = parent
			err := s.Save(ctx, gov)
			if r, ok := words.AsRefusal(err); !ok || r.Kind != words.Invalid {
				t.Errorf("beneath %s: %v", parent, err)
			}
		}
		agree(t, d, s.Tree())
		// Two new bodies that name each other.
		err = s.Save(ctx, Org{ID: "a", Name: "甲", Kind: Other, Division: "421223000000", Parent: "b"},
			Org{ID: "b", Name: "乙", Kind: Other, Division: "421223000000", Parent: "a"})
		if r, ok := words.AsRefusal(err); !ok || r.Code != "org-circle" {
			t.Errorf("a circle of two: %v", err)
		}
		err = s.Save(ctx, Org{ID: "bad", Kind: "king", Division: "42", From: "2026-02-01", To: "2026-01-01"})
		r, ok := words.AsRefusal(err)
		if !ok || len(r.Fields) != 4 {
			t.Fatalf("all faults at once: %v", err)
		}
		for _, f := range append(r.Fields, words.Fault{Text: r.What}) {
			if !words.Known(f.Text) {
				t.Errorf("no English for %q", f.Text)
			}
		}
		err = s.Save(ctx, Org{ID: "own", Name: "自查局", Kind: Other, Division: "421223000000", SuperiorsForReview: []string{"own"}})
		if r, ok := words.AsRefusal(err); !ok || r.Code != "own-review" {
			t.Errorf("its own reviewer: %v", err)
		}
		if _, err := s.Get("a"); err == nil {
			t.Error("half of a refused change was kept")
		}
	})
}

func TestAReorganisedBodyHasItsSuccessorFromTheDayOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s, err := Load(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Save(ctx, county()...); err != nil {
			t.Fatal(err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			return Record(ctx, tx, Change{From: "x-water", To: "x-housing", Day: "2026-03-01", Record: "崇编〔2026〕3号"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(ctx); err != nil {
			t.Fatal(err)
		}
		before, _ := Successor(ctx, d, "x-water", "2026-02-28")
		after, _ := Successor(ctx, d, "x-water", "2026-03-01")
		if before != "x-water" || after != "x-housing" {
			t.Errorf("before %s, after %s", before, after)
		}
		water, _ := s.Get("x-water")
		if !water.On("2026-02-28") || water.On("2026-03-01") {
			t.Errorf("the old body: %+v", water)
		}
	})
}

func TestKindsHaveEnglish(t *testing.T) {
	for _, k := range KindTitles {
		if !words.Known(k.Title) {
			t.Errorf("no English for %s", k.Title)
		}
	}
}
