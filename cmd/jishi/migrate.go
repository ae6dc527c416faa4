package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"jishi/base/db"
	"jishi/schema"
)

// version is set by the release build.
var version = "dev"

// migrateCommand brings the database to the schema of this program. The server does it by itself at start;
// the command is for offices that want it done, and seen, before the old server is stopped.
func migrateCommand(args []string, stdout, stderr io.Writer) int {
	c, _, err := settings("migrate", args, stderr)
	if err != nil {
		return told(stderr, err)
	}
	ctx := context.Background()
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return told(stderr, fmt.Errorf("the data folder %s cannot be made: %w", c.Data, err))
	}
	d, err := db.Open(ctx, c.url())
	if err != nil {
		return told(stderr, fmt.Errorf("the database cannot be opened: %w", err))
	}
	defer d.Close()
	before := schemaOf(ctx, d)
	if err := d.Migrate(ctx, schema.FS); err != nil {
		return told(stderr, fmt.Errorf("the database cannot be brought to this version: %w", err))
	}
	after := schemaOf(ctx, d)
	if before == after {
		fmt.Fprintf(stdout, "the database has schema %d already; nothing to do\n", after)
	} else {
		fmt.Fprintf(stdout, "the database went from schema %d to %d\n", before, after)
	}
	return 0
}

// schemaOf is the number of the newest migration that was run; 0 on an empty database.
func schemaOf(ctx context.Context, r db.Reader) int64 {
	var n int64
	if err := r.Row(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`, nil, &n); err != nil {
		return 0 // the table is not there yet
	}
	return n
}

// existing refuses a command that looks at a database when there is none: with a mistyped --data it would
// otherwise make an empty one and find it in perfect order.
func (c config) existing() error {
	if c.DB != "" {
		return nil
	}
	name := filepath.Join(c.Data, "jishi.db")
	if _, err := os.Stat(name); err != nil {
		return fmt.Errorf("there is no database %s: give the folder of the running system with --data, or --db postgres://…", name)
	}
	return nil
}
