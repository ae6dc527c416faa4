// Package receipt is what stands on the other side of a ledger: it reads a citizen's receipt, checks it without
// trusting the office, and watches that a ledger only ever grows. It needs no database and no office.
package receipt

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/transparency-dev/formats/log"
	cosign "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"jishi/base/words"
)

// A Promise is what an office signs when it accepts something: that this event, with this hash, will be in its ledger.
type Promise struct {
	Origin, Number string
	At             time.Time
	Event          string            // its identifier, known to the office and to whoever holds the receipt
	Entry          [sha256.Size]byte // what the ledger holds of it
	Said           [sha256.Size]byte // see SaidHash
}

const promised = "jishi promise v1"

// Text is the promise as it is signed.
func (p Promise) Text() string {
	return fmt.Sprintf("%s\n%s\nnumber %s\nat %s\nevent %s\nentry %x\nsaid %x\n", promised, p.Origin, p.Number,
		p.At.Format("2006-01-02T15:04:05.000Z07:00"), p.Event, p.Entry, p.Said)
}

func parse(text string) (p Promise, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 8 || lines[0] != promised {
		return p, errors.New("receipt: not a promise")
	}
	p.Origin = lines[1]
	for i, read := range []struct {
		name string
		do   func(string) error
	}{
		{"number ", func(s string) error { p.Number = s; return nil }},
		{"at ", func(s string) (err error) { p.At, err = time.Parse(time.RFC3339, s); return err }},
		{"event ", func(s string) error { p.Event = s; return nil }},
		{"entry ", func(s string) error { return hash(s, &p.Entry) }},
		{"said ", func(s string) error { return hash(s, &p.Said) }},
	} {
		value, ok := strings.CutPrefix(lines[i+2], read.name)
		if !ok {
			return p, fmt.Errorf("receipt: no %q in the promise", read.name)
		}
		if err := read.do(value); err != nil {
			return p, fmt.Errorf("receipt: %q: %w", read.name, err)
		}
	}
	return p, nil
}

func hash(s string, into *[sha256.Size]byte) error {
	b, err := hex.DecodeString(s)
	if err == nil && len(b) != len(into) {
		err = errors.New("not a hash")
	}
	copy(into[:], b)
	return err
}

