package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/law"
	"jishi/base/vault"
	"jishi/demo"
	"jishi/derive/ledger"
	"jishi/desk"
	"jishi/module/duty"
	"jishi/module/keep"
	"jishi/people/actor"
	"jishi/people/actor/message"
	"jishi/people/division"
	"jishi/rules"
	"jishi/schema"
	"jishi/work/procedure"
)

// system is everything that a command needs, open and checked.
type system struct {
	ruleFiles fs.FS // the shipped rules and the office's own
	config
	db     *db.DB
	secret []byte
	ledger *ledger.Ledger
	desk   *desk.Desk
	log    *slog.Logger
	roles  []demo.Role     // of the demonstration
	screen *message.Screen // where the demonstration shows one-time codes
	node   string          // this process among several on one database
	leads  atomic.Bool     // it does what one does for all

	release func() // gives the data folder back to other servers; nil where it was not taken
}

// ruleBook loads what a jurist signed, and refuses to go on with a fault in it.
func ruleBook(files fs.FS) (*procedure.Book, *law.Library, *calendar.Calendar, error) {
	cal, err := calendar.Load(files)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("the calendar has faults: %w", err)
	}
	laws, err := law.Load(files)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("the statutes have faults: %w", err)
	}
	book, err := procedure.Load(files, laws, cal)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("the procedures have faults: %w", err)
	}
	return book, laws, cal, nil
}

// ruleFiles are the shipped rules, with those of the office's own folder beside them where one is named.
func ruleFiles(dir string) (fs.FS, error) {
	if dir == "" {
		return rules.FS, nil
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("there is no folder of rules %s: give its right path with --rules", dir)
	}
	return rules.With(os.DirFS(dir)), nil
}

// open opens the database, brings its schema forward, and makes the desk. now is the clock of everything.
func open(ctx context.Context, c config, log *slog.Logger, now func() time.Time) (*system, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be made: %w", c.Data, err)
	}
	files, err := ruleFiles(c.Rules)
	if err != nil {
		return nil, err
	}
	book, laws, cal, err := ruleBook(files)
	if err != nil {
		return nil, err
	}
	lines, err := desk.LoadLines(files)
	if err != nil {
		return nil, fmt.Errorf("the words of the lines of work have faults: %w", err)
	}
	d, err := db.Open(ctx, c.url())
	if err != nil {
		return nil, fmt.Errorf("the database cannot be opened: %w", err)
	}
	s := &system{config: c, db: d, log: log, ruleFiles: files, node: rand.Text()}
	if err := s.furnish(ctx, book, laws, cal, now); err != nil {
		d.Close()
		return nil, err
	}
	s.desk.Lines = lines
	return s, nil
}

func (s *system) furnish(ctx context.Context, book *procedure.Book, laws *law.Library, cal *calendar.Calendar, now func() time.Time) error {
	if err := s.db.Migrate(ctx, schema.FS); err != nil {
		return fmt.Errorf("the database cannot be brought to this version: %w", err)
	}
	if err := knownVersions(ctx, s.db, book); err != nil {
		return err
	}
	v, err := vault.Open(s.config.vault())
	if err != nil {
		return fmt.Errorf("the keys of the identities cannot be used: %w", err)
	}
	if err := v.Check(ctx, s.db); err != nil {
		return fmt.Errorf("the keys do not fit this database: %w", err)
	}
	blobs, err := blob.New(filepath.Join(s.Data, "blobs"))
	if err != nil {
		return fmt.Errorf("the attachments' folder cannot be used: %w", err)
	}
	blobs.Scan = s.scanner()
	secret, err := secretFile(filepath.Join(s.Data, "secret"))
	if err != nil {
		return err
	}
	s.secret = secret
	places, err := division.Load(ctx, s.db)
	if err != nil {
		return err
	}
	local, err := duty.LoadLocal(s.ruleFiles)
	if err != nil {
		return err
	}
	kept, err := keep.Load(s.ruleFiles, laws, calendar.DayOf(now()))
	if err != nil {
		return fmt.Errorf("the rules of keeping have faults: %w", err)
	}
	offices, err := desk.NewOffices(ctx, s.db, calendar.DayOf(now()))
	if err != nil {
		return err
	}
	gate, err := actor.NewGate(s.db, secret)
	if err != nil {
		return err
	}
	keys, err := ledger.LoadKeys(filepath.Join(s.Data, "ledger.json"), s.ledgerName(), now())
	if err != nil {
		return err
	}
	s.ledger = &ledger.Ledger{DB: s.db, Keys: keys}
	inside, err := s.inside()
	if err != nil {
		return err
	}
	second, err := s.second()
	if err != nil {
		return err
	}
	s.desk = desk.New(&desk.Desk{DB: s.db, HooksInside: inside, Gate: gate, Channel: s.channel(), Book: book, Laws: laws, Places: places, Offices: offices,
		Vault: v, Blobs: blobs, Ledger: s.ledger, Profile: s.Profile, Local: local, Keeping: kept, Pace: &desk.Pace{Off: s.config.Pace == "off"}, SecondFactor: s.Factor, Eyes: second, Now: now}, cal, secret)
	return s.desk.LoadCalendar(ctx)
}

