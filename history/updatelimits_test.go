package history

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/history/namespace"
)

// limit sets limits of the namespace.
func (p *place) limit(t testing.TB, limits map[string]string) {
	t.Helper()
	_, err := p.config.Namespaces.(*namespace.Registry).UpdateNamespace(within(t), &workflowservice.UpdateNamespaceRequest{
		Namespace: "test", UpdateInfo: &namespacepb.UpdateNamespaceInfo{Data: limits},
	})
	require.NoError(t, err)
}

// newLimited is a workflow that has completed its first task, in a namespace with limits.
func newLimited(t *testing.T, limits map[string]string) (*place, updated) {
	t.Helper()
	q := &queues{}
	p := newPlace(t, func(c *Config) { c.Matching, c.RestAfter = q, time.Nanosecond })
	p.limit(t, limits)
	u := updated{&queried{driven: p.drive(t), queues: q}}
	u.must(start("w"))
	u.must(completion(u.pull()))
	return p, u
}

func (u updated) requireTooManyAtOnce(a *asked, limit int) {
	u.t.Helper()
	_, err := u.outcome(a)
	var exhausted *serviceerror.ResourceExhausted
	require.ErrorAs(u.t, err, &exhausted)
	require.Equal(u.t, enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, exhausted.Cause)
	require.ErrorContains(u.t, err, fmt.Sprintf("in-flight updates has been reached (%d)", limit))
}

func (u updated) requireTooManyInAll(a *asked, limit int) {
	u.t.Helper()
	_, err := u.outcome(a)
	require.ErrorAs(u.t, err, new(*serviceerror.FailedPrecondition))
	require.ErrorContains(u.t, err, fmt.Sprintf("total number of distinct updates in this workflow has been reached (%d)", limit))
}

// Ten updates of a run are in flight at most. The eleventh changes nothing, and one of the ten may be asked for again. A place is
// free when an update is rejected, or completed, but not when it is accepted, also for the next owner.
func TestUpdatesInFlightAreLimited(t *testing.T) {
	p, u := newLimited(t, nil)
	var all []*asked
	for n := range 10 {
		all = append(all, u.decide(change(fmt.Sprint("up-", n), completed))[0])
	}
	u.requireWaiting(all...)
	u.requireTooManyAtOnce(u.decide(change("more", completed))[0], 10)
	again := u.decide(change("up-0", completed))[0]
	u.requireWaiting(again)
	task := u.pull()
	require.Len(t, task.Messages, 10)
	u.requireTooManyAtOnce(u.decide(change("more", completed))[0], 10)
	answers := []func(*workflowservice.RespondWorkflowTaskCompletedRequest){accept("up-0"), respond("up-0", "done"), reject("up-1")}
	for n := 2; n < 10; n++ {
		answers = append(answers, accept(fmt.Sprint("up-", n)))
	}
	u.say(task, answers...)
	u.requireStage(all[0], completed, "done")
	u.requireStage(again, completed, "done")

	u.quiet()
	u.end()
	u = updated{&queried{driven: p.drive(t), queues: u.queues, starts: 20}}
	more := u.decide(change("more-0", accepted), change("more-1", accepted))
	u.requireTooManyAtOnce(u.decide(change("more-2", accepted))[0], 10)
	u.say(u.pull(), accept("more-0"), accept("more-1"), respond("up-2", "done"))
	u.requireStage(more[0], accepted, "")
	u.requireStage(more[1], accepted, "")
	u.requireWaiting(u.decide(change("more-2", accepted))[0])
	u.requireTooManyAtOnce(u.decide(change("more-3", accepted))[0], 10)
}

// A run has so many updates in all, whoever owns it and wherever it was; those that were rejected do not count. The next run has as many.
func TestUpdatesOfARunAreLimited(t *testing.T) {
	p, u := newLimited(t, map[string]string{"limit.maxTotalUpdates": "3"})
	one := u.decide(change("one", completed), change("rejected", completed))[0]
	u.say(u.pull(), accept("one"), respond("one", "1"), reject("rejected"))
	u.requireStage(one, completed, "1")
	u.decide(change("two", accepted))
	u.say(u.pull(), accept("two"))
	u.restAll()
	three := u.decide(change("three", accepted))[0]
	u.requireTooManyInAll(u.decide(change("four", completed))[0], 3)
	u.requireStage(u.decide(change("one", completed))[0], completed, "1")
	u.say(u.pull(), accept("three"), respond("two", "2"))
	u.requireStage(three, accepted, "")
	before := u.events("w")
	u.requireTooManyInAll(u.decide(change("four", completed))[0], 3)
	require.Len(t, u.events("w"), len(before))

	u.quiet()
	u.end()
	u = updated{&queried{driven: p.drive(t), queues: u.queues, starts: 20}}
	u.requireTooManyInAll(u.decide(change("four", completed))[0], 3)
	u.must(wake())
	u.say(u.pull(), again)
	all := u.decide(change("one", accepted), change("two", accepted), change("three", accepted))
	u.requireTooManyInAll(u.decide(change("four", completed))[0], 3)
	u.say(u.pull(), accept("one"), accept("two"), accept("three"))
	for _, a := range all {
		u.requireStage(a, accepted, "")
	}
}

// A workflow that is begun with an update is not begun if it may not have one, and one that is there is left as it is.
func TestUpdateWithStartIsLimited(t *testing.T) {
	_, u := newLimited(t, map[string]string{"limit.maxInFlightUpdates": "1"})
	both := func(id, updateID string) *workflowservice.ExecuteMultiOperationRequest {
		begin, update := start(id), change(updateID, completed)
		begin.WorkflowIdConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
		update.WorkflowExecution.WorkflowId = id
		return withStart(begin, update)
	}
	first := u.decide(both("w", "one"))[0]
	u.requireWaiting(first)
	_, err := u.outcome(u.decide(both("w", "two"))[0])
	var failed *serviceerror.MultiOperationExecution
	require.ErrorAs(t, err, &failed)
	require.ErrorAs(t, failed.OperationErrors()[0], new(*serviceerror.MultiOperationAborted))
	require.ErrorAs(t, failed.OperationErrors()[1], new(*serviceerror.ResourceExhausted))
	task := u.pull()
	require.Len(t, task.Messages, 1)
	u.say(task, accept("one"), respond("one", "1"))
	_, err = u.outcome(first)
	require.NoError(t, err)
}

func withStart(begin *workflowservice.StartWorkflowExecutionRequest, update *workflowservice.UpdateWorkflowExecutionRequest) *workflowservice.ExecuteMultiOperationRequest {
	return &workflowservice.ExecuteMultiOperationRequest{Operations: []*workflowservice.ExecuteMultiOperationRequest_Operation{
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_StartWorkflow{StartWorkflow: begin}},
		{Operation: &workflowservice.ExecuteMultiOperationRequest_Operation_UpdateWorkflow{UpdateWorkflow: update}},
	}}
}
