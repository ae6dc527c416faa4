// Package web is the pages. A handler asks desk, renders, and returns its error; one function decides
// what the visitor sees. Every page works without JavaScript.
package web

import (
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/assets"
)

// Options are what the program that serves the pages decides.
type Options struct {
	Site     string                    // 基石 · 清河县
	Origin   string                    // https://host, for the QR of a receipt; "" takes the host of the request
	Secure   bool                      // cookies only over https
	Demo     bool                      // the demonstration: "sign in as…", codes on the screen
	Log      *slog.Logger              // gets kinds, paths and reference numbers; never names, numbers or texts
	Home     string                    // 12-digit code of the place where most matters happen: the picker starts there
	Key      []byte                    // seals what forms carry; keep it over restarts, or forms open then must be sent again
	OIDC     *actor.OIDC               // another way for officers to sign in, nil when none is set up
	OIDCName string                    // how people call it: 政务统一身份认证
	Roles    []Role                    // of the demonstration
	Shown    func(phone string) string // the demonstration shows the code that it cannot send
}

// Role is one identity of the demonstration.
type Role struct {
	ID, Person, Title, Name, Body string
	Can, CanEn                    string // what to try as this role
	Featured                      bool   // shown first
}

// Server serves the pages.
type Server struct {
	desk *desk.Desk
	opt  Options
	key  []byte
	mux  *http.ServeMux
	back http.Handler

	patterns []string
	cards    cards // of open boards
}

// Patterns are the addresses of all pages, as "GET /m/{id}": for the test that asks at each of them what it tells whom.
func (s *Server) Patterns() []string { return s.patterns }

// handler is one page: it renders or returns why it could not.
type handler func(v *visit) error

func (s *Server) page(pattern string, h handler) {
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(w, r)
		err := readable(r)
		if err == nil {
			err = s.pace(v, pattern)
		}
		if err == nil {
			err = h(v)
		}
		if err != nil {
			s.fail(v, err)
		}
	})
}

// pace slows down who sends forms or searches faster than anybody can. Reading pages is free.
func (s *Server) pace(v *visit, pattern string) error {
	purpose := desk.PaceWrite
	switch {
	case pattern == "POST /follow/phone":
		purpose = desk.PaceCode
	case v.r.Method == http.MethodPost && strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/") && v.r.ContentLength > 100<<10:
		purpose = desk.PaceUpload
	case pattern == "GET /search":
		purpose = desk.PaceSearch
	case v.r.Method == http.MethodGet:
		return nil
	}
	who := saved(v.r, StaffCookie)
	if who == "" {
		who = saved(v.r, folkCookie)
	}
	return s.desk.Pace.Take(purpose, who, address(v.r), s.desk.Now())
}

// ServeHTTP answers every request that is for a person with a browser.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.back.ServeHTTP(w, r) }

// policy lets a page load our own files and nothing else, and run no script or style written into it.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard puts the headers on every answer, and refuses forms sent from other sites.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(s.visit(w, r), errElsewhere)
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY") // for browsers that know only the old name of frame-ancestors
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
		if s.opt.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		defer s.caught(w, r)
		inner.ServeHTTP(w, r)
	})
}

// caught turns a panic of one request into its 500 page; the others go on.
func (s *Server) caught(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		s.fail(s.visit(w, r), panicked{p})
	}
}

func (s *Server) assets() { s.mux.HandleFunc("GET /assets/{file}", assets.Serve) }

// preferences are what a reader chooses once for all pages, kept for as long as preferred says.
var preferences = []string{"lang", "large"}

const preferred = 365 * 24 * time.Hour

// prefer keeps the reader's language and size of print, and goes back to where they were.
func (s *Server) prefer(v *visit) error {
	q := v.r.URL.Query()
	for _, name := range preferences {
		if q.Has(name) {
			v.cookie(name, q.Get(name), preferred)
		}
	}
	return v.goTo(local(q.Get("back")))
}

// local is the path when it leads to this server, else the first page.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return "/"
	}
	return to
}

// token is a fresh one-time token: a form that is sent twice is one act.
func token() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:])
}

// New makes the pages over the desk.
func New(d *desk.Desk, opt Options) *Server {
	s := &Server{desk: d, opt: opt, key: opt.Key, mux: http.NewServeMux()}
	if len(s.key) == 0 {
		s.key = []byte(token())
	}
	if s.opt.Log == nil {
		s.opt.Log = slog.Default()
	}
	s.assets()
	s.public()
	s.citizens()
	s.officers()
	s.spots()
	s.leaders()
	s.collecting()
	s.accounts()
	s.owners()
	s.seconds()
	s.tables()
	s.files()
	s.prices()
	s.burdens()
	s.rights()
	s.page("GET /prefer", s.prefer)
	s.page("/", func(*visit) error { return errNoPage })
	s.back = s.guard(s.mux)
	return s
}

func (s *Server) today() calendar.Day { return s.desk.Today() }

// write sends a page that is complete: a broken template never leaves half of one.
func write(v *visit, status int, kind string, body []byte) {
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Add("Vary", "Accept-Encoding, Cookie, Accept-Language")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if len(body) < 1024 || !strings.Contains(v.r.Header.Get("Accept-Encoding"), "gzip") {
		v.w.WriteHeader(status)
		v.w.Write(body)
		return
	}
	h.Set("Content-Encoding", "gzip")
	v.w.WriteHeader(status)
	z := squeezers.Get().(*gzip.Writer)
	defer squeezers.Put(z)
	z.Reset(v.w)
	z.Write(body)
	z.Close()
}

// squeezers are kept, because a fresh one takes most of a megabyte. The fastest level makes a page a fifth longer and
// takes a quarter of the time: on a page that is made for one reader that is the better bargain.
var squeezers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // a level that there is: it cannot fail
	return z
}}
