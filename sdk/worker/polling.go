package worker

import (
	"context"
	"math/rand/v2"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

const (
	// leastOpenAgain is the shortest time between two words to the service that this worker polls.
	leastOpenAgain = 100 * time.Millisecond
	// noOpenAgain is after what time it is looked again whether the service wants to be told.
	noOpenAgain = time.Minute
	// goodbyeTimeout is how long a stop waits for the service to take the goodbye.
	goodbyeTimeout = time.Second
)

// openRequest is what opens the queue for a kind of tasks.
func (w *Worker) openRequest(kind enumspb.TaskQueueType) *workerpb.OpenTaskQueueRequest {
	r := &workerpb.OpenTaskQueueRequest{Namespace: w.namespace, TaskQueue: w.queue, Type: kind, Identity: w.identity, WorkerInstanceKey: w.id}
	if kind == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		r.StickyTaskQueue = w.id
	}
	return r
}

// keepPolling tells the service, as often as it has asked for, that this worker polls, so that it is listed among the queue's
// pollers. It ends with the pulling scope.
func (w *Worker) keepPolling() {
	timer := time.NewTimer(w.untilOpenAgain())
	defer timer.Stop()
	for {
		select {
		case <-w.pulling.Done():
			return
		case <-timer.C:
		}
		if w.openAgain.Load() > 0 {
			w.sayPolling()
		}
		timer.Reset(w.untilOpenAgain())
	}
}

// untilOpenAgain is up to a quarter less than the service has asked for: workers that were started together do not all come at once.
func (w *Worker) untilOpenAgain() time.Duration {
	asked := time.Duration(w.openAgain.Load())
	if asked <= 0 {
		return noOpenAgain
	}
	asked = max(asked, leastOpenAgain)
	return asked - rand.N(asked/4)
}

func (w *Worker) sayPolling() {
	for _, kind := range w.kinds() {
		request := w.openRequest(kind)
		request.Polling = true
		err := w.caller.WorkerOnce(w.pulling, w.queue, api.OpenTaskQueue, request, &workerpb.OpenTaskQueueResponse{})
		if err != nil { // who pulls tells of trouble
			w.logger.Debug().Err(err).Str("kind", api.Kind(kind)).Msg("the service was not told that this worker polls")
		}
	}
}

// sayGoodbye tells the service that this worker takes no more tasks. It is a courtesy: the service finds out by itself.
func (w *Worker) sayGoodbye() {
	if !w.conn.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTimeout)
	defer cancel()
	request := &workflowservice.ShutdownWorkerRequest{
		Namespace: w.namespace, TaskQueue: w.queue, TaskQueueTypes: w.kinds(), Identity: w.identity, WorkerInstanceKey: w.id,
		Reason: "the worker was stopped",
	}
	if w.registry.hasWorkflows() {
		request.StickyTaskQueue = w.id
	}
	if err := w.caller.WorkerOnce(ctx, w.queue, "ShutdownWorker", request, &workflowservice.ShutdownWorkerResponse{}); err != nil {
		w.logger.Debug().Err(err).Msg("the service was not told that this worker stops")
	}
}
