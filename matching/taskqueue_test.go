package matching

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
)

func TestListTaskQueuePartitions(t *testing.T) {
	m := open(t, startServer(t).connect())
	reply, err := m.ListTaskQueuePartitions(within(t), in.Namespace, &workflowservice.ListTaskQueuePartitionsRequest{TaskQueue: &taskqueuepb.TaskQueue{Name: queueName}})
	require.NoError(t, err)
	for _, partitions := range [][]*taskqueuepb.TaskQueuePartitionMetadata{reply.WorkflowTaskQueuePartitions, reply.ActivityTaskQueuePartitions} {
		require.Len(t, partitions, 1)
		require.Equal(t, queueName, partitions[0].Key)
		require.Equal(t, m.config.Conn.ConnectedServerName(), partitions[0].OwnerHostName)
	}
	_, err = m.ListTaskQueuePartitions(within(t), "another", &workflowservice.ListTaskQueuePartitionsRequest{})
	require.ErrorAs(t, err, new(*serviceerror.NamespaceNotFound))
}
