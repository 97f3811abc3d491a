package engine

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/failure"
)

// childEnd is what the event says that closes a child.
type childEnd struct {
	failure.ChildWorkflowInfo
	result *commonpb.Payloads
	cause  error // nil if the child has completed
}

// closing is what all of those events have.
type closing interface {
	GetNamespace() string
	GetWorkflowExecution() *commonpb.WorkflowExecution
	GetWorkflowType() *commonpb.WorkflowType
	GetInitiatedEventId() int64
	GetStartedEventId() int64
}

func (e *Env) childEnd(event *historypb.HistoryEvent) childEnd {
	const final = enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:
		a := event.GetChildWorkflowExecutionCompletedEventAttributes()
		return childEnd{ChildWorkflowInfo: infoOf(a, 0), result: a.GetResult()}
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED:
		a := event.GetChildWorkflowExecutionFailedEventAttributes()
		return childEnd{ChildWorkflowInfo: infoOf(a, a.GetRetryState()), cause: e.failureOr(a.GetFailure(), "the child workflow failed")}
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED:
		a := event.GetChildWorkflowExecutionCanceledEventAttributes()
		return childEnd{ChildWorkflowInfo: infoOf(a, final), cause: failure.CanceledWith(e.opts.DataConverter, a.GetDetails())}
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
		a := event.GetChildWorkflowExecutionTimedOutEventAttributes()
		return childEnd{ChildWorkflowInfo: infoOf(a, a.GetRetryState()), cause: failure.NewTimeoutErrorWithMessage("Child workflow timeout", enumspb.TIMEOUT_TYPE_START_TO_CLOSE)}
	default: // terminated
		a := event.GetChildWorkflowExecutionTerminatedEventAttributes()
		return childEnd{ChildWorkflowInfo: infoOf(a, final), cause: failure.NewTerminatedError("")}
	}
}

func infoOf(a closing, retry enumspb.RetryState) failure.ChildWorkflowInfo {
	return failure.ChildWorkflowInfo{
		Namespace: a.GetNamespace(), WorkflowID: a.GetWorkflowExecution().GetWorkflowId(), RunID: a.GetWorkflowExecution().GetRunId(),
		WorkflowType: a.GetWorkflowType().GetName(), InitiatedEventID: a.GetInitiatedEventId(), StartedEventID: a.GetStartedEventId(), RetryState: retry,
	}
}
