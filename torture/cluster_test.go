package torture

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"jishi/bench"
)

// cluster is a PostgreSQL that may be killed, stopped and filled up without anybody else noticing.
type cluster struct {
	bin, dir, port string
	cmd            *exec.Cmd
	more           []string
	n              int
}

// ours is the cluster of this run; the test is skipped aloud where none can be made.
func ours(t testing.TB) *cluster {
	t.Helper()
	if shared.cluster == nil {
		c := &cluster{}
		if err := c.make(); err != nil {
			t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
		}
		shared.cluster = c
	}
	return shared.cluster
}

func (c *cluster) make() error {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if at, err := exec.LookPath("initdb"); err == nil {
		found = append(found, at)
	}
	if len(found) == 0 {
		return fmt.Errorf("no initdb found; install postgresql")
	}
	slices.Sort(found)
	c.bin = filepath.Dir(found[len(found)-1])
	var err error
	if c.dir, err = os.MkdirTemp("", "jishi-torture-pg-"); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, c.port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	init := exec.Command(filepath.Join(c.bin, "initdb"), "-D", c.dir+"/data", "-U", "jishi", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
	if err := c.own(init); err != nil {
		return err
	}
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return c.start()
}

// own lets the command run as the user postgres where we are root, as which PostgreSQL refuses to run.
func (c *cluster) own(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(c.dir, uid, gid)
}

// most is how many connections the cluster takes.
const most = 100

func (c *cluster) start() error {
	log, err := os.OpenFile(c.dir+"/log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer log.Close()
	args := append([]string{"-D", c.dir + "/data", "-h", "127.0.0.1", "-p", c.port, "-k", "", "-c", "fsync=on", "-c", "shared_buffers=64MB",
		"-c", fmt.Sprintf("max_connections=%d", most)}, c.more...)
	c.cmd = exec.Command(filepath.Join(c.bin, "postgres"), args...)
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.own(c.cmd); err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	for range 600 {
		var one int
		if err = c.ask("postgres", "SELECT 1", &one); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(c.dir + "/log")
	return fmt.Errorf("PostgreSQL did not answer: %w\n%s", err, text[max(0, len(text)-2000):])
}

func (c *cluster) url(name string) string {
	return "postgres://jishi@127.0.0.1:" + c.port + "/" + name + "?sslmode=disable"
}

func (c *cluster) ask(database, sql string, dest ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url(database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if len(dest) == 0 {
		_, err = conn.Exec(ctx, sql)
		return err
	}
	return conn.QueryRow(ctx, sql).Scan(dest...)
}

// database is a fresh, empty one, gone when the test ends.
func (c *cluster) database(t *testing.T) string {
	c.n++
	url, drop, err := bench.NewDatabase(t.Context(), c.url("postgres"), fmt.Sprintf("torture%d", c.n))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	return url
}

// all are the processes of the cluster, the first one first.
func (c *cluster) all() []int {
	list := []int{c.cmd.Process.Pid}
	out, _ := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(c.cmd.Process.Pid)).Output()
	for _, f := range strings.Fields(string(out)) {
		if pid, err := strconv.Atoi(f); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

func (c *cluster) signal(s syscall.Signal) {
	for _, pid := range c.all() {
		syscall.Kill(pid, s)
	}
}

// kill ends all of it at once, as a power cut would.
func (c *cluster) kill() {
	c.signal(syscall.SIGKILL)
	c.cmd.Wait()
}

func (c *cluster) stop() {
	c.cmd.Process.Signal(syscall.SIGINT)
	c.cmd.Wait()
	os.RemoveAll(c.dir)
}
