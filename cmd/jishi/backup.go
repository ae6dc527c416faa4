package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jishi/base/db"
	"jishi/derive/search"
	"jishi/schema"
)

// manifest is what an archive says about itself. It is written last: an archive without it was cut off.
type manifest struct {
	Program string  `json:"program"`
	Schema  int64   `json:"schema"`
	Engine  string  `json:"engine"`
	At      string  `json:"at"`
	Tables  []table `json:"tables"`
	Files   int     `json:"files"`
	Keys    bool    `json:"keys"`
}

// keyFiles open what the database holds sealed: the identities, and the query codes on receipts.
var keyFiles = []string{"keys.json", "secret", "ledger.json"}

// backupCommand copies a system while it runs: a snapshot of all rows as of one moment, and then every
// attachment. An attachment is durable before a row names it and is never changed, so each that the snapshot
// names is there. Keys go in only when asked: whoever steals an archive with them can read every identity.
func backupCommand(args []string, stdout, stderr io.Writer) int {
	file, keys, c, err := archiveArgs("backup", args, stderr)
	if err == nil {
		err = c.existing()
	}
	if err != nil {
		return told(stderr, err)
	}
	m, err := c.backup(context.Background(), file, keys, time.Now())
	if err != nil {
		return told(stderr, fmt.Errorf("the backup was not made: %w", err))
	}
	fmt.Fprintf(stdout, "%d rows of %d tables and %d attachments are in %s\n", m.rows(), len(m.Tables), m.Files, file)
	if !keys {
		fmt.Fprintf(stdout, "The keys are not: keep copies of %s and %s in another place, or nobody can be named after a loss.\n",
			filepath.Join(c.Data, keyFiles[0]), filepath.Join(c.Data, keyFiles[1]))
	}
	return 0
}

func (m manifest) rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// archiveArgs takes FILE before or after the flags, and --keys.
func archiveArgs(command string, args []string, stderr io.Writer) (file string, keys bool, c config, err error) {
	var rest []string
	for _, a := range args {
		switch {
		case a == "--keys" || a == "-keys":
			keys = true
		case len(rest) == 0 && !strings.HasPrefix(a, "-") && file == "":
			file = a
		default:
			rest = append(rest, a)
		}
	}
	c, set, err := settings(command, rest, stderr)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "  FILE\tthe archive\n  -keys\n    \twith the keys of the identities: then keep the archive as you keep the keys")
	}
	if err != nil {
		return "", false, c, err
	}
	if file == "" {
		file = set.Arg(0)
	}
	if file == "" {
		return "", false, c, fmt.Errorf("name the archive: jishi %s FILE --data DIR", command)
	}
	return file, keys, c, nil
}

func (c config) backup(ctx context.Context, file string, keys bool, now time.Time) (manifest, error) {
	if _, err := os.Lstat(file); err == nil {
		return manifest{}, fmt.Errorf("%s exists already; a backup never overwrites one", file)
	}
	d, err := db.Open(ctx, c.url())
	if err != nil {
		return manifest{}, err
	}
	defer d.Close()
	part := file + ".part" // a backup that was cut off never has the name of a finished one
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return manifest{}, err
	}
	defer os.Remove(part)
	defer f.Close()
	m, err := c.write(ctx, d, f, keys, now)
	if err != nil {
		return m, err
	}
	if err := f.Sync(); err != nil {
		return m, err
	}
	return m, os.Rename(part, file)
}

