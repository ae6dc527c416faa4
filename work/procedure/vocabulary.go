package procedure

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Guards: the conditions that a file may name. Each refuses with a sentence of its own.
// The engine (package matter) decides them; this list is what may be written. A new one needs a reason.
var guards = map[string]string{
	"not-case-officer":  "the actor is not the one who handles the case",
	"not-reported":      "the body named in the field `target`, or in the parameter's field, is not among the denied parties, nor beneath one, nor headed by one",
	"target-beneath":    "the body in the field `target` is the acting body's equal or beneath it, and not the acting body itself",
	"target-own-system": "the body in the field `target` is beneath the acting body",
	"target-elsewhere":  "the body in the field `target` is not the one that the parameter's relation holds",
	"at-most":           "the whole number in the parameter's field is not above its limit: {at-most: representatives, limit: 5}",
	"linked":            "the field `linked` names a matter that the actor may know of",
	"linked-running":    "the matter in the field `linked` runs with a body at or beneath the acting body, and its clock (parameter) is not over",
	"linked-final":      "the matter in the field `linked` ended by the state in the parameter",
	"yes":               "the yes-field in the parameter says yes",
	"not-flagged":       "the matter does not carry the flag in the parameter",
	"flagged":           "the matter carries the flag in the parameter",
	"differs":           "the text in the parameter's field is not the one that was set aside",
	"channel":           "the matter came by one of the channels in the parameter, comma separated",
	"letter-served":     "the letter in the parameter was served, with a day and a method",
	"clock-idle":        "the clock in the parameter is not running: it never started, was stopped, its last day is over, or it has none",
	"place-within":      "the place in the parameter's field lies in the place that the acting body serves",
	"serves-within":     "each body in the parameter's field serves the place of the acting body at the `level`, or a place inside it",
	"at-least":          "the parameter's field names at least `limit` bodies; with `beyond: LEVEL` only where one of them serves more than the acting body's place at that level",
	"none-yet":          "for no body in the parameter's field a matter of the procedure `of`, opened from this one, is still open",
	"of-kinds":          "each body in the parameter's field is of one of the `kinds`; with `unless` not asked where that field is filled in",
	"not-kinds":         "no body in the parameter's field is of one of the `kinds`; with `unless` not asked where that field is filled in",
	"among":             "the body in the parameter's field is one of those in the field `of`, where the step asks it, or holds the relation `of`",
	"is-acting":         "each body in the parameter's field is the acting body itself",
	"not-denied":        "as not-reported, of the parameter's field, in a sentence that does not say why",
	"not-before":        "the day or time in the parameter's field is not before the one in the field `of`; without `of`, not before the matter was opened",
	"not-future":        "the day or time in the parameter's field is not later than now",
	"not-past":          "the day or time in the parameter's field, or the last day of a period, is not over yet",
	"no-numbers":        "no text in the parameter's fields, comma separated, holds a number that tells who somebody is: an identity card, a phone, a bank card, a licence plate",
	"all-hold":          "each body that holds the parameter's relation holds one of those in `of`, comma separated, as well",
	"linked-flagged":    "the matter in the field `linked` carries the parameter's flag",
	"linked-open":       "the matter in the field `linked` is another of the same procedure, not ended, and says the same under the parameter's field",
	"linked-past":       "where the field `linked` names a matter it is found; one of the same procedure is ended or carries the parameter's flag",
	"target-kind":       "the body in the field `target` is of one of the kinds in the parameter, comma separated",
	"not-recused":       "the person in the parameter's field has not been told to step aside in this matter",
	"rows":              "the text in the parameter's field has at least `least` and at most `upto` rows, one a line, parted by commas; with `word` those with that cell, with `without` those lacking it; with `when` only where that yes-field says yes",
	"filled":            "the parameter's field is filled in; with `classes` only these must",
	"few-alike":         "with this one there are at most `limit` matters of this procedure that carry the parameter's flag and say the same in the field `same`; with `of` only those in which the same body holds that relation, with `when` only where that yes-field says yes",
	"none-open":         "no matter of the procedure in the parameter that was opened from this one is still open",
	"entries-left":      "somebody who brought the matter in does not carry the parameter's flag yet",
	"entries-done":      "everybody who brought the matter in carries the parameter's flag",
}

