package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"jishi/base/db"
	"jishi/base/vault"
	"jishi/schema"
)

const keysUsage = `jishi keys [list|rotate|rewrap|retire|seal] — the keys that the identities are sealed with

  list     which keys there are, and how many rows lie under each
  rotate   add a new key and bring everything under it; servers go on meanwhile and need no restart
  rewrap   bring everything under the newest key, as rotate does in the end
  retire   take the old keys out of the file, when no row needs them any more
  seal     seal a key file that lies open by the outside command of --key-command
`

// keysCommand keeps the keys of the identities. It may run beside the servers.
func keysCommand(args []string, stdout, stderr io.Writer) int {
	what := "list"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		what, args = args[0], args[1:]
	}
	c, _, err := settings("keys", args, stderr)
	if err != nil {
		return told(stderr, err)
	}
	do := map[string]func(context.Context, config, *db.DB, io.Writer) error{"list": listKeys, "rotate": rotateKeys, "rewrap": rewrapKeys, "retire": retireKeys}[what]
	if what == "seal" {
		if c.KeyCommand == "" {
			return told(stderr, fmt.Errorf("keys seal needs --key-command: the outside command that keeps the key"))
		}
		return told(stderr, vault.SealFile(c.vault()))
	}
	if do == nil {
		fmt.Fprint(stderr, keysUsage)
		return 2
	}
	ctx := context.Background()
	d, err := db.Open(ctx, c.url())
	if err != nil {
		return told(stderr, fmt.Errorf("the database cannot be opened: %w", err))
	}
	defer d.Close()
	if err := d.Migrate(ctx, schema.FS); err != nil {
		return told(stderr, fmt.Errorf("the database cannot be brought to this version: %w", err))
	}
	return told(stderr, do(ctx, c, d, stdout))
}

// vault says where the keys of the identities are and what they must be.
func (c config) vault() vault.Options {
	return vault.Options{Path: filepath.Join(c.Data, "keys.json"), Suite: vault.Suite(c.Crypto), Command: c.KeyCommand}
}

func listKeys(ctx context.Context, c config, d *db.DB, stdout io.Writer) error {
	o := c.vault()
	o.Suite = "" // to look is not to demand
	v, err := vault.Open(o)
	if err != nil {
		return err
	}
	under, err := vault.Under(ctx, d)
	if err != nil {
		return err
	}
	for _, k := range v.Keys() {
		now := ""
		if k.New {
			now = "  seals what comes in now"
		}
		fmt.Fprintf(stdout, "%-16s %-12s %8d rows%s\n", k.ID, k.Suite, under[k.ID], now)
	}
	return v.Check(ctx, d)
}

func rotateKeys(ctx context.Context, c config, d *db.DB, stdout io.Writer) error {
	v, err := vault.Rotate(c.vault())
	if err != nil {
		return err
	}
	return rewrap(ctx, v, d, stdout)
}

func rewrapKeys(ctx context.Context, c config, d *db.DB, stdout io.Writer) error {
	v, err := vault.Open(c.vault())
	if err != nil {
		return err
	}
	return rewrap(ctx, v, d, stdout)
}

func rewrap(ctx context.Context, v *vault.Vault, d *db.DB, stdout io.Writer) error {
	n, err := v.Rewrap(ctx, d)
	fmt.Fprintf(stdout, "%d rows brought under the newest key\n", n)
	return err
}

// retireKeys takes the old keys out only when nothing lies under them: a server that has not looked at the file since the
// rotation may still have sealed a row with the old one.
func retireKeys(ctx context.Context, c config, d *db.DB, stdout io.Writer) error {
	v, undo, err := vault.Retire(c.vault())
	if err != nil {
		return err
	}
	if err := v.Check(ctx, d); err != nil {
		if failed := undo(); failed != nil {
			return failed
		}
		return fmt.Errorf("nothing was taken out; run `jishi keys rewrap` first: %w", err)
	}
	fmt.Fprintln(stdout, "the old keys are out of the file; destroy the copies of it that still have them")
	return nil
}
