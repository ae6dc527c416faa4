// Package procedure holds procedures as data: the states a matter passes through, who may do what,
// by when, with which letter, under which article. A procedure is a file that a jurist reads and signs.
//
// The package has no opinions about what a procedure is for. It has no expressions either: where a
// file needs a condition it names a guard, where it needs an act it names an effect, and both are the
// closed lists in vocabulary.go.
package procedure

import (
	"slices"
	"sort"
	"strings"

	"jishi/base/calendar"
)

// A Procedure is one version of one procedure, as it stands in a profile.
type Procedure struct {
	ID        string              `yaml:"id"`
	Title     string              `yaml:"title"`
	En        string              `yaml:"en"`
	Law       string              `yaml:"law"` // the statute that a bare 第…条 below means
	From      calendar.Day        `yaml:"from"`
	To        calendar.Day        `yaml:"to"`      // last day it may be opened under; "" while in force
	Number    string              `yaml:"number"`  // "LX{year}-{n}": how its matters are numbered, ASCII
	Private   bool                `yaml:"private"` // known only to those with a part in it, whoever stands above them
	Public    bool                `yaml:"public"`  // what its open matters say now anyone may read; the opposite of private
	Classes   map[string]Class    `yaml:"classes"`
	Relations map[string]Relation `yaml:"relations"`
	Fields    map[string]Field    `yaml:"fields"`
	Open      Opening             `yaml:"open"`
	Path      []Phase             `yaml:"path"` // the main line of the drawing, for people
	States    map[string]State    `yaml:"states"`
	Actions   map[string]Action   `yaml:"actions"`
	Clocks    map[string]Clock    `yaml:"clocks"`
	Triggers  map[string]Trigger  `yaml:"triggers"` // grounds of supervision
	Flags     map[string]Option   `yaml:"flags"`    // what effects may mark a matter with, in words

	Profile string `yaml:"-"` // "" is the national text
	Hash    string `yaml:"-"` // of the file's bytes and the profile's: an edited file is another file
}

// Submitter is the relation that whoever brings a matter in holds, "" where bodies open matters among themselves.
func (p *Procedure) Submitter() string {
	for _, id := range keys(p.Relations) {
		if p.Relations[id].Submit {
			return id
		}
	}
	return ""
}

// EffectCite is the article of the action that has an effect, "" where none has.
func (p *Procedure) EffectCite(effect string) string {
	for _, id := range p.ActionIDs() {
		if slices.ContainsFunc(p.Actions[id].Effects, func(e Effect) bool { return e.Name == effect }) {
			return p.Actions[id].Cite
		}
	}
	return ""
}

// Key names this version: "lost-property@2021-01-01", with "+zhejiang" where a profile lies over it.
func (p *Procedure) Key() string {
	k := p.ID + "@" + string(p.From)
	if p.Profile != "" {
		k += "+" + p.Profile
	}
	return k
}

// Class is a kind of matter inside a procedure; a sealed one is hidden from the parties it denies.
type Class struct {
	Title  string   `yaml:"title"`
	En     string   `yaml:"en"`
	Sealed bool     `yaml:"sealed"`
	By     []string `yaml:"by"` // who brings in such; whoever may open the procedure where it is empty
	Cite   string   `yaml:"cite"`
	Grade  Grade    `yaml:"grade"`
}

// Grade is how well a rule is founded: A the text was read in full, B in part, C second hand,
// D our own setting and not law. A page shows D with a mark.
type Grade string

// Relation is a role that a body or person has in one matter.
type Relation struct {
	Title  string `yaml:"title"`
	En     string `yaml:"en"`
	Kind   string `yaml:"kind"`   // org, person, citizen
	Many   bool   `yaml:"many"`   // may be held by several at once
	Denied bool   `yaml:"denied"` // whoever holds it, or works beneath it, may not know a sealed matter exists
	Of     string `yaml:"of"`     // for a person: the relation whose body they belong to
	Submit bool   `yaml:"submit"` // whoever brings the matter in holds it
	Apart  bool   `yaml:"apart"`  // of citizens: only who holds it acts in it, and each has an entry of their own
	Cite   string `yaml:"cite"`   // by which a denied party is kept from it
	Grade  Grade  `yaml:"grade"`
}

// Field is one thing an action asks for.
type Field struct {
	Title   string            `yaml:"title"`
	En      string            `yaml:"en"`
	Type    string            `yaml:"type"` // line, text, day, time, period, int, choice, yes, org, person, citizen, place, matter, entry
	Help    string            `yaml:"help"`
	HelpEn  string            `yaml:"help-en"`
	Max     int               `yaml:"max"` // characters; for int the largest value
	Min     int               `yaml:"min"`
	Options map[string]Option `yaml:"options"`
	Order   []string          `yaml:"order"` // of the options
	Local   bool              `yaml:"local"` // a choice whose answers profiles name; where none does, it is not asked
	Secret  bool              `yaml:"secret"`
	Many    bool              `yaml:"many"`   // several bodies or persons, apart by spaces
	Kinds   []string          `yaml:"kinds"`  // of a body: only these kinds
	Meets   string            `yaml:"meets"`  // of a time: people come together then, in the place that this other field says
	Offers  []string          `yaml:"offers"` // fields whose text is offered here beforehand, for whoever writes it anew
	Cite    string            `yaml:"cite"`
	Grade   Grade             `yaml:"grade"`
	Note    string            `yaml:"note"` // what of it is our setting, and why
	NoteEn  string            `yaml:"note-en"`
}

