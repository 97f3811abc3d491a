package engine

import (
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	updatepb "go.temporal.io/api/update/v1"
)

// arrivals are the updates that a task brings, in their order. Each has its place among the task's events.
type arrivals []*Update

// arrivals are those of a task: that its messages ask for, and behind them those that the history has admitted; or, where
// the task was answered, those that the answer has accepted.
func (e *Env) arrivals(t turn, answer *settlement, messages []*protocolpb.Message) (arrivals, error) {
	admitted := e.admit(t.events)
	if answer != nil {
		return e.accepted(answer)
	}
	var all arrivals
	for _, m := range messages {
		if !m.GetBody().MessageIs((*updatepb.Request)(nil)) {
			continue // of a protocol that is not ours
		}
		request := &updatepb.Request{}
		if err := m.Body.UnmarshalTo(request); err != nil {
			return nil, unhandled("the workflow task has an update that cannot be read: "+err.Error(), "")
		}
		all = append(all, &Update{env: e, request: request, messageID: m.GetId(), sequencing: m.GetEventId()})
	}
	return append(all, admitted...), nil
}

// admit takes the requests that are among a task's events: a reset has brought them from another run.
func (e *Env) admit(events []*historypb.HistoryEvent) arrivals {
	var all arrivals
	for _, event := range events {
		request := event.GetWorkflowExecutionUpdateAdmittedEventAttributes().GetRequest()
		if request == nil {
			continue
		}
		u := &Update{env: e, request: request, messageID: request.GetMeta().GetUpdateId() + "/request", sequencing: event.GetEventId()}
		if e.updates.admitted == nil {
			e.updates.admitted = map[string]*Update{}
		}
		e.updates.admitted[u.ID()] = u
		all = append(all, u)
	}
	return all
}

// accepted are the updates that an answer has accepted.
func (e *Env) accepted(answer *settlement) (arrivals, error) {
	var all arrivals
	for _, event := range answer.commands {
		a := event.GetWorkflowExecutionUpdateAcceptedEventAttributes()
		if a == nil {
			continue
		}
		id := a.GetProtocolInstanceId()
		u := e.updates.admitted[id]
		delete(e.updates.admitted, id)
		if u == nil {
			if a.GetAcceptedRequest() == nil {
				return nil, damaged(event, "the update that it accepts was not admitted before, and its request is absent")
			}
			u = &Update{env: e, request: a.GetAcceptedRequest(), messageID: a.GetAcceptedRequestMessageId(), sequencing: a.GetAcceptedRequestSequencingEventId()}
		}
		all = append(all, u)
	}
	return all, nil
}

// upTo takes those out that come behind an event at the latest.
func (a *arrivals) upTo(eventID int64) arrivals {
	var out, rest arrivals
	for _, u := range *a {
		if u.sequencing <= eventID {
			out = append(out, u)
		} else {
			rest = append(rest, u)
		}
	}
	*a = rest
	return out
}
