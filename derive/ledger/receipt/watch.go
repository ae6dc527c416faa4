package receipt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Watcher looks at a ledger from outside, again and again, and says when it does what a ledger must not.
type Watcher struct {
	URL     string // of the ledger, https://HOST/ledger
	Client  *http.Client
	Trusted string      // the ledger's public key as the watcher knows it; "" trusts what is seen first
	Witness note.Signer // signs what was found good, nil for a watcher that only looks
	State   State
}

// State is what a watcher remembers from one look to the next. Whoever loses it starts to trust anew.
type State struct {
	Keys []Key  `json:"keys"`
	Head string `json:"head"` // the last signed head that was found good
}

// patience is how long a ledger may take from its promise until the event is in the tree.
const patience = 10 * time.Minute

// Look fetches the newest head and compares it with what is remembered. The state moves on only when all is well.
// An error says that the ledger could not be reached, which is no finding.
func (w *Watcher) Look(ctx context.Context) ([]Finding, error) {
	var keys []Key
	text, err := w.get(ctx, "/keys")
	if err == nil {
		err = json.Unmarshal(text, &keys)
	}
	if err != nil {
		return nil, err
	}
	trusted := w.Trusted
	if trusted == "" && len(w.State.Keys) > 0 {
		trusted = w.State.Keys[0].Public
	}
	verifiers, err := Chain(keys, trusted)
	if err != nil {
		return []Finding{bad("keys", "账本换了公钥，新公钥没有原来的公钥担保：这不是原来的账本。")}, nil
	}
	text, err = w.get(ctx, "/checkpoint")
	if errors.Is(err, errNotThere) && w.State.Head == "" {
		return []Finding{good("empty", "账本还是空的。")}, nil
	}
	if errors.Is(err, errNotThere) {
		return []Finding{bad("shrunk", "账本不见了：原来有的内容被删去。")}, nil
	}
	if err != nil {
		return nil, err
	}
	finding, err := w.compare(ctx, text, verifiers)
	if err != nil || !finding.OK {
		return []Finding{finding}, err
	}
	w.State = State{Keys: keys, Head: string(text)}
	return []Finding{finding}, w.cosign(ctx, text, verifiers)
}

func (w *Watcher) compare(ctx context.Context, text []byte, keys []note.Verifier) (Finding, error) {
	origin := keys[0].Name()
	head, root, err := openHead(text, origin, keys)
	if err != nil {
		return bad("head", "账本当前的签名无效：它不是这个账本签发的。"), nil
	}
	size := int64(head.Size)
	if w.State.Head == "" {
		return good("first", "第一次看到这个账本，共{size}项。", "size", size), nil
	}
	was, wasRoot, err := openHead([]byte(w.State.Head), origin, keys)
	if err != nil {
		return bad("head", "上次看到的签名和现在的公钥对不上：这不是原来的账本。"), nil
	}
	before := int64(was.Size)
	switch {
	case size < before:
		return bad("shrunk", "账本变短了：上次有{before}项，现在只有{size}项。有内容被删去，或者恢复了旧备份。", "before", before, "size", size), nil
	case size == before && root != wasRoot:
		return bad("forked", "账本还是{size}项，内容却和上次不同：历史被改写。", "size", size), nil
	case size == before:
		return good("same", "账本没有变化，共{size}项。", "size", size), nil
	}
	tiles := &fetcher{ctx: ctx, watcher: w}
	path, err := tlog.ProveTree(size, before, tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles))
	if tiles.err != nil {
		return Finding{}, tiles.err
	}
	if err != nil {
		return bad("tiles", "账本公布的内容和它自己的签名对不上：内容被改动过。"), nil
	}
	if tlog.CheckTree(path, size, root, before, wasRoot) != nil {
		return bad("forked", "账本从{before}项增加到{size}项，前{before}项却和上次不同：历史被改写。", "before", before, "size", size), nil
	}
	return good("grown", "账本从{before}项增加到{size}项，前{before}项没有变化。", "before", before, "size", size), nil
}

// cosign puts the witness's name to a head that was found good.
func (w *Watcher) cosign(ctx context.Context, text []byte, keys []note.Verifier) error {
	if w.Witness == nil {
		return nil
	}
	n, err := note.Open(text, note.VerifierList(keys...))
	if err != nil {
		return err
	}
	signed, err := note.Sign(n, w.Witness)
	if err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/cosignature", bytes.NewReader(signed))
	if err != nil {
		return err
	}
	answer, err := w.Client.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return fmt.Errorf("the ledger did not take the signature: %s %s", answer.Status, said)
	}
	return nil
}

// Receipt asks the ledger for its proof of a promise, at a time, and checks it.
func (w *Watcher) Receipt(ctx context.Context, f *File, now time.Time) ([]Finding, error) {
	p, list := Check(&File{Promise: f.Promise, Said: f.Said, Keys: f.Keys}, w.Trusted, nil)
	if !list[0].OK {
		return list, nil
	}
	list = list[:2] // what follows asks the ledger itself
	keys, err := Chain(f.Keys, w.Trusted)
	if err != nil {
		return nil, err
	}
	text, err := w.get(ctx, "/proof/"+p.Event)
	switch {
	case errors.Is(err, errNotThere) && now.Sub(p.At) < patience:
		return append(list, good("pending", "账本还没有收进这件事件，请稍后再查。")), nil
	case errors.Is(err, errNotThere):
		return append(list, bad("missing", "账本里没有承诺的事件（编号{number}，{at}）：它被删去了。", "number", p.Number, "at", p.At.Format("2006-01-02 15:04:05"))), nil
	case err != nil:
		return nil, err
	}
	return append(list, included(p, string(text), keys)), nil
}

var errNotThere = errors.New("receipt: the ledger has no such thing")

func (w *Watcher) get(ctx context.Context, path string) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := w.Client.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return nil, errNotThere
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the ledger answers %s", answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, largest))
}

// fetcher gives tlog the published tiles; tlog checks them against the signed head.
type fetcher struct {
	ctx     context.Context
	watcher *Watcher
	err     error // of the way, not of the tiles
}

func (f *fetcher) Height() int { return 8 }

func (f *fetcher) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var list [][]byte
	for _, t := range tiles {
		data, err := f.watcher.get(f.ctx, "/tile/"+strings.TrimPrefix(t.Path(), "tile/8/"))
		if err != nil {
			if !errors.Is(err, errNotThere) {
				f.err = err
			}
			return nil, err
		}
		list = append(list, data)
	}
	return list, nil
}

func (f *fetcher) SaveTiles([]tlog.Tile, [][]byte) {}
