package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// again has the workflow continue as new.
func again(r *workflowservice.RespondWorkflowTaskCompletedRequest) {
	r.Commands = append(r.Commands, continueCommand())
}

// fail closes the workflow with a failure.
func fail(r *workflowservice.RespondWorkflowTaskCompletedRequest) {
	r.Commands = append(r.Commands, &commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
		Attributes: &commandpb.Command_FailWorkflowExecutionCommandAttributes{FailWorkflowExecutionCommandAttributes: &commandpb.FailWorkflowExecutionCommandAttributes{
			Failure: &failurepb.Failure{Message: "oops", FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{}}},
		}},
	})
}

// inRun names the run that an update, or a poll for one, is of.
func inRun[M interface{ proto.Message }](request M, runID string) M {
	switch q := any(request).(type) {
	case *workflowservice.UpdateWorkflowExecutionRequest:
		q.WorkflowExecution.RunId = runID
	case *workflowservice.PollWorkflowExecutionUpdateRequest:
		q.UpdateRef.WorkflowExecution.RunId = runID
	}
	return request
}

// requireClosedOver is what is told of an update that was accepted when its run ended.
func (u updated) requireClosedOver(a *asked) {
	u.t.Helper()
	reply, err := u.outcome(a)
	require.NoError(u.t, err)
	require.Equal(u.t, completed, reply.(progressed).GetStage())
	require.Equal(u.t, "AcceptedUpdateCompletedWorkflow", reply.(progressed).GetOutcome().GetFailure().GetApplicationFailureInfo().GetType())
}

func (u updated) requireNotFound(a *asked) {
	u.t.Helper()
	_, err := u.outcome(a)
	require.ErrorAs(u.t, err, new(*serviceerror.NotFound))
}

// ofRun is the run that the answer to an update is about.
func (u updated) ofRun(a *asked) string {
	u.t.Helper()
	reply, err := u.outcome(a)
	require.NoError(u.t, err)
	return reply.(interface{ GetUpdateRef() *updatepb.UpdateRef }).GetUpdateRef().GetWorkflowExecution().GetRunId()
}

// A run continues as new over an update that it has accepted, one that its last task took along and did not answer, and one
// that came while that task ran: the first has failed, the others are the next run's, unless they name the run.
func TestUpdatesOverContinueAsNew(t *testing.T) {
	u := newUpdated(t)
	first := u.latest("w")
	ended, endedPoll := u.decide(change("accepted", completed))[0], u.decide(inRun(pollUpdate("accepted"), first))[0]
	u.say(u.pull(), accept("accepted"))

	sent := u.decide(change("sent", completed))[0]
	named := u.decide(inRun(change("named", accepted), first))[0]
	task := u.pull()
	require.Len(t, task.Messages, 2)
	came, poll := u.decide(change("came", completed))[0], u.decide(pollUpdate("came"))[0]
	inChain := change("in-chain", accepted)
	inChain.FirstExecutionRunId = first
	chained := u.decide(inChain)[0]
	u.requireWaiting(ended, endedPoll, sent, named, came, poll, chained)
	u.say(task, again)
	u.requireClosedOver(ended)
	u.requireClosedOver(endedPoll)
	u.requireNotFound(named)
	u.requireWaiting(sent, came, poll, chained)

	second := u.latest("w")
	require.NotEqual(t, first, second)
	task = u.pull()
	require.Len(t, task.Messages, 3)
	u.say(task, accept("sent"), respond("sent", "1"), accept("came"), respond("came", "2"), accept("in-chain"))
	u.requireStage(poll, completed, "2")
	u.requireStage(chained, accepted, "")
	require.Equal(t, second, u.ofRun(sent))
	require.Equal(t, second, u.ofRun(came))
	require.Zero(t, count(u.eventsOf("w", first), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED))
	require.Equal(t, 1, count(u.eventsOf("w", first), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED))
	require.Empty(t, u.active["w"].updates)
}

// An id is one run's: another update of that name may be asked of the next, and the earlier run keeps its own.
func TestAnUpdateIDInTheNextRun(t *testing.T) {
	u := newUpdated(t)
	first := u.latest("w")
	u.decide(change("up", completed))
	u.say(u.pull(), accept("up"), respond("up", "1"))
	u.must(wake())
	u.say(u.pull(), again)
	u.requireNotFound(u.decide(pollUpdate("up"))[0])
	second := u.decide(change("up", completed))[0]
	u.say(u.pull(), accept("up"), respond("up", "2"))
	u.requireStage(second, completed, "2")
	for _, request := range []proto.Message{inRun(pollUpdate("up"), first), inRun(change("up", completed), first)} {
		u.requireStage(u.decide(request)[0], completed, "1")
	}
}

// Whatever a run is followed by, updates that no worker has accepted go on with what follows, before it is due: a run with a
// back-off has its first workflow task for them.
func TestUpdatesOverRetryAndCron(t *testing.T) {
	for name, of := range map[string]struct {
		begin func(*workflowservice.StartWorkflowExecutionRequest)
		end   func(*workflowservice.RespondWorkflowTaskCompletedRequest)
	}{
		"retry": {func(q *workflowservice.StartWorkflowExecutionRequest) {
			q.RetryPolicy = &commonpb.RetryPolicy{InitialInterval: durationpb.New(time.Hour)}
		}, fail},
		"cron": {func(q *workflowservice.StartWorkflowExecutionRequest) { q.CronSchedule = "@every 1h" }, finish},
	} {
		t.Run(name, func(t *testing.T) {
			q := &queues{}
			u := updated{&queried{driven: newPlace(t, func(c *Config) { c.Matching = q }).drive(t), queues: q}}
			begin := start("w")
			of.begin(begin)
			u.must(begin)
			ended := u.decide(change("accepted", completed))[0]
			u.say(u.pull(), accept("accepted"))
			sent := u.decide(change("sent", completed))[0]
			task := u.pull()
			came := u.decide(change("came", accepted))[0]
			first := u.latest("w")
			u.say(task, of.end)
			u.requireClosedOver(ended)
			u.requireWaiting(sent, came)
			u.say(u.pull(), accept("sent"), respond("sent", "1"), accept("came"))
			u.requireStage(came, accepted, "")
			require.NotEqual(t, first, u.latest("w"))
			require.Equal(t, u.latest("w"), u.ofRun(sent))
		})
	}
}

// The owner is lost when the run has continued as new: who asks again is answered by the next run.
func TestUpdatesOverContinueAsNewAndLostOwners(t *testing.T) {
	q := &queues{}
	p := newPlace(t, func(c *Config) { c.Matching = q })
	u := updated{&queried{driven: p.drive(t), queues: q}}
	u.must(start("w"))
	u.must(completion(u.pull()))
	first := u.latest("w")
	u.decide(change("accepted", accepted))
	u.say(u.pull(), accept("accepted"))
	u.must(wake())
	task := u.pull()
	u.decide(change("came", completed))
	u.say(task, again)
	u.quiet()
	u.end()

	u = updated{&queried{driven: p.drive(t), queues: q, starts: 10}}
	u.requireNotFound(u.decide(pollUpdate("came"))[0])
	u.requireClosedOver(u.decide(inRun(pollUpdate("accepted"), first))[0])
	came := u.decide(change("came", completed))[0]
	u.say(u.pull(), accept("came"), respond("came", "2"))
	u.requireStage(came, completed, "2")
}
