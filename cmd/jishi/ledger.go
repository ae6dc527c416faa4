package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"jishi/base/words"
	"jishi/derive/ledger"
	"jishi/derive/ledger/receipt"
)

// ledgerCommand shows the ledger's public keys, or adds one.
func ledgerCommand(args []string, stdout, stderr io.Writer) int {
	c, fs, err := settings("ledger", args, stderr)
	if err == nil && (fs.NArg() != 1 || fs.Arg(0) != "keys" && fs.Arg(0) != "rotate") {
		err = errors.New("say what to do: jishi ledger --data DIR keys, or jishi ledger --data DIR rotate")
	}
	if err != nil {
		return told(stderr, err)
	}
	file := filepath.Join(c.Data, "ledger.json")
	if _, err := os.Stat(file); err != nil {
		return told(stderr, fmt.Errorf("there is no %s: --data names the wrong folder, or the server was never started", file))
	}
	load := func(file string, now time.Time) (*ledger.Keys, error) { return ledger.LoadKeys(file, "", now) }
	if fs.Arg(0) == "rotate" {
		load = ledger.Rotate
	}
	keys, err := load(file, time.Now())
	if err != nil {
		return told(stderr, err)
	}
	for _, k := range keys.Public() {
		fmt.Fprintf(stdout, "%s  from %s\n", k.Public, k.From)
	}
	if fs.Arg(0) == "rotate" {
		fmt.Fprintln(stdout, "start the servers again: they sign with the last key from then on; keep a copy of the file")
	}
	return 0
}

// verifyReceipt checks a citizen's receipt, by itself or against the ledger that it names. It needs no database.
func verifyReceipt(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("verify receipt", flag.ContinueOnError)
	flags.SetOutput(stderr)
	trusted := flags.String("key", "", "the ledger's public `key` as you know it; without it the receipt's own is believed")
	at := flags.String("log", "", "`address` of the ledger, https://HOST/ledger, to ask for the proof")
	witnesses := flags.String("witnesses", "", "public `keys` of witnesses whom you trust, apart by commas")
	lang := flags.String("lang", "zh", "zh or en")
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() != 1 {
		return told(stderr, errors.New("name one receipt file"))
	}
	text, err := os.ReadFile(flags.Arg(0))
	if err != nil {
		return told(stderr, err)
	}
	f, err := receipt.Read(text)
	if err != nil {
		return told(stderr, err)
	}
	_, list := receipt.Check(f, *trusted, strings.FieldsFunc(*witnesses, func(r rune) bool { return r == ',' }))
	if *at != "" {
		w := receipt.Watcher{URL: *at, Client: client(), Trusted: *trusted}
		if list, err = w.Receipt(context.Background(), f, time.Now()); err != nil {
			return told(stderr, fmt.Errorf("the ledger cannot be asked: %w", err))
		}
	}
	return findings(stdout, list, words.Lang(*lang))
}

// findings prints what was found, and is 1 when anything is wrong.
func findings(out io.Writer, list []receipt.Finding, lang words.Lang) (code int) {
	for _, f := range list {
		mark := "OK    "
		if !f.OK {
			mark, code = "WRONG ", 1
		}
		fmt.Fprintf(out, "%s%s: %s\n", mark, f.Code, f.Say(lang))
	}
	return code
}

func client() *http.Client { return &http.Client{Timeout: 30 * time.Second} }

// watchCommand looks at a ledger from outside and says when it does what a ledger must not. With --witness it signs
// what it found good.
func watchCommand(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("watch", flag.ContinueOnError)
	flags.SetOutput(stderr)
	state := flags.String("state", "ledger-seen.json", "`file` that remembers what was seen")
	trusted := flags.String("key", "", "the ledger's public `key`; without it the first one seen is believed")
	every := flags.Duration("every", time.Minute, "how often to look; 0 looks once")
	receipts := flags.String("receipts", "", "`folder` of receipts to ask for at each look")
	witness := flags.String("witness", "", "`file` with this witness's key; it is made when it is not there")
	name := flags.String("name", "", "`name` of the witness, for a new key")
	lang := flags.String("lang", "zh", "zh or en")
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() != 1 {
		return told(stderr, errors.New("name the ledger's address, https://HOST/ledger"))
	}
	w := &receipt.Watcher{URL: strings.TrimSuffix(flags.Arg(0), "/"), Client: client(), Trusted: *trusted}
	if err := remember(*state, w); err != nil {
		return told(stderr, err)
	}
	if *witness != "" {
		signer, public, err := witnessKey(*witness, *name)
		if err != nil {
			return told(stderr, err)
		}
		w.Witness = signer
		fmt.Fprintf(stdout, "witness %s\n", public)
	}
	for {
		code := look(w, *state, *receipts, stdout, stderr, words.Lang(*lang))
		if *every == 0 {
			return code
		}
		time.Sleep(*every)
	}
}

func look(w *receipt.Watcher, state, receipts string, stdout, stderr io.Writer, lang words.Lang) int {
	ctx := context.Background()
	list, err := w.Look(ctx)
	files, _ := filepath.Glob(filepath.Join(receipts, "*.json"))
	for _, name := range files {
		text, readErr := os.ReadFile(name)
		f, parseErr := receipt.Read(text)
		if receipts == "" || readErr != nil || parseErr != nil || err != nil {
			continue
		}
		var more []receipt.Finding
		more, err = w.Receipt(ctx, f, time.Now())
		list = append(list, more...)
	}
	code := findings(stdout, list, lang)
	if err != nil {
		fmt.Fprintf(stderr, "jishi: the ledger could not be looked at: %v\n", err)
		return 2
	}
	text, err := json.MarshalIndent(w.State, "", "\t")
	if err == nil {
		err = os.WriteFile(state, append(text, '\n'), 0o600)
	}
	if err != nil {
		return told(stderr, err)
	}
	return code
}

func remember(file string, w *receipt.Watcher) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, &w.State)
	}
	if err != nil {
		return fmt.Errorf("what was seen before cannot be read from %s: %w", file, err)
	}
	return nil
}

// witnessKey reads a witness's key, or makes one, and gives the public key that the office puts into its settings.
func witnessKey(file, name string) (note.Signer, string, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if name == "" {
			return nil, "", errors.New("a new witness needs a --name, without blanks")
		}
		private, public, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			return nil, "", err
		}
		text = []byte(private + "\n" + public + "\n")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return nil, "", err
		}
	} else if err != nil {
		return nil, "", err
	}
	private, public, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	signer, err := cosign.NewSignerForCosignatureV1(private)
	if err != nil {
		return nil, "", fmt.Errorf("the witness's key in %s: %w", file, err)
	}
	public, err = cosign.VKeyToCosignatureV1(public)
	return signer, public, err
}
