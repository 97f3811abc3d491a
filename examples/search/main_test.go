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

func TestFound(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out))
	require.Equal(t, `Found: order-2 Running
Found: order-4 Running
Shipped: order-1 by a bicycle
In all: 4 in groups: 2
`, out.String())
}
