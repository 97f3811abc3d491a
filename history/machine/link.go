package machine

import (
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

// startLink points at the first event of a run of the workflow.
func (t *transaction) startLink(runID string) *commonpb.Link {
	link := t.runLink(runID)
	link.Reference = &commonpb.Link_WorkflowEvent_EventRef{EventRef: &commonpb.Link_WorkflowEvent_EventReference{
		EventId: 1, EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
	}}
	return &commonpb.Link{Variant: &commonpb.Link_WorkflowEvent_{WorkflowEvent: link}}
}

// requestLink points at the event that a request makes, whose id may not be known yet.
func (t *transaction) requestLink(runID, requestID string, kind enumspb.EventType) *commonpb.Link {
	link := t.runLink(runID)
	link.Reference = &commonpb.Link_WorkflowEvent_RequestIdRef{RequestIdRef: &commonpb.Link_WorkflowEvent_RequestIdReference{
		RequestId: requestID, EventType: kind,
	}}
	return &commonpb.Link{Variant: &commonpb.Link_WorkflowEvent_{WorkflowEvent: link}}
}

func (t *transaction) runLink(runID string) *commonpb.Link_WorkflowEvent {
	return &commonpb.Link_WorkflowEvent{Namespace: t.in.Namespace, WorkflowId: t.workflow.ID, RunId: runID}
}
