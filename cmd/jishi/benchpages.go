package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"jishi/bench"
	"jishi/demo"
	"jishi/web"
)

// seeded gives do a system with n matters: the one that was kept, or a fresh one.
func (b *benchmark) seeded(ctx context.Context, name, dir string, do func(config, *system) error) error {
	fresh := func(c config, s *system) error {
		if err := b.fill(ctx, s); err != nil {
			return err
		}
		s, err := b.open(ctx, c)
		if err != nil {
			return err
		}
		defer s.close()
		if err := caughtUp(ctx, s); err != nil {
			return err
		}
		return do(c, s)
	}
	if b.keep == "" {
		return b.with(ctx, name, dir, fresh)
	}
	c := config{Data: filepath.Join(b.keep, fmt.Sprintf("%s-%d", name, b.n)), Addr: "127.0.0.1:0", Site: "基石"}
	_, missing := os.Stat(c.Data)
	if name == "postgres" {
		kept := fmt.Sprintf("jishi_kept_%d", b.n)
		var err error
		if c.DB, err = bench.Database(b.pg, kept); err == nil && missing != nil {
			_, _, err = bench.NewDatabase(ctx, b.pg, kept)
		}
		if err != nil {
			return err
		}
	}
	if missing == nil {
		fresh = do
	}
	s, err := b.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	return fresh(c, s)
}

// fill makes the demonstration's matters and copies them. It leaves the system closed.
func (b *benchmark) fill(ctx context.Context, s *system) error {
	content, land, err := county()
	if err != nil {
		return err
	}
	if err := demo.Fill(ctx, s.desk, content, land, time.Now(), demoMatters); err != nil {
		return err
	}
	return multiply(ctx, s, b.n, b.stderr)
}

// pages measures a server of its own, in its own process, on a database of n matters.
func (b *benchmark) pages(ctx context.Context, c config, s *system) error {
	content, land, err := county()
	if err != nil {
		return err
	}
	readers, err := officers(ctx, s, content.Roles(land))
	if err != nil {
		return err
	}
	engine := s.db.Engine().String()
	print := func(r bench.Result) error {
		r.DB, r.Matters = engine, b.n
		return r.Print(b.stdout)
	}
	if b.has("rates") {
		if err := b.rates(ctx, s, print); err != nil {
			return err
		}
	}
	if b.has("search") {
		if err := b.searches(ctx, s, print); err != nil {
			return err
		}
	}
	if !b.has("start", "first", "memory", "list", "matter") {
		return nil
	}
	// The server is measured alone: on SQLite it must share neither the file's lock nor its cache with us.
	s.close()
	if b.has("start") {
		if err := b.starts(c, print); err != nil {
			return err
		}
	}
	p, err := b.start(c)
	if err != nil {
		return err
	}
	defer p.stop()
	if b.has("first") {
		if err := firstLoads(p, print); err != nil {
			return err
		}
	}
	// What every server does once when it begins, such as looking through all running clocks, is no part of an ordinary day.
	time.Sleep(settled)
	if b.has("memory") {
		if err := print(bench.Result{Op: "memory-rest", C: 0, MB: p.resident()}); err != nil {
			return err
		}
	}
	return b.lists(p, readers, print)
}

// clickPause is how long an officer of the measurement reads a page before the next click: a click a second is more than
// anybody keeps up.
const clickPause = time.Second

// settled is how long a server is left alone before it is measured.
const settled = 5 * time.Second

// lists measures the two pages that officers live in, at eight clients, and the memory meanwhile: first as fast as the
// clients can ask, which measures how much the machine can answer, then with a pause, which measures how long one waits.
func (b *benchmark) lists(p *process, readers []reader, print func(bench.Result) error) error {
	const clients = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	ask := map[string]func(r reader, i int) string{
		"list":   func(reader, int) string { return "/desk" },
		"matter": func(r reader, i int) string { return "/m/" + r.matters[i*7919%len(r.matters)] },
	}
	most := 0.0
	for _, op := range []string{"list", "matter"} {
		if !b.has(op, "memory") {
			continue
		}
		get := func(me, i int) error { r := readers[me%len(readers)]; return r.get(client, p.at+ask[op](r, i)) }
		bench.Run(op, clients, time.Second, get) // warm
		for _, pause := range []time.Duration{0, clickPause} {
			took := b.d
			if pause > 0 { // eight clicks a second are few: for a hundredth of them it takes longer
				took *= 5
			}
			before, stop := p.seconds(), p.watch(&most)
			r := bench.Think(op, clients, took, pause, get)
			stop()
			if r.N > 0 {
				r.Spent = (p.seconds() - before) * 1000 / float64(r.N)
			}
			if r.LimitMS = pageMS; b.has(op) {
				if err := print(r); err != nil {
					return err
				}
			}
		}
	}
	if b.has("memory") {
		return print(bench.Result{Op: "memory-load", C: clients, MB: max(most, p.resident())})
	}
	return nil
}

// pageMS is what a page must keep to, in 99 of 100 cases.
const pageMS = 20

