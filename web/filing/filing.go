// Package filing is how a person brings something in: four short steps and a receipt.
//
// Nothing is kept on the server between the steps: each page carries what was said before, so a step can
// be left, reloaded or sent twice. Attachments are stored when they arrive and carried as sealed receipts.
package filing

import (
	"net/url"
	"slices"

	"jishi/web/look"
)

// The steps in their order.
const (
	What  = "what"
	Where = "where"
	Who   = "who"
	Check = "check"
)

// Steps are the four pages.
var Steps = []string{What, Where, Who, Check}

// fields are what each step asks for itself.
var fields = map[string][]string{
	What:  {"title", "what", "wants", "files"},
	Where: {"place", "spot", "province", "city", "county", "township", "village"},
	Who:   {"name", "phone", "home", "email", "reply-by", "others", "anonymous", "reported1", "reported2", "reported3", "reported-text"},
}

// A View is one step.
type View struct {
	Class   string // claim, suggestion, report
	Form    look.Form
	Files   []File
	Levels  []Level       // of the place picker
	Place   string        // the chosen place in words
	Bodies  []look.Option // that a report may name
	Summary []Answer
	Receive string // the body that will receive it
	Max     map[string]int
	Alike   []Alike // public suggestions like what is being written
}

// Alike is something public that says much the same.
type Alike struct{ Number, Title, State string }

// File is an attachment that has arrived.
type File struct{ Ref, Name, Size string }

// Level is one floor of the place picker.
type Level struct {
	Name, Label, Value string
	Options            []look.Option
}

// Answer is one line of the last step.
type Answer struct{ Label, Text, Step string }

// Number is which step of four this is.
func Number(step string) int { return slices.Index(Steps, step) + 1 }

// carried are the answers of the other steps, for hidden fields.
func (v View) carried(step string) url.Values {
	rest := url.Values{}
	for s, names := range fields {
		for _, name := range names {
			if s != step && v.Form.Values.Get(name) != "" {
				rest[name] = v.Form.Values[name]
			}
		}
	}
	return rest
}

func (v View) heading() string {
	switch v.Class {
	case "suggestion":
		return "您的建议"
	case "report":
		return "您要检举控告什么"
	}
	return "发生了什么事"
}

// draft is the name under which long answers are kept on this device; a report keeps none.
func (v View) draft() string {
	if v.Class == "report" {
		return ""
	}
	return "file-" + v.Class
}
