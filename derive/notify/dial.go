package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// errInside says that a name led to an address where only our own machines are.
var errInside = errors.New("notify: the address lies in an inside network")

// special are networks beyond the private ones that lead to no receiver on the open network: RFC 6890 and what came since.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

var global = netip.MustParsePrefix("2000::/3") // all of IPv6 that is handed out

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// Outside reports whether the address may be dialled: on the open network, or in one of those the operator allows.
func Outside(a netip.Addr, allowed []netip.Prefix) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	for _, p := range allowed {
		if p.Contains(a) {
			return true
		}
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// CheckURL refuses an address that could never be sent to: not https, a name with a password in it, an address inside.
// http is taken only for an address in a network that the operator allows. The answer is a Chinese sentence, "" when it is good.
func CheckURL(text string, allowed []netip.Prefix) (why string) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || len(text) > 500 {
		return "请写完整的网址，例如 https://example.org/hook。"
	}
	if u.User != nil || u.Fragment != "" {
		return "网址里不要写用户名、密码或者 #。"
	}
	a, err := netip.ParseAddr(u.Hostname())
	literal := err == nil
	if literal && !Outside(a, allowed) {
		return "这个地址在内部网络里，不能往那里发。"
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && literal && inside(a, allowed)) {
		return "网址要以 https:// 开头。"
	}
	return ""
}

func inside(a netip.Addr, allowed []netip.Prefix) bool {
	for _, p := range allowed {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// patience is how long one try may take.
const patience = 15 * time.Second

// client dials what Outside allows and nothing else. The check stands after the name was resolved, at each connection:
// a name that leads elsewhere at the second question gains nothing. It follows no redirect and uses no proxy.
func client(allowed []netip.Prefix) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !Outside(to.Addr(), allowed) {
			return fmt.Errorf("%w: %s", errInside, address)
		}
		return nil
	}}
	return &http.Client{Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		}, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second, MaxIdleConns: 20, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10}}
}
