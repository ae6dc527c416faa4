// Package blob keeps attachments as files named by the SHA-256 of their bytes.
//
// A name is handed out only after the bytes and the name are on disk, so that a row which mentions
// a blob never mentions nothing. Two people who send the same file share one.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"jishi/base/words"
)

// Limit is the largest attachment taken, in bytes.
const Limit = 50 << 20

// ErrNotFound means that no blob has that name, or that it is not a name.
var ErrNotFound = errors.New("blob: not found")

// Ref names a blob.
type Ref struct {
	Hash string // SHA-256 of the bytes, 64 hex digits
	Size int64
}

// Store is a folder of blobs: DIR/ab/cdef…; DIR/tmp holds what is still being received.
type Store struct {
	dir  string
	Scan *Clam // sees each file before it has a name; nil sees none
}

// New opens the folder, and makes it for its owner alone when it is missing.
func New(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Store{dir: dir}, nil
}

// Put stores what r holds, at most limit bytes, and returns when it is durable.
// A crash at any moment leaves either the whole blob or a file under tmp that nobody names.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, "tmp"), "in-")
	if err != nil {
		return Ref{}, fmt.Errorf("blob: %w", err)
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(&patient{ctx, r}, limit+1))
	if err != nil {
		return Ref{}, fmt.Errorf("blob: receive: %w", err)
	}
	if n > limit {
		return Ref{}, tooLarge(limit)
	}
	if err := s.Scan.Look(ctx, f); err != nil {
		return Ref{}, err
	}
	if err := f.Sync(); err != nil {
		return Ref{}, fmt.Errorf("blob: %w", err)
	}
	if err := f.Close(); err != nil {
		return Ref{}, fmt.Errorf("blob: %w", err)
	}
	return s.place(f.Name(), h, n)
}

// place gives the received file its name and makes the name durable.
func (s *Store) place(tmp string, h hash.Hash, n int64) (Ref, error) {
	ref := Ref{hex.EncodeToString(h.Sum(nil)), n}
	path := s.path(ref.Hash)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Ref{}, fmt.Errorf("blob: %w", err)
	}
	// Renaming over the same bytes changes nothing; and the folder is synced even then, because
	// whoever stored them first may not have got that far.
	if err := os.Rename(tmp, path); err != nil {
		return Ref{}, fmt.Errorf("blob: %w", err)
	}
	for _, d := range []string{filepath.Dir(path), s.dir} {
		if err := syncFolder(d); err != nil {
			return Ref{}, fmt.Errorf("blob: %w", err)
		}
	}
	return ref, nil
}

// Open reads a blob; the caller closes it.
func (s *Store) Open(hash string) (io.ReadSeekCloser, error) {
	if !isHash(hash) {
		return nil, ErrNotFound
	}
	f, err := os.Open(s.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return f, nil
}

// Has tells whether the blob is there.
func (s *Store) Has(hash string) bool {
	if !isHash(hash) {
		return false
	}
	info, err := os.Stat(s.path(hash))
	return err == nil && info.Mode().IsRegular()
}

// Remove takes a blob away for good, and returns when that is durable; one that is not there is gone already. It does not
// know who names a blob: only the caller who put it under a name that nobody else can have, and has recorded that it goes,
// may call it. A crash leaves it there or gone, and the caller calls again.
func (s *Store) Remove(hash string) error {
	if !isHash(hash) {
		return ErrNotFound
	}
	path := s.path(hash)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

// Stale tells whether nobody has put the bytes since the instant; a blob that is not there is stale.
func (s *Store) Stale(hash string, since time.Time) bool {
	if !isHash(hash) {
		return true
	}
	return stale(s.path(hash), since)
}

func stale(path string, since time.Time) bool {
	info, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().Before(since)
}

// RemoveStale is Remove for a name that others can have: bytes that somebody put since the instant stay, even when they
// come in the same moment. Who names them the caller has asked before.
func (s *Store) RemoveStale(hash string, since time.Time) error {
	if !s.Stale(hash, since) || !isHash(hash) {
		return nil
	}
	aside := filepath.Join(s.dir, "tmp", "out-"+hash)
	if err := os.Rename(s.path(hash), aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	if !stale(aside, since) { // it was put between the two
		if err := os.Rename(aside, s.path(hash)); err != nil {
			return fmt.Errorf("blob: %w", err)
		}
		return nil
	}
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	if err := syncFolder(filepath.Dir(s.path(hash))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

// Verify reads a blob and tells whether its bytes still have its name.
func (s *Store) Verify(ctx context.Context, name string) error {
	f, err := s.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, &patient{ctx, f}); err != nil {
		return fmt.Errorf("blob: %s: %w", name, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != name {
		return fmt.Errorf("blob: %s is damaged: its bytes are %s", name, got)
	}
	return nil
}

// Each calls fn for every blob, in the order of their names: for backup and verification.
func (s *Store) Each(fn func(Ref) error) error {
	return filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name := filepath.Base(filepath.Dir(path)) + e.Name()
		if !isHash(name) {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return fn(Ref{name, info.Size()})
	})
}

// Sweep removes what was being received before the given instant and never finished.
func (s *Store) Sweep(before time.Time) error {
	left, err := os.ReadDir(filepath.Join(s.dir, "tmp"))
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	for _, e := range left {
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			os.Remove(filepath.Join(s.dir, "tmp", e.Name()))
		}
	}
	return nil
}

func (s *Store) path(hash string) string { return filepath.Join(s.dir, hash[:2], hash[2:]) }

// isHash keeps anything that could leave the folder out of a path.
func isHash(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // it cannot; its journal keeps the name
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

func tooLarge(limit int64) error {
	return words.Refuse(words.TooLarge, "attachment-too-large", "这个文件超过了{limit} MB，不能上传。", "limit", limit>>20).
		Try("照片可以用手机相册压缩后再传；视频可以截取关键的一段；也可以先提交，再到窗口补交原件。")
}
