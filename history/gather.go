package history

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api/workerpb"
)

// gatherTime is how far apart the workflow tasks of one run are at least that are
// for signals alone. Signals that come one after the other then share
// tasks; the first one of a quiet run waits for nothing.
const gatherTime = 4 * time.Millisecond

// gathered is when a run's workflow task has waited for more signals.
type gathered struct{ id string }

// gather lets the run's workflow task wait for more signals; false: it is to be sent at once.
func (l *loop) gather(e *entry, task *workerpb.Task) bool {
	wait := gatherTime - time.Since(e.taskSent)
	if task.Type != enumspb.TASK_QUEUE_TYPE_WORKFLOW || wait <= 0 {
		return false
	}
	if !e.gathering {
		e.gathering = true
		item := &gathered{e.ID}
		time.AfterFunc(wait, func() { l.mailbox.Put(item) })
	}
	return true
}

// gathered sends the task if it is still to be sent.
func (l *loop) gathered(g *gathered) {
	e := l.active[g.id]
	if e == nil || !e.gathering {
		return
	}
	e.gathering = false
	if e.Run == nil {
		return
	}
	if task := e.Run.WorkflowTask(time.Now()); task != nil {
		l.queueLater(e, task)
		l.after(e)
	}
}
