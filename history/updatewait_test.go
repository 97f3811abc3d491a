package history

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

// impatient asks for something, for as long as the context lasts.
func (u updated) impatient(ctx context.Context, request proto.Message) *asked {
	u.t.Helper()
	r := newRequest(u.t, request)
	r.ctx = ctx
	require.NoError(u.t, u.handle(r.request))
	u.quiet()
	return r
}

func pollFor(updateID string, stage enumspb.UpdateWorkflowExecutionLifecycleStage) *workflowservice.PollWorkflowExecutionUpdateRequest {
	q := pollUpdate(updateID)
	q.WaitPolicy = &updatepb.WaitPolicy{LifecycleStage: stage}
	return q
}

// Who waits in vain is told how far the update has come, which takes nothing from it. A poll that waits for nothing, or
// for less than there is, is answered at once.
func TestUpdatesThatAreWaitedForInVain(t *testing.T) {
	u := newUpdated(t)
	u.decide(change("up", completed))
	for _, reached := range []enumspb.UpdateWorkflowExecutionLifecycleStage{admitted, accepted} {
		if reached == accepted {
			u.say(u.pull(), accept("up"))
		}
		for stage := reached + 1; stage <= completed; stage++ {
			ctx, cancel := context.WithCancel(context.Background())
			waiting := []*asked{u.impatient(ctx, change("up", stage)), u.impatient(ctx, pollFor("up", stage))}
			u.requireWaiting(waiting...)
			cancel()
			for _, a := range waiting {
				u.requireStage(a, reached, "")
			}
		}
		for stage := range reached + 1 {
			u.requireStage(u.decide(pollFor("up", stage))[0], reached, "")
		}
	}
	require.Len(t, u.active["w"].updates, 1, "the first who asked")
	u.must(wake())
	u.say(u.pull(), respond("up", "2"))
	for stage := range completed + 1 {
		u.requireStage(u.decide(pollFor("up", stage))[0], completed, "2")
	}
}

// An update that nobody waits for any more goes on. Its caller finds its outcome, of a rejection nothing.
func TestUpdatesWhoseCallersHaveGone(t *testing.T) {
	u := newUpdated(t)
	gone, cancel := context.WithCancel(context.Background())
	for _, id := range []string{"done", "rejected"} {
		u.impatient(gone, change(id, completed))
	}
	cancel()
	u.until(func() bool { return len(u.active["w"].updates) == 0 })
	task := u.pull()
	require.Len(t, task.Messages, 2)
	u.say(task, accept("done"), respond("done", "2"), reject("rejected"))
	u.requireStage(u.decide(change("done", completed))[0], completed, "2")
	u.requireNotFound(u.decide(pollUpdate("rejected"))[0])
	again := u.decide(change("rejected", completed))[0]
	u.say(u.pull(), accept("rejected"), respond("rejected", "3"))
	u.requireStage(again, completed, "3")
}

// What is asked of a workflow, a run or a chain that is not there changes nothing.
func TestUpdatesOfWhatIsNotThere(t *testing.T) {
	const other = "0198f2c4-5b5e-7f00-8000-000000000001"
	u := newUpdated(t)
	before := u.events("w")
	elsewhere, chained := change("up", completed), change("up", completed)
	elsewhere.WorkflowExecution.WorkflowId = "nobody"
	chained.FirstExecutionRunId = other
	u.requireNone(elsewhere, chained, inRun(change("up", completed), other), inRun(pollUpdate("up"), other), pollUpdate("up"))
	u.quiet()
	require.Equal(t, before, u.events("w"))
	require.Nil(t, u.active["w"].Run.WorkflowTask(time.Now()))
}

// An update of a paused workflow is refused, and so is one whose workflow task fails again and again.
func TestUpdatesThatCannotBe(t *testing.T) {
	u := newUpdated(t)
	u.must(&workflowservice.PauseWorkflowExecutionRequest{WorkflowId: "w", RequestId: "pause"})
	_, err := u.outcome(u.decide(change("up", completed))[0])
	require.ErrorAs(t, err, new(*serviceerror.FailedPrecondition))
	u.must(&workflowservice.UnpauseWorkflowExecutionRequest{WorkflowId: "w", RequestId: "unpause"})
	waits := u.decide(change("early", completed))[0]
	for range 2 {
		u.must(&workflowservice.RespondWorkflowTaskFailedRequest{TaskToken: u.pull().TaskToken})
	}
	_, err = u.outcome(u.decide(change("up", completed))[0])
	require.ErrorAs(t, err, new(*serviceerror.WorkflowNotReady))
	u.requireWaiting(waits)
	u.say(u.pull(), accept("early"), respond("early", "1"))
	u.requireStage(waits, completed, "1")
}
