package web

import (
	"net/http"
	"net/url"
	"strings"

	"jishi/base/words"
	"jishi/web/look"
)

// lapsed is for a form that was sent after its reader had been signed out: what they wrote stands on the page that asks
// them to sign in again, and goes off with one press when they have. It was typed by them and goes back to them alone.
func (s *Server) lapsed(v *visit) error {
	if strings.HasPrefix(v.r.URL.Path, "/account") { // passwords and codes are typed again
		return v.goTo(signInFor(v.r))
	}
	if v.r.PostForm == nil {
		if err := v.read(s.keep(v)); err != nil {
			if _, refused := words.AsRefusal(err); !refused {
				return err
			}
		}
	}
	v.page = v.page.Titled("请重新登录")
	return v.showAs(http.StatusUnauthorized, look.Lapsed(v.page, v.page.Path, signInFor(v.r), v.page.Back(v.r.PostForm)))
}

// signInFor is the sign-in page that leads back to where the visitor wanted to go: the officers' for an
// officer's page, the citizens' for the others.
func signInFor(r *http.Request) string {
	page := "/sign-in"
	for _, own := range []string{"/p", "/me", "/mine", "/held"} {
		if r.URL.Path == own || strings.HasPrefix(r.URL.Path, own+"/") {
			page = "/follow"
		}
	}
	to := r.URL.Path
	if r.Method == http.MethodGet {
		to = r.URL.RequestURI()
	}
	return page + "?" + url.Values{"to": {to}}.Encode()
}
