package actor

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"jishi/base/db"
	"jishi/base/words"
)

// The second factor of staff: six digits that change every 30 seconds (RFC 6238), made by an app on the owner's
// telephone. GB/T 22239—2019, third grade, 8.1.4.1 asks for two ways of proof, one of them cryptographic.
const (
	factorStep  = 30 * time.Second
	factorSlack = 1  // steps that the telephone's clock may be off
	spareCodes  = 10 // codes on paper
)

// FactorKey is a key for an app, and the address that its QR code holds: a fresh one, or the one that was shown before.
// Nothing is stored until the owner has shown by ConfirmFactor that the app has it.
func FactorKey(site, name, before string) (secret, address string, err error) {
	opts := totp.GenerateOpts{Issuer: site, AccountName: name, Period: uint(factorStep / time.Second), SecretSize: 20, Algorithm: otp.AlgorithmSHA1}
	if old, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(before); err == nil && len(old) == 20 {
		opts.Secret = old
	}
	k, err := totp.Generate(opts)
	if err != nil {
		return "", "", fmt.Errorf("actor: factor: %w", err)
	}
	return k.Secret(), k.URL(), nil
}

const (
	upsertFactor = `INSERT INTO account_factor (person, secret, since, last_step) VALUES ($1, $2, $3, $4)
ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, since = excluded.since, last_step = excluded.last_step`
	selectFactor = `SELECT secret, last_step FROM account_factor WHERE person = $1`
	updateStep   = `UPDATE account_factor SET last_step = $2 WHERE person = $1 AND last_step < $2`
	deleteFactor = `DELETE FROM account_factor WHERE person = $1`
	insertSpare  = `INSERT INTO account_spare (code, person) VALUES ($1, $2)`
	useSpare     = `DELETE FROM account_spare WHERE code = $1 AND person = $2`
	deleteSpares = `DELETE FROM account_spare WHERE person = $1`
)

// errFactor is the one answer to a wrong, an old and a used code.
func errFactor() error {
	return words.Refuse(words.Invalid, "wrong-factor", "验证码不正确，或者已经用过。").At("code", "请输入手机上现在显示的六位数字。").Try("手机不在身边的，可以用一个备用码。")
}

// ConfirmFactor puts the factor on the person's account, in place of an earlier one, once a code proves that the app has
// the key, and returns the codes to be kept on paper; they are shown this once. It refuses a code that does not fit.
func (g *Gate) ConfirmFactor(ctx context.Context, person, secret, code string, now time.Time) (spares []string, err error) {
	step, ok := fits(secret, code, now)
	if !ok {
		return nil, errFactor()
	}
	sealed, err := g.sealFactor(person, secret)
	if err != nil {
		return nil, err
	}
	for range spareCodes {
		spares = append(spares, NewQueryCode())
	}
	err = g.d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Put(ctx, upsertFactor, person, sealed, now.UnixMilli(), step); err != nil {
			return err
		}
		if err := tx.Put(ctx, deleteSpares, person); err != nil {
			return err
		}
		for _, s := range spares {
			if err := tx.Put(ctx, insertSpare, g.spare(person, s), person); err != nil {
				return err
			}
		}
		return Tell(ctx, tx, person, "factor-on", "", now)
	})
	if err != nil {
		return nil, fmt.Errorf("actor: confirm factor: %w", err)
	}
	return spares, nil
}

func (g *Gate) spare(person, code string) string {
	return keyed(g.key, "spare", person, plainCode(code))
}

// HasFactor reports whether the account asks for a second proof.
func (g *Gate) HasFactor(ctx context.Context, person string) (bool, error) {
	return HasFactor(ctx, g.d, person)
}

