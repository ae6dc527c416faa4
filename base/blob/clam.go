package blob

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"jishi/base/words"
)

// Clam is a ClamAV scanner (clamd) to which each attachment is shown before it is kept. It is optional: what a file is,
// and that a picture holds nothing but a picture, is found out without it.
type Clam struct {
	Address string        // "/run/clamav/clamd.ctl" or "127.0.0.1:3310"
	Wait    time.Duration // how long a scanner that is away or busy is waited for
	Lenient bool          // a file that could not be scanned is taken all the same; otherwise it is refused
}

const (
	clamChunk = 64 << 10
	clamAgain = 500 * time.Millisecond
)

// errAway means that the scanner gave no verdict.
var errAway = errors.New("the scanner is away")

// Look shows the scanner what r holds from its beginning to its end. It refuses with Invalid what the scanner knows as
// malicious, and with Unavailable what it did not scan in time, unless the office takes such files.
func (c *Clam) Look(ctx context.Context, r io.ReadSeeker) error {
	if c == nil || c.Address == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	for {
		found, err := c.ask(ctx, r)
		switch {
		case err == nil && found == "":
			return nil
		case err == nil:
			return words.Refuse(words.Invalid, "malicious-file", "这个文件里有恶意代码（{name}），没有收下。", "name", found).Try("请在您的电脑上查杀以后，再传别的文件；事情仍可以办，不带附件也行。")
		case !errors.Is(err, errAway):
			return err
		}
		select {
		case <-time.After(clamAgain):
			continue
		case <-ctx.Done():
		}
		if c.Lenient {
			return nil
		}
		return words.Refuse(words.Unavailable, "scanner-away", "检查附件的程序现在没有回应，附件没有收下。").Try("填写的内容没有丢，请过几分钟再传；急的先不带附件提交。")
	}
}

// ask sends the file once, as clamd's INSTREAM wants it: chunks with their length before them, an empty one at the end.
func (c *Clam) ask(ctx context.Context, r io.ReadSeeker) (found string, err error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("blob: scan: %w", err)
	}
	network := "tcp"
	if strings.HasPrefix(c.Address, "/") {
		network = "unix"
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, c.Address)
	if err != nil {
		return "", errAway
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := stream(conn, r); err != nil {
		return "", err
	}
	said, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
	if err != nil && said == "" {
		return "", errAway
	}
	return verdict(said)
}

func stream(w io.Writer, r io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return errAway
	}
	chunk := make([]byte, 4+clamChunk)
	for {
		n, err := io.ReadFull(r, chunk[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(chunk, uint32(n))
			if _, err := w.Write(chunk[:4+n]); err != nil {
				return errAway // it may have heard enough; then its answer is lost, and it is asked again
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("blob: scan: %w", err)
		}
	}
	if _, err := w.Write(make([]byte, 4)); err != nil {
		return errAway
	}
	return nil
}

// verdict reads "stream: OK", "stream: NAME FOUND" and "… ERROR". Only the first is a clean bill.
func verdict(said string) (found string, err error) {
	said = strings.TrimSpace(strings.TrimRight(said, "\x00"))
	name, known := strings.CutSuffix(strings.TrimPrefix(said, "stream: "), " FOUND")
	switch {
	case said == "stream: OK":
		return "", nil
	case known && name != "":
		return name, nil
	}
	return "", errAway
}
