package machine

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// exclusion is what does not come again with a reset. all says that nothing does, not even what became of children: each type
// that can be excluded is, as with Temporal.
type exclusion struct{ signals, updates, all bool }

func excluded(q *workflowservice.ResetWorkflowExecutionRequest) exclusion {
	types := map[enumspb.ResetReapplyExcludeType]bool{enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UNSPECIFIED: true}
	for _, named := range q.ResetReapplyExcludeTypes {
		types[named] = true
	}
	switch q.ResetReapplyType {
	case enumspb.RESET_REAPPLY_TYPE_NONE:
		types[enumspb.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL], types[enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE] = true, true
	case enumspb.RESET_REAPPLY_TYPE_SIGNAL:
		types[enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE] = true
	}
	return exclusion{
		signals: types[enumspb.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL], updates: types[enumspb.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE],
		all: len(types) == len(enumspb.ResetReapplyExcludeType_name),
	}
}

// reapply lets come again what came from outside behind the events that the run begins with: to the chain's first run, and
// to those that it was continued as.
func (t *transaction) reapply(chain []*Run, behind int64, x exclusion) error {
	if x.all {
		return nil
	}
	for i, r := range chain {
		events, err := r.decodedEvents(behind+1, r.lastEvent)
		if err != nil {
			return err
		}
		for _, event := range events {
			t.reapplyEvent(event, x)
			if i == 0 { // others' children are not the new run's, though the numbers of their events may be
				t.reapplyOfChild(event)
			}
		}
		behind = 0
	}
	return nil
}

func (t *transaction) reapplyEvent(event *historypb.HistoryEvent, x exclusion) {
	switch a := event.Attributes.(type) {
	case *historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes:
		if !x.signals {
			s := a.WorkflowExecutionSignaledEventAttributes
			t.append(signaled(s.SignalName, s.Input, s.Header, s.Identity, s.RequestId, event.Links))
		}
	case *historypb.HistoryEvent_WorkflowExecutionUpdateAdmittedEventAttributes:
		if !x.updates {
			t.readmitUpdate(a.WorkflowExecutionUpdateAdmittedEventAttributes.Request)
		}
	case *historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes:
		if !x.updates { // without a request: it was admitted by an event
			t.readmitUpdate(a.WorkflowExecutionUpdateAcceptedEventAttributes.AcceptedRequest)
		}
	case *historypb.HistoryEvent_WorkflowExecutionOptionsUpdatedEventAttributes:
		t.append(&historypb.HistoryEvent{EventType: event.EventType, Attributes: a, Links: event.Links, WorkerMayIgnore: true})
	}
}

func (t *transaction) readmitUpdate(request *updatepb.Request) {
	if request == nil || t.run.updates[request.GetMeta().GetUpdateId()] != nil {
		return
	}
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAdmittedEventAttributes{WorkflowExecutionUpdateAdmittedEventAttributes: &historypb.WorkflowExecutionUpdateAdmittedEventAttributes{
			Request: request, Origin: enumspb.UPDATE_ADMITTED_EVENT_ORIGIN_REAPPLY,
		}},
	})
}

// reapplyOfChild tells the run what became of a child that it still waits for.
func (t *transaction) reapplyOfChild(event *historypb.HistoryEvent) {
	again := &historypb.HistoryEvent{EventType: event.EventType}
	proto.Merge(again, &historypb.HistoryEvent{Attributes: event.Attributes})
	if initiated, started := childEnd(again); started != nil {
		if c := t.run.children[initiated]; c != nil {
			*started = c.StartedEventId
			t.append(again)
		}
		return
	}
	if a := event.GetChildWorkflowExecutionStartedEventAttributes(); a != nil {
		if c := t.run.children[a.InitiatedEventId]; c != nil && c.RunId == "" {
			t.append(again)
		}
	}
	if a := event.GetStartChildWorkflowExecutionFailedEventAttributes(); a != nil && t.run.children[a.InitiatedEventId] != nil {
		t.append(again)
	}
}
