package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// What both drivers' errors become; ask with errors.Is.
var (
	ErrNotFound    = errors.New("db: no such row")
	ErrExists      = errors.New("db: it exists already")                    // a unique or primary key
	ErrForeign     = errors.New("db: it refers to a row that is not there") // or is referred to by one that is
	ErrUnavailable = errors.New("db: the database cannot answer now")       // busy, full, restarting, unreachable
	errClosed      = fmt.Errorf("%w: it is closed", ErrUnavailable)         // after Close
	errNested      = errors.New("db: Write was called inside Write: use the tx that is given")
	errEnded       = fmt.Errorf("%w: a write ended its goroutine", ErrUnavailable) // runtime.Goexit inside fn
)

// panicked is a panic of a write function; its stack is for the log.
type panicked struct {
	value any
	stack string
}

func (p *panicked) Error() string {
	return fmt.Sprintf("db: panic in a write: %v\n%s", p.value, p.stack)
}

func stack() string { return string(debug.Stack()) }

func isNoRow(err error) bool { return errors.Is(err, ErrNotFound) }

// translate is the door: no driver's error goes further without one of our names, if it has one.
// Its text keeps the statement's beginning and never the arguments, which may be a person's.
func translate(err error, stmt string) error {
	if err == nil || ours(err) {
		return err
	}
	name := classify(err)
	if name == ErrNotFound {
		return name
	}
	at := ""
	if stmt != "" {
		at = " in " + brief(stmt)
	}
	if name == nil {
		if at == "" {
			return err
		}
		return fmt.Errorf("db: %w%s", err, at)
	}
	return fmt.Errorf("%w: %w%s", name, err, at)
}

func ours(err error) bool {
	for _, e := range []error{ErrNotFound, ErrExists, ErrForeign, ErrUnavailable, ErrText} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func classify(err error) error {
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return classifySQLite(lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return classifyPostgres(pg.Code)
	}
	var dial *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &dial) || errors.As(err, &network) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, sql.ErrConnDone) ||
		pgconn.SafeToRetry(err) {
		return ErrUnavailable
	}
	return nil
}

// classifySQLite reads https://www.sqlite.org/rescode.html, extended codes first.
func classifySQLite(code int) error {
	switch code {
	case 1555, 2067, 2579: // primary key, unique, rowid
		return ErrExists
	case 787: // foreign key
		return ErrForeign
	}
	switch code & 0xff {
	case 5, 6, 7, 8, 10, 13, 14: // busy, locked, no memory, read-only, I/O, full, cannot open
		return ErrUnavailable
	}
	return nil
}

// classifyPostgres reads the SQLSTATE table of PostgreSQL's appendix A.
func classifyPostgres(code string) error {
	switch code {
	case "23505":
		return ErrExists
	case "23503":
		return ErrForeign
	case "25006", "40001", "40P01", "55P03": // read-only after a fail-over, conflict, deadlock, lock not had
		return ErrUnavailable
	}
	switch code[:min(2, len(code))] {
	case "08", "53", "57", "58": // connection, resources, operator, system
		return ErrUnavailable
	}
	return nil
}

func brief(stmt string) string {
	s := strings.Join(strings.Fields(stmt), " ")
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	return "“" + s + "”"
}
