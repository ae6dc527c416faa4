// Package ledger serves the published ledger: signed heads, tiles, proofs and keys. All of it is for anyone; nothing
// in it tells about a matter or a person (c2sp.org/tlog-tiles).
package ledger

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"jishi/base/words"
	"jishi/derive/ledger"
)

// Options of the door.
type Options struct {
	Witnesses []string // public keys of those whose signatures are taken
	Now       func() time.Time
	Fault     func(error) // told of what went wrong inside
}

// New is the door under /ledger/.
func New(l *ledger.Ledger, o Options) http.Handler {
	s := &server{l, o}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ledger/keys", s.keys)
	mux.HandleFunc("GET /ledger/checkpoint", s.checkpoint)
	mux.HandleFunc("GET /ledger/tile/{path...}", s.tile)
	mux.HandleFunc("GET /ledger/proof/{event}", s.proof)
	mux.HandleFunc("GET /ledger/witnessed", s.witnessed)
	mux.HandleFunc("POST /ledger/cosignature", s.cosignature)
	return mux
}

type server struct {
	ledger *ledger.Ledger
	Options
}

func (s *server) keys(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(s.ledger.Keys.Public())
}

func (s *server) checkpoint(w http.ResponseWriter, r *http.Request) {
	text, err := s.ledger.Checkpoint(r.Context())
	s.answer(w, "text/plain; charset=utf-8", []byte(text), err)
}

func (s *server) tile(w http.ResponseWriter, r *http.Request) {
	t, err := tlog.ParseTilePath("tile/8/" + strings.Replace(r.PathValue("path"), "entries/", "data/", 1))
	if err != nil {
		s.answer(w, "", nil, ledger.ErrNone)
		return
	}
	data, err := s.ledger.Tile(r.Context(), int64(t.L), t.N, t.W)
	if err == nil && t.W == 1<<8 {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	s.answer(w, "application/octet-stream", data, err)
}

func (s *server) proof(w http.ResponseWriter, r *http.Request) {
	p, err := s.ledger.Prove(r.Context(), r.PathValue("event"))
	s.answer(w, "text/plain; charset=utf-8", p.Marshal(), err)
}

func (s *server) witnessed(w http.ResponseWriter, r *http.Request) {
	list, err := s.ledger.Witnessed(r.Context())
	text, _ := json.Marshal(append([]string{}, list...))
	s.answer(w, "application/json", text, err)
}

func (s *server) cosignature(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, 10_000))
	if err == nil {
		err = s.ledger.Witness(r.Context(), string(text), s.Witnesses, s.Now())
	}
	s.answer(w, "text/plain; charset=utf-8", nil, err)
}

func (s *server) answer(w http.ResponseWriter, kind string, body []byte, err error) {
	refusal, refused := words.AsRefusal(err)
	switch {
	case errors.Is(err, ledger.ErrNone):
		http.Error(w, words.Say(words.ZH, "账本里还没有。"), http.StatusNotFound)
	case refused:
		http.Error(w, refusal.Error(), http.StatusUnprocessableEntity)
	case err != nil:
		s.Fault(err)
		http.Error(w, words.Say(words.ZH, "账本暂时读不出，请稍后再试。"), http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", kind)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Access-Control-Allow-Origin", "*") // whoever checks a receipt in a page of his own
		w.Write(body)
	}
}
