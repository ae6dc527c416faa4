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
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/law"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/derive/ledger"
	"jishi/module/collect"
	"jishi/module/duty"
	"jishi/module/keep"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// Petition is the procedure that a filing means where it names none.
const Petition = "petition"

// Desk answers. Make it with New; it is safe for use by many at once.
type Desk struct {
	DB      *db.DB
	Book    *procedure.Book
	Laws    *law.Library
	Matters *matter.Store
	Places  *division.Places
	Offices *Offices
	Gate    *actor.Gate // passwords, one-time codes, the office's identity provider
	Vault   *vault.Vault
	Blobs   *blob.Store
	Ledger  *ledger.Ledger
	Channel Channel
	Local   duty.Local // the place's own lists: what is shown instead of a certificate, how many plaques
	Profile string
	Keeping keep.Rules // how long what is kept, for anyone to read
	Lines   Lines      // words by which a department is suggested; nil is the shipped ones
	Demo    bool

	Pace *Pace // nil keeps none

	SecondFactor string // whose second proof is asked for: FactorAdmins, FactorAll, or "" nobody's

	Eyes time.Duration // how long a second person has to agree to one of Dangers; 0: one person does them alone. Our setting, not law

	Now func() time.Time // the only clock

	HooksInside []netip.Prefix // inside networks to which webhooks may be sent

	Live *Live // boards that update by themselves

	Known collect.Known // what stands in the one table; nil knows nothing

	secret   []byte // query codes are derived and checked with it
	calendar atomic.Pointer[calendar.Calendar]
	numbers  numbers
	places   places
	gists    sync.Map // gistKey: words.Two
	fresh    struct { // what Refresh took in last
		mu    sync.Mutex
		marks map[string]int64
		day   calendar.Day
	}
	matching matching
}

// Channel carries a one-time code to a citizen.
type Channel interface {
	Send(ctx context.Context, to, text string) error
}

// New furnishes a desk whose fields are set. secret keys the query codes; keep it as long as the matters.
func New(d *Desk, cal *calendar.Calendar, secret []byte) *Desk {
	d.secret = secret
	d.calendar.Store(cal)
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Known == nil {
		d.Known = table.Held{}
	}
	d.Live = newLive(d)
	d.Matters = &matter.Store{Engine: &matter.Engine{Book: d.Book, Offices: d.Offices, Calendar: d.Calendar}, Identity: d.identity}
	return d
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

// code makes the query code that goes with a form's token. The same press has the same code, so that a retry
// after a lost answer can be told it again without the code being stored.
func (d *Desk) code(token string) string {
	mac := hmac.New(sha256.New, d.secret)
	mac.Write([]byte("query-code\x00" + token))
	code := readable.EncodeToString(mac.Sum(nil))
	return code[:5] + "-" + code[5:10]
}

// readable has none of the signs that people mistake for each other on paper.
var readable = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding)

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
