package render

import (
	historypb "go.temporal.io/api/history/v1"
	updatepb "go.temporal.io/api/update/v1"
)

// update tells of updates, by their names and ids.
func (r *Events) update(e *historypb.HistoryEvent) (string, bool) {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionUpdateAdmittedEventAttributes:
		u := a.WorkflowExecutionUpdateAdmittedEventAttributes
		return r.asked(e.GetEventId(), u.GetRequest()) + ", " + u.GetOrigin().String(), true
	case *historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes:
		u := a.WorkflowExecutionUpdateAcceptedEventAttributes
		if u.GetAcceptedRequest() == nil { // its UpdateAdmitted event has that
			r.updates[e.GetEventId()] = OneLine(u.GetProtocolInstanceId())
			return r.updates[e.GetEventId()], true
		}
		return r.asked(e.GetEventId(), u.GetAcceptedRequest()), true
	case *historypb.HistoryEvent_WorkflowExecutionUpdateCompletedEventAttributes:
		u := a.WorkflowExecutionUpdateCompletedEventAttributes
		text := r.updates[u.GetAcceptedEventId()]
		switch outcome := u.GetOutcome().GetValue().(type) {
		case *updatepb.Outcome_Success:
			text += after(" = ", Payloads(outcome.Success))
		case *updatepb.Outcome_Failure:
			text += after(": ", Failure(outcome.Failure))
		}
		return text, true
	}
	return "", false
}

// asked is what an update asks for, and its id.
func (r *Events) asked(event int64, request *updatepb.Request) string {
	name, id := request.GetInput().GetName(), request.GetMeta().GetUpdateId()
	r.updates[event] = OneLine(name)
	return call(name, Payloads(request.GetInput().GetArgs())) + after(" as ", OneLine(id))
}
