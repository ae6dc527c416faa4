package torture

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/bench"
)

// programs are the real binary and what else a torment needs, built once.
var programs = struct {
	sync.Mutex
	dir  string
	made map[string]string
}{made: map[string]string{}}

// build builds the program with the clock that can be moved, and with more flags under a name of their own.
func build(t testing.TB, name string, flags ...string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if at := programs.made[name]; at != "" {
		return at
	}
	if programs.dir == "" {
		var err error
		if programs.dir, err = os.MkdirTemp("", "jishi-torture-"); err != nil {
			t.Fatal(err)
		}
		os.Chmod(programs.dir, 0o711)
	}
	at := filepath.Join(programs.dir, name)
	args := append(append([]string{"build", "-tags", "torture"}, flags...), "-o", at, "../cmd/jishi")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	programs.made[name] = at
	return at
}

func TestMain(m *testing.M) {
	status := m.Run()
	if shared.cluster != nil {
		shared.cluster.stop()
	}
	os.RemoveAll(programs.dir)
	os.Exit(status)
}

// site is one system: a database, a data folder, and the servers on it.
type site struct {
	t      *testing.T
	engine string
	data   string
	url    string // of the database, for package db
	nodes  []*node
}

// node is one server. Its port stays when it is killed and comes again.
type node struct {
	site    *site
	program string
	addr    string
	cmd     *exec.Cmd
	said    *bytes.Buffer
	mu      sync.Mutex
}

// shared is what all torments of one run use: a county that was made once, and one PostgreSQL of their own.
var shared struct {
	county  string // an archive
	keys    string
	cluster *cluster
	n       int
}

// newSite is a fresh demonstration county on the engine, with so many servers.
func newSite(t *testing.T, engine string, nodes int, small bool) *site {
	t.Helper()
	s := &site{t: t, engine: engine, data: filepath.Join(t.TempDir(), "data")}
	if small {
		s.onSmallDisk()
	}
	s.fill()
	for range nodes {
		s.add(build(t, "jishi"))
	}
	t.Cleanup(func() {
		for _, n := range s.nodes {
			n.stop()
			if t.Failed() {
				t.Logf("the server %s said:\n%s", n.addr, n.tail())
			}
		}
	})
	return s
}

// onSmallDisk puts the data folder on a disk of its own, which is easily filled.
func (s *site) onSmallDisk() {
	if err := os.Mkdir(s.data, 0o700); err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", s.data).CombinedOutput(); err != nil {
		s.t.Skipf("NOT TESTED: no disk can be mounted here: %s", out)
	}
	s.t.Cleanup(func() { exec.Command("umount", "-l", s.data).Run() })
}

// fill puts the county into the site: made once, and restored from its archive after that.
func (s *site) fill() {
	t := s.t
	t.Helper()
	if shared.county == "" {
		dir, err := os.MkdirTemp(filepath.Dir(build(t, "jishi")), "county-")
		if err != nil {
			t.Fatal(err)
		}
		first := &site{t: t, engine: "sqlite", data: filepath.Join(dir, "data"), url: "sqlite:" + filepath.Join(dir, "data", "jishi.db")}
		n := first.add(build(t, "jishi"))
		n.stop()
		shared.county = filepath.Join(dir, "county.zip")
		if out, err := first.run("backup", "--keys", shared.county); err != nil {
			t.Fatalf("backup: %v\n%s", err, out)
		}
	}
	s.url = "sqlite:" + filepath.Join(s.data, "jishi.db")
	if s.engine == "postgres" {
		s.url = ours(t).database(t)
	}
	if out, err := s.run("restore", shared.county); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
}

// args are the flags that name the site's data.
func (s *site) args() []string {
	args := []string{"--data", s.data}
	if s.engine == "postgres" {
		args = append(args, "--db", s.url)
	}
	return args
}

// run runs one of the program's commands on the site.
func (s *site) run(command string, more ...string) (string, error) {
	args := append(append([]string{command}, s.args()...), more...)
	out, err := exec.Command(build(s.t, "jishi"), args...).CombinedOutput()
	return string(out), err
}

// add starts one more server.
func (s *site) add(program string) *node {
	s.t.Helper()
	n := &node{site: s, program: program, addr: freeAddr(s.t)}
	n.open()
	s.nodes = append(s.nodes, n)
	return n
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *site) at() []string {
	var list []string
	for _, n := range s.nodes {
		list = append(list, "http://"+n.addr)
	}
	return list
}

// open starts the server and waits until it listens.
func (n *node) open() {
	n.site.t.Helper()
	if err := n.try(); err != nil {
		n.site.t.Fatal(err)
	}
}

func (n *node) try() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	args := append(append([]string{"demo"}, n.site.args()...), "--addr", n.addr, "--pace", "off")
	n.cmd = exec.Command(n.program, args...)
	n.cmd.Env = append(os.Environ(), "JISHI_CLOCK="+n.site.data+".clock-"+n.addr)
	n.said = &bytes.Buffer{}
	n.cmd.Stderr = n.said
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := n.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "listening ") {
		n.cmd.Process.Kill()
		n.cmd.Wait()
		return fmt.Errorf("the server did not start: %q %v\n%s", line, err, n.tail())
	}
	return nil
}

