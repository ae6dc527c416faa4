// Command jishi is the whole system: the server, the demonstration, and the tools of its operator.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `jishi — the working system of grassroots governance

  jishi demo               the server with a demonstration county, on the embedded database
  jishi serve              the server
  jishi rules check        find every fault in the rules
  jishi rules test FILE…   run worked cases
  jishi rules draw ID      draw a procedure (SVG)
  jishi rules explain ID   a procedure in words
  jishi migrate            bring the database to this version
  jishi verify             fold every matter again and compare
  jishi verify receipt FILE  check a citizen's receipt
  jishi keys               the keys of the identities; rotate, rewrap, retire, seal
  jishi ledger keys        the ledger's public keys; rotate adds one
  jishi watch URL          look at a ledger from outside; --witness signs what is good
  jishi backup FILE        copy the database while the server runs
  jishi restore FILE       put a copy in place of an empty database
  jishi admin LOGIN NAME   make the first administrator
  jishi bench NAME…        measure, one JSON object a line
  jishi version            which version this is; --sbom lists what it is built from

Each takes --help.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	commands := map[string]func([]string, io.Writer, io.Writer) int{
		"serve": serveCommand, "demo": demoCommand, "rules": rulesCommand, "migrate": migrateCommand,
		"verify": verifyCommand, "ledger": ledgerCommand, "watch": watchCommand, "backup": backupCommand, "restore": restoreCommand, "admin": adminCommand, "keys": keysCommand, "bench": benchCommand, "version": versionCommand,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(stderr, usage)
		return 2
	}
	return commands[args[0]](args[1:], stdout, stderr)
}

// told prints an error as one sentence and gives the exit status.
func told(stderr io.Writer, err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 2
	}
	fmt.Fprintln(stderr, "jishi:", err)
	return 1
}
