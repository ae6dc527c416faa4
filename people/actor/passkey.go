package actor

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"jishi/base/db"
	"jishi/base/words"
)

// Site is the address at which people reach the office. A passkey belongs to one address: on a page that only looks like
// ours the browser does not offer it, which no code on a telephone can do.
type Site struct {
	Name   string
	Host   string // without the port
	Origin string // https://host
}

// Passkeys reports whether there can be passkeys: browsers keep them for names, not for numbers.
func (s Site) Passkeys() bool {
	_, err := netip.ParseAddr(strings.Trim(s.Host, "[]"))
	return s.Host != "" && err != nil
}

// Passkey is one key, as its owner sees it.
type Passkey struct {
	ID    string
	Name  string
	Since time.Time
	Used  time.Time // the zero time: never
}

const (
	mostPasskeys  = 10
	challengeLife = 5 * time.Minute
	putPurpose    = "put"
	provePurpose  = "prove"
)

const (
	insertPasskey   = `INSERT INTO account_passkey (id, person, name, data, since, used_at) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (id) DO NOTHING`
	selectPasskeys  = `SELECT id, name, data, since, used_at FROM account_passkey WHERE person = $1 ORDER BY since, id`
	usePasskey      = `UPDATE account_passkey SET data = $3, used_at = $4 WHERE id = $1 AND person = $2`
	deletePasskey   = `DELETE FROM account_passkey WHERE id = $1 AND person = $2`
	deletePasskeys  = `DELETE FROM account_passkey WHERE person = $1`
	insertChallenge = `INSERT INTO account_challenge (id, person, purpose, data, expires_at) VALUES ($1, $2, $3, $4, $5)`
	takeChallenge   = `DELETE FROM account_challenge WHERE id = $1 AND person = $2 AND purpose = $3 RETURNING data, expires_at`
	deleteOldAsked  = `DELETE FROM account_challenge WHERE expires_at <= $1`
)

// holder is a person as the library wants them.
type holder struct {
	person, name string
	keys         []webauthn.Credential
}

// WebAuthnID is a hash, so that an authenticator that syncs to a cloud does not carry the office's identifier there.
func (h holder) WebAuthnID() []byte {
	sum := sha256.Sum256([]byte("jishi passkey " + h.person))
	return sum[:]
}
func (h holder) WebAuthnName() string                       { return h.name }
func (h holder) WebAuthnDisplayName() string                { return h.name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (s Site) library() (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{RPID: s.Host, RPDisplayName: s.Name, RPOrigins: []string{s.Origin}})
	if err != nil {
		return nil, fmt.Errorf("actor: passkeys for %s: %w", s.Origin, err)
	}
	return w, nil
}

// Passkeys are the person's keys, the oldest first.
func (g *Gate) Passkeys(ctx context.Context, person string) ([]Passkey, error) {
	list, _, err := g.passkeys(ctx, person)
	return list, err
}

func (g *Gate) passkeys(ctx context.Context, person string) (list []Passkey, keys []webauthn.Credential, err error) {
	err = g.d.Each(ctx, selectPasskeys, []any{person}, func(scan func(...any) error) error {
		var p Passkey
		var data string
		var since, used int64
		if err := scan(&p.ID, &p.Name, &data, &since, &used); err != nil {
			return err
		}
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(data), &key); err != nil {
			return fmt.Errorf("passkey %s is damaged: %w", p.ID, err)
		}
		if p.Since = time.UnixMilli(since); used != 0 {
			p.Used = time.UnixMilli(used)
		}
		list, keys = append(list, p), append(keys, key)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("actor: passkeys: %w", err)
	}
	return list, keys, nil
}

// AskPasskey begins to put a new key on the account: ask is what the browser's script needs, state is what the form must
// bring back with the answer.
func (g *Gate) AskPasskey(ctx context.Context, site Site, person, name string, now time.Time) (ask, state string, err error) {
	_, keys, err := g.passkeys(ctx, person)
	if err != nil {
		return "", "", err
	}
	w, err := site.library()
	if err != nil {
		return "", "", err
	}
	h := holder{person, name, keys}
	options, session, err := w.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(keys).CredentialDescriptors()),
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementDiscouraged), webauthn.WithConveyancePreference(protocol.PreferNoAttestation))
	if err != nil {
		return "", "", fmt.Errorf("actor: ask passkey: %w", err)
	}
	return g.challenge(ctx, person, putPurpose, options.Response, session, now)
}

// PutPasskey puts the key on the account whose answer the browser brought. It refuses an answer to another question, to
// one that was answered, or after five minutes.
func (g *Gate) PutPasskey(ctx context.Context, site Site, person, state, answer, name string, now time.Time) error {
	session, err := g.answered(ctx, person, putPurpose, state, now)
	if err != nil {
		return err
	}
	list, keys, err := g.passkeys(ctx, person)
	if err != nil {
		return err
	}
	if len(list) >= mostPasskeys {
		return words.Refuse(words.Invalid, "many-passkeys", "通行密钥最多十把。").Try("请先删去不用的。")
	}
	w, err := site.library()
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return errPasskey()
	}
	key, err := w.CreateCredential(holder{person: person, keys: keys}, session, parsed)
	if err != nil {
		return errPasskey()
	}
	data, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("actor: put passkey: %w", err)
	}
	return g.d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, insertPasskey, passkeyID(key.ID), person, shortName(name), string(data), now.UnixMilli())
		if err == nil && n == 0 {
			return errPasskey() // somebody's already
		}
		if err != nil {
			return fmt.Errorf("actor: put passkey: %w", err)
		}
		return Tell(ctx, tx, person, "passkey-on", shortName(name), now)
	})
}

