package engine_test

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

var offspring = workflow.Declare[int, int]("Offspring")

// raised is a child of a random program: it waits, fails, heeds a signal, or continues as new.
var raised = offspring.Implement(func(ctx workflow.Context, step int) (int, error) {
	switch step % 4 {
	case 0:
		return step, workflow.Sleep(ctx, time.Duration(step%9)*time.Second)
	case 1:
		return 0, errors.New("no luck")
	case 2:
		_, _, err := word.Channel(ctx).ReceiveWithTimeout(ctx, 5*time.Second)
		return step, err
	default:
		return 0, workflow.NewContinueAsNewError(ctx, offspring, step+1)
	}
})

// raise has a child, which is signaled and cancelled or not, as the step says.
func raise(ctx workflow.Context, step int, note func(format string, args ...any)) {
	childCtx, cancel := workflow.WithCancel(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		Cancellation: workflow.ChildCancellation(step % 4), ParentClosePolicy: enumspb.ParentClosePolicy(step % 4), //nolint:gosec // it is small
		WorkflowRunTimeout: time.Duration(step%3) * 3 * time.Second,
	}))
	child := workflow.ExecuteChildWorkflow(childCtx, offspring, step)
	if step%2 == 0 {
		_, err := workflow.SignalChildWorkflow(ctx, child, word, "child").Get(ctx)
		note("signaled the child %v", err != nil)
	}
	if step%5 < 2 {
		note("waited %v", workflow.Sleep(ctx, time.Duration(step%3)*time.Second) != nil)
		cancel()
	}
	out, err := child.Get(ctx)
	note("child %d %v %v", out, err != nil, failure.IsCanceled(err))
	_, err = workflow.SignalExternalWorkflow(ctx, "nobody", "", word, "hello").Get(ctx)
	note("nobody %v", err != nil)
}
