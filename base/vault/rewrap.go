package vault

import (
	"context"
	"fmt"

	"jishi/base/db"
)

// Check refuses to start with a key file that cannot open what the database holds, as after
// restoring one without the other: new identities would be sealed with keys nobody expects.
func (v *Vault) Check(ctx context.Context, r db.Reader) error {
	return r.Each(ctx, "SELECT key_id FROM vault WHERE erased_at = 0 UNION SELECT key_id FROM vault_text WHERE erased_at = 0", nil, func(scan func(...any) error) error {
		var id string
		if err := scan(&id); err != nil {
			return err
		}
		if _, ok := v.wraps[id]; !ok {
			return fmt.Errorf("vault: the database holds identities sealed with key %s, which the key file %s does not hold: "+
				"restore the key file that belongs to this database", id, v.path)
		}
		return nil
	})
}

// Rewrap brings all rows to the newest key, some at a time, and tells how many. It may run while
// the program serves, and again after a crash. The identities themselves are not touched.
func (v *Vault) Rewrap(ctx context.Context, d *db.DB) (int, error) {
	total := 0
	for _, q := range []rewraps{
		{`SELECT ref, key_id, data_key FROM vault WHERE key_id <> $1 AND erased_at = 0 ORDER BY ref LIMIT 200`,
			"UPDATE vault SET key_id = $1, data_key = $2 WHERE ref = $3 AND key_id = $4 AND erased_at = 0"},
		{`SELECT ref, key_id, data_key FROM vault_text WHERE key_id <> $1 AND erased_at = 0 ORDER BY ref LIMIT 200`,
			"UPDATE vault_text SET key_id = $1, data_key = $2 WHERE ref = $3 AND key_id = $4 AND erased_at = 0"},
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

// rewraps finds the rows of one table that are under older keys, and brings one to the newest.
type rewraps struct{ find, bring string }

func (v *Vault) rewrapSome(ctx context.Context, tx *db.Tx, q rewraps) (int, error) {
	type row struct {
		ref, keyID string
		wrapped    []byte
	}
	var rows []row
	err := tx.Each(ctx, q.find, []any{v.current}, func(scan func(...any) error) error {
		var r row
		err := scan(&r.ref, &r.keyID, &r.wrapped)
		rows = append(rows, r)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		key, err := v.unwrap(r.keyID, r.ref, r.wrapped)
		if err != nil {
			return 0, err
		}
		// A row erased meanwhile has another key_id or an empty key; it must not come back.
		err = tx.Put(ctx, q.bring, v.current, v.wrap(v.current, r.ref, key), r.ref, r.keyID)
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}
