package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// The orders of the file end as it says; `make demo` does the same with three processes.
func TestTheOrdersOfTheFile(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	c, err := client.Connect(client.Options{URL: server.URL()})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	worked := make(chan error)
	go func() { worked <- work(ctx, c) }()

	var out bytes.Buffer
	require.NoError(t, runFile(t.Context(), c, "orders.json", &out))
	require.Contains(t, out.String(), "order-4   status: awaiting approval; ann approves")
	require.Contains(t, out.String(), "ActivityTaskCompleted Release\n", "what was done is undone")
	require.NotContains(t, out.String(), " \n")

	stop()
	require.NoError(t, <-worked)
	c.Close()
	require.NoError(t, server.Stop(t.Context()))
}
