package worker

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/sdk/client"
)

// A worker beside a NATS where nobody serves says so, once for all it pulls, and once that it works.
func TestNobodyServes(t *testing.T) {
	server := natstest.Start(t)
	conn, err := nats.Connect(server.ClientURL())
	require.NoError(t, err)
	defer conn.Close()
	log := &logtest.Lines{}
	c, err := client.Connect(client.Options{Conn: conn, Logger: zerolog.New(log)})
	require.NoError(t, err)
	defer c.Close()
	w, err := New(c, queue, Options{})
	require.NoError(t, err)
	w.Register(checkout.Implement(chargeItems), charge.Implement(chargeOne))
	require.NoError(t, w.Start())
	require.Eventually(t, func() bool { return log.String() != "" }, 30*time.Second, 10*time.Millisecond)
	require.Contains(t, log.String(), "start `perdure server`")
	newService(t, server.ClientURL())
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "works now") }, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, w.Stop())
	require.Equal(t, 2, strings.Count(log.String(), "\n"), "%s", log)
}

func TestANamespaceThatIsMissing(t *testing.T) {
	f := newFixture(t)
	f.service.On(api.OpenTaskQueue, func(proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewNamespaceNotFound("default")
	})
	w, err := New(f.client, queue, Options{})
	require.NoError(t, err)
	w.Register(charge.Implement(chargeOne))
	require.ErrorContains(t, w.Start(), "perdure namespace create default")
}
