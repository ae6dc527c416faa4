// Package api is the desk as JSON under /api/v1: the same questions and the same answers as the pages, with an
// OpenAPI 3.1 document made from the code that serves it.
//
// An operation says who may call it and how it refuses; add registers it, finds out who asks, and turns every
// error into a problem after RFC 9457. Nothing here decides anything: that is the desk's.
package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
)

// Options are what the program that serves the interface decides.
type Options struct {
	Site   string       // name of the system, for the document
	Origin string       // https://host as people reach the pages, for addresses that are told; "" tells them without it
	Cookie string       // name of the pages' session cookie; "session" when empty
	Secret []byte       // signs the receipts of uploads; a fresh one when empty, and receipts then end with the process
	Log    *slog.Logger // gets kinds, routes and reference numbers; never names, numbers or texts
}

// Scopes are what an API token may be limited to.
var Scopes = []string{"file", "matters:read", "matters:write", "figures", "table", "admin", "open311"}

// server is the interface of one desk.
type server struct {
	desk   *desk.Desk
	opt    Options
	mux    *routes
	huma   huma.API
	listed []operation
}

// routes remembers what was registered, so that a test can hold it against the document.
type routes struct {
	*http.ServeMux
	patterns []string
}

func (m *routes) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.HandleFunc(pattern, h)
}

// New is the interface as a handler for /api/ and /problems/.
func New(d *desk.Desk, o Options) http.Handler { return newServer(d, o) }

func newServer(d *desk.Desk, o Options) *server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Cookie == "" {
		o.Cookie = "session"
	}
	if len(o.Secret) == 0 {
		o.Secret = make([]byte, 32)
		rand.Read(o.Secret)
	}
	s := &server{desk: d, opt: o, mux: &routes{ServeMux: http.NewServeMux()}}
	s.huma = humago.New(s.mux, s.config())
	s.filings()
	s.matters()
	s.calls()
	s.actions()
	s.letters()
	s.files()
	s.people()
	s.places()
	s.rules()
	s.searching()
	s.figures()
	s.rates()
	s.collecting()
	s.catalogue()
	s.layouts()
	s.table()
	s.homes()
	s.contested()
	s.prices()
	s.suggesting()
	s.tokens()
	s.whistles()
	s.apart()
	s.receptionDays()
	s.rights()
	s.feeds()
	s.burdens()
	s.dutyFiles()
	s.brought()
	s.hooks()
	s.seconds()
	s.forms()
	s.reader()
	return s
}

func (s *server) config() huma.Config {
	json := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	info := &huma.Info{Title: strings.TrimSpace("基石 Jishi " + s.opt.Site), Version: "1", Description: both(
		"信访事项从提出到终结的全部操作。拒绝以 RFC 9457 的文档回答，语言随 Accept-Language；写操作可带 Idempotency-Key 重试；办理操作必须带 If-Match。")}
	return huma.Config{OpenAPI: &huma.OpenAPI{OpenAPI: "3.1.0", Info: info, Servers: []*huma.Server{{URL: "/"}},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token":   {Type: "http", Scheme: "bearer", Description: both("接口令牌，或者用编号和查询码换来的会话令牌。")},
				"session": {Type: "apiKey", In: "cookie", Name: s.opt.Cookie, Description: both("网页登录的会话，只限同一网站。")},
				"number":  {Type: "apiKey", In: "header", Name: "X-Jishi-Number", Description: both("信访人：事项编号，与查询码一起使用。")},
				"code":    {Type: "apiKey", In: "header", Name: "X-Jishi-Code", Description: both("信访人：查询码，与编号一起使用。")},
			}}},
		Formats: map[string]huma.Format{"application/json": json, "json": json}, DefaultFormat: "application/json", RejectUnknownQueryParameters: true}
}

func marshal(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// both says a sentence in both languages: the document is one for all readers.
func both(zh string) string {
	if en := words.Say(words.EN, zh); en != zh {
		return zh + "\n\n" + en
	}
	return zh
}

// caller is who asks, in which language.
type caller struct {
	actor.Actor
	key  string // Idempotency-Key
	from string // address of the request, for slowing down those who guess
}

// token is the desk's one-time token for the caller's Idempotency-Key. The caller is in it, so that the keys of
// two callers never meet, and the target, so that one key used for two things is two tokens.
func (c caller) token(target ...string) string {
	if c.key == "" {
		return ""
	}
	return "api:" + fingerprint(append([]string{string(c.Kind), c.ID, c.Actor.Matter, c.Person, c.key}, target...)...)
}

// operation is one thing that can be asked, and what its reader must know.
type operation struct {
	id, method, path string
	tag, summary     string
	who              string // Chinese sentence: who may call it
	refuses          string // Chinese sentence: how it refuses
	scope            string // of a token; "" needs none
	public           bool   // nobody need sign in
	status           int
	errors           []int
	key              bool // takes an Idempotency-Key
	pointer          func(field string) string
}

func (o operation) huma() huma.Operation {
	h := huma.Operation{OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: words.Say(words.EN, o.summary),
		Description:   both(o.summary) + "\n\n" + both(o.who) + "\n\n" + both(o.refuses),
		DefaultStatus: o.status, MaxBodyBytes: maxJSON + 1, Errors: slices.Clone(o.errors),
		BodyReadTimeout: -1} // checkBody has read it: a bound that huma set now would outlive this request on its connection
	if o.scope != "" {
		h.Description += "\n\nscope: `" + o.scope + "`"
	}
	always := []int{http.StatusBadRequest, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if !o.public {
		always = append(always, http.StatusUnauthorized, http.StatusForbidden)
		h.Security = []map[string][]string{{"token": {}}, {"session": {}}, {"number": {}, "code": {}}}
	}
	for _, code := range always {
		if !slices.Contains(h.Errors, code) {
			h.Errors = append(h.Errors, code)
		}
	}
	return h
}

type callerKey struct{}

// add registers an operation. The handler gets the caller as an argument; what it returns as an error becomes a problem.
func add[I, O any](s *server, o operation, handle func(ctx context.Context, c caller, in *I) (*O, error)) {
	s.listed = append(s.listed, o)
	h := o.huma()
	h.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		c, err := s.admit(o, r)
		if err != nil {
			s.refuse(w, s.problem(r.Context(), s.asked(o, r), err))
			return
		}
		next(huma.WithValue(ctx, callerKey{}, arrival{c, s.asked(o, r)}))
	}}
	huma.Register(s.huma, h, func(ctx context.Context, in *I) (*O, error) {
		from := ctx.Value(callerKey{}).(arrival)
		out, err := handle(ctx, from.caller, in)
		if err != nil {
			return nil, s.problem(ctx, from.asked, err)
		}
		return out, nil
	})
}

