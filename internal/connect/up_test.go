package connect

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
)

func TestAContextThatEndsWhenNATSIsGone(t *testing.T) {
	s := natstest.Start(t)
	conn, signals := dial(t, s.ClientURL(), &logtest.Lines{})
	short, cancelShort := WhileUp(t.Context(), conn, 10*time.Millisecond)
	defer cancelShort()
	long, cancelLong := WhileUp(t.Context(), conn, time.Hour)
	defer cancelLong()
	s.Stop()
	await(t, signals, nats.RECONNECTING)
	<-short.Done()
	require.True(t, IsDown(short))
	require.NoError(t, long.Err())

	s.Restart(t)
	await(t, signals, nats.CONNECTED)
	require.NoError(t, long.Err())
	cancelLong()
	<-long.Done()
	require.False(t, IsDown(long))

	ctx, cancel := context.WithCancel(t.Context())
	up, done := WhileUp(ctx, conn, time.Hour)
	defer done()
	cancel()
	<-up.Done()
	require.False(t, IsDown(up))
}
