package machine

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/callpb"
)

// Signals and requests to cancel that go from one workflow to another.

// ownIdentity is who does what the service does by itself.
const ownIdentity = "history-service"

func (c *commandCheck) signalExternal(a *commandpb.SignalExternalWorkflowExecutionCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES
	id, runID := a.GetExecution().GetWorkflowId(), a.GetExecution().GetRunId()
	foreign := c.foreignNamespace(a.GetNamespace())
	switch {
	case a == nil:
		return badCommand(cause, "SignalExternalWorkflowExecutionCommandAttributes is not set on SignalExternalWorkflowExecutionCommand.")
	case a.Execution == nil:
		return badCommand(cause, "Execution is not set on SignalExternalWorkflowExecutionCommand.")
	case foreign != "":
		return badCommand(cause, "%s", foreign)
	case id == "":
		return badCommand(cause, "WorkflowId is not set on SignalExternalWorkflowExecutionCommand. Namespace=%s RunId=%s SignalName=%s", a.Namespace, runID, a.SignalName)
	case tooLong(id), tooLong(a.SignalName):
		return badCommand(cause, "WorkflowId or SignalName on SignalExternalWorkflowExecutionCommand exceeds length limit.")
	case runID != "" && !api.IsRunID(runID):
		return badCommand(cause, "Invalid RunId set on SignalExternalWorkflowExecutionCommand. WorkflowId=%s Namespace=%s RunId=%s SignalName=%s", id, a.Namespace, runID, a.SignalName)
	case a.SignalName == "":
		return badCommand(cause, "SignalName is not set on SignalExternalWorkflowExecutionCommand. WorkflowId=%s Namespace=%s RunId=%s", id, a.Namespace, runID)
	}
	return nil
}

// cancelExternal refuses to cancel a child that these commands start: its start would come behind the request.
func (c *commandCheck) cancelExternal(a *commandpb.RequestCancelExternalWorkflowExecutionCommandAttributes) *commandProblem {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES
	id, runID := a.GetWorkflowId(), a.GetRunId()
	foreign := c.foreignNamespace(a.GetNamespace())
	switch {
	case a == nil:
		return badCommand(cause, "RequestCancelExternalWorkflowExecutionCommandAttributes is not set on RequestCancelExternalWorkflowExecutionCommand.")
	case foreign != "":
		return badCommand(cause, "%s", foreign)
	case id == "":
		return badCommand(cause, "WorkflowId is not set on RequestCancelExternalWorkflowExecutionCommand. Namespace=%s RunId=%s", a.Namespace, runID)
	case tooLong(id):
		return badCommand(cause, "WorkflowId on RequestCancelExternalWorkflowExecutionCommand exceeds length limit.")
	case runID != "" && !api.IsRunID(runID):
		return badCommand(cause, "Invalid RunId set on RequestCancelExternalWorkflowExecutionCommand. WorkflowId=%s RunId=%s Namespace=%s", id, runID, a.Namespace)
	case c.children[id]:
		return badCommand(cause, "Start and RequestCancel for child workflow is not allowed in same workflow task. WorkflowId=%s RunId=%s Namespace=%s", id, runID, a.Namespace)
	}
	return nil
}

func (t *transaction) signalExternalWorkflow(command *commandpb.Command, completedID int64) {
	a := command.GetSignalExternalWorkflowExecutionCommandAttributes()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes{SignalExternalWorkflowExecutionInitiatedEventAttributes: &historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes{
			WorkflowTaskCompletedEventId: completedID, Namespace: t.in.Namespace, WorkflowExecution: a.Execution, SignalName: a.SignalName,
			Input: a.Input, Control: a.Control, ChildWorkflowOnly: a.ChildWorkflowOnly, Header: a.Header,
		}},
	})
}

func (t *transaction) cancelExternalWorkflow(command *commandpb.Command, completedID int64) {
	a := command.GetRequestCancelExternalWorkflowExecutionCommandAttributes()
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, UserMetadata: command.UserMetadata,
		Attributes: &historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{RequestCancelExternalWorkflowExecutionInitiatedEventAttributes: &historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes{
			WorkflowTaskCompletedEventId: completedID, Namespace: t.in.Namespace, WorkflowExecution: executionOf(a.WorkflowId, a.RunId),
			Control: a.Control, ChildWorkflowOnly: a.ChildWorkflowOnly, Reason: a.Reason,
		}},
	})
}

func (r *Run) addExternal(event *historypb.HistoryEvent) {
	if r.externals == nil {
		r.externals = map[int64]*historypb.HistoryEvent{}
	}
	r.externals[event.EventId] = event
}

func (r *Run) externalRequest(event *historypb.HistoryEvent) proto.Message {
	if a := event.GetSignalExternalWorkflowExecutionInitiatedEventAttributes(); a != nil {
		return &callpb.SignalExternalRequest{Execution: a.WorkflowExecution, Caller: r.caller(event.EventId), Attributes: a}
	}
	a := event.GetRequestCancelExternalWorkflowExecutionInitiatedEventAttributes()
	return &callpb.CancelExternalRequest{Execution: a.GetWorkflowExecution(), Caller: r.caller(event.EventId), Attributes: a}
}

