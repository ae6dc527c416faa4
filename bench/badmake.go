package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
)

// junk are texts that programs stumble over.
var junk = []string{"", " ", "0", "-1", "999999999999999999999", "1e400", "NaN", "null", "true", "[]", "{}", "'", "\"", "' OR '1'='1", "1; DROP TABLE event; --", "%00", "\x00", "\xff\xfe",
	"../../../../etc/passwd", "..%2f..%2fkeys.json", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "𠮷野家", "\u202e反", "é", strings.Repeat("长", 3000), strings.Repeat("a", 9000),
	"2026-02-30", "9999-99-99", "0000-00-00", "LX2026-000001", "LX2025-999999", "0193a000-0000-7000-8000-000000000000", "county-petition", "421223000000", "\r\nX-Injected: 1", "%", "%zz", ";", "&&", "petition@2022-05-01",
	"e30=", "eyJhIjoxfQ", "AAAAAAAAAAAAAAAAAAAAAA", "x/1/2", "tile", "x001", "000", "👩‍👩‍👧‍👦"}

var junkQueries = []string{"q", "cursor", "limit", "box", "class", "state", "place", "from", "to", "body", "by", "period", "lang", "page", "next", "as", "format", "procedure", "service_request_id", "start_date", "jurisdiction_id", "number", "code", "seq"}

var junkMethods = []string{http.MethodGet, http.MethodGet, http.MethodPost, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead, http.MethodOptions, "BREW"}

var junkTypes = []string{"application/json", "application/json; charset=gbk", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "text/xml", "application/xml", "image/png", "", "////", "application/problem+json"}

var junkHeaders = []string{"Accept-Language", "If-Match", "If-None-Match", "Idempotency-Key", "X-Jishi-Number", "X-Jishi-Code", "Range", "Origin", "Sec-Fetch-Site", "X-Forwarded-For", "Authorization", "Cookie", "Accept", "Accept-Encoding", "Last-Event-ID", "Transfer-Encoding", "Expect", "Content-Encoding"}

// request makes the request with the number, or nil where Go's client would not send it.
func (b *Bad) request(ctx context.Context, n int) *http.Request {
	r := rand.New(rand.NewPCG(b.Seed, uint64(n)))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	route := pick(b.routes)
	method, path, _ := strings.Cut(route, " ")
	if r.IntN(4) == 0 {
		method = pick(junkMethods)
	}
	for strings.Contains(path, "{") {
		from, to := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:from] + url.PathEscape(pick(junk)) + path[to+1:]
	}
	if r.IntN(12) == 0 {
		path = "/" + url.PathEscape(pick(junk)) + path
	}
	if live := strings.HasSuffix(path, "/live"); live { // it stays open, which is right
		path += "x"
	}
	query := url.Values{}
	for range r.IntN(4) {
		query.Add(pick(junkQueries), pick(junk))
	}
	at := b.At + path
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	if r.IntN(20) == 0 {
		at += "%"
	}
	kind := pick(junkTypes)
	body := badBody(r, pick, kind)
	q, err := http.NewRequestWithContext(ctx, method, at, strings.NewReader(body))
	if err != nil {
		return nil
	}
	q.Header.Set("Content-Type", kind)
	for range r.IntN(3) {
		q.Header.Set(pick(junkHeaders), strings.NewReplacer("\x00", "", "\r", "", "\n", "").Replace(pick(junk)))
	}
	b.sign(r, q)
	return q
}

// sign lets an officer send it in one of two. What could change something then comes from another site, or in a type that
// nobody takes: it must be refused, whatever it says.
func (b *Bad) sign(r *rand.Rand, q *http.Request) {
	safe := q.Method == http.MethodGet || q.Method == http.MethodHead || q.Method == http.MethodOptions
	switch r.IntN(4) {
	case 0:
		if !safe {
			q.Header.Set("Content-Type", "application/octet-stream")
		}
		q.Header.Set("Authorization", "Bearer "+b.tokens[r.IntN(len(b.tokens))])
	case 1:
		if !safe {
			q.Header.Set("Sec-Fetch-Site", "cross-site")
			q.Header.Set("Origin", "https://evil.example")
		}
		q.Header.Set("Cookie", b.cookie[r.IntN(len(b.cookie))])
		q.Header.Del("Authorization")
	}
}

// badBody is broken in the way of its type: cut off, nested, of wrong types, full of what is no text.
func badBody(r *rand.Rand, pick func([]string) string, kind string) string {
	fields := []string{"title", "what", "place", "with", "who", "class", "name", "phone", "token", "number", "code", "target", "file", "body", "scopes", "days", "text", "login", "password", "as"}
	switch {
	case strings.Contains(kind, "json"):
		switch r.IntN(6) {
		case 0:
			return strings.Repeat("[", 2000+r.IntN(9000))
		case 1:
			return strings.Repeat(`{"with":`, 500) + "1" + strings.Repeat("}", 500)
		case 2:
			return `{"with":{"title":"` + pick(junk)
		case 3:
			return fmt.Sprintf(`{%q:%s,%q:[%s]}`, pick(fields), pick([]string{"1", "null", "[]", "{}", "-0", "1e999", `"\ud800"`}), pick(fields), pick([]string{"1", "null", `{"a":1}`}))
		case 4:
			return fmt.Sprintf(`{"with":{%q:%q},"class":%q,"who":{"name":%q}}`, pick(fields), pick(junk), pick(junk), pick(junk))
		}
		return pick(junk)
	case strings.Contains(kind, "multipart"):
		return "--x\r\nContent-Disposition: form-data; name=\"" + pick(fields) + "\"; filename=\"" + pick(junk) + "\"\r\nContent-Type: " + pick(junkTypes) + "\r\n\r\n" + pick(junk) + pick([]string{"", "\r\n--x--\r\n", "\r\n--x"})
	case strings.Contains(kind, "xml"):
		return `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "` + pick(junk) + `">]><a>&b;</a>`
	case kind == "image/png":
		return "\x89PNG\r\n\x1a\n" + pick(junk)
	}
	v := url.Values{}
	for range r.IntN(6) {
		v.Add(pick(fields), pick(junk))
	}
	return v.Encode() + pick([]string{"", "&%zz", "&=", "&a=%00", "&a=%ff"})
}
