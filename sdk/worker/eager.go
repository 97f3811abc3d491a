package worker

import (
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/internal/eager"
)

// takeEager takes a slot for the first task of a workflow that a client of this process is about to start. A goroutine
// waits for that task with the slot, so that a stop waits for it, too.
func (w *Worker) takeEager(workflowType string) (eager.Run, bool) {
	if !w.registry.workflows.Has(workflowType) || w.workflowSlots.Take(1) == 0 {
		return nil, false
	}
	answer := make(chan *workflowservice.PollWorkflowTaskQueueResponse, 1)
	spawned := w.tasks.spawn(func() {
		select {
		case task := <-answer:
			if task != nil {
				w.runWorkflowTask(task)
				return
			}
		case <-w.working.Done(): // the task times out, and another worker has its next attempt
		}
		w.workflowSlots.Give(1)
	})
	if !spawned {
		w.workflowSlots.Give(1)
		return nil, false
	}
	return func(task *workflowservice.PollWorkflowTaskQueueResponse) { answer <- task }, true
}
