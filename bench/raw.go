package bench

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the same driver as the door's
)

// Row is one row of one filing: its statement in PostgreSQL's grammar, and its values.
type Row struct {
	SQL  string
	Args []any
}

// Filing is all rows of one filing, with the values in it that no two filings share.
type Filing struct {
	Rows   []Row
	Unique []string
}

// again is the filing as the n-th one: the same rows, the same number of bytes, other keys.
func (f Filing) again(n int) []Row {
	pairs := make([]string, 0, 2*len(f.Unique))
	for _, u := range f.Unique {
		pairs = append(pairs, u, u[:max(0, len(u)-9)]+fmt.Sprintf("%09d", n))
	}
	r := strings.NewReplacer(pairs...)
	rows := make([]Row, len(f.Rows))
	for i, row := range f.Rows {
		rows[i] = Row{row.SQL, make([]any, len(row.Args))}
		for j, a := range row.Args {
			if s, ok := a.(string); ok {
				a = r.Replace(s)
			}
			rows[i].Args[j] = a
		}
	}
	return rows
}

// ahead is how many filings are prepared before the watch starts, for each client.
const ahead = 100

// RawSQLite writes filings to the file with the durability of the door (WAL, synchronous=FULL), group of them in
// each transaction. SQLite has one writer, so more clients would only wait for each other. Preparing the values
// is not timed.
func RawSQLite(ctx context.Context, file string, f Filing, group int, d time.Duration) (rps float64, err error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "temp_store(MEMORY)", "secure_delete(FAST)", "cache_size(-32000)", "wal_autocheckpoint(4000)"}}
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: file, RawQuery: q.Encode()}).String())
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	w := rawLite{conn: conn, stmts: map[string]*sql.Stmt{}}
	n, spent := 0, time.Duration(0)
	for spent < d {
		groups := make([][][]Row, ahead)
		for i := range groups {
			for range group {
				groups[i] = append(groups[i], f.again(n))
				n++
			}
		}
		start := time.Now()
		for _, g := range groups {
			if err := w.group(ctx, g); err != nil {
				return 0, fmt.Errorf("bench: raw SQLite: %w", err)
			}
		}
		spent += time.Since(start)
	}
	return float64(n) / spent.Seconds(), nil
}

type rawLite struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func (w rawLite) run(ctx context.Context, text string, args []any) error {
	s := w.stmts[text]
	if s == nil {
		var err error
		if s, err = w.conn.PrepareContext(ctx, text); err != nil {
			return err
		}
		w.stmts[text] = s
	}
	_, err := s.ExecContext(ctx, args...)
	return err
}

func (w rawLite) group(ctx context.Context, filings [][]Row) error {
	if err := w.run(ctx, "BEGIN IMMEDIATE", nil); err != nil {
		return err
	}
	for _, rows := range filings {
		for _, row := range rows {
			if err := w.run(ctx, row.SQL, row.Args); err != nil {
				return err
			}
		}
	}
	return w.run(ctx, "COMMIT", nil)
}

// RawPostgres writes filings through c connections, each filing one transaction in one round trip: PostgreSQL
// lets them share an fsync by itself. Preparing the values is not timed.
func RawPostgres(ctx context.Context, server string, f Filing, c int, d time.Duration) (rps float64, err error) {
	conns := make([]*pgx.Conn, c)
	for i := range conns {
		if conns[i], err = pgx.Connect(ctx, server); err != nil {
			return 0, fmt.Errorf("bench: raw PostgreSQL: %w", err)
		}
		defer conns[i].Close(ctx)
	}
	n, spent := 0, time.Duration(0)
	for round := 0; spent < d; round++ {
		batches := make([][]*pgx.Batch, c)
		for i := range conns {
			for range ahead {
				batches[i] = append(batches[i], batch(f.again(n)))
				n++
			}
		}
		start := time.Now()
		if err := all(ctx, conns, batches); err != nil {
			return 0, fmt.Errorf("bench: raw PostgreSQL: %w", err)
		}
		if took := time.Since(start); round > 0 { // the first round also prepares the statements
			spent += took
		} else {
			n = 0
			f = f.other()
		}
	}
	return float64(n) / spent.Seconds(), nil
}

// other makes the filing's keys differ from those of the first round.
func (f Filing) other() Filing {
	pairs := []string{}
	o := Filing{Rows: make([]Row, len(f.Rows))}
	for _, u := range f.Unique {
		v := "z" + u[1:]
		pairs = append(pairs, u, v)
		o.Unique = append(o.Unique, v)
	}
	r := strings.NewReplacer(pairs...)
	for i, row := range f.Rows {
		o.Rows[i] = Row{SQL: row.SQL}
		for _, a := range row.Args {
			if s, ok := a.(string); ok {
				a = r.Replace(s)
			}
			o.Rows[i].Args = append(o.Rows[i].Args, a)
		}
	}
	return o
}

func batch(rows []Row) *pgx.Batch {
	b := &pgx.Batch{}
	b.Queue("begin")
	for _, row := range rows {
		b.Queue(row.SQL, row.Args...)
	}
	b.Queue("commit")
	return b
}

func all(ctx context.Context, conns []*pgx.Conn, batches [][]*pgx.Batch) error {
	errs := make([]error, len(conns))
	var clients sync.WaitGroup
	for i, conn := range conns {
		clients.Go(func() {
			for _, b := range batches[i] {
				if errs[i] = conn.SendBatch(ctx, b).Close(); errs[i] != nil {
					return
				}
			}
		})
	}
	clients.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Database is the address of the database with the name on the server.
func Database(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("bench: the server's address: %w", err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

// NewDatabase makes an empty database on the server, and gives its address and what removes it.
func NewDatabase(ctx context.Context, server, name string) (at string, drop func(), err error) {
	if at, err = Database(server, name); err != nil {
		return "", nil, err
	}
	run := func(text string) error {
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, text)
		return err
	}
	if err := run("CREATE DATABASE " + pgx.Identifier{name}.Sanitize()); err != nil {
		return "", nil, fmt.Errorf("bench: %w", err)
	}
	return at, func() { run("DROP DATABASE " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)") }, nil
}