func (c config) write(ctx context.Context, d *db.DB, w io.Writer, keys bool, now time.Time) (manifest, error) {
	m := manifest{Program: version, Engine: d.Engine().String(), At: now.UTC().Format(time.RFC3339), Keys: keys}
	var err error
	if m.Tables, err = tables(schema.FS); err != nil {
		return m, err
	}
	z := zip.NewWriter(w)
	err = snapshot(ctx, d, c.Data, func(r db.Reader) error {
		m.Schema = schemaOf(ctx, r)
		for i := range m.Tables {
			if err := m.Tables[i].dump(ctx, r, z); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	if m.Files, err = packBlobs(z, filepath.Join(c.Data, "blobs")); err != nil {
		return m, err
	}
	if keys {
		for _, name := range keyFiles {
			if err := pack(z, filepath.Join(c.Data, name), "keys/"+name, zip.Deflate); err != nil {
				return m, err
			}
		}
	}
	f, err := z.Create("manifest.json")
	if err != nil {
		return m, err
	}
	enc := json.NewEncoder(f)
	enc.SetIndent("", " ")
	if err := enc.Encode(m); err != nil {
		return m, err
	}
	return m, z.Close()
}

// snapshot lets read see the database as of one moment while others go on writing.
func snapshot(ctx context.Context, d *db.DB, dir string, read func(r db.Reader) error) error {
	if d.Engine() == db.PostgreSQL {
		return d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`); err != nil {
				return err
			}
			return read(tx)
		})
	}
	// SQLite has one writer, and a long read through it would stop the office: read a copy.
	tmp, err := os.MkdirTemp(dir, "jishi-backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	name := filepath.Join(tmp, "copy.db")
	if err := d.Backup(ctx, name); err != nil {
		return err
	}
	still, err := db.Open(ctx, "sqlite:"+name)
	if err != nil {
		return err
	}
	defer still.Close()
	return read(still)
}

// packBlobs packs the attachments: two folders deep, each named by its bytes.
func packBlobs(z *zip.Writer, dir string) (n int, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "[0-9a-f][0-9a-f]", "*"))
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		to := "blobs/" + filepath.Base(filepath.Dir(name)) + "/" + filepath.Base(name)
		switch err := pack(z, name, to, zip.Store); {
		case errors.Is(err, fs.ErrNotExist): // a brought file that was read to its end meanwhile, and went
			continue
		case err != nil:
			return n, err
		}
		n++
	}
	return n, nil
}

func pack(z *zip.Writer, name, to string, method uint16) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := z.CreateHeader(&zip.FileHeader{Name: to, Method: method})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// restoreCommand puts an archive in place of an empty system, on either engine.
func restoreCommand(args []string, stdout, stderr io.Writer) int {
	file, _, c, err := archiveArgs("restore", args, stderr)
	if err != nil {
		return told(stderr, err)
	}
	m, err := c.restore(context.Background(), file)
	if err != nil {
		return told(stderr, fmt.Errorf("nothing can be relied on, the restore did not end: %w", err))
	}
	fmt.Fprintf(stdout, "%d rows of %d tables and %d attachments of %s are back\n", m.rows(), len(m.Tables), m.Files, m.At)
	if !m.Keys {
		fmt.Fprintf(stdout, "Put the copies of %s into %s before the start, then run: jishi verify\n", strings.Join(keyFiles, " and "), c.Data)
	} else {
		fmt.Fprintln(stdout, "Now run: jishi verify")
	}
	return 0
}

func (c config) restore(ctx context.Context, file string) (manifest, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return manifest{}, fmt.Errorf("%s is no archive, or was cut off: %w", file, err)
	}
	defer z.Close()
	m, err := readManifest(&z.Reader)
	if err != nil {
		return m, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return m, err
	}
	d, err := db.Open(ctx, c.url())
	if err != nil {
		return m, err
	}
	defer d.Close()
	if err := d.Migrate(ctx, schema.FS); err != nil {
		return m, err
	}
	if know := schemaOf(ctx, d); m.Schema > know {
		return m, fmt.Errorf("the archive has schema %d and this program knows %d: use the program that made it (%s) or a newer one", m.Schema, know, m.Program)
	}
	if err := empty(ctx, d, m.Tables); err != nil {
		return m, err
	}
	// Attachments first: a row must never name what is not there.
	if err := unpack(&z.Reader, c.Data); err != nil {
		return m, err
	}
	for _, t := range m.Tables {
		if t.Name == search.Table {
			continue
		}
		if err := t.load(ctx, d, &z.Reader); err != nil {
			return m, err
		}
	}
	// The first server that runs on it indexes everything again.
	return m, search.Empty(ctx, d)
}

func readManifest(z *zip.Reader) (m manifest, err error) {
	f, err := z.Open("manifest.json")
	if err != nil {
		return m, fmt.Errorf("this is no archive of jishi: it has no manifest")
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(&m); err != nil {
		return m, fmt.Errorf("the archive's manifest cannot be read: %w", err)
	}
	return m, nil
}

// empty refuses to mix two systems, and to go on where an earlier restore broke off.
func empty(ctx context.Context, d *db.DB, all []table) error {
	known, err := tables(schema.FS)
	if err != nil {
		return err
	}
	for _, t := range known {
		var n int
		if err := d.Row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+t.Name+` LIMIT 1) t`, nil, &n); err != nil {
			return err
		}
		if n > 0 && t.Name != "number_block" && t.Name != "rule_version" {
			return fmt.Errorf("the database is not empty (%s has rows): restore into a new folder or a new database", t.Name)
		}
	}
	for _, t := range all { // names go into statements: take none that the migrations do not know
		if err := knows(known, t); err != nil {
			return err
		}
	}
	return nil
}

func knows(known []table, t table) error {
	for _, k := range known {
		if k.Name != t.Name {
			continue
		}
		for _, c := range t.Columns {
			if !strings.Contains(", "+k.names()+",", ", "+c.Name+",") {
				return fmt.Errorf("the archive has a column %s.%s that this program does not know", t.Name, c.Name)
			}
		}
		return nil
	}
	return fmt.Errorf("the archive has a table %q that this program does not know", t.Name)
}

// unpack writes attachments, and keys where the archive has them. What has another place than those is refused.
func unpack(z *zip.Reader, data string) error {
	for _, f := range z.File {
		var to string
		switch dir, name := filepath.Split(f.Name); {
		case dir == "keys/" && (name == keyFiles[0] || name == keyFiles[1]):
			to = filepath.Join(data, name)
		case strings.HasPrefix(f.Name, "blobs/") && fs.ValidPath(f.Name):
			to = filepath.Join(data, filepath.FromSlash(f.Name))
		default:
			continue
		}
		if err := unpackOne(f, to); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func unpackOne(f *zip.File, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("it is there already: restore into an empty folder")
	}
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := io.Copy(w, r); err != nil { // a wrong checksum is an error here
		return err
	}
	return w.Sync()
}
