package runtime

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/client"
)

// A stop without NATS gives up what is in flight, says so, and does not wait for its whole time.
func TestStoppingWhileNATSIsAway(t *testing.T) {
	natsServer := natstest.Start(t)
	log := &logtest.Lines{}
	config := external(natsServer.ClientURL())
	config.Logger = zerolog.New(log).Level(zerolog.WarnLevel)
	s, err := Start(t.Context(), config)
	require.NoError(t, err)
	reached, goOn := make(chan struct{}), make(chan struct{})
	c := employ(t, natsServer.ClientURL(), func(_ context.Context, n int) (int, error) {
		close(reached)
		<-goOn
		return n, nil
	})
	_, err = client.Start(t.Context(), c, add, 40, client.StartOptions{ID: "w", TaskQueue: "q"})
	require.NoError(t, err)
	<-reached
	away := s.conn.StatusChanged(nats.RECONNECTING)
	natsServer.Stop()
	<-away
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	require.Equal(t, 1, strings.Count(log.String(), "in flight are abandoned"), "%s", log)
	close(goOn)
}
