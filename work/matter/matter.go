// Package matter keeps matters: a matter is a fold over its events, and its row is a cache of that fold,
// written in the same transaction.
//
// What an event changed is written in the event itself (Change): a new state, new parties, each clock with
// its computed last day. Folding therefore needs no rules and no calendar, an old event means the same for
// ever, and a last day that moved without an event cannot exist.
package matter

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"jishi/base/calendar"
	"jishi/work/journal"
)

// Never is the due instant of what has no last day; lists sort it behind everything.
const Never = int64(9_000_000_000_000_000)

// Matter is where one matter stands.
type Matter struct {
	ID        string             `json:"id"`
	Number    string             `json:"number"`
	Procedure string             `json:"procedure"`
	Version   string             `json:"version"` // procedure.Key
	Class     string             `json:"class"`
	State     string             `json:"state"`
	Sealed    bool               `json:"sealed,omitempty"`
	Ended     bool               `json:"ended,omitempty"`
	Channel   string             `json:"channel"`
	Opened    int64              `json:"opened"` // milliseconds UTC
	Updated   int64              `json:"updated"`
	Seq       int                `json:"seq"`
	Fields    map[string]string  `json:"fields"`  // what was last said under each field
	Parties   map[string][]Party `json:"parties"` // by relation
	Clocks    []Clock            `json:"clocks,omitempty"`
	Letters   []Letter           `json:"letters,omitempty"`
	Files     []File             `json:"files,omitempty"`
	Links     []Link             `json:"links,omitempty"`
	Entries   []Entry            `json:"entries,omitempty"`
	Flags     map[string]string  `json:"flags,omitempty"`
	Trail     []string           `json:"trail"` // the states passed, in order
}

// Party is a body, or a person of a body, in a relation. A citizen is a Person without an Org: a vault reference.
type Party struct {
	Org    string `json:"org,omitempty"`
	Person string `json:"person,omitempty"`
}

// Clock is one obligation with its last day as computed when it last changed.
type Clock struct {
	ID          string       `json:"id"`
	N           int          `json:"n"` // it may run more than once: after a remand, say
	Start       int64        `json:"start"`
	Limit       string       `json:"limit"`
	Extended    int          `json:"extended,omitempty"` // days granted
	Excluded    int          `json:"excluded,omitempty"` // days that did not count
	Paused      calendar.Day `json:"paused,omitempty"`   // since this day it does not count
	Nominal     calendar.Day `json:"nominal,omitempty"`
	Rolled      calendar.Day `json:"rolled,omitempty"`
	Day         calendar.Day `json:"day,omitempty"` // the last day that decides; "" where the law gives no number
	Due         int64        `json:"due"`
	Alarm       calendar.Day `json:"alarm,omitempty"`
	Provisional bool         `json:"provisional,omitempty"`
	Calendar    string       `json:"calendar,omitempty"` // version it was computed with
	Stopped     int64        `json:"stopped,omitempty"`
	Missed      bool         `json:"missed,omitempty"`
}

// Running reports whether the clock still counts or is only paused.
func (c Clock) Running() bool { return c.Stopped == 0 }

// Over reports whether the last day has passed at the instant.
func (c Clock) Over(at time.Time) bool { return c.Paused == "" && at.UnixMilli() >= c.Due }

// Exact reports whether the limit ends at an instant, in hours and minutes, and not with a day.
func (c Clock) Exact() bool { return c.Day != "" && c.Due != c.Day.End().UnixMilli() }

// Letter is a document that an action made, with the text as it was served. "{petitioner}" stays in it.
type Letter struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Number   string            `json:"number"`
	Version  int               `json:"version"` // a corrected letter keeps its number and gets the next version
	Org      string            `json:"org"`
	By       string            `json:"by"`
	At       int64             `json:"at"`
	Text     []string          `json:"text"`
	With     map[string]string `json:"with"`
	ServedOn calendar.Day      `json:"servedOn,omitempty"`
	How      string            `json:"how,omitempty"`
	Proof    string            `json:"proof,omitempty"`
}

