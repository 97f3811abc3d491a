package matching

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/workerpb"
)

// OpenTaskQueue makes the consumer of a queue and type if it is absent, and says where it is.
// ResourceExhausted says that the stream has as many consumers as
// the server allows. Who goes on pulling says so by opening the queue again, which then asks JetStream for
// nothing, and is listed among its pollers.
func (m *Matching) OpenTaskQueue(ctx context.Context, namespace string, request *workerpb.OpenTaskQueueRequest) (*workerpb.OpenTaskQueueResponse, error) {
	ns, err := m.opened(namespace)
	if err != nil {
		return nil, err
	}
	key := queueKey{request.Type, request.TaskQueue}
	if !request.Polling || !ns.consumers.isKnown(key) {
		if err := ns.makeConsumer(ctx, key); err != nil {
			return nil, err
		}
	}
	ns.consumers.opened(key, request)
	return &workerpb.OpenTaskQueueResponse{
		Stream:    ns.stream,
		Consumer:  m.config.Names.TaskConsumer(key.kind, key.name),
		AckWait:   durationpb.New(m.config.AckWait),
		Domain:    m.config.Domain,
		OpenAgain: durationpb.New(m.config.PollInterval),
	}, nil
}

// makeConsumer makes a queue's consumer, and TASKS before it if that is gone.
func (n *namespace) makeConsumer(ctx context.Context, key queueKey) error {
	err := n.consumers.make(ctx, key)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err = n.checked(ctx); err == nil {
			err = n.consumers.make(ctx, key)
		}
	}
	return err
}

// ListTaskQueuePartitions lists the one partition of each kind that a queue has: its consumer. Its owner
// is the NATS server that leads the work queue.
func (m *Matching) ListTaskQueuePartitions(ctx context.Context, namespace string, request *workflowservice.ListTaskQueuePartitionsRequest) (*workflowservice.ListTaskQueuePartitionsResponse, error) {
	ns, err := m.opened(namespace)
	if err != nil {
		return nil, err
	}
	name := request.GetTaskQueue().GetName()
	stream, err := m.js.Stream(ctx, ns.stream)
	if err != nil {
		return nil, describeError(name, err)
	}
	owner := m.config.Conn.ConnectedServerName()
	if cluster := stream.CachedInfo().Cluster; cluster != nil && cluster.Leader != "" {
		owner = cluster.Leader
	}
	one := []*taskqueuepb.TaskQueuePartitionMetadata{{Key: name, OwnerHostName: owner}}
	return &workflowservice.ListTaskQueuePartitionsResponse{ActivityTaskQueuePartitions: one, WorkflowTaskQueuePartitions: one}, nil
}
