package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"jishi/base/blob"
	"jishi/base/vault"
	"jishi/desk"
)

// config is how one server is set up. A flag wins over the environment (JISHI_ADDR), the environment over the
// file, the file over the default. Every setting has a default that is safe.
type config struct {
	Addr    string `yaml:"addr"`    // HOST:PORT; port 0 picks one
	Data    string `yaml:"data"`    // folder for the embedded database, attachments and keys
	DB      string `yaml:"db"`      // postgres://…; "" is the embedded database in data
	Site    string `yaml:"site"`    // name on every page
	Origin  string `yaml:"origin"`  // https://host as citizens reach it, for codes on receipts
	Profile string `yaml:"profile"` // local rules
	Rules   string `yaml:"rules"`   // folder of the office's own rule files, beside the shipped ones
	Secure  bool   `yaml:"secure"`  // cookies only over https: set it behind a TLS proxy
	Proxies string `yaml:"proxies"` // networks whose X-Forwarded-For is believed, "10.0.0.0/8 127.0.0.1/32": the proxy before this server
	Pace    string `yaml:"pace"`    // "off" keeps nobody's pace: for load tests, or where the proxy does it
	Factor  string `yaml:"factor"`  // whose second factor is asked for: "admins", "all", or "" nobody's
	Eyes    string `yaml:"eyes"`    // how long a second person has to agree to a dangerous act, "72h"; "off" asks for none
	Crypto  string `yaml:"crypto"`  // aes-256-gcm or sm4-gcm; "" takes what the key file has, aes-256-gcm for a new one
	Scanner string `yaml:"scanner"` // clamd's socket or HOST:PORT; each attachment is shown to it
	Scanned string `yaml:"scanned"` // "must" (the default) refuses an attachment that could not be scanned, "may" takes it
	Fonts   string `yaml:"fonts"`   // folder with FangSong and XiaoBiaoSong, where the office has them

	KeyCommand string `yaml:"key-command"` // an outside command that keeps the key of the key file: a key service, PKCS#11

	Witnesses []string `yaml:"witnesses"` // public keys of those who may sign the ledger's heads

	HooksInside []string `yaml:"hooks-inside"` // inside networks to which webhooks may be sent, as 10.1.0.0/16

	SMTP SMTP `yaml:"smtp"` // sends one-time codes by mail
	SMS  Hook `yaml:"sms"`  // sends them through the office's own gateway
	OIDC OIDC `yaml:"oidc"` // sign-in through the office's own identity provider
}

// What is done with an attachment that the scanner did not see.
const (
	scannedMust = "must"
	scannedMay  = "may"
)

// scanner is nil where the office has none. Twenty seconds is longer than clamd takes for the largest attachment, and
// shorter than people wait for a page.
func (c config) scanner() *blob.Clam {
	if c.Scanner == "" {
		return nil
	}
	return &blob.Clam{Address: c.Scanner, Wait: 20 * time.Second, Lenient: c.Scanned == scannedMay}
}

// SMTP is a mail server.
type SMTP struct {
	Addr string `yaml:"addr"`
	From string `yaml:"from"`
	User string `yaml:"user"`
	Pass string `yaml:"pass"`
}

// Hook is an HTTP address that takes a message, signed with the secret.
type Hook struct {
	URL    string `yaml:"url"`
	Secret string `yaml:"secret"`
}

// OIDC is an identity provider.
type OIDC struct {
	Issuer string `yaml:"issuer"`
	Client string `yaml:"client"`
	Secret string `yaml:"secret"`
	Name   string `yaml:"name"`  // how people call it, on the button
	Claim  string `yaml:"claim"` // the claim that names the account; "preferred_username" where it is empty
}

