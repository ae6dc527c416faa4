package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"jishi/base/db"
	"jishi/bench"
)

// long is how long each torment's load lasts: JISHI_TORTURE_FOR, or a short form that is part of every test run.
func long() (time.Duration, bool) {
	if d, err := time.ParseDuration(os.Getenv("JISHI_TORTURE_FOR")); err == nil {
		return d, true
	}
	return 1500 * time.Millisecond, false
}

// trial is one torment on one engine.
type trial struct {
	*site
	d    time.Duration // how long petitions begin
	end  time.Time
	says string // what the fault did, for the table
}

// on reports whether the load still begins petitions.
func (x *trial) on() bool { return time.Now().Before(x.end) }

// torment is one thing that goes wrong.
type torment struct {
	name    string
	engines []string
	nodes   int
	short   bool // also in the short form
	needs   []string
	do      func(x *trial)
}

var torments = []torment{
	{"a server is killed", []string{"sqlite", "postgres"}, 1, false, nil, killServers},
	{"one of two servers is killed", []string{"postgres"}, 2, true, nil, killServers},
	{"a server stands still and wakes up", []string{"postgres"}, 2, false, nil, pauseServer},
	{"the disk does not keep what it was told to keep", []string{"sqlite"}, 1, false, []string{"strace"}, failSyncs},
	{"the disk refuses writes", []string{"sqlite"}, 1, false, []string{"strace"}, failWrites},
	{"killed in the middle of a write", []string{"sqlite"}, 1, false, []string{"strace"}, killWriting},
	{"the disk is full", []string{"sqlite"}, 1, true, []string{"mount", "root"}, fillDisk},
	{"the database server is killed", []string{"postgres"}, 2, false, nil, killDatabase},
	{"the database server stands still", []string{"postgres"}, 2, false, nil, pauseDatabase},
	{"the database takes no more connections", []string{"postgres"}, 2, false, nil, takeConnections},
	{"somebody locks the journal", []string{"postgres"}, 2, false, nil, lockJournal},
	{"visitors who never finish", []string{"sqlite"}, 1, false, nil, slowVisitors},
	{"clocks jump", []string{"postgres", "sqlite"}, 1, true, nil, jumpClocks},
}

// TestTorments: whatever goes wrong, what people were told is true afterwards. JISHI_TORTURE_FOR=1m is the long form, and
// JISHI_TORTURE_TABLE a file to which a line for each is added.
func TestTorments(t *testing.T) {
	d, all := long()
	for _, m := range torments {
		for _, engine := range m.engines {
			if !all && (!m.short || engine != m.engines[len(m.engines)-1]) {
				continue
			}
			t.Run(strings.ReplaceAll(m.name, " ", "-")+"/"+engine, func(t *testing.T) {
				need(t, m.needs)
				x := &trial{site: newSite(t, engine, m.nodes, slices.Contains(m.needs, "mount")), d: d}
				l, h := x.load(rate(), x.d, func() { x.end = time.Now().Add(x.d); m.do(x) })
				x.holds(l, h)
				x.row(m.name, h)
			})
		}
	}
}

func need(t *testing.T, tools []string) {
	t.Helper()
	for _, tool := range tools {
		if tool == "root" {
			if os.Getuid() != 0 {
				t.Skip("NOT TESTED: only root may mount a disk")
			}
		} else if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("NOT TESTED: no %s here", tool)
		}
	}
}

// rate is requests a second: so many that the torment is felt, and not so many that two busy cores are one more.
func rate() float64 {
	if n, err := strconv.ParseFloat(os.Getenv("JISHI_TORTURE_RATE"), 64); err == nil {
		return n
	}
	return 40
}

// row writes what was seen.
func (x *trial) row(name string, h *bench.History) {
	promised, refused, again, open, worst := 0, 0, 0, 0, int64(0)
	for _, s := range h.Steps {
		worst = max(worst, s.Done-s.Sent)
		again += s.Tries - 1
		switch {
		case s.Promised():
			promised++
		case s.Refused():
			refused++
		case s.Open():
			open++
		}
	}
	line := fmt.Sprintf("| %s | %s | %s | %d | %d | %d | %d | %.1f s |", name, x.engine, x.says, promised, refused, again, open, float64(worst)/1e9)
	x.t.Log(line)
	if to := os.Getenv("JISHI_TORTURE_TABLE"); to != "" && !x.t.Failed() {
		f, err := os.OpenFile(to, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			x.t.Fatal(err)
		}
		defer f.Close()
		fmt.Fprintln(f, line)
	}
}

