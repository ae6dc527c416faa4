package look

import (
	"net/url"
	"strconv"

	"jishi/base/words"
)

// A Form is what the reader typed and what was wrong with it; an empty one is a fresh page.
type Form struct {
	Values  url.Values
	Refusal *words.Refusal
}

// Get is what the reader typed in a field.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// All are the answers to a field that takes several.
func (f Form) All(name string) []string { return f.Values[name] }

// Fault is what is wrong with a field, in the reader's language.
func (f Form) Fault(p Page, name string) string {
	if f.Refusal == nil {
		return ""
	}
	for _, x := range f.Refusal.Fields {
		if x.Field == name {
			return p.Say(x.Text, x.Args...)
		}
	}
	return ""
}

// A Field is one question of a form.
type Field struct {
	Name, Label, Hint, Value, Fault string

	Kind     string // line text day time int choice list many yes file files tel email password code
	Options  []Option
	Values   []string // chosen, where several may be
	Max      int      // characters
	Rows     int
	Optional bool
	Short    bool   // a short answer gets a short box
	Question bool   // the one question of its page: its label is large
	Auto     string // autocomplete
	Renew    string // where a choice is sent at once, to draw the page anew; where no script runs a button does it
	With     string // what goes along, as JSON
	Draft    string // keep what is typed on this device under this key; never for a sealed report
	Cite     string
	NotLaw   bool
}

// An Option is one answer to choose.
type Option struct{ Value, Title, Hint string }

// Ask fills a field from the form as it was.
func (f Form) Ask(p Page, q Field) Field {
	if f.Values.Has(q.Name) {
		q.Value, q.Values = f.Get(q.Name), f.All(q.Name)
	} else if f.Values != nil && (q.Kind == "yes" || q.Kind == "many") {
		q.Value, q.Values = "", nil // a box that was unticked sends nothing
	}
	q.Fault = f.Fault(p, q.Name)
	return q
}

func (q Field) id() string { return "f-" + q.Name }

func (q Field) said() string {
	ids := ""
	if q.Hint != "" {
		ids = q.id() + "-hint"
	}
	if q.Fault != "" {
		if ids != "" {
			ids += " "
		}
		ids += q.id() + "-fault"
	}
	return ids
}

func (q Field) class() string {
	c := "field"
	if q.Question {
		c += " q"
	}
	if q.Fault != "" {
		c += " bad"
	}
	return c
}

func (q Field) inputType() string {
	switch q.Kind {
	case "day":
		return "date"
	case "time":
		return "datetime-local"
	case "files":
		return "file"
	case "tel", "email", "password", "file":
		return q.Kind
	case "int":
		return "number"
	}
	return "text"
}

func (q Field) rows() string {
	if q.Rows > 0 {
		return strconv.Itoa(q.Rows)
	}
	return "6"
}

func (q Field) picked(v string) bool {
	if q.Value == v {
		return true
	}
	for _, x := range q.Values {
		if x == v {
			return true
		}
	}
	return false
}

// first is where the error summary's link leads: the first control of the field.
func (q Field) option(i int) string {
	if i == 0 {
		return q.id()
	}
	return q.id() + "-" + strconv.Itoa(i)
}
