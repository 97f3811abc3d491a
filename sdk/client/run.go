package client

import (
	"cmp"
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// Run is one run of a workflow that returns an Out.
type Run[Out any] struct {
	c            *Client
	id, runID    string
	workflowType string // empty if not known
}

// GetRun is a run that was started before. An empty run id means the workflow's latest run.
func GetRun[Out any](c *Client, id, runID string) Run[Out] {
	return Run[Out]{c: c, id: id, runID: runID}
}

// ID is the workflow id.
func (r Run[Out]) ID() string { return r.id }

// RunID is the id of the run as it was started; retries and continue-as-new have others.
func (r Run[Out]) RunID() string { return r.runID }

// Result waits until the workflow is closed and returns its output. Where a run goes on in another,
// by continue-as-new, retry or cron, it waits for that.
//
// A workflow that did not complete is a *failure.WorkflowExecutionError, whose cause says why: a
// *failure.ApplicationError, TimeoutError, CanceledError or TerminatedError. Result waits as long as
// ctx lasts, also while the service cannot be reached; the end of ctx does not end the workflow. The error is
// serviceerror.NotFound when there is no such run, or its retention is over.
func (r Run[Out]) Result(ctx context.Context) (Out, error) {
	var out Out
	workflowType := r.workflowType
	for runID := r.runID; ; {
		event, err := r.c.closeEvent(ctx, r.id, runID)
		if err != nil {
			return out, err
		}
		end := endOf(r.c.options.DataConverter, event)
		if end.next != "" {
			runID, workflowType = end.next, cmp.Or(end.nextType, workflowType)
			continue
		}
		if end.err != nil {
			if workflowType == "" {
				workflowType = r.c.typeOf(ctx, r.id, runID)
			}
			return out, failure.NewWorkflowExecutionError(r.id, runID, workflowType, end.err)
		}
		if err := converter.Decode(r.c.options.DataConverter, end.result, &out); err != nil {
			return out, fmt.Errorf("output of workflow %s: %w; the declaration must have the workflow's own output type", r.id, err)
		}
		return out, nil
	}
}

// closeEvent waits for the last event of a run.
func (c *Client) closeEvent(ctx context.Context, id, runID string) (*historypb.HistoryEvent, error) {
	request := &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace:              c.options.Namespace,
		Execution:              execution(id, runID),
		WaitNewEvent:           true,
		HistoryEventFilterType: enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
		SkipArchival:           true,
	}
	for {
		reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
		if err := c.caller.Poll(ctx, "GetWorkflowExecutionHistory", request, reply); err != nil {
			return nil, err
		}
		if events := reply.GetHistory().GetEvents(); len(events) > 0 {
			return events[len(events)-1], nil
		}
		if len(reply.GetNextPageToken()) == 0 {
			return nil, fmt.Errorf("result of workflow %s: the service ended the history without its last event", id)
		}
		request.NextPageToken = reply.NextPageToken
	}
}

// end is how a run ended: it goes on in the run next, of another type if nextType is
// set, or it has a result or an error.
type end struct {
	result         *commonpb.Payloads
	next, nextType string
	err            error
}

func endOf(dc converter.DataConverter, event *historypb.HistoryEvent) end {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		a := event.GetWorkflowExecutionCompletedEventAttributes()
		return end{result: a.GetResult(), next: a.GetNewExecutionRunId()}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		a := event.GetWorkflowExecutionContinuedAsNewEventAttributes()
		return end{next: a.GetNewExecutionRunId(), nextType: a.GetWorkflowType().GetName()}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		a := event.GetWorkflowExecutionFailedEventAttributes()
		return end{err: failure.ToError(dc, a.GetFailure()), next: a.GetNewExecutionRunId()}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
		return end{err: failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil),
			next: event.GetWorkflowExecutionTimedOutEventAttributes().GetNewExecutionRunId()}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		details := event.GetWorkflowExecutionCanceledEventAttributes().GetDetails()
		return end{err: failure.ToError(dc, &failurepb.Failure{Message: "canceled", FailureInfo: &failurepb.Failure_CanceledFailureInfo{
			CanceledFailureInfo: &failurepb.CanceledFailureInfo{Details: details}}})}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		return end{err: failure.NewTerminatedError(event.GetWorkflowExecutionTerminatedEventAttributes().GetReason())}
	}
	return end{err: fmt.Errorf("a run cannot end with a %s event", event.GetEventType())}
}

// typeOf is the workflow's type, for an error's text; empty if it cannot be told.
func (c *Client) typeOf(ctx context.Context, id, runID string) string {
	description, err := c.Describe(ctx, id, runID)
	if err != nil {
		return ""
	}
	return description.GetWorkflowExecutionInfo().GetType().GetName()
}

func execution(id, runID string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: id, RunId: runID}
}