type arrival struct {
	caller
	asked
}

// raw registers an operation whose body or answer is not JSON; shape documents both.
func (s *server) raw(o operation, shape func(*huma.Operation), handle func(w http.ResponseWriter, r *http.Request, c caller) error) {
	s.listed = append(s.listed, o)
	h := o.huma()
	h.Responses = map[string]*huma.Response{}
	shape(&h)
	problem := s.huma.OpenAPI().Components.Schemas.Map()["Problem"]
	for _, code := range h.Errors {
		h.Responses[strconv.Itoa(code)] = &huma.Response{Description: http.StatusText(code), Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
	}
	if problem == nil {
		panic("api: the first operation must be registered by add: " + o.id)
	}
	s.huma.OpenAPI().AddOperation(&h)
	s.mux.HandleFunc(o.method+" "+o.path, func(w http.ResponseWriter, r *http.Request) {
		c, err := s.admit(o, r)
		if err == nil {
			err = handle(w, r, c)
		}
		if err != nil {
			s.refuse(w, s.problem(r.Context(), s.asked(o, r), err))
		}
	})
}

func (s *server) asked(o operation, r *http.Request) asked {
	return asked{lang: languageOf(r.Header.Get("Accept-Language")), conditional: r.Header.Get("If-Match") != "", pointer: o.pointer}
}

// admit finds out who asks and whether the operation is open to such.
func (s *server) admit(o operation, r *http.Request) (caller, error) {
	c := caller{key: r.Header.Get("Idempotency-Key"), from: from(r)}
	if c.key != "" && (len(c.key) < 16 || len(c.key) > 200) {
		return c, refuse(http.StatusBadRequest, "bad-key", "Idempotency-Key 要有16到200个字符，每次操作用一个新的随机值。")
	}
	var err error
	if c.Actor, err = Authenticate(s.desk, r, s.opt.Cookie); err != nil {
		return c, err
	}
	if err := s.pace(o, c); err != nil {
		return c, err
	}
	if !o.public && !c.SignedIn() {
		return c, words.Refuse(words.SignIn, "sign-in", "请先登录。").Try("请带上接口令牌，或者先用编号和查询码换取会话。")
	}
	if o.scope != "" && !c.Allows(o.scope) {
		return c, words.Refuse(words.Forbidden, "scope", "这个令牌没有“{scope}”的范围。", "scope", o.scope).Try("请用有这个范围的令牌。")
	}
	return c, nil
}

// pace slows down who writes or searches faster than any program of an office needs to.
func (s *server) pace(o operation, c caller) error {
	purpose := desk.PaceWrite
	switch {
	case o.tag == "files" && o.method == http.MethodPost:
		purpose = desk.PaceUpload
	case o.id == "search":
		purpose = desk.PaceSearch
	case o.method == http.MethodGet:
		return nil
	}
	return s.desk.Pace.Take(purpose, strings.TrimSpace(c.ID+" "+c.Actor.Matter), c.from, s.desk.Now())
}

// ServeHTTP checks what no operation should have to check, and answers for what is no operation.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Vary", "Accept-Language, Authorization, Cookie")
	defer s.caught(w, r)
	if err := crossSite(r); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := checkAddress(r); err != nil {
		s.fail(w, r, err)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.nowhere(w, r)
		return
	}
	if err := checkBody(w, r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// crossSite refuses a write that another site's page sends with the reader's cookie. A request with a token of its
// own carries nothing that a browser adds by itself.
func crossSite(r *http.Request) error {
	if r.Header.Get("Authorization") != "" {
		return nil
	}
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return words.Refuse(words.Forbidden, "cross-site", "这个请求来自别的网站，没有接收。")
	}
	return nil
}

// nowhere answers what matches no operation: another method, or nothing at all.
func (s *server) nowhere(w http.ResponseWriter, r *http.Request) {
	probe := &statusOnly{header: http.Header{}}
	s.mux.ServeMux.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		s.fail(w, r, refuse(http.StatusMethodNotAllowed, "method", "这个网址不接受 {method}。", "method", r.Method))
		return
	}
	s.fail(w, r, refuse(http.StatusNotFound, "no-such-address", "接口里没有这个网址。").try("请看 /api/ 的说明。"))
}

type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }

// caught turns a panic of one request into its 500; the others go on.
func (s *server) caught(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		s.fail(w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
}

// fail answers an error outside of an operation.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.refuse(w, s.problem(r.Context(), s.asked(operation{}, r), err))
}

func (s *server) refuse(w http.ResponseWriter, p *Problem) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	marshal(w, p)
}

// page sends a page that is complete: a broken template never leaves half of one.
func page(w http.ResponseWriter, l words.Lang, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		panic(err) // the template is compiled in and its data is ours; caught answers
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(l))
	w.Write(b.Bytes())
}
