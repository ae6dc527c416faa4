package bench

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A Loader fills tables faster than a program may that must not lose anything: on SQLite without a journal and with a
// cache that holds the indexes, on PostgreSQL by COPY into tables without their indexes. Nothing of it is to be relied
// on before Close. Nobody else may have the database open.
type Loader interface {
	// Load appends rows to a table. Several may call it at once.
	Load(ctx context.Context, table string, columns []string, rows [][]any) error
	// Close finishes: PostgreSQL makes the indexes again, and what the planner knows of the tables.
	Close(ctx context.Context) error
}

// OpenLoader opens the database for loading.
func OpenLoader(ctx context.Context, at string) (Loader, error) {
	if file, ok := strings.CutPrefix(at, "sqlite:"); ok {
		return openLite(ctx, file)
	}
	return openServer(ctx, at)
}

type liteLoader struct {
	pool *sql.DB
	conn chan *sql.Conn // the one, for whoever holds it
}

func openLite(ctx context.Context, file string) (Loader, error) {
	q := url.Values{"_pragma": {"locking_mode(EXCLUSIVE)", "journal_mode(OFF)", "synchronous(OFF)", "cache_size(-2000000)"}}
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: file, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("bench.OpenLoader: %w", err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("bench.OpenLoader: %w", err)
	}
	l := &liteLoader{pool: pool, conn: make(chan *sql.Conn, 1)}
	l.conn <- conn
	return l, nil
}

func runAll(ctx context.Context, conn *sql.Conn, list ...string) error {
	for _, text := range list {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("bench: %s: %w", text, err)
		}
	}
	return nil
}

func (l *liteLoader) Load(ctx context.Context, table string, columns []string, rows [][]any) error {
	conn := <-l.conn
	defer func() { l.conn <- conn }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("bench.Load: %w", err)
	}
	defer tx.Rollback()
	const atOnce = 40 // rows a statement
	many, err := prepare(ctx, tx, table, columns, atOnce)
	if err != nil {
		return err
	}
	defer many.Close()
	for len(rows) >= atOnce {
		if _, err := many.ExecContext(ctx, slices.Concat(rows[:atOnce]...)...); err != nil {
			return fmt.Errorf("bench.Load %s: %w", table, err)
		}
		rows = rows[atOnce:]
	}
	one, err := prepare(ctx, tx, table, columns, 1)
	if err != nil {
		return err
	}
	defer one.Close()
	for _, row := range rows {
		if _, err := one.ExecContext(ctx, row...); err != nil {
			return fmt.Errorf("bench.Load %s: %w", table, err)
		}
	}
	return tx.Commit()
}

func prepare(ctx context.Context, tx *sql.Tx, table string, columns []string, rows int) (*sql.Stmt, error) {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + "), "
	s, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES "+strings.TrimSuffix(strings.Repeat(row, rows), ", "))
	if err != nil {
		return nil, fmt.Errorf("bench.Load %s: %w", table, err)
	}
	return s, nil
}

func (l *liteLoader) Close(ctx context.Context) error {
	conn := <-l.conn
	defer l.pool.Close()
	defer conn.Close()
	return runAll(ctx, conn, "PRAGMA locking_mode = NORMAL", "PRAGMA journal_mode = WAL")
}

type serverLoader struct {
	pool  *pgxpool.Pool
	again []string
}

// openServer takes the indexes off the tables; what a key needs stays.
func openServer(ctx context.Context, at string) (Loader, error) {
	c, err := pgxpool.ParseConfig(at)
	if err != nil {
		return nil, fmt.Errorf("bench.OpenLoader: %w", err)
	}
	c.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	c.ConnConfig.RuntimeParams["maintenance_work_mem"] = "1GB"
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("bench.OpenLoader: %w", err)
	}
	l := &serverLoader{pool: pool}
	rows, err := pool.Query(ctx, `SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = current_schema()
		AND i.indexname NOT IN (SELECT c.conname FROM pg_constraint c)`)
	if err != nil {
		return nil, fmt.Errorf("bench.OpenLoader: %w", err)
	}
	var drop []string
	var name, text string
	_, err = pgx.ForEachRow(rows, []any{&name, &text}, func() error {
		drop, l.again = append(drop, "DROP INDEX "+pgx.Identifier{name}.Sanitize()), append(l.again, text)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bench.OpenLoader: %w", err)
	}
	return l, l.run(ctx, drop)
}

func (l *serverLoader) run(ctx context.Context, list []string) error {
	for _, text := range list {
		if _, err := l.pool.Exec(ctx, text); err != nil {
			return fmt.Errorf("bench: %s: %w", text, err)
		}
	}
	return nil
}

func (l *serverLoader) Load(ctx context.Context, table string, columns []string, rows [][]any) error {
	if _, err := l.pool.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("bench.Load %s: %w", table, err)
	}
	return nil
}

func (l *serverLoader) Close(ctx context.Context) error {
	defer l.pool.Close()
	return l.run(ctx, append(l.again, "VACUUM ANALYZE", "CHECKPOINT"))
}
