// Package desk has one method for each thing a person can ask. A method authorises, reads the clock, opens
// the transaction and answers; pages and API call it and nothing beneath it.
//
// Every method takes the actor first. What an actor may not know of is "not found", word for word the same
// as what does not exist.
package desk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/law"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Petition is the procedure that a filing means where it names none.
const Petition = "petition"

// Desk answers. Make it with New; it is safe for use by many at once.
type Desk struct {
	DB       *db.DB
	Book     *procedure.Book
	Laws     *law.Library
	Matters  *matter.Store
	Places   *division.Places
	Offices  *Offices
	Accounts *actor.Store
	Vault    *vault.Vault
	Blobs    *blob.Store
	Channel  Channel
	Profile  string
	Demo     bool
	Now      func() time.Time // the only clock

	secret   []byte // query codes are derived and checked with it
	calendar atomic.Pointer[calendar.Calendar]
	numbers  numbers
	places   places
}

// Channel carries a one-time code to a citizen.
type Channel interface {
	Send(ctx context.Context, to, text string) error
}

// New makes a desk. secret keys the query codes; keep it as long as the matters.
func New(d Desk, cal *calendar.Calendar, secret []byte) *Desk {
	desk := &d
	desk.secret = secret
	desk.calendar.Store(cal)
	if desk.Now == nil {
		desk.Now = time.Now
	}
	desk.Matters = &matter.Store{Engine: &matter.Engine{Book: d.Book, Offices: d.Offices, Calendar: desk.Calendar}}
	return desk
}

// Calendar is the published calendar as it is now.
func (d *Desk) Calendar() *calendar.Calendar { return d.calendar.Load() }

// Today is the legal day.
func (d *Desk) Today() calendar.Day { return calendar.DayOf(d.Now()) }

// Body names a body.
func (d *Desk) Body(id string) Body {
	o, ok := d.Offices.Tree().Get(id)
	if !ok {
		return Body{}
	}
	return Body{ID: id, Name: o.Name, Short: o.Label(), En: o.En}
}

// Offices holds the bodies and who heads them, in memory, until they change.
type Offices struct {
	mu    sync.RWMutex
	tree  *org.Tree
	heads map[string][]string // person: bodies
	of    map[string][]string // body: persons
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
	o := &Offices{}
	return o, o.Reload(ctx, d, day)
}

// Reload reads the bodies and posts again, after an import or a reorganisation.
func (o *Offices) Reload(ctx context.Context, d *db.DB, day calendar.Day) error {
	tree, err := org.Load(ctx, d)
	if err != nil {
		return err
	}
	heads, of, names, staff := map[string][]string{}, map[string][]string{}, map[string]string{}, map[string][]Officer{}
	err = actor.EachPost(ctx, d, day, func(person, name string, p actor.Post) {
		names[person] = name
		staff[p.Org] = append(staff[p.Org], Officer{ID: person, Name: name, Title: p.Title, Powers: p.Powers})
		if p.Has(actor.Head) {
			heads[person] = append(heads[person], p.Org)
			of[p.Org] = append(of[p.Org], person)
		}
	})
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tree, o.heads, o.of, o.names, o.staff = tree, heads, of, names, staff
	return nil
}

// Tree is all bodies.
func (o *Offices) Tree() *org.Tree { o.mu.RLock(); defer o.mu.RUnlock(); return o.tree }

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

// numbers hands out matter numbers from blocks, so that filings never wait for one row. A restart leaves the
// rest of a block unused: numbers are unique, not gapless.
type numbers struct {
	mu   sync.Mutex
	left map[string]*span
}

type span struct{ next, end int64 }

const block = 200

// number is the next number of the procedure in the year.
func (d *Desk) number(ctx context.Context, p *procedure.Procedure, year int) (string, error) {
	name := fmt.Sprintf("%s:%d", p.ID, year)
	d.numbers.mu.Lock()
	defer d.numbers.mu.Unlock()
	if d.numbers.left == nil {
		d.numbers.left = map[string]*span{}
	}
	s := d.numbers.left[name]
	if s == nil || s.next > s.end {
		var end int64
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			return tx.Row(ctx, `INSERT INTO number_block (name, next) VALUES ($1, $2)
				ON CONFLICT (name) DO UPDATE SET next = number_block.next + excluded.next RETURNING next`, []any{name, block}, &end)
		})
		if err != nil {
			return "", fmt.Errorf("desk.number %s: %w", name, err)
		}
		s = &span{end - block + 1, end}
		d.numbers.left[name] = s
	}
	n := s.next
	s.next++
	return procedure.Numbered(p.Number, year, n), nil
}

// code makes the query code that goes with a token, or a fresh one. The same press has the same code, so that
// a retry after a lost answer can be told it again without the code being stored.
func (d *Desk) code(token string) string {
	mac := hmac.New(sha256.New, d.secret)
	mac.Write([]byte("query-code\x00" + token))
	// 8 characters without those that people mistake for each other.
	alphabet := base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding)
	return alphabet.EncodeToString(mac.Sum(nil))[:8]
}

func codeHash(secret []byte, number, code string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("entry\x00" + number + "\x00" + code))
	return hex.EncodeToString(mac.Sum(nil))
}

// NewToken is a fresh one-time token for a form.
func NewToken() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func signIn() error {
	return words.Refuse(words.SignIn, "sign-in", "请先登录。")
}

// places remembers the paths of places that lists name again and again.
type places struct {
	mu    sync.Mutex
	paths map[string][]division.Division
}

// enough paths to remember: every village of a few cities, some megabytes.
const manyPlaces = 20_000

// path is the place and all above it, the province first; empty for a code that is not known.
func (d *Desk) path(ctx context.Context, code string) []division.Division {
	if code == "" {
		return nil
	}
	d.places.mu.Lock()
	path, ok := d.places.paths[code]
	d.places.mu.Unlock()
	if ok {
		return path
	}
	path, err := d.Places.Path(ctx, code)
	if err != nil {
		return nil
	}
	d.places.mu.Lock()
	defer d.places.mu.Unlock()
	if d.places.paths == nil || len(d.places.paths) > manyPlaces {
		d.places.paths = map[string][]division.Division{}
	}
	d.places.paths[code] = path
	return path
}

func lastName(path []division.Division) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1].Name
}
