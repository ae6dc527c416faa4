// Package demo fills an empty database with a demonstration: one real county with its real townships and
// villages, offices at five levels as such places usually have them, and some 300 petitions in every state.
//
// Everything but the places is invented. Persons are named 王某甲, as statutes name them in examples; telephone
// numbers begin with 199-0000, e-mail addresses end in example.com. The texts tell no real story of any place.
package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed content/*.yaml
var files embed.FS

// Content is what the demonstration is made of, before it meets a place and a day.
type Content struct {
	Petitions []Petition
	Phrases   Phrases
	Tickets   []Ticket
	Whistles  []Whistle
	offices   officeFile
	suggest   suggestFile
}

// Petition is one story: what somebody wrote, and for a claim or suggestion what was found and answered.
type Petition struct {
	ID       string `yaml:"id"`
	Title    string `yaml:"title"`
	Channel  string `yaml:"channel"` // net, letter, call, visit
	Voice    string `yaml:"who"`     // who speaks; for the writer of the next text, not shown
	At       string `yaml:"at"`      // "2/1": second-but-one township, its second village, counted from 0
	Field    string `yaml:"field"`   // which department's work: housing, town…; "legal" for the courts
	Class    string `yaml:"class"`   // claim where empty, suggestion, report
	Text     string `yaml:"text"`
	Wants    string `yaml:"wants"`
	Outcome  string `yaml:"outcome"` // supported, explained, not-supported
	Facts    string `yaml:"facts"`
	Opinion  string `yaml:"opinion"`
	Basis    string `yaml:"basis"`
	Decision string `yaml:"decision"` // on a suggestion: adopted, partly
	Reply    string `yaml:"reply"`

	To        string `yaml:"to"`       // "town": handled by the township itself
	Reported  string `yaml:"reported"` // body complained of
	Divert    string `yaml:"divert"`   // the statutory procedure it belongs to
	Duty      bool   `yaml:"duty"`     // asks an office to investigate or protect
	Simple    bool   `yaml:"simple"`   // fit for simplified handling
	Mixed     bool   `yaml:"mixed"`    // a claim and a report in one letter
	Joint     int    `yaml:"joint"`    // brought by several, with so many representatives
	Same      string `yaml:"same"`     // the petition that this one repeats
	Anonymous bool   `yaml:"anonymous"`
}

// Phrases are the sentences of officers and citizens along the way.
type Phrases struct {
	Objections      []string `yaml:"objections"`
	Uphold          []string `yaml:"uphold"`
	Reject          []string `yaml:"reject"`
	Extensions      []string `yaml:"extensions"`
	Forward         []string `yaml:"forward"`
	Assign          []string `yaml:"assign"`
	Paths           []string `yaml:"paths"`
	ReviewAsks      []string `yaml:"review-asks"`
	ReviewOpinions  []Ruling `yaml:"review-opinions"`
	SetAside        []string `yaml:"set-aside"`
	RereviewAsks    []string `yaml:"rereview-asks"`
	RereviewOpinion []string `yaml:"rereview-opinions"`
	Statements      []string `yaml:"statements"`
	Evidence        []string `yaml:"evidence"`
	HearingRecords  []string `yaml:"hearing-records"`
	Agreements      []string `yaml:"agreements"`
	Comments        []Rating `yaml:"comments"`
	Notes           []string `yaml:"notes"`
	Material        []string `yaml:"material"`
	Supervise       []Urging `yaml:"supervise"`
	Withdraw        []string `yaml:"withdraw"`
	Records         []string `yaml:"records"`
	Study           []string `yaml:"study"`
	Care            []string `yaml:"care"`
	Recuse          []string `yaml:"recuse"`
	ReportUp        []string `yaml:"report-up"`
}

// Ruling is the outcome of a review with its words.
type Ruling struct {
	Outcome string `yaml:"outcome"`
	Text    string `yaml:"text"`
}

// Rating is what a citizen thought of it, "5" the best.
type Rating struct {
	Rating string `yaml:"rating"`
	Text   string `yaml:"text"`
}

// Urging is a supervision by hand: its ground and words.
type Urging struct {
	Trigger string `yaml:"trigger"`
	Text    string `yaml:"text"`
}

// Load reads the content. It is compiled in: an error is a fault of this build.
func Load() (*Content, error) {
	c := &Content{}
	names, err := fs.Glob(files, "content/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("demo.Load: %w", err)
	}
	for _, name := range names {
		field := strings.TrimSuffix(strings.TrimPrefix(name, "content/"), ".yaml")
		if err := c.read(name, field); err != nil {
			return nil, fmt.Errorf("demo.Load %s: %w", name, err)
		}
	}
	return c, nil
}

func (c *Content) read(name, field string) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true) // a misspelt key would be a story that silently lacks its answer
	switch field {
	case "offices":
		return dec.Decode(&c.offices)
	case "tickets", "tickets_told":
		var list []Ticket
		err := dec.Decode(&list)
		c.Tickets = append(c.Tickets, list...)
		return err
	case "phrases":
		return dec.Decode(&c.Phrases)
	case "suggestions":
		return dec.Decode(&c.suggest)
	case "whistles":
		return dec.Decode(&c.Whistles)
	}
	var list []Petition
	if err := dec.Decode(&list); err != nil {
		return err
	}
	for _, p := range list {
		if p.Field == "" {
			p.Field = field
		}
		if p.Class == "" {
			p.Class = "claim"
		}
		c.Petitions = append(c.Petitions, p)
	}
	return nil
}
