package machine

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

func (t *transaction) signal(q *workflowservice.SignalWorkflowExecutionRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	r, err := t.openRun(q.WorkflowExecution.GetWorkflowId(), q.WorkflowExecution.GetRunId())
	if err != nil {
		return nil, err
	}
	if !r.seen(q.RequestId) {
		if err := t.checkSignal(q.Input); err != nil {
			return nil, err
		}
		t.arrive(signaled(q.SignalName, q.Input, q.Header, q.Identity, q.RequestId, q.Links))
		t.gather = true
	}
	return &workflowservice.SignalWorkflowExecutionResponse{
		Link: t.requestLink(r.runID, q.RequestId, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED),
	}, nil
}

func signaled(name string, input *commonpb.Payloads, header *commonpb.Header, identity, requestID string, links []*commonpb.Link) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, Links: links,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{
			SignalName: name, Input: input, Identity: identity, Header: header, RequestId: requestID,
		}},
	}
}

// seen tells whether a request of that id was carried out on the run; an empty id never was.
func (r *Run) seen(requestID string) bool {
	_, seen := r.requestIDs[requestID]
	return seen && requestID != ""
}

// HasSignal tells whether a request's signal is in the history of the closed run, whose requests' ids are not kept beside it. It may be
// called beside all other methods. ErrBroken.
func (r *Run) HasSignal(requestID string) (bool, error) {
	id := int64(0)
	for _, batch := range r.batches {
		for _, encoded := range batch {
			id++
			if eventType(encoded) != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
				continue
			}
			event, err := r.decode(encoded, id)
			if err != nil {
				return false, brokenBy(err)
			}
			if event.GetWorkflowExecutionSignaledEventAttributes().GetRequestId() == requestID {
				return true, nil
			}
		}
	}
	return false, nil
}

// signalWithStart signals the open run, or begins one with the signal before its first task. Unlike a signal, it ends
// the wait of a first task, as with Temporal.
func (t *transaction) signalWithStart(q *workflowservice.SignalWithStartWorkflowExecutionRequest) (*workflowservice.SignalWithStartWorkflowExecutionResponse, error) {
	conflict := q.WorkflowIdConflictPolicy
	if conflict == enumspb.WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED && q.WorkflowIdReusePolicy != enumspb.WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING {
		conflict = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	}
	if err := t.checkStart(q.Input, q.Memo); err != nil {
		return nil, err
	}
	if err := t.checkInput(q.SignalInput); err != nil {
		return nil, err
	}
	found, err := t.admit(admission{q.RequestId, q.WorkflowIdReusePolicy, conflict, false})
	if err != nil {
		return nil, err
	}
	event := signaled(q.SignalName, q.SignalInput, q.Header, q.Identity, q.RequestId, q.Links)
	if found == nil {
		t.beginRun(q.RequestId, t.startedAttributes(startOf(q)))
		t.append(event)
		t.firstWorkflowTask()
		return t.signaledWithStart(q, t.run.Summary(), true), nil
	}
	if !found.created && !t.run.seen(q.RequestId) {
		if err := t.checkSignal(q.SignalInput); err != nil {
			return nil, err
		}
		t.arrive(event)
		if t.run.inBackoff {
			t.backoffOver()
		}
	}
	return t.signaledWithStart(q, found.Summary, found.created), nil
}

func (t *transaction) signaledWithStart(q *workflowservice.SignalWithStartWorkflowExecutionRequest, run *recordpb.Summary, started bool) *workflowservice.SignalWithStartWorkflowExecutionResponse {
	return &workflowservice.SignalWithStartWorkflowExecutionResponse{
		RunId: run.RunId, FirstExecutionRunId: run.FirstRunId, Started: started,
		SignalLink: t.requestLink(run.RunId, q.RequestId, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED),
	}
}

func startOf(q *workflowservice.SignalWithStartWorkflowExecutionRequest) *workflowservice.StartWorkflowExecutionRequest {
	return &workflowservice.StartWorkflowExecutionRequest{
		Namespace: q.Namespace, WorkflowId: q.WorkflowId, WorkflowType: q.WorkflowType, TaskQueue: q.TaskQueue, Input: q.Input,
		WorkflowExecutionTimeout: q.WorkflowExecutionTimeout, WorkflowRunTimeout: q.WorkflowRunTimeout, WorkflowTaskTimeout: q.WorkflowTaskTimeout,
		Identity: q.Identity, RequestId: q.RequestId, RetryPolicy: q.RetryPolicy, Memo: q.Memo, SearchAttributes: q.SearchAttributes,
		Header: q.Header, WorkflowStartDelay: q.WorkflowStartDelay, CronSchedule: q.CronSchedule, UserMetadata: q.UserMetadata, Priority: q.Priority,
		VersioningOverride: q.VersioningOverride, Links: q.Links,
	}
}
