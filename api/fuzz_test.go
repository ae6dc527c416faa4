package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"jishi/base/db/dbtest"
)

// FuzzCursors: whatever is sent as the place in a list, the answer is a page or a refusal that says why.
func FuzzCursors(f *testing.F) {
	c := open(f, dbtest.SQLite(f))
	clerk := c.as("clerk")
	for _, s := range []string{"", "0.x", "zzzzzzzzzzzzzzzzzzzz.a", "-1.", "1.0193a000-0000-7000-8000-000000000000", "a.b.c", "\x00", "\xff", "9223372036854775807", "e30", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, path := range []string{"/api/v1/matters?cursor=", "/api/v1/matters?box=today&cursor=", "/api/v1/search?q=%E8%B7%AF%E7%81%AF&cursor=", "/api/v1/audit?cursor=", "/api/v1/matters/", "/api/v1/places?under="} {
			escaped := url.QueryEscape(cursor)
			if path == "/api/v1/matters/" {
				escaped = url.PathEscape(cursor) + "x"
			}
			one := clerk
			one.t = t
			if a := one.do(http.MethodGet, path+escaped, nil); a.status >= 500 {
				t.Fatalf("%s%s: %d %s", path, escaped, a.status, a.body)
			}
		}
	})
}
