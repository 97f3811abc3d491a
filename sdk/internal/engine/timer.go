package engine

import (
	"time"

	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/command"
)

// timer is a started timer and who waits for it.
type timer struct {
	machine *command.Timer
	done    func(error) // nil once it was called
}

// StartTimer starts a timer; done is called once, when it fires. The returned function cancels it:
// done is then called at once with a *failure.CanceledError.
func (e *Env) StartTimer(d time.Duration, summary string, done func(error)) (cancel func()) {
	e.MustBeWritable("start a timer")
	if e.discard() {
		return func() {}
	}
	t := &timer{machine: command.NewTimer(&e.outbox, d, e.metadata(summary)), done: done}
	e.timers[t.machine.StartedEventID] = t
	return func() {
		if !e.discard() {
			t.machine.Cancel()
			t.resolve(failure.NewCanceledError())
		}
	}
}

func (t *timer) resolve(err error) {
	if done := t.done; done != nil {
		t.done = nil
		done(err)
	}
}

func (e *Env) timerFired(event *historypb.HistoryEvent) error {
	started := event.GetTimerFiredEventAttributes().GetStartedEventId()
	t, ok := e.timers[started]
	if !ok {
		return damaged(event, "no open timer was started by the event that it names")
	}
	if err := t.machine.Fired(); err != nil {
		return err
	}
	delete(e.timers, started)
	t.resolve(nil)
	return nil
}
