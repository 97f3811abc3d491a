package client

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// Signal sends a signal to an open workflow and returns when it is recorded; whether the workflow receives it
// is up to its code. An empty run id means its latest run. The error is serviceerror.NotFound when no such
// workflow is open.
func Signal[T any](ctx context.Context, c *Client, id, runID string, s workflow.Signal[T], value T) error {
	return c.outbound.SignalWorkflow(ctx, &SignalWorkflowInput{
		WorkflowID: id, RunID: runID, SignalName: s.Name(), Input: value, Header: map[string]*commonpb.Payload{},
	})
}

func (o outbound) SignalWorkflow(ctx context.Context, in *SignalWorkflowInput) error {
	options := o.c.options
	input, err := converter.Encode(options.DataConverter, in.Input)
	if err != nil {
		return fmt.Errorf("value of signal %s: %w", in.SignalName, err)
	}
	return o.c.caller.API(ctx, "SignalWorkflowExecution", &workflowservice.SignalWorkflowExecutionRequest{
		Namespace:         options.Namespace,
		WorkflowExecution: execution(in.WorkflowID, in.RunID),
		SignalName:        in.SignalName,
		Input:             input,
		Identity:          options.Identity,
		RequestId:         uuid.NewString(),
		Header:            header(in.Header),
	}, &workflowservice.SignalWorkflowExecutionResponse{})
}

// SignalWithStart sends a signal to the open workflow of o.ID, or starts it and sends the signal then, in one
// step. The Run is the one that was signaled. The errors are those of [Start], and
// serviceerror.InvalidArgument for WORKFLOW_ID_CONFLICT_POLICY_FAIL, which makes no sense here.
func SignalWithStart[T, In, Out any](ctx context.Context, c *Client, s workflow.Signal[T], value T, w workflow.Workflow[In, Out], in In, o StartOptions) (Run[Out], error) {
	started, err := c.outbound.SignalWithStartWorkflow(ctx, &SignalWithStartWorkflowInput{
		SignalName: s.Name(), SignalInput: value, WorkflowType: w.Name(), WorkflowInput: in, Options: &o,
		Header: map[string]*commonpb.Payload{},
	})
	if err != nil {
		return Run[Out]{}, err
	}
	return Run[Out]{c: c, id: started.GetWorkflowId(), runID: started.GetRunId(), workflowType: w.Name()}, nil
}

func (o outbound) SignalWithStartWorkflow(ctx context.Context, in *SignalWithStartWorkflowInput) (*commonpb.WorkflowExecution, error) {
	start, err := o.c.startRequest(in.WorkflowType, in.WorkflowInput, *in.Options)
	if err != nil {
		return nil, err
	}
	signal, err := converter.Encode(o.c.options.DataConverter, in.SignalInput)
	if err != nil {
		return nil, fmt.Errorf("value of signal %s: %w", in.SignalName, err)
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
		SignalName:               in.SignalName,
		SignalInput:              signal,
		RetryPolicy:              start.RetryPolicy,
		Memo:                     start.Memo,
		SearchAttributes:         start.SearchAttributes,
		CronSchedule:             start.CronSchedule,
		WorkflowStartDelay:       start.WorkflowStartDelay,
		UserMetadata:             start.UserMetadata,
		Header:                   header(in.Header),
	}
	reply := &workflowservice.SignalWithStartWorkflowExecutionResponse{}
	if err := o.c.caller.API(ctx, "SignalWithStartWorkflowExecution", request, reply); err != nil {
		return nil, err
	}
	return execution(start.WorkflowId, reply.GetRunId()), nil
}
