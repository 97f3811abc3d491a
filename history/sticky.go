package history

import (
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// stickyAnswer is whether the worker took the task that it was offered.
type stickyAnswer struct {
	id, runID string
	requestID string
	accepted  bool
}

// queueLater sends a task on its way behind what was decided so far: to the worker that
// holds the run in its cache, or to its queue.
func (l *loop) queueLater(e *entry, task *workerpb.Task) {
	task.Epoch = l.writer.Epoch()
	if task.Type == enumspb.TASK_QUEUE_TYPE_WORKFLOW {
		e.gathering.sent()
		if l.offer(e) {
			return
		}
	}
	l.later(release{task: task})
}

// offer starts the run's workflow task for its sticky worker; false: there is none.
func (l *loop) offer(e *entry) bool {
	in, before := l.input(), latest(e)
	d, err := l.survive(machine.StartSticky, e, in)
	if errors.Is(err, machine.ErrBroken) {
		l.throwAway(e, before, nil, err)
		return true
	}
	if err != nil || d.Reply == nil {
		return false
	}
	l.write(e, before, d.Record)
	task := d.Reply.(*workflowservice.PollWorkflowTaskQueueResponse)
	l.attachQueries(e, "", task)
	queue, worker := e.Run.Sticky()
	answer := stickyAnswer{id: e.ID, runID: e.Run.RunID(), requestID: in.RunID}
	l.later(release{send: func() {
		l.config.Matching.Sticky(l.namespace, queue, worker, task, func(accepted bool) {
			answer := answer
			answer.accepted = accepted
			l.mailbox.Put(&answer)
		})
	}})
	l.arm(e)
	return true
}

// stickyAnswered queues a task that its worker did not take.
func (l *loop) stickyAnswered(a *stickyAnswer) error {
	e := l.active[a.id]
	if a.accepted || e == nil || e.Run == nil || e.Run.RunID() != a.runID {
		return nil
	}
	e.Run.ReturnSticky(a.requestID)
	for _, task := range e.Run.Owed() {
		l.queueLater(e, task)
	}
	l.after(e)
	return nil
}

// requeueAll queues again all that is owed: matching has lost its tasks.
func (l *loop) requeueAll() {
	now := l.input().Now
	for _, e := range l.active {
		if e.Run == nil || e.loading {
			continue
		}
		for _, task := range e.Run.Outstanding(now) {
			l.queueLater(e, task)
		}
	}
	l.owing = l.owing[:0]
	for id, r := range l.index {
		if r.owes {
			l.owing = append(l.owing, id)
		}
	}
	l.loadOwing()
}

// mostLoads is how many runs at rest are read back at a time because they owe tasks, and
// as many because something of them is due.
const mostLoads = 64

// loadOwing reads back some of the runs that owe tasks.
func (l *loop) loadOwing() {
	for l.owingLoads < mostLoads && len(l.owing) > 0 {
		id := l.owing[len(l.owing)-1]
		l.owing = l.owing[:len(l.owing)-1]
		if l.index[id] == nil || l.active[id] != nil {
			continue
		}
		e := l.enter(id)
		e.counted = &l.owingLoads
		l.owingLoads++
		l.load(e)
	}
}
