package history

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api/workerpb"
)

// The workflow tasks of one run that are for signals alone are at least gatherTime apart, or, while
// more than one signal shares such a task, gatherBurst. Signals that come one after the other then share
// tasks; the first one of a quiet run waits for nothing.
const (
	gatherTime  = 4 * time.Millisecond
	gatherBurst = 10 * time.Millisecond
)

// gathering is what an entry knows of its signals.
type gathering struct {
	// taskSent is when the run's last workflow task was offered or queued.
	taskSent time.Time
	// waits says that the next one waits for more signals.
	waits bool
	// count is of the signals since the last one, and burst says that it was for more than one.
	count int
	burst bool
}

// sent notes that a workflow task is on its way.
func (g *gathering) sent() {
	g.taskSent, g.waits = time.Now(), false
	g.burst, g.count = g.count > 1, 0
}

// gathered is when a run's workflow task has waited for more signals.
type gathered struct{ id string }

// gather lets the run's workflow task wait for more signals; false: it is to be sent at once.
func (l *loop) gather(e *entry, task *workerpb.Task) bool {
	g := &e.gathering
	if task.Type != enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		return false
	}
	if g.waits {
		return true
	}
	wait := gatherTime
	if g.burst {
		wait = gatherBurst
	}
	wait -= time.Since(g.taskSent)
	if wait <= 0 {
		return false
	}
	g.waits = true
	item := &gathered{e.ID}
	time.AfterFunc(wait, func() { l.mailbox.Put(item) })
	return true
}

// gathered sends the task if it is still to be sent.
func (l *loop) gathered(g *gathered) {
	if e := l.active[g.id]; e != nil {
		l.endGathering(e)
	}
}

// endGathering sends the task that waits for more signals, if one does.
func (l *loop) endGathering(e *entry) {
	if !e.gathering.waits {
		return
	}
	e.gathering.waits = false
	if e.Run == nil {
		return
	}
	if task := e.Run.WorkflowTask(time.Now()); task != nil {
		l.queueLater(e, task)
		l.after(e)
	}
}
