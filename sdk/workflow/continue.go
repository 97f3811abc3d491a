package workflow

import (
	"fmt"
	"time"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// ContinueAsNewOptions says how the next run differs; zero values keep what the present run has.
type ContinueAsNewOptions struct {
	TaskQueue   string
	RunTimeout  time.Duration
	TaskTimeout time.Duration
	RetryPolicy *RetryPolicy
}

// NewContinueAsNewError makes the error that a workflow returns to close its run and start the next
// one, with a new history, under the same workflow id. Return it as it is.
func NewContinueAsNewError[In, Out any](ctx Context, w Workflow[In, Out], in In) error {
	return NewContinueAsNewErrorWithOptions(ctx, ContinueAsNewOptions{}, w, in)
}

// NewContinueAsNewErrorWithOptions is [NewContinueAsNewError] with options for the next run.
func NewContinueAsNewErrorWithOptions[In, Out any](ctx Context, o ContinueAsNewOptions, w Workflow[In, Out], in In) error {
	input, err := converter.Encode(ctx.run().env.DataConverter(), in)
	if err != nil {
		return fmt.Errorf("input of the next run of workflow %s: %w", w.Name(), err)
	}
	return &failure.ContinueAsNewError{
		WorkflowType: w.Name(), Input: input, TaskQueue: o.TaskQueue,
		RunTimeout: o.RunTimeout, TaskTimeout: o.TaskTimeout, RetryPolicy: o.RetryPolicy.Proto(),
	}
}
