package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/natstest"
)

// A server on a NATS without namespaces says so, since nothing can be called there.
func TestThereIsNoNamespaceYet(t *testing.T) {
	url := natstest.Start(t).ClientURL()
	const missing = "There is no namespace yet: make one with `perdure namespace create default`\n"
	require.Contains(t, serveOnce(t, url), missing)
	require.NotContains(t, serveOnce(t, url, "--make-namespace", "shop"), missing)
	require.NotContains(t, serveOnce(t, url), missing)
}

// serveOnce starts a server on an existing NATS, stops it when it is ready, and returns what it said.
func serveOnce(t *testing.T, url string, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &readyText{stop: cancel}
	code := run(ctx, append([]string{"server", "--nats-url", url}, flags...), streams{in: strings.NewReader(""), out: out, err: io.Discard})
	require.Equal(t, exitOK, code)
	return out.String()
}

// readyText stops the server at its first line.
type readyText struct {
	strings.Builder
	stop context.CancelFunc
}

func (r *readyText) Write(line []byte) (int, error) {
	defer r.stop()
	return r.Builder.Write(line)
}

func TestWhichDoorsAreOpen(t *testing.T) {
	own, existing := &global{}, &global{Connect: connect.Settings{URL: "nats://127.0.0.1:4222"}}
	for _, test := range []struct {
		g        *global
		given    string
		listen   string
		optional bool
	}{
		{own, "", "127.0.0.1:8233", true}, {own, "off", "", false}, {own, "127.0.0.1:8233", "127.0.0.1:8233", false},
		{existing, "", "", false}, {existing, "off", "", false}, {existing, ":0", ":0", false},
	} {
		listen, optional := test.g.door(test.given, "127.0.0.1:8233")
		require.Equal(t, test.listen, listen, "%q", test.given)
		require.Equal(t, test.optional, optional, "%q", test.given)
	}
}

func TestTheGraceOfLargePayloadsReachesTheServer(t *testing.T) {
	g, o := &global{}, &serverOptions{logLevel: "warn", logFormat: "text", payloadGrace: duration(2 * time.Hour)}
	config, err := o.runtimeConfig(g, false)
	require.NoError(t, err)
	require.Equal(t, 2*time.Hour, config.Tuning.PayloadGrace)
}
