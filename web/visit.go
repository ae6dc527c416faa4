package web

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"jishi/base/words"
	"jishi/web/look"
)

// A visit is one request and what we know about who makes it.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	id   string // the reference number of this request
	page look.Page

	waits  int   // what waits for the officer as the second person
	unseen int   // notices about the officer's own account
	unread error // why the form could not be read
}

func (s *Server) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{w: w, r: r, id: strings.ToUpper(token()[:10])}
	w.Header().Set("X-Request-Id", v.id)
	v.page = look.Page{
		Lang: language(r), Site: words.Say(language(r), s.opt.Site), Path: strings.ToValidUTF8(r.URL.RequestURI(), ""),
		Large: chosen(r, "large") == "1", Demo: s.opt.Demo, Token: token(),
	}
	if r.Method != http.MethodGet {
		v.page.Path = r.URL.Path
		v.keepChosen()
	}
	if s.desk != nil { // a page of our own fault needs no desk
		v.page.Today = s.today()
		v.page.Cited = func(cite string) string { return s.cited(v, cite) }
	}
	v.page.Flash = v.takeFlash()
	return v
}

// language is the reader's own choice, else what their browser asks for first, else Chinese.
func language(r *http.Request) words.Lang {
	switch chosen(r, "lang") {
	case string(words.EN):
		return words.EN
	case string(words.ZH):
		return words.ZH
	}
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(first)), "en") {
		return words.EN
	}
	return words.ZH
}

// chosen is what the reader wants of language or print: what the page that they send again asks for, else what was kept.
func chosen(r *http.Request, name string) string {
	if r.Method == http.MethodPost {
		if value := r.URL.Query().Get(name); value != "" {
			return value
		}
	}
	return saved(r, name)
}

// keepChosen keeps what a page that was sent again asks for.
func (v *visit) keepChosen() {
	for _, name := range preferences {
		if value := v.r.URL.Query().Get(name); value != "" {
			v.cookie(name, value, preferred)
		}
	}
}

func saved(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (v *visit) cookie(name, value string, keep time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(keep.Seconds())}
	if keep == 0 {
		c.MaxAge = -1
	}
	c.Secure = v.w.Header().Get("Strict-Transport-Security") != ""
	http.SetCookie(v.w, c)
}

// flash leaves one sentence for the next page. Only sentences of the catalogue are ever shown, so a
// cookie planted by somebody else cannot put words into our mouth.
func (v *visit) flash(zh string) {
	v.cookie("flash", base64.RawURLEncoding.EncodeToString([]byte(zh)), time.Minute)
}

func (v *visit) takeFlash() string {
	raw := saved(v.r, "flash")
	if raw == "" || v.r.Method != http.MethodGet {
		return ""
	}
	v.cookie("flash", "", 0)
	zh, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil || !words.Known(string(zh)) {
		return ""
	}
	return words.Say(v.page.Lang, string(zh))
}

// show renders a whole page before the first byte leaves.
func (v *visit) show(c templ.Component) error { return v.showAs(http.StatusOK, c) }

func (v *visit) showAs(status int, c templ.Component) error {
	b := templ.GetBuffer() // kept from page to page, so that it need not grow again
	defer templ.ReleaseBuffer(b)
	if err := c.Render(v.r.Context(), b); err != nil {
		return err
	}
	write(v, status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// again shows a form as it was, with what was wrong; an error that is no refusal goes up.
func (v *visit) again(err error, form func(look.Form) templ.Component) error {
	r, ok := words.AsRefusal(err)
	if !ok {
		return err
	}
	return v.showAs(r.Kind.Status(), form(look.Form{Values: v.r.PostForm, Refusal: r}))
}

// goTo sends the reader on after something was done, so that a reload does not do it again.
func (v *visit) goTo(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// say is the sentence in the reader's language.
func (v *visit) say(zh string, args ...any) string { return words.Say(v.page.Lang, zh, args...) }
