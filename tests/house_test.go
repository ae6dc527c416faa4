package tests

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the real binary, built once for all tests of this package.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "jishi-program-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "jishi")
	out, err := exec.Command("go", "build", "-o", name, "../cmd/jishi").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return name, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	closeBrowser()
	if dir, err := demoFolder(); err == nil {
		os.RemoveAll(dir)
	}
	if name, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(status)
}

// house is one running server.
type house struct {
	t    testing.TB
	at   string // http://127.0.0.1:PORT
	args []string
	cmd  *exec.Cmd
	said *bytes.Buffer
}

// demoFolder is the demonstration on the embedded database, made once; whoever starts it takes a copy.
var demoFolder = sync.OnceValues(func() (string, error) {
	name, err := program()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "jishi-demo-")
	if err != nil {
		return "", err
	}
	h := &house{args: []string{"demo", "--data", dir, "--addr", "127.0.0.1:0"}}
	if err := h.begin(name); err != nil {
		return "", err
	}
	h.cmd.Process.Signal(syscall.SIGTERM)
	return dir, h.cmd.Wait()
})

// demoData is a folder of the test's own with the demonstration in it.
func demoData(t testing.TB) string {
	t.Helper()
	from, err := demoFolder()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if said, err := exec.Command("cp", "-a", from, dir).CombinedOutput(); err != nil { // the keys stay their owner's alone
		t.Fatalf("%v: %s", err, said)
	}
	return dir
}

// demoOn is the demonstration on the engine: PostgreSQL is filled anew.
func demoOn(t testing.TB, engine, url string) *house {
	t.Helper()
	if engine == "sqlite" {
		return demoHouse(t)
	}
	return start(t, "demo", "--data", t.TempDir(), "--db", url)
}

// demoHouse starts the demonstration in a fresh folder.
func demoHouse(t testing.TB) *house { t.Helper(); return start(t, "demo", "--data", demoData(t)) }

func start(t testing.TB, args ...string) *house {
	t.Helper()
	h := &house{t: t, args: append(args, "--addr", "127.0.0.1:0")}
	h.open()
	t.Cleanup(func() {
		h.stop()
		if t.Failed() {
			t.Logf("the server said:\n%s", h.said)
		}
	})
	return h
}

// open starts the program and waits for its line.
func (h *house) open() {
	h.t.Helper()
	name, err := program()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.begin(name); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) begin(name string) error {
	h.cmd = exec.Command(name, h.args...)
	h.said = &bytes.Buffer{}
	h.cmd.Stderr = h.said
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := h.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "listening http://") {
		h.cmd.Process.Kill()
		h.cmd.Wait()
		return fmt.Errorf("the server did not start: %q %v\n%s", line, err, h.said)
	}
	h.at = strings.TrimSpace(strings.TrimPrefix(line, "listening "))
	return nil
}

// kill ends it as a power cut would.
func (h *house) kill() {
	h.cmd.Process.Kill()
	h.cmd.Wait()
}

// stop ends it as systemd does; it must end by itself.
func (h *house) stop() {
	h.t.Helper()
	if h.cmd.ProcessState != nil {
		return
	}
	h.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan error, 1)
	go func() { done <- h.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			h.t.Errorf("the server ended with %v\n%s", err, h.said)
		}
	case <-time.After(30 * time.Second):
		h.cmd.Process.Kill()
		h.t.Error("the server did not stop within 30 seconds")
	}
}

// run runs the program to its end.
func run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// TestStopsGracefully: it answers, no second server takes its folder, and told to stop it ends by itself.
func TestStopsGracefully(t *testing.T) {
	t.Parallel()
	h := demoHouse(t)
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/"} {
		r, err := http.Get(h.at + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 200 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	if said, err := run(t, "serve", "--data", h.args[2], "--addr", "127.0.0.1:0"); err == nil || !strings.Contains(said, "serves the data folder") {
		t.Errorf("a second server on the same folder: %v %s", err, said)
	}
	h.stop()
	if h.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("it ended with %d", h.cmd.ProcessState.ExitCode())
	}
}
