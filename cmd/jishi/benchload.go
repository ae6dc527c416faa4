package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"jishi/bench"
)

// benchLoad plays whole petitions against a demonstration at a rate that does not wait for its answers, and says what
// was lost. It exits with 1 when something was lost or failed.
func benchLoad(args []string, stdout, stderr io.Writer) int {
	b := &benchmark{stdout: stdout, stderr: stderr}
	l := &bench.Load{}
	var servers, history, dir string
	fs := flag.NewFlagSet("jishi bench load", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&servers, "at", "", "`addresses` of running demonstrations of one database, http://HOST:PORT with commas between; without it one is started")
	fs.Float64Var(&l.Rate, "rate", 100, "`requests` a second")
	fs.DurationVar(&l.For, "for", time.Minute, "how long petitions begin")
	fs.DurationVar(&l.Gap, "gap", 250*time.Millisecond, "between two steps of one petition")
	fs.DurationVar(&l.Patience, "patience", time.Minute, "how long a client without an answer tries again with the same key")
	fs.IntVar(&l.Contend, "contend", 5, "in one of so many petitions two officers press at once; 0 in none")
	fs.StringVar(&history, "history", "", "`file` for every step that was asked and what was told, one JSON object a line")
	fs.StringVar(&b.pg, "pg", os.Getenv("JISHI_BENCH_PG"), "PostgreSQL `server` on which the started demonstration makes its database; without it the embedded one is used")
	fs.StringVar(&dir, "dir", "", "`folder` for the started demonstration's data")
	if err := fs.Parse(args); err != nil {
		return told(stderr, err)
	}
	if fs.NArg() > 0 || l.Rate <= 0 || l.For <= 0 {
		return told(stderr, fmt.Errorf("load takes flags only, and a rate and a time above nothing"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	engine := "given"
	if servers == "" {
		at, name, end, err := b.demonstration(ctx, dir)
		if err != nil {
			return told(stderr, err)
		}
		defer end()
		servers, engine = at, name
	}
	l.At = strings.Split(servers, ",")
	if err := l.Enter(ctx); err != nil {
		return told(stderr, err)
	}
	h := l.Run(ctx)
	if history != "" {
		if err := written(history, h); err != nil {
			return told(stderr, err)
		}
	}
	lost := l.Lost(ctx, h)
	results := h.Results()
	results[0].Lost = len(lost)
	for _, r := range results {
		r.DB = engine
		if err := r.Print(stdout); err != nil {
			return told(stderr, err)
		}
	}
	for _, what := range lost {
		fmt.Fprintln(stderr, "LOST", what)
	}
	if len(lost) > 0 || results[0].Errors > 0 {
		return 1
	}
	return 0
}

func written(name string, h *bench.History) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := h.Write(w); err != nil {
		return err
	}
	return w.Flush()
}

// demonstration starts one in a process of its own, on a database that is removed when it ends.
func (b *benchmark) demonstration(ctx context.Context, dir string) (at, engine string, end func(), err error) {
	data, err := os.MkdirTemp(dir, "jishi-load-")
	if err != nil {
		return "", "", nil, err
	}
	engine, drop := "sqlite", func() {}
	c := config{Data: filepath.Join(data, "data")}
	if b.pg != "" {
		engine = "postgres"
		if c.DB, drop, err = bench.NewDatabase(ctx, b.pg, "jishi_load_"+strings.ToLower(rand.Text()[:10])); err != nil {
			return "", "", nil, err
		}
	}
	clean := func() { drop(); os.RemoveAll(data) }
	p, err := b.startAs("demo", c)
	if err != nil {
		clean()
		return "", "", nil, err
	}
	return p.at, engine, func() { p.stop(); clean() }, nil
}
