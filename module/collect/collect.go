// Package collect asks once: what a form wants is matched to what is already known, and only the rest is asked.
//
// An element is one thing that is known once. A form is what a body asks of villages or townships; each of its fields
// is confirmed by a person to be an element, or to be something new. From that the overlap report says which fields
// exist, who holds them and how old they are. The values themselves are not here: see Known.
package collect

import (
	"context"

	"jishi/base/calendar"
	"jishi/base/db"
)

// Code is one entry of a code list.
type Code struct {
	Code  string `json:"code" yaml:"code"`
	Title string `json:"title" yaml:"title"`
	En    string `json:"en,omitempty" yaml:"en"`
}

// Element is a data element 数据元: one thing that is known once, as it stands in one version.
type Element struct {
	ID, Title, En, Definition string
	Type                      string // text, int, number, day, yes, code
	Codes                     []Code
	Unit                      string
	Period                    string // "" holds until changed; year, quarter, month
	Subject                   string // place, household, person, org: what one value is about
	Source                    string // body that is the source of truth 数源, an org ID; "" the village itself
	Share                     string // free 无条件, conditional 有条件, none 不予共享
	Sensitivity               string // public, internal, personal, sensitive
	Synonyms                  []string
	Theme                     string // the chapter of the catalogue
	Grade                     string // where the definition is from; D is our own setting

	From, To calendar.Day // of this version; the zero To is: still in force
}

// Personal reports whether values are about a person, so that reading one needs a purpose and leaves a record.
func (e Element) Personal() bool { return e.Sensitivity == "personal" || e.Sensitivity == "sensitive" }

// Kinds of a field after the overlap report.
const (
	Reuse = "reuse" // 复用: it stands in the one table, or another form on the list brings it there
	Share = "share" // 共享: its source body holds it and may be asked
	New   = "new"   // 新采: nobody holds it
)

// States of a form. The matter of its admission knows more; this is what lists ask.
const (
	Draft   = "draft"
	Checked = "checked" // the field check found something new to ask
	Refused = "refused"
	Listed  = "listed" // on the county's list: it may be asked
	Ended   = "ended"
)

// Form is a form that a body asks for.
type Form struct {
	ID, Org, Title, Basis, Purpose string
	Level                          string // village, township
	Period                         string // year, quarter, month, once
	Place                          string // code of the place whose villages or townships answer
	State                          string
	Why, Twin                      string // of a refusal: obtainable or duplicate; the form that already asks this
	Fields                         []Field
	Matter                         string // of its admission, "" before it was handed in
	Layout, LayoutName             string // hash in the blob store of the file it came as; "" typed by hand
	Seq                            int64
	By                             string
	At, ListedAt                   int64 // milliseconds
}

// Field is one field of a form. Element is "" until a person confirmed the match, and stays "" for something new.
type Field struct {
	N              int
	Label, Element string
	Kind           string // reuse, share, new; "" before the report
	Type, Unit     string
	Sheet          string
	Row, Col       int  // of the label, from 1; 0 typed by hand
	Below          bool // the value stands below the label, else to its right
	Samples        []string
	Note           string
	Decided        string // who confirmed what it is; "" nobody yet
	DecidedAt      int64
}

// Cell is one value of the one table with where it is from.
type Cell struct {
	Place, Subject, Element, Period, Value, Source string
	AsOf                                           calendar.Day
}

// Holding says how far an element is known in some places.
type Holding struct {
	Element string
	Places  int // in how many of the asked places it is known
	Sources []string
	Oldest  calendar.Day
	Newest  calendar.Day
}

// Known is what stands in the one table. Whoever keeps the table answers; a nil Known knows nothing.
type Known interface {
	// Holdings are the elements that are known in any of the places for the day, by element. Each is asked in the period
	// of its own in which the day lies: a monthly form takes a yearly figure of the year.
	Holdings(ctx context.Context, r db.Reader, elements, places []string, day calendar.Day) (map[string]Holding, error)
	// Values are the cells of the place under the elements for the day, each in its own period.
	Values(ctx context.Context, r db.Reader, place string, elements []string, day calendar.Day) ([]Cell, error)
}
