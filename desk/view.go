package desk

import (
	"time"

	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Light says how a clock stands. It always comes with its word: never colour alone.
type Light string

const (
	OnTime  Light = "ok"   // ● 按期
	Soon    Light = "due"  // ◐ 将到期: the alarm day has come
	Overdue Light = "late" // ■ 逾期
	Paused  Light = "off"  // ○ 已停
)

// Body names a body for a reader.
type Body struct {
	ID, Name, Short, En string
}

// Clock is one obligation as a reader sees it.
type Clock struct {
	ID, Title, En string
	For           string // office or citizen
	Limit         string // the statute's own words
	Day           calendar.Day
	Due           time.Time // zero where the law gives no number
	Light         Light
	Left          int  // whole days until the last day; negative when it has passed
	Exact         bool // the limit ends at an instant, not with a day; then Minutes is what is left of it
	Minutes       int
	Running       bool
	Missed        bool
	Bars          bool // when it runs out a right is lost, and nobody is late
	Stopped       time.Time
	Extended      int
	Excluded      int
	Provisional   bool
	Cite          string
	Gist, GistEn  string
	Grade         procedure.Grade
	Note, NoteEn  string // what of it is our setting and not law
	How           []calendar.Step
}

// Said is what somebody wrote under a field.
type Said struct {
	Field, Title, En, Text string
}

// Step is one line of the history.
type Step struct {
	Seq          int
	At           time.Time
	Action       string
	Title, En    string
	By           Body   // the body, with the officer's name for officers; "" for the citizen
	Person       string // the officer's name and post, for officers only
	Citizen      bool
	Side         words.Two // which of several parties it was; "" where there is one
	Cite         string
	Late         []Lateness
	Said         []Said
	Letters      []Letter
	Files        []matter.File
	Clock        string // of a missed clock
	ClockEn      string
	StateTitle   string
	StateEn      string
	Recalculated []Moved

	actor string // as the journal has it: a citizen's own step is told from another's by it
}

// Lateness says for ever that a step came late.
type Lateness struct {
	Title, En string
	Day       calendar.Day
	Days      int
	Minutes   int // where the limit ended at an instant
	Cite      string
}

// Moved is a last day that moved when a calendar was published.
type Moved struct {
	Title, En string
	Was, Now  calendar.Day
}

// Action is a thing that the reader may do now.
type Action struct {
	ID, Title, En string
	Main          bool
	Ends          bool // it ends the matter, and is asked twice
	Cite          string
	Grade         procedure.Grade
	Fields        []Field
	Letter        string // title of the document it serves
	LetterEn      string
	Note          string
}

// Field is one thing that an action asks for.
type Field struct {
	Name     string
	Required bool
	procedure.Field
	Value   string   // offered beforehand
	Choices []Choice // bodies, persons or options to pick from, the suggested one first
}

// Choice is one answer offered.
type Choice struct {
	Value, Title, En string
	Why              string // why it is suggested
	WhyEn            string
}

// Closed is an action that people look for and that cannot be taken now.
type Closed struct {
	ID, Title, En string
	Why           error // a words.Refusal
}

// Involved are the bodies that hold one relation to a matter.
type Involved struct {
	Relation, Title, En string
	Bodies              []Body
}

// Caller is one of several who brought a matter in: each is answered, and each is asked what they think of it.
type Caller struct {
	Entry, Number string
	At            time.Time
	Who           vault.Identity // masked
	Named         bool           // an identity is kept, which may be looked at for a reason
	Asked         bool           // the call back to them is done
}

// Letter is a document of the matter.
type Letter struct {
	ID, Kind, Title, En, Number string
	Version                     int
	Body                        Body
	At                          time.Time
	ServedOn                    calendar.Day
	How, Proof                  string
}

// Link ties the matter to another that the reader may see.
type Link struct {
	Kind, ID, Number, Title, StateTitle string
}

// Duplicate is another matter that may be the same, with the reason.
type Duplicate struct {
	ID, Number, Title, StateTitle string
	StateEn                       string
	Why                           string
	WhyEn                         string
	Procedure                     string
	Ended                         bool
	Likeness                      float64 // share of words in common, 0 to 1
}

// View is one matter as one reader may see it.
type View struct {
	ID, Number, Title                 string
	Procedure                         *procedure.Procedure
	Class, ClassTitle, ClassEn        string
	State, StateTitle, StateEn, Phase string
	Sealed, Ended                     bool
	Seq                               int
	Channel                           string
	Holder                            Body // who must move next; zero when the citizen must or nobody need
	HolderTitle                       string
	Officer                           string // name of the case officer
	Opened                            time.Time
	Place                             []string // names from province to village
	Address                           string
	Said                              []Said
	Petitioner                        vault.Identity // masked
	Entries                           int
	Representatives                   int
	Clocks                            []Clock
	Next                              *Clock    // the one that is over first
	Meetings                          []Meeting // when people come together over it
	Timeline                          []Step
	Open                              []Action
	Closed                            []Closed
	Letters                           []Letter
	Involved                          []Involved // other bodies with a part in it, for officers
	Callers                           []Caller   // of a matter that several brought in, for officers
	Sides                             []Side     // parties that stand apart from one another
	Files                             []matter.File
	Links                             []Link
	Map                               *Node // the matters that belong together; nil when this one stands alone
	MapLeft                           int   // how many more the map does not show
	Notes                             []Note
	Numbers                           []Number // by which somebody can be found, in what is said here; for officers
	Asks                              []Ask    // of a step that two officers do
	Duplicates                        []Duplicate
	Trail                             []string // states passed
	Flags                             map[string]string
	Own                               bool                      // the reader is the one who brought it in
	why                               func(action string) error // see Why
	MergedInto                        string
}

// Certificate reports whether the matter is a certificate that was issued, so that there is a code to check it with.
func (v *View) Certificate() bool {
	return v.Procedure != nil && v.Procedure.ID == Certificate && (v.State == "issued" || v.State == "revoked")
}

// Note is an internal note of one body.
type Note struct {
	At           time.Time
	Author, Text string
}

// Row is one matter in a list.
type Row struct {
	ID, Number, Title                             string
	Class, ClassTitle, State, StateTitle, StateEn string
	Holder                                        Body
	Officer                                       string
	Next                                          *Clock
	Place                                         string
	Opened                                        time.Time
	Entries                                       int
	Sealed, Ended                                 bool
	Flags                                         map[string]string
}

// Box is one of the lists that an officer works from.
type Box string

const (
	Today      Box = "today"      // held by my bodies, the soonest last day first
	Mine       Box = "mine"       // I am the case officer
	BodyBox    Box = "body"       // everything open that my bodies hold
	Objections Box = "objections" // objected or in dispute
	Late       Box = "late"
	SoonBox    Box = "soon"
	Part       Box = "part" // my bodies have a part in it, open or ended, newest first
	Area       Box = "area" // held by a body of the place that I supervise
	Ended      Box = "ended"
)

// Filter narrows a list.
type Filter struct {
	Box       Box
	Procedure string
	Class     string
	State     string
	Place     string // prefix of a division code
	Text      string // words, a number
	Cursor    string
	Limit     int
}

// Page is part of a list.
type Page struct {
	Rows []Row
	Next string // cursor of the next page, "" at the end
}

// Count is one number of the rail.
type Count struct {
	Box Box
	N   int
}

// Identity is what a look at the vault shows.
type Identity = vault.Identity

// Look is one look at an identity, as the person themself may read it.
type Look struct {
	At                 time.Time
	Body, Post, Reason string
}

// Filing is what somebody brings in.
type Filing struct {
	Token           string            // one-time token of the form; the same token gives the same receipt
	Procedure       string            // "" is the petition
	Class           string            // claim, suggestion, report
	Channel         string            // net; for a clerk: letter, call, fax, visit
	With            map[string]string // the form's fields: title, what, wants, place, address…
	Who             vault.Identity
	Anonymous       bool
	Others          []vault.Identity          // of a joint petition; the first ones are the representatives
	Reported        []string                  // bodies complained of, in a report
	ReportedPersons []string                  // staff complained of
	People          map[string]vault.Identity // whom the form's fields of the type citizen name
	Files           []matter.File             // already in the blob store
	Body            string                    // the body it is brought to; "" lets the desk suggest it
}

// Receipt is the proof that something was brought in.
type Receipt struct {
	ID, Number string
	Code       string // query code, told once
	At         time.Time
	Body       Body
	Clocks     []Clock
	Again      bool // the same press as before: nothing was written twice
}

// Press is an action that somebody takes on a page.
type Press struct {
	Token  string
	Seq    int
	Action string
	With   map[string]string
	Files  []matter.File
	People map[string]vault.Identity // whom the fields of the type citizen name
}

// Overview is the leader's page: what is late and where.
type Overview struct {
	Day      calendar.Day
	From     calendar.Day // period of the rates
	Bodies   []BodyFigures
	Total    BodyFigures
	LateRows []Row
	Received int
}

// BodyFigures are the figures of one body. Every rate comes with its numerator and denominator.
type BodyFigures struct {
	Body           Body
	Open           int
	Overdue        int
	Soon           int
	InTime, Due    int // steps done in time, of the steps that were done or due
	Rated, Content int // evaluations, and those that say satisfied
}

// Signed is who signed in and the token of the session.
type Signed struct {
	Actor actor.Actor
	Token string
}
