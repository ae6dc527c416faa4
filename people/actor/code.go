package actor

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"jishi/base/db"
	"jishi/base/words"
)

// A one-time code lives ten minutes and may be tried five times; another is sent a minute later at the soonest.
const (
	CodeLife   = 10 * time.Minute
	codeTries  = 5
	codePause  = time.Minute
	codeDigits = 6
)

const (
	selectCodeSent = `SELECT sent_at FROM one_time_code WHERE purpose = $1 AND address = $2`
	upsertCode     = `INSERT INTO one_time_code (purpose, address, code, tries, sent_at, expires_at) VALUES ($1, $2, $3, 0, $4, $5)
ON CONFLICT (purpose, address) DO UPDATE SET code = excluded.code, tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at
WHERE one_time_code.sent_at <= $6 OR one_time_code.sent_at > $7`
	tryCode = `UPDATE one_time_code SET tries = tries + 1
WHERE purpose = $1 AND address = $2 AND tries < $3 AND expires_at > $4 RETURNING code`
	deleteCode     = `DELETE FROM one_time_code WHERE purpose = $1 AND address = $2`
	deleteOldCodes = `DELETE FROM one_time_code WHERE expires_at <= $1`
)

// PlainAddress is a telephone number or mail address as it is compared.
func PlainAddress(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	if strings.Contains(address, "@") {
		return address
	}
	return strings.TrimPrefix(strings.NewReplacer(" ", "", "-", "").Replace(address), "+86")
}

// NewCode makes a code for one purpose ("sign-in") and address and returns it for sending. A newer code takes
// the older one's place. It refuses with TooMany when the last one was sent less than a minute ago.
// The caller answers the same whether or not the address is known to the office.
func (g *Gate) NewCode(ctx context.Context, purpose, address string, now time.Time) (string, error) {
	address = PlainAddress(address)
	if address == "" || len(address) > 254 {
		return "", words.Refuse(words.Invalid, "bad-address", "请填写手机号码或电子邮箱。")
	}
	var b strings.Builder
	for range codeDigits {
		b.WriteByte(byte('0' + below(10)))
	}
	code, where := b.String(), keyed(g.key, "address", address)
	var stored int64
	var sent int64
	err := g.d.Write(ctx, func(tx *db.Tx) (err error) {
		stored, err = tx.Exec(ctx, upsertCode, purpose, where, keyed(g.key, "one-time", purpose, address, code),
			now.UnixMilli(), now.Add(CodeLife).UnixMilli(), now.Add(-codePause).UnixMilli(), now.Add(codePause).UnixMilli())
		if err == nil && stored == 0 {
			err = tx.Row(ctx, selectCodeSent, []any{purpose, where}, &sent)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("actor: new code: %w", err)
	}
	if stored == 0 {
		return "", errWait(left(time.UnixMilli(sent), now, codePause))
	}
	return code, nil
}

// UseCode checks a code, as typed, and spends it. It refuses with SignIn when it is wrong, over, used, or tried
// five times.
func (g *Gate) UseCode(ctx context.Context, purpose, address, code string, now time.Time) error {
	address = PlainAddress(address)
	where, right := keyed(g.key, "address", address), false
	err := g.d.Write(ctx, func(tx *db.Tx) error {
		right = false
		var stored string
		err := tx.Row(ctx, tryCode, []any{purpose, where, codeTries, now.UnixMilli()}, &stored)
		if errors.Is(err, db.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		got := keyed(g.key, "one-time", purpose, address, plainCode(code))
		if subtle.ConstantTimeCompare([]byte(got), []byte(stored)) != 1 {
			return nil // the try is counted
		}
		right = true
		_, err = tx.Exec(ctx, deleteCode, purpose, where)
		return err
	})
	if err != nil {
		return fmt.Errorf("actor: use code: %w", err)
	}
	if !right {
		return words.Refuse(words.SignIn, "wrong-code", "验证码不正确或已失效。").Try("请核对后再试，或重新获取验证码。")
	}
	return nil
}
