// Package roster takes an office's own list of bodies, posts and people, as it is kept in a spreadsheet.
//
// Each row is a body and, where a name is given, a person's post in it. A row that cannot be taken is told
// with its row, its column and what to write; the others are stored, all together or none.
package roster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

// Fault is what is wrong with a row, or worth knowing of the file; Row 0 is the file.
type Fault struct {
	Row    int
	Column string // heading, "" for the whole row
	Text   string // Chinese sentence: what is wrong and what to write
	Args   []any
}

// Result says what an import did, or would do.
type Result struct {
	Read, Good, Bad     int // rows
	Orgs, People, Posts int // of the good rows, each once
	Faults              []Fault
	Notices             []Fault  // hidden sheets, merged cells: nothing was lost silently
	NewLogins           []string // accounts opened without a password: the administrator gives one
	table               *table
	Held                []Grant // posts that were not stored: the caller asks somebody else first
}

// Grant is a post that a row gives to a person.
type Grant struct {
	Row    int
	Person actor.Person
	Login  string
	Body   string // its name
	Post   actor.Post
}

// Give stores a grant, with the person and the account where there are none.
func Give(ctx context.Context, tx *db.Tx, g Grant, now time.Time) error {
	if err := actor.PutPerson(ctx, tx, g.Person); err != nil {
		return err
	}
	_, err := actor.GetAccount(ctx, tx, g.Login)
	if errors.Is(err, db.ErrNotFound) {
		err = actor.PutAccount(ctx, tx, g.Login, g.Person.ID, now.UnixMilli())
	}
	if err != nil {
		return err
	}
	return actor.PutPost(ctx, tx, g.Person.ID, g.Post)
}

