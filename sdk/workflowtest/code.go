package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// code is an activity's, in one attempt. It is a coroutine of the test's goroutine: it runs until it returns, or until
// it sleeps and gives the time back to the environment.
type code struct {
	ctx   context.Context
	end   context.CancelCauseFunc
	next  func() (time.Duration, bool) // runs the code on; false when it is through
	sleep func(time.Duration) bool

	returned bool // the code has
	result   *commonpb.Payloads
	err      error
}

func newCode(parent context.Context) *code {
	c := &code{}
	c.ctx, c.end = context.WithCancelCause(context.WithValue(parent, codeKey{}, c))
	return c
}

// play makes the double's code ready to run.
func (c *code) play(double *Double, env *attempt.Env, input *commonpb.Payloads) {
	double.calls++
	c.next, _ = iter.Pull(func(yield func(time.Duration) bool) {
		c.sleep = yield
		c.result, c.err = attempt.Run(c.ctx, env, double.impl, input)
		c.returned = true
		if double.takes > 0 && !c.pending() && c.ctx.Err() == nil {
			yield(double.takes)
		}
	})
}

// pending tells whether the code left its outcome to [Environment.CompleteActivity].
func (c *code) pending() bool { return c.returned && errors.Is(c.err, activity.ErrResultPending) }

// leave ends the code's context and lets it return; what it returns then is of no more use.
func (c *code) leave(cause error) {
	c.end(cause)
	for sleeps := true; sleeps; {
		_, sleeps = c.next()
	}
}

type codeKey struct{}

// Sleep lets virtual time pass in an activity, whose context ctx is: to have it work for a while between
// heartbeats, time out, or be cancelled. The error is the cause of the end of ctx, if that comes first:
// return it. It is for the goroutine in which the activity was called.
func Sleep(ctx context.Context, d time.Duration) error {
	c, ok := ctx.Value(codeKey{}).(*code)
	if !ok {
		return errors.New("workflowtest.Sleep: the context is not that of an activity in a test environment; pass on the one that the activity was given")
	}
	if ctx.Err() == nil {
		c.sleep(max(d, 0))
	}
	return context.Cause(ctx)
}

// double is what stands for the activity of a name.
func (env *Environment) double(name string) *Double {
	if d, known := env.activities[name]; known {
		return d
	}
	return &Double{impl: missing(name)}
}

// missing is the code of an activity that the test does not have.
type missing string

func (name missing) Name() string { return string(name) }

func (name missing) Execute(context.Context, converter.DataConverter, *commonpb.Payloads) (*commonpb.Payloads, error) {
	return nil, failure.NewNonRetryableApplicationError(
		fmt.Sprintf("the test has no activity %s: replace it with workflowtest.OnActivity, or register it", string(name)), "ActivityNotRegisteredError", nil)
}
