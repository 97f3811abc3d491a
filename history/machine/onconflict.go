package machine

import (
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/recordpb"
)

// mostSummarized is how many attached request ids a run is known by once it is only its summary: the latest.
const mostSummarized = 16

// replyWithFound answers a start with the run that it came upon, to which it is attached as its options say. Its request
// id then stands for it as the one that began the run does: repeated, the start changes nothing.
func (t *transaction) replyWithFound(q *workflowservice.StartWorkflowExecutionRequest, found *foundRun) *workflowservice.StartWorkflowExecutionResponse {
	reply := &workflowservice.StartWorkflowExecutionResponse{
		RunId: found.RunId, FirstExecutionRunId: found.FirstRunId, Started: found.created, Status: found.Status,
		Link: t.startLink(found.RunId), EagerWorkflowTask: t.eagerAgain(q),
	}
	attachable := !found.created && !found.attached && q.OnConflictOptions != nil
	if attachable {
		t.attach(q)
	}
	if found.attached || attachable && q.OnConflictOptions.AttachRequestId {
		reply.Link = t.requestLink(found.RunId, q.RequestId, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED)
	}
	return reply
}

func (t *transaction) attach(q *workflowservice.StartWorkflowExecutionRequest) {
	a, links := &historypb.WorkflowExecutionOptionsUpdatedEventAttributes{}, []*commonpb.Link(nil)
	if q.OnConflictOptions.AttachRequestId {
		a.AttachedRequestId = q.RequestId
	}
	if q.OnConflictOptions.AttachLinks {
		links = q.Links
	}
	t.optionsUpdated(a, links)
}

// optionsUpdated tells the run that something about it has changed which its code need not know: it is given no task for it.
func (t *transaction) optionsUpdated(a *historypb.WorkflowExecutionOptionsUpdatedEventAttributes, links []*commonpb.Link) {
	event := &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED, WorkerMayIgnore: true, Links: links,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionOptionsUpdatedEventAttributes{WorkflowExecutionOptionsUpdatedEventAttributes: a},
	}
	if t.run.taskStarted != nil || len(t.run.buffered) > 0 {
		t.arrive(event)
		return
	}
	t.append(event)
}

// applyAttached notes the request that an event attaches: when it is buffered, and again when it has an id.
func (r *Run) applyAttached(event *historypb.HistoryEvent, a *historypb.WorkflowExecutionOptionsUpdatedEventAttributes) {
	if a.AttachedRequestId == "" {
		return
	}
	for _, known := range r.attached {
		if known.RequestId == a.AttachedRequestId {
			known.EventId = event.EventId
			return
		}
	}
	r.attached = append(r.attached, &recordpb.AttachedRequest{RequestId: a.AttachedRequestId, EventId: event.EventId})
}

// attachedIDs are the ids of the latest requests that were attached.
func (r *Run) attachedIDs() []string {
	var ids []string
	for _, request := range r.attached[max(0, len(r.attached)-mostSummarized):] {
		ids = append(ids, request.RequestId)
	}
	return ids
}

// wasAttached tells whether a start of that id was attached to the latest run: of one that is at rest, whether it was among the latest.
func (t *transaction) wasAttached(run *recordpb.Summary, requestID string) bool {
	if requestID == "" || t.run == nil {
		return requestID != "" && slices.Contains(run.AttachedRequestIds, requestID)
	}
	return slices.ContainsFunc(t.run.attached, func(known *recordpb.AttachedRequest) bool { return known.RequestId == requestID })
}
