package machine

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/perdure/perdure/api/recordpb"
)

// How updates go to a worker and what it answers: messages in a workflow task, and in its completion.

// messageRoom is about what a message takes beside the update that is in it, and a task beside its history and its messages.
const messageRoom = 1 << 10

// updateMessages are the updates that a workflow task takes along, in the order in which they were admitted, and about how
// many bytes they have. A task that is tried again takes them along again. Those for which a reply has no room beside a
// page of history go with the next task; the first one goes in any case.
func (t *transaction) updateMessages(startedID int64) (messages []*protocolpb.Message, size int) {
	room := t.in.MaxReply - pageBytes
	for i, u := range t.run.asked {
		more := proto.Size(u.request) + messageRoom
		if t.in.MaxReply > 0 && i > 0 && size+more > room {
			for _, waits := range t.run.asked[i:] {
				waits.sent = false
			}
			break
		}
		size += more
		body, err := anypb.New(u.request)
		if err != nil && t.broken == nil {
			t.broken = fmt.Errorf("encoding update %s: %w", u.id(), err)
		}
		u.sent = true
		messages = append(messages, &protocolpb.Message{
			Id: u.id() + "/request", ProtocolInstanceId: u.id(), Body: body,
			SequencingId: &protocolpb.Message_EventId{EventId: startedID - 1},
		})
	}
	return messages, size
}

// messageCheck knows what the messages of a completion so far would have made of the updates.
type messageCheck struct {
	run *Run
	// byID are the messages that no command has named yet.
	byID map[string]*protocolpb.Message
	// accepted and ended are the updates that these messages accept, and complete or reject.
	accepted, ended map[string]bool
}

func newMessageCheck(r *Run, messages []*protocolpb.Message) *messageCheck {
	if len(messages) == 0 { // most completions
		return &messageCheck{run: r}
	}
	c := &messageCheck{run: r, byID: map[string]*protocolpb.Message{}, accepted: map[string]bool{}, ended: map[string]bool{}}
	for _, m := range messages {
		c.byID[m.GetId()] = m
	}
	return c
}

// protocolMessage checks a command whose place among the others is that of a message. events is how many it writes.
func (c *messageCheck) protocolMessage(a *commandpb.ProtocolMessageCommandAttributes) (events int64, problem *commandProblem) {
	const cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE
	if a == nil {
		return 0, badCommand(cause, "ProtocolMessageCommandAttributes is not set on ProtocolMessageCommand.")
	}
	if a.MessageId == "" {
		return 0, badCommand(cause, "MessageID is not set on ProtocolMessageCommand.")
	}
	m := c.byID[a.MessageId]
	if m == nil {
		return 0, badCommand(cause, "ProtocolMessageCommand referenced absent message ID %s", a.MessageId)
	}
	delete(c.byID, a.MessageId)
	if !m.GetBody().MessageIs((*updatepb.Rejection)(nil)) {
		events = 1
	}
	return events, c.message(m)
}

// rest checks the messages that no command names: they come behind all commands.
func (c *messageCheck) rest(messages []*protocolpb.Message) *commandProblem {
	for _, m := range messages {
		if c.byID[m.GetId()] != m {
			continue
		}
		if problem := c.message(m); problem != nil {
			return problem
		}
	}
	return nil
}

func (c *messageCheck) message(m *protocolpb.Message) *commandProblem {
	problem := c.problem(m)
	if problem == "" {
		return nil
	}
	return badCommand(enumspb.WORKFLOW_TASK_FAILED_CAUSE_BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE, "%s", problem)
}

// problem is what is wrong with a message; "" for nothing.
func (c *messageCheck) problem(m *protocolpb.Message) string {
	id := m.GetProtocolInstanceId()
	if id == "" || m.GetBody() == nil {
		return fmt.Sprintf("Update %s received message with nil body or without an id", id)
	}
	body, err := m.Body.UnmarshalNew()
	if err != nil {
		return fmt.Sprintf("unable to unmarshal request: %v", err)
	}
	known := c.run.updates[id]
	waits := (c.run.askedUpdate(id) != nil || known != nil && known.AcceptedEventId == 0 && known.Rejection == nil) && !c.accepted[id] && !c.ended[id]
	switch body := body.(type) {
	case *updatepb.Acceptance:
		if !waits && (known != nil || body.AcceptedRequest == nil) {
			return c.cannot(id, body)
		}
		c.accepted[id] = true
	case *updatepb.Rejection:
		if !waits && (known != nil || body.RejectedRequest == nil) {
			return c.cannot(id, body)
		}
		c.ended[id] = true
	case *updatepb.Response:
		open := c.accepted[id] || known != nil && known.AcceptedEventId != 0 && known.CompletedEventId == 0
		switch {
		case !open || c.ended[id]:
			return c.cannot(id, body)
		case body.GetMeta().GetUpdateId() != id || body.GetOutcome().GetValue() == nil:
			return fmt.Sprintf("invalid %T: its meta is not of update %s, or its outcome is not set", body, id)
		}
		c.ended[id] = true
	default:
		return fmt.Sprintf("Message type %T not supported", body)
	}
	return ""
}

