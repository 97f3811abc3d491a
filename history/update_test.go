package history

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

const (
	admitted  = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED
	accepted  = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED
	completed = enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
)

// change asks workflow w for an update and waits for a stage of it.
func change(updateID string, stage enumspb.UpdateWorkflowExecutionLifecycleStage) *workflowservice.UpdateWorkflowExecutionRequest {
	return &workflowservice.UpdateWorkflowExecutionRequest{
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "w"}, WaitPolicy: &updatepb.WaitPolicy{LifecycleStage: stage},
		Request: &updatepb.Request{Meta: &updatepb.Meta{UpdateId: updateID}, Input: &updatepb.Input{Name: "add", Args: text("1")}},
	}
}

func pollUpdate(updateID string) *workflowservice.PollWorkflowExecutionUpdateRequest {
	return &workflowservice.PollWorkflowExecutionUpdateRequest{
		UpdateRef:  &updatepb.UpdateRef{WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "w"}, UpdateId: updateID},
		WaitPolicy: &updatepb.WaitPolicy{LifecycleStage: completed},
	}
}

// wake makes a workflow task at once: one for a signal waits for others.
func wake() *workflowservice.RequestCancelWorkflowExecutionRequest {
	return &workflowservice.RequestCancelWorkflowExecutionRequest{WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "w"}}
}

// updated is a workflow that has completed its first task, and what is asked of it.
type updated struct{ *queried }

func newUpdated(t *testing.T) updated {
	t.Helper()
	u := updated{newQueried(t)}
	u.must(completion(u.pull()))
	return u
}

// say completes a task with answers to updates.
func (u updated) say(task *workflowservice.PollWorkflowTaskQueueResponse, answers ...func(*workflowservice.RespondWorkflowTaskCompletedRequest)) *workflowservice.RespondWorkflowTaskCompletedResponse {
	u.t.Helper()
	r := completion(task)
	for _, answer := range answers {
		answer(r)
	}
	return u.must(r)[0].(*workflowservice.RespondWorkflowTaskCompletedResponse)
}

func answer(updateID string, body proto.Message, event bool) func(*workflowservice.RespondWorkflowTaskCompletedRequest) {
	return func(r *workflowservice.RespondWorkflowTaskCompletedRequest) {
		packed, err := anypb.New(body)
		if err != nil {
			panic(err)
		}
		m := &protocolpb.Message{Id: updateID + "/" + string(body.ProtoReflect().Descriptor().Name()), ProtocolInstanceId: updateID, Body: packed}
		r.Messages = append(r.Messages, m)
		if event {
			r.Commands = append(r.Commands, &commandpb.Command{
				CommandType: enumspb.COMMAND_TYPE_PROTOCOL_MESSAGE,
				Attributes: &commandpb.Command_ProtocolMessageCommandAttributes{
					ProtocolMessageCommandAttributes: &commandpb.ProtocolMessageCommandAttributes{MessageId: m.Id},
				},
			})
		}
	}
}

func accept(updateID string) func(*workflowservice.RespondWorkflowTaskCompletedRequest) {
	return answer(updateID, &updatepb.Acceptance{AcceptedRequestMessageId: updateID + "/request"}, true)
}

func respond(updateID, result string) func(*workflowservice.RespondWorkflowTaskCompletedRequest) {
	outcome := &updatepb.Outcome{Value: &updatepb.Outcome_Success{Success: text(result)}}
	return answer(updateID, &updatepb.Response{Meta: &updatepb.Meta{UpdateId: updateID}, Outcome: outcome}, true)
}

func reject(updateID string) func(*workflowservice.RespondWorkflowTaskCompletedRequest) {
	return answer(updateID, &updatepb.Rejection{Failure: &failurepb.Failure{Message: "no"}}, false)
}

// finish closes the workflow.
func finish(r *workflowservice.RespondWorkflowTaskCompletedRequest) {
	r.Commands = append(r.Commands, &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
			CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{},
		},
	})
}

// progressed is what the answers about an update have.
type progressed interface {
	GetStage() enumspb.UpdateWorkflowExecutionLifecycleStage
	GetOutcome() *updatepb.Outcome
}

