package vault_test

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/vault"
	"jishi/base/words"
)

// People file while the keys are rotated, to the other suite and back: nobody waits, nobody is lost, and in the end
// nothing lies under an old key.
func TestKeysRotateWhilePeopleFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, path := keys(t)
		var filing sync.WaitGroup
		stop := make(chan struct{})
		filed := make(chan string, 1<<20) // more than can come: whoever waits for room here would never stop
		failed := make(chan error, 4)
		for range 3 {
			filing.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					var ref string
					err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
						ref, _, err = v.Seal(t.Context(), tx, noon, li)
						return err
					})
					if err == nil {
						_, err = v.Masked(t.Context(), d, ref)
					}
					if err != nil {
						failed <- err
						return
					}
					filed <- ref
					time.Sleep(time.Millisecond) // people: as fast as they can, three of them would file for as long as others rewrap
				}
			})
		}
		var last *vault.Vault
		for _, suite := range []vault.Suite{vault.AES, vault.SM4, vault.AES} {
			for had := len(filed); len(filed) < had+5 && len(failed) == 0; {
				time.Sleep(time.Millisecond)
			}
			other, err := vault.Rotate(vault.Options{Path: path, Suite: suite})
			must(t, err)
			_, err = other.Rewrap(t.Context(), d)
			must(t, err)
			must(t, v.Refresh())
			last = other
		}
		close(stop)
		filing.Wait()
		close(filed)
		for len(failed) > 0 {
			t.Errorf("while the keys were rotated: %v", <-failed)
		}
		_, err := last.Rewrap(t.Context(), d) // what was sealed between the rotation and the look at the file
		must(t, err)
		n := 0
		for ref := range filed {
			n++
			if id, err := last.Owned(t.Context(), d, ref); err != nil || id.Name != li.Name {
				t.Fatalf("%s: %v", ref, err)
			}
		}
		under, err := vault.Under(t.Context(), d)
		must(t, err)
		if len(under) != 1 || n < 15 {
			t.Errorf("%d filed; rows under %v", n, under)
		}
		retired, _, err := vault.Retire(vault.Options{Path: path})
		must(t, err)
		must(t, retired.Check(t.Context(), d))
		if refs, _ := retired.FindPhone(t.Context(), d, li.Phone); len(refs) != n {
			t.Errorf("the phone finds %d of %d", len(refs), n)
		}
	})
}

// What one setting made, another does not take for its own: it says what is missing.
func TestADatabaseSaysWhichSettingItNeeds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		path := filepath.Join(t.TempDir(), "keys.json")
		national, err := vault.Open(vault.Options{Path: path, Suite: vault.SM4})
		must(t, err)
		ref, commitment := seal(t, national, d, li)
		if id, err := national.Open(t.Context(), d, ref, desk); err != nil || id.Phone != "13800138000" {
			t.Fatalf("opened under SM4: %+v %v", id, err)
		}
		if ok, err := national.Proves(t.Context(), d, ref, commitment); !ok || err != nil {
			t.Errorf("the SM3 commitment does not hold: %v", err)
		}
		if _, err := vault.Open(vault.Options{Path: path, Suite: vault.AES}); err == nil || !strings.Contains(err.Error(), "sm4-gcm") || !strings.Contains(err.Error(), "keys rotate") {
			t.Errorf("set to AES with a key file of SM4: %v", err)
		}
		plain, _ := keys(t)
		if err := plain.Check(t.Context(), d); err == nil || !strings.Contains(err.Error(), "sm4-gcm") || !strings.Contains(err.Error(), "restore the key file") {
			t.Errorf("another key file: %v", err)
		}
		if refs, err := national.FindPhone(t.Context(), d, "138 0013 8000"); err != nil || len(refs) != 1 {
			t.Errorf("looked up by SM3: %v %v", refs, err)
		}
	})
}

// The standard's own example: GB/T 32905-2016, appendix A.1, and GB/T 32907-2016, appendix A.1, tell whether the library
// computes what the standards say.
func TestTheLibraryComputesWhatTheStandardsPrint(t *testing.T) {
	if got := hex.EncodeToString(vault.SM3([]byte("abc"))); got != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" {
		t.Errorf("SM3 of abc: %s", got)
	}
}

// keeper is an outside command that keeps the key: it wraps by an AES key of its own, in a file that only it reads.
const keeper = `#!/bin/sh
# A stand-in for a key service: it holds the key, the caller never sees it.
dir=$(dirname "$0")
case $1 in
wrap) base64 -d | openssl enc -aes-256-cbc -pbkdf2 -pass file:"$dir/pin" | base64 -w0 ;;
unwrap) base64 -d | openssl enc -d -aes-256-cbc -pbkdf2 -pass file:"$dir/pin" | base64 -w0 ;;
*) echo "wrap or unwrap" >&2; exit 2 ;;
esac
`

