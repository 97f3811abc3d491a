package worker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/internal/logtest"
)

// A stop without NATS does not wait for the stop's time: what runs cannot be reported.
func TestStoppingWhileNATSIsAway(t *testing.T) {
	f := newFixture(t)
	log := &logtest.Lines{}
	logger := zerolog.New(log)
	w, err := New(f.client, queue, Options{StopTimeout: time.Hour, Logger: &logger})
	require.NoError(t, err)
	began, cause := make(chan struct{}), make(chan error, 1)
	w.Register(checkout.Implement(chargeItems), charge.Implement(func(ctx context.Context, _ order) (string, error) {
		close(began)
		<-ctx.Done()
		cause <- context.Cause(ctx)
		return "", errors.New("interrupted")
	}))
	require.NoError(t, w.Start())
	f.start(t, "o", 1)
	receive(t, began)
	away := f.client.Conn().StatusChanged(nats.RECONNECTING)
	f.server.Stop()
	receive(t, away)
	require.NoError(t, w.Stop()) // with the report of the activity waiting for NATS
	require.Error(t, receive(t, cause))
	require.Equal(t, 1, strings.Count(log.String(), "\n"), "%s", log)
	require.Contains(t, log.String(), "abandoned")
	require.Contains(t, log.String(), `"tasks":1`)
}

// What befalls every task is a few lines, however many tasks there are.
func TestManyTasksInTrouble(t *testing.T) {
	const count = 50
	f := newFixture(t)
	log := &logtest.Lines{}
	logger := zerolog.New(log)
	f.service.On(api.StartActivityTask, func(proto.Message) (proto.Message, error) {
		return nil, serviceerror.NewInternal("broken")
	})
	asked := f.service.Calls(api.StartActivityTask)
	w := f.worker(t, Options{Logger: &logger}, charge.Implement(chargeOne))
	for range count {
		require.NoError(t, f.service.Enqueue(&workerpb.Task{WorkflowId: "w", Type: enumspb.TASK_QUEUE_TYPE_ACTIVITY, TaskQueue: queue}))
	}
	for range count {
		receive(t, asked)
	}
	require.NoError(t, w.Stop()) // each has logged what it met, and given back its slot
	require.Equal(t, w.activitySlots.Limit(), w.activitySlots.Free())
	require.Contains(t, log.String(), "could not be started")
	require.LessOrEqual(t, strings.Count(log.String(), "\n"), 5, "%s", log)
}
