package history

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api/workerpb"
)

// A workflow task that is for signals alone waits until gatherTime after the run's last one was sent,
// and then for as long as the next signal comes within gatherPause, until gatherMost. Signals that come one
// after the other then share tasks; the first one of a quiet run waits for nothing.
const (
	gatherTime  = 4 * time.Millisecond
	gatherPause = 2 * time.Millisecond
	gatherMost  = 10 * time.Millisecond
)

// gathering is what an entry knows of its signals.
type gathering struct {
	// taskSent is when the run's last workflow task was offered or queued, and signaled when
	// the last signal came.
	taskSent, signaled time.Time
	// waits says that the next task waits for more signals.
	waits bool
}

// sent notes that a workflow task is on its way.
func (g *gathering) sent() { g.taskSent, g.waits = time.Now(), false }

// left is how much longer a task waits.
func (g *gathering) left(now time.Time) time.Duration {
	most := g.taskSent.Add(gatherMost).Sub(now)
	return min(most, max(g.taskSent.Add(gatherTime).Sub(now), g.signaled.Add(gatherPause).Sub(now)))
}

// gathered is when a run's workflow task has waited for more signals.
type gathered struct{ id string }

// gather lets the run's workflow task wait for more signals; false: it is to be sent at once.
func (l *loop) gather(e *entry, task *workerpb.Task) bool {
	g := &e.gathering
	if task.Type != enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		return false
	}
	if wait := time.Until(g.taskSent.Add(gatherTime)); wait > 0 && !g.waits {
		g.waits = true
		l.gatherFor(e, wait)
	}
	return g.waits
}

func (l *loop) gatherFor(e *entry, wait time.Duration) {
	item := &gathered{e.ID}
	time.AfterFunc(wait, func() { l.mailbox.Put(item) })
}

// gathered sends the task if it is still to be sent and no more signals are awaited.
func (l *loop) gathered(g *gathered) {
	e := l.active[g.id]
	if e == nil || !e.gathering.waits {
		return
	}
	if left := e.gathering.left(time.Now()); left > 0 {
		l.gatherFor(e, left)
		return
	}
	l.endGathering(e)
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