// Effects: the acts that a file may name. They happen in the same transaction as the action.
var effects = map[string]string{
	"flag":             "mark the matter with the parameter, for guards and lists; with `day` it carries the day in that field, and is not put on while that is empty; with `entries` only for the entry in that field, or the first one left",
	"unflag":           "take the mark off; with `entries: all` off every entry",
	"classify":         "the class becomes the one in the field `class`; a sealed class seals",
	"supervise":        "open a supervision on the ground in the field `trigger`, or else in the parameter, against the holder of the relation `against` (default handler)",
	"supervise-linked": "the same on the matter in the field `linked`",
	"link":             "link to the matter in the field `linked`, under the kind in the parameter",
	"recuse":           "the person in the field `person`, or whoever holds the relation in the parameter, may no longer act here",
	"split":            "open a second matter of the class in the field `class` from this one; a sealed part leaves no pointer in the other",
	"merge":            "join this matter's entries to the one in the field `linked`; every submitter keeps the right to an answer",
	"evaluate":         "open the evaluation to the citizen",
	"serve":            "the letter of this action counts as served on the field `served_on` by `served_how`, with `served_proof`",
	"set-aside":        "the standing opinion no longer counts, and its text is kept to compare",
	"rename":           "the title becomes the one in the field `title`",
	"set-clock":        "the clock in the parameter, where it runs, goes on to the day in the field `due_on`",
	"open":             "open a matter of the procedure in the parameter from this one; with `each`, one for each body in that field; with `submitters: yes` whoever brought this one in follows both",
	"back":             "the program takes the action in the parameter on the matter that this one was opened from, where it can be taken",
	"then":             "the program takes the action in the parameter on this same matter, where it can be taken now",
	"identity":         "what is done to the identity that the relation `subject` stands for: correct (to what the relation `corrected` stands for), erase or freeze; the vault does it",
	"tell":             "the program takes the action in the parameter on every open matter of the procedure `in` that was opened from this one, where it can be taken",
}

// Sources of `sets`: "acting" the acting body, "actor" the acting person, "none" nobody,
// "field:NAME" a field's body or person, "relation:NAME" another relation's holder,
// "above:NAME" the body one level above that relation's holder, as the office tree says for review,
// "common-above:NAME" the nearest common superior of that relation's holders and the acting body,
// "nearest:KIND" the acting body or the nearest body above it of that kind, "nearest:KIND:FIELD" counted from the body in a field,
// "from:NAME" that relation's holders in the matter that this one was opened from; nobody where there is none.
var setSources = []string{"acting", "actor", "nearest", "none", "field", "relation", "above", "common-above", "from"}

// Relations of `by` that every procedure has beside its own: "anyone", "system",
// "head-of-R" the head of the body that holds R, "above-R" an officer one level above R,
// "superior-of-R" an officer of any body above R, "power:P" anyone whose post holds P.
var builtinBy = []string{"anyone", "system"}

// Guard is a named condition with its parameters. With When it holds wherever the whole number in that field is
// not said, or is above Upto: {at-most: reps, limit: 3, when: people, upto: 10} limits groups of up to ten.
type Guard struct {
	Name  string
	Arg   string
	Limit int
	When  string
	Upto  int

	Same  string // of few-alike: a field
	After string // of not-before: a period that must lie between, "30个工作日"

	Level, Beyond string   // floors of the state: county, city
	Of            string   // a field or a relation
	Kinds         []string // of bodies
	Unless        string   // a field; the guard is not asked where it is filled in
	Classes       []string // holds only for these; all where there are none

	Least         int    // of `rows`
	Word, Without string // of `rows`: only those with this cell, or without it

	Cite         string // the article that the refusal names, where it is not the action's own
	Says, SaysEn string // why it is refused, in the rules' own words; "" leaves it to the program's
	Way, WayEn   string // what to do instead
}

