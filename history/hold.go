package history

import (
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
)

// holdTime is how long a workflow task may run before signals end it that outgrow what may be buffered meanwhile. Until
// then they wait for its end: a worker loses its cache with its task and would be sent the whole history, so that
// the next task takes longer, and more signals outgrow that.
const holdTime = time.Second

// held is when signals that wait for the end of their run's workflow task may go on.
type held struct{ id string }

func signals(request proto.Message) bool {
	switch request.(type) {
	case *workflowservice.SignalWorkflowExecutionRequest, *callpb.SignalExternalRequest:
		return true
	}
	return false
}

// hold lets a signal wait that would outgrow the buffer, and what comes behind it; false: it does not have to.
func (l *loop) hold(e *entry, r *request) bool {
	left := l.holdsFor(e)
	if left <= 0 && len(e.waiting) == 0 {
		return false
	}
	if len(e.waiting) == 0 {
		item := &held{e.ID}
		time.AfterFunc(left, func() { l.mailbox.Put(item) })
	}
	l.wait(e, r)
	return true
}

// holdsFor is how much longer signals wait for the end of the run's workflow task; 0 or less: they do not.
func (l *loop) holdsFor(e *entry) time.Duration {
	if e.Run == nil {
		return 0
	}
	started, full := e.Run.FullBuffer(l.config.Namespaces.Limits(l.namespace))
	if !full {
		return 0
	}
	return time.Until(started.Add(holdTime))
}

// releaseHeld lets held signals go on, behind what is decided now, once there is room for them.
func (l *loop) releaseHeld(e *entry) {
	if len(e.waiting) > 0 && !e.loading && l.holdsFor(e) <= 0 {
		l.mailbox.Put(&held{e.ID})
	}
}

func (l *loop) goOnHeld(h *held) {
	if e := l.active[h.id]; e != nil && len(e.waiting) > 0 && !e.loading && l.holdsFor(e) <= 0 {
		l.goOn(e)
	}
}
