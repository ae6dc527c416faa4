package vault

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/db"
)

// together are the rows of one statement: what a long file brings is stored in a few of them.
const together = 100

// SealMany stores identities as Seal does, many in one statement, and returns their references in the same order.
func (v *Vault) SealMany(ctx context.Context, tx *db.Tx, at time.Time, ids []Identity) ([]string, error) {
	r := v.ring()
	refs, rows := make([]string, len(ids)), make([][]any, len(ids))
	for i, id := range ids {
		id = id.normal()
		ref, _, row, err := r.row(at, id, r.keyed(r.phone, id.Phone), r.keyed(r.number, id.IDNumber))
		if err != nil {
			return nil, err
		}
		refs[i], rows[i] = ref, row
	}
	return refs, putMany(ctx, tx, insertRow, rows)
}

// SealTexts stores sensitive values as SealText does, many in one statement, and returns their references in the same order.
func (v *Vault) SealTexts(ctx context.Context, tx *db.Tx, at time.Time, texts []string) ([]string, error) {
	r := v.ring()
	refs, rows := make([]string, len(texts)), make([][]any, len(texts))
	for i, text := range texts {
		ref, row, err := r.textRow(at, text)
		if err != nil {
			return nil, err
		}
		refs[i], rows[i] = ref, row
	}
	return refs, putMany(ctx, tx, insertText, rows)
}

// putMany puts the rows, each followed by a zero: nothing of them is erased yet.
func putMany(ctx context.Context, tx *db.Tx, insert string, rows [][]any) error {
	for some := range slices.Chunk(rows, together) {
		var args []any
		places := make([]string, len(some))
		for i, row := range some {
			list := make([]string, len(row))
			for j := range row {
				list[j] = "$" + strconv.Itoa(len(args)+j+1)
			}
			places[i] = "(" + strings.Join(list, ", ") + ", 0)"
			args = append(args, row...)
		}
		if err := tx.Put(ctx, insert+strings.Join(places, ", "), args...); err != nil {
			return fmt.Errorf("vault: seal many: %w", err)
		}
	}
	return nil
}

// FindIDNumbers are the references under which identities with the numbers are kept, by number: many in one look.
func (v *Vault) FindIDNumbers(ctx context.Context, r db.Reader, numbers []string) (map[string][]string, error) {
	found, of := map[string][]string{}, map[string]string{}
	ring := v.ring()
	var args []any
	var places []string
	for _, n := range numbers {
		h := ring.keyed(ring.number, NormalIDNumber(n))
		of[h] = n
		args = append(args, h)
		places = append(places, "$"+strconv.Itoa(len(args)))
	}
	if len(args) == 0 {
		return found, nil
	}
	err := r.Each(ctx, `SELECT id_hash, ref FROM vault WHERE id_hash IN (`+strings.Join(places, ", ")+`) AND id_hash <> '' ORDER BY at, ref`, args, func(scan func(...any) error) error {
		var h, ref string
		err := scan(&h, &ref)
		found[of[h]] = append(found[of[h]], ref)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("vault.FindIDNumbers: %w", err)
	}
	return found, nil
}
