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

func TestSurvey(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out))
	require.Equal(t, strings.TrimPrefix(`
The best offer is 111, by supplier 3.
No offer: [supplier 7 does not sell any more].
Supplier 10 was not waited for: terminated: by parent close policy.
The reminder went on, and was seen to by the buyer.
`, "\n"), out.String())
}
