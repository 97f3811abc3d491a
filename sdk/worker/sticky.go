package worker

import (
	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// onSticky takes a started workflow task, or a query, for a run that is in the cache. It is called
// for one request at a time and must not block.
func (w *Worker) onSticky(message *nats.Msg) {
	if !api.IsInbox(message.Reply) {
		return
	}
	task := &workflowservice.PollWorkflowTaskQueueResponse{}
	if err := proto.Unmarshal(message.Data, task); err != nil {
		w.respondError(message, serviceerror.NewInvalidArgumentf("a sticky task is a PollWorkflowTaskQueueResponse: %v", err))
		return
	}
	if task.GetQuery() != nil && len(task.GetTaskToken()) == 0 {
		w.takeQuery(message, task, w.cache.enterKnown(task.GetWorkflowExecution().GetRunId()))
		return
	}
	w.accept(message, w.takeSticky(task))
}

// takeSticky has the task run if its run is cached, or just being used, and a slot is free or
// soon will be.
func (w *Worker) takeSticky(task *workflowservice.PollWorkflowTaskQueueResponse) bool {
	run := w.cache.enterKnown(task.GetWorkflowExecution().GetRunId())
	if run == nil {
		return false
	}
	ticket, ok := w.workflowSlots.Queue()
	if ok {
		ok = w.tasks.spawn(func() {
			if !ticket.Wait(w.working) {
				w.cache.leave(run)
				return
			}
			next := w.workflowTask(run, task)
			w.cache.leave(run)
			if next == nil {
				w.workflowSlots.Give(1)
				return
			}
			w.runWorkflowTask(next)
		})
		if !ok {
			ticket.Cancel()
		}
	}
	if !ok {
		w.cache.leave(run)
	}
	return ok
}
