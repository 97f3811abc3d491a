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
	e.watchdog.Reset(timeout)
	defer e.watchdog.Stop()
	seen := dispatcher.Visits()
	for {
		select {
		case err := <-done:
			return err
		case <-e.watchdog.C:
			e.watchdog.Reset(timeout)
			visits := dispatcher.Visits()
			name, stack := dispatcher.Running()
			if visits != seen || (name == "" && what == "") {
				seen = visits
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