// HasFactor is the same within what a transaction sees.
func HasFactor(ctx context.Context, r db.Reader, person string) (bool, error) {
	var sealed string
	var step int64
	err := r.Row(ctx, selectFactor, []any{person}, &sealed, &step)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// CheckFactor takes a code of the app, or one of the codes on paper, each only once. Tries are counted as those of a
// password are: it refuses with TooMany, and with Invalid where the code does not fit.
func (g *Gate) CheckFactor(ctx context.Context, person, code, address string, now time.Time) error {
	if err := g.Attempt(ctx, "factor", person, address, now); err != nil {
		return err
	}
	var sealed string
	var last int64
	if err := g.d.Row(ctx, selectFactor, []any{person}, &sealed, &last); err != nil {
		return fmt.Errorf("actor: check factor: %w", err)
	}
	secret, err := g.openFactor(person, sealed)
	if err != nil {
		return err
	}
	used := int64(0)
	step, ok := fits(secret, code, now)
	err = g.d.Write(ctx, func(tx *db.Tx) error {
		used = 0
		var err error
		if ok { // of two who send the same code at once, one moves the step
			used, err = tx.Exec(ctx, updateStep, person, step)
			return err
		}
		if used, err = tx.Exec(ctx, useSpare, g.spare(person, code), person); err == nil && used == 1 {
			err = Tell(ctx, tx, person, "spare-used", "", now)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("actor: check factor: %w", err)
	}
	if used == 0 {
		return errFactor()
	}
	return g.Succeeded(ctx, "factor", person, address)
}

// DropFactor takes the factor off, and the passkeys that stand beside it: by its owner with a code, or by the security administrator for one who lost both.
func (g *Gate) DropFactor(ctx context.Context, tx *db.Tx, person string, now time.Time) error {
	for _, sql := range []string{deleteFactor, deleteSpares, deletePasskeys} {
		if err := run(ctx, tx, "drop factor", sql, person); err != nil {
			return err
		}
	}
	return Tell(ctx, tx, person, "factor-off", "", now)
}

// fits finds the time step, one before to one after now, whose code this is.
func fits(secret, code string, now time.Time) (step int64, ok bool) {
	code = plainCode(code)
	for i := -factorSlack; i <= factorSlack; i++ {
		at := now.Add(time.Duration(i) * factorStep)
		good, err := totp.ValidateCustom(code, secret, at, totp.ValidateOpts{Period: uint(factorStep / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && good {
			return at.Unix() / int64(factorStep/time.Second), true
		}
	}
	return 0, false
}

// factorSealer is bound to the person, so that a sealed key moved to another account does not open.
func (g *Gate) factorSealer() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, g.key, nil, "jishi account factor", 32)
	if err != nil {
		return nil, fmt.Errorf("actor: factor: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("actor: factor: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (g *Gate) sealFactor(person, secret string) (string, error) {
	a, err := g.factorSealer()
	if err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(a.Seal(nil, nil, []byte(secret), []byte(person))), nil
}

func (g *Gate) openFactor(person, sealed string) (string, error) {
	a, err := g.factorSealer()
	if err != nil {
		return "", err
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("actor: factor of %s is damaged: %w", person, err)
	}
	secret, err := a.Open(nil, nil, b, []byte(person))
	if err != nil {
		return "", fmt.Errorf("actor: factor of %s does not open; was the installation's secret replaced?: %w", person, err)
	}
	return string(secret), nil
}

// Notice is something that the owner of an account must hear of.
type Notice struct {
	At     time.Time
	What   string // new-device, password, factor-on, factor-off, spare-used, passkey-on, passkey-off, passkey-copied
	Detail string
	Seen   bool
}

const (
	insertNotice  = `INSERT INTO account_notice (id, person, at, what, detail, seen_at) VALUES ($1, $2, $3, $4, $5, 0)`
	selectNotices = `SELECT at, what, detail, seen_at FROM account_notice WHERE person = $1 ORDER BY at DESC, id DESC LIMIT 50`
	countNotices  = `SELECT COUNT(*) FROM account_notice WHERE person = $1 AND seen_at = 0`
	seeNotices    = `UPDATE account_notice SET seen_at = $2 WHERE person = $1 AND seen_at = 0`
	touchDevice   = `INSERT INTO account_device (person, device, name, first_at, last_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (person, device) DO UPDATE SET last_at = excluded.last_at RETURNING first_at, last_at`
	hasDevices = `SELECT COUNT(*) FROM account_device WHERE person = $1`
)

// Tell keeps a notice for the owner of the account until they have seen it.
func Tell(ctx context.Context, tx *db.Tx, person, what, detail string, now time.Time) error {
	return run(ctx, tx, "tell", insertNotice, rand.Text(), person, now.UnixMilli(), what, detail)
}

// Arrive remembers the device from which somebody signed in, and tells them of a new one; of the first one ever it tells
// nothing, because everybody has a first.
func Arrive(ctx context.Context, tx *db.Tx, person, device, name string, now time.Time) error {
	if r := []rune(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")); len(r) > 200 {
		name = string(r[:200])
	} else {
		name = string(r)
	}
	var known, first, last int64
	if err := tx.Row(ctx, hasDevices, []any{person}, &known); err != nil {
		return fmt.Errorf("actor: arrive: %w", err)
	}
	if err := tx.Row(ctx, touchDevice, []any{person, digest(device), name, now.UnixMilli()}, &first, &last); err != nil {
		return fmt.Errorf("actor: arrive: %w", err)
	}
	if known > 0 && first == last {
		return Tell(ctx, tx, person, "new-device", name, now)
	}
	return nil
}

// Notices are the newest of the person's notices.
func Notices(ctx context.Context, r db.Reader, person string) (list []Notice, err error) {
	err = r.Each(ctx, selectNotices, []any{person}, func(scan func(...any) error) error {
		var n Notice
		var at, seen int64
		err := scan(&at, &n.What, &n.Detail, &seen)
		n.At, n.Seen = time.UnixMilli(at), seen != 0
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("actor: notices: %w", err)
	}
	return list, nil
}

// Unseen is how many notices the person has not seen.
func Unseen(ctx context.Context, r db.Reader, person string) (n int, err error) {
	err = r.Row(ctx, countNotices, []any{person}, &n)
	return n, err
}

// SeeNotices says that the person has read what there is.
func SeeNotices(ctx context.Context, tx *db.Tx, person string, now time.Time) error {
	return run(ctx, tx, "see notices", seeNotices, person, now.UnixMilli())
}
