package demo

import (
	"fmt"
	"strings"

	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

// Since is the day from which the demonstration's bodies stand and its posts are held: before every matter.
const Since = "2020-01-01"

type officeFile struct {
	Crews    map[string][]post `yaml:"crews"`
	Bodies   []body            `yaml:"bodies"`
	Lines    []line            `yaml:"lines"`
	Town     body              `yaml:"town"`
	Street   body              `yaml:"street"`
	Village  body              `yaml:"village"`
	Featured []featured        `yaml:"featured"`
}

type post struct {
	Post   string        `yaml:"post"`
	Title  string        `yaml:"title"`
	En     string        `yaml:"en"`
	Powers []actor.Power `yaml:"powers"`
	Name   string        `yaml:"name"` // of who came later; the others are named in their order
}

type body struct {
	ID         string    `yaml:"id"`
	Name       string    `yaml:"name"`
	Short      string    `yaml:"short"`
	En         string    `yaml:"en"`
	Kind       org.Kind  `yaml:"kind"`
	Line       string    `yaml:"line"`
	Level      org.Level `yaml:"level"`
	Parent     string    `yaml:"parent"`
	Superiors  []string  `yaml:"superiors"` // for review, where they are not what the level suggests
	Crew       string    `yaml:"crew"`
	OfEachTown int       `yaml:"of-each-town"`
}

// line is one kind of department, at city and county level. A branch is run by the city's bureau, not by
// the county (生态环境机构垂直管理).
type line struct {
	ID     string   `yaml:"id"`
	Line   string   `yaml:"line"`
	Name   string   `yaml:"name"`
	Short  string   `yaml:"short"`
	En     string   `yaml:"en"`
	Kind   org.Kind `yaml:"kind"`
	Branch bool     `yaml:"branch"`
}

type featured struct {
	Role string `yaml:"role"`
	Can  string `yaml:"can"`
	En   string `yaml:"en"`
}

// Officer is a person of the demonstration, with the one post held. Person, login and role share one ID.
type Officer struct {
	ID     string // "county-housing-head"
	Name   string
	Org    string
	Title  string
	En     string // English of the title
	Powers []actor.Power
}

// Role is one line of the page "sign in as…" and of GET /demo/roles.
type Role struct {
	ID       string `json:"role"`
	Org      string `json:"org"`
	Body     string `json:"body"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Can      string `json:"can"` // what to try as this role
	En       string `json:"en"`
	Featured bool   `json:"featured"` // shown first
}

// Bodies are all bodies of the demonstration in the land, superiors before those beneath them.
func (c *Content) Bodies(land Land) []org.Org {
	var list []org.Org
	for _, b := range c.everyBody(land) {
		list = append(list, b.Org)
	}
	return list
}

type crewed struct {
	org.Org
	crew string
}

func (c *Content) everyBody(land Land) []crewed {
	var list []crewed
	fill := func(town, village string) *strings.Replacer {
		return strings.NewReplacer("{province}", land.Province.Name, "{city}", land.City.Name,
			"{county}", land.County.Name, "{town}", town, "{village}", village)
	}
	at := map[org.Level]string{org.Province: land.Province.Code, org.City: land.City.Code, org.County: land.County.Code}
	for _, b := range c.offices.Bodies {
		list = append(list, b.stand(b.ID, at[b.Level], b.Level, b.Parent, fill("", "")))
	}
	for _, l := range c.offices.Lines {
		list = append(list, l.stand("city", land), l.stand("county", land))
	}
	for i, t := range land.Towns {
		id := fmt.Sprintf("town-%d", i+1)
		b := c.offices.Town
		if strings.HasSuffix(t.Name, "街道") || strings.HasSuffix(t.Name, "街道办事处") {
			b = c.offices.Street
		}
		town := b.stand(id, t.Code, org.Township, "county-gov", fill(strings.TrimSuffix(t.Name, "办事处"), ""))
		town.Short = t.Name
		list = append(list, town)
		for j, v := range t.Villages[:min(len(t.Villages), c.offices.Village.OfEachTown)] {
			village := c.offices.Village.stand(fmt.Sprintf("village-%d-%d", i+1, j+1), v.Code, org.Hamlet, id, fill("", v.Name))
			village.Short = villageName(v.Name)
			list = append(list, village)
		}
	}
	list = append(list, c.committees(land)...)
	return list
}

func (b body) stand(id, place string, level org.Level, parent string, fill *strings.Replacer) crewed {
	crew := b.Crew
	if crew == "" {
		crew = "office"
	}
	return crewed{org.Org{ID: id, Name: fill.Replace(b.Name), Short: b.Short, En: b.En, Kind: b.Kind, Line: b.Line,
		Division: place, Level: level, Parent: parent, SuperiorsForReview: b.Superiors, From: Since}, crew}
}

// stand is the department of the line at city or county level.
func (l line) stand(level string, land Land) crewed {
	place, mark, en := land.City, "市", "City "
	if level == "county" {
		place, mark, en = land.County, "县", "County "
	}
	o := org.Org{ID: level + "-" + l.ID, Name: place.Name + l.Name, Short: mark + l.Short, En: en + l.En, Kind: l.Kind,
		Line: l.Line, Division: place.Code, Level: org.Level(level), Parent: level + "-gov", From: Since}
	if o.Kind == "" {
		o.Kind = org.Department
	}
	if l.Branch && level == "county" {
		o.Name, o.Parent = land.City.Name+l.Name+land.County.Name+"分局", "city-"+l.ID
	}
	return crewed{o, "office"}
}

// Officers are all persons of the demonstration, each with the one post held.
func (c *Content) Officers(land Land) []Officer {
	var list []Officer
	unnamed := 0
	for _, b := range c.everyBody(land) {
		for _, p := range c.offices.Crews[b.crew] {
			name := p.Name
			if name == "" {
				name = officerName(unnamed)
				unnamed++
			}
			list = append(list, Officer{ID: b.ID + "-" + p.Post, Name: name, Org: b.ID, Title: p.Title, En: p.En, Powers: p.Powers})
		}
	}
	return list
}

// Roles are all officers as roles, the featured ones first and in their order.
func (c *Content) Roles(land Land) []Role {
	bodies := map[string]org.Org{}
	for _, o := range c.Bodies(land) {
		bodies[o.ID] = o
	}
	officers := map[string]Officer{}
	var rest []Role
	shown := map[string]bool{}
	for _, f := range c.offices.Featured {
		shown[f.Role] = true
	}
	for _, o := range c.Officers(land) {
		officers[o.ID] = o
		if !shown[o.ID] {
			rest = append(rest, role(o, bodies[o.Org]))
		}
	}
	var list []Role
	for _, f := range c.offices.Featured {
		if o, ok := officers[f.Role]; ok {
			r := role(o, bodies[o.Org])
			r.Can, r.Featured = f.Can, true
			list = append(list, r)
		}
	}
	return append(list, rest...)
}

func role(o Officer, b org.Org) Role {
	return Role{ID: o.ID, Org: o.Org, Body: b.Name, Name: o.Name, Title: o.Title, En: strings.TrimSpace(b.En + ", " + o.En)}
}

// inside reports whether the code lies in the place.
func inside(code, place string) bool { return strings.HasPrefix(code, division.Prefix(place)) }
