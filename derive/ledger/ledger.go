// Package ledger puts every event into a Merkle tree (RFC 6962), signs its head and proves what is in it, so that an
// office which deletes, edits, backdates or reorders what it once accepted contradicts its own signature.
//
// It follows the journal: the event at position n is the entry n-1 of the tree. An entry is a hash of the event
// that nobody can guess without its identifier; the published tiles tell nothing about anybody.
package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/derive/ledger/receipt"
	"jishi/work/journal"
)

const follower = "ledger"

// Ledger is the tree of one installation.
type Ledger struct {
	DB   *db.DB
	Keys *Keys
}

// Entry is what the tree holds of an event: a hash over all of it, with its random identifier as the salt.
func Entry(e journal.Event) [sha256.Size]byte {
	what := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", e.Action, e.Actor, e.Org, e.Data))
	return sha256.Sum256(fmt.Appendf(nil, "jishi event v1\n%s\n%s\n%d\n%d\n%x\n", e.ID, e.Matter, e.Seq, e.At.UnixMilli(), what))
}

var errMoved = errors.New("ledger: another follower moved the cursor")

// Follow takes at most n events that have a position into the tree and returns how many it took. Two that follow
// at once do not spoil it: the second is refused with an error, and finds the work done next time.
func (l *Ledger) Follow(ctx context.Context, n int) (int, error) {
	size, err := l.Size(ctx)
	if err != nil {
		return 0, err
	}
	events, err := journal.After(ctx, l.DB, size, n)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	entries := make([][]byte, len(events))
	for i, e := range events {
		if e.Position != size+int64(i)+1 {
			return 0, fmt.Errorf("ledger.Follow: the order has a gap before position %d", e.Position)
		}
		hash := Entry(e.Event)
		entries[i] = hash[:]
	}
	err = l.DB.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Put(ctx, `INSERT INTO follower (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING`, follower); err != nil {
			return err
		}
		moved, err := tx.Exec(ctx, `UPDATE follower SET position = $3 WHERE name = $1 AND position = $2`, follower, size, size+int64(len(entries)))
		if err == nil && moved == 0 {
			err = errMoved
		}
		if err != nil {
			return err
		}
		return grow(ctx, tx, size, entries)
	})
	if errors.Is(err, errMoved) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("ledger.Follow: %w", err)
	}
	return len(entries), nil
}

// Size is how many entries the tree has.
func (l *Ledger) Size(ctx context.Context) (size int64, err error) {
	err = l.DB.Row(ctx, `SELECT position FROM follower WHERE name = $1`, []any{follower}, &size)
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	return size, err
}

// Sign signs the head of the tree when it has grown since it was last signed.
func (l *Ledger) Sign(ctx context.Context, at time.Time) error {
	size, err := l.Size(ctx)
	if err != nil || size == 0 {
		return err
	}
	last, err := l.signed(ctx)
	if err != nil || last == size {
		return err
	}
	head, err := l.head(ctx, size)
	if err != nil {
		return err
	}
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Put(ctx, `INSERT INTO ledger_checkpoint (day, size, at, note) VALUES ($1, $2, $3, $4)
			ON CONFLICT (day) DO UPDATE SET size = excluded.size, at = excluded.at, note = excluded.note`,
			string(calendar.DayOf(at)), size, at.UnixMilli(), head)
	})
}

func (l *Ledger) signed(ctx context.Context) (size int64, err error) {
	err = l.DB.Row(ctx, `SELECT COALESCE(MAX(size), 0) FROM ledger_checkpoint`, nil, &size)
	return size, err
}

// head signs the tree of a size as it stands now.
func (l *Ledger) head(ctx context.Context, size int64) (string, error) {
	root, err := tlog.TreeHash(size, &reader{ctx: ctx, from: l.DB})
	if err != nil {
		return "", fmt.Errorf("ledger.head %d: %w", size, err)
	}
	signed, err := note.Sign(&note.Note{Text: string(log.Checkpoint{Origin: l.Keys.Origin(), Size: uint64(size), Hash: root[:]}.Marshal())}, l.Keys.signer())
	return string(signed), err
}

// ErrNone says that nothing is there yet.
var ErrNone = errors.New("ledger: not there yet")

// Checkpoint is the last signed head; ErrNone when none was signed yet. Anyone may read it.
func (l *Ledger) Checkpoint(ctx context.Context) (text string, err error) {
	err = l.DB.Row(ctx, `SELECT note FROM ledger_checkpoint ORDER BY size DESC, day DESC LIMIT 1`, nil, &text)
	if errors.Is(err, db.ErrNotFound) {
		return "", ErrNone
	}
	return text, err
}

