package db

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrate runs what is missing, each file in its own transaction. Numbers may have gaps and a
// lower number may come later: floors bring their own files.
func migrate(ctx context.Context, d *sql.DB, engine Engine, files fs.FS) error {
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{
		goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	}
	if engine == PostgreSQL {
		dialect = goose.DialectPostgres
		// Nodes that start together take turns, looking once a second for five minutes.
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 30))
		if err != nil {
			return fmt.Errorf("db: migrate: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(l))
	}
	p, err := goose.NewProvider(dialect, d, dialectFS{files, engine}, opts...)
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	if err := refuseNewer(ctx, d, engine, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	return nil
}

// refuseNewer: what a newer program wrote, this one would misread or spoil.
func refuseNewer(ctx context.Context, d *sql.DB, engine Engine, p *goose.Provider) error {
	there := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
	if engine == PostgreSQL {
		there = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'goose_db_version'"
	}
	var n int
	if err := d.QueryRowContext(ctx, there).Scan(&n); err != nil || n == 0 {
		return err
	}
	var have, know int64
	if err := d.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version").Scan(&have); err != nil {
		return err
	}
	for _, s := range p.ListSources() {
		know = max(know, s.Version)
	}
	if have > know {
		return fmt.Errorf("db: migrate: the database has schema %d and this program knows %d: a newer version of the program "+
			"has used it. Start that version, or restore the backup made before the upgrade", have, know)
	}
	return nil
}

// dialectFS shows migrations, written in PostgreSQL's grammar, in the grammar of engine.
type dialectFS struct {
	files  fs.FS
	engine Engine
}

func (d dialectFS) Open(name string) (fs.File, error) {
	f, err := d.files.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return &translated{bytes.NewReader([]byte(dialect(string(text), d.engine))), info}, nil
}

func (d dialectFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.files, name) }

type translated struct {
	*bytes.Reader
	info fs.FileInfo
}

func (t *translated) Stat() (fs.FileInfo, error) { return t.info, nil }
func (t *translated) Close() error               { return nil }

// toSQLite maps PostgreSQL's types and clauses to those of a STRICT table, in this order.
var toSQLite = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`(?i)\s+COLLATE\s+"C"`), ""}, // SQLite compares bytes anyway
	{regexp.MustCompile(`(?i)\s+GENERATED\s+(ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY`), ""},
	{regexp.MustCompile(`(?i)\b(BIGINT|BOOLEAN|SMALLINT)\b`), "INTEGER"},
	{regexp.MustCompile(`(?i)\bDOUBLE\s+PRECISION\b`), "REAL"},
	{regexp.MustCompile(`(?i)\bBYTEA\b`), "BLOB"},
	{regexp.MustCompile(`(?is)(CREATE\s+TABLE\b.*?\))(\s*;)`), "$1 STRICT$2"},
}

var onlyLine = regexp.MustCompile(`(?m)^.*--\s*only:\s*(postgres|sqlite)\s*$`)

// dialect writes a migration for engine. A line that ends in "-- only: postgres" or "-- only: sqlite"
// is left out on the other one.
func dialect(text string, engine Engine) string {
	text = onlyLine.ReplaceAllStringFunc(text, func(line string) string {
		if !strings.HasSuffix(strings.TrimSpace(line), engine.String()) {
			return ""
		}
		return line
	})
	if engine == PostgreSQL {
		return text
	}
	for _, r := range toSQLite {
		text = r.what.ReplaceAllString(text, r.by)
	}
	return text
}
