package main

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// networks reads the networks of proxies that are believed.
func networks(list string) (nets []netip.Prefix, err error) {
	for _, s := range strings.Fields(strings.ReplaceAll(list, ",", " ")) {
		n, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, err
		}
		nets = append(nets, n.Masked())
	}
	return nets, nil
}

// behind makes RemoteAddr the visitor's address where the request came through proxies that are believed: the last one
// of X-Forwarded-For that none of them has. What stands before it anybody can have written. Without it every visitor
// of an office behind a proxy would have one address, and be slowed for what another did.
func behind(nets []netip.Prefix, next http.Handler) http.Handler {
	if len(nets) == 0 {
		return next
	}
	believed := func(a netip.Addr) bool {
		return slices.ContainsFunc(nets, func(n netip.Prefix) bool { return n.Contains(a.Unmap()) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !believed(from.Addr()) {
			next.ServeHTTP(w, r)
			return
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			if !believed(a) || i == 0 {
				r.RemoteAddr = net.JoinHostPort(a.String(), "0")
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}
