// Package vault keeps a person's identity apart from the case.
//
// A matter holds only a random reference and a commitment. The identity itself is sealed: each row
// has its own AES-256-GCM key, which is itself sealed by a key from a file that is not in the
// database. To see an identity one gives a reason, and the look is stored before the answer.
package vault

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"jishi/base/db"
	"jishi/base/words"
)

// Identity is who a person is and how to reach them.
type Identity struct {
	Name     string `json:"name"`
	Phone    string `json:"phone"`
	IDNumber string `json:"id"`
	Address  string `json:"address"`
	Email    string `json:"email"`
}

// Look is one look at an identity: who looked, in which post of which body, at which matter, why, when.
type Look struct {
	By, Post, Body, Matter, Reason string
	At                             time.Time
}

// sealed is what the ciphertext holds. The salt is inside, so that after erasure nobody can try
// names against the commitment.
type sealed struct {
	Salt []byte   `json:"salt"`
	Who  Identity `json:"who"`
}

const (
	insertRow = `INSERT INTO vault (ref, commitment, key_id, data_key, body, phone_hash, id_hash, at, erased_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`
	selectRow  = `SELECT key_id, data_key, body, commitment, erased_at FROM vault WHERE ref = $1`
	insertLook = `INSERT INTO vault_look (look, ref, who, post, body, matter, reason, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	selectLooks = `SELECT who, post, body, matter, reason, at FROM vault_look WHERE ref = $1 ORDER BY at, look`
	eraseRow    = `UPDATE vault SET data_key = $1, body = $1, phone_hash = '', id_hash = '', erased_at = $2
		WHERE ref = $3 AND erased_at = 0`
	selectByPhone = `SELECT ref FROM vault WHERE phone_hash = $1 AND phone_hash <> '' ORDER BY at, ref`
	selectByID    = `SELECT ref FROM vault WHERE id_hash = $1 AND id_hash <> '' ORDER BY at, ref`
)

// Seal stores an identity. ref is random and stands for the person in the case; commitment, hex of
// SHA-256(salt ‖ identity), goes into the event, so that what was said can be proven later and the
// proof outlives the identity.
func (v *Vault) Seal(ctx context.Context, tx *db.Tx, at time.Time, id Identity) (ref, commitment string, err error) {
	id = id.normal()
	s := sealed{Salt: random(32), Who: id}
	if commitment, err = s.commitment(); err != nil {
		return "", "", err
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return "", "", fmt.Errorf("vault: seal: %w", err)
	}
	ref = strings.ToLower(rand.Text())
	key := random(32)
	a, err := sealer(key)
	if err != nil {
		return "", "", fmt.Errorf("vault: seal: %w", err)
	}
	body := a.Seal(nil, nil, padded(plain), []byte("identity "+ref))
	err = tx.Put(ctx, insertRow, ref, commitment, v.current, v.wrap(v.current, ref, key), body,
		keyed(v.phone, id.Phone), keyed(v.number, id.IDNumber), at.UnixMilli())
	return ref, commitment, err
}

// Open shows an identity to a person who gives a reason. The look is stored in the same transaction;
// where it cannot be stored, nothing is shown.
func (v *Vault) Open(ctx context.Context, d *db.DB, ref string, look Look) (Identity, error) {
	if strings.TrimFunc(look.Reason, unicode.IsSpace) == "" {
		return Identity{}, words.Refuse(words.Invalid, "reason-missing", "查看个人身份信息须写明理由，并会留下记录、告知本人。").
			At("reason", "请写明为什么需要查看。")
	}
	if look.By == "" {
		return Identity{}, fmt.Errorf("vault: a look without a person")
	}
	var s sealed
	err := d.Write(ctx, func(tx *db.Tx) error {
		var err error
		if s, err = v.read(ctx, tx, ref); err != nil {
			return err
		}
		return tx.Put(ctx, insertLook, strings.ToLower(rand.Text()), ref, look.By, look.Post, look.Body,
			look.Matter, look.Reason, look.At.UnixMilli())
	})
	if err != nil {
		return Identity{}, err
	}
	return s.Who, nil
}

// Found records that an identity was found by what it is looked up by, without being opened. The same key is one look,
// however often it is pressed.
func (v *Vault) Found(ctx context.Context, tx *db.Tx, ref, key string, look Look) error {
	_, err := tx.Exec(ctx, insertLook+" ON CONFLICT (look) DO NOTHING", key, ref, look.By, look.Post, look.Body, look.Matter, look.Reason, look.At.UnixMilli())
	return err
}

// Masked is an identity for lists and headings, 李** and 138****1234; it needs no reason and leaves no record.
func (v *Vault) Masked(ctx context.Context, r db.Reader, ref string) (Identity, error) {
	s, err := v.read(ctx, r, ref)
	if err != nil {
		return Identity{}, err
	}
	return s.Who.Masked(), nil
}

// Name is the name alone, of a person who asked to be named in public and whose name was verified; the caller knows
// that both are so. It leaves no record of a look: it is no secret while its owner wants it shown.
func (v *Vault) Name(ctx context.Context, r db.Reader, ref string) (string, error) {
	s, err := v.read(ctx, r, ref)
	return s.Who.Name, err
}

// Proves tells whether an identity that is still held is the one its commitment was made of.
func (v *Vault) Proves(ctx context.Context, r db.Reader, ref, commitment string) (bool, error) {
	s, err := v.read(ctx, r, ref)
	if err != nil {
		return false, err
	}
	c, err := s.commitment()
	return c == commitment, err
}

// Looks lists who looked, oldest first.
func (v *Vault) Looks(ctx context.Context, r db.Reader, ref string) ([]Look, error) {
	var all []Look
	err := r.Each(ctx, selectLooks, []any{ref}, func(scan func(...any) error) error {
		var l Look
		var at int64
		if err := scan(&l.By, &l.Post, &l.Body, &l.Matter, &l.Reason, &at); err != nil {
			return err
		}
		l.At = time.UnixMilli(at).UTC()
		all = append(all, l)
		return nil
	})
	return all, err
}

// FindPhone finds the references of all who gave this phone number, oldest first.
func (v *Vault) FindPhone(ctx context.Context, r db.Reader, phone string) ([]string, error) {
	return find(ctx, r, selectByPhone, keyed(v.phone, NormalPhone(phone)))
}

// FindIDNumber finds the references of all who gave this ID number, oldest first.
func (v *Vault) FindIDNumber(ctx context.Context, r db.Reader, number string) ([]string, error) {
	return find(ctx, r, selectByID, keyed(v.number, NormalIDNumber(number)))
}

func find(ctx context.Context, r db.Reader, sql, hash string) (refs []string, err error) {
	if hash == "" {
		return nil, nil
	}
	err = r.Each(ctx, sql, []any{hash}, func(scan func(...any) error) error {
		var ref string
		if err := scan(&ref); err != nil {
			return err
		}
		refs = append(refs, ref)
		return nil
	})
	return refs, err
}

// Erase destroys an identity for good; the reference, its commitment and the record of looks stay.
// Backups still hold the sealed row until they expire. Erasing twice is no error.
func (v *Vault) Erase(ctx context.Context, tx *db.Tx, ref string, at time.Time) error {
	n, err := tx.Exec(ctx, eraseRow, []byte{}, at.UnixMilli(), ref)
	if err != nil || n > 0 {
		return err
	}
	var erased int64
	return tx.Row(ctx, "SELECT erased_at FROM vault WHERE ref = $1", []any{ref}, &erased)
}

// read opens one row. An erased one is a refusal, a missing one db.ErrNotFound.
func (v *Vault) read(ctx context.Context, r db.Reader, ref string) (sealed, error) {
	var keyID, commitment string
	var wrapped, body []byte
	var erased int64
	if err := r.Row(ctx, selectRow, []any{ref}, &keyID, &wrapped, &body, &commitment, &erased); err != nil {
		return sealed{}, err
	}
	if erased != 0 {
		return sealed{}, words.Refuse(words.NotFound, "identity-erased", "此人的身份信息已依法删除，只留下办理记录。")
	}
	key, err := v.unwrap(keyID, ref, wrapped)
	if err != nil {
		return sealed{}, err
	}
	a, err := sealer(key)
	if err != nil {
		return sealed{}, fmt.Errorf("vault: open %s: %w", ref, err)
	}
	plain, err := a.Open(nil, nil, body, []byte("identity "+ref))
	if err != nil {
		return sealed{}, fmt.Errorf("vault: open %s: the row is damaged or belongs elsewhere: %w", ref, err)
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return sealed{}, fmt.Errorf("vault: open %s: %w", ref, err)
	}
	return s, nil
}

func (v *Vault) wrap(keyID, ref string, key []byte) []byte {
	return v.wraps[keyID].Seal(nil, nil, key, []byte("key "+keyID+" "+ref))
}

func (v *Vault) unwrap(keyID, ref string, wrapped []byte) ([]byte, error) {
	a, ok := v.wraps[keyID]
	if !ok {
		return nil, fmt.Errorf("vault: the key file %s does not hold key %s", v.path, keyID)
	}
	key, err := a.Open(nil, nil, wrapped, []byte("key "+keyID+" "+ref))
	if err != nil {
		return nil, fmt.Errorf("vault: open %s: its key is damaged or belongs elsewhere: %w", ref, err)
	}
	return key, nil
}

// commitment hashes the salt and the identity's JSON, whose fields have a fixed order.
func (s sealed) commitment() (string, error) {
	who, err := json.Marshal(s.Who)
	if err != nil {
		return "", fmt.Errorf("vault: %w", err)
	}
	sum := sha256.Sum256(append(append([]byte{}, s.Salt...), who...))
	return hex.EncodeToString(sum[:]), nil
}

// keyed hashes what is looked up by: without the key a phone number's hash is found by trying them all.
func keyed(key []byte, text string) string {
	if text == "" {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// padded adds spaces, which JSON ignores, so that the length tells little about who it is.
func padded(b []byte) []byte {
	for len(b)%256 != 0 {
		b = append(b, ' ')
	}
	return b
}

func (i Identity) normal() Identity {
	i.Name = tidy(i.Name)
	i.Phone = NormalPhone(i.Phone)
	i.IDNumber = NormalIDNumber(i.IDNumber)
	i.Address = tidy(i.Address)
	i.Email = strings.ToLower(tidy(i.Email))
	return i
}

func tidy(s string) string { return strings.TrimFunc(norm.NFC.String(s), unicode.IsSpace) }
