package vault

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// keyFile is what lies on disk, readable by the program's user alone. Losing it loses every identity;
// it is backed up apart from the database, or a stolen backup holds both.
type keyFile struct {
	// Index is the secret from which the look-up hashes' keys are derived; it does not rotate,
	// because the hashes could not be found again. Hashes is the suite whose hash they are made with.
	Index  []byte `json:"index"`
	Hashes Suite  `json:"hashes,omitempty"`
	// Keys wrap the rows' data keys; the last one is used for new rows, the others still open old ones.
	Keys []wrapKey `json:"keys"`
}

type wrapKey struct {
	ID    string `json:"id"`
	Suite Suite  `json:"suite,omitempty"` // "" is AES
	Key   []byte `json:"key"`
}

// Options say where the keys are and what they must be.
type Options struct {
	Path    string // of the key file
	Suite   Suite  // that new identities are sealed with; "" takes what the key file has, and AES where there is none
	Command string // an outside command that the key file is sealed by; "" leaves the file open to its owner
}

// Vault seals and opens identities. It is safe for use by many goroutines, also while the keys are rotated.
type Vault struct {
	Options
	held  atomic.Pointer[keyring]
	again sync.Mutex // one reads the file anew at a time
}

// keyring is the content of a key file, ready for use.
type keyring struct {
	wraps   map[string]wrapper
	current string
	phone   []byte // key of the phone hash
	number  []byte // key of the ID number hash
	hashes  Suite
	read    fs.FileInfo // of the file when it was read
}

type wrapper struct {
	cipher.AEAD
	suite Suite
}

// OpenKeys is Open for a key file with what it holds.
func OpenKeys(path string) (*Vault, error) { return Open(Options{Path: path}) }

// Open reads the key file, and makes it with new keys when it is missing. It refuses a file that others on the machine
// can read, one whose outside command is missing, and one whose newest key is of another suite than is asked for.
func Open(o Options) (*Vault, error) {
	f, err := o.read()
	if errors.Is(err, fs.ErrNotExist) {
		suite := o.Suite.or(AES)
		f = &keyFile{Index: random(32), Hashes: suite, Keys: []wrapKey{newKey(suite)}}
		if err = o.write(f, true); errors.Is(err, fs.ErrExist) {
			f, err = o.read() // another node was first
		}
	}
	if err != nil {
		return nil, err
	}
	if newest := f.Keys[len(f.Keys)-1].Suite.or(AES); o.Suite != "" && newest != o.Suite {
		return nil, fmt.Errorf("vault: %s is set, but the newest key of %s is of %s: add one with `jishi keys rotate`, or leave the setting out", o.Suite, o.Path, newest)
	}
	v := &Vault{Options: o}
	return v, v.use(f)
}

// Rotate adds a new key, of the suite that is asked for, to the key file and opens it. New identities use the new key at
// once here, and on other running nodes as soon as they look at the file again; call Rewrap to bring the old ones to it.
func Rotate(o Options) (*Vault, error) {
	f, err := o.read()
	if err != nil {
		return nil, err
	}
	f.Keys = append(f.Keys, newKey(o.Suite.or(f.Keys[len(f.Keys)-1].Suite.or(AES))))
	if err := o.write(f, false); err != nil {
		return nil, err
	}
	v := &Vault{Options: o}
	return v, v.use(f)
}

// Retire takes all keys but the newest out of the file. The caller has seen, by Check on the vault it returns, that no
// row needs them; undo puts the file back as it was.
func Retire(o Options) (v *Vault, undo func() error, err error) {
	f, err := o.read()
	if err != nil {
		return nil, nil, err
	}
	was := *f
	f.Keys = f.Keys[len(f.Keys)-1:]
	if err := o.write(f, false); err != nil {
		return nil, nil, err
	}
	v = &Vault{Options: o}
	return v, func() error { return o.write(&was, false) }, v.use(f)
}

// Key is one key of the file, as a list may show it.
type Key struct {
	ID    string
	Suite Suite
	New   bool // seals what comes in now
}

// Keys are the keys of the file, by ID.
func (v *Vault) Keys() []Key {
	r := v.ring()
	var list []Key
	for _, id := range slices.Sorted(maps.Keys(r.wraps)) {
		list = append(list, Key{id, r.wraps[id].suite, id == r.current})
	}
	return list
}

func (v *Vault) ring() *keyring { return v.held.Load() }