// Asked reports whether there is anything to answer: a choice whose answers no profile names is not asked.
func (f Field) Asked() bool { return !f.Local || len(f.Options) > 0 }

// Meetings are the fields that say when people come together, in a fixed order.
func (p *Procedure) Meetings() []string {
	var list []string
	for _, name := range keys(p.Fields) {
		if p.Fields[name].Meets != "" {
			list = append(list, name)
		}
	}
	return list
}

// Option is one answer to a choice.
type Option struct {
	Title string `yaml:"title"`
	En    string `yaml:"en"`
	Cite  string `yaml:"cite"`

	// A catalogue by which work is handed out says more: whose line of work it usually is, and what it proposes for
	// other fields. Both are proposals, which whoever decides may leave.
	Lines   []string          `yaml:"lines"`
	Implies map[string]string `yaml:"implies"`
}

// Opening is how a matter comes to be: the action "open" of every history.
type Opening struct {
	Title      string            `yaml:"title"`
	En         string            `yaml:"en"`
	By         []string          `yaml:"by"`         // anyone, or powers: "power:register"
	Initiators []Initiator       `yaml:"initiators"` // which bodies and posts may, beside By; a profile names its own
	To         string            `yaml:"to"`
	Receives   []string          `yaml:"receives"` // kinds of body that it is brought to, the nearest to the place first
	Needs      []string          `yaml:"needs"`
	Asks       []string          `yaml:"asks"`
	Sets       map[string]string `yaml:"sets"`
	Guards     []Guard           `yaml:"guards"`
	Effects    []Effect          `yaml:"effects"`
	Channels   []string          `yaml:"channels"`
	Apart      bool              `yaml:"apart"` // what it says no other citizen who joins the matter reads
	Cite       string            `yaml:"cite"`
	Grade      Grade             `yaml:"grade"`
}

// Initiator is one sort of body and post that may bring a matter in.
type Initiator struct {
	Title  string            `yaml:"title"`
	En     string            `yaml:"en"`
	Kinds  []string          `yaml:"kinds"`  // of body
	Powers []string          `yaml:"powers"` // of the post in it; any one of them
	Only   map[string]string `yaml:"only"`   // only where these fields, or "class", have these answers
	Cite   string            `yaml:"cite"`
	Grade  Grade             `yaml:"grade"`
}

// Phase is a station of the main line that people see; several states share one.
type Phase struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	En    string `yaml:"en"`
}

// State is where a matter stands. An open state has one holder, who must move next.
type State struct {
	Title    string `yaml:"title"`
	En       string `yaml:"en"`
	Holder   string `yaml:"holder"` // a relation
	Phase    string `yaml:"phase"`
	Final    bool   `yaml:"final"`
	Timeless string `yaml:"timeless"` // why no clock need run here; required where none does
	Cite     string `yaml:"cite"`
	Grade    Grade  `yaml:"grade"`
	Note     string `yaml:"note"`
}

// Action is one thing someone may do.
type Action struct {
	Title   string            `yaml:"title"`
	En      string            `yaml:"en"`
	By      []string          `yaml:"by"`
	From    []string          `yaml:"from"` // states; "open" means every state that is not final
	To      string            `yaml:"to"`   // a state, or "same"
	Classes []string          `yaml:"classes"`
	Where   *Where            `yaml:"where"`
	Needs   []string          `yaml:"needs"`
	Asks    []string          `yaml:"asks"`
	Sets    map[string]string `yaml:"sets"` // relation: where its new holder comes from, see vocabulary.go
	Letter  string            `yaml:"letter"`
	Guards  []Guard           `yaml:"guards"`
	Effects []Effect          `yaml:"effects"`
	Within  string            `yaml:"within"`  // a clock; refused once it is over
	Posted  string            `yaml:"posted"`  // a day field: what was posted in time is in time, whenever it arrives (`within`)
	Apart   bool              `yaml:"apart"`   // what is said and attached here no other citizen of the matter reads
	Extends string            `yaml:"extends"` // a clock; needs the field "days" and "reason"
	Shown   bool              `yaml:"shown"`   // shown grey with its reason where it is closed, because people look for it
	Main    bool              `yaml:"main"`    // the ordinary next step
	Cite    string            `yaml:"cite"`
	Grade   Grade             `yaml:"grade"`
	Note    string            `yaml:"note"`
}

