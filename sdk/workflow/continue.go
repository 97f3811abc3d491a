package workflow

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// ContinueAsNewOptions says how the next run differs; zero values keep what the present run has.
type ContinueAsNewOptions struct {
	// TaskQueue is the queue of the workers that run it.
	TaskQueue string
	// RunTimeout limits the run.
	RunTimeout time.Duration
	// TaskTimeout limits one workflow task.
	TaskTimeout time.Duration
	// RetryPolicy starts the run again if it fails.
	RetryPolicy *RetryPolicy
}

// NewContinueAsNewError makes the error that a workflow returns to close its run and start the next
// one, with a new history, under the same workflow id. Return it as it is. A workflow that goes on for long
// does so now and then, since its history grows with all that it does and is read again after a restart:
// every few thousand events, by [Info].HistoryLength. Signals that have come and were not received are
// lost with the run: receive them before.
func NewContinueAsNewError[In, Out any](ctx Context, w Workflow[In, Out], in In) error {
	return NewContinueAsNewErrorWithOptions(ctx, ContinueAsNewOptions{}, w, in)
}

// NewContinueAsNewErrorWithOptions is [NewContinueAsNewError] with options for the next run.
func NewContinueAsNewErrorWithOptions[In, Out any](ctx Context, o ContinueAsNewOptions, w Workflow[In, Out], in In) error {
	return ctx.run().outbound.NewContinueAsNewError(ctx, &ContinueAsNewInput{
		WorkflowType: w.Name(), Input: in, Options: o, Header: map[string]*commonpb.Payload{},
	})
}

func (outbound) NewContinueAsNewError(ctx Context, in *ContinueAsNewInput) error {
	input, err := converter.Encode(ctx.run().env.DataConverter(), in.Input)
	if err != nil {
		return fmt.Errorf("input of the next run of workflow %s: %w", in.WorkflowType, err)
	}
	o := in.Options
	return &failure.ContinueAsNewError{
		WorkflowType: in.WorkflowType, Input: input, TaskQueue: o.TaskQueue, Header: in.Header,
		RunTimeout: o.RunTimeout, TaskTimeout: o.TaskTimeout, RetryPolicy: o.RetryPolicy.Proto(),
	}
}
