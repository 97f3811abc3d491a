package client

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// Signal sends a signal to an open workflow and returns when it is recorded; whether the workflow receives it
// is up to its code. An empty run id means its latest run. The error is serviceerror.NotFound when no such
// workflow is open.
func Signal[T any](ctx context.Context, c *Client, id, runID string, s workflow.Signal[T], value T) error {
	input, err := converter.Encode(c.options.DataConverter, value)
	if err != nil {
		return fmt.Errorf("value of signal %s: %w", s.Name(), err)
	}
	return c.caller.API(ctx, "SignalWorkflowExecution", &workflowservice.SignalWorkflowExecutionRequest{
		Namespace:         c.options.Namespace,
		WorkflowExecution: execution(id, runID),
		SignalName:        s.Name(),
		Input:             input,
		Identity:          c.options.Identity,
		RequestId:         uuid.NewString(),
	}, &workflowservice.SignalWorkflowExecutionResponse{})
}

// SignalWithStart sends a signal to the open workflow of o.ID, or starts it and sends the signal then, in one
// step. The Run is the one that was signaled. The errors are those of [Start], and
// serviceerror.InvalidArgument for WORKFLOW_ID_CONFLICT_POLICY_FAIL, which makes no sense here.
func SignalWithStart[T, In, Out any](ctx context.Context, c *Client, s workflow.Signal[T], value T, w workflow.Workflow[In, Out], in In, o StartOptions) (Run[Out], error) {
	start, err := c.startRequest(w.Name(), in, o)
	if err != nil {
		return Run[Out]{}, err
	}
	signal, err := converter.Encode(c.options.DataConverter, value)
	if err != nil {
		return Run[Out]{}, fmt.Errorf("value of signal %s: %w", s.Name(), err)
	}
	request := &workflowservice.SignalWithStartWorkflowExecutionRequest{
		Namespace:                start.Namespace,
		WorkflowId:               start.WorkflowId,
		WorkflowType:             start.WorkflowType,
		TaskQueue:                start.TaskQueue,
		Input:                    start.Input,
		WorkflowExecutionTimeout: start.WorkflowExecutionTimeout,
		WorkflowRunTimeout:       start.WorkflowRunTimeout,
		WorkflowTaskTimeout:      start.WorkflowTaskTimeout,
		Identity:                 start.Identity,
		RequestId:                start.RequestId,
		WorkflowIdReusePolicy:    start.WorkflowIdReusePolicy,
		WorkflowIdConflictPolicy: start.WorkflowIdConflictPolicy,
		SignalName:               s.Name(),
		SignalInput:              signal,
		RetryPolicy:              start.RetryPolicy,
		Memo:                     start.Memo,
		SearchAttributes:         start.SearchAttributes,
		CronSchedule:             start.CronSchedule,
		WorkflowStartDelay:       start.WorkflowStartDelay,
		UserMetadata:             start.UserMetadata,
	}
	reply := &workflowservice.SignalWithStartWorkflowExecutionResponse{}
	if err := c.caller.API(ctx, "SignalWithStartWorkflowExecution", request, reply); err != nil {
		return Run[Out]{}, err
	}
	return Run[Out]{c: c, id: start.WorkflowId, runID: reply.GetRunId(), workflowType: w.Name()}, nil
}
