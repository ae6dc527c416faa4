// Package vault keeps a person's identity apart from the case.
//
// A matter holds only a random reference and a commitment. The identity itself is sealed: each row
// has a key of its own (AES-256-GCM, or SM4-GCM by setting), which is itself sealed by a key from a file that is not in
// the database. To see an identity one gives a reason, and the look is stored before the answer.
package vault

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
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

// Own stands for the person themself where a look says who looked.
const Own = "citizen"

// sealed is what the ciphertext holds. The salt is inside, so that after erasure nobody can try
// names against the commitment.
type sealed struct {
	Salt []byte   `json:"salt"`
	Who  Identity `json:"who"`

	frozen bool
}

const (
	insertRow  = `INSERT INTO vault (ref, commitment, key_id, data_key, body, phone_hash, id_hash, at, erased_at) VALUES `
	selectRow  = `SELECT key_id, data_key, body, corrected, frozen_at, erased_at FROM vault WHERE ref = $1`
	insertLook = `INSERT INTO vault_look (look, ref, who, post, body, matter, reason, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	selectLooks   = `SELECT who, post, body, matter, reason, at FROM vault_look WHERE ref = $1 ORDER BY at, look`
	selectByPhone = `SELECT ref FROM vault WHERE phone_hash = $1 AND phone_hash <> '' ORDER BY at, ref`
	selectByID    = `SELECT ref FROM vault WHERE id_hash = $1 AND id_hash <> '' ORDER BY at, ref`
)

// Seal stores an identity. ref is random and stands for the person in the case; commitment, hex of
// the hash of salt ‖ identity, goes into the event, so that what was said can be proven later and the
// proof outlives the identity.
func (v *Vault) Seal(ctx context.Context, tx *db.Tx, at time.Time, id Identity) (ref, commitment string, err error) {
	id = id.normal()
	r := v.ring()
	return v.seal(ctx, tx, at, r, id, r.keyed(r.phone, id.Phone), r.keyed(r.number, id.IDNumber))
}

// seal stores an identity that is found by the hashes.
func (v *Vault) seal(ctx context.Context, tx *db.Tx, at time.Time, r *keyring, id Identity, phone, number string) (ref, commitment string, err error) {
	ref, commitment, row, err := r.row(at, id, phone, number)
	if err != nil {
		return "", "", err
	}
	return ref, commitment, tx.Put(ctx, insertRow+`($1, $2, $3, $4, $5, $6, $7, $8, 0)`, row...)
}

// row is an identity as it is stored: the first eight columns.
func (r *keyring) row(at time.Time, id Identity, phone, number string) (ref, commitment string, row []any, err error) {
	s := sealed{Salt: random(32), Who: id}
	if commitment, err = s.commitment(r.hashes); err != nil {
		return "", "", nil, err
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return "", "", nil, fmt.Errorf("vault: seal: %w", err)
	}
	ref = strings.ToLower(rand.Text())
	wrapped, body, err := r.envelope("identity", ref, padded(plain))
	if err != nil {
		return "", "", nil, fmt.Errorf("vault: seal: %w", err)
	}
	return ref, commitment, []any{ref, commitment, r.current, wrapped, body, phone, number, at.UnixMilli()}, nil
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
		if s.frozen && look.By != Own {
			return words.Refuse(words.Closed, "identity-frozen", "此人的身份信息已经封存，只存储，不再使用。").Under("个人信息保护法第四十七条第二款")
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

// Proves tells whether an identity that is still held is the one its commitment was made of; what it was corrected to
// does not count.
func (v *Vault) Proves(ctx context.Context, r db.Reader, ref, commitment string) (bool, error) {
	s, _, err := v.row(ctx, r, ref)
	if err != nil {
		return false, err
	}
	c, err := s.commitment(v.ring().hashes)
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
	return find(ctx, r, selectByPhone, v.ring().keyed(v.ring().phone, NormalPhone(phone)))
}

// FindIDNumber finds the references of all who gave this ID number, oldest first.
func (v *Vault) FindIDNumber(ctx context.Context, r db.Reader, number string) ([]string, error) {
	return find(ctx, r, selectByID, v.ring().keyed(v.ring().number, NormalIDNumber(number)))
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

// read opens an identity as it is now: where it was corrected, what it was corrected to. An erased one is a refusal, a
// missing one db.ErrNotFound.
func (v *Vault) read(ctx context.Context, r db.Reader, ref string) (sealed, error) {
	s, corrected, err := v.row(ctx, r, ref)
	frozen := s.frozen
	for err == nil && corrected != "" {
		s, corrected, err = v.row(ctx, r, corrected)
	}
	s.frozen = frozen
	return s, err
}

// row opens one row as it was sealed, and tells which one stands in its place since it was corrected.
func (v *Vault) row(ctx context.Context, r db.Reader, ref string) (s sealed, corrected string, err error) {
	var keyID string
	var wrapped, body []byte
	var frozen, erased int64
	if err := r.Row(ctx, selectRow, []any{ref}, &keyID, &wrapped, &body, &corrected, &frozen, &erased); err != nil {
		return sealed{}, "", err
	}
	if erased != 0 {
		return sealed{}, "", words.Refuse(words.NotFound, "identity-erased", "此人的身份信息已依法删除，只留下办理记录。")
	}
	plain, err := v.unseal("identity", keyID, ref, wrapped, body)
	if err != nil {
		return sealed{}, "", err
	}
	if err := json.Unmarshal(plain, &s); err != nil {
		return sealed{}, "", fmt.Errorf("vault: open %s: %w", ref, err)
	}
	s.frozen = frozen != 0
	return s, corrected, nil
}

// envelope seals a row under a fresh key, and that key under the newest of the file.
func (r *keyring) envelope(kind, ref string, plain []byte) (wrapped, body []byte, err error) {
	w := r.wraps[r.current]
	key := w.suite.newKey()
	a, err := w.suite.sealer(key)
	if err != nil {
		return nil, nil, err
	}
	return r.wrap(ref, key), a.Seal(nil, nil, plain, []byte(kind+" "+ref)), nil
}

// wrap seals a row's key under the newest of the file.
func (r *keyring) wrap(ref string, key []byte) []byte {
	return r.wraps[r.current].Seal(nil, nil, key, []byte("key "+r.current+" "+ref))
}

// unseal opens what envelope sealed.
func (v *Vault) unseal(kind, keyID, ref string, wrapped, body []byte) ([]byte, error) {
	key, suite, err := v.unwrap(keyID, ref, wrapped)
	if err != nil {
		return nil, err
	}
	a, err := suite.sealer(key)
	if err != nil {
		return nil, fmt.Errorf("vault: open %s: %w", ref, err)
	}
	plain, err := a.Open(nil, nil, body, []byte(kind+" "+ref))
	if err != nil {
		return nil, fmt.Errorf("vault: open %s: the row is damaged or belongs elsewhere: %w", ref, err)
	}
	return plain, nil
}

func (v *Vault) unwrap(keyID, ref string, wrapped []byte) ([]byte, Suite, error) {
	w, err := v.wrapping(keyID)
	if err != nil {
		return nil, "", err
	}
	key, err := w.Open(nil, nil, wrapped, []byte("key "+keyID+" "+ref))
	if err != nil {
		return nil, "", fmt.Errorf("vault: open %s: its key is damaged or belongs elsewhere: %w", ref, err)
	}
	return key, w.suite, nil
}

// commitment hashes the salt and the identity's JSON, whose fields have a fixed order.
func (s sealed) commitment(suite Suite) (string, error) {
	who, err := json.Marshal(s.Who)
	if err != nil {
		return "", fmt.Errorf("vault: %w", err)
	}
	h := suite.hash()()
	h.Write(s.Salt)
	h.Write(who)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// keyed hashes what is looked up by: without the key a phone number's hash is found by trying them all.
func (r *keyring) keyed(key []byte, text string) string {
	if text == "" {
		return ""
	}
	h := hmac.New(r.hashes.hash(), key)
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
