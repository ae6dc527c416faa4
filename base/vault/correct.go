package vault

import (
	"context"
	"time"

	"jishi/base/db"
	"jishi/base/words"
)

const (
	selectState = `SELECT corrected, frozen_at, erased_at FROM vault WHERE ref = $1`
	correctRow  = `UPDATE vault SET corrected = $1 WHERE ref = $2 AND erased_at = 0`
	findAnew    = `UPDATE vault SET phone_hash = $1, id_hash = $2 WHERE ref = $3 AND erased_at = 0`
	freezeRow   = `UPDATE vault SET frozen_at = $1 WHERE ref = $2 AND erased_at = 0 AND frozen_at = 0`
	eraseRow    = `UPDATE vault SET data_key = $1, body = $1, phone_hash = '', id_hash = '', erased_at = $2
		WHERE ref = $3 AND erased_at = 0`
)

// State is how an identity stands.
type State struct {
	Corrected      bool
	Frozen, Erased time.Time // zero where it is not
}

// State tells how an identity stands, without opening it.
func (v *Vault) State(ctx context.Context, r db.Reader, ref string) (State, error) {
	var s State
	var corrected string
	var frozen, erased int64
	err := r.Row(ctx, selectState, []any{ref}, &corrected, &frozen, &erased)
	s.Corrected = corrected != ""
	if frozen != 0 {
		s.Frozen = time.UnixMilli(frozen).UTC()
	}
	if erased != 0 {
		s.Erased = time.UnixMilli(erased).UTC()
	}
	return s, err
}

// Owned is an identity for the person themself, who proved to be that person. It leaves no record of a look.
func (v *Vault) Owned(ctx context.Context, r db.Reader, ref string) (Identity, error) {
	s, err := v.read(ctx, r, ref)
	return s.Who, err
}

// Correct puts what is right in the place of what is held; what is blank in it stays as it was. What was held before stays
// sealed, so that its commitment still proves what was said. From now on the person is found by the new numbers alone.
func (v *Vault) Correct(ctx context.Context, tx *db.Tx, ref string, right Identity, at time.Time) error {
	now, err := v.read(ctx, tx, ref)
	if err != nil {
		return err
	}
	last := ref
	for next := ref; next != ""; {
		last = next
		var frozen, erased int64
		if err := tx.Row(ctx, selectState, []any{last}, &next, &frozen, &erased); err != nil {
			return err
		}
	}
	who := now.Who.with(right.normal())
	r := v.ring()
	fresh, _, err := v.seal(ctx, tx, at, r, who, "", "") // it is found by the row that it corrects
	if err != nil {
		return err
	}
	if err := tx.Put(ctx, correctRow, fresh, last); err != nil {
		return err
	}
	return tx.Put(ctx, findAnew, r.keyed(r.phone, who.Phone), r.keyed(r.number, who.IDNumber), ref)
}

// with is an identity with what another says in place of its own.
func (i Identity) with(other Identity) Identity {
	for _, pair := range [][2]*string{{&i.Name, &other.Name}, {&i.Phone, &other.Phone}, {&i.IDNumber, &other.IDNumber}, {&i.Address, &other.Address}, {&i.Email, &other.Email}} {
		if *pair[1] != "" {
			*pair[0] = *pair[1]
		}
	}
	return i
}

// Same reports whether the identity is that of whom somebody at a counter says they are: name and telephone, or name and
// identity card, agree.
func (v *Vault) Same(ctx context.Context, r db.Reader, ref string, said Identity) (bool, error) {
	s, err := v.read(ctx, r, ref)
	if _, refused := words.AsRefusal(err); refused {
		return false, nil
	}
	said = said.normal()
	same := said.Phone != "" && said.Phone == s.Who.Phone || said.IDNumber != "" && said.IDNumber == s.Who.IDNumber
	return err == nil && same && said.Name == s.Who.Name, err
}

// Freeze keeps an identity from every use but storing it (个人信息保护法第四十七条第二款): nobody but the person can open
// it any more. Freezing twice is no error.
func (v *Vault) Freeze(ctx context.Context, tx *db.Tx, ref string, at time.Time) error {
	_, err := tx.Exec(ctx, freezeRow, at.UnixMilli(), ref)
	return err
}

// Erase destroys an identity for good, with what it was corrected to; the reference, its commitment and the record of
// looks stay. Backups still hold the sealed row until they expire. Erasing twice is no error.
func (v *Vault) Erase(ctx context.Context, tx *db.Tx, ref string, at time.Time) error {
	for ref != "" {
		var corrected string
		var frozen, erased int64
		if err := tx.Row(ctx, selectState, []any{ref}, &corrected, &frozen, &erased); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, eraseRow, []byte{}, at.UnixMilli(), ref); err != nil {
			return err
		}
		ref = corrected
	}
	return nil
}
