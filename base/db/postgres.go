package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// poolSize is the number of connections for each of reading and writing unless the address says
// pool_max_conns. Two nodes then stay well under PostgreSQL's usual 100.
const poolSize = 16

// retries is how often a write is run again after a conflict with another one.
const retries = 20

type postgres struct {
	reads, writes                      *pgxpool.Pool
	written, commits, replays, waiting atomic.Int64
	readsRenewed, writesRenewed        atomic.Bool // just now
}

// renewal is how often a pool may be emptied. After a fail-over everybody meets a dead connection at about the same time;
// if each of them emptied the pool, they would throw away what the others have just connected, and nobody would get through.
const renewal = 2 * time.Second

func renew(pool *pgxpool.Pool, renewed *atomic.Bool) {
	if renewed.CompareAndSwap(false, true) {
		pool.Reset()
		time.AfterFunc(renewal, func() { renewed.Store(false) })
	}
}

func openPostgres(ctx context.Context, url string) (*postgres, error) {
	writes, err := openPool(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	if err := assertDurable(ctx, writes); err != nil {
		writes.Close()
		return nil, err
	}
	reads, err := openPool(ctx, url, map[string]string{"default_transaction_read_only": "on"})
	if err != nil {
		writes.Close()
		return nil, err
	}
	return &postgres{reads: reads, writes: writes}, nil
}

func openPool(ctx context.Context, url string, settings map[string]string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(url, "pool_max_conns") {
		c.MaxConns = poolSize
	}
	c.ConnConfig.DialFunc = dialer().DialContext
	set := c.ConnConfig.RuntimeParams
	set["application_name"] = "jishi"
	// An answer means durable, whatever the server's default is; a synchronous standby stays as set.
	if _, said := set["synchronous_commit"]; !said {
		set["synchronous_commit"] = "on"
	}
	for k, v := range settings {
		set[k] = v
	}
	return pgxpool.NewWithConfig(ctx, c)
}

// assertDurable refuses a server that would lose acknowledged rows at a power cut or cannot hold our text.
func assertDurable(ctx context.Context, pool *pgxpool.Pool) error {
	var fsync, encoding string
	err := pool.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('server_encoding')").Scan(&fsync, &encoding)
	if err != nil {
		return translate(err, "")
	}
	if fsync != "on" {
		return fmt.Errorf("the server runs with fsync=%s and may lose what it acknowledged; set fsync=on", fsync)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database is encoded in %s; create it with ENCODING 'UTF8'", encoding)
	}
	return nil
}

func (p *postgres) row(ctx context.Context, sql string, args, dest []any) error {
	return p.read(ctx, func() error { return p.reads.QueryRow(ctx, sql, args...).Scan(dest...) })
}

func (p *postgres) each(ctx context.Context, sql string, args []any, row func(func(...any) error) error) error {
	given := false
	return p.read(ctx, func() error {
		rows, err := p.reads.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		return pgEach(rows, func(scan func(...any) error) error { given = true; return row(scan) })
	}, &given) // once the caller has seen a row, it must not see it again
}

// read asks a second time after a restart or a fail-over of the server, which leaves dead
// connections in the pool.
func (p *postgres) read(ctx context.Context, ask func() error, given ...*bool) error {
	err := ask()
	if err == nil || ctx.Err() != nil || !cutOff(err) || len(given) > 0 && *given[0] {
		return err
	}
	renew(p.reads, &p.readsRenewed)
	return ask()
}

// cutOff tells that the connection was lost, not that the statement was refused.
func cutOff(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return strings.HasPrefix(e.Code, "57P") // shut down, crashed, starting
	}
	return errors.Is(classify(err), ErrUnavailable)
}