func TestAnOutsideCommandKeepsTheKey(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("the stand-in for a key service needs openssl, which is not here")
	}
	dir := t.TempDir()
	command := filepath.Join(dir, "keeper")
	must(t, os.WriteFile(command, []byte(keeper), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "pin"), []byte("of the key service\n"), 0o600))
	d := dbtest.SQLite(t)
	o := vault.Options{Path: filepath.Join(t.TempDir(), "keys.json"), Command: command}
	v, err := vault.Open(o)
	must(t, err)
	ref, _ := seal(t, v, d, li)
	text, err := os.ReadFile(o.Path)
	must(t, err)
	if strings.Contains(string(text), `"index"`) || strings.Contains(string(text), `"keys"`) {
		t.Errorf("the keys lie open: %s", text)
	}
	if _, err := vault.OpenKeys(o.Path); err == nil || !strings.Contains(err.Error(), "--key-command") {
		t.Errorf("without the command: %v", err)
	}
	again, err := vault.Rotate(o)
	must(t, err)
	if n, err := again.Rewrap(t.Context(), d); n != 1 || err != nil {
		t.Errorf("rewrapped %d: %v", n, err)
	}
	if id, err := v.Open(t.Context(), d, ref, desk); err != nil || id.Name != li.Name {
		t.Errorf("after a rotation: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "pin"), []byte("another\n"), 0o600))
	if _, err := vault.Open(o); err == nil || !strings.Contains(err.Error(), "key command") && !strings.Contains(err.Error(), "another key") {
		t.Errorf("with a command that lost its key: %v", err)
	}
	open, path := keys(t)
	other, _ := seal(t, open, d, li)
	must(t, os.WriteFile(filepath.Join(dir, "pin"), []byte("a third\n"), 0o600))
	must(t, vault.SealFile(vault.Options{Path: path, Command: command}))
	sealedNow, err := vault.Open(vault.Options{Path: path, Command: command})
	must(t, err)
	if id, err := sealedNow.Owned(t.Context(), d, other); err != nil || id.Name != li.Name {
		t.Errorf("a file that was sealed later: %v", err)
	}
}

// A correction stands in the place of what was held, and the commitment of what was said still holds. What is frozen
// nobody but the person opens. What is erased is gone with what it was corrected to.
func TestCorrectedFrozenErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _ := keys(t)
		ref, commitment := seal(t, v, d, li)
		write := func(f func(tx *db.Tx) error) { t.Helper(); must(t, d.Write(t.Context(), f)) }
		for _, phone := range []string{"139 0000 0001", "139 0000 0002"} {
			write(func(tx *db.Tx) error { return v.Correct(t.Context(), tx, ref, vault.Identity{Phone: phone}, noon) })
		}
		id, err := v.Owned(t.Context(), d, ref)
		must(t, err)
		if id.Phone != "13900000002" || id.Name != li.Name {
			t.Errorf("corrected to %+v", id)
		}
		if ok, err := v.Proves(t.Context(), d, ref, commitment); !ok || err != nil {
			t.Errorf("what was said is proven no more: %v", err)
		}
		for phone, n := range map[string]int{li.Phone: 0, "13900000001": 0, "13900000002": 1} {
			if refs, _ := v.FindPhone(t.Context(), d, phone); len(refs) != n {
				t.Errorf("%s finds %d", phone, len(refs))
			}
		}
		same, err := v.Same(t.Context(), d, ref, vault.Identity{Name: " 李秀英", Phone: "+86 13900000002"})
		if other, _ := v.Same(t.Context(), d, ref, vault.Identity{Name: "李秀英", Phone: li.Phone}); !same || other || err != nil {
			t.Errorf("the same person: %v, by the old number: %v, %v", same, other, err)
		}
		write(func(tx *db.Tx) error { return v.Freeze(t.Context(), tx, ref, noon) })
		_, err = v.Open(t.Context(), d, ref, desk)
		if r, ok := words.AsRefusal(err); !ok || r.Code != "identity-frozen" {
			t.Errorf("an officer opens what is frozen: %v", err)
		}
		own := desk
		own.By = vault.Own
		if _, err := v.Open(t.Context(), d, ref, own); err != nil {
			t.Errorf("the person cannot read their own: %v", err)
		}
		write(func(tx *db.Tx) error { return v.Erase(t.Context(), tx, ref, noon) })
		var left int
		must(t, d.Row(t.Context(), `SELECT COUNT(*) FROM vault WHERE erased_at = 0`, nil, &left))
		if left != 0 {
			t.Errorf("%d rows are left of somebody who was erased", left)
		}
		state, err := v.State(t.Context(), d, ref)
		if must(t, err); state.Erased.IsZero() || !state.Corrected || state.Frozen.IsZero() {
			t.Errorf("state %+v", state)
		}
	})
}
