package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/perdure/perdure/sdk/internal/command"
	"github.com/perdure/perdure/sdk/internal/coroutine"
)

var errGoexit = errors.New("the workflow's code called runtime.Goexit (a test's FailNow does): return an error instead")

// looks is how many times the watchdog looks at a step within the time-out. A turn that it has seen begun for so many
// looks has run for the time-out, and for a quarter more at most: it began up to one look before it was seen.
const looks = 4

// guarded runs fn, which runs workflow code, in a goroutine of its own, and watches it: a coroutine
// (or, if what is set, fn as a whole) that does not block or return in time is a deadlock. The
// goroutine then cannot be ended; it is left to e.stuck, and stops at the code's next blocking call.
func (e *Execution) guarded(what string, fn func() error) error {
	done := e.stepDone
	e.env.opts.Crew.Do(func() {
		err := errGoexit
		defer func() {
			if v := recover(); v != nil {
				err = unhandled(fmt.Sprint(v), string(debug.Stack()))
			}
			done <- err
		}()
		err = fn()
	})
	timeout, dispatcher := e.env.opts.DeadlockTimeout, &e.env.dispatcher
	if timeout < 0 {
		return <-done
	}
	period := timeout / looks
	e.watchdog.Reset(period)
	defer e.watchdog.Stop()
	seen, same := dispatcher.Visits(), 0
	for {
		select {
		case err := <-done:
			return err
		case <-e.watchdog.C:
			e.watchdog.Reset(period)
			visits := dispatcher.Visits()
			if visits != seen {
				seen, same = visits, 0
				continue
			}
			if same++; same < looks {
				continue
			}
			name, stack := dispatcher.Running()
			if name == "" && what == "" {
				same = 0 // between two turns
				continue
			}
			if what == "" {
				what = "coroutine " + name
			}
			dispatcher.Stop()
			e.stuck = done
			return unhandled(fmt.Sprintf("potential deadlock: %s has run for more than %s without blocking on the workflow package; move slow work and outside calls into activities, and use its channels and futures only", what, timeout), stack)
		}
	}
}

// asTaskFailure gives every error of a run the form in which it is reported.
func asTaskFailure(ctx context.Context, err error) error {
	var (
		failure  *TaskFailure
		panicked *coroutine.Panic
		mismatch *command.MismatchError
		illegal  *command.IllegalError
	)
	switch {
	case err == nil, ctx.Err() != nil && errors.Is(err, ctx.Err()), errors.As(err, &failure):
		return err
	case errors.As(err, &panicked):
		return unhandled(fmt.Sprint(panicked.Value), panicked.Stack)
	case errors.As(err, &mismatch), errors.As(err, &illegal):
		return nonDeterminism("%s", err)
	default:
		return unhandled(err.Error(), "")
	}
}
