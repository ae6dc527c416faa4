package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/work/journal"
)

// A Fault is where the journal is not what the ledger says it was.
type Fault struct {
	Code string // missing, changed, reordered, head, shrunk, forked, tiles
	What string
}

// Verify compares every event with its entry, the entries with the tree, and the tree with every head that was signed. It
// returns how many entries it looked at. Only whoever also took the ledger's keys could make all of these agree
// again, and then the receipts, the monitors and the witnesses do not.
func (l *Ledger) Verify(ctx context.Context) (n int64, faults []Fault, err error) {
	size, err := l.Size(ctx)
	if err != nil {
		return 0, nil, err
	}
	heads, err := l.heads(ctx, size, &faults)
	if err != nil {
		return 0, nil, err
	}
	c := &comparison{ledger: l, at: map[[sha256.Size]byte]int64{}}
	var tree compact
	for n < size {
		bundle, err := (&reader{ctx: ctx, from: l.DB}).tile(entries, n/width)
		if err != nil {
			return n, nil, err
		}
		if len(bundle) == 0 {
			return n, append(faults, Fault{"tiles", fmt.Sprintf("the entries behind %d are gone from the ledger", n)}), nil
		}
		if err := c.compare(ctx, n, bundle); err != nil {
			return n, nil, err
		}
		for ; len(bundle) > 0 && n < size; bundle = bundle[sha256.Size:] {
			tree.add(tlog.RecordHash(bundle[:sha256.Size]))
			n++
			for _, h := range heads[n] {
				if root := tree.root(); h.root != root {
					faults = append(faults, Fault{"forked", fmt.Sprintf("the head signed on %s over %d entries is not that of the entries that stand here: history was rewritten", h.day, n)})
				}
			}
		}
	}
	root, err := tlog.TreeHash(size, &reader{ctx: ctx, from: l.DB})
	if size > 0 && (err != nil || root != tree.root()) {
		faults = append(faults, Fault{"tiles", "the tiles are not those of the entries"})
	}
	return n, append(faults, c.told()...), nil
}

type signedHead struct {
	day  calendar.Day
	root tlog.Hash
}

// heads are the signed heads by their size.
func (l *Ledger) heads(ctx context.Context, size int64, faults *[]Fault) (map[int64][]signedHead, error) {
	heads := map[int64][]signedHead{}
	err := l.DB.Each(ctx, `SELECT day, note FROM ledger_checkpoint ORDER BY day`, nil, func(scan func(...any) error) error {
		var day, text string
		if err := scan(&day, &text); err != nil {
			return err
		}
		var head log.Checkpoint
		n, err := note.Open([]byte(text), note.VerifierList(l.Keys.verifiers()...))
		if err == nil {
			_, err = head.Unmarshal([]byte(n.Text))
		}
		switch {
		case err != nil:
			*faults = append(*faults, Fault{"head", fmt.Sprintf("the head of %s does not carry this ledger's signature", day)})
		case head.Size > uint64(size):
			*faults = append(*faults, Fault{"shrunk", fmt.Sprintf("on %s the ledger had %d entries and now it has %d: some were deleted, or an old backup was restored", day, head.Size, size)})
		default:
			heads[int64(head.Size)] = append(heads[int64(head.Size)], signedHead{calendar.Day(day), tlog.Hash(head.Hash)})
		}
		return nil
	})
	return heads, err
}

// comparison holds the events against the entries; what differs is kept, to tell a change from an exchange.
type comparison struct {
	ledger *Ledger
	at     map[[sha256.Size]byte]int64 // entries of the tree whose event differs, by what the tree holds
	differ []differing
}

type differing struct {
	n     int64
	entry [sha256.Size]byte // of the event that stands there now
	gone  bool
}

// compare looks at the bundle of entries behind n.
func (c *comparison) compare(ctx context.Context, n int64, bundle []byte) error {
	count := int64(len(bundle) / sha256.Size)
	events, err := journal.After(ctx, c.ledger.DB, n, int(count))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	here := map[int64]journal.Event{}
	for _, e := range events {
		here[e.Position-1] = e.Event
	}
	for i := range count {
		was := [sha256.Size]byte(bundle[i*sha256.Size:])
		e, ok := here[n+i]
		now := Entry(e)
		if ok && now == was {
			continue
		}
		c.at[was] = n + i
		c.differ = append(c.differ, differing{n + i, now, !ok})
	}
	return nil
}

func (c *comparison) told() (faults []Fault) {
	for _, d := range c.differ {
		from, moved := c.at[d.entry]
		switch {
		case d.gone:
			faults = append(faults, Fault{"missing", fmt.Sprintf("entry %d: its event is gone from the journal", d.n+1)})
		case moved:
			faults = append(faults, Fault{"reordered", fmt.Sprintf("entry %d: the event that stands there was entry %d: the order was changed", d.n+1, from+1)})
		default:
			faults = append(faults, Fault{"changed", fmt.Sprintf("entry %d: the event that stands there is not the one that was accepted: it was edited or backdated", d.n+1)})
		}
	}
	return faults
}

// compact is the tree as its right edge: a perfect subtree for each bit of its size.
type compact struct {
	hashes []tlog.Hash
	levels []int
}

func (c *compact) add(h tlog.Hash) {
	c.hashes, c.levels = append(c.hashes, h), append(c.levels, 0)
	for k := len(c.levels) - 1; k > 0 && c.levels[k] == c.levels[k-1]; k-- {
		c.hashes[k-1] = tlog.NodeHash(c.hashes[k-1], c.hashes[k])
		c.levels[k-1]++
		c.hashes, c.levels = c.hashes[:k], c.levels[:k]
	}
}

func (c *compact) root() tlog.Hash {
	h := c.hashes[len(c.hashes)-1]
	for k := len(c.hashes) - 2; k >= 0; k-- {
		h = tlog.NodeHash(c.hashes[k], h)
	}
	return h
}
