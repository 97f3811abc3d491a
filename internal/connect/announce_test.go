package connect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// patience bounds every wait; nothing is measured with it.
const patience = 30 * time.Second

// dial connects for as long as the test runs; signals gets each state that the connection comes to.
func dial(t *testing.T, url string, log io.Writer) (conn *nats.Conn, signals chan nats.Status) {
	t.Helper()
	options := append(Announce(zerolog.New(log)), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectBufSize(-1))
	conn, err := Settings{URL: url}.Connect(options...)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn, conn.StatusChanged(nats.RECONNECTING, nats.CONNECTED)
}

func await(t *testing.T, signals <-chan nats.Status, want nats.Status) {
	t.Helper()
	for late := time.After(patience); ; {
		select {
		case status := <-signals:
			if status == want {
				return
			}
		case <-late:
			t.Fatalf("the connection does not come to be %s", want)
		}
	}
}

// A connection that is lost under load, and comes back, twice, is two lines each time.
func TestLinesOfALostConnection(t *testing.T) {
	s := natstest.Start(t)
	log := &logtest.Lines{}
	conn, signals := dial(t, s.ClientURL(), log)
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				_ = conn.Publish("somewhere", make([]byte, 1<<10)) // most fail: that is what the test is about
			}
		})
	}
	for round := 1; round <= 2; round++ {
		s.Stop()
		await(t, signals, nats.RECONNECTING)
		s.Restart(t)
		await(t, signals, nats.CONNECTED)
		require.Eventually(t, func() bool { return strings.Count(log.String(), "connected to NATS again") == round }, patience, time.Millisecond)
	}
	cancel()
	load.Wait()
	require.Equal(t, 4, strings.Count(log.String(), "\n"), "%s", log)
	require.Equal(t, 2, strings.Count(log.String(), "the connection to NATS is lost"), "%s", log)
}

func TestWhatNATSReportsIsSampled(t *testing.T) {
	s := natstest.Start(t)
	log := &logtest.Lines{}
	conn, _ := dial(t, s.ClientURL(), log)
	for n := range 100 {
		conn.ErrorHandler()(conn, nil, fmt.Errorf("%w: %d", nats.ErrPermissionViolation, n))
	}
	require.Equal(t, 5, strings.Count(log.String(), "\n"), "%s", log)
}

func TestErrorsOfABrokenConnection(t *testing.T) {
	require.True(t, isBroken(io.EOF))
	require.True(t, isBroken(&net.OpError{Op: "write", Err: syscall.EPIPE}))
	require.False(t, isBroken(nats.ErrSlowConsumer))
	require.False(t, isBroken(errors.New("nats: permissions violation")))
}