// Saying is one thing that was said when the matter was brought in: a field, or the hash of an attachment.
type Saying struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// SaidHash is the hash over all that was said, with the event's identifier as the salt.
func SaidHash(event string, said []Saying) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "jishi said v1\n%s\n", event)
	for _, s := range said {
		fmt.Fprintf(h, "%s\n%d\n%s\n", s.Name, len(s.Text), s.Text)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// A File is the receipt that a citizen keeps: small, text, complete. The proof is missing during the first moments.
type File struct {
	Format    string   `json:"format"`
	Promise   string   `json:"promise"` // a signed note
	Said      []Saying `json:"said"`
	Proof     string   `json:"proof,omitempty"`     // c2sp.org/tlog-proof, with the signed head
	Keys      []Key    `json:"keys"`                // of the ledger, oldest first
	Witnessed []string `json:"witnessed,omitempty"` // heads that witnesses signed too
}

// Format names the files that this version writes and reads.
const Format = "jishi receipt v1"

// largest receipt that is read, in bytes: what was said may be long, the rest is not.
const largest = 1 << 20

// Read reads a receipt file.
func Read(text []byte) (*File, error) {
	var f File
	if len(text) > largest || json.Unmarshal(text, &f) != nil || f.Format != Format {
		return nil, words.Refuse(words.Invalid, "not-a-receipt", Sentences["not-a-receipt"]).Try("请选择从进度页保存的收据文件，不要改动它。")
	}
	return &f, nil
}

// A Finding is one thing that was found out, good or bad.
type Finding struct {
	Code string
	OK   bool
	what string
	args []any
}

// Say is the finding in words.
func (f Finding) Say(lang words.Lang) string { return words.Say(lang, f.what, f.args...) }

func good(code, what string, args ...any) Finding { return Finding{code, true, what, args} }
func bad(code, what string, args ...any) Finding  { return Finding{code, false, what, args} }

// Sentences are what the checking page says of a receipt that it checks by itself, by the finding's code; those
// with "-not" are the bad twins.
var Sentences = map[string]string{
	"not-a-receipt": "这不是基石的收据文件。",
	"keys":          "收据里的公钥接不上您信任的公钥，不能据此相信它。",
	"signature":     "“{origin}”于{at}签发，编号{number}，签名有效。",
	"signature-not": "签名无效：收据被改动过，或者不是这个单位签发的。",
	"said":          "收据里的内容和签发时承诺的一致。",
	"said-not":      "收据里的内容和签发时承诺的不一致：内容被改动过。",
	"pending":       "收据里还没有账本证明。提出一分钟以后，请从进度页再取一次。",
	"proof":         "账本证明读不出：文件被改动过。",
	"head":          "账本证明里的签名无效：它不是这个账本签发的。",
	"entry":         "账本第{n}项不是当时承诺的事件：它被删去、改动、倒填时间或者调换了次序。",
	"included":      "承诺的事件是账本的第{n}项，账本当时共{size}项。",
}

// Check checks a receipt by itself. trusted is the ledger's public key as the reader knows it, "" to take those of the
// file at their word; witnesses are the keys of witnesses whom the reader trusts.
func Check(f *File, trusted string, witnesses []string) (p Promise, list []Finding) {
	keys, err := Chain(f.Keys, trusted)
	if err != nil {
		return p, []Finding{bad("keys", Sentences["keys"])}
	}
	n, err := note.Open([]byte(f.Promise), note.VerifierList(keys...))
	if err == nil {
		p, err = parse(n.Text)
	}
	if err != nil {
		return p, []Finding{bad("signature", Sentences["signature-not"])}
	}
	list = append(list, good("signature", Sentences["signature"], "origin", p.Origin,
		"at", p.At.Format("2006-01-02 15:04:05"), "number", p.Number))
	if SaidHash(p.Event, f.Said) != p.Said {
		list = append(list, bad("said", Sentences["said-not"]))
	} else {
		list = append(list, good("said", Sentences["said"]))
	}
	list = append(list, included(p, f.Proof, keys))
	return p, append(list, witnessed(f.Witnessed, keys, witnesses)...)
}

// included checks that the promised event is in the tree under a head that the ledger signed.
func included(p Promise, text string, keys []note.Verifier) Finding {
	if text == "" {
		return good("pending", Sentences["pending"])
	}
	var path proof.TLogProof
	err := path.Unmarshal([]byte(text))
	if err != nil {
		return bad("proof", Sentences["proof"])
	}
	head, root, err := openHead(path.Checkpoint, p.Origin, keys)
	if err != nil {
		return bad("head", Sentences["head"])
	}
	hashes := make(tlog.RecordProof, len(path.Hashes))
	for i, h := range path.Hashes {
		hashes[i] = h
	}
	if tlog.CheckRecord(hashes, int64(head.Size), root, int64(path.Index), tlog.RecordHash(p.Entry[:])) != nil {
		return bad("entry", Sentences["entry"], "n", path.Index+1)
	}
	return good("included", Sentences["included"], "n", path.Index+1, "size", head.Size)
}

// openHead opens a signed head of the ledger.
func openHead(text []byte, origin string, keys []note.Verifier) (head log.Checkpoint, root tlog.Hash, err error) {
	n, err := note.Open(text, note.VerifierList(keys...))
	if err != nil {
		return head, root, err
	}
	if _, err := head.Unmarshal([]byte(n.Text)); err != nil {
		return head, root, err
	}
	if head.Origin != origin || len(head.Hash) != len(root) {
		return head, root, errors.New("receipt: a head of another ledger")
	}
	copy(root[:], head.Hash)
	return head, root, nil
}

func witnessed(heads []string, keys []note.Verifier, trusted []string) (list []Finding) {
	verifiers, err := Witnesses(trusted)
	if err != nil {
		return []Finding{bad("witness-key", "见证人的公钥写法不对。")}
	}
	for _, text := range heads {
		n, err := note.Open([]byte(text), note.VerifierList(append(keys, verifiers...)...))
		if err != nil {
			continue // of a witness whom the reader did not name
		}
		var head log.Checkpoint
		if _, err := head.Unmarshal([]byte(n.Text)); err != nil {
			continue
		}
		for _, s := range n.Sigs {
			if at, err := cosign.CoSigV1Timestamp(s); err == nil {
				list = append(list, good("witnessed", "见证人“{name}”于{at}为账本的前{size}项签过名。", "name", s.Name,
					"at", at.Format("2006-01-02 15:04"), "size", head.Size))
			}
		}
	}
	return list
}

// Witnesses are the verifiers of witnesses' public keys.
func Witnesses(keys []string) (list []note.Verifier, err error) {
	for _, k := range keys {
		v, err := cosign.NewVerifierForCosignatureV1(k)
		if err != nil {
			return nil, fmt.Errorf("receipt: the witness key %q: %w", k, err)
		}
		list = append(list, v)
	}
	return list, nil
}
