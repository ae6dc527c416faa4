package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/semver"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// oldestSQLite is the first version without the race in resetting the write-ahead log that could
// corrupt a database (fixed in 3.51.3).
const oldestSQLite = "v3.51.3"

const (
	readCache   = "cache_size(-8000)"        // KiB per reader
	writeCache  = "cache_size(-32000)"       // KiB
	readMap     = "mmap_size(67108864)"      // bytes per reader: reading through the map halves a page's cost
	busyTimeout = 10000                      // milliseconds that a connection waits for another
	checkpoint  = "wal_autocheckpoint(4000)" // pages: at 1000 the writer stalls 3–6 ms now and then, at 4000 rarely
)

type lite struct {
	path   string
	reads  *sql.DB
	writes *writer
	stmts  sync.Map // SQL → *sql.Stmt of the read pool
	count  int
	mu     sync.Mutex
}

func openSQLite(ctx context.Context, path string) (*lite, error) {
	if path == "" {
		return nil, fmt.Errorf("the address names no file; write sqlite:/path/file.db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := makeFile(path); err != nil {
		return nil, err
	}
	w, err := openWriter(ctx, path, dsn(path, writeCache, checkpoint))
	if err != nil {
		return nil, err
	}
	reads, err := sql.Open("sqlite", dsn(path, readCache, readMap, "query_only(1)"))
	if err != nil {
		w.close()
		return nil, err
	}
	n := max(4, 2*runtime.NumCPU())
	reads.SetMaxOpenConns(n)
	reads.SetMaxIdleConns(n)
	return &lite{path: path, reads: reads, writes: w}, nil
}

// makeFile makes the folder and the file for their owner alone; SQLite gives its -wal and -shm the same mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dsn orders the pragmas: busy_timeout first, because switching to WAL may itself have to wait.
func dsn(path string, more ...string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/…
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)",
		"secure_delete(FAST)", // what is erased is overwritten where its page is written anyway
	}, more...)}
	return (&url.URL{Scheme: "file", Path: p, RawQuery: q.Encode()}).String()
}

func assertVersion(ctx context.Context, c *sql.Conn) error {
	var v string
	if err := c.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&v); err != nil {
		return err
	}
	if semver.Compare("v"+v, oldestSQLite) < 0 {
		return fmt.Errorf("SQLite %s can corrupt its write-ahead log; %s or newer is needed", v, oldestSQLite[1:])
	}
	return nil
}

// prepared keeps the statements of the read pool: the program has a few hundred; what is built
// beyond that by filters is run without keeping it.
func (l *lite) prepared(ctx context.Context, text string) (stmt *sql.Stmt, done func(), err error) {
	if s, ok := l.stmts.Load(text); ok {
		return s.(*sql.Stmt), func() {}, nil
	}
	s, err := l.reads.PrepareContext(ctx, unnamed(text))
	if err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, there := l.stmts.Load(text); there || l.count >= 512 {
		return s, func() { s.Close() }, nil
	}
	l.count++
	l.stmts.Store(text, s)
	return s, func() {}, nil
}

// place is a place for a value, or a text in quotes, which may look like one.
var place = regexp.MustCompile(`'[^']*'|\$[0-9]+`)

// unnamed takes the names from the places for values of a long statement, where they are $1, $2 … in order, which ? is
// too. The driver asks for each place's name, and SQLite goes through all of them from the first to find it: two thousand
// values are two million steps each time that the statement runs.
func unnamed(text string) string {
	if strings.Count(text, "$") < 32 {
		return text
	}
	n, ordered := 0, true
	bare := place.ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '\'' {
			return s
		}
		n++
		ordered = ordered && s == "$"+strconv.Itoa(n)
		return "?"
	})
	if !ordered {
		return text
	}
	return bare
}

func (l *lite) row(ctx context.Context, text string, args, dest []any) error {
	s, done, err := l.prepared(ctx, text)
	if err != nil {
		return err
	}
	defer done()
	return s.QueryRowContext(ctx, args...).Scan(dest...)
}

func (l *lite) each(ctx context.Context, text string, args []any, row func(func(...any) error) error) error {
	s, done, err := l.prepared(ctx, text)
	if err != nil {
		return err
	}
	defer done()
	return eachRow(ctx, s, args, row)
}

func eachRow(ctx context.Context, s *sql.Stmt, args []any, row func(func(...any) error) error) error {
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (l *lite) write(ctx context.Context, fn func(tx *Tx) error) error { return l.writes.do(ctx, fn) }

func (l *lite) ping(ctx context.Context) error {
	var n int
	return l.row(ctx, "SELECT 1", nil, []any{&n})
}

func (l *lite) stats() Stats {
	s := l.writes.stats()
	r := l.reads.Stats()
	s.ReadsOpen, s.ReadsBusy = r.OpenConnections, r.InUse
	return s
}

func (l *lite) close() error {
	err := l.writes.close()
	if e := l.reads.Close(); err == nil {
		err = e
	}
	return err
}

func (l *lite) migrate(ctx context.Context, files fs.FS) error {
	d, err := sql.Open("sqlite", dsn(l.path))
	if err != nil {
		return err
	}
	defer d.Close()
	return migrate(ctx, d, SQLite, files)
}

// backup copies through SQLite itself (VACUUM INTO): one snapshot, defragmented, while writers go on.
func (l *lite) backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("db: backup: %s exists already", path)
	}
	d, err := sql.Open("sqlite", dsn(l.path))
	if err != nil {
		return err
	}
	defer d.Close()
	// Made first, for its owner alone: VACUUM INTO accepts an empty file.
	if err := makeFile(path); err != nil {
		return err
	}
	if _, err := d.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		os.Remove(path)
		return err
	}
	return syncFile(path)
}

// syncFile makes a new file and its name durable.
func syncFile(path string) error {
	for _, p := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		err = f.Sync()
		f.Close()
		// Windows cannot sync a folder; its journal keeps the name.
		if err != nil && runtime.GOOS != "windows" {
			return err
		}
	}
	return nil
}
