package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOnlyAProxyThatIsBelievedSaysWhoComes(t *testing.T) {
	nets, err := networks("10.0.0.0/8, 127.0.0.1/32")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, from, header, want string }{
		{"through the proxy", "127.0.0.1:5000", "203.0.113.9", "203.0.113.9:0"},
		{"through two of ours", "127.0.0.1:5000", "203.0.113.9, 10.1.2.3", "203.0.113.9:0"},
		{"a lie before the truth", "127.0.0.1:5000", "192.0.2.1, 203.0.113.9", "203.0.113.9:0"},
		{"a lie from outside", "203.0.113.9:700", "192.0.2.1", "203.0.113.9:700"},
		{"nothing said", "127.0.0.1:5000", "", "127.0.0.1:5000"},
		{"nonsense", "127.0.0.1:5000", "unknown", "127.0.0.1:5000"},
		{"IPv6", "127.0.0.1:5000", "2001:db8::1", "[2001:db8::1]:0"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		got := ""
		behind(nets, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
	if _, err := networks("10.0.0"); err == nil {
		t.Error("half a network was read")
	}
}
