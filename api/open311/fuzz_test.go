package open311_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"jishi/api/apitest"
	"jishi/api/open311"
	"jishi/base/db/dbtest"
)

// FuzzRequest: whatever another system sends, and whatever it asks for, the answer is XML that can be read, and no fault of
// ours. There is no XML to decode: Open311 sends forms and gets XML.
func FuzzRequest(f *testing.F) {
	h := apitest.Open(f, dbtest.SQLite(f))
	front := open311.New(h.Desk, open311.Options{Site: "测试县"})
	key := h.Token(f, "clerk", "open311")
	for _, s := range [][3]string{{"streetlight", "29.5402", "路灯三天不亮"}, {"", "", ""}, {"nonsense", "NaN", "\x00"}, {"streetlight", "1e309", "]]>&amp;<a>"}, {"../services", "-0", "\u202e\ufffe"}, {"streetlight", "90", "\x1b[31m"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, service, degrees, text string) {
		form := url.Values{"api_key": {key}, "service_code": {service}, "lat": {degrees}, "long": {degrees}, "description": {text}, "attribute[pole]": {text}, "first_name": {text}, "address_string": {degrees}}
		post := httptest.NewRequest(http.MethodPost, "/open311/v2/requests.xml", strings.NewReader(form.Encode()))
		post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		asks := []*http.Request{post}
		for _, path := range []string{"/open311/v2/services/" + url.PathEscape(service) + ".xml", "/open311/v2/requests.xml?service_request_id=" + url.QueryEscape(text) + "&start_date=" + url.QueryEscape(degrees),
			"/open311/v2/tokens/" + url.PathEscape(text) + ".xml"} {
			asks = append(asks, httptest.NewRequest(http.MethodGet, path, nil))
		}
		for _, ask := range asks {
			w := httptest.NewRecorder()
			front.ServeHTTP(w, ask)
			if w.Code >= 500 {
				t.Fatalf("%s %s: %d %s", ask.Method, ask.URL, w.Code, w.Body)
			}
			if kind := w.Header().Get("Content-Type"); strings.HasPrefix(kind, "text/xml") {
				if err := wellFormed(w.Body.String()); err != nil {
					t.Fatalf("%s %s: no XML: %v: %s", ask.Method, ask.URL, err, w.Body)
				}
			}
		}
	})
}
