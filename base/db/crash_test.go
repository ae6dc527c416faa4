package db_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// TestMain lets this binary be the program that is killed below.
func TestMain(m *testing.M) {
	if url := os.Getenv("JISHI_DB_VICTIM"); url != "" {
		victim(url)
	}
	os.Exit(m.Run())
}

// victim writes from 16 goroutines and says each number aloud only after it was acknowledged.
func victim(url string) {
	ctx := context.Background()
	d, err := db.Open(ctx, url)
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	for g := range 16 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), g, i)
				err := d.Write(ctx, func(tx *db.Tx) error { return tx.Put(ctx, insert, name, "a", i, true, []byte(name)) })
				if err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Println(name)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// Killed again and again in the middle of its work, the program never loses what it acknowledged.
func TestKilledWhileWritingNothingAcknowledgedIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jishi.db")
	url := "sqlite:" + path
	first, err := db.Open(t.Context(), url)
	must(t, err)
	must(t, first.Migrate(t.Context(), notes))
	must(t, first.Write(t.Context(), func(tx *db.Tx) error { return tx.Put(t.Context(), "INSERT INTO shelf (shelf) VALUES ($1)", "a") }))
	must(t, first.Close())
	told := 0
	for round := range 5 {
		var said []string
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "JISHI_DB_VICTIM="+url)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadString('\n')
			if err != nil { // a line cut off by the kill was not said
				break
			}
			if said = append(said, strings.TrimSpace(line)); len(said) == 40+30*round {
				must(t, cmd.Process.Kill())
			}
		}
		cmd.Wait()
		d := dbtest.Open(t, url)
		for _, name := range said {
			var body []byte
			if err := d.Row(t.Context(), "SELECT body FROM note WHERE note = $1", []any{name}, &body); err != nil || string(body) != name {
				t.Fatalf("%s was acknowledged and is lost: %v", name, err)
			}
		}
		told += len(said)
		must(t, d.Close())
	}
	if told < 100 {
		t.Fatalf("only %d writes were acknowledged: the test showed nothing", told)
	}
	t.Logf("%d acknowledged writes found again after 5 kills", told)
}

// The server drops every connection, as in a restart or a fail-over: readers do not notice, and a
// write that had not sent its commit is run again.
func TestPostgresDropsAllConnections(t *testing.T) {
	d := dbtest.PostgreSQL(t)
	shelve(t, d)
	drop := func() {
		t.Helper()
		var n int
		// It ends its own connection last or not at all; either way the answer may be lost.
		err := d.Row(t.Context(), `SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()) AS ended`, nil, &n)
		if err != nil || n == 0 {
			t.Fatalf("ended %d: %v", n, err)
		}
	}
	runs := 0
	must(t, d.Write(t.Context(), func(tx *db.Tx) error {
		runs++
		must(t, tx.Put(t.Context(), insert, "n", "a", 1, true, []byte{}))
		if runs == 1 {
			if n := count(t, tx); n != 1 {
				t.Errorf("%d rows inside", n)
			}
			drop()
		}
		_, err := tx.Exec(t.Context(), "UPDATE note SET seq = 2 WHERE note = $1", "n")
		return err
	}))
	if runs != 2 || count(t, d) != 1 {
		t.Fatalf("%d runs, %d rows", runs, count(t, d))
	}
	// A read whose connection is dead asks again.
	must(t, d.Write(t.Context(), func(tx *db.Tx) error {
		var ok bool
		return tx.Row(t.Context(), `SELECT COUNT(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`, nil, &ok)
	}))
	if n := count(t, d); n != 1 {
		t.Fatalf("%d rows", n)
	}
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	_, err := db.Open(t.Context(), "postgres://nobody@127.0.0.1:1/x?connect_timeout=1")
	if !errors.Is(err, db.ErrUnavailable) {
		t.Fatal(err)
	}
}
