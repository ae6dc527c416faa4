// Package brought is how far the reading of a brought file is, and what was wrong with it.
package brought

// Line is one file in a list.
type Line struct {
	To, Name, What, At, By, State string
	Dry, Same                     bool // Same: the same content, not only the same name
}

// View is one file.
type View struct {
	Line
	Title                        string // of the form that rows are for
	Total, Done                  int
	Good, Bad, Changed, Contends int
	Ended, Failed                bool
	Rows, Elements, FormFile     bool
	Faults                       []Fault
	Marked, Again                string // addresses: the marked-up rows, and where to bring it again
	Until, MarkedGone, ReadGone  string // how long the marked-up rows stay, and when they and the file's bytes were removed
	Before                       []Line
}

// nothing: every row has something wrong.
func (v View) nothing() bool { return v.Good == 0 && v.Bad > 0 }

// Fault is one thing that is wrong, in the reader's language.
type Fault struct {
	Row          int
	Column, Text string
}

// Percent is how far the reading is, for the meter.
func (v View) Percent() int {
	if v.Total == 0 {
		return 0
	}
	return min(100, v.Done*100/v.Total)
}
