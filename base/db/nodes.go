package db

import (
	"context"
	"fmt"
	"time"
)

const (
	// The time is the database's: a node whose clock is a month ahead would hold the lease for a month after its end.
	takeLease = `INSERT INTO lease (name, holder, until) VALUES ($1, $2, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) + $3)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE lease.holder = excluded.holder OR lease.until < excluded.until - $3`
	endLease = `DELETE FROM lease WHERE name = $1 AND holder = $2`
	bumpMark = `INSERT INTO mark (name, n) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET n = mark.n + 1`
)

// Lead takes or renews the lease for the holder, and reports whether the holder has it, for life from now on. The embedded database has one process, which always leads. What is done under a lease must stand two that do it at once:
// a node that stood still may wake up and not know yet that another took over.
func (d *DB) Lead(ctx context.Context, name, holder string, life time.Duration) (bool, error) {
	if d.engine == SQLite {
		return true, nil
	}
	var n int64
	err := d.Write(ctx, func(tx *Tx) (err error) {
		n, err = tx.Exec(ctx, takeLease, name, holder, life.Milliseconds())
		return err
	})
	if err != nil {
		return false, fmt.Errorf("db: lead %s: %w", name, err)
	}
	return n == 1, nil
}

// Resign gives the lease up, so that another need not wait for its end.
func (d *DB) Resign(ctx context.Context, name, holder string) error {
	if d.engine == SQLite {
		return nil
	}
	return d.Write(ctx, func(tx *Tx) error { return tx.Put(ctx, endLease, name, holder) })
}

// Mark tells the other nodes that what they keep in memory under the name has changed, when the transaction is done.
func (tx *Tx) Mark(ctx context.Context, name string) error { return tx.Put(ctx, bumpMark, name) }

// Marks are the numbers of all names.
func (d *DB) Marks(ctx context.Context) (map[string]int64, error) {
	marks := map[string]int64{}
	err := d.Each(ctx, `SELECT name, n FROM mark`, nil, func(scan func(...any) error) error {
		var name string
		var n int64
		err := scan(&name, &n)
		marks[name] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("db: marks: %w", err)
	}
	return marks, nil
}