func pgEach(rows pgx.Rows, row func(func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// write runs fn again when PostgreSQL chose it as the loser of a conflict or a deadlock, or when the
// connection broke before the commit was sent; the sleep grows, so that the same writers do not meet
// again. When it broke after that, nobody here knows whether it is stored: that is ErrUnavailable,
// and the caller's one-time token tells the next time.
func (p *postgres) write(ctx context.Context, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		undone, err := p.once(ctx, fn)
		if err == nil {
			p.written.Add(1)
			return nil
		}
		lost := undone && cutOff(err)
		if !conflict(err) && !lost || try > retries || ctx.Err() != nil {
			return err
		}
		if lost {
			renew(p.writes, &p.writesRenewed)
		}
		p.replays.Add(1)
		most := min(time.Millisecond<<min(try, 8), 200*time.Millisecond)
		select {
		case <-time.After(time.Duration(rand.Int64N(int64(most)) + 1)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func conflict(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

// once runs fn in one transaction; undone means that, if it failed, certainly nothing was stored.
func (p *postgres) once(ctx context.Context, fn func(tx *Tx) error) (undone bool, err error) {
	p.waiting.Add(1)
	conn, err := p.writes.Acquire(ctx)
	p.waiting.Add(-1)
	if err != nil {
		return false, err // the server is not there at all: say so at once
	}
	s := &pgSession{conn: conn.Conn()}
	defer conn.Release()
	defer s.undo() // before Release; does nothing after a commit
	s.queue("begin", nil)
	if err := call(&Tx{on: s}, fn); err != nil {
		return true, err
	}
	if !s.sent && s.batch.Len() == 1 { // nothing but "begin"
		return true, nil
	}
	s.queue("commit", nil)
	// A commit is waited for even when the caller has gone. To break it off lets a server that waits for its standby
	// show at once what is on one disk only; the caller's second try would then be told that it is done.
	if err := s.flush(context.WithoutCancel(ctx)); err != nil {
		return pgconn.SafeToRetry(err), err
	}
	p.commits.Add(1)
	return true, nil
}

// pgSession is one transaction. What need not be answered at once is queued and travels with the
// next statement that does, so that a write of Puts alone costs a single round trip, begin and commit included.
type pgSession struct {
	conn  *pgx.Conn
	batch *pgx.Batch
	sent  bool
}

func (s *pgSession) queue(sql string, args []any) {
	if s.batch == nil {
		s.batch = &pgx.Batch{}
	}
	s.batch.Queue(sql, args...)
}

// send sends the queue; last reads the answer of its last statement. A failed statement makes the
// server skip the rest of the queue, "commit" among it.
func (s *pgSession) send(ctx context.Context, last func(br pgx.BatchResults) error) error {
	b := s.batch
	s.batch, s.sent = &pgx.Batch{}, true
	br := s.conn.SendBatch(ctx, b)
	for i := range b.Len() - 1 {
		if _, err := br.Exec(); err != nil {
			br.Close()
			return translate(err, b.QueuedQueries[i].SQL)
		}
	}
	err := last(br)
	if e := br.Close(); err == nil {
		err = e
	}
	return err
}

func (s *pgSession) flush(ctx context.Context) error {
	return s.send(ctx, func(br pgx.BatchResults) error {
		tag, err := br.Exec()
		if err == nil && tag.String() == "ROLLBACK" {
			err = fmt.Errorf("%w: PostgreSQL rolled back at commit", ErrUnavailable)
		}
		return err
	})
}

// undo leaves the connection clean for the next one, also when fn panicked or ended its goroutine.
func (s *pgSession) undo() {
	if s.conn.IsClosed() || s.conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := s.conn.Exec(ctx, "rollback"); err != nil {
		s.conn.Close(ctx)
	}
}

func (s *pgSession) row(ctx context.Context, sql string, args, dest []any) error {
	s.queue(sql, args)
	return s.send(ctx, func(br pgx.BatchResults) error { return br.QueryRow().Scan(dest...) })
}

func (s *pgSession) each(ctx context.Context, sql string, args []any, row func(func(...any) error) error) error {
	s.queue(sql, args)
	return s.send(ctx, func(br pgx.BatchResults) error {
		rows, err := br.Query()
		if err != nil {
			return err
		}
		return pgEach(rows, row)
	})
}

func (s *pgSession) exec(ctx context.Context, sql string, args []any) (rows int64, err error) {
	s.queue(sql, args)
	err = s.send(ctx, func(br pgx.BatchResults) error {
		tag, err := br.Exec()
		rows = tag.RowsAffected()
		return err
	})
	return rows, err
}

func (s *pgSession) put(_ context.Context, sql string, args []any) error {
	s.queue(sql, args)
	return nil
}

func (s *pgSession) many() {
	s.queue("SET LOCAL plan_cache_mode = force_custom_plan", nil)
	s.queue("SET LOCAL enable_seqscan = off", nil)
}

func (p *postgres) ping(ctx context.Context) error { return p.reads.Ping(ctx) }

func (p *postgres) stats() Stats {
	r, w := p.reads.Stat(), p.writes.Stat()
	return Stats{Writes: p.written.Load(), Commits: p.commits.Load(), Replays: p.replays.Load(), Waiting: p.waiting.Load(),
		ReadsOpen: int(r.TotalConns()), ReadsBusy: int(r.AcquiredConns()),
		WritesOpen: int(w.TotalConns()), WritesBusy: int(w.AcquiredConns())}
}

func (p *postgres) close() error {
	p.writes.Close()
	p.reads.Close()
	return nil
}

func (p *postgres) migrate(ctx context.Context, files fs.FS) error {
	d := stdlib.OpenDB(*p.writes.Config().ConnConfig)
	defer d.Close()
	return migrate(ctx, d, PostgreSQL, files)
}

func (p *postgres) backup(context.Context, string) error {
	return errors.New("db: backup: on PostgreSQL use pg_dump, or pg_basebackup with the server's own archive")
}