func (n *node) pid() int { return n.cmd.Process.Pid }

func (n *node) tail() string {
	b := n.said.Bytes()
	return string(b[max(0, len(b)-3000):])
}

// kill ends it as a power cut would.
func (n *node) kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cmd.Process.Kill()
	n.cmd.Wait()
}

func (n *node) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd.ProcessState != nil {
		return
	}
	n.cmd.Process.Signal(syscall.SIGTERM)
	end := time.AfterFunc(40*time.Second, func() { n.cmd.Process.Kill() })
	defer end.Stop()
	if err := n.cmd.Wait(); err != nil {
		n.site.t.Errorf("the server ended with %v\n%s", err, n.tail())
	}
}

// wrong sets the server's clock wrong by the duration.
func (n *node) wrong(d time.Duration) {
	if err := os.WriteFile(n.site.data+".clock-"+n.addr, []byte(d.String()), 0o600); err != nil {
		n.site.t.Fatal(err)
	}
}

// load plays petitions while the fault is done, and returns what everybody was told.
func (s *site) load(rate float64, d time.Duration, fault func()) (*bench.Load, *bench.History) {
	s.t.Helper()
	l := &bench.Load{At: s.at(), Rate: rate, For: d, Gap: 60 * time.Millisecond, Patience: 90 * time.Second, Contend: 3}
	if err := l.Enter(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	played := make(chan *bench.History, 1)
	go func() { played <- l.Run(context.Background()) }()
	time.Sleep(200 * time.Millisecond)
	fault()
	return l, <-played
}

// holds checks everything after a load: what people were told against the journal, the house against itself, and the
// receipts against the ledger.
func (s *site) holds(l *bench.Load, h *bench.History) {
	s.t.Helper()
	d, err := db.Open(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	r, err := Read(s.t.Context(), d, h.Run)
	if err != nil {
		s.t.Fatal(err)
	}
	for i, fault := range Check(h, r) {
		if s.t.Errorf("%s", fault); i > 5 {
			break
		}
	}
	if s.engine == "sqlite" {
		d.Close() // verify is a process of its own, and the file has one writer at a time
	}
	s.caughtUp()
	if out, err := s.run("verify"); err != nil {
		s.t.Errorf("verify: %v\n%s", err, out)
	}
	s.receipts(h)
}

// caughtUp waits until all that follows the journal stands at its end.
func (s *site) caughtUp() {
	s.t.Helper()
	d, err := db.Open(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	behind := ""
	for range 600 {
		var waiting, last int64
		err := d.Row(s.t.Context(), `SELECT (SELECT COUNT(*) FROM event_waiting), (SELECT COALESCE(MAX(position), 0) FROM event_position)`, nil, &waiting, &last)
		behind = fmt.Sprintf("%v, %d events without a position", err, waiting)
		if err == nil && waiting == 0 {
			behind = ""
			err = d.Each(s.t.Context(), `SELECT name, position FROM follower`, nil, func(scan func(...any) error) error {
				var name string
				var at int64
				err := scan(&name, &at)
				if at < last {
					behind += fmt.Sprintf(" %s at %d of %d", name, at, last)
				}
				return err
			})
		}
		if err == nil && behind == "" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Errorf("after a minute somebody has not caught up: %s", behind)
}

// receipts fetches some citizens' receipts and checks them against the ledger, as they would.
func (s *site) receipts(h *bench.History) {
	s.t.Helper()
	n := 0
	for _, step := range h.Steps {
		if step.Op != "file" || !step.Promised() || step.Life%max(1, len(h.Steps)/50) != 0 || n >= 3 {
			continue
		}
		n++
		name := filepath.Join(s.t.TempDir(), "receipt.json")
		text, err := receipt(s.at()[0], step)
		if err == nil {
			err = os.WriteFile(name, text, 0o600)
		}
		if err != nil {
			s.t.Errorf("the receipt of %s: %v", step.Number, err)
			continue
		}
		out, err := exec.Command(build(s.t, "jishi"), "verify", "receipt", "--log", s.at()[0]+"/ledger", name).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "OK    included") {
			s.t.Errorf("the receipt of %s does not prove: %v\n%s", step.Number, err, out)
		}
	}
	if n == 0 {
		s.t.Error("nobody has a receipt")
	}
}

// receipt is the file that a citizen downloads with number and code.
func receipt(at string, s bench.Step) ([]byte, error) {
	body, _ := json.Marshal(map[string]string{"number": s.Number, "code": s.Code})
	a, err := http.Post(at+"/api/v1/follow", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	var entered struct{ Token string }
	if err := json.NewDecoder(a.Body).Decode(&entered); err != nil || entered.Token == "" {
		return nil, fmt.Errorf("number and code do not open it: %s", a.Status)
	}
	q, err := http.NewRequest(http.MethodGet, at+"/p/"+s.Number+"/receipt.json", nil)
	if err != nil {
		return nil, err
	}
	q.AddCookie(&http.Cookie{Name: "folk", Value: entered.Token})
	b, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer b.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(b.Body)
	if b.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the receipt is answered %s", b.Status)
	}
	return text.Bytes(), err
}