// watch keeps the most memory that the process holds until stop is called.
func (p *process) watch(most *float64) (stop func()) {
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for {
			*most = max(*most, p.resident())
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-over }
}

// reader is an officer who is signed in, with matters that the officer may open.
type reader struct {
	token   string
	matters []string
}

func (r reader) get(client *http.Client, at string) error {
	q, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	q.AddCookie(&http.Cookie{Name: web.StaffCookie, Value: r.token})
	q.Header.Set("Accept-Encoding", "gzip") // said by us: unpacking would cost the machine that is measured
	a, err := client.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if _, err := io.Copy(io.Discard, a.Body); err != nil {
		return err
	}
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", strings.TrimPrefix(at, "http://"), a.Status)
	}
	return nil
}

// officers signs in those who hold most open matters: their lists are the longest.
func officers(ctx context.Context, s *system, roles []demo.Role) ([]reader, error) {
	var busy []string
	err := s.db.Each(ctx, `SELECT holder, COUNT(*) FROM matter WHERE NOT ended AND NOT sealed GROUP BY holder ORDER BY 2 DESC LIMIT 8`, nil,
		func(scan func(...any) error) error {
			var org string
			var n int
			err := scan(&org, &n)
			busy = append(busy, org)
			return err
		})
	if err != nil {
		return nil, err
	}
	var readers []reader
	for _, org := range busy {
		for _, role := range roles {
			if role.Org != org || strings.HasSuffix(role.ID, "-head") {
				continue
			}
			who, err := s.desk.Staff(ctx, role.ID)
			if err != nil {
				return nil, err
			}
			r := reader{}
			if r.token, err = s.desk.Begin(ctx, who, "bench"); err != nil {
				return nil, err
			}
			err = s.db.Each(ctx, `SELECT id FROM matter WHERE holder = $1 AND NOT ended AND NOT sealed ORDER BY due, id LIMIT 2000`, []any{org},
				func(scan func(...any) error) error {
					var id string
					err := scan(&id)
					r.matters = append(r.matters, id)
					return err
				})
			if err != nil {
				return nil, err
			}
			readers = append(readers, r)
			break
		}
	}
	if len(readers) == 0 {
		return nil, errors.New("no officer holds an open matter")
	}
	return readers, nil
}

// process is a server in its own process.
type process struct {
	cmd *exec.Cmd
	at  string
}

// start starts this program as a server and waits until it says where it listens.
func (b *benchmark) start(c config) (*process, error) { return b.startAs("serve", c) }

// startAs starts it as "serve" or as "demo".
func (b *benchmark) startAs(command string, c config) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{command, "--addr", "127.0.0.1:0", "--data", c.Data, "--pace", "off"}
	if c.DB != "" {
		args = append(args, "--db", c.DB)
	}
	p := &process{cmd: exec.Command(self, args...)}
	p.cmd.Stderr = b.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("the server did not start: %w", err)
	}
	p.at = strings.TrimSpace(strings.TrimPrefix(line, "listening "))
	return p, nil
}

func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.cmd.Wait()
}

// resident is the memory that the process holds, in MB; 0 where the system does not tell.
func (p *process) resident() float64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("VmRSS:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(string(fields[0]), 64)
	return kb / 1024
}

// starts starts a second server on the database, again and again: from the command to the first page's answer.
func (b *benchmark) starts(c config, print func(bench.Result) error) error {
	var took []float64
	for range 10 {
		began := time.Now()
		again, err := b.start(c)
		if err != nil {
			return err
		}
		_, _, err = fetch(again.at + "/")
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		again.stop()
		if err != nil {
			return err
		}
	}
	return print(bench.Times("start", took))
}

var linked = regexp.MustCompile(`(?:src|href)="(/[^"]+\.(?:css|js|svg|png|webp|woff2?))[^"]*"`)

// firstLoads counts what a phone fetches for its first page: the page and everything it links, as sent.
func firstLoads(p *process, print func(bench.Result) error) error {
	for _, page := range []string{"/", "/file", "/follow"} {
		text, n, err := fetch(p.at + page)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			if seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			_, more, err := fetch(p.at + m[1])
			if err != nil {
				return err
			}
			n += more
		}
		if err := print(bench.Result{Op: "first " + page, C: 1, N: 1 + len(seen), Bytes: n}); err != nil {
			return err
		}
	}
	return nil
}

// fetch is a page as text, and how many bytes of body were sent for it.
func fetch(at string) (string, int64, error) {
	q, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		return "", 0, err
	}
	q.Header.Set("Accept-Encoding", "gzip") // said by us, so that the client does not unpack in silence
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", 0, err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return "", 0, fmt.Errorf("%s: %s", at, a.Status)
	}
	sent, err := io.ReadAll(a.Body)
	if err != nil {
		return "", 0, err
	}
	text, err := unpacked(sent, a.Header.Get("Content-Encoding"))
	return text, int64(len(sent)), err
}

func unpacked(sent []byte, encoding string) (string, error) {
	if encoding != "gzip" {
		return string(sent), nil
	}
	z, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(z)
	return string(text), err
}
