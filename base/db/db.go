// Package db is the one door to SQL: one text in PostgreSQL's grammar with $1, $2…, two engines.
//
// A small office runs on one SQLite file, a province on PostgreSQL. Nobody above this floor asks
// which one it is; the few differences that remain are written at the functions below.
//
// What callers keep to: instants are BIGINT milliseconds UTC, days are TEXT, flags are BOOLEAN with
// TRUE and FALSE, bytes are BYTEA; no NULL; compared text is COLLATE "C" in the migration.
package db

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
)

// Engine says which database stands behind the door.
type Engine int

const (
	SQLite Engine = iota
	PostgreSQL
)

func (e Engine) String() string {
	if e == PostgreSQL {
		return "postgres"
	}
	return "sqlite"
}

// Reader reads: *DB outside any transaction, *Tx inside one.
type Reader interface {
	// Row scans the first row into dest; ErrNotFound when there is none.
	Row(ctx context.Context, sql string, args []any, dest ...any) error
	// Each calls row once for every row. No other statement may run on the same Tx meanwhile.
	Each(ctx context.Context, sql string, args []any, row func(scan func(dest ...any) error) error) error
}

// Stats are the numbers an operator watches.
type Stats struct {
	Writes     int64 // write functions that were stored
	Commits    int64 // transactions that carried them: Writes/Commits is the size of a group
	Replays    int64 // SQLite: groups undone and run one by one; PostgreSQL: functions run again after a conflict
	Waiting    int64 // write functions in the queue now
	ReadsOpen  int   // connections of the read pool
	ReadsBusy  int   // of these, at work now
	WritesOpen int   // connections that write
	WritesBusy int   // of these, at work now
}

// home is an engine behind the door.
type home interface {
	row(ctx context.Context, sql string, args []any, dest []any) error
	each(ctx context.Context, sql string, args []any, row func(scan func(dest ...any) error) error) error
	write(ctx context.Context, fn func(tx *Tx) error) error
	migrate(ctx context.Context, files fs.FS) error
	backup(ctx context.Context, path string) error
	ping(ctx context.Context) error
	stats() Stats
	close() error
}

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	engine Engine
	home   home
}

// Open opens "sqlite:/path/file.db", made when it is missing, or "postgres://…". It refuses an
// engine that could lose what it acknowledged.
func Open(ctx context.Context, url string) (*DB, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		h, err := openSQLite(ctx, strings.TrimPrefix(rest, "//"))
		if err != nil {
			return nil, fmt.Errorf("db: open SQLite: %w", err)
		}
		return &DB{SQLite, h}, nil
	case "postgres", "postgresql":
		h, err := openPostgres(ctx, url)
		if err != nil {
			return nil, fmt.Errorf("db: open PostgreSQL: %w", err)
		}
		return &DB{PostgreSQL, h}, nil
	}
	// The address may hold a password, so it is not repeated.
	return nil, fmt.Errorf("db: the database address must begin with sqlite: or postgres://, not %q", scheme+":")
}

// Engine tells which engine it is, for the rare statement that exists on one only.
func (d *DB) Engine() Engine { return d.engine }

// Row reads outside a transaction; see Reader.
func (d *DB) Row(ctx context.Context, sql string, args []any, dest ...any) error {
	args, err := plain(args)
	if err != nil {
		return err
	}
	return translate(d.home.row(ctx, sql, args, dest), sql)
}

// Each reads outside a transaction; see Reader. An error of row ends the reading and is returned as it is.
func (d *DB) Each(ctx context.Context, sql string, args []any, row func(scan func(dest ...any) error) error) error {
	return each(ctx, d.home.each, sql, args, row)
}

// Write runs fn in one transaction and returns when it is durable, or undone.
//
// fn may run more than once, so it must do nothing that cannot be undone outside tx, and it must
// not call Write itself. Any failed statement dooms the transaction on both engines, even when fn
// swallows the error: PostgreSQL would refuse to go on, and SQLite must not behave better.
// What fn read may have changed before it writes on PostgreSQL (read committed): guard with
// "WHERE seq = $1" or a unique key and look at the row count.
//
// When ctx ends while fn waits its turn, fn never ran; once it runs, the true outcome is awaited.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return translate(d.home.write(ctx, fn), "")
}

