// Package dbtest gives each test a fresh SQLite file and a fresh PostgreSQL database, migrated.
package dbtest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"jishi/base/db"
	"jishi/schema"
)

// Each runs fn on both engines as subtests "sqlite" and "postgres". Where no PostgreSQL can be
// started it skips that one aloud, unless JISHI_TEST_DB=both, which makes it a failure.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, Open(t, sqliteURL(t))) })
	t.Run("postgres", func(t *testing.T) { fn(t, Open(t, postgresURL(t))) })
}

// SQLite is a fresh, migrated SQLite database for what need not run twice.
func SQLite(t testing.TB) *db.DB { t.Helper(); return Open(t, sqliteURL(t)) }

// PostgreSQL is a fresh, migrated PostgreSQL database; the test is skipped where there is none.
func PostgreSQL(t testing.TB) *db.DB { t.Helper(); return Open(t, postgresURL(t)) }

// URLs are fresh, migrated databases for tests that start a whole server: "sqlite" always,
// "postgres" where one can be started.
func URLs(t testing.TB) map[string]string {
	t.Helper()
	urls := map[string]string{"sqlite": sqliteURL(t)}
	if _, err := cluster(); err == nil || os.Getenv("JISHI_TEST_DB") == "both" {
		urls["postgres"] = postgresURL(t)
	} else {
		t.Logf("PostgreSQL is left out: %v", err)
	}
	return urls
}

// Open opens url and closes it when the test ends.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

// template is a migrated, closed SQLite file; copying it is cheaper than migrating each time.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "jishi-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "t.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func sqliteURL(t testing.TB) string {
	t.Helper()
	bytes, err := template()
	if err != nil {
		t.Fatalf("migrate SQLite: %v", err)
	}
	path := filepath.Join(t.TempDir(), "jishi.db")
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

func migrated(url string) error {
	ctx, cancel := timeout()
	defer cancel()
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Migrate(ctx, schema.FS)
}
