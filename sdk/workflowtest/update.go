package workflowtest

import (
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// ErrUnfinished is returned by [UpdateHandle.Get] of an update that has no outcome yet.
var ErrUnfinished = errors.New("the update has no outcome yet; look at it later, with After or when Execute has returned")

// UpdateHandle is an update of the environment's workflow that is answered with an Out.
type UpdateHandle[Out any] struct {
	env *Environment
	*update
}

// update is what became of an update.
type update struct {
	id       string
	accepted int64 // event; 0 for none
	outcome  *updatepb.Outcome
	err      error // why it never came to the workflow
}

// updates are those of an environment.
type updates struct {
	byID  map[string]*update
	asked []*protocolpb.Message // for the next task
	// answers are the messages of the present task's completion, by id.
	answers map[string]*anypb.Any
}

// Update asks the workflow to change, now: before Execute, so that its first task brings the update along, or from a function planned with
// [Environment.After]. The workflow's code answers when that function has returned. An empty id makes one; one that is known finds
// the update of that id.
func Update[In, Out any](env *Environment, id string, u workflow.Update[In, Out], in In) UpdateHandle[Out] {
	us := &env.updates
	if id == "" {
		id = fmt.Sprintf("update-%d", len(us.byID)+1)
	}
	if known := us.byID[id]; known != nil {
		return UpdateHandle[Out]{env, known}
	}
	if us.byID == nil {
		us.byID = map[string]*update{}
	}
	asked := &update{id: id}
	us.byID[id] = asked
	input, err := converter.Encode(env.opts.DataConverter, in)
	if err != nil {
		asked.err = fmt.Errorf("input of update %s: %w", u.Name(), err)
		return UpdateHandle[Out]{env, asked}
	}
	body, err := anypb.New(&updatepb.Request{Meta: &updatepb.Meta{UpdateId: id}, Input: &updatepb.Input{Name: u.Name(), Args: input}})
	if err != nil {
		asked.err = fmt.Errorf("update %s: %w", u.Name(), err)
		return UpdateHandle[Out]{env, asked}
	}
	us.asked = append(us.asked, &protocolpb.Message{Id: id + "/request", ProtocolInstanceId: id, Body: body})
	return UpdateHandle[Out]{env, asked}
}

// ID is the update's id.
func (h UpdateHandle[Out]) ID() string { return h.id }

// Accepted tells whether the workflow's code has accepted the update.
func (h UpdateHandle[Out]) Accepted() bool { return h.accepted != 0 }

// Get is the update's outcome: what the code answered, or the error that it rejected or failed the update with. It is [ErrUnfinished] if
// there is none yet. Once the workflow is closed it is, as in production, a *failure.ApplicationError of type AcceptedUpdateCompletedWorkflow
// for an update that was accepted and not completed, and serviceerror.NotFound for one that was not accepted.
func (h UpdateHandle[Out]) Get() (Out, error) {
	var out Out
	switch {
	case h.err != nil:
		return out, h.err
	case h.outcome.GetFailure() != nil:
		return out, failure.ToError(h.env.opts.DataConverter, h.outcome.GetFailure())
	case h.outcome != nil:
		return out, converter.Decode(h.env.opts.DataConverter, h.outcome.GetSuccess(), &out)
	case h.env.closed == nil:
		return out, ErrUnfinished
	case h.Accepted():
		return out, failure.NewNonRetryableApplicationError("Workflow Update failed because the Workflow completed before the Update completed.", "AcceptedUpdateCompletedWorkflow", nil)
	default:
		return out, serviceerror.NewNotFound("workflow execution already completed")
	}
}

// take is what the task that an event schedules brings along.
func (us *updates) take(scheduled int64) []*protocolpb.Message {
	messages := us.asked
	us.asked = nil
	for _, m := range messages {
		m.SequencingId = &protocolpb.Message_EventId{EventId: scheduled}
	}
	return messages
}

// answered takes the messages of a completion: rejections have their effect at once, and others in the place of their commands.
func (us *updates) answered(messages []*protocolpb.Message) {
	us.answers = map[string]*anypb.Any{}
	for _, m := range messages {
		us.answers[m.GetId()] = m.GetBody()
		rejection := &updatepb.Rejection{}
		if u := us.byID[m.GetProtocolInstanceId()]; u != nil && m.GetBody().MessageIs(rejection) && m.GetBody().UnmarshalTo(rejection) == nil {
			u.outcome = &updatepb.Outcome{Value: &updatepb.Outcome_Failure{Failure: rejection.GetFailure()}}
		}
	}
}

// leavesNothing tells whether all that a completion says is that updates are rejected: the server writes nothing of such a task, if it
// was for updates alone.
func leavesNothing(done *workflowservice.RespondWorkflowTaskCompletedRequest) bool {
	return len(done.GetCommands()) == 0 && !done.GetForceCreateNewWorkflowTask() && done.GetSdkMetadata() == nil
}

// discard takes back the task that was handled last.
func (env *Environment) discard() {
	j := &env.journal
	j.events = j.events[:len(j.events)-2]
	j.handled = len(j.events)
	env.run.Discarded(env.task.GetPreviousStartedEventId())
}

// message writes the event of a message that a command has given its place.
func (env *Environment) message(id string) error {
	packed, ok := env.updates.answers[id]
	if !ok {
		return fmt.Errorf("the workflow task names the message %s, and has none of that id", id)
	}
	body, err := packed.UnmarshalNew()
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	return env.updated(body)
}

func (env *Environment) updated(body proto.Message) error {
	switch body := body.(type) {
	case *updatepb.Acceptance:
		u := env.updates.byID[body.GetAcceptedRequest().GetMeta().GetUpdateId()]
		u.accepted = env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes{WorkflowExecutionUpdateAcceptedEventAttributes: &historypb.WorkflowExecutionUpdateAcceptedEventAttributes{
				ProtocolInstanceId: u.id, AcceptedRequest: body.GetAcceptedRequest(), AcceptedRequestMessageId: body.GetAcceptedRequestMessageId(),
				AcceptedRequestSequencingEventId: body.GetAcceptedRequestSequencingEventId(),
			}},
		})
	case *updatepb.Response:
		u := env.updates.byID[body.GetMeta().GetUpdateId()]
		u.outcome = body.GetOutcome()
		env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateCompletedEventAttributes{WorkflowExecutionUpdateCompletedEventAttributes: &historypb.WorkflowExecutionUpdateCompletedEventAttributes{
				Meta: body.GetMeta(), AcceptedEventId: u.accepted, Outcome: body.GetOutcome(),
			}},
		})
	default:
		return fmt.Errorf("the test environment does not know messages of type %T", body)
	}
	return nil
}
