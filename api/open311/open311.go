// Package open311 is the door of Open311 GeoReport v2, in XML and JSON, with mySociety's extension for updates.
//
// What is reported here becomes a petition like any other. A petition is not public: the lists here show only what
// came through this door, a text only where its writer said so, and never a name or a sealed matter.
package open311

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
)

// Options are what the program that serves the door decides.
type Options struct {
	Site   string // name of the system
	Origin string // https://host; "" takes the host of the request
	Demo   bool
	Log    *slog.Logger // gets routes and reference numbers; never names, numbers or texts
}

// scope is what an API token must have to write here.
const scope = "open311"

// changeset says when what is offered here changed last.
const changeset = "2026-11-22T00:00:00+08:00"

type door struct {
	desk     *desk.Desk
	opt      Options
	services []service
}

// New is the door as a handler for /open311/.
func New(d *desk.Desk, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	services, err := readServices(servicesFile)
	if err != nil {
		panic(err) // the catalogue is compiled in; a fault in it is a fault of this build
	}
	return &door{desk: d, opt: o, services: services}
}

// visit is one request, taken apart.
type visit struct {
	*http.Request
	lang   words.Lang
	format string // xml or json
	test   bool   // the endpoint for tests, which files nothing
	path   []string
}

// told is a refusal with the status that GeoReport has for it: 403 for a key, 404 for what does not exist, 400 for the rest.
type told struct {
	*words.Refusal
	status int
}

func (t told) Unwrap() error { return t.Refusal }

func refuse(status int, what string, args ...any) error {
	return told{words.Refuse(words.Invalid, "open311", what, args...), status}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := d.visit(r)
	defer d.caught(w, v)
	if r.Method == http.MethodOptions { // a browser asks before its client may
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Accept-Language, Content-Type")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var a answer
	err := d.pace(r)
	if err == nil {
		a, err = d.answer(w, v)
	}
	if err == nil {
		err = a.check()
	}
	if err != nil {
		d.fail(w, v, err)
		return
	}
	d.send(w, v, http.StatusOK, a)
}

// pace slows down who writes faster than a city's own app does.
func (d *door) pace(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return d.desk.Pace.Take(desk.PaceWrite, "", host, d.desk.Now())
}

// visit takes the address apart: the format is its ending, XML where there is none.
func (d *door) visit(r *http.Request) *visit {
	v := &visit{Request: r, format: "xml", lang: words.ZH}
	if accept := strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))); strings.HasPrefix(accept, "en") {
		v.lang = words.EN
	}
	path := strings.TrimPrefix(r.URL.Path, "/open311/")
	path, v.test = strings.CutPrefix(path, "test/")
	if cut, ok := strings.CutSuffix(path, ".json"); ok {
		path, v.format = cut, "json"
	} else if cut, ok := strings.CutSuffix(path, ".xml"); ok {
		path = cut
	} else {
		return v
	}
	v.path = strings.Split(path, "/")
	return v
}

var errNowhere = refuse(404, "没有这个网址。")

func (d *door) answer(w http.ResponseWriter, v *visit) (answer, error) {
	name := strings.Join(v.path[:min(2, len(v.path))], "/")
	rest := v.path[min(2, len(v.path)):]
	if len(rest) > 1 || name != "discovery" && !strings.HasPrefix(name, "v2/") {
		return nil, errNowhere
	}
	ask, ok := d.route(name, len(rest) == 1, v.Method)
	if !ok {
		if _, get := d.route(name, len(rest) == 1, http.MethodGet); get {
			w.Header().Set("Allow", "GET, HEAD, OPTIONS")
			return nil, refuse(405, "这个网址不接受 {method}。", "method", v.Method)
		}
		return nil, errNowhere
	}
	if err := d.read(w, v); err != nil {
		return nil, err
	}
	one := ""
	if len(rest) == 1 {
		one = rest[0]
	}
	return ask(v.Context(), v, one)
}

type asking func(ctx context.Context, v *visit, one string) (answer, error)

