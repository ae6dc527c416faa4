package vault

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// An outside command keeps the key that the key file is sealed with: a script over a key service or over PKCS#11. It is
// run as `COMMAND wrap` and `COMMAND unwrap`: it reads one line of base64, at most 32 bytes of content, from its standard
// input and answers with one line of base64; anything but exit status 0 is a refusal, said on its standard error. It is
// asked once at each start and each rotation, and never while people file.

// patience with an outside command: a key service may have to be woken.
const patience = 30 * time.Second

// sealedFile is a key file whose content only the outside command can open.
type sealedFile struct {
	Wrapped []byte `json:"wrapped"` // the master key as the command wrapped it
	Sealed  []byte `json:"sealed"`  // the keys, sealed under the master key
}

var errNeedsCommand = errors.New("its keys are sealed by an outside command, and none is set: start with --key-command, as when the file was made")

// outside runs the command.
func outside(command, verb string, in []byte) ([]byte, error) {
	words := strings.Fields(command)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, words[0], append(words[1:], verb)...)
	c.Stdin = strings.NewReader(base64.StdEncoding.EncodeToString(in) + "\n")
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("vault: the key command refused to %s: %w: %s", verb, err, first)
	}
	answer, err := base64.StdEncoding.DecodeString(strings.TrimSpace(out.String()))
	if err != nil || len(answer) == 0 {
		return nil, fmt.Errorf("vault: the key command answered %s with something that is not base64", verb)
	}
	return answer, nil
}

// lock seals the keys for a file: the master key is wrapped by the command, the keys lie under the master key.
func lock(f *keyFile, command string) ([]byte, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	master := random(32)
	wrapped, err := outside(command, "wrap", master)
	if err != nil {
		return nil, err
	}
	a, err := AES.sealer(master)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(sealedFile{wrapped, a.Seal(nil, nil, plain, []byte("jishi keys"))}, "", "  ")
}

// unlock opens what lock sealed.
func unlock(s sealedFile, command string) (*keyFile, error) {
	if command == "" {
		return nil, errNeedsCommand
	}
	master, err := outside(command, "unwrap", s.Wrapped)
	if err != nil {
		return nil, err
	}
	a, err := AES.sealer(master)
	if err != nil {
		return nil, err
	}
	plain, err := a.Open(nil, nil, s.Sealed, []byte("jishi keys"))
	if err != nil {
		return nil, errors.New("the key command gave another key than the one the file was sealed with")
	}
	f := &keyFile{}
	return f, json.Unmarshal(plain, f)
}
