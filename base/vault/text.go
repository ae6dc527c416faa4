package vault

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"jishi/base/db"
	"jishi/base/words"
)

const (
	insertText = `INSERT INTO vault_text (ref, key_id, data_key, body, at, erased_at) VALUES `
	selectText = `SELECT key_id, data_key, body, erased_at FROM vault_text WHERE ref = $1`
	eraseText  = `UPDATE vault_text SET data_key = $1, body = $1, erased_at = $2 WHERE ref = $3 AND erased_at = 0`
)

// SealText stores one sensitive value under a random reference. It is sealed like an identity: with a key of its own,
// which is sealed by the key file.
func (v *Vault) SealText(ctx context.Context, tx *db.Tx, at time.Time, text string) (ref string, err error) {
	ref, row, err := v.ring().textRow(at, text)
	if err != nil {
		return "", err
	}
	return ref, tx.Put(ctx, insertText+`($1, $2, $3, $4, $5, 0)`, row...)
}

// textRow is a value as it is stored: the first five columns.
func (r *keyring) textRow(at time.Time, text string) (ref string, row []any, err error) {
	ref = strings.ToLower(rand.Text())
	// The 1 ends the text; the padding behind it hides how long a short answer is.
	plain := append([]byte(text), 1)
	for len(plain)%64 != 0 {
		plain = append(plain, 0)
	}
	wrapped, body, err := r.envelope("text", ref, plain)
	if err != nil {
		return "", nil, fmt.Errorf("vault.SealText: %w", err)
	}
	return ref, []any{ref, r.current, wrapped, body, at.UnixMilli()}, nil
}

// OpenText reads a sealed value. It records nothing: whoever shows the value to a person records the look first.
func (v *Vault) OpenText(ctx context.Context, r db.Reader, ref string) (string, error) {
	var keyID string
	var wrapped, body []byte
	var erased int64
	if err := r.Row(ctx, selectText, []any{ref}, &keyID, &wrapped, &body, &erased); err != nil {
		return "", fmt.Errorf("vault.OpenText %s: %w", ref, err)
	}
	if erased != 0 {
		return "", words.Refuse(words.NotFound, "value-erased", "这项内容已依法删除，只留下办理记录。")
	}
	plain, err := v.unseal("text", keyID, ref, wrapped, body)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(plain), "\x00")
	return strings.TrimSuffix(text, "\x01"), nil
}

// EraseText destroys a sealed value for good; erasing twice is no error.
func (v *Vault) EraseText(ctx context.Context, tx *db.Tx, ref string, at time.Time) error {
	_, err := tx.Exec(ctx, eraseText, []byte{}, at.UnixMilli(), ref)
	return err
}