func (d *door) route(name string, one bool, method string) (asking, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	routes := map[string]asking{
		"GET discovery": d.discovery, "GET v2/services": d.list, "GET v2/services/": d.definition, "GET v2/requests": d.requests,
		"GET v2/requests/": d.request, "POST v2/requests": d.report, "GET v2/tokens/": d.token,
		"GET v2/servicerequestupdates": d.updates, "POST v2/servicerequestupdates": d.update,
	}
	if one {
		name += "/"
	}
	ask, ok := routes[method+" "+name]
	return ask, ok
}

// read takes the values of the request and refuses what is not text.
func (d *door) read(w http.ResponseWriter, v *visit) error {
	if v.Method == http.MethodPost {
		v.Body = http.MaxBytesReader(w, v.Body, 1<<20)
		kind, _, _ := strings.Cut(v.Header.Get("Content-Type"), ";")
		switch kind = strings.TrimSpace(strings.ToLower(kind)); kind {
		case "application/x-www-form-urlencoded", "multipart/form-data":
		default:
			return refuse(400, "请以 application/x-www-form-urlencoded 发送。")
		}
		err := v.ParseForm()
		if err == nil && kind == "multipart/form-data" {
			err = v.ParseMultipartForm(1 << 20)
		}
		if err != nil {
			return refuse(400, "这张表没有完整传到，或者超过了1 MB。")
		}
	} else if err := v.ParseForm(); err != nil {
		return refuse(400, "网址的写法不对。")
	}
	for name, values := range v.Form {
		for _, s := range append(values, name, v.URL.Path) {
			if !isText(s) {
				return refuse(400, "“{field}”里有不是文字的符号。", "field", strings.ToValidUTF8(strings.Map(textOnly, name), ""))
			}
		}
	}
	if !isText(v.URL.Path) {
		return errNowhere
	}
	return nil
}

// client is who sends a report: the owner of an API token with the scope open311.
func (d *door) client(ctx context.Context, v *visit) (actor.Actor, error) {
	key := v.PostForm.Get("api_key")
	if key == "" {
		return actor.Actor{}, refuse(403, "缺少 api_key。")
	}
	a, err := d.desk.Bearer(ctx, key)
	if r, ok := words.AsRefusal(err); ok && r.Kind == words.SignIn || err == nil && (a.Kind != actor.Staff || a.Scopes == nil || !slices.Contains(a.Scopes, scope)) {
		return actor.Actor{}, refuse(403, "api_key 不对、已经失效，或者没有“open311”的范围。")
	}
	a.Lang = v.lang
	return a, err
}

// send writes an answer whole. Discovery goes without a charset, everything else with one: that is what the
// clients of each expect.
func (d *door) send(w http.ResponseWriter, v *visit, status int, a answer) {
	var b bytes.Buffer
	kind := "text/xml"
	var err error
	if v.format == "json" {
		kind = "application/json"
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		err = e.Encode(a.inner())
	} else {
		b.WriteString(xml.Header)
		err = xml.NewEncoder(&b).Encode(a)
	}
	if err != nil {
		panic(fmt.Errorf("open311: %w", err))
	}
	if _, ok := a.(Discovery); !ok {
		kind += "; charset=utf-8"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*") // for clients that run in a browser: no cookie opens anything here
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", string(v.lang))
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// fail answers an error in the format of the request.
func (d *door) fail(w http.ResponseWriter, v *visit, err error) {
	r, ok := words.AsRefusal(err)
	if !ok || r.Kind == words.Internal {
		ref := rand.Text()[:10]
		d.opt.Log.Error("internal error", "reference", ref, "error", err.Error())
		d.send(w, v, 500, Errors{List: []Error{{500, words.Say(v.lang, "我们这边出了错，编号{ref}。", "ref", ref)}}})
		return
	}
	status := 400
	var t told
	switch {
	case errors.As(err, &t):
		status = t.status
	case r.Kind == words.NotFound:
		status = 404
	case r.Kind == words.TooMany:
		status = 429
	case r.Kind == words.Unavailable:
		status = 503
	}
	e := Errors{List: []Error{{status, r.Say(v.lang)}}}
	for _, f := range r.Fields {
		e.List = append(e.List, Error{status, words.Say(v.lang, f.Text, f.Args...)})
	}
	d.send(w, v, status, e)
}

func (d *door) caught(w http.ResponseWriter, v *visit) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		d.fail(w, v, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
}

// fingerprint names a list of texts; no two lists have the same.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