func (x *trial) count(format string, n int) { x.says = fmt.Sprintf(format, n) }

// pause sleeps for a random time around d.
func pause(d time.Duration) { time.Sleep(d/2 + time.Duration(rand.Int64N(int64(d)))) }

func killServers(x *trial) {
	n := 0
	for x.on() || n == 0 {
		pause(700 * time.Millisecond)
		one := x.nodes[rand.IntN(len(x.nodes))]
		one.kill()
		n++
		pause(200 * time.Millisecond)
		one.open()
	}
	x.count("%d kills", n)
}

// pauseServer stops a server for longer than its lease; when it wakes up it believes for a moment that it still leads.
func pauseServer(x *trial) {
	n := 0
	for x.on() || n == 0 {
		one := x.nodes[n%len(x.nodes)]
		syscall.Kill(one.pid(), syscall.SIGSTOP)
		time.Sleep(10 * time.Second)
		syscall.Kill(one.pid(), syscall.SIGCONT)
		n++
		pause(3 * time.Second)
	}
	x.count("%d times 10 s", n)
}

// inject lets system calls of a server fail for a time; strace does it from outside, whatever the program is made of.
func (x *trial) inject(n *node, what string, d time.Duration) {
	calls, _, _ := strings.Cut(what, ":")
	cmd := exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "-p", strconv.Itoa(n.pid()), "-e", "trace="+calls, "-e", "inject="+what)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	time.Sleep(d)
	cmd.Process.Signal(syscall.SIGINT)
	cmd.Wait()
	if strings.Contains(said.String(), "Operation not permitted") {
		x.t.Skip("NOT TESTED: strace may not look at other processes here")
	}
}

func failSyncs(x *trial) {
	n := 0
	for x.on() || n == 0 {
		x.inject(x.nodes[0], "fsync,fdatasync:error=EIO", 1500*time.Millisecond)
		n++
		pause(time.Second)
		if n%3 == 0 { // what was promised after a failed sync must be on the disk, not only in the memory
			x.nodes[0].kill()
			x.nodes[0].open()
		}
	}
	x.nodes[0].kill()
	x.nodes[0].open()
	x.count("%d times 1.5 s of EIO, killed in between", n)
}

func failWrites(x *trial) {
	n := 0
	for x.on() || n == 0 {
		x.inject(x.nodes[0], [...]string{"pwrite64:error=EIO", "pwrite64:error=ENOSPC:when=3+2", "pwrite64:error=EIO:when=5+7"}[n%3], 1500*time.Millisecond)
		n++
		pause(time.Second)
	}
	x.nodes[0].kill()
	x.nodes[0].open()
	x.count("%d times 1.5 s", n)
}

func killWriting(x *trial) {
	n := 0
	for x.on() || n == 0 {
		x.inject(x.nodes[0], fmt.Sprintf("pwrite64:signal=KILL:when=%d", 1+rand.IntN(60)), 800*time.Millisecond)
		x.nodes[0].kill()
		x.nodes[0].open()
		n++
		pause(500 * time.Millisecond)
	}
	x.count("%d kills", n)
}

// fillDisk puts the data on a small disk and fills it to the last byte.
func fillDisk(x *trial) {
	n := 0
	filler := filepath.Join(x.data, "filler")
	for x.on() || n == 0 {
		f, err := os.Create(filler)
		if err != nil {
			x.t.Fatal(err)
		}
		for block := make([]byte, 1<<16); ; {
			if _, err := f.Write(block); err != nil {
				if block = block[:len(block)/2]; len(block) == 0 {
					break
				}
			}
		}
		f.Close()
		time.Sleep(time.Second)
		if err := os.Remove(filler); err != nil {
			x.t.Fatal(err)
		}
		n++
		pause(time.Second)
	}
	x.count("%d times 1 s without a byte", n)
}

func killDatabase(x *trial) {
	n, c := 0, ours(x.t)
	for x.on() || n == 0 {
		pause(2 * time.Second)
		c.kill()
		pause(500 * time.Millisecond)
		if err := c.start(); err != nil {
			x.t.Fatal(err)
		}
		n++
	}
	x.count("%d kills", n)
}

func pauseDatabase(x *trial) {
	n, c := 0, ours(x.t)
	for x.on() || n == 0 {
		pause(time.Second)
		c.signal(syscall.SIGSTOP)
		pause(5 * time.Second)
		c.signal(syscall.SIGCONT)
		n++
	}
	x.count("%d times some 5 s", n)
}