// requireStage is how far a caller is told that its update has come; a result tells that it was a success.
func (u updated) requireStage(a *asked, stage enumspb.UpdateWorkflowExecutionLifecycleStage, result string) {
	u.t.Helper()
	reply, err := u.outcome(a)
	require.NoError(u.t, err)
	got := reply.(progressed)
	require.Equal(u.t, stage, got.GetStage())
	if result != "" {
		require.Equal(u.t, result, string(got.GetOutcome().GetSuccess().GetPayloads()[0].GetData()))
	}
}

func (u updated) requireWaiting(all ...*asked) {
	u.t.Helper()
	u.quiet()
	for _, a := range all {
		require.Empty(u.t, a.outcome)
	}
}

// Each of those who wait for an update is answered when it has come as far as it wants.
func TestUpdatesAreWaitedForAtEachStage(t *testing.T) {
	u := newUpdated(t)
	first, second, whole := u.decide(change("up", accepted))[0], u.decide(change("up", accepted))[0], u.decide(change("up", completed))[0]
	poll := u.decide(pollUpdate("up"))[0]
	u.requireWaiting(first, second, whole, poll)
	task := u.pull()
	require.Len(t, task.Messages, 1)
	u.say(task, accept("up"))
	u.requireStage(first, accepted, "")
	u.requireStage(second, accepted, "")
	u.requireWaiting(whole, poll)
	late := u.decide(change("up", accepted))[0]
	u.requireStage(late, accepted, "")

	u.must(wake())
	u.say(u.pull(), respond("up", "2"))
	u.requireStage(whole, completed, "2")
	u.requireStage(poll, completed, "2")
	u.requireStage(u.decide(change("up", completed))[0], completed, "2")
	require.Equal(t, 1, count(u.events("w"), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED))
	require.Empty(t, u.active["w"].updates)
}

// An update that comes while a task runs goes with the next one.
func TestAnUpdateWhileATaskRuns(t *testing.T) {
	u := newUpdated(t)
	u.must(wake())
	task := u.pull()
	waits := u.decide(change("up", completed))[0]
	u.requireWaiting(waits)
	require.Empty(t, task.Messages)
	u.say(task)
	u.say(u.pull(), accept("up"), respond("up", "2"))
	u.requireStage(waits, completed, "2")
}

// A rejection by a speculative task leaves nothing of the task, and its worker is told so.
func TestARejectedUpdateLeavesNoEvent(t *testing.T) {
	u := newUpdated(t)
	before := u.events("w")
	waits := u.decide(change("up", completed))[0]
	reply := u.say(u.pull(), reject("up"))
	require.Equal(t, int64(3), reply.ResetHistoryEventId)
	got, err := u.outcome(waits)
	require.NoError(t, err)
	require.Equal(t, "no", got.(progressed).GetOutcome().GetFailure().GetMessage())
	require.Len(t, u.events("w"), len(before))
	_, err = u.outcome(u.decide(pollUpdate("up"))[0])
	require.ErrorAs(t, err, new(*serviceerror.NotFound))
}

// Who has waited as long as a request may is told how far the update is, and asks again.
func TestAnUpdateThatNobodyAnswers(t *testing.T) {
	u := newUpdated(t)
	r := newRequest(t, change("up", completed))
	ctx, cancel := context.WithCancel(context.Background())
	r.ctx = ctx
	require.NoError(t, u.handle(r.request))
	u.requireWaiting(r)
	cancel()
	u.requireStage(r, admitted, "")
	again := u.decide(change("up", completed))[0]
	task := u.pull()
	require.Len(t, task.Messages, 1)
	u.say(task, accept("up"), respond("up", "2"))
	u.requireStage(again, completed, "2")
}