// Migrate brings the schema forward; files hold goose migrations "NNNN_name.sql", up only. Several
// nodes may call it at once on PostgreSQL. It refuses a database that a newer program has changed.
func (d *DB) Migrate(ctx context.Context, files fs.FS) error {
	return translate(d.home.migrate(ctx, files), "")
}

// Backup writes a consistent copy to path, which must not exist yet, while the program runs.
func (d *DB) Backup(ctx context.Context, path string) error {
	return translate(d.home.backup(ctx, path), "")
}

// Ping answers whether a read would be answered now.
func (d *DB) Ping(ctx context.Context) error { return translate(d.home.ping(ctx), "") }

// Stats reports the queue and the pools.
func (d *DB) Stats() Stats { return d.home.stats() }

// Close answers the writes it took, then closes.
func (d *DB) Close() error { return d.home.close() }

// session is one engine's running transaction.
type session interface {
	row(ctx context.Context, sql string, args []any, dest []any) error
	each(ctx context.Context, sql string, args []any, row func(scan func(dest ...any) error) error) error
	exec(ctx context.Context, sql string, args []any) (int64, error)
	put(ctx context.Context, sql string, args []any) error
	many()
}

// Tx is a running transaction; it is used by one goroutine and only inside the function given to Write.
type Tx struct {
	on      session
	failed  error // the first statement that failed; nothing more is sent
	reading bool  // inside Each
}

// Row reads inside the transaction and sees what it wrote; also for INSERT … RETURNING.
func (t *Tx) Row(ctx context.Context, sql string, args []any, dest ...any) error {
	args, err := t.ready(args)
	if err != nil {
		return err
	}
	return t.note(t.on.row(ctx, sql, args, dest), sql)
}

// Each reads inside the transaction; see Reader.
func (t *Tx) Each(ctx context.Context, sql string, args []any, row func(scan func(dest ...any) error) error) error {
	args, err := t.ready(args)
	if err != nil {
		return err
	}
	t.reading = true
	defer func() { t.reading = false }()
	var own error
	err = t.on.each(ctx, sql, args, func(scan func(dest ...any) error) error {
		own = row(scan)
		return own
	})
	if own != nil {
		return own
	}
	return t.note(err, sql)
}

// Exec runs a statement and tells how many rows it changed.
func (t *Tx) Exec(ctx context.Context, sql string, args ...any) (rows int64, err error) {
	if args, err = t.ready(args); err != nil {
		return 0, err
	}
	rows, err = t.on.exec(ctx, sql, args)
	return rows, t.note(err, sql)
}

// Put is Exec for a statement whose result is not needed. On PostgreSQL it travels with the next
// statement or with the commit, and its error may come out there: look at Write's error, not at Put's.
func (t *Tx) Put(ctx context.Context, sql string, args ...any) error {
	args, err := t.ready(args)
	if err != nil {
		return err
	}
	return t.note(t.on.put(ctx, sql, args), sql)
}

// Many says that what follows in this transaction looks up hundreds of rows by their keys with each statement. It changes
// no answer. PostgreSQL is told to plan each statement for what it asks, by the indexes: it would keep the plan that it
// made when the tables were small, and go through the whole of them a hundred times while a long file comes in.
func (t *Tx) Many() { t.on.many() }

func (t *Tx) ready(args []any) ([]any, error) {
	if t.failed != nil {
		return nil, fmt.Errorf("db: the transaction has already failed: %w", t.failed)
	}
	if t.reading {
		return nil, fmt.Errorf("db: a statement inside Each: collect the rows first")
	}
	return plain(args)
}

// note remembers a failed statement, so that the transaction cannot be committed with a hole in it.
func (t *Tx) note(err error, sql string) error {
	err = translate(err, sql)
	if err != nil && !isNoRow(err) {
		t.failed = err
	}
	return err
}

func each(ctx context.Context, run func(context.Context, string, []any, func(func(...any) error) error) error,
	sql string, args []any, row func(scan func(dest ...any) error) error) error {
	args, err := plain(args)
	if err != nil {
		return err
	}
	var own error
	err = run(ctx, sql, args, func(scan func(dest ...any) error) error {
		own = row(scan)
		return own
	})
	if own != nil {
		return own
	}
	return translate(err, sql)
}

// call runs fn; a panic becomes an error of this caller and stops nobody else.
func call(tx *Tx, fn func(tx *Tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicked{value: r, stack: stack()}
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.failed
}
