package vault_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"jishi/base/db/dbtest"
	"jishi/base/vault"
)

// softHSM is a token in software, with a key for ours; the command that we ship asks it as it would ask one of metal.
func softHSM(t *testing.T) (command, pin string) {
	t.Helper()
	for _, tool := range []string{"softhsm2-util", "pkcs11-tool", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: Debian has softhsm2, opensc and openssl", tool)
		}
	}
	found, _ := filepath.Glob("/usr/lib/*/softhsm/libsofthsm2.so")
	found = append(found, "/usr/lib/softhsm/libsofthsm2.so")
	dir := t.TempDir()
	pin = filepath.Join(dir, "pin")
	must(t, os.WriteFile(pin, []byte("123456"), 0o600))
	must(t, os.Mkdir(filepath.Join(dir, "tokens"), 0o700))
	conf := filepath.Join(dir, "softhsm2.conf")
	must(t, os.WriteFile(conf, []byte("directories.tokendir = "+filepath.Join(dir, "tokens")+"\n"), 0o600))
	for name, value := range map[string]string{"SOFTHSM2_CONF": conf, "PKCS11_MODULE": found[0], "PKCS11_LABEL": "jishi", "PKCS11_PIN_FILE": pin, "PKCS11_HASH": "sha1"} {
		t.Setenv(name, value)
	}
	for _, c := range [][]string{
		{"softhsm2-util", "--init-token", "--free", "--label", "jishi", "--pin", "123456", "--so-pin", "12345678"},
		{"pkcs11-tool", "--module", found[0], "--login", "--pin", "123456", "--keypairgen", "--key-type", "rsa:2048", "--label", "jishi", "--id", "01"},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", c[0], err, out)
		}
	}
	command, err := filepath.Abs("../../deploy/keys-pkcs11")
	must(t, err)
	return "sh " + command, pin
}

// The key file is sealed by a key that never leaves a PKCS#11 token: opened with it, rotated, and refused without the PIN.
func TestATokenKeepsTheKey(t *testing.T) {
	command, pin := softHSM(t)
	d := dbtest.SQLite(t)
	o := vault.Options{Path: filepath.Join(t.TempDir(), "keys.json"), Command: command}
	v, err := vault.Open(o)
	must(t, err)
	ref, _ := seal(t, v, d, li)
	again, err := vault.Rotate(o)
	must(t, err)
	if n, err := again.Rewrap(t.Context(), d); n != 1 || err != nil {
		t.Errorf("rewrapped %d: %v", n, err)
	}
	fresh, err := vault.Open(o) // as after a restart
	must(t, err)
	if id, err := fresh.Owned(t.Context(), d, ref); err != nil || id.Name != li.Name {
		t.Errorf("after a rotation and a restart: %+v, %v", id, err)
	}
	text, err := os.ReadFile(o.Path)
	must(t, err)
	if strings.Contains(string(text), `"keys"`) {
		t.Errorf("the keys lie open: %s", text)
	}
	must(t, os.WriteFile(pin, []byte("654321"), 0o600))
	if _, err := vault.Open(o); err == nil || !strings.Contains(err.Error(), "key command") {
		t.Errorf("with a wrong PIN: %v", err)
	}
	must(t, os.WriteFile(pin, []byte("123456"), 0o600))
	must(t, os.RemoveAll(filepath.Join(filepath.Dir(pin), "tokens")))
	if _, err := vault.Open(o); err == nil || !strings.Contains(err.Error(), "key command") {
		t.Errorf("without the token: %v", err)
	}
}
