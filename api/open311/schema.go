package open311

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"jishi/base/calendar"
)

// The answers, as GeoReport v2 and mySociety's extension declare them. JSON drops the root, and a list is a bare
// array. Each checks itself before it is sent: a client of a standard must be able to rely on it.

// answer is what can be sent.
type answer interface {
	check() error
	inner() any // what JSON shows
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	instant    = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$`)
)

func matches(what string, pattern *regexp.Regexp, value string) error {
	if !pattern.MatchString(value) {
		return fmt.Errorf("open311: our own %s %q does not fit its schema", what, value)
	}
	return nil
}

func among(what, value string, list ...string) error {
	if !slices.Contains(list, value) {
		return fmt.Errorf("open311: our own %s %q does not fit its schema", what, value)
	}
	return nil
}

func all(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// datetime is a time with its zone and without fractions of a second.
func datetime(t time.Time) string { return t.In(calendar.Zone).Format("2006-01-02T15:04:05-07:00") }

// bare is a list that JSON shows as [] and never as null.
func bare[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func array[T any](list []T) ([]byte, error) { return json.Marshal(bare(list)) }

// Errors is a refusal.
type Errors struct {
	XMLName xml.Name `xml:"errors"`
	List    []Error  `xml:"error"`
}

// Error is one cause of it.
type Error struct {
	Code        int    `xml:"code" json:"code"`
	Description string `xml:"description" json:"description"`
}

func (e Errors) inner() any   { return bare(e.List) }
func (e Errors) check() error { return nil }

// Discovery says where what is served.
type Discovery struct {
	XMLName    xml.Name  `xml:"discovery" json:"-"`
	Changeset  string    `xml:"changeset" json:"changeset"`
	Contact    string    `xml:"contact" json:"contact"`
	KeyService string    `xml:"key_service" json:"key_service"`
	Endpoints  Endpoints `xml:"endpoints" json:"endpoints"`
}

// Endpoints are at least two: a parser that sees one takes it for no list.
type Endpoints struct {
	List []Endpoint `xml:"endpoint"`
}

func (e Endpoints) MarshalJSON() ([]byte, error) { return array(e.List) }

// Endpoint is one address.
type Endpoint struct {
	Specification string  `xml:"specification" json:"specification"`
	URL           string  `xml:"url" json:"url"`
	Changeset     string  `xml:"changeset" json:"changeset"`
	Type          string  `xml:"type" json:"type"`
	Formats       Formats `xml:"formats" json:"formats"`
}

// Formats are the media types of an endpoint.
type Formats struct {
	List []string `xml:"format"`
}

func (f Formats) MarshalJSON() ([]byte, error) { return array(f.List) }

func (d Discovery) inner() any { return d }
func (d Discovery) check() error {
	for _, e := range d.Endpoints.List {
		if err := all(among("endpoint type", e.Type, "production", "test"), matches("changeset", instant, e.Changeset)); err != nil {
			return err
		}
	}
	return matches("changeset", instant, d.Changeset)
}

// Services is the list of what can be reported.
type Services struct {
	XMLName xml.Name  `xml:"services"`
	List    []Service `xml:"service"`
}

// Service is one of them.
type Service struct {
	Code        string `xml:"service_code" json:"service_code"`
	Name        string `xml:"service_name" json:"service_name"`
	Description string `xml:"description" json:"description"`
	Metadata    bool   `xml:"metadata" json:"metadata"`
	Type        string `xml:"type" json:"type"`
	Keywords    string `xml:"keywords" json:"keywords"`
	Group       string `xml:"group" json:"group"`
}

func (s Services) inner() any { return bare(s.List) }
func (s Services) check() error {
	for _, x := range s.List {
		if err := all(matches("service_code", identifier, x.Code), among("type", x.Type, "realtime", "batch", "blackbox")); err != nil {
			return err
		}
	}
	return nil
}

// Definition is what a service asks.
type Definition struct {
	XMLName    xml.Name   `xml:"service_definition" json:"-"`
	Code       string     `xml:"service_code" json:"service_code"`
	Attributes Attributes `xml:"attributes" json:"attributes"`
}

// Attributes are a list that JSON shows bare.
type Attributes struct {
	List []Attribute `xml:"attribute"`
}

func (a Attributes) MarshalJSON() ([]byte, error) { return array(a.List) }

// Attribute is one question.
type Attribute struct {
	Variable            bool   `xml:"variable" json:"variable"`
	Code                string `xml:"code" json:"code"`
	Datatype            string `xml:"datatype" json:"datatype"`
	Required            bool   `xml:"required" json:"required"`
	DatatypeDescription string `xml:"datatype_description" json:"datatype_description"`
	Order               int    `xml:"order" json:"order"`
	Description         string `xml:"description" json:"description"`
	Values              Values `xml:"values" json:"values"`
}

// Values are the answers offered.
type Values struct {
	List []Value `xml:"value"`
}

func (v Values) MarshalJSON() ([]byte, error) { return array(v.List) }

// Value is one of them.
type Value struct {
	Key  string `xml:"key" json:"key"`
	Name string `xml:"name" json:"name"`
}

func (d Definition) inner() any { return d }
func (d Definition) check() error {
	for _, a := range d.Attributes.List {
		if err := all(matches("attribute code", identifier, a.Code), among("datatype", a.Datatype, datatypes...)); err != nil {
			return err
		}
	}
	return matches("service_code", identifier, d.Code)
}

// Requests is a list of what was reported. Every field is there, empty where there is nothing.
type Requests struct {
	XMLName xml.Name  `xml:"service_requests"`
	List    []Request `xml:"request"`
}

// Request is one of them.
type Request struct {
	ID          string `xml:"service_request_id" json:"service_request_id"`
	Status      string `xml:"status" json:"status"`
	StatusNotes string `xml:"status_notes" json:"status_notes"`
	ServiceName string `xml:"service_name" json:"service_name"`
	ServiceCode string `xml:"service_code" json:"service_code"`
	Description string `xml:"description" json:"description"`
	Agency      string `xml:"agency_responsible" json:"agency_responsible"`
	Notice      string `xml:"service_notice" json:"service_notice"`
	Requested   string `xml:"requested_datetime" json:"requested_datetime"`
	Updated     string `xml:"updated_datetime" json:"updated_datetime"`
	Expected    string `xml:"expected_datetime" json:"expected_datetime"`
	Address     string `xml:"address" json:"address"`
	AddressID   string `xml:"address_id" json:"address_id"`
	Zipcode     string `xml:"zipcode" json:"zipcode"`
	Lat         number `xml:"lat" json:"lat"`
	Long        number `xml:"long" json:"long"`
	MediaURL    string `xml:"media_url" json:"media_url"`
}

// number is a number as it was sent, or nothing: empty in XML, null in JSON.
type number string

func (n number) MarshalJSON() ([]byte, error) {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return []byte("null"), nil
	}
	return json.Marshal(f)
}

func (r Requests) inner() any { return bare(r.List) }
func (r Requests) check() error {
	for _, x := range r.List {
		err := all(matches("service_request_id", identifier, x.ID), matches("service_code", identifier, x.ServiceCode), among("status", x.Status, "open", "closed"),
			matches("requested_datetime", instant, x.Requested), matches("updated_datetime", instant, x.Updated))
		if err == nil && x.Expected != "" {
			err = matches("expected_datetime", instant, x.Expected)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Filed is the answer to a report: an id or a token, never both.
type Filed struct {
	XMLName xml.Name `xml:"service_requests"`
	List    []Given  `xml:"request"`
}

// Given is what was given for it.
type Given struct {
	ID      string `xml:"service_request_id,omitempty" json:"service_request_id,omitempty"`
	Token   string `xml:"token,omitempty" json:"token,omitempty"`
	Notice  string `xml:"service_notice" json:"service_notice"`
	Account string `xml:"account_id" json:"account_id"`
}

func (f Filed) inner() any { return bare(f.List) }
func (f Filed) check() error {
	for _, x := range f.List {
		if (x.ID == "") == (x.Token == "") {
			return fmt.Errorf("open311: our own answer needs an id or a token, and never both")
		}
		if err := matches("id", identifier, x.ID+x.Token); err != nil {
			return err
		}
	}
	return nil
}

// Tokens says which report a token became.
type Tokens struct {
	XMLName xml.Name `xml:"service_requests"`
	List    []Became `xml:"request"`
}

// Became is one of them; the id is empty while there is none.
type Became struct {
	ID    string `xml:"service_request_id" json:"service_request_id"`
	Token string `xml:"token" json:"token"`
}

func (t Tokens) inner() any   { return bare(t.List) }
func (t Tokens) check() error { return nil }

// Updates is a list of what happened to reports.
type Updates struct {
	XMLName xml.Name `xml:"service_request_updates"`
	List    []Update `xml:"request_update"`
}

// Update is one change of state.
type Update struct {
	ID          string `xml:"update_id" json:"update_id"`
	RequestID   string `xml:"service_request_id" json:"service_request_id"`
	Status      string `xml:"status" json:"status"`
	Updated     string `xml:"updated_datetime" json:"updated_datetime"`
	Description string `xml:"description" json:"description"`
	MediaURL    string `xml:"media_url" json:"media_url"`
	External    string `xml:"external_status_code" json:"external_status_code"`
	Reference   string `xml:"customer_reference" json:"customer_reference"`
}

func (u Updates) inner() any { return bare(u.List) }
func (u Updates) check() error {
	for _, x := range u.List {
		err := all(matches("update_id", identifier, x.ID), matches("service_request_id", identifier, x.RequestID), matches("updated_datetime", instant, x.Updated),
			among("status", x.Status, "open", "in_progress", "investigating", "fixed", "closed", "duplicate", "not_councils_responsibility", "no_further_action", "internal_referral"))
		if err != nil {
			return err
		}
	}
	return nil
}

// Taken is the answer to an update that was sent.
type Taken struct {
	XMLName xml.Name  `xml:"service_request_updates"`
	List    []TakenID `xml:"request_update"`
}

// TakenID is our name for it.
type TakenID struct {
	ID string `xml:"update_id" json:"update_id"`
}

func (t Taken) inner() any   { return bare(t.List) }
func (t Taken) check() error { return nil }
