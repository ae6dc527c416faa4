package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Bad sends requests that no honest program sends, each made from its number alone so that it can be sent again: every
// route with every method, identifiers that are none, bodies that are broken, headers that lie, as nobody and as officers.
// What an officer sends that could change something is broken in a way that must be refused.
type Bad struct {
	At    string
	N     int
	First int // the number of the first request
	Seed  uint64

	client *http.Client
	routes []string // "GET /api/v1/matters/{id}"
	tokens []string
	cookie []string
}

// Odd is an answer that must not be.
type Odd struct {
	N      int
	What   string // method and address
	Why    string
	Status int
}

// badRoles are those in whose name requests are sent.
var badRoles = []string{"county-petition-registrar", "county-urban-officer", "county-housing-head", "town-1-officer", "county-data-system"}

// leaks are words of the inside: of a stack, of SQL, of a driver, of a path.
var leaks = regexp.MustCompile(`goroutine \d+|\.go:\d+|runtime error|panic:|SQLSTATE|SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|no such (table|column)|sqlite|pgx|postgres|/tmp/|jishi\.db|nil pointer`)

// Prepare learns the routes from the interface's document and the pages' links, and signs in.
func (b *Bad) Prepare(ctx context.Context) error {
	b.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if err := b.learn(ctx, "/api/v1/openapi.json"); err != nil {
		return err
	}
	for _, role := range badRoles {
		token, err := roleToken(ctx, b.client, b.At, role)
		if err != nil {
			return fmt.Errorf("bench: %s: %w", role, err)
		}
		b.tokens = append(b.tokens, token)
		form, err := b.client.PostForm(b.At+"/demo/sign-in", url.Values{"as": {role}})
		if err != nil {
			return err
		}
		form.Body.Close()
		for _, c := range form.Cookies() {
			b.cookie = append(b.cookie, c.Name+"="+c.Value)
		}
	}
	return b.crawl(ctx)
}

func (b *Bad) learn(ctx context.Context, path string) error {
	text, err := b.get(ctx, path, "")
	if err != nil {
		return err
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil || len(doc.Paths) == 0 {
		return fmt.Errorf("bench: the interface's document cannot be read: %w", err)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			b.routes = append(b.routes, strings.ToUpper(method)+" "+path)
		}
	}
	return nil
}

func (b *Bad) get(ctx context.Context, path, cookie string) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, b.At+path, nil)
	if err != nil {
		return nil, err
	}
	if cookie != "" {
		q.Header.Set("Cookie", cookie)
	}
	a, err := b.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	return io.ReadAll(a.Body)
}

var (
	hrefs    = regexp.MustCompile(`(?:href|action)="(/[^"#]*)"`)
	variable = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{2,4}\d{4}-\d+|\d{12}`)
)

// crawl follows the pages' links two steps deep, and keeps each kind of address once.
func (b *Bad) crawl(ctx context.Context) error {
	kinds := map[string]bool{}
	for i := range b.cookie {
		queue := []string{"/", "/desk", "/admin", "/search", "/suggest", "/whistles", "/duty"}
		for n := 0; n < len(queue) && n < 120; n++ {
			text, err := b.get(ctx, queue[n], b.cookie[i])
			if err != nil {
				return err
			}
			for _, m := range hrefs.FindAllSubmatch(text, -1) {
				path := strings.ReplaceAll(string(m[1]), "&amp;", "&")
				route := variable.ReplaceAllString(strings.SplitN(path, "?", 2)[0], "{id}")
				if kinds[route] || strings.HasPrefix(route, "/assets/") {
					continue
				}
				kinds[route] = true
				queue = append(queue, path)
				b.routes = append(b.routes, "GET "+route, "POST "+route)
			}
		}
	}
	for _, more := range []string{"/open311/v2/requests.xml", "/open311/v2/services.json", "/open311/v2/requests/{id}.json", "/ledger/tile/0/{id}", "/ledger/checkpoint",
		"/ledger/proof/{id}", "/verify", "/file", "/follow", "/p/{id}", "/p/{id}/receipt.json", "/m/{id}", "/m/{id}/do/{id}", "/ics/{id}.ics", "/demo/sign-in", "/sign-in", "/problems/{id}", "/readyz", "/metrics", "/"} {
		b.routes = append(b.routes, "GET "+more, "POST "+more)
	}
	slices.Sort(b.routes)
	b.routes = slices.Compact(b.routes)
	return nil
}

// Routes is how many were learnt.
func (b *Bad) Routes() int { return len(b.routes) }

// Run sends all of them and returns what was odd, and how many answers had which status.
func (b *Bad) Run(ctx context.Context, clients int) (odd []Odd, counts map[int]int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var n atomic.Int64
	counts = map[int]int{}
	for range clients {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(n.Add(1)) - 1
				if i >= b.N {
					return
				}
				status, bad := b.One(ctx, b.First+i)
				mu.Lock()
				counts[status]++
				if bad != nil && len(odd) < 1000 {
					odd = append(odd, *bad)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return odd, counts
}

// One sends the request with the number.
func (b *Bad) One(ctx context.Context, n int) (int, *Odd) {
	q := b.request(ctx, n)
	if q == nil {
		return 0, nil // an address that Go's own client does not send
	}
	what := q.Method + " " + q.URL.RequestURI()
	a, err := b.client.Do(q)
	if err != nil {
		if strings.Contains(err.Error(), "net/http: invalid") || ctx.Err() != nil {
			return 0, nil
		}
		if e, ok := err.(*url.Error); ok && !e.Timeout() { // the server may hang up on nonsense; it must still be there
			if c, err := net.DialTimeout("tcp", strings.TrimPrefix(b.At, "http://"), 5*time.Second); err == nil {
				c.Close()
				return 0, nil
			}
		}
		return 0, &Odd{n, what, err.Error(), 0}
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, 4<<20))
	if err != nil {
		return a.StatusCode, &Odd{n, what, "the answer breaks off: " + err.Error(), a.StatusCode}
	}
	if a.StatusCode >= 500 {
		return a.StatusCode, &Odd{n, what, string(text[:min(300, len(text))]), a.StatusCode}
	}
	if strings.Contains(what, "/metrics") || a.StatusCode < 400 && (strings.Contains(what, "openapi") || strings.Contains(what, "/assets/")) {
		return a.StatusCode, nil
	}
	if found := leaks.Find(text); found != nil && !bytes.Contains([]byte(what), found) {
		return a.StatusCode, &Odd{n, what, "tells of the inside: " + string(found), a.StatusCode}
	}
	return a.StatusCode, nil
}
