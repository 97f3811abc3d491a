package machine_test

import (
	"cmp"
	"fmt"
	"maps"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	protocolpb "go.temporal.io/api/protocol/v1"
	updatepb "go.temporal.io/api/update/v1"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/perdure/perdure/api"
)

// updateVerbs are about updates.
var updateVerbs = map[string]func(*script, command) error{
	// update ID [name= input= run= first-run=]
	"update": func(s *script, c command) error {
		reply, err := s.request(&workflowservice.UpdateWorkflowExecutionRequest{
			WorkflowExecution: c.words.execution(), FirstExecutionRunId: c.words.named["first-run"], Request: updateRequest(c.words),
			WaitPolicy: &updatepb.WaitPolicy{LifecycleStage: enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED},
		})
		if r, ok := reply.(*workflowservice.UpdateWorkflowExecutionResponse); ok {
			s.printStage(r)
		}
		return err
	},
	// update-with-start ID [name= update-input=, and what start says]
	"update-with-start": func(s *script, c command) error {
		reply, err := s.request(updateWithStartRequest(c.words))
		if r, ok := reply.(*workflowservice.ExecuteMultiOperationResponse); ok {
			started := r.Responses[0].GetStartWorkflow()
			s.printf("run_id=%s started=%t status=%s", started.RunId, started.Started, started.Status)
			s.printStage(r.Responses[1].GetUpdateWorkflow())
		}
		return err
	},
	// poll-update ID
	"poll-update": func(s *script, c command) error {
		reply, err := s.world.run().FindUpdate(&workflowservice.PollWorkflowExecutionUpdateRequest{
			UpdateRef: &updatepb.UpdateRef{WorkflowExecution: s.world.execution(), UpdateId: c.words.arg(0)},
		})
		if err != nil {
			s.printf("%s: %s", api.ErrorCode(err), err)
			return nil
		}
		r := reply.(*workflowservice.PollWorkflowExecutionUpdateResponse)
		s.printStage(&workflowservice.UpdateWorkflowExecutionResponse{UpdateRef: r.UpdateRef, Stage: r.Stage, Outcome: r.Outcome})
		return nil
	},
}

func init() { maps.Copy(commandsByName, updateCommands) }

// updateCommands answer updates: each makes a message, and a command for its place, unless it says alone.
var updateCommands = map[string]func(*script, words) *commandpb.Command{
	// accept ID [name= input= seq= alone]
	"accept": func(s *script, w words) *commandpb.Command {
		a := &updatepb.Acceptance{AcceptedRequestMessageId: w.arg(0) + "/request", AcceptedRequestSequencingEventId: 1}
		fmt.Sscan(w.named["seq"], &a.AcceptedRequestSequencingEventId)
		if w.named["name"] != "" {
			a.AcceptedRequest = updateRequest(w)
		}
		body, _ := anypb.New(a)
		return s.message(w, "accept", body)
	},
	// respond ID [result= message= alone]
	"respond": func(s *script, w words) *commandpb.Command {
		outcome := &updatepb.Outcome{Value: &updatepb.Outcome_Success{Success: w.payloads("result")}}
		if w.named["message"] != "" {
			outcome.Value = &updatepb.Outcome_Failure{Failure: w.failure()}
		}
		body, _ := anypb.New(&updatepb.Response{Meta: &updatepb.Meta{UpdateId: w.arg(0)}, Outcome: outcome})
		return s.message(w, "respond", body)
	},
	// reject ID [message= name=]
	"reject": func(s *script, w words) *commandpb.Command {
		r := &updatepb.Rejection{Failure: w.failure()}
		if w.named["name"] != "" {
			r.RejectedRequest = updateRequest(w)
		}
		body, _ := anypb.New(r)
		w.args = append(w.args, "alone")
		return s.message(w, "reject", body)
	},
	// place MESSAGE
	"place": func(_ *script, w words) *commandpb.Command { return placeOf(w.arg(0)) },
}

func placeOf(message string) *commandpb.Command {
	return newCommand(enumspb.COMMAND_TYPE_PROTOCOL_MESSAGE, &commandpb.Command_ProtocolMessageCommandAttributes{
		ProtocolMessageCommandAttributes: &commandpb.ProtocolMessageCommandAttributes{MessageId: message},
	})
}

func (s *script) message(w words, kind string, body *anypb.Any) *commandpb.Command {
	id := w.arg(0) + "/" + kind
	s.messages = append(s.messages, &protocolpb.Message{Id: id, ProtocolInstanceId: w.arg(0), Body: body})
	if w.has("alone") {
		return nil
	}
	return placeOf(id)
}

func updateRequest(w words) *updatepb.Request {
	return &updatepb.Request{
		Meta:  &updatepb.Meta{UpdateId: w.arg(0)},
		Input: &updatepb.Input{Name: cmp.Or(w.named["name"], "add"), Args: w.payloads("input"), Header: &commonpb.Header{}},
	}
}

func updateWithStartRequest(w words) *workflowservice.ExecuteMultiOperationRequest {
	update := &workflowservice.UpdateWorkflowExecutionRequest{
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID}, Request: updateRequest(w),
		WaitPolicy: &updatepb.WaitPolicy{LifecycleStage: enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED},
	}
	return &workflowservice.ExecuteMultiOperationRequest{Operations: []*workflowservice.ExecuteMultiOperationRequest_Operation{
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_StartWorkflow{StartWorkflow: startRequest(w)}},
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_UpdateWorkflow{UpdateWorkflow: update}},
	}}
}

func (s *script) printStage(r *workflowservice.UpdateWorkflowExecutionResponse) {
	s.printf("update %s of %s: %s %s", r.UpdateRef.GetUpdateId(), r.UpdateRef.GetWorkflowExecution().GetRunId(), r.Stage, printMessage(r.Outcome.ProtoReflect()))
}

// printEndedUpdates prints what became of updates that the history does not tell of.
func (s *script) printEndedUpdates() {
	for _, run := range s.world.runs() {
		for _, end := range run.EndedUpdates() {
			switch {
			case end.Err != nil:
				s.printf("update %s of %s ended: %s: %s", end.ID, run.RunID(), api.ErrorCode(end.Err), end.Err)
			case end.Outcome != nil:
				s.printf("update %s of %s ended: %s", end.ID, run.RunID(), printMessage(end.Outcome.ProtoReflect()))
			default:
				s.printf("update %s of %s goes to the next run", end.ID, run.RunID())
			}
		}
	}
}

func (w *world) execution() *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: w.workflow.ID, RunId: w.run().RunID()}
}
