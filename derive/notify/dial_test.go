package notify

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
)

// A name that leads inside is looked at after it was resolved: nothing arrives there, unless the operator allowed it.
func TestANameThatLeadsInsideIsNotDialled(t *testing.T) {
	var arrived atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	defer inside.Close()
	at, err := url.Parse(inside.URL)
	if err != nil {
		t.Fatal(err)
	}
	name := "http://localhost:" + at.Port()
	if _, err := client(nil).Get(name); !errors.Is(err, errInside) || arrived.Load() != 0 {
		t.Errorf("%s: %v, and %d requests arrived", name, err, arrived.Load())
	}
	r, err := client([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}).Get(name)
	if err != nil || arrived.Load() != 1 {
		t.Fatalf("what is allowed does not arrive: %v", err)
	}
	r.Body.Close()
}
