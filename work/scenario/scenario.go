// Package scenario runs worked cases: what happened on which day, and what must then be true.
//
// A scenario is a file that a jurist writes and reads. It is run on the real engine over a real
// database; there is no second interpreter here, only a reader, a cast of bodies and people, and a
// comparison. A scenario that names something unknown is refused with all its faults at once: a case
// that silently tests nothing is worse than none.
package scenario

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/words"
)

// Scenario is one worked case.
type Scenario struct {
	File      string
	Title     string
	Case      string // the case of the specification that it works out, "XF-04"
	About     string // why the outcome is what it is, for the reader
	Procedure string
	Profile   string
	Day       calendar.Day // rules as of this day; "" is the day of the first step
	Given     []Given
	Steps     []Step
}

// Given is where a matter stands before the first step. It is put there by one recorded event.
type Given struct {
	Line      int
	Matter    string // the letter that steps call it by
	State     string
	Class     string
	Title     string
	Channel   string
	Since     time.Time           // the day of the first step where none is given
	Relations map[string][]string // names of the cast
	Clocks    map[string]calendar.Day
	Flags     []string
	Fields    map[string]string
}

// Step is one act, or one look, at one instant.
type Step struct {
	Line   int
	At     time.Time
	As     string
	Do     string // an action, or open, wait, look
	Matter string
	// Procedure is that of a matter that the step opens, where it is not the scenario's own.
	Procedure string
	With      map[string]string
	Expect    Expect
	lines     map[string]int // of the keys of `with`
}

// Expect is what must be true after the step. A key that was not written is not asked.
type Expect struct {
	Line        int
	State       string
	Holder      string
	Class       string
	Refused     string
	Cite        string
	Due         map[string]string
	Nominal     map[string]string
	Rolled      map[string]string
	Alarm       map[string]string
	HolderOf    map[string]string
	Running     []string // these run
	Stopped     []string // these do not
	Provisional []string // these rest on a year that is not published yet
	Late        *[]string
	Letters     *[]string
	Supervised  *[]string
	Linked      *[]string
	VisibleTo   []string
	HiddenFrom  []string
	Flags       []string
	NoFlags     []string
	Sealed      *bool
}

// Steps that are not actions of a procedure.
const (
	doOpen = "open"
	doWait = "wait"
	doLook = "look"
)

// Fault is one thing wrong in a scenario file or the cast.
type Fault struct {
	File string
	Line int
	Text string // a Chinese sentence, a key of the catalogue
	Args []any
}

// Say is the fault with its place, in the reader's language.
func (f Fault) Say(l words.Lang) string {
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, words.Say(l, f.Text, f.Args...))
}

// Faults is every fault of a file, by line. It is the error of a file that cannot be taken.
type Faults []Fault

func (fs Faults) Error() string { return fs.Say(words.EN) }

// Say is all the faults, one a line.
func (fs Faults) Say(l words.Lang) string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Say(l)
	}
	return strings.Join(lines, "\n")
}

func (fs Faults) sorted() Faults {
	sort.SliceStable(fs, func(i, j int) bool { return fs[i].Line < fs[j].Line })
	return fs
}