// takeConnections takes every connection that the server gives, and throws out those who had one.
func takeConnections(x *trial) {
	n, c := 0, ours(x.t)
	for x.on() || n == 0 {
		var held []*pgx.Conn
		if err := c.ask("postgres", `SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname LIKE 'torture%'`, new(int)); err != nil {
			x.t.Fatal(err)
		}
		for range most {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			conn, err := pgx.Connect(ctx, c.url("postgres"))
			cancel()
			if err != nil {
				break
			}
			held = append(held, conn)
		}
		pause(2 * time.Second)
		for _, conn := range held {
			conn.Close(context.Background())
		}
		n++
		pause(2 * time.Second)
	}
	x.count("%d times some 2 s", n)
}

func lockJournal(x *trial) {
	n := 0
	for x.on() || n == 0 {
		conn, err := pgx.Connect(context.Background(), x.url)
		if err != nil {
			x.t.Fatal(err)
		}
		if _, err := conn.Exec(context.Background(), `BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE`); err != nil {
			x.t.Fatal(err)
		}
		pause(min(x.d, 6*time.Second))
		conn.Close(context.Background())
		n++
		pause(time.Second)
	}
	x.count("%d times", n)
}

// slowVisitors open connections that never become a request, send a body that never ends, and ask for pages that they
// never read. Everybody else goes on; that they do is what the load says.
func slowVisitors(x *trial) {
	addr := x.nodes[0].addr
	var held []net.Conn
	starts := []string{"", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST /api/v1/filings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{",
		strings.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 50)}
	for i := range 400 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			x.t.Fatalf("the %dth slow visitor does not get in: %v", i, err)
		}
		held = append(held, c)
		c.(*net.TCPConn).SetReadBuffer(2048)
		c.Write([]byte(starts[i%len(starts)]))
	}
	visitor := http.Client{Timeout: 20 * time.Second}
	for x.on() {
		for i, c := range held {
			if i%len(starts) > 0 {
				c.SetWriteDeadline(time.Now().Add(time.Millisecond))
				c.Write([]byte("x"))
			}
		}
		a, err := visitor.Get("http://" + addr + "/healthz")
		if err != nil {
			x.t.Errorf("with 400 slow visitors the server says: %v", err)
			break
		}
		a.Body.Close()
		time.Sleep(300 * time.Millisecond)
	}
	for _, c := range held {
		c.Close()
	}
	x.count("%d connections", len(held))
}

// jumpClocks sets the servers' clocks forty days on and two hours back, and right again. No last day moves, nothing is
// declared missed, and what is filed meanwhile keeps the day that it was told.
func jumpClocks(x *trial) {
	before := x.lastDays()
	n := 0
	for x.on() || n == 0 {
		for _, wrong := range []time.Duration{961 * time.Hour, -2 * time.Hour, 0} {
			for _, one := range x.nodes {
				one.wrong(wrong)
			}
			pause(x.d / 4)
		}
		n++
	}
	after := x.lastDays()
	if len(before) < 100 {
		x.t.Fatalf("only %d clocks run: the test shows nothing", len(before))
	}
	for clock, was := range before {
		if after[clock] != was {
			x.t.Errorf("the clock %s was %s and is %s", clock, was, after[clock])
		}
	}
	x.says = fmt.Sprintf("%d times +961 h, −2 h, 0; %d clocks stood as they were", n, len(before))
}

// lastDays is every clock of the demonstration's matters: when it is over, and whether it was missed.
func (x *trial) lastDays() map[string]string {
	d, err := db.Open(x.t.Context(), x.url)
	if err != nil {
		x.t.Fatal(err)
	}
	defer d.Close()
	list := map[string]string{}
	err = d.Each(x.t.Context(), `SELECT m.id, m.fold FROM matter m WHERE m.title NOT LIKE '负载%'`, nil, func(scan func(...any) error) error {
		var id, fold string
		if err := scan(&id, &fold); err != nil {
			return err
		}
		var m struct {
			Clocks []struct {
				ID, Day string
				N       int
				Due     int64
				Missed  bool
			}
		}
		err := json.Unmarshal([]byte(fold), &m)
		for _, c := range m.Clocks {
			list[fmt.Sprintf("%s %s/%d", id, c.ID, c.N)] = fmt.Sprintf("until %s (%d), missed %v", c.Day, c.Due, c.Missed)
		}
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return list
}
