package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// logLimit is how many bytes the write-ahead log may take before the writer stops for a moment and has it emptied.
// SQLite empties it by itself only in an instant in which nobody reads: under steady load there is none, and the log
// grew to as much as the database, to be read through again after each crash.
const logLimit = 64 << 20

// groupSize is how many waiting writes share one fsync. More only makes each of them wait longer:
// measured, 256 waiting gave fewer transactions a second than 64.
const groupSize = 64

// job is one write function waiting for its turn. Handing it over is the turn: the queue has no
// buffer, so a caller that gives up while waiting was never taken.
type job struct {
	fn   func(tx *Tx) error
	done chan error
}

// writer owns the one connection that writes. Its goroutine takes whoever waits, runs them one
// after the other in one transaction, commits once, and only then answers them all.
type writer struct {
	path  string
	empty int64 // bytes of the log from which on it is emptied
	pool  *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	queue chan *job
	quit  chan struct{}
	over  chan struct{}
	once  sync.Once

	self    atomic.Value // the writing goroutine's name
	pending []*job       // taken, not answered yet

	written, commits, replays, waiting, busy atomic.Int64
}

func openWriter(ctx context.Context, path, dsn string) (*writer, error) {
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(ctx)
	if err == nil {
		err = assertVersion(ctx, conn)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	w := &writer{path: path, empty: logLimit, pool: pool, conn: conn, stmts: map[string]*sql.Stmt{},
		queue: make(chan *job), quit: make(chan struct{}), over: make(chan struct{})}
	go w.loop()
	return w, nil
}

func (w *writer) do(ctx context.Context, fn func(tx *Tx) error) error {
	j := &job{fn: fn, done: make(chan error, 1)}
	w.waiting.Add(1)
	err := w.hand(ctx, j)
	w.waiting.Add(-1)
	if err != nil {
		return err
	}
	return <-j.done
}

// hand gives the job to the writer, or says why it never will be.
func (w *writer) hand(ctx context.Context, j *job) error {
	doubt := time.NewTimer(time.Second)
	defer doubt.Stop()
	for {
		select {
		case w.queue <- j:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-w.quit:
			return errClosed
		case <-doubt.C:
			if goroutine() == w.self.Load() {
				return errNested // it waits for itself and would wait for ever
			}
		}
	}
}

// goroutine is the number in "goroutine 7 [running]", the only name the runtime gives a goroutine.
func goroutine() string {
	var b [32]byte
	return strings.Fields(string(b[:runtime.Stack(b[:], false)]))[1]
}

func (w *writer) loop() {
	w.self.Store(goroutine())
	// A function that ends its goroutine (a test's FailNow) must not leave everybody else waiting
	// for ever: undo, tell those it dragged along, and go on in a new goroutine.
	normal := false
	defer func() {
		if normal {
			close(w.over)
			return
		}
		w.run("ROLLBACK")
		w.answer(w.pending, errEnded)
		go w.loop()
	}()
	for {
		select {
		case j := <-w.queue:
			w.busy.Store(1)
			w.group(j)
			w.emptyLog()
			w.busy.Store(0)
		case <-w.quit:
			normal = true
			return
		}
	}
}

// group runs first and whoever else waits in one transaction.
func (w *writer) group(first *job) {
	w.pending = append(w.pending[:0], first)
	if err := w.run("BEGIN IMMEDIATE"); err != nil {
		w.answer(w.pending, err)
		return
	}
	kept := make([]*job, 0, groupSize)
	var refused []refusal
	for n, j := 0, first; j != nil; n, j = n+1, w.next(n+1) {
		s := &liteSession{w: w}
		tx := &Tx{on: s}
		err := call(tx, j.fn)
		switch {
		case err == nil:
			kept = append(kept, j)
		case !s.wrote && len(kept) == 0:
			w.drop(j, err) // nothing of it is in the transaction: the others do not notice
		case !s.wrote: // it may have met what somebody before it in this group wrote
			refused = append(refused, refusal{j, err})
		default:
			// Its half can only be undone together with everybody's work; a savepoint for each
			// would cost a third of the speed for a case that is rare.
			w.run("ROLLBACK")
			w.replays.Add(1)
			w.alone(append([]*job{}, w.pending...))
			return
		}
	}
	w.finish(kept, refused)
}

// refusal is a job that left nothing behind, with what it met.
type refusal struct {
	job *job
	err error
}

// emptyLog has the log emptied when it is past its limit. It waits a tenth of a second for those who read; a long
// reader, a backup say, is not waited for: it is tried again when the log has grown by another quarter of the limit.
func (w *writer) emptyLog() {
	f, err := os.Stat(w.path + "-wal")
	if err != nil || f.Size() <= w.empty {
		return
	}
	var busy, frames, copied int
	w.run("PRAGMA busy_timeout = 100")
	err = w.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &copied)
	w.run(fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout))
	w.empty = logLimit
	if err != nil || busy != 0 {
		w.empty = f.Size() + logLimit/4
	}
}

// next is another job that waits already, or nil.
func (w *writer) next(n int) *job {
	if n >= groupSize {
		return nil
	}
	select {
	case j := <-w.queue:
		w.pending = append(w.pending, j)
		return j
	default:
		return nil
	}
}

