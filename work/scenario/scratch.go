package scenario

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"jishi/base/db"
)

// Scratch opens an empty database for scenarios, of the engine that address names, migrated with migrations.
// What lies at the address is not touched: on SQLite the scratch database is a new file, on PostgreSQL a new
// schema. An empty address is SQLite in a temporary folder. done removes it all.
func Scratch(ctx context.Context, address string, migrations fs.FS) (d *db.DB, done func(), err error) {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		if address, done, err = scratchSchema(ctx, address); err != nil {
			return nil, nil, err
		}
	} else {
		dir, err := os.MkdirTemp("", "jishi-scenarios-")
		if err != nil {
			return nil, nil, fmt.Errorf("scenario.Scratch: %w", err)
		}
		address, done = "sqlite:"+filepath.Join(dir, "scratch.db"), func() { os.RemoveAll(dir) }
	}
	d, err = db.Open(ctx, address)
	if err == nil {
		if err = d.Migrate(ctx, migrations); err != nil {
			d.Close()
		}
	}
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("scenario.Scratch: %w", err)
	}
	remove := done
	return d, func() { d.Close(); remove() }, nil
}

// scratchSchema makes a schema of its own in a PostgreSQL database; every connection of the address it
// returns works in that schema alone.
func scratchSchema(ctx context.Context, address string) (inside string, done func(), err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, fmt.Errorf("scenario.Scratch: %w", err)
	}
	outer, err := db.Open(ctx, address)
	if err != nil {
		return "", nil, fmt.Errorf("scenario.Scratch: %w", err)
	}
	raw := make([]byte, 6)
	if _, err := rand.Read(raw); err != nil {
		return "", nil, fmt.Errorf("scenario.Scratch: %w", err)
	}
	schema := "jishi_scenarios_" + hex.EncodeToString(raw)
	if err := exec(ctx, outer, "CREATE SCHEMA "+schema); err != nil {
		outer.Close()
		return "", nil, fmt.Errorf("scenario.Scratch: %w", err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String(), func() {
		// A scratch schema that cannot be dropped harms nobody; its name says what it was.
		_ = exec(context.WithoutCancel(ctx), outer, "DROP SCHEMA "+schema+" CASCADE")
		outer.Close()
	}, nil
}

func exec(ctx context.Context, d *db.DB, sql string) error {
	return d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql); return err })
}
