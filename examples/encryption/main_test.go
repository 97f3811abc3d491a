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

func TestWhoReadsWhat(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out))
	require.Contains(t, out.String(), `The client reads: "Ada has 1200 cents", error: <nil>`)
	require.Contains(t, out.String(), "Mallory may not have 9999900 cents (type: TooMuch, retryable: false)")
	require.Contains(t, out.String(), "The history has an input of encoding binary/encrypted, ")
	require.Contains(t, out.String(), `The history has the failure "Encoded failure"`)
}
