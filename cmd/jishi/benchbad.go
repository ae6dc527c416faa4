package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"jishi/base/db"
	"jishi/bench"
	"jishi/schema"
)

// benchBad sends a server what no honest program sends. It exits with 1 when an answer was ours to be ashamed of: a 5xx, a
// word of the inside, or something that changed.
func benchBad(args []string, stdout, stderr io.Writer) int {
	b := &benchmark{stdout: stdout, stderr: stderr}
	x := &bench.Bad{}
	var dir string
	clients := 8
	fs := flag.NewFlagSet("jishi bench bad", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&x.N, "n", 1_000_000, "how many `requests`")
	fs.IntVar(&x.First, "first", 0, "`number` of the first: with --n 1 one that was odd is sent again")
	fs.Uint64Var(&x.Seed, "seed", 1, "from which all are made")
	fs.IntVar(&clients, "clients", 8, "how many are sent at once")
	fs.StringVar(&dir, "dir", "", "`folder` for the data of the demonstration that is started")
	if err := fs.Parse(args); err != nil {
		return told(stderr, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	data, err := os.MkdirTemp(dir, "jishi-bad-")
	if err != nil {
		return told(stderr, err)
	}
	defer os.RemoveAll(data)
	p, err := b.startAs("demo", config{Data: data})
	if err != nil {
		return told(stderr, err)
	}
	defer p.stop()
	x.At = p.at
	if err := x.Prepare(ctx); err != nil {
		return told(stderr, err)
	}
	before, err := rowsOf(ctx, data)
	if err != nil {
		return told(stderr, err)
	}
	began := time.Now()
	odd, counts := x.Run(ctx, clients)
	after, err := rowsOf(context.WithoutCancel(ctx), data) // broken off, it still tells what it saw
	if err != nil {
		return told(stderr, err)
	}
	for _, o := range odd {
		fmt.Fprintf(stdout, "ODD %d: %s: %d %s\n", o.N, o.What, o.Status, o.Why)
	}
	changed := 0
	for table, n := range after {
		if n != before[table] {
			changed++
			fmt.Fprintf(stdout, "CHANGED %s: %s became %s\n", table, before[table], n)
		}
	}
	sent := 0
	for _, n := range counts {
		sent += n
	}
	fmt.Fprintf(stdout, "%d requests to %d routes in %s, seed %d: %d odd, %d tables changed; answers by status:", sent, x.Routes(), time.Since(began).Round(time.Second), x.Seed, len(odd), changed)
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(stdout, " %d: %d", status, counts[status])
	}
	fmt.Fprintf(stdout, "; resident memory %.0f MB\n", p.resident())
	if len(odd) > 0 || changed > 0 {
		return 1
	}
	return 0
}

// moving are tables that change by themselves, or by being asked: sessions, tries at passwords, the numbers' blocks.
var moving = []string{"session", "sign_in_failure", "one_time_code", "follower", "lease", "mark", "ledger_checkpoint", "event_waiting", "event_position", "number_block", "counter", "goose_db_version"}

// rowsOf counts the rows of every table, and of the journal and the matters all that is in them.
func rowsOf(ctx context.Context, data string) (map[string]string, error) {
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(data, "jishi.db"))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := tables(schema.FS)
	if err != nil {
		return nil, err
	}
	rows := map[string]string{}
	for _, t := range names {
		name := t.Name
		if slices.Contains(moving, name) {
			continue
		}
		var n int64
		if err := d.Row(ctx, "SELECT COUNT(*) FROM "+name, nil, &n); err != nil {
			return nil, err
		}
		rows[name] = fmt.Sprint(n, " rows")
	}
	var n, sum int64
	if err := d.Row(ctx, `SELECT COUNT(*), COALESCE(SUM(seq), 0) FROM matter`, nil, &n, &sum); err != nil {
		return nil, err
	}
	rows["matter"] = fmt.Sprint(n, " rows with ", sum, " events")
	return rows, nil
}