// Where limits an action or a clock to matters in which the body that holds a relation is of certain kinds,
// or is not, or which carry a flag, or do not.
type Where struct {
	Relation string   `yaml:"relation"`
	Kinds    []string `yaml:"kinds"`
	Not      []string `yaml:"not"`
	Flag     string   `yaml:"flag"`
	NoFlag   string   `yaml:"no-flag"`
}

// Clock is one statutory obligation. One clock never overrides another.
type Clock struct {
	Title    string               `yaml:"title"`
	En       string               `yaml:"en"`
	Limit    string               `yaml:"limit"`    // the statute's own words, "60日"; or "field:period"; or "及时" without a number
	LimitBy  string               `yaml:"limit-by"` // a choice field, or "class": Limits says the limit of each answer, Limit that of every other
	Limits   map[string]string    `yaml:"limits"`
	Office   calendar.OfficeHours `yaml:"office"` // when working hours run, for limits in 个工作小时
	For      string               `yaml:"for"`    // office or citizen: whose time it is
	Holder   string               `yaml:"holder"`
	Classes  []string             `yaml:"classes"`
	Unless   string               `yaml:"unless"` // a yes-field; the clock does not start where it says yes
	Where    *Where               `yaml:"where"`
	Starts   []Start              `yaml:"starts"`
	Stops    []string             `yaml:"stops"`     // actions
	NotAfter string               `yaml:"not-after"` // a clock; the start is never later than that clock's last day
	Extend   *Extend              `yaml:"extend"`
	Pauses   []Pause              `yaml:"pauses"`
	Rolls    bool                 `yaml:"rolls"`
	Missed   []Consequence        `yaml:"missed"`
	Cite     string               `yaml:"cite"`
	Grade    Grade                `yaml:"grade"`
	Note     string               `yaml:"note"` // what of it is our setting, and why
	NoteEn   string               `yaml:"note-en"`
}

// AllLimits are the clock's limits: the one for all, and those that depend on an answer, in a fixed order.
func (c Clock) AllLimits() []string {
	list := []string{c.Limit}
	for _, k := range keys(c.Limits) {
		list = append(list, c.Limits[k])
	}
	return list
}

// Start is an action that starts a clock, and the day it counts from where that is not the action's own.
type Start struct {
	On     string   `yaml:"on"`
	Day    string   `yaml:"day"`    // a field of type day
	Latest []string `yaml:"latest"` // flags; it counts from the last of the days that they carry
}

// Extend is how far a clock may be lengthened, in all.
type Extend struct {
	Upto  string `yaml:"upto"` // in all; "limit": as long as the limit itself
	Once  bool   `yaml:"once"`
	By    string `yaml:"by"`    // the relation that decides
	Tells string `yaml:"tells"` // the letter that tells the citizen
	Cite  string `yaml:"cite"`
	Grade Grade  `yaml:"grade"`
}

// Pause is a stretch that does not count, from the day of one action to the day of another, both included.
type Pause struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
	Cite string `yaml:"cite"`
}

// Trigger is a ground of supervision.
type Trigger struct {
	Title string `yaml:"title"`
	En    string `yaml:"en"`
	Cite  string `yaml:"cite"`
	Grade Grade  `yaml:"grade"`
}

// OpenIn reports whether the action can be taken in the state, for its class.
func (p *Procedure) OpenIn(a Action, state, class string) bool {
	if len(a.Classes) > 0 && !has(a.Classes, class) {
		return false
	}
	for _, from := range a.From {
		if from == state || p.wide(from) && (from == "any" || !p.States[state].Final) {
			return true
		}
	}
	return false
}

// wide reports whether a `from` means every state that is not final, or any at all. A procedure that calls one
// of its own states "open" means that one.
func (p *Procedure) wide(from string) bool {
	_, own := p.States[from]
	return !own && (from == "open" || from == "any")
}

// ActionIDs are all actions, in a fixed order: main ones first, then by name.
func (p *Procedure) ActionIDs() []string {
	ids := keys(p.Actions)
	sort.SliceStable(ids, func(i, j int) bool {
		return p.Actions[ids[i]].Main && !p.Actions[ids[j]].Main
	})
	return ids
}

// ClassIDs are all classes in a fixed order.
func (p *Procedure) ClassIDs() []string { return keys(p.Classes) }

// ClockIDs are all clocks in a fixed order.
func (p *Procedure) ClockIDs() []string { return keys(p.Clocks) }

// Cite spells a citation out: a bare 第…条 is of the procedure's own law.
func (p *Procedure) Cite(cite string) string {
	if strings.HasPrefix(cite, "第") {
		return p.Law + cite
	}
	return cite
}

func keys[V any](m map[string]V) []string {
	ks := make([]string, 0, len(m))
	for k := range m {
		ks = append(ks, k)
	}
	sort.Strings(ks)
	return ks
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