// File is an attachment: the bytes lie in the blob store under their hash.
type File struct {
	Hash string `json:"hash"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
	Org  string `json:"org,omitempty"` // who added it; "" the citizen
	At   int64  `json:"at,omitempty"`
}

// Link ties a matter to another.
type Link struct {
	Kind   string `json:"kind"`
	Matter string `json:"matter"`
	Number string `json:"number"`
}

// Entry is one time that somebody brought the matter in (件). A merge keeps them all.
type Entry struct {
	ID      string `json:"id"`
	Number  string `json:"number"`
	Person  string `json:"person,omitempty"` // vault reference; "" for an anonymous one
	Channel string `json:"channel"`
	At      int64  `json:"at"`
	Seal    string `json:"seal,omitempty"` // salted hash of the identity: erasing it leaves every proof valid
}

// Late says, for ever, that a step was late when it was done.
type Late struct {
	Clock string       `json:"clock"`
	Day   calendar.Day `json:"day"`
	Days  int          `json:"days"` // whole days after the last day; 0 when it was hours
	// Minutes is by how many whole minutes, where the limit ended at an instant and not with a day.
	Minutes int `json:"minutes,omitempty"`
}

// Change is what one event changed: the Data of a journal event.
type Change struct {
	Open    *Matter            `json:"open,omitempty"` // the first event: the matter as it was brought in
	From    string             `json:"from,omitempty"`
	To      string             `json:"to,omitempty"`
	Name    string             `json:"name,omitempty"` // of the staff person who acted; a citizen's never
	Post    string             `json:"post,omitempty"`
	With    map[string]string  `json:"with,omitempty"`
	Class   string             `json:"class,omitempty"`
	Seal    bool               `json:"seal,omitempty"`
	Ended   *bool              `json:"ended,omitempty"`
	Set     map[string][]Party `json:"set,omitempty"`
	Clocks  []Clock            `json:"clocks,omitempty"`
	Letters []Letter           `json:"letters,omitempty"`
	Files   []File             `json:"files,omitempty"`
	Links   []Link             `json:"links,omitempty"`
	Entries []Entry            `json:"entries,omitempty"`
	Flags   map[string]string  `json:"flags,omitempty"` // "" takes a flag off
	Late    []Late             `json:"late,omitempty"`
	Cite    string             `json:"cite,omitempty"`
	Note    map[string]string  `json:"note,omitempty"` // what the program itself has to say: the clock that ran out, the old last day
}

// Decode is the matter that a row keeps.
func Decode(fold string) (*Matter, error) { return decode(fold) }

// ReadChange is what the event changed.
func ReadChange(e journal.Event) (Change, error) {
	var c Change
	if err := json.Unmarshal([]byte(e.Data), &c); err != nil {
		return Change{}, fmt.Errorf("matter.ReadChange %s/%d: %w", e.Matter, e.Seq, err)
	}
	return c, nil
}

// Apply folds one event into the matter; a nil matter takes only the first event.
func Apply(m *Matter, e journal.Event) (*Matter, error) {
	c, err := ReadChange(e)
	if err != nil {
		return nil, err
	}
	return apply(m, e.Seq, e.At, c)
}

func apply(m *Matter, seq int, at time.Time, c Change) (*Matter, error) {
	if m == nil {
		if c.Open == nil {
			return nil, fmt.Errorf("matter.Apply: event %d opens nothing", seq)
		}
		m = c.Open.clone()
	} else if seq != m.Seq+1 {
		return nil, fmt.Errorf("matter.Apply %s: event %d after %d", m.ID, seq, m.Seq)
	} else {
		m = m.clone()
	}
	m.Seq, m.Updated = seq, at.UnixMilli()
	if c.To != "" && c.To != m.State {
		m.State = c.To
		m.Trail = append(m.Trail, c.To)
	}
	if c.Class != "" {
		m.Class = c.Class
	}
	m.Sealed = m.Sealed || c.Seal
	if c.Ended != nil {
		m.Ended = *c.Ended
	}
	maps.Copy(m.Fields, c.With)
	for relation, parties := range c.Set {
		m.Parties[relation] = parties
		if len(parties) == 0 {
			delete(m.Parties, relation)
		}
	}
	for _, clock := range c.Clocks {
		m.Clocks = put(m.Clocks, clock, sameRun)
	}
	for _, letter := range c.Letters {
		m.Letters = put(m.Letters, letter, func(a, b Letter) bool { return a.ID == b.ID })
	}
	for _, link := range c.Links {
		m.Links = put(m.Links, link, func(a, b Link) bool { return a == b })
	}
	m.Files = append(m.Files, c.Files...)
	m.Entries = append(m.Entries, c.Entries...)
	for flag, value := range c.Flags {
		m.Flags[flag] = value
		if value == "" {
			delete(m.Flags, flag)
		}
	}
	return m, nil
}

func sameRun(a, b Clock) bool { return a.ID == b.ID && a.N == b.N }

// put replaces the item that is the same, or appends it.
func put[T any](list []T, item T, same func(a, b T) bool) []T {
	for i := range list {
		if same(list[i], item) {
			list[i] = item
			return list
		}
	}
	return append(list, item)
}

// clone copies what apply writes to, so that a refused action leaves no trace in a cached matter.
func (m *Matter) clone() *Matter {
	n := *m
	n.Fields, n.Parties, n.Flags = map[string]string{}, map[string][]Party{}, map[string]string{}
	maps.Copy(n.Fields, m.Fields)
	maps.Copy(n.Parties, m.Parties)
	maps.Copy(n.Flags, m.Flags)
	n.Clocks, n.Letters, n.Links = slices.Clone(m.Clocks), slices.Clone(m.Letters), slices.Clone(m.Links)
	n.Files, n.Entries, n.Trail = slices.Clone(m.Files), slices.Clone(m.Entries), slices.Clone(m.Trail)
	return &n
}

// Fold is the matter that the events make.
func Fold(events []journal.Event) (*Matter, error) {
	var m *Matter
	var err error
	for _, e := range events {
		if m, err = Apply(m, e); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Clock is the latest run of the clock; ok is false when it never started.
func (m *Matter) Clock(id string) (Clock, bool) {
	for i := len(m.Clocks) - 1; i >= 0; i-- {
		if m.Clocks[i].ID == id {
			return m.Clocks[i], true
		}
	}
	return Clock{}, false
}

// Next is the running clock that is over first; ok is false when none with a last day runs.
func (m *Matter) Next() (next Clock, ok bool) {
	for _, c := range m.Clocks {
		if c.Running() && c.Paused == "" && c.Day != "" && (!ok || c.Due < next.Due) {
			next, ok = c, true
		}
	}
	return next, ok
}

// Letter is the letter with the ID.
func (m *Matter) Letter(id string) (Letter, bool) {
	i := slices.IndexFunc(m.Letters, func(l Letter) bool { return l.ID == id })
	if i < 0 {
		return Letter{}, false
	}
	return m.Letters[i], true
}

// Holds reports whether the body holds the relation.
func (m *Matter) Holds(relation, org string) bool {
	return org != "" && slices.ContainsFunc(m.Parties[relation], func(p Party) bool { return p.Org == org })
}

// Org is the first body that holds the relation, "" when none does.
func (m *Matter) Org(relation string) string {
	for _, p := range m.Parties[relation] {
		if p.Org != "" {
			return p.Org
		}
	}
	return ""
}
