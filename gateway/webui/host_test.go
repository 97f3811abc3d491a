package webui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHosts(t *testing.T) {
	u, err := New(Config{Listener: listen(t), Service: startDoor(t, door{}), Hosts: []string{"Workflows.example"}})
	require.NoError(t, err)
	defer func() { require.NoError(t, u.Stop(within(t))) }()
	ask := func(method, path, host string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(method, path, strings.NewReader("{}"))
		request.Host = host
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		reply := httptest.NewRecorder()
		u.server.Handler.ServeHTTP(reply, request)
		return reply
	}
	const signal = "/api/v1/namespaces/default/workflows/order-1/signal/approve"
	for _, host := range []string{
		"127.0.0.1:8233", "127.0.0.1", "192.0.2.7:80", "[::1]:8233", "[::1]", "[2001:db8::1]:8233",
		"localhost:8233", "localhost", "LOCALHOST:8233", "workflows.example", "WORKFLOWS.example:443",
	} {
		require.Equal(t, http.StatusOK, ask(http.MethodGet, "/", host).Code, host)
		require.Equal(t, http.StatusOK, ask(http.MethodPost, signal, host).Code, host)
	}
	for _, host := range []string{
		"", "evil.example", "evil.example:8233", "127.0.0.1.evil.example", "localhost.evil.example:8233", "evil.workflows.example",
		"127.0.0.1:8233:80", "127.0.0.1@evil.example", "[evil.example]:80", "::1:",
	} {
		for _, path := range []string{"/", "/api/v1/system-info", "/healthz", "/nothing"} {
			reply := ask(http.MethodGet, path, host)
			require.Equal(t, http.StatusForbidden, reply.Code, "%q %s", host, path)
			require.Contains(t, reply.Body.String(), "--ui-host")
			require.Empty(t, reply.Header().Get("Set-Cookie"), "no token for it")
		}
		require.Equal(t, http.StatusForbidden, ask(http.MethodPost, signal, host).Code, host)
	}
}

// Who has no token gets one, whether it tells where its requests come from, as browsers do, or not.
func TestOneTokenAtATime(t *testing.T) {
	u := startUI(t, door{})
	for _, site := range []string{"", "none", "same-origin", "same-site"} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Host = "localhost"
		if site != "" {
			request.Header.Set("Sec-Fetch-Site", site)
		}
		reply := httptest.NewRecorder()
		u.server.Handler.ServeHTTP(reply, request)
		require.Equal(t, http.StatusOK, reply.Code)
		require.Len(t, reply.Header().Values("Set-Cookie"), 1, site)
		require.Contains(t, reply.Header().Get("Set-Cookie"), "_csrf=")
	}
}
