package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
)

// Authenticate finds out who sends the request: by "Authorization: Bearer" with an API token or a session's
// token, by the two headers X-Jishi-Number and X-Jishi-Code of a citizen, or by the session cookie of the pages.
// Nothing of these is nobody; a token that is wrong or over is refused, a cookie that is over is nobody.
func Authenticate(d *desk.Desk, r *http.Request, cookie string) (actor.Actor, error) {
	a, err := authenticate(d, r, cookie)
	a.Lang = languageOf(r.Header.Get("Accept-Language"))
	return a, err
}

func authenticate(d *desk.Desk, r *http.Request, cookie string) (actor.Actor, error) {
	nobody := actor.Nobody(words.ZH)
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return nobody, refuse(http.StatusUnauthorized, "bad-header", "请求头“{name}”的写法不对。", "name", "Authorization").
				try("写成 Authorization: Bearer 加空格加令牌。")
		}
		return d.Bearer(r.Context(), strings.TrimSpace(token))
	}
	if number, code := r.Header.Get("X-Jishi-Number"), r.Header.Get("X-Jishi-Code"); number != "" || code != "" {
		return d.Enter(r.Context(), number, code, from(r), words.ZH)
	}
	c, err := r.Cookie(cookie)
	if err != nil || c.Value == "" {
		return nobody, nil
	}
	a, err := d.Resume(r.Context(), c.Value)
	if told, ok := words.AsRefusal(err); ok && told.Kind == words.SignIn {
		return nobody, nil
	}
	return a, err
}

// from is where the request comes from, for slowing down those who guess.
func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// fingerprint names a list of texts; no two lists have the same.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
