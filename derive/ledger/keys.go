package ledger

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"jishi/derive/ledger/receipt"
)

// Keys sign the ledger. Old ones are kept, so that receipts of before can be checked; each vouches for the next.
type Keys struct {
	list []key
	sign note.Signer
}

type key struct {
	Private string `json:"private"`
	receipt.Key
}

// LoadKeys reads the key file, and makes it, with a first key of the name, when there is none. Several servers of one
// system share the file.
func LoadKeys(file, name string, now time.Time) (*Keys, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		first, err := newKey(name, now)
		if err != nil {
			return nil, err
		}
		if err := write(file, []key{first}, os.O_EXCL); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("the ledger's key file cannot be made: %w", err)
		}
		text, err = os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("the ledger's key file cannot be read: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("the ledger's key file cannot be read: %w", err)
	}
	k := &Keys{}
	if err := json.Unmarshal(text, &k.list); err != nil || len(k.list) == 0 {
		return nil, fmt.Errorf("the ledger's key file is damaged; put the copy back that was kept apart: %v", err)
	}
	if k.sign, err = note.NewSigner(k.list[len(k.list)-1].Private); err != nil {
		return nil, fmt.Errorf("the ledger's key file: %w", err)
	}
	if _, err := receipt.Chain(k.Public(), ""); err != nil {
		return nil, fmt.Errorf("the ledger's key file: %w", err)
	}
	return k, nil
}

func newKey(name string, now time.Time) (key, error) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	return key{Private: private, Key: receipt.Key{Public: public, From: now.UTC().Format(time.RFC3339)}}, err
}

func write(file string, list []key, flag int) error {
	text, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|flag, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(append(text, '\n')); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Rotate adds a key to the file, vouched for by the last one and vouching for it. Servers sign with it once they
// are started again.
func Rotate(file string, now time.Time) (*Keys, error) {
	k, err := LoadKeys(file, "", now)
	if err != nil {
		return nil, err
	}
	next, err := newKey(k.Origin(), now)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(next.Private)
	if err != nil {
		return nil, err
	}
	last := k.list[len(k.list)-1].Public
	vouched, err := note.Sign(&note.Note{Text: receipt.Handover(last, next.Public)}, k.sign, signer)
	if err != nil {
		return nil, err
	}
	next.Vouched = string(vouched)
	scratch := filepath.Join(filepath.Dir(file), ".ledger-keys")
	if err := write(scratch, append(k.list, next), os.O_TRUNC); err != nil {
		return nil, err
	}
	if err := os.Rename(scratch, file); err != nil {
		return nil, err
	}
	return LoadKeys(file, "", now)
}

// Origin is the ledger's name, which every key carries.
func (k *Keys) Origin() string { return k.sign.Name() }

// Public are the keys that check, oldest first.
func (k *Keys) Public() []receipt.Key {
	list := make([]receipt.Key, len(k.list))
	for i, x := range k.list {
		list[i] = x.Key
	}
	return list
}

// Newest is the public key of those that sign now.
func (k *Keys) Newest() string { return k.list[len(k.list)-1].Public }

func (k *Keys) signer() note.Signer { return k.sign }

func (k *Keys) verifiers() []note.Verifier {
	list, _ := receipt.Chain(k.Public(), "") // it held when they were loaded
	return list
}
