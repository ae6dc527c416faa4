//go:build !unix

package dbtest

import (
	"errors"
	"os/exec"
)

// detach: elsewhere a server is named by JISHI_TEST_PG.
func detach(*exec.Cmd, string) error { return errors.New("set JISHI_TEST_PG to a server's address") }
