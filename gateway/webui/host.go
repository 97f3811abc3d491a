package webui

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ownHosts refuses a request for another host than this one. A page of another site whose name is made to resolve
// to this address would be of this site to the browser, token and all. That takes a name, so addresses are safe.
func ownHosts(names []string, next http.Handler) http.Handler {
	own := map[string]bool{"localhost": true}
	for _, name := range names {
		own[strings.ToLower(name)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostname(r.Host)
		if _, err := netip.ParseAddr(host); err != nil && !own[strings.ToLower(host)] {
			http.Error(w, fmt.Sprintf("The Web UI is not served as %.80q: open it by its IP address or as localhost, "+
				"or start the server with --ui-host and this name.", host), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname is a Host header's value without port and brackets.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
