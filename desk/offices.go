package desk

import (
	"context"
	"fmt"
	"sync"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/people/actor"
	"jishi/people/org"
)

// Offices holds the bodies and who works in them, in memory, until they change.
type Offices struct {
	orgs *org.Store

	mu    sync.RWMutex
	heads map[string][]string // person: bodies
	of    map[string][]string // body: the persons that head it
	names map[string]string   // person: name
	staff map[string][]Officer
}

// Officer is a person who holds a post in a body.
type Officer struct {
	ID, Name, Title string
	Powers          []actor.Power
}

// NewOffices starts with what the database holds on the day.
func NewOffices(ctx context.Context, d *db.DB, day calendar.Day) (*Offices, error) {
	orgs, err := org.Load(ctx, d)
	if err != nil {
		return nil, err
	}
	o := &Offices{orgs: orgs}
	return o, o.Reload(ctx, d, day)
}

// Reload reads the bodies and posts again, after an import or a reorganisation.
func (o *Offices) Reload(ctx context.Context, d *db.DB, day calendar.Day) error {
	if err := o.orgs.Reload(ctx); err != nil {
		return err
	}
	heads, of, names, staff := map[string][]string{}, map[string][]string{}, map[string]string{}, map[string][]Officer{}
	held, err := actor.AllPosts(ctx, d)
	if err != nil {
		return fmt.Errorf("desk.Offices: %w", err)
	}
	for _, h := range held {
		names[h.Person] = h.Name // also of those who left: their steps stay theirs
		if !h.On(day) {
			continue
		}
		staff[h.Post.Org] = append(staff[h.Post.Org], Officer{ID: h.Person, Name: h.Name, Title: h.Post.Title, Powers: h.Post.Powers})
		if h.Post.Has(actor.Head) {
			heads[h.Person] = append(heads[h.Person], h.Post.Org)
			of[h.Post.Org] = append(of[h.Post.Org], h.Person)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heads, o.of, o.names, o.staff = heads, of, names, staff
	return nil
}

// Tree is all bodies.
func (o *Offices) Tree() *org.Tree { return o.orgs.Tree() }

// Heads are the bodies that the person heads.
func (o *Offices) Heads(person string) []string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.heads[person]
}

// HeadsOf are the persons that head the body.
func (o *Offices) HeadsOf(body string) []string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.of[body]
}

// Name is the name of a staff person.
func (o *Offices) Name(person string) string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.names[person]
}

// Staff are those who hold a post in the body today.
func (o *Offices) Staff(body string) []Officer {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.staff[body]
}
