package demo

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

func content(t *testing.T) (*Content, Land) {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	land, err := LandOf(division.DemoCounty)
	if err != nil {
		t.Fatal(err)
	}
	return c, land
}

// A visitor who reads on should not meet the same story twice, nor one without an answer.
func TestEveryStoryIsItsOwnAndWhole(t *testing.T) {
	c, _ := content(t)
	if len(c.Petitions) < 150 {
		t.Errorf("%d petitions, want 150 or more", len(c.Petitions))
	}
	seen := map[string]string{}
	for _, p := range c.Petitions {
		for _, text := range []string{p.ID, p.Title, p.Text, p.Facts, p.Opinion, p.Reply} {
			if was, ok := seen[text]; ok && text != "" {
				t.Errorf("%s repeats %s: %s", p.ID, was, text)
			}
			seen[text] = p.ID
		}
		if n := utf8.RuneCountInString(p.Text); n < 60 || n > 400 {
			t.Errorf("%s: %d characters", p.ID, n)
		}
		answered := p.Outcome != "" && p.Facts != "" && p.Opinion != "" && p.Basis != ""
		elsewhere := p.Field == "legal" || p.Divert != "" || p.Duty || p.Same != ""
		switch {
		case p.Class == "claim" && !answered && !elsewhere:
			t.Errorf("%s: a claim without an answer", p.ID)
		case p.Class == "suggestion" && (p.Decision == "" || p.Reply == ""):
			t.Errorf("%s: a suggestion without an answer", p.ID)
		case p.Class == "report" && p.Reported == "":
			t.Errorf("%s: a report against nobody", p.ID)
		}
		if !slices.Contains([]string{"net", "letter", "call", "visit"}, p.Channel) {
			t.Errorf("%s: channel %q", p.ID, p.Channel)
		}
	}
}

// Nobody real is meant: no text holds digits that could be a telephone or identity number, nor a real place.
func TestNobodyIsMeant(t *testing.T) {
	c, land := content(t)
	number := regexp.MustCompile(`[0-9]{5,}`)
	names := []string{land.City.Name, land.County.Name, strings.TrimSuffix(land.County.Name, "县")}
	for _, town := range land.Towns {
		names = append(names, town.Name)
	}
	for _, p := range c.Petitions {
		for _, text := range []string{p.Title, p.Text, p.Wants, p.Facts, p.Opinion, p.Basis, p.Reply} {
			if number.MatchString(text) {
				t.Errorf("%s: a long number: %s", p.ID, text)
			}
			for _, name := range names {
				if strings.Contains(text, name) {
					t.Errorf("%s names a real place, %s", p.ID, name)
				}
			}
		}
	}
	for n := range 3000 {
		if who := Citizen(n, ""); !strings.HasPrefix(who.Phone, "1990000") || len(who.Phone) != 11 || []rune(who.Name)[1] != '某' {
			t.Fatalf("citizen %d: %+v", n, who)
		}
	}
}

func TestFiveLevelsWithOfficersInEach(t *testing.T) {
	c, land := content(t)
	bodies := c.Bodies(land)
	tree := org.NewTree(bodies)
	levels := map[org.Level]int{}
	officers := map[string][]Officer{}
	ids := map[string]bool{}
	for _, o := range c.Officers(land) {
		if ids[o.ID] {
			t.Errorf("%s twice", o.ID)
		}
		ids[o.ID] = true
		officers[o.Org] = append(officers[o.Org], o)
	}
	for _, o := range bodies {
		levels[o.Level]++
		if strings.Contains(o.Name, "{") || !o.Kind.Valid() {
			t.Errorf("%+v is not filled in", o)
		}
		if o.Parent != "" && tree.Name(o.Parent) == o.Parent {
			t.Errorf("%s stands beneath %s, which does not exist", o.ID, o.Parent)
		}
		heads := slices.ContainsFunc(officers[o.ID], func(x Officer) bool { return slices.Contains(x.Powers, actor.Head) })
		if len(officers[o.ID]) < 2 || !heads {
			t.Errorf("%s has no officer and head", o.Name)
		}
	}
	for _, l := range []org.Level{org.Province, org.City, org.County, org.Township, org.Hamlet} {
		if levels[l] == 0 {
			t.Errorf("no body at level %s", l)
		}
	}
	if len(land.Towns) != 12 {
		t.Errorf("%d townships", len(land.Towns))
	}
}

// 条例第三十五条: 原办理机关的上一级.
func TestWhoReviewsWhom(t *testing.T) {
	c, land := content(t)
	tree := org.NewTree(c.Bodies(land))
	for body, want := range map[string][]string{
		"town-1":             {"county-gov"},
		"county-housing":     {"city-housing", "county-gov"},
		"county-environment": {"city-environment"}, // run by the city's bureau
		"county-gov":         {"city-gov"},
		"city-housing":       {"city-gov"},
		"city-gov":           {"province-gov"},
		"village-1-1":        {"town-1"},
	} {
		if got := tree.ReviewSuperior(body); !slices.Equal(got, want) {
			t.Errorf("what %s decided is reviewed by %v, want %v", body, got, want)
		}
	}
}

func TestRoles(t *testing.T) {
	c, land := content(t)
	roles := c.Roles(land)
	ids := map[string]bool{}
	for i, r := range roles {
		if ids[r.ID] || r.Body == "" || r.Name == "" {
			t.Errorf("role %+v", r)
		}
		ids[r.ID] = true
		if (i < len(c.offices.Featured)) != r.Featured {
			t.Errorf("role %s in place %d: featured %v", r.ID, i, r.Featured)
		}
	}
	if len(roles) != len(c.Officers(land)) {
		t.Errorf("%d roles for %d officers", len(roles), len(c.Officers(land)))
	}
	for _, p := range c.Petitions {
		if town, code := land.place(p.At); !inside(code, land.Towns[town].Code) {
			t.Errorf("%s lies at %s, outside %s", p.ID, code, land.Towns[town].Name)
		}
	}
}

func TestWhatARoleCanTryHasEnglish(t *testing.T) {
	c, land := content(t)
	for _, r := range c.Roles(land) {
		if r.Featured && !words.Known(r.Can) {
			t.Errorf("%s: no English for %s", r.ID, r.Can)
		}
	}
}
