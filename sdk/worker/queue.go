package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/sdk/internal/call"
	"github.com/perdure/perdure/sdk/internal/pull"
)

// pullFrom pulls tasks of a kind in a goroutine that ends with the pulling scope.
func (w *Worker) pullFrom(kind enumspb.TaskQueueType, report *pull.Report) {
	slots, handle := w.workflowSlots, w.handleWorkflowMessage
	if kind == enumspb.TASK_QUEUE_TYPE_ACTIVITY {
		slots, handle = w.activitySlots, w.handleActivityMessage
	}
	puller := &pull.Puller{
		Conn: w.conn, Slots: slots, Half: true, Handle: handle, Reconnected: w.caller.Reconnected,
		Open:   func(ctx context.Context) (pull.Source, error) { return w.openQueue(ctx, kind) },
		Logger: w.logger.With().Str("kind", api.Kind(kind)).Logger(), Report: report,
	}
	w.pullers.Go(func() {
		puller.Run(w.pulling)
		if w.pulling.Err() == nil {
			w.lose() // nats.go has given up the connection for good
		}
	})
}

// tryTimeout is how long Start waits for a service that does not answer.
const tryTimeout = time.Second

// tryQueues opens the queues once, to learn early that the service refuses.
func (w *Worker) tryQueues() error {
	ctx, cancel := context.WithTimeout(w.pulling, tryTimeout)
	defer cancel()
	for _, kind := range w.kinds() {
		if _, err := w.openQueue(ctx, kind); err != nil && !call.Retryable(err) {
			return fmt.Errorf("open task queue %s for %s tasks: %w", w.queue, api.Kind(kind), err)
		}
	}
	return nil
}

func (w *Worker) openQueue(ctx context.Context, kind enumspb.TaskQueueType) (pull.Source, error) {
	reply := &workerpb.OpenTaskQueueResponse{}
	err := w.caller.WorkerOnce(ctx, w.queue, api.OpenTaskQueue, w.openRequest(kind), reply)
	var noNamespace *serviceerror.NamespaceNotFound
	switch {
	case errors.As(err, &noNamespace):
		return pull.Source{}, fmt.Errorf("make the namespace with `perdure namespace create %s`, or name another: %w", w.namespace, err)
	case err != nil:
		return pull.Source{}, err
	}
	w.openAgain.Store(int64(reply.GetOpenAgain().AsDuration()))
	return pull.SourceOf(reply), nil
}

func (w *Worker) handleWorkflowMessage(message *nats.Msg, from pull.Source) {
	w.handle(w.workflowSlots, func() {
		reply := &workflowservice.PollWorkflowTaskQueueResponse{}
		if !w.startTask(message, from, api.StartWorkflowTask, reply) {
			w.workflowSlots.Give(1)
			return
		}
		w.runWorkflowTask(reply)
	})
}

func (w *Worker) handleActivityMessage(message *nats.Msg, from pull.Source) {
	w.handle(w.activitySlots, func() {
		reply := &workflowservice.PollActivityTaskQueueResponse{}
		if !w.startTask(message, from, api.StartActivityTask, reply) {
			w.activitySlots.Give(1)
			return
		}
		w.runActivityTask(reply)
	})
}

func (w *Worker) handle(slots *pull.Slots, run func()) {
	if !w.tasks.spawn(run) {
		slots.Give(1) // the message is delivered to another worker after its ack wait
	}
}

// startTask makes a task that was pulled this worker's own, and acknowledges its message when the
// service has said whether it is. Otherwise the message is delivered again after its ack wait.
func (w *Worker) startTask(message *nats.Msg, from pull.Source, method string, reply proto.Message) bool {
	task := &workerpb.Task{}
	if err := proto.Unmarshal(message.Data, task); err != nil {
		w.often().Error().Err(err).Str("subject", message.Subject).Msg("a message of the task queue is not a task: it is removed")
		w.answered(pull.Discard(w.conn, message))
		return false
	}
	ctx, cancel := w.deadlines.within(from.AckWait)
	defer cancel()
	err := w.caller.Task(ctx, w.queue, method, &workerpb.StartTaskRequest{
		Namespace: w.namespace, Task: task, RequestId: uuid.NewString(), Identity: w.identity,
	}, reply)
	if err != nil && !isNotFound(err) {
		w.often().Warn().Err(err).Str("workflow_id", task.GetWorkflowId()).Msg("a task could not be started: it is delivered again")
		return false
	}
	w.answered(pull.Ack(w.conn, message))
	return err == nil
}

func (w *Worker) answered(err error) {
	if err != nil {
		w.often().Warn().Err(err).Msg("a message of the task queue was not acknowledged: it is delivered again, and found to be stale")
	}
}
