package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

func TestOneTrace(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out))
	require.Equal(t, strings.TrimPrefix(`
It travels under the number CH-1848 (a lamp in a box).

The trace:
  POST /orders
    StartWorkflow:Ship
      RunWorkflow:Ship
        StartActivity:Pack
          RunActivity:Pack
            fold the box
        StartActivity:Send
          RunActivity:Send: the post office is closed
          RunActivity:Send

Some of the metrics:
  parcels_packed_total 1
  temporal_activity_execution_latency_seconds: 1 of Pack
  temporal_activity_execution_latency_seconds: 2 of Send
  temporal_workflow_completed_total 1
`, "\n"), out.String())
}