// settings reads flags, environment and file. What it refuses it refuses with a sentence.
func settings(command string, args []string, stderr io.Writer) (config, *flag.FlagSet, error) {
	c := config{Addr: "127.0.0.1:8080", Data: "data", Site: "基石", Eyes: agreeWithin}
	var file string
	var seen []string
	fs := flag.NewFlagSet("jishi "+command, flag.ContinueOnError)
	fs.SetOutput(stderr)
	str := func(p *string, name, use string) {
		fs.Func(name, use+" (default "+quoted(*p)+")", func(v string) error { *p = v; seen = append(seen, name); return nil })
	}
	given := c
	fs.StringVar(&file, "config", os.Getenv("JISHI_CONFIG"), "settings file (YAML)")
	str(&given.Addr, "addr", "listen on `HOST:PORT`; port 0 picks one")
	str(&given.Data, "data", "`folder` of the embedded database, attachments and keys")
	str(&given.DB, "db", "PostgreSQL `URL`; without it the embedded database is used")
	str(&given.Site, "site", "name on every page")
	str(&given.Origin, "origin", "`https://host` as citizens reach it")
	str(&given.Profile, "profile", "local rules that lie over the national ones")
	str(&given.Rules, "rules", "`folder` of the office's own rules, beside the shipped ones")
	str(&given.Proxies, "proxies", "`networks` whose X-Forwarded-For is believed: the proxy before this server")
	str(&given.Pace, "pace", "`off` keeps nobody's pace, for load tests")
	str(&given.Factor, "factor", "whose second factor is asked for: `admins` or all")
	str(&given.Eyes, "eyes", "how long a second person has to agree to a dangerous act, at least `1h`; off asks for none")
	str(&given.Crypto, "crypto", "seal identities with `aes-256-gcm` or sm4-gcm")
	str(&given.KeyCommand, "key-command", "outside `command` that keeps the key of the key file")
	str(&given.Scanner, "scanner", "clamd's `socket` or HOST:PORT, to which each attachment is shown")
	str(&given.Scanned, "scanned", "`must` refuses an attachment when the scanner is away, may takes it")
	str(&given.Fonts, "fonts", "`folder` with FangSong and XiaoBiaoSong")
	fs.BoolVar(&given.Secure, "secure", false, "cookies only over https")
	if err := fs.Parse(args); err != nil {
		return c, fs, err
	}
	if file != "" {
		if err := readFile(file, &c); err != nil {
			return c, fs, err
		}
	}
	for name, at := range map[string][2]*string{"addr": {&c.Addr, &given.Addr}, "data": {&c.Data, &given.Data}, "db": {&c.DB, &given.DB},
		"site": {&c.Site, &given.Site}, "origin": {&c.Origin, &given.Origin}, "profile": {&c.Profile, &given.Profile}, "fonts": {&c.Fonts, &given.Fonts},
		"rules": {&c.Rules, &given.Rules}, "proxies": {&c.Proxies, &given.Proxies}, "pace": {&c.Pace, &given.Pace}, "factor": {&c.Factor, &given.Factor}, "eyes": {&c.Eyes, &given.Eyes}, "crypto": {&c.Crypto, &given.Crypto}, "key-command": {&c.KeyCommand, &given.KeyCommand},
		"scanner": {&c.Scanner, &given.Scanner}, "scanned": {&c.Scanned, &given.Scanned}} {
		if v, ok := os.LookupEnv("JISHI_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))); ok {
			*at[0] = v
		}
		for _, s := range seen {
			if s == name {
				*at[0] = *at[1]
			}
		}
	}
	c.Secure = c.Secure || given.Secure
	if v, ok := os.LookupEnv("JISHI_HOOKS_INSIDE"); ok {
		c.HooksInside = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return c, fs, c.check()
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

func readFile(name string, c *config) error {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no settings file %s: give its right path with --config", name)
	}
	if err != nil {
		return fmt.Errorf("the settings file cannot be read: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the settings file %s has a fault: %w", name, err)
	}
	return nil
}

// check refuses, with a sentence, what the server could not do safely.
func (c config) check() error {
	_, port, err := net.SplitHostPort(c.Addr)
	if err != nil || port == "" {
		return fmt.Errorf("--addr %q is not HOST:PORT, like 127.0.0.1:8080", c.Addr)
	}
	if c.DB != "" && !strings.HasPrefix(c.DB, "postgres://") && !strings.HasPrefix(c.DB, "postgresql://") {
		return fmt.Errorf("--db must be a PostgreSQL address, postgres://user@host/name; for the embedded database leave it out and give --data")
	}
	if c.Data == "" {
		return fmt.Errorf("--data must name a folder: attachments and keys are kept there also when --db is given")
	}
	if _, err := c.inside(); err != nil {
		return err
	}
	if _, err := networks(c.Proxies); err != nil {
		return fmt.Errorf("--proxies must be networks like 10.0.0.0/8, with blanks between them: %w", err)
	}
	if c.Pace != "" && c.Pace != "off" {
		return fmt.Errorf("--pace is off or nothing, not %q", c.Pace)
	}
	if c.Factor != "" && c.Factor != desk.FactorAdmins && c.Factor != desk.FactorAll {
		return fmt.Errorf("--factor is admins, all or nothing, not %q", c.Factor)
	}
	if _, err := c.second(); err != nil {
		return err
	}
	if !vault.Suite(c.Crypto).Known() {
		return fmt.Errorf("--crypto is aes-256-gcm, sm4-gcm or nothing, not %q", c.Crypto)
	}
	if c.Scanned != "" && c.Scanned != scannedMust && c.Scanned != scannedMay {
		return fmt.Errorf("--scanned is must or may, not %q", c.Scanned)
	}
	if c.OIDC.Issuer != "" && c.Origin == "" {
		return fmt.Errorf("oidc needs --origin: the provider sends people back to it")
	}
	if c.Secure && strings.HasPrefix(c.Origin, "http://") {
		return fmt.Errorf("--secure sends cookies over https only, but --origin is %s", c.Origin)
	}
	return nil
}

// agreeWithin is how long a second person has to agree where nothing else is said.
const agreeWithin = "72h"

// second is how long a second person has to agree; 0 where one person does dangerous acts alone.
func (c config) second() (time.Duration, error) {
	if c.Eyes == "off" {
		return 0, nil
	}
	d, err := time.ParseDuration(cmp.Or(c.Eyes, agreeWithin))
	if err != nil || d < time.Hour || d > 60*24*time.Hour {
		return 0, fmt.Errorf("--eyes is how long a second person has to agree, from 1h to 1440h, or off; not %q", c.Eyes)
	}
	return d, nil
}

// inside are the inside networks to which webhooks may be sent. None is the default: whoever may set up a webhook must not
// be able to knock at the doors of the office's own machines.
func (c config) inside() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range c.HooksInside {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("hooks-inside: %q is not a network, like 10.1.0.0/16", text)
		}
		list = append(list, p)
	}
	return list, nil
}

// url is the database's address for package db.
func (c config) url() string {
	if c.DB != "" {
		return c.DB
	}
	return "sqlite:" + filepath.Join(c.Data, "jishi.db")
}