// externalOutcome records whether the other workflow has got what was sent to it.
func (t *transaction) externalOutcome(initiated *historypb.HistoryEvent, q *callpb.CallOutcome) {
	if a := initiated.GetSignalExternalWorkflowExecutionInitiatedEventAttributes(); a != nil {
		t.arrive(signalOutcomeEvent(initiated.EventId, a, q))
		return
	}
	t.arrive(cancelOutcomeEvent(initiated.EventId, initiated.GetRequestCancelExternalWorkflowExecutionInitiatedEventAttributes(), q))
}

func signalOutcomeEvent(id int64, a *historypb.SignalExternalWorkflowExecutionInitiatedEventAttributes, q *callpb.CallOutcome) *historypb.HistoryEvent {
	if _, delivered := q.Outcome.(*callpb.CallOutcome_Delivered); delivered {
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED,
			Attributes: &historypb.HistoryEvent_ExternalWorkflowExecutionSignaledEventAttributes{ExternalWorkflowExecutionSignaledEventAttributes: &historypb.ExternalWorkflowExecutionSignaledEventAttributes{
				InitiatedEventId: id, Namespace: a.Namespace, WorkflowExecution: a.WorkflowExecution, Control: a.Control,
			}},
		}
	}
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
		Attributes: &historypb.HistoryEvent_SignalExternalWorkflowExecutionFailedEventAttributes{SignalExternalWorkflowExecutionFailedEventAttributes: &historypb.SignalExternalWorkflowExecutionFailedEventAttributes{
			InitiatedEventId: id, Namespace: a.Namespace, WorkflowExecution: a.WorkflowExecution, Control: a.Control, Cause: q.GetSignalFailed(),
		}},
	}
}

func cancelOutcomeEvent(id int64, a *historypb.RequestCancelExternalWorkflowExecutionInitiatedEventAttributes, q *callpb.CallOutcome) *historypb.HistoryEvent {
	if _, delivered := q.Outcome.(*callpb.CallOutcome_Delivered); delivered {
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
			Attributes: &historypb.HistoryEvent_ExternalWorkflowExecutionCancelRequestedEventAttributes{ExternalWorkflowExecutionCancelRequestedEventAttributes: &historypb.ExternalWorkflowExecutionCancelRequestedEventAttributes{
				InitiatedEventId: id, Namespace: a.Namespace, WorkflowExecution: a.WorkflowExecution,
			}},
		}
	}
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
		Attributes: &historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionFailedEventAttributes{RequestCancelExternalWorkflowExecutionFailedEventAttributes: &historypb.RequestCancelExternalWorkflowExecutionFailedEventAttributes{
			InitiatedEventId: id, Namespace: a.Namespace, WorkflowExecution: a.WorkflowExecution, Cause: q.GetCancelFailed(),
		}},
	}
}

// CallRequestID is the request id of a call: the same each time that it is made.
func CallRequestID(c *callpb.Caller) string {
	return fmt.Sprintf("%s:%d", c.GetExecution().GetRunId(), c.GetInitiatedEventId())
}

// calledRun is the open run that another workflow's call names. A workflow does not find itself, as with Temporal.
func (t *transaction) calledRun(caller *callpb.Caller, workflowID, runID string, childOnly bool) (*Run, error) {
	if caller.GetExecution().GetWorkflowId() == workflowID {
		return nil, UnknownWorkflow(workflowID)
	}
	r, err := t.openRun(workflowID, runID)
	if err == nil && childOnly && !r.hasParent(caller) {
		err = notTheChild(workflowID)
	}
	return r, err
}

// signaledExternally is a signal that another workflow has sent.
func (t *transaction) signaledExternally(q *callpb.SignalExternalRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	a, id := q.Attributes, CallRequestID(q.Caller)
	r, err := t.calledRun(q.Caller, q.Execution.GetWorkflowId(), q.Execution.GetRunId(), a.GetChildWorkflowOnly())
	if err != nil {
		return nil, err
	}
	if !r.seen(id) {
		if err := t.checkSignal(a.Input); err != nil {
			return nil, err
		}
		event := signaled(a.SignalName, a.Input, a.Header, ownIdentity, id, nil)
		event.GetWorkflowExecutionSignaledEventAttributes().ExternalWorkflowExecution = q.Caller.Execution
		t.arrive(event)
		t.gather = true
	}
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

// canceledExternally is a request to cancel that another workflow has sent. A closed workflow has nothing to end.
func (t *transaction) canceledExternally(q *callpb.CancelExternalRequest) (*workflowservice.RequestCancelWorkflowExecutionResponse, error) {
	reply := &workflowservice.RequestCancelWorkflowExecutionResponse{}
	id, runID := q.Execution.GetWorkflowId(), q.Execution.GetRunId()
	if q.Caller.GetExecution().GetWorkflowId() != id && t.closed(runID) {
		return reply, nil
	}
	if _, err := t.calledRun(q.Caller, id, runID, q.Attributes.GetChildWorkflowOnly()); err != nil {
		return nil, err
	}
	t.cancelOnce(&historypb.WorkflowExecutionCancelRequestedEventAttributes{
		Cause: q.Attributes.GetReason(), Identity: ownIdentity,
		ExternalInitiatedEventId: q.Caller.InitiatedEventId, ExternalWorkflowExecution: q.Caller.Execution,
	}, nil)
	return reply, nil
}
