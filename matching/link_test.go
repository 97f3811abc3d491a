package matching

import (
	"context"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

func TestALinkThatIsRenewed(t *testing.T) {
	l := newLink()
	before, cancel := l.bound(t.Context())
	defer cancel()
	l.renewed()
	<-before.Done()
	after, cancel := l.bound(t.Context())
	defer cancel()
	require.NoError(t, after.Err())
	ending, end := context.WithCancel(t.Context())
	inner, cancel := l.bound(ending)
	defer cancel()
	end()
	<-inner.Done()
}

// A consumer that was asked for on a connection that broke is not waited for, and is asked for again.
func TestAConsumerThatIsAskedForInVain(t *testing.T) {
	conn := startServer(t, func(o *server.Options) { o.JetStream = false }).connect()
	asked := make(chan struct{})
	_, err := conn.Subscribe("$JS.API.CONSUMER.>", func(*nats.Msg) { asked <- struct{}{} }) // never answered
	require.NoError(t, err)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	config := Config{Conn: conn}
	require.NoError(t, config.complete())
	c := newConsumers(config, js, in.Namespace, "TASKS", newLink(), func(queueKey, *jetstream.ConsumerInfo) {})
	key := queueKey{enumspb.TASK_QUEUE_TYPE_WORKFLOW, queueName}

	made := make(chan error)
	go func() { made <- c.make(within(t), key) }()
	<-asked
	c.link.renewed()
	require.ErrorContains(t, <-made, context.Canceled.Error())

	c.want(key)
	go func() { made <- c.makeWanted(within(t)) }()
	<-asked
	c.link.renewed()
	require.NoError(t, <-made)
	require.Equal(t, []queueKey{key}, c.wanted)
}
