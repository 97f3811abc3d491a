package matching

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/api/serviceerror"
)

// pullSeen is how long after its last delivery a queue without a waiting pull
// still counts as pulled from: its workers may all be busy.
const pullSeen = time.Minute

// queueState is what JetStream says of a queue.
type queueState struct {
	backlog               int64 // tasks that nobody has started, delivered or not
	age                   time.Duration
	addRate, dispatchRate float32 // tasks a second
	waiting               int     // pulls
	delivered             time.Time
	readLevel, ackLevel   int64
}

// pulled is when somebody was last seen to pull from the queue, who is not the one that left then; zero if nobody was lately.
func (s *queueState) pulled(left time.Time) time.Time {
	now := time.Now()
	switch {
	case s.waiting > 0 && now.Sub(left) > pullsWait:
		return now
	case now.Sub(s.delivered) <= pullSeen && s.delivered.After(left):
		return s.delivered
	}
	return time.Time{}
}

func (n *namespace) stateOf(ctx context.Context, key queueKey) (*queueState, error) {
	names := n.matching.config.Names
	stream, err := n.matching.js.Stream(ctx, n.stream)
	if err != nil {
		return nil, describeError(key.name, err)
	}
	filter := names.TaskQueue(n.in.Namespace, key.kind, key.name)
	state := &queueState{}
	consumer, err := stream.Consumer(ctx, names.TaskConsumer(key.kind, key.name))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		// A queue that no worker has opened lately: its tasks have one subject each.
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
		if err != nil {
			return nil, describeError(key.name, err)
		}
		state.backlog = int64(len(info.State.Subjects))
	case err != nil:
		return nil, describeError(key.name, err)
	default:
		state.read(consumer.CachedInfo())
		state.addRate, state.dispatchRate = n.observer.saw(key, consumer.CachedInfo())
	}
	if state.backlog > 0 {
		oldest, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(filter))
		if err == nil {
			state.age = max(time.Since(oldest.Time), 0)
		} else if !errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil, describeError(key.name, err)
		}
	}
	return state, nil
}

// read takes what a consumer says.
func (s *queueState) read(info *jetstream.ConsumerInfo) {
	s.backlog = int64(info.NumPending) + int64(info.NumAckPending)
	s.waiting = info.NumWaiting
	s.readLevel, s.ackLevel = int64(info.Delivered.Stream), int64(info.AckFloor.Stream)
	if info.Delivered.Last != nil {
		s.delivered = *info.Delivered.Last
	}
}

func describeError(queue string, err error) error {
	var refused *jetstream.APIError
	if errors.As(err, &refused) && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("describing task queue %q: %w", queue, err)
	}
	return serviceerror.NewUnavailablef("describing task queue %q: %v; try again", queue, err)
}