// finish commits and answers. A crash before the commit's fsync: nobody was answered, nothing is
// there. A crash after it: all of it is there, and those not answered will find it when they ask again.
// Nobody is told "it exists already" before what exists can be read.
func (w *writer) finish(kept []*job, refused []refusal) {
	err := w.run("COMMIT")
	if err == nil {
		w.commits.Add(1)
		w.written.Add(int64(len(kept)))
		for _, r := range refused {
			w.drop(r.job, r.err)
		}
		w.answer(kept, nil)
		return
	}
	w.run("ROLLBACK")
	for _, r := range refused { // what it met is gone
		w.alone([]*job{r.job})
	}
	var e *sqlite.Error
	if len(kept) > 1 && errors.As(err, &e) && e.Code()&0xff == 19 { // a deferred constraint of one of them
		w.replays.Add(1)
		w.alone(kept)
		return
	}
	w.answer(kept, err)
}

// alone runs each in its own transaction, so that each gets its own answer.
func (w *writer) alone(jobs []*job) {
	for _, j := range jobs {
		err := w.single(j)
		w.drop(j, err)
	}
}

func (w *writer) single(j *job) error {
	if err := w.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := call(&Tx{on: &liteSession{w: w}}, j.fn)
	if err == nil {
		if err = w.run("COMMIT"); err == nil {
			w.commits.Add(1)
			w.written.Add(1)
			return nil
		}
	}
	w.run("ROLLBACK")
	return err
}

// answer answers all that are still pending.
func (w *writer) answer(jobs []*job, err error) {
	for _, j := range jobs {
		j.done <- err
	}
	w.pending = w.pending[:0]
}

// drop answers one job and forgets it.
func (w *writer) drop(j *job, err error) {
	for i, p := range w.pending {
		if p == j {
			w.pending = append(w.pending[:i], w.pending[i+1:]...)
			break
		}
	}
	j.done <- err
}

// run takes BEGIN, COMMIT or ROLLBACK. No caller's context reaches the shared transaction.
func (w *writer) run(text string) error {
	s, err := w.prepared(text)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background())
	return err
}

func (w *writer) prepared(text string) (*sql.Stmt, error) {
	if s, ok := w.stmts[text]; ok {
		return s, nil
	}
	if len(w.stmts) >= 512 { // statements built by filters; start again rather than grow
		for k, s := range w.stmts {
			s.Close()
			delete(w.stmts, k)
		}
	}
	s, err := w.conn.PrepareContext(context.Background(), unnamed(text))
	if err != nil {
		return nil, err
	}
	w.stmts[text] = s
	return s, nil
}

func (w *writer) stats() Stats {
	return Stats{Writes: w.written.Load(), Commits: w.commits.Load(), Replays: w.replays.Load(),
		Waiting: w.waiting.Load(), WritesOpen: 1, WritesBusy: int(w.busy.Load())}
}

func (w *writer) close() error {
	w.once.Do(func() { close(w.quit) })
	<-w.over
	for _, s := range w.stmts {
		s.Close()
	}
	w.conn.Close()
	return w.pool.Close()
}

// liteSession is one function's part of the shared transaction.
type liteSession struct {
	w     *writer
	wrote bool // something of it may be in the transaction, or the transaction itself may be broken
}

func (s *liteSession) row(_ context.Context, text string, args, dest []any) error {
	p, err := s.w.prepared(text)
	if err != nil {
		return err
	}
	err = p.QueryRowContext(context.Background(), args...).Scan(dest...)
	s.mark(text, err, 1)
	return err
}

func (s *liteSession) each(_ context.Context, text string, args []any, row func(func(...any) error) error) error {
	p, err := s.w.prepared(text)
	if err != nil {
		return err
	}
	if !reads(text) {
		s.wrote = true
	}
	err = eachRow(context.Background(), p, args, row)
	s.mark(text, err, 0)
	return err
}

func (s *liteSession) exec(_ context.Context, text string, args []any) (int64, error) {
	p, err := s.w.prepared(text)
	if err != nil {
		return 0, err
	}
	res, err := p.ExecContext(context.Background(), args...)
	if err != nil {
		s.mark(text, err, 0)
		return 0, err
	}
	n, err := res.RowsAffected()
	s.mark(text, err, n)
	return n, err
}

func (s *liteSession) put(ctx context.Context, text string, args []any) error {
	_, err := s.exec(ctx, text, args)
	return err
}

// many changes nothing: SQLite plans by the statement and not by how large the tables are.
func (s *liteSession) many() {}

// mark notes whether the statement left something behind. A broken constraint leaves nothing
// (SQLite undoes the statement); any other failure may have ended the transaction.
func (s *liteSession) mark(text string, err error, rows int64) {
	var e *sqlite.Error
	switch {
	case errors.As(err, &e):
		s.wrote = s.wrote || e.Code()&0xff != 19
	case !reads(text) && (rows > 0 || err != nil):
		s.wrote = true
	}
}

// reads tells a plain SELECT from everything that may change a row, INSERT … RETURNING included.
func reads(text string) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(text[:min(len(text), 64)])), "SELECT")
}