// Prove is the proof that an event is in the tree under the last signed head; ErrNone when it is not in it yet, or
// no such event is known. Whoever knows the identifier may ask: it stands on the receipt alone.
func (l *Ledger) Prove(ctx context.Context, event string) (proof.TLogProof, error) {
	var p proof.TLogProof
	text, err := l.Checkpoint(ctx)
	if err != nil {
		return p, err
	}
	var position int64
	err = l.DB.Row(ctx, `SELECT position FROM event_position WHERE id = $1`, []any{event}, &position)
	var head log.Checkpoint
	if err == nil {
		_, err = head.Unmarshal([]byte(text))
	}
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrText) || err == nil && uint64(position) > head.Size {
		return p, ErrNone
	}
	if err != nil {
		return p, fmt.Errorf("ledger.Prove: %w", err)
	}
	hashes, err := tlog.ProveRecord(int64(head.Size), position-1, &reader{ctx: ctx, from: l.DB})
	if err != nil {
		return p, fmt.Errorf("ledger.Prove %s: %w", event, err)
	}
	p.Index, p.Checkpoint = uint64(position-1), []byte(text)
	for _, h := range hashes {
		p.Hashes = append(p.Hashes, h)
	}
	return p, nil
}

// Witnessed are the heads that witnesses have signed, the newest first.
func (l *Ledger) Witnessed(ctx context.Context) (notes []string, err error) {
	err = l.DB.Each(ctx, `SELECT note FROM ledger_witness ORDER BY size DESC, name`, nil, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		notes = append(notes, text)
		return err
	})
	return notes, err
}

// Witness takes the signature of a witness under a head that this ledger signed. known are the witnesses' public keys,
// from the settings; any other is refused.
func (l *Ledger) Witness(ctx context.Context, text string, known []string, at time.Time) error {
	refused := func(what string) error { return words.Refuse(words.Invalid, "cosignature", what) }
	verifiers, err := receipt.Witnesses(known)
	if err != nil {
		return err
	}
	n, err := note.Open([]byte(text), note.VerifierList(append(l.Keys.verifiers(), verifiers...)...))
	if err != nil {
		return refused("这份签名打不开，或者不是已知的见证人签的。")
	}
	by := ""
	for _, s := range n.Sigs {
		if slices.ContainsFunc(verifiers, func(v note.Verifier) bool { return v.Name() == s.Name && v.KeyHash() == s.Hash }) {
			by = s.Name
		}
	}
	var head log.Checkpoint
	if _, err := head.Unmarshal([]byte(n.Text)); err != nil || by == "" {
		return refused("这份签名打不开，或者不是已知的见证人签的。")
	}
	size, err := l.Size(ctx)
	if err != nil {
		return err
	}
	if head.Size == 0 || head.Size > uint64(size) {
		return refused("见证的账本比这里的长。")
	}
	root, err := tlog.TreeHash(int64(head.Size), &reader{ctx: ctx, from: l.DB})
	if err != nil {
		return err
	}
	if head.Origin != l.Keys.Origin() || [sha256.Size]byte(root) != [sha256.Size]byte(head.Hash) {
		return refused("见证的账本和这里的不一样。")
	}
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Put(ctx, `INSERT INTO ledger_witness (name, size, at, note) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET size = excluded.size, at = excluded.at, note = excluded.note`, by, int64(head.Size), at.UnixMilli(), text)
	})
}

// Promise signs that an event which was just accepted will be in the tree. The same event and the same words give the
// same promise.
func (l *Ledger) Promise(number string, e journal.Event, said []receipt.Saying) (string, error) {
	signed, err := note.Sign(&note.Note{Text: receipt.Promise{Origin: l.Keys.Origin(), Number: number, At: e.At.In(calendar.Zone),
		Event: e.ID, Entry: Entry(e), Said: receipt.SaidHash(e.ID, said)}.Text()}, l.Keys.signer())
	return string(signed), err
}

// Receipt is the file that the citizen keeps: the promise, what was said, and the proof as soon as there is one.
func (l *Ledger) Receipt(ctx context.Context, number string, e journal.Event, said []receipt.Saying) (*receipt.File, error) {
	promise, err := l.Promise(number, e, said)
	if err != nil {
		return nil, err
	}
	f := &receipt.File{Format: receipt.Format, Promise: promise, Said: said, Keys: l.Keys.Public()}
	p, err := l.Prove(ctx, e.ID)
	if err == nil {
		f.Proof = string(p.Marshal())
	} else if !errors.Is(err, ErrNone) {
		return nil, err
	}
	f.Witnessed, err = l.Witnessed(ctx)
	return f, err
}
