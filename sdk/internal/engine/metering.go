package engine

import (
	"sync/atomic"

	commonpb "go.temporal.io/api/common/v1"
)

// meter counts the attempts at a local activity that begin in the present workflow task. They are told where the activity
// has outlasted the task that it began in, as Temporal's Go SDK tells them.
type meter struct {
	begun atomic.Int32
	older bool // than the present task
}

// Begin counts an attempt. It may be called from any goroutine.
func (a *LocalActivity) Begin() { a.meter.begun.Add(1) }

// newTask begins to count for another task.
func (l *locals) newTask() {
	l.ended = 0
	for _, a := range l.pending {
		a.meter.begun.Store(0)
		a.meter.older = true
	}
}

// attempts are those of a local activity that count for the present task.
func (a *LocalActivity) attempts() uint32 {
	if !a.meter.older {
		return 0
	}
	return uint32(a.meter.begun.Load()) //nolint:gosec // it counts up from 0
}

// metering is what a completion tells of attempts.
func (l *locals) metering() *commonpb.MeteringMetadata {
	count := l.ended
	for _, a := range l.pending {
		count += a.attempts()
	}
	return &commonpb.MeteringMetadata{NonfirstLocalActivityExecutionAttempts: count}
}
