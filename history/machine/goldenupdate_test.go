package machine_test

import (
	commandpb "go.temporal.io/api/command/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// fillUpdate puts into the request for an update what its caller handed over in the recorded scenario. One that was rejected
// is in no history, and stays as it is.
func (g *recording) fillUpdate(w *world, q proto.Message) {
	switch q := q.(type) {
	case *workflowservice.UpdateWorkflowExecutionRequest:
		if accepted := g.accepted(g.latest(w), q.GetRequest().GetMeta().GetUpdateId()); accepted != nil {
			q.Request = accepted.AcceptedRequest
		}
	case *workflowservice.ExecuteMultiOperationRequest:
		start, update := q.Operations[0].GetStartWorkflow(), q.Operations[1].GetUpdateWorkflow()
		history := g.run(len(w.runs()))
		if history == nil {
			history = g.latest(w)
		}
		g.fillStart(w, start)
		update.WorkflowExecution.WorkflowId = start.WorkflowId
		if accepted := g.accepted(history, update.GetRequest().GetMeta().GetUpdateId()); accepted != nil {
			update.Request = accepted.AcceptedRequest
		}
	}
}

// accepted is the recorded event that accepts an update; nil if there is none.
func (g *recording) accepted(h *recordedHistory, id string) *historypb.WorkflowExecutionUpdateAcceptedEventAttributes {
	return h.find(func(e *historypb.HistoryEvent) bool {
		return e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetProtocolInstanceId() == id
	}).GetWorkflowExecutionUpdateAcceptedEventAttributes()
}

// fillMessages puts the recorded outcomes of updates into a completion's messages.
func (g *recording) fillMessages(w *world, messages []*protocolpb.Message) {
	for _, m := range messages {
		response := &updatepb.Response{}
		if !m.GetBody().MessageIs(response) || m.Body.UnmarshalTo(response) != nil {
			continue
		}
		made := g.latest(w).find(func(e *historypb.HistoryEvent) bool {
			a := e.GetWorkflowExecutionUpdateCompletedEventAttributes()
			return a != nil && a.GetMeta().GetUpdateId() == m.GetProtocolInstanceId()
		}).GetWorkflowExecutionUpdateCompletedEventAttributes()
		if made == nil {
			continue
		}
		response.Meta, response.Outcome = made.Meta, made.Outcome
		if err := m.Body.MarshalFrom(response); err != nil {
			panic(err)
		}
	}
}

// placesMessage tells whether a command only says where a message's event is.
func placesMessage(c *commandpb.Command) bool { return c.GetProtocolMessageCommandAttributes() != nil }