// The owner is lost before the update's task is started, while it runs, and when the update is accepted. Who asks again under
// its id, of the next owner, gets the one effect.
func TestUpdatesAndLostOwners(t *testing.T) {
	for name, lost := range map[string]int{"asked": 0, "started": 1, "accepted": 2} {
		t.Run(name, func(t *testing.T) {
			q := &queues{}
			p := newPlace(t, func(c *Config) { c.Matching = q })
			d := p.drive(t)
			d.must(start("w"))
			u := updated{&queried{driven: d, queues: q}}
			u.must(completion(u.pull()))
			u.decide(change("up", completed))
			var task *workflowservice.PollWorkflowTaskQueueResponse
			if lost > 0 {
				task = u.pull()
			}
			if lost > 1 {
				u.say(task, accept("up"))
			}
			u.quiet()
			u.end()

			u = updated{&queried{driven: p.drive(t), queues: q, starts: 10}}
			again := u.decide(change("up", completed))[0]
			if lost > 1 {
				u.must(wake())
				u.say(u.pull(), respond("up", "2"))
			} else {
				u.say(u.pull(), accept("up"), respond("up", "2"))
			}
			u.requireStage(again, completed, "2")
			require.Equal(t, 1, count(u.events("w"), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED))
			require.Equal(t, 1, count(u.events("w"), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED))
		})
	}
}

// Of a run at rest in HISTORY its updates are known, completed or not, and others are not.
func TestUpdatesOfAClosedRunAtRest(t *testing.T) {
	q := &queues{}
	p := newPlace(t, func(c *Config) { c.Matching, c.RestAfter = q, time.Nanosecond })
	u := updated{&queried{driven: p.drive(t), queues: q}}
	u.must(start("w"))
	u.must(completion(u.pull()))
	u.decide(change("done", completed), change("left", accepted))
	u.say(u.pull(), accept("done"), respond("done", "2"), accept("left"))
	waits := u.decide(pollUpdate("left"))[0]
	u.must(wake())
	u.say(u.pull(), finish)
	reply, err := u.outcome(waits)
	require.NoError(t, err)
	require.Equal(t, "AcceptedUpdateCompletedWorkflow", reply.(progressed).GetOutcome().GetFailure().GetApplicationFailureInfo().GetType())
	u.restAll()
	require.Empty(t, u.active)

	u.requireStage(u.decide(change("done", completed))[0], completed, "2")
	u.requireStage(u.decide(pollUpdate("done"))[0], completed, "2")
	reply, err = u.outcome(u.decide(pollUpdate("left"))[0])
	require.NoError(t, err)
	require.Equal(t, "AcceptedUpdateCompletedWorkflow", reply.(progressed).GetOutcome().GetFailure().GetApplicationFailureInfo().GetType())
	for _, unknown := range []proto.Message{change("other", completed), pollUpdate("other")} {
		_, err = u.outcome(u.decide(unknown)[0])
		require.ErrorAs(t, err, new(*serviceerror.NotFound))
	}
}

// A start with an update that is sent again when its run is in HISTORY is answered with the update's outcome, whatever the policy
// for its id. One with an update that the run has not completed is a start as any.
func TestUpdateWithStartOfARunAtRest(t *testing.T) {
	q := &queues{}
	p := newPlace(t, func(c *Config) { c.Matching, c.RestAfter = q, time.Nanosecond })
	u := updated{&queried{driven: p.drive(t), queues: q}}
	first := start("w")
	again := u.decide(changeWithStart(first, "done"), change("left", accepted))[0]
	u.say(u.pull(), accept("done"), respond("done", "2"), accept("left"), finish)
	reply, err := u.outcome(again)
	require.NoError(t, err)
	begun := reply.(*workflowservice.ExecuteMultiOperationResponse)
	u.restAll()
	require.Empty(t, u.active)

	for _, start := range []*workflowservice.StartWorkflowExecutionRequest{first, start("w")} {
		reply, err := u.outcome(u.decide(changeWithStart(start, "done"))[0])
		require.NoError(t, err)
		found := reply.(*workflowservice.ExecuteMultiOperationResponse)
		require.Equal(t, begun.Responses[0].GetStartWorkflow().RunId, found.Responses[0].GetStartWorkflow().RunId)
		require.False(t, found.Responses[0].GetStartWorkflow().Started)
		require.Equal(t, "2", string(found.Responses[1].GetUpdateWorkflow().GetOutcome().GetSuccess().GetPayloads()[0].GetData()))
		u.restAll()
	}
	for _, id := range []string{"left", "unknown"} {
		_, err = u.outcome(u.decide(changeWithStart(first, id))[0])
		require.ErrorAs(t, err, new(*serviceerror.MultiOperationExecution))
	}
	other := u.decide(changeWithStart(start("w"), "unknown"))[0]
	u.until(func() bool { return u.active["w"].Run != nil })
	u.say(u.pull(), accept("unknown"), respond("unknown", "3"))
	reply, err = u.outcome(other)
	require.NoError(t, err)
	require.True(t, reply.(*workflowservice.ExecuteMultiOperationResponse).Responses[0].GetStartWorkflow().Started)
}

