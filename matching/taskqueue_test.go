package matching

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
)

func describe(t *testing.T, m *Matching) *workflowservice.DescribeTaskQueueResponse {
	t.Helper()
	reply, err := m.DescribeTaskQueue(within(t), in.Namespace, &workflowservice.DescribeTaskQueueRequest{
		TaskQueue: &taskqueuepb.TaskQueue{Name: queueName}, ReportStats: true, IncludeTaskQueueStatus: true,
	})
	require.NoError(t, err)
	return reply
}

func TestDescribeTaskQueue(t *testing.T) {
	m := open(t, startServer(t).connect())
	empty := describe(t, m)
	require.Zero(t, empty.Stats.ApproximateBacklogCount)
	require.Empty(t, empty.Pollers)

	for i := range 3 {
		m.Queue(in.Namespace, task(i))
	}
	settled(t, m.config.Conn, 3)
	backlog := describe(t, m)
	require.EqualValues(t, 3, backlog.Stats.ApproximateBacklogCount)
	require.EqualValues(t, 3, backlog.TaskQueueStatus.BacklogCountHint)
	require.Positive(t, backlog.Stats.ApproximateBacklogAge.AsDuration())
	require.Empty(t, backlog.Pollers)

	require.Len(t, pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, 3), 3)
	settled(t, m.config.Conn, 0)
	polled := describe(t, m)
	require.Zero(t, polled.Stats.ApproximateBacklogCount)
	require.Len(t, polled.Pollers, 1)
	require.Equal(t, "w1", polled.Pollers[0].Identity)
}

// A queue whose consumer is gone still tells its backlog.
func TestDescribeWithoutConsumer(t *testing.T) {
	m := open(t, startServer(t).connect())
	m.Queue(in.Namespace, task(1))
	settled(t, m.config.Conn, 1)
	stream := tasks(t, m.config.Conn)
	names := stream.ConsumerNames(within(t))
	for name := range names.Name() {
		err := stream.DeleteConsumer(within(t), name)
		require.True(t, err == nil || errors.Is(err, jetstream.ErrConsumerNotFound))
	}
	require.EqualValues(t, 1, describe(t, m).Stats.ApproximateBacklogCount)
}
