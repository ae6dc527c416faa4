package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"jishi/bench"
)

// soak is an office whose months pass in minutes: what it forgets to let go of shows as memory, and what it reads more of
// each month as time.
type soak struct {
	*system
	ahead  atomic.Int64 // of the clock on the wall, in nanoseconds
	months int
	lives  int // whole petitions a month
	rate   float64
	at     string
}

// benchSoak lives the months in a demonstration of its own, in this process. Each day petitions go from filing to rating,
// each night the program does what it does by itself. It prints a line a month, and how the last quarter of the
// months compares with the first; it exits with 1 when a request failed or a night's work did.
func benchSoak(args []string, stdout, stderr io.Writer) int {
	b := &benchmark{stdout: stdout, stderr: stderr}
	k := &soak{}
	fs := flag.NewFlagSet("jishi bench soak", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&k.months, "months", 24, "how many `months`, of thirty days")
	fs.IntVar(&k.lives, "lives", 300, "whole `petitions` a month; at least one a day")
	fs.Float64Var(&k.rate, "rate", 200, "`requests` a second of the wall's clock while it is day")
	fs.StringVar(&b.pg, "pg", os.Getenv("JISHI_BENCH_PG"), "PostgreSQL `server` on which the database is made; without it the embedded one is used")
	dir := fs.String("dir", "", "`folder` for the data")
	if err := fs.Parse(args); err != nil {
		return told(stderr, err)
	}
	if fs.NArg() > 0 || k.months < 4 || k.lives < soakDays || k.rate <= 0 {
		return told(stderr, fmt.Errorf("soak takes flags only; at least four months, %d petitions a month and a rate above nothing", soakDays))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	faults, err := k.run(ctx, b, *dir)
	if err == nil && faults > 0 {
		err = fmt.Errorf("%d requests failed", faults)
	}
	return told(stderr, err)
}

// soakDays are the days of a month that is as long as every other.
const soakDays = 30

func (k *soak) run(ctx context.Context, b *benchmark, dir string) (faults int, err error) {
	data, err := os.MkdirTemp(dir, "jishi-soak-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(data)
	c, engine := config{Data: filepath.Join(data, "data"), Pace: "off"}, "sqlite"
	if b.pg != "" {
		engine = "postgres"
		var drop func()
		if c.DB, drop, err = bench.NewDatabase(ctx, b.pg, "jishi_soak_"+strings.ToLower(rand.Text()[:10])); err != nil {
			return 0, err
		}
		defer drop()
	}
	now = func() time.Time { return time.Now().Add(time.Duration(k.ahead.Load())) }
	if k.system, err = openDemo(ctx, c, b.stderr); err != nil {
		return 0, err
	}
	defer k.close()
	handler, err := k.handler(ctx)
	if err != nil {
		return 0, err
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	k.at = server.URL
	var all []bench.Result
	for month := 1; month <= k.months; month++ {
		r, err := k.month(ctx)
		if err != nil {
			return 0, fmt.Errorf("month %d: %w", month, err)
		}
		faults += r.Errors
		r.DB, r.Note = engine, strings.TrimSpace(fmt.Sprintf("month %d %s", month, r.Note))
		if err := r.Print(b.stdout); err != nil {
			return 0, err
		}
		all = append(all, r)
	}
	for _, r := range grown(all) {
		r.DB = engine
		if err := r.Print(b.stdout); err != nil {
			return 0, err
		}
	}
	return faults, nil
}

// month lives thirty days and tells of all their requests, and of the memory that is in use after them.
func (k *soak) month(ctx context.Context) (bench.Result, error) {
	perDay := k.lives / soakDays
	l := &bench.Load{At: []string{k.at}, Rate: k.rate, Gap: 5 * time.Millisecond, Patience: 10 * time.Second}
	l.For = l.Takes(perDay)
	if err := l.Enter(ctx); err != nil {
		return bench.Result{}, err
	}
	all := &bench.History{}
	for range soakDays {
		all.Add(l.Run(ctx))
		k.ahead.Add(int64(24 * time.Hour))
		if err := k.night(ctx); err != nil {
			return bench.Result{}, err
		}
	}
	r := all.Results()[0]
	r.Op = "soak"
	if err := k.db.Row(ctx, `SELECT COUNT(*) FROM matter`, nil, &r.Matters); err != nil {
		return r, err
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.MB = float64(m.HeapAlloc) / (1 << 20)
	return r, ctx.Err()
}

// night does once what a server does by itself again and again.
func (k *soak) night(ctx context.Context) error {
	sweep := func(ctx context.Context) error { _, err := k.desk.Sweep(ctx); return err }
	for _, round := range k.rounds(k.desk.Notifier(k.Origin, k.log), sweep) {
		if err := round.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", round.what, err)
		}
	}
	return nil
}

// grown compares the last quarter of the months with the first: the time of half of the requests, beside the logarithm of
// how many matters there are, by which an index grows, and the memory.
func grown(all []bench.Result) []bench.Result {
	quarter := len(all) / 4
	first, last := all[:quarter], all[len(all)-quarter:]
	mean := func(list []bench.Result, of func(bench.Result) float64) float64 {
		sum := 0.0
		for _, r := range list {
			sum += of(r)
		}
		return sum / float64(len(list))
	}
	ratio := func(of func(bench.Result) float64) float64 { return mean(last, of) / mean(first, of) }
	index := ratio(func(r bench.Result) float64 { return math.Log(float64(r.Matters)) })
	return []bench.Result{
		{Op: "soak-time", Matters: all[len(all)-1].Matters, Ratio: ratio(func(r bench.Result) float64 { return r.P50 }),
			Note: fmt.Sprintf("ratio is p50_ms of the last quarter of the months by that of the first; the logarithm of the matters grew by %.3f", index)},
		{Op: "soak-memory", Matters: all[len(all)-1].Matters, MB: all[len(all)-1].MB, Ratio: ratio(func(r bench.Result) float64 { return r.MB }),
			Note: "ratio is the heap in use of the last quarter of the months by that of the first"},
	}
}
