package machine

import (
	"errors"
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/callpb"
	"github.com/perdure/perdure/api/recordpb"
)

// Call is something that a run asks of another workflow of its namespace, which may be of any shard. What is asked
// follows from the run's events: no list of it is kept that could differ from them. A call is made again
// until it is answered, by every owner of the shard, and has one effect.
type Call struct {
	// RunID is the run that asks.
	RunID string
	// Initiated is the event that the call comes of; 0: the run's end, which its parent is told.
	Initiated int64
	// Request is a message of package callpb.
	Request proto.Message
}

// OwedCalls are the calls that transactions since the last call of this have made due.
func (r *Run) OwedCalls() []*Call {
	if len(r.called) == 0 {
		return nil
	}
	var owed []*Call
	for _, initiated := range r.called {
		if call := r.Call(initiated); call != nil {
			owed = append(owed, call)
		}
	}
	r.called = nil
	return owed
}

// Calls are all calls of the run that have no answer, in order of their events.
func (r *Run) Calls() []*Call {
	var ids []int64
	for id := range r.farewells {
		ids = append(ids, id)
	}
	for id, c := range r.children {
		if c.RunId == "" {
			ids = append(ids, id)
		}
	}
	for id := range r.externals {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	calls := make([]*Call, len(ids))
	for i, id := range ids {
		calls[i] = r.Call(id)
	}
	return calls
}

// OwesCalls tells whether some call has no answer.
func (r *Run) OwesCalls() bool {
	if len(r.farewells)+len(r.externals) > 0 {
		return true
	}
	for _, c := range r.children {
		if c.RunId == "" {
			return true
		}
	}
	return false
}

// Call is the call of an event; nil when it has its answer.
func (r *Run) Call(initiated int64) *Call {
	request := r.farewells[initiated]
	if request == nil {
		request = r.callOfOpen(initiated)
	}
	if request == nil {
		return nil
	}
	return &Call{RunID: r.runID, Initiated: initiated, Request: request}
}

func (r *Run) callOfOpen(initiated int64) proto.Message {
	if c := r.children[initiated]; c != nil && c.RunId == "" {
		return r.startChildRequest(c)
	}
	if event := r.externals[initiated]; event != nil {
		return r.externalRequest(event)
	}
	return nil
}

func (r *Run) caller(initiated int64) *callpb.Caller {
	return &callpb.Caller{Execution: r.execution(), InitiatedEventId: initiated, FormerRunIds: r.reset.GetFormerRunIds()}
}

// Answered notes that a call of a closed run was answered. It is not recorded: the next owner of the shard calls
// again, unless the run is at rest by then.
func (r *Run) Answered(initiated int64) { delete(r.farewells, initiated) }

// Outcome is the request that tells an open run what became of its call. again says that there is
// none yet: the call is to be made once more. A call that would fail the same however often it is made
// (FailsForGood) has failed for no cause that the API has a name for: UNSPECIFIED.
func Outcome(call *Call, reply proto.Message, err error) (outcome *callpb.CallOutcome, again bool) {
	outcome = &callpb.CallOutcome{InitiatedEventId: call.Initiated}
	switch q := call.Request.(type) {
	case *callpb.StartChildRequest:
		outcome.Execution = q.Parent.Execution
		again = startChildOutcome(outcome, reply, err)
	case *callpb.SignalExternalRequest:
		outcome.Execution = q.Caller.Execution
		again = signalOutcome(outcome, err)
	case *callpb.CancelExternalRequest:
		outcome.Execution = q.Caller.Execution
		again = cancelOutcome(outcome, err)
	default: // a farewell
		again = err != nil && !gone(err) && !FailsForGood(err)
	}
	return outcome, again
}

func startChildOutcome(outcome *callpb.CallOutcome, reply proto.Message, err error) (again bool) {
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	failed := enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS
	switch {
	case err == nil:
		outcome.Outcome = &callpb.CallOutcome_ChildRunId{ChildRunId: reply.(*workflowservice.StartWorkflowExecutionResponse).GetRunId()}
		return false
	case noNamespace(err):
		failed = enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_NAMESPACE_NOT_FOUND
	case errors.As(err, &started):
	case FailsForGood(err):
		failed = enumspb.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_UNSPECIFIED
	default:
		return true
	}
	outcome.Outcome = &callpb.CallOutcome_StartFailed{StartFailed: failed}
	return false
}

func signalOutcome(outcome *callpb.CallOutcome, err error) (again bool) {
	var invalid *serviceerror.InvalidArgument
	var failed enumspb.SignalExternalWorkflowExecutionFailedCause
	switch {
	case err == nil:
		outcome.Outcome = &callpb.CallOutcome_Delivered{Delivered: &callpb.Delivered{}}
		return false
	case noNamespace(err):
		failed = enumspb.SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_NAMESPACE_NOT_FOUND
	case gone(err):
		failed = enumspb.SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND
	case errors.As(err, &invalid):
		failed = enumspb.SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_SIGNAL_COUNT_LIMIT_EXCEEDED
	case FailsForGood(err):
	default:
		return true
	}
	outcome.Outcome = &callpb.CallOutcome_SignalFailed{SignalFailed: failed}
	return false
}

func cancelOutcome(outcome *callpb.CallOutcome, err error) (again bool) {
	var failed enumspb.CancelExternalWorkflowExecutionFailedCause
	switch {
	case err == nil:
		outcome.Outcome = &callpb.CallOutcome_Delivered{Delivered: &callpb.Delivered{}}
		return false
	case noNamespace(err):
		failed = enumspb.CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_NAMESPACE_NOT_FOUND
	case gone(err):
		failed = enumspb.CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND
	case FailsForGood(err):
	default:
		return true
	}
	outcome.Outcome = &callpb.CallOutcome_CancelFailed{CancelFailed: failed}
	return false
}

func noNamespace(err error) bool {
	var missing *serviceerror.NamespaceNotFound
	return errors.As(err, &missing)
}

// gone tells that who was called is not there, or no longer.
func gone(err error) bool {
	var missing *serviceerror.NotFound
	return errors.As(err, &missing) || noNamespace(err)
}

// FailsForGood tells that a call which is made again would fail the same: it is refused for what it asks, or whoever
// is called cannot be read or decided about. What else goes wrong passes, as far as the caller can tell.
func FailsForGood(err error) bool {
	switch serviceerror.ToStatus(err).Code() {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.PermissionDenied, codes.Unimplemented, codes.Internal, codes.DataLoss:
		return true
	}
	return false
}

func (t *transaction) decideCall(request proto.Message) (reply proto.Message, handled bool, err error) {
	switch q := request.(type) {
	case *callpb.StartChildRequest:
		reply, err = t.startChild(q)
	case *callpb.ChildClosedRequest:
		reply, err = t.childClosed(q)
	case *callpb.ParentClosedRequest:
		reply, err = t.parentClosed(q)
	case *callpb.SignalExternalRequest:
		reply, err = t.signaledExternally(q)
	case *callpb.CancelExternalRequest:
		reply, err = t.canceledExternally(q)
	case *callpb.CallOutcome:
		reply, err = t.callOutcome(q)
	default:
		return nil, false, nil
	}
	return reply, true, err
}

// applyCallEvent is told of the events by which the run calls other workflows, and of those that tell what came of it.
func (r *Run) applyCallEvent(event *historypb.HistoryEvent) {
	if initiated, started := childEnd(event); started != nil {
		delete(r.children, initiated)
		return
	}
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes:
		r.addChild(&recordpb.Child{InitiatedEventId: event.EventId}, event)
		r.called = append(r.called, event.EventId)
	case *historypb.HistoryEvent_StartChildWorkflowExecutionFailedEventAttributes:
		delete(r.children, a.StartChildWorkflowExecutionFailedEventAttributes.InitiatedEventId)
	case *historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes:
		r.applyChildStarted(event, a.ChildWorkflowExecutionStartedEventAttributes)
	case *historypb.HistoryEvent_SignalExternalWorkflowExecutionInitiatedEventAttributes, *historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionInitiatedEventAttributes:
		r.addExternal(event)
		r.called = append(r.called, event.EventId)
	case *historypb.HistoryEvent_ExternalWorkflowExecutionSignaledEventAttributes:
		delete(r.externals, a.ExternalWorkflowExecutionSignaledEventAttributes.InitiatedEventId)
	case *historypb.HistoryEvent_SignalExternalWorkflowExecutionFailedEventAttributes:
		delete(r.externals, a.SignalExternalWorkflowExecutionFailedEventAttributes.InitiatedEventId)
	case *historypb.HistoryEvent_ExternalWorkflowExecutionCancelRequestedEventAttributes:
		delete(r.externals, a.ExternalWorkflowExecutionCancelRequestedEventAttributes.InitiatedEventId)
	case *historypb.HistoryEvent_RequestCancelExternalWorkflowExecutionFailedEventAttributes:
		delete(r.externals, a.RequestCancelExternalWorkflowExecutionFailedEventAttributes.InitiatedEventId)
	}
}

// callOutcome records what became of a call of the open run. One that is answered already changes nothing.
func (t *transaction) callOutcome(q *callpb.CallOutcome) (*callpb.CallOutcomeResponse, error) {
	r := t.run
	if r == nil || r.runID != q.Execution.GetRunId() || !r.Open() {
		return nil, stale("recording what became of a call to another workflow")
	}
	if c := r.children[q.InitiatedEventId]; c != nil && c.RunId == "" {
		t.childOutcome(c, q)
	} else if event := r.externals[q.InitiatedEventId]; event != nil {
		t.externalOutcome(event, q)
	}
	return &callpb.CallOutcomeResponse{}, nil
}

// foreignNamespace is what is wrong with a command that names another namespace than the workflow's, in Temporal's
// words; "" for nothing.
func (c *commandCheck) foreignNamespace(named string) string {
	if named == "" || named == c.namespace {
		return ""
	}
	return "cross namespace commands are not allowed"
}

// notTheChild is the answer to a parent about a workflow that is not its child.
func notTheChild(workflowID string) error {
	return serviceerror.NewNotFound(fmt.Sprintf("workflow %q is not a child of the workflow that asks", workflowID))
}