// AskProof asks for one of the person's keys at the sign-in; both are "" where they have none.
func (g *Gate) AskProof(ctx context.Context, site Site, person string, now time.Time) (ask, state string, err error) {
	_, keys, err := g.passkeys(ctx, person)
	if err != nil || len(keys) == 0 || !site.Passkeys() {
		return "", "", err
	}
	w, err := site.library()
	if err != nil {
		return "", "", err
	}
	options, session, err := w.BeginLogin(holder{person: person, keys: keys})
	if err != nil {
		return "", "", fmt.Errorf("actor: ask proof: %w", err)
	}
	return g.challenge(ctx, person, provePurpose, options.Response, session, now)
}

// CheckPasskey takes the answer of one of the person's keys. Tries are counted as those of a code are. A key whose counter
// goes back was copied: it is refused, and its owner is told.
func (g *Gate) CheckPasskey(ctx context.Context, site Site, person, state, answer, address string, now time.Time) error {
	if err := g.Attempt(ctx, "factor", person, address, now); err != nil {
		return err
	}
	session, err := g.answered(ctx, person, provePurpose, state, now)
	if err != nil {
		return err
	}
	_, keys, err := g.passkeys(ctx, person)
	if err != nil {
		return err
	}
	w, err := site.library()
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return errPasskey()
	}
	key, err := w.ValidateLogin(holder{person: person, keys: keys}, session, parsed)
	if err != nil {
		return errPasskey()
	}
	if key.Authenticator.CloneWarning {
		if err := g.d.Write(ctx, func(tx *db.Tx) error { return Tell(ctx, tx, person, "passkey-copied", "", now) }); err != nil {
			return err
		}
		return errPasskey()
	}
	data, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("actor: check passkey: %w", err)
	}
	err = g.d.Write(ctx, func(tx *db.Tx) error {
		return tx.Put(ctx, usePasskey, passkeyID(key.ID), person, string(data), now.UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("actor: check passkey: %w", err)
	}
	return g.Succeeded(ctx, "factor", person, address)
}

// DropPasskey takes one of the person's own keys off; of anybody else's it does nothing, alike.
func (g *Gate) DropPasskey(ctx context.Context, tx *db.Tx, person, id string, now time.Time) error {
	n, err := tx.Exec(ctx, deletePasskey, id, person)
	if err != nil || n == 0 {
		return err
	}
	return Tell(ctx, tx, person, "passkey-off", "", now)
}

// errPasskey is the one answer to everything that a key can answer wrongly.
func errPasskey() error {
	return words.Refuse(words.Invalid, "wrong-passkey", "这把通行密钥没有验证通过。").Try("请再试一次，或者输入手机上的六位数字。")
}

func passkeyID(raw []byte) string { return digest(string(raw)) }

func shortName(name string) string {
	name = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), ""))
	if r := []rune(name); len(r) > 40 {
		return string(r[:40])
	}
	return name
}

func (g *Gate) challenge(ctx context.Context, person, purpose string, options any, session *webauthn.SessionData, now time.Time) (ask, state string, err error) {
	question, err := json.Marshal(options)
	if err != nil {
		return "", "", fmt.Errorf("actor: challenge: %w", err)
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return "", "", fmt.Errorf("actor: challenge: %w", err)
	}
	state = NewToken()
	err = g.d.Write(ctx, func(tx *db.Tx) error {
		return tx.Put(ctx, insertChallenge, digest(state), person, purpose, string(kept), now.Add(challengeLife).UnixMilli())
	})
	if err != nil {
		return "", "", fmt.Errorf("actor: challenge: %w", err)
	}
	return base64.StdEncoding.EncodeToString(question), state, nil
}

// answered takes the question out, so that it cannot be answered twice.
func (g *Gate) answered(ctx context.Context, person, purpose, state string, now time.Time) (s webauthn.SessionData, err error) {
	var data string
	var expires int64
	err = g.d.Write(ctx, func(tx *db.Tx) error {
		data, expires = "", 0
		err := tx.Row(ctx, takeChallenge, []any{digest(state), person, purpose}, &data, &expires)
		if errors.Is(err, db.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return s, fmt.Errorf("actor: challenge: %w", err)
	}
	if now.UnixMilli() >= expires { // also where there was none
		return s, words.Refuse(words.Invalid, "passkey-over", "验证的时间已过，或者已经用过。").Try("请再试一次。")
	}
	if err := json.Unmarshal([]byte(data), &s); err != nil {
		return s, fmt.Errorf("actor: challenge: %w", err)
	}
	s.Expires = time.Time{} // the library reads its own clock; ours was asked above
	return s, nil
}