func changeWithStart(start *workflowservice.StartWorkflowExecutionRequest, updateID string) *workflowservice.ExecuteMultiOperationRequest {
	return &workflowservice.ExecuteMultiOperationRequest{Operations: []*workflowservice.ExecuteMultiOperationRequest_Operation{
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_StartWorkflow{StartWorkflow: start}},
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_UpdateWorkflow{UpdateWorkflow: change(updateID, completed)}},
	}}
}

// Who waits for an update that a reset has brought back, in a run that continues as new without an answer, is answered by the next run.
func TestAnUpdateThatAResetBringsBackGoesOn(t *testing.T) {
	u := newUpdated(t)
	u.decide(change("up", accepted))
	u.say(u.pull(), accept("up"))
	u.must(reset("w", "", 4, "reset"))
	waits := u.decide(change("up", completed))[0]
	u.requireWaiting(waits)
	u.say(u.pull(), again)
	u.requireWaiting(waits)
	u.until(func() bool { return len(u.active["w"].updates) == 1 })
	require.Equal(t, u.active["w"].Run, u.active["w"].updates[0].run)
	u.must(&workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: execution("w", "")})
	_, err := u.outcome(waits)
	require.ErrorAs(t, err, new(*serviceerror.NotFound))
}

// Who waits for an update that a reset has brought back is told that its worker rejects it then.
func TestAnUpdateThatAResetBringsBackIsRejected(t *testing.T) {
	u := newUpdated(t)
	u.decide(change("up", accepted))
	u.say(u.pull(), accept("up"))
	u.must(reset("w", "", 4, "reset"))
	waits, poll := u.decide(change("up", completed))[0], u.decide(pollUpdate("up"))[0]
	u.requireWaiting(waits, poll)
	u.say(u.pull(), reject("up"))
	for _, told := range []*asked{waits, poll, u.decide(change("up", completed))[0]} {
		got, err := u.outcome(told)
		require.NoError(t, err)
		require.Equal(t, "no", got.(progressed).GetOutcome().GetFailure().GetMessage())
	}
}

// The task of an update that nobody has accepted closes the run: its caller is told.
func TestAnUpdateOfARunThatCloses(t *testing.T) {
	u := newUpdated(t)
	waits := u.decide(change("up", accepted))[0]
	u.must(&workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "w"}})
	_, err := u.outcome(waits)
	require.ErrorAs(t, err, new(*serviceerror.NotFound))
}

// A start with an update that finds its run open, and is left by it, starts another run. One that has started the run is told that
// its update alone was not carried out.
func TestUpdateWithStartOfARunThatCloses(t *testing.T) {
	u := newUpdated(t)
	useExisting := start("w")
	useExisting.WorkflowIdConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	waits := u.decide(changeWithStart(useExisting, "up"))[0]
	u.requireWaiting(waits)
	terminate := &workflowservice.TerminateWorkflowExecutionRequest{WorkflowExecution: execution("w", "")}
	u.must(terminate)
	u.until(func() bool { return u.active["w"].Run.Open() })
	u.say(u.pull(), accept("up"), respond("up", "2"))
	reply, err := u.outcome(waits)
	require.NoError(t, err)
	require.True(t, reply.(*workflowservice.ExecuteMultiOperationResponse).Responses[0].GetStartWorkflow().Started)

	u.must(terminate)
	begins := u.decide(changeWithStart(start("w"), "other"))[0]
	u.requireWaiting(begins)
	u.must(terminate)
	_, err = u.outcome(begins)
	var both *serviceerror.MultiOperationExecution
	require.ErrorAs(t, err, &both)
	require.NoError(t, both.OperationErrors()[0])
	require.ErrorAs(t, both.OperationErrors()[1], new(*serviceerror.NotFound))
}
