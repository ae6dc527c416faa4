package vault

import (
	"context"
	"fmt"
	"strings"

	"jishi/base/db"
)

// Check refuses to start with a key file that cannot open what the database holds, as after
// restoring one without the other: new identities would be sealed with keys nobody expects.
func (v *Vault) Check(ctx context.Context, r db.Reader) error {
	for _, table := range []string{"vault", "vault_text"} {
		for id := ""; ; {
			// From key to key along the index: all of a county's identities are not read at each start.
			err := r.Row(ctx, "SELECT COALESCE(MIN(key_id), '') FROM "+table+" WHERE erased_at = 0 AND key_id > $1", []any{id}, &id)
			if err != nil {
				return fmt.Errorf("vault.Check: %w", err)
			}
			if id == "" {
				break
			}
			if _, ok := v.ring().wraps[id]; !ok {
				return v.stranger(id)
			}
		}
	}
	return nil
}

// stranger says that the database belongs to another key file.
func (v *Vault) stranger(id string) error {
	with := ""
	if strings.HasPrefix(id, "sm4-") {
		with = " of " + string(SM4)
	}
	return fmt.Errorf("vault: the database holds identities sealed with key %s%s, which the key file %s does not hold: "+
		"restore the key file that belongs to this database", id, with, v.Path)
}

// Rewrap brings all rows to the newest key, some at a time, and tells how many. It may run while
// the program serves, and again after a crash. The identities themselves are not touched.
func (v *Vault) Rewrap(ctx context.Context, d *db.DB) (int, error) {
	total := 0
	if err := v.Refresh(); err != nil { // another may have rotated since
		return 0, err
	}
	for _, q := range []rewraps{
		{"identity", `SELECT ref, key_id, data_key, body FROM vault WHERE key_id <> $1 AND erased_at = 0 ORDER BY ref LIMIT 200`,
			"UPDATE vault SET key_id = $1, data_key = $2, body = $3 WHERE ref = $4 AND key_id = $5 AND erased_at = 0"},
		{"text", `SELECT ref, key_id, data_key, body FROM vault_text WHERE key_id <> $1 AND erased_at = 0 ORDER BY ref LIMIT 200`,
			"UPDATE vault_text SET key_id = $1, data_key = $2, body = $3 WHERE ref = $4 AND key_id = $5 AND erased_at = 0"},
	} {
		for {
			n := 0
			err := d.Write(ctx, func(tx *db.Tx) (err error) {
				n, err = v.rewrapSome(ctx, tx, q)
				return err
			})
			if total += n; err != nil {
				return total, err
			}
			if n == 0 {
				break
			}
		}
	}
	return total, nil
}

// rewraps finds the rows of one kind that are under older keys, and brings one to the newest.
type rewraps struct{ kind, find, bring string }

func (v *Vault) rewrapSome(ctx context.Context, tx *db.Tx, q rewraps) (int, error) {
	type row struct {
		ref, keyID    string
		wrapped, body []byte
	}
	var rows []row
	r := v.ring()
	err := tx.Each(ctx, q.find, []any{r.current}, func(scan func(...any) error) error {
		var x row
		err := scan(&x.ref, &x.keyID, &x.wrapped, &x.body)
		rows = append(rows, x)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, x := range rows {
		key, suite, err := v.unwrap(x.keyID, x.ref, x.wrapped)
		if err != nil {
			return 0, err
		}
		wrapped, body := r.wrap(x.ref, key), x.body
		if suite != r.wraps[r.current].suite { // under a key of another suite the content is sealed anew
			plain, err := v.unseal(q.kind, x.keyID, x.ref, x.wrapped, x.body)
			if err != nil {
				return 0, err
			}
			if wrapped, body, err = r.envelope(q.kind, x.ref, plain); err != nil {
				return 0, err
			}
		}
		// A row erased meanwhile has another key_id or an empty key; it must not come back.
		if err = tx.Put(ctx, q.bring, r.current, wrapped, body, x.ref, x.keyID); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// Under tells how many rows lie under each key, by the key's ID.
func Under(ctx context.Context, r db.Reader) (map[string]int, error) {
	rows := map[string]int{}
	err := r.Each(ctx, `SELECT key_id, COUNT(*) FROM vault WHERE erased_at = 0 GROUP BY key_id
		UNION ALL SELECT key_id, COUNT(*) FROM vault_text WHERE erased_at = 0 GROUP BY key_id`, nil, func(scan func(...any) error) error {
		var id string
		var n int
		err := scan(&id, &n)
		rows[id] += n
		return err
	})
	return rows, err
}