// Effect is a named act with its parameters. With When it happens only where the action's yes-field of that
// name says yes, or, for "flag:NAME", where the matter carried the flag before the action.
type Effect struct {
	Name       string
	Arg        string
	Against    string
	When       string
	Each       string // of `open`: a field that names bodies
	Class      string // of `open`: of the matter that is opened; else what the field `class` says, or its only one
	Submitters bool   // of `open`: whoever brought this matter in is told of the new one by the same receipt
	In         string // of `tell`: a procedure
	Recent     string // only where the linked matter is of the same procedure and got this flag lately: within Within
	Within     string // a period, 30日
	Running    string // only where the linked matter is of this procedure and has not ended
	Clock      string // with Running: and this clock of it runs and is not over
	Along      bool   // of `link`: a link to a sealed matter seals this one, and denies the same parties
	Day        string // of `flag`: a day field
	Entries    string // of `flag`: a field that names one of those who brought the matter in; it is put on for them. Of `unflag`: "all"
}

// Consequence is what a missed clock brings about: "light" it is shown as late; "bar" the action that
// names it in `within` is refused from then on; "supervise" with a ground; "do" an action of the system.
type Consequence struct {
	Name    string
	Arg     string
	Against string
}

// UnmarshalYAML takes `name`, `{name: arg, limit: n}` or `{name: arg, limit: n, when: field, upto: n}`.
func (g *Guard) UnmarshalYAML(n *yaml.Node) error {
	extra, err := named(n, &g.Name, &g.Arg, "limit", "when", "upto", "level", "beyond", "of", "classes", "kinds", "unless", "least", "word", "without", "same", "after", "cite",
		"says", "says-en", "way", "way-en")
	if err != nil {
		return err
	}
	g.When, g.Level, g.Beyond, g.Of = extra["when"], extra["level"], extra["beyond"], extra["of"]
	g.Word, g.Without, g.Same, g.After = extra["word"], extra["without"], extra["same"], extra["after"]
	g.Cite, g.Says, g.SaysEn, g.Way, g.WayEn = extra["cite"], extra["says"], extra["says-en"], extra["way"], extra["way-en"]
	apart := func(c rune) bool { return c == ',' || c == ' ' }
	g.Unless, g.Classes, g.Kinds = extra["unless"], strings.FieldsFunc(extra["classes"], apart), strings.FieldsFunc(extra["kinds"], apart)
	for key, into := range map[string]*int{"limit": &g.Limit, "upto": &g.Upto, "least": &g.Least} {
		s, ok := extra[key]
		if !ok {
			continue
		}
		if *into, err = strconv.Atoi(s); err != nil {
			return misread(n, "%s 要写成整数，不是“%s”", key, s)
		}
	}
	return nil
}

// misread is a fault of one item; the decoder collects it and reads on, so that the rest is told as well.
func misread(n *yaml.Node, text string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", n.Line) + fmt.Sprintf(text, args...)}}
}

// UnmarshalYAML takes `name` or `{name: arg, against: relation, when: field}`, with each, class, submitters, in
// and day for the acts that know them.
func (e *Effect) UnmarshalYAML(n *yaml.Node) error {
	extra, err := named(n, &e.Name, &e.Arg, "against", "when", "each", "class", "submitters", "in", "recent", "within", "running", "clock", "sealed", "day", "entries")
	e.Recent, e.Within, e.Running, e.Along, e.Day = extra["recent"], extra["within"], extra["running"], extra["sealed"] == "along", extra["day"]
	e.Clock = extra["clock"]
	e.Entries = extra["entries"]
	e.Against, e.When, e.Each, e.Class, e.In = extra["against"], extra["when"], extra["each"], extra["class"], extra["in"]
	e.Submitters = extra["submitters"] == "yes" || extra["submitters"] == "true"
	return err
}

// UnmarshalYAML takes `name` or `{name: arg, against: relation}`.
func (c *Consequence) UnmarshalYAML(n *yaml.Node) error {
	extra, err := named(n, &c.Name, &c.Arg, "against")
	c.Against = extra["against"]
	return err
}

// named reads "name", or a map of one name with its argument and the extra keys allowed beside it.
func named(n *yaml.Node, name, arg *string, extras ...string) (map[string]string, error) {
	if n.Kind == yaml.ScalarNode {
		*name = n.Value
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, misread(n, "要写一个名称，或者 {名称: 参数}")
	}
	extra := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i].Value, n.Content[i+1].Value
		if has(extras, k) {
			extra[k] = v
			continue
		}
		if *name != "" {
			return nil, misread(n, "一项里写了两个名称：%s 和 %s；请分成两项", *name, k)
		}
		*name, *arg = k, v
	}
	return extra, nil
}
