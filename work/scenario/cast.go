package scenario

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/org"
)

// Cast is the bodies and people of every scenario: a small country from the province down to the street.
// It never changes while scenarios run and answers the engine's questions about offices.
type Cast struct {
	tree     *org.Tree
	orgs     map[string]string      // name: ID
	people   map[string]actor.Actor // staff by name
	ids      map[string]string      // person ID: name
	citizens []string               // by name; the first is the usual petitioner
	heads    map[string][]string    // body: persons
	officers map[string][]string    // body: names of the others, in order
	usual    map[string]string      // field: what is said where a step does not say it
}

// castFile is rules/scenarios/cast.yaml.
type castFile struct {
	Bodies   []castBody        `yaml:"bodies"`
	Citizens []string          `yaml:"citizens"`
	Usual    map[string]string `yaml:"usual"`
}

type castBody struct {
	ID       string    `yaml:"id"`
	Name     string    `yaml:"name"`
	Kind     org.Kind  `yaml:"kind"`
	Level    org.Level `yaml:"level"`
	Line     string    `yaml:"line"`
	Division string    `yaml:"division"`
	Parent   string    `yaml:"parent"`   // a name
	Reviewed []string  `yaml:"reviewed"` // names of the bodies that review its decisions; the office tree decides when empty
	Powers   []string  `yaml:"powers"`   // of its officers; handle and register when empty
	Officers []string  `yaml:"officers"` // names of more officers than the one it has
	Deputy   string    `yaml:"deputy"`   // name of a deputy head, where it has one: of the leadership, but not the head
	Head     string    `yaml:"head"`     // the head's name; "NAME负责人" when empty
}

// castFrom is the day from which every body stands and every post is held: before any law in rules/.
const castFrom = calendar.Day("2000-01-01")

// LoadCast reads the cast. It tells all faults at once.
func LoadCast(name string, text []byte) (*Cast, error) {
	var f castFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return nil, Faults{{File: name, Line: yamlLine(err), Text: "不是合格的 YAML：{why}", Args: []any{"why", err.Error()}}}
	}
	c := &Cast{orgs: map[string]string{}, people: map[string]actor.Actor{}, ids: map[string]string{},
		heads: map[string][]string{}, officers: map[string][]string{}, usual: f.Usual, citizens: f.Citizens}
	var faults Faults
	fault := func(text string, args ...any) {
		faults = append(faults, Fault{File: name, Line: 1, Text: text, Args: args})
	}
	for _, b := range f.Bodies {
		if b.ID == "" || b.Name == "" || c.orgs[b.Name] != "" || !b.Kind.Valid() || !b.Level.Valid() {
			fault("机关“{name}”写得不全，或者写了两次", "name", b.Name)
		}
		c.orgs[b.Name] = b.ID
	}
	var orgs []org.Org
	for _, b := range f.Bodies {
		for _, other := range append(slices.Clone(b.Reviewed), b.Parent) {
			if other != "" && c.orgs[other] == "" {
				fault("机关“{name}”提到的“{other}”不在名单里", "name", b.Name, "other", other)
			}
		}
		orgs = append(orgs, org.Org{ID: b.ID, Name: b.Name, Kind: b.Kind, Line: b.Line, Division: b.Division, Level: b.Level,
			Parent: c.orgs[b.Parent], SuperiorsForReview: c.orgIDs(b.Reviewed), From: castFrom})
		c.staff(b)
	}
	if len(f.Citizens) == 0 {
		fault("缺少“{key}”", "key", "citizens")
	}
	if len(faults) > 0 {
		return nil, faults
	}
	c.tree = org.NewTree(orgs)
	return c, nil
}

func (c *Cast) orgIDs(names []string) []string {
	var ids []string
	for _, n := range names {
		ids = append(ids, c.orgs[n])
	}
	return ids
}

// staff gives a body one officer and one head, and the further officers that it names.
func (c *Cast) staff(b castBody) {
	powers := []actor.Power{actor.Handle, actor.Register}
	if len(b.Powers) > 0 {
		powers = nil
		for _, p := range b.Powers {
			powers = append(powers, actor.Power(p))
		}
	}
	add := func(name, id, title string, powers []actor.Power) {
		post := actor.Post{ID: id, Org: b.ID, Title: title, Powers: powers, From: castFrom}
		c.people[name] = actor.Actor{Kind: actor.Staff, ID: id, Name: name, Posts: []actor.Post{post}, Acting: b.ID, Lang: words.ZH}
		c.ids[id] = name
	}
	for i, name := range append([]string{b.Name + "承办人"}, b.Officers...) {
		add(name, fmt.Sprintf("%s-officer-%d", b.ID, i+1), "承办人", powers)
		c.officers[b.ID] = append(c.officers[b.ID], name)
	}
	if b.Deputy != "" {
		add(b.Deputy, b.ID+"-deputy", "副职", append(slices.Clone(powers), actor.Lead))
	}
	head := b.Head
	if head == "" {
		head = b.Name + "负责人"
	}
	add(head, b.ID+"-head", "负责人", append(slices.Clone(powers), actor.Head, actor.Lead))
	c.heads[b.ID] = append(c.heads[b.ID], b.ID+"-head")
}

// Tree, Heads and HeadsOf answer the engine.
func (c *Cast) Tree() *org.Tree { return c.tree }

func (c *Cast) Heads(person string) []string {
	var bodies []string
	for body, persons := range c.heads {
		if slices.Contains(persons, person) {
			bodies = append(bodies, body)
		}
	}
	slices.Sort(bodies)
	return bodies
}

func (c *Cast) HeadsOf(body string) []string { return c.heads[body] }

// Person is the actor that a name of the cast means: a citizen, somebody on the staff, or, for a body's
// name, its first officer.
func (c *Cast) Person(name string) (actor.Actor, bool) {
	if slices.Contains(c.citizens, name) {
		return actor.Actor{Kind: actor.Citizen, Person: citizenRef(name), Name: name, Lang: words.ZH}, true
	}
	if a, ok := c.people[name]; ok {
		return a, true
	}
	if body, ok := c.orgs[name]; ok {
		return c.people[c.officers[body][0]], true
	}
	return actor.Actor{}, false
}

// citizenRef stands for the reference into the vault: scenarios have no identities to protect.
func citizenRef(name string) string { return "citizen:" + name }

func (c *Cast) head(body string) (actor.Actor, bool) {
	if len(c.heads[body]) == 0 {
		return actor.Actor{}, false
	}
	return c.people[c.ids[c.heads[body][0]]], true
}

func (c *Cast) officer(body string) (actor.Actor, bool) {
	if len(c.officers[body]) == 0 {
		return actor.Actor{}, false
	}
	return c.people[c.officers[body][0]], true
}

// value turns the names in a field's or relation's value into IDs; several are parted by 、.
func (c *Cast) value(kind, text string) (ids string, unknown []string) {
	var out []string
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == '、' || r == ',' || r == ' ' }) {
		id := ""
		switch kind {
		case "org":
			id = c.orgs[name]
		case "person":
			id = c.people[name].ID
		case "citizen":
			if slices.Contains(c.citizens, name) {
				id = citizenRef(name)
			}
		}
		if id == "" {
			unknown = append(unknown, name)
		}
		out = append(out, id)
	}
	return strings.Join(out, " "), unknown
}
