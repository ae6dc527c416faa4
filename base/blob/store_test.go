package blob_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"jishi/base/blob"
	"jishi/base/words"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T) (*blob.Store, string) {
	dir := filepath.Join(t.TempDir(), "blobs")
	s, err := blob.New(dir)
	must(t, err)
	return s, dir
}

func TestWhatWasPutIsFoundByItsHash(t *testing.T) {
	s, dir := open(t)
	ref, err := s.Put(t.Context(), strings.NewReader("abc"), 3)
	must(t, err)
	// FIPS 180-2, example B.1
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if ref.Hash != want || ref.Size != 3 || !s.Has(want) {
		t.Fatalf("%+v", ref)
	}
	f, err := s.Open(want)
	must(t, err)
	defer f.Close()
	if b, _ := io.ReadAll(f); string(b) != "abc" {
		t.Fatalf("%q", b)
	}
	info, err := os.Stat(filepath.Join(dir, want[:2], want[2:]))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	must(t, s.Verify(t.Context(), want))
	must(t, os.WriteFile(filepath.Join(dir, want[:2], want[2:]), []byte("abd"), 0o600))
	if err := s.Verify(t.Context(), want); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a changed byte was not noticed: %v", err)
	}
}

func TestWhatIsRemovedIsGoneAndNothingElse(t *testing.T) {
	s, dir := open(t)
	one, err := s.Put(t.Context(), strings.NewReader("one"), 3)
	must(t, err)
	two, err := s.Put(t.Context(), strings.NewReader("two"), 3)
	must(t, err)
	for range 2 { // a crash after the first leaves it to a second
		must(t, s.Remove(one.Hash))
	}
	if _, err := s.Open(one.Hash); !errors.Is(err, blob.ErrNotFound) || s.Has(one.Hash) || !s.Has(two.Hash) {
		t.Errorf("%v, the other there: %v", err, s.Has(two.Hash))
	}
	if err := s.Remove("../" + filepath.Base(dir)); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("a path was taken for a name: %v", err)
	}
	must(t, s.Remove(strings.Repeat("0", 64)))
}

func TestWhatWasPutAgainIsNotStale(t *testing.T) {
	s, dir := open(t)
	ref, err := s.Put(t.Context(), strings.NewReader("one"), 3)
	must(t, err)
	at := filepath.Join(dir, ref.Hash[:2], ref.Hash[2:])
	info, err := os.Stat(at)
	must(t, err)
	must(t, os.Chtimes(at, time.Time{}, info.ModTime().AddDate(0, -2, 0)))
	since := info.ModTime().AddDate(0, -1, 0)
	if !s.Stale(ref.Hash, since) {
		t.Error("two months old, and not stale after one")
	}
	_, err = s.Put(t.Context(), strings.NewReader("one"), 3) // as somebody's attachment
	must(t, err)
	must(t, s.RemoveStale(ref.Hash, since))
	if !s.Has(ref.Hash) || s.Stale(ref.Hash, since) {
		t.Error("what was put again is gone")
	}
	must(t, os.Chtimes(at, time.Time{}, info.ModTime().AddDate(0, -2, 0)))
	for range 2 { // a crash after the first leaves it to a second
		must(t, s.RemoveStale(ref.Hash, since))
	}
	if s.Has(ref.Hash) {
		t.Error("what was stale is there")
	}
}

func TestTheSameFileFromTwentyPeopleIsOne(t *testing.T) {
	s, dir := open(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.Put(t.Context(), bytes.NewReader(make([]byte, 100_000)), blob.Limit); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n := 0
	must(t, s.Each(func(r blob.Ref) error { n++; return nil }))
	left, err := os.ReadDir(filepath.Join(dir, "tmp"))
	must(t, err)
	if n != 1 || len(left) != 0 {
		t.Fatalf("%d blobs, %d left in tmp", n, len(left))
	}
}

func TestTooMuchOrBrokenOffLeavesNothing(t *testing.T) {
	s, dir := open(t)
	_, err := s.Put(t.Context(), strings.NewReader("abcd"), 3)
	if r, ok := words.AsRefusal(err); !ok || r.Kind != words.TooLarge || r.Way == "" {
		t.Errorf("four bytes where three are allowed: %v", err)
	}
	cut := errors.New("the phone went into a tunnel")
	if _, err := s.Put(t.Context(), io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(cut)), 10); !errors.Is(err, cut) {
		t.Errorf("broken off: %v", err)
	}
	must(t, s.Each(func(r blob.Ref) error { t.Errorf("%v was kept", r); return nil }))
	stale := filepath.Join(dir, "tmp", "in-1")
	must(t, os.WriteFile(stale, nil, 0o600))
	must(t, s.Sweep(time.Now().Add(time.Minute)))
	if left, _ := os.ReadDir(filepath.Join(dir, "tmp")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestANameThatIsNoHashOpensNothing(t *testing.T) {
	s, _ := open(t)
	for _, name := range []string{"", "..", "../../../../etc/passwd", strings.Repeat("A", 64), "../" + strings.Repeat("a", 61), strings.Repeat("a", 64)} {
		if _, err := s.Open(name); !errors.Is(err, blob.ErrNotFound) || s.Has(name) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
