package actor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

// Limits of guessing. An account's attempts are counted in the database, per account and address and per account;
// an address alone is only slowed, in this node's memory, because a whole office or village may share it.
const (
	forget        = 15 * time.Minute // failures older than this no longer count
	freePair      = 5                // failures of one account from one address before the first wait
	freeAccount   = 20               // failures of one account from anywhere before the first wait
	mostPair      = 15 * time.Minute
	mostAccount   = time.Minute // short: a stranger must not be able to lock the owner out
	freeAddress   = 50
	pauseAddress  = 2 * time.Second
	addressesKept = 10_000
)

// Gate is where people sign in. It is safe for many goroutines.
type Gate struct {
	d   *db.DB
	key []byte // keys what is stored of addresses and short codes; not kept in the database

	mu        sync.Mutex
	addresses map[string]tries
}

type tries struct {
	n    int
	last time.Time
}

// NewGate takes the installation's key, at least 32 random bytes that are not in the database.
func NewGate(d *db.DB, key []byte) (*Gate, error) {
	if len(key) < 32 {
		return nil, fmt.Errorf("actor: the key must have 32 bytes, it has %d", len(key))
	}
	return &Gate{d: d, key: append([]byte(nil), key...), addresses: map[string]tries{}}, nil
}

// HashCode is what is stored of a matter's query code.
func (g *Gate) HashCode(matter, code string) string { return HashCode(g.key, matter, code) }

// CheckCode compares a query code, as typed, with the stored hash in constant time.
func (g *Gate) CheckCode(matter, code, hash string) bool { return CheckCode(g.key, matter, code, hash) }

// errWrong is the one answer to an unknown login, a wrong password and a closed account.
func errWrong() error {
	return words.Refuse(words.SignIn, "wrong-password", "登录名或密码不正确。").Try("请核对大小写后再试，或请系统管理员重置密码。")
}

func errWait(wait time.Duration) error {
	s := int((wait + time.Second - 1) / time.Second)
	return words.Refuse(words.TooMany, "too-many-tries", "尝试次数过多。", "seconds", s).Try("请在{seconds}秒后再试。")
}

// SignIn checks login and password, coming from the network address, and returns the member of staff with
// the posts of today. It refuses with SignIn, without saying which of the two was wrong, or with TooMany.
// An unknown login costs the same time as a wrong password.
func (g *Gate) SignIn(ctx context.Context, login, password, address string, now time.Time) (Actor, error) {
	login = PlainLogin(login)
	if err := g.Attempt(ctx, "login", login, address, now); err != nil {
		return Actor{}, err
	}
	var person, stored string
	var closed, given int64
	err := g.d.Row(ctx, selectAccount, []any{login}, &person, &stored, &closed, &given)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return Actor{}, fmt.Errorf("actor: sign in: %w", err)
	}
	if len(password) > 256 {
		password = "" // no stored password is that long
	}
	ok, err := checkPassword(ctx, stored, password)
	if err != nil {
		return Actor{}, err
	}
	if !ok || closed != 0 {
		return Actor{}, errWrong()
	}
	if err := g.Succeeded(ctx, "login", login, address); err != nil {
		return Actor{}, err
	}
	a, err := StaffOn(ctx, g.d, person, calendar.DayOf(now))
	if a.Proof = ProofPassword; given != 0 {
		a.Proof = ProofGiven
	}
	return a, err
}

const (
	touchFailure = `INSERT INTO sign_in_failure (what, n, last) VALUES ($1, 0, $2)
ON CONFLICT (what) DO UPDATE SET n = CASE WHEN sign_in_failure.last < $3 OR sign_in_failure.last > $4 THEN 0 ELSE sign_in_failure.n END
RETURNING n, last`
	countFailure      = `UPDATE sign_in_failure SET n = n + 1, last = $2 WHERE what = $1`
	deleteFailure     = `DELETE FROM sign_in_failure WHERE what = $1`
	deleteOldFailures = `DELETE FROM sign_in_failure WHERE last <= $1`
)

// Attempt counts a try at a secret before it is checked, so that many at once cannot slip past the count, and
// refuses with TooMany when it comes too soon. what names the kind of secret ("login", "query-code"), who
// whose it is (the login, the matter's number). Succeeded takes the count back.
func (g *Gate) Attempt(ctx context.Context, what, who, address string, now time.Time) error {
	if wait := g.slow(address, now); wait > 0 {
		return errWait(wait)
	}
	var wait time.Duration
	err := g.d.Write(ctx, func(tx *db.Tx) error {
		wait = 0
		limits := g.limits(what, who, address)
		for _, l := range limits {
			var n, last int64
			err := tx.Row(ctx, touchFailure, []any{l.what, now.UnixMilli(), now.Add(-forget).UnixMilli(), now.Add(forget).UnixMilli()}, &n, &last)
			if err != nil {
				return err
			}
			wait = max(wait, left(time.UnixMilli(last), now, pause(int(n), l.free, l.most)))
		}
		if wait > 0 {
			return nil // a try that was not let through does not make the wait longer
		}
		for _, l := range limits {
			if err := tx.Put(ctx, countFailure, l.what, now.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("actor: attempt: %w", err)
	}
	if wait > 0 {
		return errWait(wait)
	}
	return nil
}

// left is what is left of a pause. It is never more than the pause: a clock that was ahead for a while must not shut people
// out until it would be that late again.
func left(last, now time.Time, pause time.Duration) time.Duration {
	return min(pause, last.Add(pause).Sub(now))
}

type limit struct {
	what string
	free int
	most time.Duration
}

// limits are always locked in this order: who, then who from where.
func (g *Gate) limits(what, who, address string) []limit {
	return []limit{
		{keyed(g.key, "tries", what, who), freeAccount, mostAccount},
		{keyed(g.key, "tries", what, who, address), freePair, mostPair},
	}
}

// pause is how long after the last of n failures the next try is heard: nothing at first, then 1, 2, 4… seconds.
func pause(n, free int, most time.Duration) time.Duration {
	if n < free {
		return 0
	}
	return min(most, time.Second<<min(n-free, 20))
}

// Succeeded forgets the failures of who from the address; what others elsewhere failed at stays counted.
func (g *Gate) Succeeded(ctx context.Context, what, who, address string) error {
	g.mu.Lock()
	delete(g.addresses, address)
	g.mu.Unlock()
	err := g.d.Write(ctx, func(tx *db.Tx) error {
		limits := g.limits(what, who, address)
		if err := tx.Put(ctx, uncountFailure, limits[0].what); err != nil {
			return err
		}
		return tx.Put(ctx, deleteFailure, limits[1].what)
	})
	if err != nil {
		return fmt.Errorf("actor: succeeded: %w", err)
	}
	return nil
}

const uncountFailure = `UPDATE sign_in_failure SET n = n - 1 WHERE what = $1 AND n > 0`

// slow counts tries from an address. Past the free ones it lets one through every two seconds: an office behind
// one address is slowed while an attack comes from within it, and never shut out.
func (g *Gate) slow(address string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.addresses) >= addressesKept {
		for a, t := range g.addresses {
			if now.Sub(t.last) > forget || len(g.addresses) >= addressesKept {
				delete(g.addresses, a)
			}
		}
	}
	t := g.addresses[address]
	if now.Sub(t.last).Abs() > forget {
		t = tries{}
	}
	if t.n >= freeAddress {
		if wait := left(t.last, now, pauseAddress); wait > 0 {
			return wait
		}
	}
	g.addresses[address] = tries{t.n + 1, now}
	return 0
}
