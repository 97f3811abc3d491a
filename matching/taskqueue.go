package matching

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api/workerpb"
)

// pollerSeen is how long after its last task a queue without a waiting pull
// still counts as polled: its workers may all be busy.
const pollerSeen = time.Minute

// unnamed is the identity of pollers that opened the queue at another process.
const unnamed = "(unknown)"

// OpenTaskQueue makes the consumer of a queue and type if it is absent, and says where it is.
// ResourceExhausted says that the stream has as many consumers as
// the server allows.
func (m *Matching) OpenTaskQueue(ctx context.Context, namespace string, request *workerpb.OpenTaskQueueRequest) (*workerpb.OpenTaskQueueResponse, error) {
	ns, err := m.opened(namespace)
	if err != nil {
		return nil, err
	}
	key := queueKey{request.Type, request.TaskQueue}
	err = ns.consumers.make(ctx, key)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err = ns.checked(ctx); err == nil {
			err = ns.consumers.make(ctx, key)
		}
	}
	if err != nil {
		return nil, err
	}
	ns.consumers.opened(key, request.Identity)
	return &workerpb.OpenTaskQueueResponse{
		Stream:   ns.stream,
		Consumer: m.config.Names.TaskConsumer(key.kind, key.name),
		AckWait:  durationpb.New(m.config.AckWait),
		Domain:   m.config.Domain,
	}, nil
}

// DescribeTaskQueue tells a queue's backlog, how old its oldest task is, and its
// pollers: those that opened it at this process by their identity, and only while somebody pulls.
// Of the statistics the rates are not measured.
func (m *Matching) DescribeTaskQueue(ctx context.Context, namespace string, request *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	ns, err := m.opened(namespace)
	if err != nil {
		return nil, err
	}
	key := queueKey{request.TaskQueueType, request.TaskQueue.GetName()}
	if key.kind == enumspb.TASK_QUEUE_TYPE_UNSPECIFIED {
		key.kind = enumspb.TASK_QUEUE_TYPE_WORKFLOW
	}
	state, err := ns.stateOf(ctx, key)
	if err != nil {
		return nil, err
	}
	reply := &workflowservice.DescribeTaskQueueResponse{Pollers: ns.pollers(key, state)}
	if request.ReportStats {
		reply.Stats = &taskqueuepb.TaskQueueStats{ApproximateBacklogCount: state.backlog, ApproximateBacklogAge: durationpb.New(state.age)}
	}
	if request.IncludeTaskQueueStatus {
		reply.TaskQueueStatus = &taskqueuepb.TaskQueueStatus{BacklogCountHint: state.backlog, ReadLevel: state.readLevel, AckLevel: state.ackLevel}
	}
	return reply, nil
}

// queueState is what JetStream says of a queue.
type queueState struct {
	backlog             int64 // tasks that nobody has started, delivered or not
	age                 time.Duration
	waiting             int // pulls
	delivered           time.Time
	readLevel, ackLevel int64
}

func (n *namespace) stateOf(ctx context.Context, key queueKey) (queueState, error) {
	names := n.matching.config.Names
	stream, err := n.matching.js.Stream(ctx, n.stream)
	if err != nil {
		return queueState{}, describeError(key, err)
	}
	filter := names.TaskQueue(n.in.Namespace, key.kind, key.name)
	var state queueState
	consumer, err := stream.Consumer(ctx, names.TaskConsumer(key.kind, key.name))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		// A queue that no worker has opened lately: its tasks have one subject each.
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
		if err != nil {
			return queueState{}, describeError(key, err)
		}
		state.backlog = int64(len(info.State.Subjects))
	case err != nil:
		return queueState{}, describeError(key, err)
	default:
		info := consumer.CachedInfo()
		state = queueState{
			backlog:   int64(info.NumPending) + int64(info.NumAckPending),
			waiting:   info.NumWaiting,
			readLevel: int64(info.Delivered.Stream),
			ackLevel:  int64(info.AckFloor.Stream),
		}
		if info.Delivered.Last != nil {
			state.delivered = *info.Delivered.Last
		}
	}
	if state.backlog > 0 {
		oldest, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(filter))
		if err == nil {
			state.age = max(time.Since(oldest.Time), 0)
		} else if !errors.Is(err, jetstream.ErrMsgNotFound) {
			return queueState{}, describeError(key, err)
		}
	}
	return state, nil
}

func (n *namespace) pollers(key queueKey, state queueState) []*taskqueuepb.PollerInfo {
	now := time.Now()
	if state.waiting == 0 && now.Sub(state.delivered) > pollerSeen {
		return nil
	}
	seen := state.delivered
	if state.waiting > 0 {
		seen = now
	}
	var found []*taskqueuepb.PollerInfo
	for identity := range n.consumers.pollers(key) {
		found = append(found, &taskqueuepb.PollerInfo{Identity: identity, LastAccessTime: timestamppb.New(seen)})
	}
	if len(found) == 0 {
		found = append(found, &taskqueuepb.PollerInfo{Identity: unnamed, LastAccessTime: timestamppb.New(seen)})
	}
	slices.SortFunc(found, func(a, b *taskqueuepb.PollerInfo) int {
		if a.Identity < b.Identity {
			return -1
		}
		return 1
	})
	return found
}

func describeError(key queueKey, err error) error {
	var refused *jetstream.APIError
	if errors.As(err, &refused) && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("describing task queue %q: %w", key.name, err)
	}
	return serviceerror.NewUnavailablef("describing task queue %q: %v; try again", key.name, err)
}
