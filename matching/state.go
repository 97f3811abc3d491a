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
	stream, err := n.matching.js.Stream(ctx, n.stream)
	if err != nil {
		return nil, describeError(key.name, err)
	}
	state := &queueState{}
	info, err := n.consumerOf(ctx, stream, key)
	if err != nil {
		return nil, err
	}
	if info != nil {
		state.read(info)
		state.addRate, state.dispatchRate = n.observer.saw(key, info)
		if state.backlog == 0 {
			return state, nil
		}
	}
	oldest, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(n.filterOf(key)))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return state, nil
	case err != nil:
		return nil, describeError(key.name, err)
	case info == nil:
		return n.stateWithout(ctx, stream, key, oldest.Time)
	}
	state.age = max(time.Since(oldest.Time), 0)
	return state, nil
}

// consumerOf is what JetStream says of a queue's consumer, or nil: no worker has opened the queue lately.
func (n *namespace) consumerOf(ctx context.Context, stream jetstream.Stream, key queueKey) (*jetstream.ConsumerInfo, error) {
	consumer, err := stream.Consumer(ctx, n.matching.config.Names.TaskConsumer(key.kind, key.name))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		return nil, nil //nolint:nilnil // that it is absent is no error
	case err != nil:
		return nil, describeError(key.name, err)
	}
	return consumer.CachedInfo(), nil
}

// stateWithout describes a queue that has tasks and no consumer. One is made, since it counts them at no cost. Where there may be no more
// of them the subjects are counted: each task has one.
func (n *namespace) stateWithout(ctx context.Context, stream jetstream.Stream, key queueKey, oldest time.Time) (*queueState, error) {
	state := &queueState{age: max(time.Since(oldest), 0)}
	if n.consumers.make(ctx, key) == nil {
		if info, err := n.consumerOf(ctx, stream, key); err == nil && info != nil {
			state.read(info)
			return state, nil
		}
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(n.filterOf(key)))
	if err != nil {
		return nil, describeError(key.name, err)
	}
	state.backlog = int64(len(info.State.Subjects))
	return state, nil
}

// filterOf are the subjects of a queue's tasks.
func (n *namespace) filterOf(key queueKey) string {
	return n.matching.config.Names.TaskQueue(n.in.Namespace, key.kind, key.name)
}

// read takes what a consumer says.
func (s *queueState) read(info *jetstream.ConsumerInfo) {
	s.backlog = backlogOf(info)
	s.waiting = info.NumWaiting
	s.readLevel, s.ackLevel = int64(info.Delivered.Stream), int64(info.AckFloor.Stream)
	if info.Delivered.Last != nil {
		s.delivered = *info.Delivered.Last
	}
}

// backlogOf are the tasks of a consumer that nobody has started, delivered or not.
func backlogOf(info *jetstream.ConsumerInfo) int64 {
	return int64(info.NumPending) + int64(info.NumAckPending)
}

func describeError(queue string, err error) error {
	var refused *jetstream.APIError
	if errors.As(err, &refused) && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("describing task queue %q: %w", queue, err)
	}
	return serviceerror.NewUnavailablef("describing task queue %q: %v; try again", queue, err)
}