// ledgerName is the name that the ledger's first key gets: the address, or one made up from the installation's secret.
func (s *system) ledgerName() string {
	if u, err := url.Parse(s.Origin); err == nil && u.Host != "" {
		return u.Host + "/ledger"
	}
	return "jishi-" + hex.EncodeToString(s.key("ledger")[:4])
}

// knownVersions refuses to start on matters whose rules are gone or were edited in place: each keeps the
// version it was opened under, so the old file must stay as it was.
func knownVersions(ctx context.Context, d *db.DB, book *procedure.Book) error {
	known := map[string]string{}
	err := d.Each(ctx, `SELECT version, hash FROM rule_version`, nil, func(scan func(...any) error) error {
		var version, hash string
		err := scan(&version, &hash)
		known[version] = hash
		return err
	})
	if err != nil {
		return fmt.Errorf("the rule versions cannot be read: %w", err)
	}
	for version, hash := range known {
		p, err := book.ByKey(version)
		if err != nil {
			return fmt.Errorf("there are matters under the rules %s, but these rules are gone: put the file back", version)
		}
		// The first at or behind it, so that PostgreSQL goes by the index: looking for one that no matter has, it would
		// read them all.
		var used string
		err = d.Row(ctx, `SELECT COALESCE(MIN(version), '') FROM matter WHERE version >= $1`, []any{version}, &used)
		if err != nil {
			return fmt.Errorf("the matters cannot be read: %w", err)
		}
		if used == version && p.Hash != hash {
			return fmt.Errorf("the rules %s were edited after matters were opened under them: put the old file back, and write the change as a new file with a new date", version)
		}
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		for _, p := range book.Procedures() {
			if err := tx.Put(ctx, `INSERT INTO rule_version (version, hash) VALUES ($1, $2)
				ON CONFLICT (version) DO UPDATE SET hash = excluded.hash`, p.Key(), p.Hash); err != nil {
				return err
			}
		}
		return nil
	})
}

// secretFile keys the query codes. It is made once; without it no receipt of before can be used to sign in.
func secretFile(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err == nil && len(b) >= 32 {
		return b, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the secret file cannot be read: %w", err)
	}
	b = make([]byte, 32)
	rand.Read(b)
	// O_EXCL: two that start together must not each believe in their own secret.
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("the secret file cannot be made: %w", err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		return nil, fmt.Errorf("the secret file cannot be written: %w", err)
	}
	return b, f.Sync()
}

// channel is how citizens get one-time codes: the office's SMS gateway, its mail server, or none.
func (s *system) channel() desk.Channel {
	switch {
	case s.SMS.URL != "":
		return message.Hook{URL: s.SMS.URL, Secret: []byte(s.SMS.Secret), Now: now}
	case s.SMTP.Addr != "":
		return message.SMTP{Addr: s.SMTP.Addr, From: s.SMTP.From, User: s.SMTP.User, Password: s.SMTP.Pass}
	}
	return nil
}

// openAlone opens a system that serves. On PostgreSQL several may.
func openAlone(c config, open func() (*system, error)) (*system, error) {
	if c.DB != "" {
		return open()
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be made: %w", c.Data, err)
	}
	release, err := alone(c.Data)
	if err != nil {
		return nil, err
	}
	s, err := open()
	if err != nil {
		release()
		return nil, err
	}
	s.release = release
	return s, nil
}

func (s *system) close() {
	s.db.Close()
	if s.release != nil {
		s.release()
	}
}
