package webui

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

func TestPages(t *testing.T) {
	u := startUI(t, door{})
	for _, page := range []string{"/", "/namespaces/default/workflows", "/namespaces/default/workflows/a%2Fb/run/history"} {
		code, header, body := get(t, u, page)
		require.Equal(t, http.StatusOK, code, page)
		require.Contains(t, header.Get("Content-Type"), "text/html", page)
		require.Contains(t, body, "<html", page)
		require.Empty(t, header.Get("Cache-Control"), "a page names the files of its version")
	}
	_, _, index := get(t, u, "/")
	script := regexp.MustCompile(`/_app/immutable/[^"]+\.js`).FindString(index)
	require.NotEmpty(t, script)
	code, header, _ := get(t, u, script)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, header.Get("Cache-Control"), "immutable")
	code, _, body := get(t, u, "/healthz")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, "OK")
}

// What is not served is not offered, and nobody else is asked for anything.
func TestSettings(t *testing.T) {
	u := startUI(t, door{})
	_, _, body := get(t, u, "/api/v1/settings")
	var settings map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &settings))
	for name, want := range map[string]any{
		"DefaultNamespace": "default", "DisableNewsFetch": true, "NotifyOnNewVersion": false, "DisableWriteActions": false,
		"WorkflowTerminateDisabled": false, "WorkflowCancelDisabled": false, "WorkflowSignalDisabled": false, "StartWorkflowDisabled": false,
		"WorkflowResetDisabled": false, "WorkflowUpdateDisabled": false, "WorkflowPauseDisabled": false, "ActivityCommandsDisabled": false,
		"BatchActionsDisabled": true,
	} {
		require.Equal(t, want, settings[name], name)
	}
	_, _, body = get(t, u, "/api/v1/releases")
	require.JSONEq(t, `{"Releases": {}}`, body)
	code, _, _ := get(t, u, "/api/v1/ui-extensions")
	require.Equal(t, http.StatusOK, code)
}

func TestCallsReachTheDoor(t *testing.T) {
	u := startUI(t, door{})
	code, _, body := get(t, u, "/api/v1/system-info")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `"serverVersion": "1.32.0"`)

	code, _, body = get(t, u, "/api/v1/namespaces/unknown")
	require.Equal(t, http.StatusNotFound, code)
	require.Contains(t, body, "NamespaceNotFoundFailure", "the error's details are told too")

	code, _, _ = get(t, u, "/api/v1/namespaces/default/schedules")
	require.Equal(t, http.StatusNotImplemented, code)

	code, _, body = get(t, u, "/api/v1/namespaces/default/workflows/order-1/run/5d9d6bf2-0000-4000-8000-000000000000/history.json")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `"event_id":1`)

	code, _, _ = get(t, u, "/api/v1/nothing")
	require.Equal(t, http.StatusNotFound, code)
}

func TestAServiceThatIsAway(t *testing.T) {
	u, err := New(Config{Listener: listen(t), Service: away{}})
	require.NoError(t, err)
	require.NoError(t, u.Start(t.Context()))
	defer func() { require.NoError(t, u.Stop(within(t))) }()
	code, _, _ := get(t, u, "/api/v1/system-info")
	require.Equal(t, http.StatusServiceUnavailable, code)
}

// A page of another site, open in the same browser, changes and reads nothing here.
func TestOtherSites(t *testing.T) {
	u := startUI(t, door{})
	signal := func(headers map[string]string) (int, http.Header) {
		request, err := http.NewRequest(http.MethodPost, u.URL()+"/api/v1/namespaces/default/workflows/order-1/signal/approve", strings.NewReader("{}"))
		require.NoError(t, err)
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		code, header, _ := send(t, request)
		return code, header
	}
	code, header := signal(map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"})
	require.Equal(t, http.StatusForbidden, code)
	require.Empty(t, header.Get("Access-Control-Allow-Origin"))
	code, _ = signal(nil)
	require.Equal(t, http.StatusBadRequest, code, "no token")
	code, _ = signal(map[string]string{"Sec-Fetch-Site": "same-origin"})
	require.Equal(t, http.StatusOK, code)

	_, header, _ = get(t, u, "/api/v1/system-info")
	require.Empty(t, header.Get("Access-Control-Allow-Origin"))
}

func TestLargeRequestsAreRefused(t *testing.T) {
	u := startUI(t, door{})
	signal := func(size int, length func(told int64) int64) int {
		body := `{"identity": "` + strings.Repeat("x", size) + `"}`
		request := httptest.NewRequest(http.MethodPost, "/api/v1/namespaces/default/workflows/order-1/signal/approve", strings.NewReader(body))
		request.Host = "localhost"
		request.ContentLength = length(request.ContentLength)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		reply := httptest.NewRecorder()
		u.server.Handler.ServeHTTP(reply, request)
		return reply.Code
	}
	told, chunks := func(length int64) int64 { return length }, func(int64) int64 { return -1 }
	require.Equal(t, http.StatusOK, signal(3<<20, told))
	require.Equal(t, http.StatusRequestEntityTooLarge, signal(9<<20, told))
	require.Equal(t, http.StatusBadRequest, signal(9<<20, chunks), "what was read of it is no whole request")
}

func TestPanicsAreAnswers(t *testing.T) {
	var log strings.Builder
	e := echo.New()
	e.Use(recovered(zerolog.New(&log)))
	e.GET("/", func(echo.Context) error { panic("a fault of a page") })
	reply := httptest.NewRecorder()
	e.ServeHTTP(reply, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusInternalServerError, reply.Code)
	require.Contains(t, log.String(), "a fault of a page")
	require.Contains(t, log.String(), "handler_test.go")
}
