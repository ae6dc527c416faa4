package blob_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"jishi/base/blob"
	"jishi/base/words"
)

// eicar is the harmless text that every scanner takes for malicious (eicar.org), in two parts so that a scanner does not
// take this file away.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// clamd speaks what the real one speaks of INSTREAM. Its first silent calls it hangs up on.
func clamd(t *testing.T, silent int32) (address string, asked *atomic.Int32) {
	t.Helper()
	address = filepath.Join(t.TempDir(), "clamd.ctl")
	l, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	asked = new(atomic.Int32)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if asked.Add(1) > silent {
				serve(c)
			}
			c.Close()
		}
	}()
	return address, asked
}

func serve(c net.Conn) {
	in := bufio.NewReader(c)
	if order, err := in.ReadString(0); err != nil || order != "zINSTREAM\x00" {
		io.WriteString(c, "UNKNOWN COMMAND\x00")
		return
	}
	var whole bytes.Buffer
	for {
		var n uint32
		if binary.Read(in, binary.BigEndian, &n) != nil {
			return
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(&whole, in, int64(n)); err != nil {
			return
		}
	}
	answer := "stream: OK\x00"
	switch {
	case bytes.Contains(whole.Bytes(), []byte(eicar)):
		answer = "stream: Eicar-Test-Signature FOUND\x00"
	case whole.Len() > 1<<20:
		answer = "INSTREAM size limit exceeded. ERROR\x00"
	}
	io.WriteString(c, answer)
}

// TestTheScannerSeesEachFile: a harmless file is kept and a malicious one is not, whichever chunk the mark stands in; a
// scanner that is away is waited for; when it stays away, and when it gives up on a file, the file is refused with a
// sentence, or taken where the office said so.
func TestTheScannerSeesEachFile(t *testing.T) {
	address, _ := clamd(t, 0)
	store, err := blob.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	keep := func(scan *blob.Clam, text string) error {
		store.Scan = scan
		_, err := store.Keep(t.Context(), "note.txt", strings.NewReader(text))
		return err
	}
	there := &blob.Clam{Address: address, Wait: 10 * time.Second}
	if err := keep(there, "路灯坏了。"); err != nil {
		t.Errorf("a harmless file: %v", err)
	}
	for _, before := range []int{0, 60_000, 65_530, 200_000} {
		err := keep(there, strings.Repeat("a", before)+eicar)
		if r, ok := words.AsRefusal(err); !ok || r.Code != "malicious-file" || !strings.Contains(err.Error(), "Eicar") {
			t.Errorf("the mark after %d bytes: %v", before, err)
		}
	}
	late, asked := clamd(t, 2)
	if err := keep(&blob.Clam{Address: late, Wait: 30 * time.Second}, "等一等。"); err != nil || asked.Load() != 3 {
		t.Errorf("a scanner that comes back: %v after %d tries", err, asked.Load())
	}
	for name, text := range map[string]string{filepath.Join(t.TempDir(), "none"): "没有。", address: strings.Repeat("b", 2<<20)} {
		err := keep(&blob.Clam{Address: name, Wait: time.Second}, text)
		if r, ok := words.AsRefusal(err); !ok || r.Code != "scanner-away" || r.Kind != words.Unavailable {
			t.Errorf("no verdict: %v", err)
		}
		if err := keep(&blob.Clam{Address: name, Wait: time.Second, Lenient: true}, text); err != nil {
			t.Errorf("no verdict, and the office takes it: %v", err)
		}
	}
	left, err := filepath.Glob(filepath.Join(t.TempDir(), "..", "*", "tmp", "in-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestTheRealScanner is the same at a clamd that somebody started: JISHI_TEST_CLAMD names its socket.
func TestTheRealScanner(t *testing.T) {
	address := os.Getenv("JISHI_TEST_CLAMD")
	if address == "" {
		t.Skip("no clamd: JISHI_TEST_CLAMD names none")
	}
	c := &blob.Clam{Address: address, Wait: 20 * time.Second}
	if err := c.Look(t.Context(), strings.NewReader("路灯坏了。")); err != nil {
		t.Errorf("a harmless file: %v", err)
	}
	if r, ok := words.AsRefusal(c.Look(t.Context(), strings.NewReader(eicar))); !ok || r.Code != "malicious-file" {
		t.Errorf("EICAR was let through: %v", r)
	}
}
