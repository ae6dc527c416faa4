package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"jishi/schema"
)

func timeout() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}

// postgresURL creates a database from the migrated template; it is dropped when the test ends.
func postgresURL(t testing.TB) string {
	t.Helper()
	server, err := cluster()
	if err != nil {
		if os.Getenv("JISHI_TEST_DB") == "both" {
			t.Fatalf("JISHI_TEST_DB=both and no PostgreSQL: %v", err)
		}
		t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
	}
	from, err := pgTemplate()
	if err != nil {
		t.Fatalf("migrate PostgreSQL: %v", err)
	}
	name := "jishi_" + strings.ToLower(rand.Text()[:12])
	if err := command(server, "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := command(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop: %v", err)
		}
	})
	return at(server, name)
}

// at is the server's address with another database.
func at(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // cluster has parsed it
	}
	u.Path = "/" + name
	return u.String()
}

func command(server string, sql ...string) error {
	ctx, cancel := timeout()
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	for _, s := range sql {
		if _, err := c.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// pgTemplate migrates one database for all tests; its name holds the migrations' hash, so that a
// server that outlives the tests never serves an old schema.
var pgTemplate = sync.OnceValues(func() (string, error) {
	server, err := cluster()
	if err != nil {
		return "", err
	}
	sum, err := schemaSum()
	if err != nil {
		return "", err
	}
	ctx, cancel := timeout()
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	// Test binaries of several packages share a server named by JISHI_TEST_PG: one makes it, the others wait.
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(20220501)"); err != nil {
		return "", err
	}
	name := "jishi_template_" + sum
	var there bool
	err = c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err != nil || there {
		return name, err
	}
	making := name + "_making"
	if err := command(server, "DROP DATABASE IF EXISTS "+making+" WITH (FORCE)", "CREATE DATABASE "+making); err != nil {
		return "", err
	}
	if err := migrated(at(server, making)); err != nil {
		return "", err
	}
	return name, command(server, "ALTER DATABASE "+making+" RENAME TO "+name)
})

func schemaSum() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(schema.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := schema.FS.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:12], err
}

// cluster is the address of a running server: JISHI_TEST_PG, or one of our own that ends with this process.
var cluster = sync.OnceValues(func() (string, error) {
	if server := os.Getenv("JISHI_TEST_PG"); server != "" {
		_, err := url.Parse(server)
		return server, err
	}
	return start()
})

// watch is the shell that holds the server. Its standard input is a pipe from the test process: when
// that dies, however it dies, the read ends and the server goes with its files.
const watch = `
cd "$DIR" || exit 1
"$BIN/initdb" -D data -U jishi -A trust -N -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=zh-CN >log 2>&1 || { cat log >&2; rm -rf "$DIR"; exit 1; }
"$BIN/postgres" -D data -h 127.0.0.1 -p "$PORT" -k "$DIR" -c fsync=on -c deadlock_timeout=100ms -c max_connections=200 -c shared_buffers=64MB >>log 2>&1 &
echo started
read -r end
kill -QUIT $!
wait $!
rm -rf "$DIR"
`

// start makes a cluster whose default order is Chinese, so that text compared without COLLATE "C" shows.
func start() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "jishi-pg-")
	if err != nil {
		return "", err
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-c", watch)
	cmd.Env = []string{"DIR=" + dir, "BIN=" + bin, "PORT=" + port, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	if err := detach(cmd, dir); err != nil {
		return "", err
	}
	var said strings.Builder
	cmd.Stderr = &said
	if keep, err = cmd.StdinPipe(); err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	if n, _ := out.Read(make([]byte, 16)); n == 0 {
		cmd.Wait()
		return "", fmt.Errorf("initdb: %s", said.String())
	}
	server := "postgres://jishi@127.0.0.1:" + port + "/postgres?sslmode=disable"
	return server, awake(server)
}

// keep is the pipe's end that must not be closed while tests run.
//
//lint:ignore U1000 it is held, not read: the collector would close it
var keep interface{ Close() error }

func awake(server string) (err error) {
	for range 200 {
		if err = command(server, "SELECT 1"); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("PostgreSQL did not answer: %w", err)
}

func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", fmt.Errorf("no initdb found; install postgresql")
	}
	slices.SortFunc(found, func(a, b string) int { return major(b) - major(a) })
	return filepath.Dir(found[0]), nil
}

func major(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
