package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// keyFile is what lies on disk, readable by the program's user alone. Losing it loses every identity;
// it is backed up apart from the database, or a stolen backup holds both.
type keyFile struct {
	// Index is the secret from which the look-up hashes' keys are derived; it does not rotate,
	// because the hashes could not be found again.
	Index []byte `json:"index"`
	// Keys wrap the rows' data keys; the last one is used for new rows, the others still open old ones.
	Keys []wrapKey `json:"keys"`
}

type wrapKey struct {
	ID  string `json:"id"`
	Key []byte `json:"key"`
}

// Vault seals and opens identities. It is safe for use by many goroutines.
type Vault struct {
	path    string
	wraps   map[string]cipher.AEAD
	current string
	phone   []byte // key of the phone hash
	number  []byte // key of the ID number hash
}

// OpenKeys reads the key file, and makes it with new keys when it is missing. It refuses a file that
// others on the machine can read.
func OpenKeys(path string) (*Vault, error) {
	f, err := readKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		f = &keyFile{Index: random(32), Keys: []wrapKey{newKey()}}
		if err = writeKeys(path, f, true); errors.Is(err, fs.ErrExist) {
			f, err = readKeys(path) // another node was first
		}
	}
	if err != nil {
		return nil, err
	}
	return newVault(path, f)
}

// Rotate adds a new key to the key file and opens it again. New identities use the new key; call
// Rewrap to bring the old ones to it. Other running nodes must be restarted with the new file first.
func Rotate(path string) (*Vault, error) {
	f, err := readKeys(path)
	if err != nil {
		return nil, err
	}
	f.Keys = append(f.Keys, newKey())
	if err := writeKeys(path, f, false); err != nil {
		return nil, err
	}
	return newVault(path, f)
}

func newVault(path string, f *keyFile) (*Vault, error) {
	v := &Vault{path: path, wraps: map[string]cipher.AEAD{}}
	for _, k := range f.Keys {
		a, err := sealer(k.Key)
		if err != nil {
			return nil, fmt.Errorf("vault: key %s: %w", k.ID, err)
		}
		v.wraps[k.ID], v.current = a, k.ID
	}
	var err error
	if v.phone, err = hkdf.Key(sha256.New, f.Index, nil, "jishi vault phone", 32); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	if v.number, err = hkdf.Key(sha256.New, f.Index, nil, "jishi vault id number", 32); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return v, nil
}

func readKeys(path string) (*keyFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("vault: key file: %w", err)
	}
	if m := info.Mode().Perm(); m&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("vault: others can read the key file %s (mode %04o): run chmod 600 on it", path, m)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("vault: key file: %w", err)
	}
	f := &keyFile{}
	if err := json.Unmarshal(b, f); err != nil {
		return nil, fmt.Errorf("vault: the key file %s is damaged: %w", path, err)
	}
	if len(f.Index) != 32 || len(f.Keys) == 0 {
		return nil, fmt.Errorf("vault: the key file %s is damaged: a key is missing", path)
	}
	return f, nil
}

// writeKeys replaces the file as a whole: a crash leaves the old one or the new one, never half.
// A first file never replaces another: two nodes that start together must not each have their own.
func writeKeys(path string, f *keyFile, first bool) error {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".keys-") // mode 0600
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(b, '\n'))
	if e := tmp.Sync(); err == nil {
		err = e
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil && first {
		err = os.Link(tmp.Name(), path)
	} else if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("vault: write the key file: %w", err)
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	defer f.Close()
	return f.Sync()
}

func newKey() wrapKey { return wrapKey{ID: rand.Text()[:10], Key: random(32)} }

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: the runtime ends the program instead
	return b
}

func sealer(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("a key has 32 bytes, this one %d", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
