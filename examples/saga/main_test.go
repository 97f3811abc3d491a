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

func TestAllOrNothing(t *testing.T) {
	server, err := runtime.Start(t.Context(), runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), server.URL(), &out))
	require.Equal(t, `Lisbon: booked [flight/Lisbon hotel/Lisbon car/Lisbon]
  booked: flight to Lisbon
  booked: hotel to Lisbon
  booked: car to Lisbon
Atlantis: no car can drive there (NotAvailable)
  booked: flight to Atlantis
  booked: hotel to Atlantis
  cancelled: hotel/Atlantis
  cancelled: flight/Atlantis
`, out.String())
}
