package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"jishi/base/words"
	"jishi/bench"
	"jishi/demo"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
)

// benchOps are the measurements, in the order in which they are taken.
var benchOps = []string{"file", "board", "start", "first", "memory", "list", "matter", "rates", "search", "table", "rows", "match", "import", "layouts", "proof", "vault", "access"}

// benchmark is one run of jishi bench.
type benchmark struct {
	n      int
	d      time.Duration
	ops    []string
	pg     string
	keep   string
	stdout io.Writer
	stderr io.Writer
}

// benchCommand measures on databases of its own, which it makes and removes. It prints one JSON object a line.
func benchCommand(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "load" {
		return benchLoad(args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "bad" {
		return benchBad(args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "soak" {
		return benchSoak(args[1:], stdout, stderr)
	}
	b := &benchmark{stdout: stdout, stderr: stderr}
	fs := flag.NewFlagSet("jishi bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&b.n, "n", 100_000, "how many `matters` the lists are measured with")
	fs.DurationVar(&b.d, "for", 5*time.Second, "how long each measurement takes")
	fs.StringVar(&b.pg, "pg", os.Getenv("JISHI_BENCH_PG"), "PostgreSQL `server` on which databases may be made; without it only SQLite is measured")
	fs.StringVar(&b.keep, "keep", "", "`folder` in which the databases of many matters are kept, and used again the next time")
	engine := fs.String("db", "both", "sqlite, postgres or both")
	cpu := fs.String("cpu", "", "`file` for a processor profile of this process (go tool pprof): of what is measured without a server of its own")
	dir := fs.String("dir", "", "`folder` for the databases; the limit is that of its disk (default: the system's temporary folder)")
	fs.Usage = func() {
		fmt.Fprintln(stderr, "jishi bench [flags] [NAME…], names:", strings.Join(benchOps, " "))
		fmt.Fprintln(stderr, "jishi bench load [flags]: whole petitions at a given rate")
		fmt.Fprintln(stderr, "jishi bench bad [flags]: requests that no honest program sends")
		fmt.Fprintln(stderr, "jishi bench soak [flags]: two years of an office in minutes")
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return told(stderr, err)
	}
	if b.ops = fs.Args(); len(b.ops) == 0 {
		b.ops = benchOps
	}
	for _, at := range []*string{dir, &b.keep} {
		if err := absolute(at); err != nil {
			return told(stderr, err)
		}
	}
	for _, op := range b.ops {
		if !slices.Contains(benchOps, op) {
			return told(stderr, fmt.Errorf("there is no measurement %q; there are %s", op, strings.Join(benchOps, ", ")))
		}
	}
	if *cpu != "" {
		stop, err := profiled(*cpu)
		if err != nil {
			return told(stderr, err)
		}
		defer stop()
	}
	if b.pg == "" && *engine == "postgres" {
		return told(stderr, fmt.Errorf("give the PostgreSQL server with --pg postgres://… (a role that may create databases)"))
	}
	ctx := context.Background()
	if b.has("match", "import", "layouts") { // needs no database
		if err := b.collecting(); err != nil {
			return told(stderr, err)
		}
	}
	for _, name := range []string{"sqlite", "postgres"} {
		if *engine != "both" && *engine != name {
			continue
		}
		if name == "postgres" && b.pg == "" {
			fmt.Fprintln(stderr, "PostgreSQL is left out: no --pg and no JISHI_BENCH_PG")
			continue
		}
		if err := b.engine(ctx, name, *dir); err != nil {
			return told(stderr, fmt.Errorf("%s: %w", name, err))
		}
	}
	return 0
}

// profiled writes a profile of the processor into the file until stop is called.
func profiled(file string) (stop func(), err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// absolute makes the path one that an address of a database can hold; "" stays.
func absolute(path *string) (err error) {
	if *path != "" {
		*path, err = filepath.Abs(*path)
	}
	return err
}

func (b *benchmark) has(ops ...string) bool {
	return slices.ContainsFunc(ops, func(op string) bool { return slices.Contains(b.ops, op) })
}

// engine takes all measurements on one engine.
func (b *benchmark) engine(ctx context.Context, name, dir string) error {
	if b.has("file") {
		err := b.with(ctx, name, dir, func(c config, s *system) error { return b.filings(ctx, c, s) })
		if err != nil {
			return err
		}
	}
	if b.has("proof", "vault", "access") {
		if err := b.with(ctx, name, dir, func(_ config, s *system) error { return b.trust(ctx, s) }); err != nil {
			return err
		}
	}
	if b.has("table") {
		if err := b.with(ctx, name, dir, func(_ config, s *system) error { return b.tables(ctx, s) }); err != nil {
			return err
		}
	}
	if b.has("rows") {
		if err := b.with(ctx, name, dir, func(_ config, s *system) error { return b.persons(ctx, s) }); err != nil {
			return err
		}
	}
	if b.has("board") {
		if err := b.with(ctx, name, dir, func(c config, s *system) error { return b.boards(ctx, c, s) }); err != nil {
			return err
		}
	}
	if !b.has("start", "first", "memory", "list", "matter", "rates", "search") {
		return nil
	}
	return b.seeded(ctx, name, dir, func(c config, s *system) error { return b.pages(ctx, c, s) })
}

// with opens a fresh system with the demonstration's offices, and removes it afterwards.
func (b *benchmark) with(ctx context.Context, name, dir string, do func(config, *system) error) error {
	data, err := os.MkdirTemp(dir, "jishi-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	c := config{Data: data, Addr: "127.0.0.1:0", Site: "基石"}
	if name == "postgres" {
		var drop func()
		if c.DB, drop, err = bench.NewDatabase(ctx, b.pg, "jishi_bench_"+strings.ToLower(rand.Text()[:10])); err != nil {
			return err
		}
		defer drop()
	}
	s, err := b.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	return do(c, s)
}

func (b *benchmark) open(ctx context.Context, c config) (*system, error) {
	return open(ctx, c, slog.New(slog.NewJSONHandler(b.stderr, &slog.HandlerOptions{Level: slog.LevelError})), time.Now)
}

// filings measures what it costs to bring a matter in durably, and the same rows written raw.
func (b *benchmark) filings(ctx context.Context, c config, s *system) error {
	content, land, err := county()
	if err != nil {
		return err
	}
	if err := demo.Settle(ctx, s.desk, content, land, time.Now()); err != nil {
		return err
	}
	if _, err := benchFile(ctx, s, 0); err != nil {
		return err
	}
	filing, err := onlyFiling(ctx, s.db)
	if err != nil {
		return err
	}
	n := 1
	for _, clients := range []int{1, 16} {
		limit, err := b.raw(ctx, c, filing, clients, 1)
		if err != nil {
			return err
		}
		base := n
		r := bench.Run("file", clients, b.d, func(client, i int) error {
			_, err := benchFile(ctx, s, base+client+i*clients)
			return err
		})
		n += 1_000_000
		after, err := b.raw(ctx, c, filing, clients, 1)
		if err != nil {
			return err
		}
		if c.DB == "" && clients > 1 {
			if r.Grouped, err = b.raw(ctx, c, filing, clients, clients); err != nil {
				return err
			}
		}
		// The limit before and the limit after: the better one, so that a noisy minute does not flatter us.
		r = r.Against(max(limit, after))
		r.DB, r.Matters = s.db.Engine().String(), r.N
		if err := r.Print(b.stdout); err != nil {
			return err
		}
	}
	return nil
}

// benchFile files like a citizen does: a text of some 300 characters, an identity, a place.
func benchFile(ctx context.Context, s *system, n int) (desk.Receipt, error) {
	return s.desk.File(ctx, actor.Nobody(words.ZH), desk.Filing{Token: desk.NewToken(), Class: "claim", Channel: "net",
		Who: demo.Citizen(n, "测试路一号"), With: benchWith()})
}

func benchWith() map[string]string {
	return map[string]string{"title": "楼道照明长期损坏", "wants": "请尽快修复。", "place": division.DemoCounty,
		"what": strings.Repeat("本楼楼道照明已经损坏三个月，多次向物业反映，一直没有人来修，老人夜间上下楼很不安全。", 6)}
}

func county() (*demo.Content, demo.Land, error) {
	content, err := demo.Load()
	if err != nil {
		return nil, demo.Land{}, err
	}
	land, err := demo.LandOf(division.DemoCounty)
	return content, land, err
}

// raw writes the filing's rows past the door for as long as the measurement takes, into a database of the same
// schema beside the measured one, and gives filings a second: one transaction for each filing, or on SQLite for
// each group of them.
func (b *benchmark) raw(ctx context.Context, c config, f bench.Filing, clients, group int) (float64, error) {
	file := filepath.Join(c.Data, "raw.db")
	if c.DB != "" {
		at, drop, err := bench.NewDatabase(ctx, b.pg, "jishi_raw_"+strings.ToLower(rand.Text()[:10]))
		if err != nil {
			return 0, err
		}
		defer drop()
		if err := prepared(ctx, at); err != nil {
			return 0, err
		}
		return bench.RawPostgres(ctx, at, f, clients, b.d/2)
	}
	defer func() {
		for _, end := range []string{"", "-wal", "-shm"} {
			os.Remove(file + end)
		}
	}()
	if err := prepared(ctx, "sqlite:"+file); err != nil {
		return 0, err
	}
	return bench.RawSQLite(ctx, file, f, group, b.d/2)
}
