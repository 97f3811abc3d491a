package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func TestThreeDecisions(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out, story))
	require.Equal(t, `120 approved by Ann
250 approved by Bob
999999 refused: we are not made of money
`, out.String())

	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	out.Reset()
	require.NoError(t, run(interrupted, server.URL(), &out, serve))
	require.Equal(t, "The worker takes tasks of queue expenses until interrupted\n", out.String())
}