// use takes a file's keys.
func (v *Vault) use(f *keyFile) error {
	r := &keyring{wraps: map[string]wrapper{}, hashes: f.Hashes.or(AES)}
	r.read, _ = os.Stat(v.Path)
	for _, k := range f.Keys {
		suite := k.Suite.or(AES)
		a, err := suite.sealer(k.Key)
		if err != nil {
			return fmt.Errorf("vault: key %s: %w", k.ID, err)
		}
		r.wraps[k.ID], r.current = wrapper{a, suite}, k.ID
	}
	var err error
	if r.phone, err = hkdf.Key(r.hashes.hash(), f.Index, nil, "jishi vault phone", 32); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	if r.number, err = hkdf.Key(r.hashes.hash(), f.Index, nil, "jishi vault id number", 32); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	v.held.Store(r)
	return nil
}

// Refresh reads the key file again when it has changed, so that a rotation needs no restart. Every node calls it now and
// then; until it does, a row under a key that this node has not seen makes it look at once.
func (v *Vault) Refresh() error {
	v.again.Lock()
	defer v.again.Unlock()
	info, err := os.Stat(v.Path)
	if err != nil {
		return fmt.Errorf("vault: key file: %w", err)
	}
	if was := v.ring().read; was != nil && os.SameFile(was, info) && was.ModTime().Equal(info.ModTime()) && was.Size() == info.Size() {
		return nil
	}
	f, err := v.Options.read()
	if err != nil {
		return err
	}
	return v.use(f)
}

// wrapping is the key of an ID; one that is not known is looked for in the file, where another node may have put it.
func (v *Vault) wrapping(id string) (wrapper, error) {
	w, ok := v.ring().wraps[id]
	if !ok && v.Refresh() == nil {
		w, ok = v.ring().wraps[id]
	}
	if !ok {
		return w, fmt.Errorf("vault: the key file %s does not hold key %s", v.Path, id)
	}
	return w, nil
}

func (o Options) read() (*keyFile, error) {
	info, err := os.Stat(o.Path)
	if err != nil {
		return nil, fmt.Errorf("vault: key file: %w", err)
	}
	if m := info.Mode().Perm(); m&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("vault: others can read the key file %s (mode %04o): run chmod 600 on it", o.Path, m)
	}
	b, err := os.ReadFile(o.Path)
	if err != nil {
		return nil, fmt.Errorf("vault: key file: %w", err)
	}
	var both struct {
		keyFile
		sealedFile
	}
	if err := json.Unmarshal(b, &both); err != nil {
		return nil, fmt.Errorf("vault: the key file %s is damaged: %w", o.Path, err)
	}
	f := &both.keyFile
	if len(both.Sealed) > 0 {
		if f, err = unlock(both.sealedFile, o.Command); err != nil {
			return nil, fmt.Errorf("vault: the key file %s cannot be opened: %w", o.Path, err)
		}
	} else if o.Command != "" && len(f.Keys) > 0 {
		return nil, fmt.Errorf("vault: a key command is set, but the keys in %s lie open: seal them with `jishi keys seal`, or leave the setting out", o.Path)
	}
	if len(f.Index) != 32 || len(f.Keys) == 0 {
		return nil, fmt.Errorf("vault: the key file %s is damaged: a key is missing", o.Path)
	}
	return f, nil
}

// SealFile seals a key file that lies open by the outside command. The file as it was is gone from the folder; copies of
// it elsewhere still open everything.
func SealFile(o Options) error {
	f, err := Options{Path: o.Path}.read()
	if err != nil {
		return err
	}
	return o.write(f, false)
}

// write replaces the file as a whole: a crash leaves the old one or the new one, never half.
// A first file never replaces another: two nodes that start together must not each have their own.
func (o Options) write(f *keyFile, first bool) error {
	b, err := json.MarshalIndent(f, "", "  ")
	if o.Command != "" {
		b, err = lock(f, o.Command)
	}
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	path, dir := o.Path, filepath.Dir(o.Path)
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

// newKey is a fresh key; its name says of what suite it is, so that a database which needs it says so.
func newKey(suite Suite) wrapKey {
	id := rand.Text()[:10]
	if suite == SM4 {
		id = "sm4-" + id
	}
	return wrapKey{ID: id, Suite: suite, Key: suite.newKey()}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: the runtime ends the program instead
	return b
}
