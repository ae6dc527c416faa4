package web

import (
	"net/http"
	"net/url"
	"strings"
)

// signInFor is the sign-in page that leads back to where the visitor wanted to go: the officers' for an
// officer's page, the citizens' for the others.
func signInFor(r *http.Request) string {
	page := "/follow"
	for _, desk := range []string{"/desk", "/m/", "/figures", "/admin", "/second", "/search", "/print", "/account"} {
		if strings.HasPrefix(r.URL.Path, desk) {
			page = "/sign-in"
		}
	}
	to := r.URL.Path
	if r.Method == http.MethodGet {
		to = r.URL.RequestURI()
	}
	return page + "?" + url.Values{"to": {to}}.Encode()
}
