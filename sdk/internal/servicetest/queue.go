package servicetest

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/google/uuid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// AckWait is that of the queues' consumers.
const AckWait = 2 * time.Second

const callTimeout = 5 * time.Second

// Stream is the name of the work queue.
func (s *Service) Stream() string {
	return s.names.TasksStream(api.Incarnation{Namespace: Namespace, Number: 1})
}

// makeQueue makes the work queue, if it is not there.
func (s *Service) makeQueue() error {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	_, err := s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: s.Stream(), Subjects: []string{s.names.TaskAll(Namespace)}, Retention: jetstream.WorkQueuePolicy,
		Storage: jetstream.MemoryStorage, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true,
	})
	return err
}

// LoseQueue deletes the work queue, with all that it holds; the next worker that opens it makes it
// again.
func (s *Service) LoseQueue() error {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	return s.js.DeleteStream(ctx, s.Stream())
}

// Queued is how many tasks nobody has acknowledged.
func (s *Service) Queued() (uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	stream, err := s.js.Stream(ctx, s.Stream())
	if err != nil {
		return 0, err
	}
	return stream.CachedInfo().State.Msgs, nil
}

// Enqueue queues a task.
func (s *Service) Enqueue(task *workerpb.Task) error {
	body, err := proto.Marshal(task)
	if err != nil {
		return err
	}
	return s.EnqueueRaw(task.GetType(), task.GetTaskQueue(), body)
}

// EnqueueRaw queues a message that may be no task.
func (s *Service) EnqueueRaw(kind enumspb.TaskQueueType, queue string, body []byte) error {
	_, err := s.js.PublishAsync(s.names.Task(Namespace, kind, queue, uuid.NewString()), body)
	return err
}

func (s *Service) openQueue(request proto.Message) (proto.Message, error) {
	r := request.(*workerpb.OpenTaskQueueRequest)
	if err := s.makeQueue(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	name := s.names.TaskConsumer(r.GetType(), r.GetTaskQueue())
	_, err := s.js.CreateConsumer(ctx, s.Stream(), jetstream.ConsumerConfig{
		Durable: name, FilterSubject: s.names.TaskQueue(Namespace, r.GetType(), r.GetTaskQueue()),
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: AckWait, MaxAckPending: 100000, MaxWaiting: 100000,
	})
	if err != nil && !errors.Is(err, jetstream.ErrConsumerExists) {
		return nil, err
	}
	return &workerpb.OpenTaskQueueResponse{Stream: s.Stream(), Consumer: name, AckWait: durationpb.New(AckWait)}, nil
}
