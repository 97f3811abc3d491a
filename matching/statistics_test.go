package matching

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

func TestHowFullQueuesAreIsTold(t *testing.T) {
	m := open(t, startServer(t).connect())
	for i := range 3 {
		m.Queue(in.Namespace, task(i))
	}
	counted(t, m.config.Conn, 3)
	describe(t, m) // makes the consumer
	n := m.find(in.Namespace)
	n.observer.lookAtAll(within(t))
	all := m.Statistics()
	require.Len(t, all.Namespaces, 1)
	require.Equal(t, in.Namespace, all.Namespaces[0].Namespace)
	require.Len(t, all.Namespaces[0].Queues, 1)
	q := all.Namespaces[0].Queues[0]
	require.Equal(t, queueName, q.Queue)
	require.Equal(t, enumspb.TASK_QUEUE_TYPE_WORKFLOW, q.Kind)
	require.Equal(t, uint64(3), q.Backlog)
	require.Positive(t, q.Age)
	require.Equal(t, uint64(3), q.Added)
	require.Zero(t, q.Delivered)

	pull(t, m, enumspb.TASK_QUEUE_TYPE_WORKFLOW, 3)
	settled(t, m.config.Conn, 0)
	n.observer.lookAtAll(within(t))
	q = m.Statistics().Namespaces[0].Queues[0]
	require.Zero(t, q.Backlog)
	require.Zero(t, q.Age)
	require.Equal(t, uint64(3), q.Delivered)
	for ctx := within(t); ; runtime.Gosched() { // until the publisher has heard of all
		require.NoError(t, ctx.Err())
		if s := m.Statistics().Namespaces[0]; s.Queued == 3 && s.Waiting == 0 {
			break
		}
	}
}

func TestWhatBecameOfStickyTasksIsTold(t *testing.T) {
	m := open(t, startServer(t).connect())
	worker(t, m.config.Conn, m.config.Names.Sticky(in.Namespace, queueName, "w1"), accept)
	require.True(t, sticky1(t, m, &workflowservice.PollWorkflowTaskQueueResponse{}))
	m.Sticky(in.Namespace, queueName, "nobody", &workflowservice.PollWorkflowTaskQueueResponse{}, func(bool) {})
	require.NoError(t, m.Stop(within(t)))
	all := m.Statistics()
	require.Equal(t, uint64(1), all.StickyAccepted)
	require.Equal(t, uint64(1), all.StickyRefused)
}