// Marked is an XLSX of the rows that were not taken, with what is wrong with each in the reader's language; nil when all
// were. Mended, it can be brought again as it is.
func (r Result) Marked(l words.Lang) ([]byte, error) {
	bad, rows := map[int]bool{}, map[int][]string{}
	var marks []sheet.Mark
	for _, f := range r.Faults {
		m := sheet.Mark{Row: f.Row, What: words.Say(l, f.Text, f.Args...)}
		if i, ok := r.table.at[f.Column]; ok {
			m.Col, m.What = i+1, words.Say(l, f.Column)+words.Say(l, "：")+m.What
		}
		bad[f.Row], marks = true, append(marks, m)
	}
	for _, x := range r.table.lines {
		if bad[x.row] {
			rows[x.row] = x.raw
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	b, err := sheet.Marked(r.table.header, rows, marks, l)
	if err != nil {
		return nil, fmt.Errorf("roster.Marked: %w", err)
	}
	return b, nil
}

// Import reads XLSX or CSV and stores the good rows; with dry it only tells. A file with a fault as a whole is
// refused. Importing the same file twice changes nothing. The caller reloads its org.Store afterwards. hold says of a post
// that it is to be kept back; nil keeps none.
func Import(ctx context.Context, d *db.DB, places *division.Places, r io.Reader, dry bool, now time.Time, hold func(Grant) (bool, error)) (Result, error) {
	t, err := read(r)
	if err != nil {
		return Result{}, err
	}
	k, err := know(ctx, d)
	if err != nil {
		return Result{}, err
	}
	k.places = places
	c := &check{known: k, today: calendar.DayOf(now), bodies: map[string]org.Org{}, people: map[string]actor.Person{}, result: Result{Read: len(t.lines), Notices: t.notices, table: t}}
	for _, l := range t.lines {
		if err := c.line(ctx, l); err != nil {
			return Result{}, err
		}
	}
	c.settle()
	if err := c.keepBack(hold); err != nil {
		return Result{}, err
	}
	c.count()
	if dry || len(c.good) == 0 {
		return c.result, nil
	}
	return c.result, d.Write(ctx, func(tx *db.Tx) error {
		if err := c.store(ctx, tx, now); err != nil {
			return err
		}
		return tx.Mark(ctx, org.Mark)
	})
}

// keepBack takes from the good rows the posts that are to be kept back; their bodies stay.
func (c *check) keepBack(hold func(Grant) (bool, error)) error {
	for i, e := range c.good {
		if hold == nil || e.person.ID == "" {
			continue
		}
		g := Grant{Row: e.row, Person: e.person, Login: e.login, Body: e.org.Name, Post: e.post}
		held, err := hold(g)
		if err != nil {
			return fmt.Errorf("roster: row %d: %w", e.row, err)
		}
		if held {
			c.result.Held = append(c.result.Held, g)
			c.good[i] = entry{row: e.row, org: e.org, superior: e.superior, reviewers: e.reviewers}
		}
	}
	return nil
}

// entry is a row that can be taken.
type entry struct {
	row       int
	org       org.Org
	superior  string // names, resolved when all rows are known
	reviewers []string
	person    actor.Person // ID "" where the row has a body only
	login     string
	fresh     bool // the account is new
	post      actor.Post
}

// known is what the database already holds.
type known struct {
	places *division.Places
	byName map[string][]org.Org
	logins map[string]actor.Person
}

const selectLogins = `SELECT c.login, s.id, s.name, s.lang FROM account c JOIN person s ON s.id = c.person`

func know(ctx context.Context, d *db.DB) (*known, error) {
	k := &known{byName: map[string][]org.Org{}, logins: map[string]actor.Person{}}
	orgs, err := org.List(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, o := range orgs {
		k.byName[o.Name] = append(k.byName[o.Name], o)
	}
	err = d.Each(ctx, selectLogins, nil, func(scan func(dest ...any) error) error {
		var login, lang string
		var p actor.Person
		err := scan(&login, &p.ID, &p.Name, &lang)
		k.logins[login] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("roster: known logins: %w", err)
	}
	return k, nil
}

// name is an ID that the same roster gives again: importing twice makes nothing twice.
func name(prefix string, parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
	return prefix + hex.EncodeToString(h[:10])
}

// settle drops rows whose superior or reviewer is neither stored nor in a good row, until nothing more
// drops, and then rows whose superiors go in a circle.
func (c *check) settle() {
	for {
		orgs, up := c.orgs(), c.superiors()
		before := len(c.good)
		c.good = slices.DeleteFunc(c.good, func(e entry) bool {
			for _, ref := range append([]string{e.superior}, e.reviewers...) {
				if ref != "" && orgs[ref].ID == "" {
					column := "复查机关"
					if ref == e.superior {
						column = "上级机构"
					}
					c.fault(e.row, column, "没有名为“{name}”的单位：请先在表中写明该单位，或核对全称。", "name", ref)
					return true
				}
			}
			if circle(up, e.org.Name) {
				c.fault(e.row, "上级机构", "上级机构不能是本单位或其下属单位。")
				return true
			}
			return false
		})
		if len(c.good) == before {
			return
		}
	}
}

// orgs are the bodies by name that stand once this roster is stored.
func (c *check) orgs() map[string]org.Org {
	orgs := map[string]org.Org{}
	for name, list := range c.byName {
		if len(list) == 1 {
			orgs[name] = list[0]
		}
	}
	for _, e := range c.good {
		orgs[e.org.Name] = e.org
	}
	return orgs
}

// superiors are the names of each body's superior, of stored bodies and of this roster.
func (c *check) superiors() map[string]string {
	names, up := map[string]string{}, map[string]string{}
	for name, list := range c.byName {
		for _, o := range list {
			names[o.ID] = name
		}
	}
	for name, list := range c.byName {
		for _, o := range list {
			up[name] = names[o.Parent]
		}
	}
	for _, e := range c.good {
		if e.superior != "" {
			up[e.org.Name] = e.superior
		}
	}
	return up
}

func circle(up map[string]string, name string) bool {
	at := up[name]
	for range 100 { // deeper is no office's tree
		if at == "" {
			return false
		}
		if at == name {
			return true
		}
		at = up[at]
	}
	return false // a circle above this row, which is another row's fault
}

func (c *check) count() {
	orgs, people, posts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range c.good {
		orgs[e.org.ID] = true
		if e.person.ID != "" {
			people[e.person.ID], posts[e.post.ID] = true, true
			if e.fresh && !slices.Contains(c.result.NewLogins, e.login) {
				c.result.NewLogins = append(c.result.NewLogins, e.login)
			}
		}
	}
	r := &c.result
	r.Good, r.Bad = len(c.good), r.Read-len(c.good)
	r.Orgs, r.People, r.Posts = len(orgs), len(people), len(posts)
	slices.SortStableFunc(r.Faults, func(a, b Fault) int { return a.Row - b.Row })
	r.Faults = r.Faults[:min(len(r.Faults), mostFaults)]
}

// store writes the good rows in one transaction: bodies, then who reviews them, then people and posts.
func (c *check) store(ctx context.Context, tx *db.Tx, now time.Time) error {
	orgs, merged := c.orgs(), map[string]org.Org{}
	var order []string
	for _, e := range c.good {
		o, seen := merged[e.org.Name]
		if !seen {
			o, order = e.org, append(order, e.org.Name)
		}
		if e.superior != "" {
			o.Parent = orgs[e.superior].ID
		}
		if len(e.reviewers) > 0 {
			o.SuperiorsForReview = nil
			for _, name := range e.reviewers {
				o.SuperiorsForReview = append(o.SuperiorsForReview, orgs[name].ID)
			}
		}
		merged[o.Name] = o
	}
	for _, name := range order {
		o := merged[name]
		o.SuperiorsForReview = nil
		if err := org.Put(ctx, tx, o); err != nil {
			return err
		}
	}
	for _, name := range order {
		if o := merged[name]; len(o.SuperiorsForReview) > 0 {
			if err := org.Put(ctx, tx, o); err != nil {
				return err
			}
		}
	}
	opened := map[string]bool{}
	for _, e := range c.good {
		if e.person.ID == "" {
			continue
		}
		if err := actor.PutPerson(ctx, tx, e.person); err != nil {
			return err
		}
		if e.fresh && !opened[e.login] {
			opened[e.login] = true
			if err := actor.PutAccount(ctx, tx, e.login, e.person.ID, now.UnixMilli()); err != nil {
				return err
			}
		}
		if err := actor.PutPost(ctx, tx, e.person.ID, e.post); err != nil {
			return err
		}
	}
	return nil
}
