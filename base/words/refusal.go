package words

import (
	"errors"
	"net/http"
)

// Kind says to the program what a refusal is; the web and the API map it to a status.
type Kind int

const (
	Internal    Kind = iota // ours to mend; its text never leaves
	Invalid                 // what was sent cannot be taken as it is
	SignIn                  // we do not know who asks
	Forbidden               // we know, and the answer is no
	NotFound                // it is not there, or one may not know that it is
	Stale                   // somebody acted since the page was read
	Closed                  // the rules do not allow this now
	TooLarge                // more bytes than we take
	TooMany                 // more often than we take
	Unavailable             // try again in a moment
)

// Status is what the kind is to HTTP.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case SignIn:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Stale, Closed:
		return http.StatusConflict
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case TooMany:
		return http.StatusTooManyRequests
	case Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Fault is one thing wrong with one field of a form.
type Fault struct {
	Field string // the field's name in the form
	Text  string // a Chinese sentence: what is wrong and what to write instead
	Args  []any
}

// Refusal is an answer that a person can act on: what cannot be done, why, and what can be done now.
// Any error that is not a Refusal is internal: it is logged, and the person is told only that we failed.
type Refusal struct {
	Kind   Kind
	Code   string // stable ASCII name, the problem type of the API: "limit-passed"
	What   string // Chinese sentence: what cannot be done, and the cause
	Args   []any  // for the {names} in What and Way
	Cite   string // the article it rests on, if one does
	Way    string // Chinese sentence: what can be done now
	Fields []Fault
}

// Refuse starts a refusal; args fill the {names} of every sentence it carries.
func Refuse(kind Kind, code, what string, args ...any) *Refusal {
	return &Refusal{Kind: kind, Code: code, What: what, Args: args}
}

// Under names the article the refusal rests on.
func (r *Refusal) Under(cite string) *Refusal { r.Cite = cite; return r }

// Try says what can be done instead.
func (r *Refusal) Try(way string) *Refusal { r.Way = way; return r }

// With adds values for the {names}: name, value, name, value…
func (r *Refusal) With(args ...any) *Refusal { r.Args = append(r.Args, args...); return r }

// At adds a fault of one field.
func (r *Refusal) At(field, text string, args ...any) *Refusal {
	r.Fields = append(r.Fields, Fault{Field: field, Text: text, Args: args})
	return r
}

// Say is the whole refusal as one paragraph in the reader's language.
func (r *Refusal) Say(l Lang) string {
	s := Say(l, r.What, r.Args...)
	if r.Cite != "" {
		if l == EN {
			s += " (" + r.Cite + ")"
		} else {
			s += "（" + r.Cite + "）"
		}
	}
	if r.Way != "" {
		if l == EN {
			s += " "
		}
		s += Say(l, r.Way, r.Args...)
	}
	return s
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Say(ZH) }

// AsRefusal finds the refusal in err's chain.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}