func (c *messageCheck) cannot(id string, body proto.Message) string {
	if c.run.updates[id] == nil && c.run.askedUpdate(id) == nil {
		return fmt.Sprintf("update %s wasn't found on the server. This is most likely a transient error which will be resolved automatically by retries", id)
	}
	return fmt.Sprintf("invalid state transition attempted for Update %s: received %T message", id, body)
}

// messagesOf are a completion's messages by their ids.
func messagesOf(q *workflowservice.RespondWorkflowTaskCompletedRequest) map[string]*protocolpb.Message {
	if len(q.Messages) == 0 {
		return nil
	}
	byID := make(map[string]*protocolpb.Message, len(q.Messages))
	for _, m := range q.Messages {
		byID[m.GetId()] = m
	}
	return byID
}

// runMessage carries out a message that was checked. A rejection leaves no event, and was carried out before all of them.
func (t *transaction) runMessage(m *protocolpb.Message) {
	body, err := m.GetBody().UnmarshalNew()
	if err != nil { // it was checked
		t.broken = err
		return
	}
	switch body := body.(type) {
	case *updatepb.Acceptance:
		t.acceptUpdate(m.ProtocolInstanceId, body)
	case *updatepb.Response:
		t.completeUpdate(m.ProtocolInstanceId, body)
	}
}

// rejectUpdates ends the updates that a completion's messages reject. One that a reset has brought back is in the history, and keeps its
// id: it is noted with the run's state. Behind a command that closes the run messages are not
// checked: what they say of an update that does not wait is nothing.
func (t *transaction) rejectUpdates(q *workflowservice.RespondWorkflowTaskCompletedRequest) {
	byID := messagesOf(q)
	for _, m := range q.Messages {
		rejection := &updatepb.Rejection{}
		if byID[m.GetId()] != m || !m.GetBody().MessageIs(rejection) || m.Body.UnmarshalTo(rejection) != nil {
			continue
		}
		switch known := t.run.updates[m.ProtocolInstanceId]; {
		case known == nil:
			t.run.endUpdate(UpdateEnd{ID: m.ProtocolInstanceId, Outcome: rejected(rejection.Failure)})
		case known.AcceptedEventId == 0:
			t.change(&recordpb.Change{Change: &recordpb.Change_UpdateRejected{UpdateRejected: &recordpb.UpdateRejected{
				UpdateId: m.ProtocolInstanceId, Failure: rejection.Failure,
			}}})
		}
	}
}

// acceptUpdate writes down an update with its request, unless the history has that already. One that an earlier
// owner has sent is taken from the worker's answer.
func (t *transaction) acceptUpdate(id string, a *updatepb.Acceptance) {
	request := a.AcceptedRequest
	if u := t.run.askedUpdate(id); u != nil {
		request = u.request
	}
	if known := t.run.updates[id]; known != nil && known.AdmittedEventId != 0 {
		request = nil
	}
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, Links: request.GetLinks(),
		Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes{WorkflowExecutionUpdateAcceptedEventAttributes: &historypb.WorkflowExecutionUpdateAcceptedEventAttributes{
			ProtocolInstanceId: id, AcceptedRequestMessageId: a.AcceptedRequestMessageId,
			AcceptedRequestSequencingEventId: a.AcceptedRequestSequencingEventId, AcceptedRequest: request,
		}},
	})
}

func (t *transaction) completeUpdate(id string, response *updatepb.Response) {
	t.append(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateCompletedEventAttributes{WorkflowExecutionUpdateCompletedEventAttributes: &historypb.WorkflowExecutionUpdateCompletedEventAttributes{
			Meta: response.Meta, AcceptedEventId: t.run.updates[id].GetAcceptedEventId(), Outcome: response.Outcome,
		}},
	})
}

// rejectUnprocessed rejects the updates that the task has taken along and its worker has not answered: it knows
// nothing of updates. A heartbeat may answer later.
func (t *transaction) rejectUnprocessed(q *workflowservice.RespondWorkflowTaskCompletedRequest) {
	if q.ForceCreateNewWorkflowTask {
		return
	}
	for _, id := range t.run.sentUpdates() {
		t.run.endUpdate(UpdateEnd{ID: id, Outcome: failedOutcome("UnprocessedUpdate",
			"Workflow Update is rejected because it wasn't processed by worker. Probably, Workflow Update is not supported by the worker.")})
	}
}

// abortSent ends the updates that the task has taken along which the service fails for what its worker has answered.
func (t *transaction) abortSent() {
	for _, id := range t.run.sentUpdates() {
		t.run.endUpdate(UpdateEnd{ID: id, Err: serviceerror.NewWorkflowNotReady("Unable to perform workflow execution update due to unexpected workflow task failure.")})
	}
}

func (r *Run) sentUpdates() []string {
	var ids []string
	for _, u := range r.asked {
		if u.sent {
			ids = append(ids, u.id())
		}
	}
	return ids
}
