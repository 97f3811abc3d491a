package workflowtest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

// runsApart is how far apart two runs of one chain begin at least.
const runsApart = time.Second

// ended notes the event that has closed the run. What it was at is left, its children get their policies, and its parent
// hears of it, unless another run follows: the one that next describes; nil for none.
func (env *Environment) ended(event *historypb.HistoryEvent, next *historypb.WorkflowExecutionStartedEventAttributes) {
	env.closed = event
	env.release()
	for _, initiated := range slices.Sorted(maps.Keys(env.children)) {
		env.children[initiated].parentClosed()
	}
	switch {
	case next != nil:
		_, _ = env.world.begin(env.parent, next) // the error ends the test
	case env.parent != nil:
		env.world.call(func() { env.parent.childClosed(env, event) })
	}
}

// release leaves what the run was at.
func (env *Environment) release() {
	env.abandonActivities(attempt.ErrGone)
	env.locals.abandon()
	env.agenda.remove(env.limit)
	env.agenda.remove(env.asleep)
	for _, timer := range env.timers {
		env.agenda.remove(timer)
	}
	for _, at := range env.open {
		env.agenda.remove(at.next)
	}
	clear(env.open)
}

// timeOut ends the run, and may lead to its next try.
func (env *Environment) timeOut() {
	next, state := env.retry(timeoutFailure("workflow timeout", enumspb.TIMEOUT_TYPE_START_TO_CLOSE))
	event := &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_WorkflowExecutionTimedOutEventAttributes{
			WorkflowExecutionTimedOutEventAttributes: &historypb.WorkflowExecutionTimedOutEventAttributes{
				RetryState: state, NewExecutionRunId: next.GetOriginalExecutionRunId(),
			},
		},
	}
	env.journal.write(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, event)
	env.ended(event, next)
}

// retry is the run that follows one that failed, by its retry policy; nil and why there is none.
func (env *Environment) retry(f *failurepb.Failure) (*historypb.WorkflowExecutionStartedEventAttributes, enumspb.RetryState) {
	policy := env.started.GetRetryPolicy()
	if policy == nil {
		return nil, enumspb.RETRY_STATE_RETRY_POLICY_NOT_SET
	}
	wait, state := attempt.Next(policy, env.started.GetAttempt(), f)
	wait = min(wait, policy.GetMaximumInterval().AsDuration())
	limit := env.started.GetWorkflowExecutionExpirationTime()
	if state == enumspb.RETRY_STATE_IN_PROGRESS && limit != nil && env.journal.now.Add(wait).After(limit.AsTime()) {
		state = enumspb.RETRY_STATE_TIMEOUT
	}
	if state != enumspb.RETRY_STATE_IN_PROGRESS {
		return nil, state
	}
	next := env.successor(enumspb.CONTINUE_AS_NEW_INITIATOR_RETRY, wait)
	next.Attempt, next.ContinuedFailure = env.started.GetAttempt()+1, f
	return next, state
}

// continued is the run that continues another as new; nil for that which Execute runs: its test ends there.
func (env *Environment) continued(a *historypb.WorkflowExecutionContinuedAsNewEventAttributes, policy *commonpb.RetryPolicy) *historypb.WorkflowExecutionStartedEventAttributes {
	if env == env.world.root {
		return nil
	}
	next := env.successor(enumspb.CONTINUE_AS_NEW_INITIATOR_WORKFLOW, a.GetBackoffStartInterval().AsDuration())
	next.WorkflowType, next.TaskQueue = cmp.Or(a.GetWorkflowType(), next.WorkflowType), cmp.Or(a.GetTaskQueue(), next.TaskQueue)
	next.Input, next.Header, next.LastCompletionResult = a.GetInput(), a.GetHeader(), nil
	next.Memo, next.SearchAttributes = a.GetMemo(), a.GetSearchAttributes()
	if d := a.GetWorkflowRunTimeout(); d.AsDuration() > 0 {
		next.WorkflowRunTimeout = d
	}
	if d := a.GetWorkflowTaskTimeout(); d.AsDuration() > 0 {
		next.WorkflowTaskTimeout = d
	}
	if next.RetryPolicy = nil; policy != nil {
		next.RetryPolicy = attempt.Policy(policy)
	}
	return next
}

// successor describes the run that follows, with all that the two have in common.
func (env *Environment) successor(why enumspb.ContinueAsNewInitiator, wait time.Duration) *historypb.WorkflowExecutionStartedEventAttributes {
	s := env.started
	due := env.journal.events[0].GetEventTime().AsTime().Add(s.GetFirstWorkflowTaskBackoff().AsDuration())
	wait = max(wait, runsApart-env.journal.now.Sub(due), 0)
	return &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: s.GetWorkflowType(), TaskQueue: s.GetTaskQueue(), Input: s.GetInput(), Header: s.GetHeader(),
		WorkflowExecutionTimeout: s.GetWorkflowExecutionTimeout(), WorkflowRunTimeout: s.GetWorkflowRunTimeout(), WorkflowTaskTimeout: s.GetWorkflowTaskTimeout(),
		WorkflowExecutionExpirationTime: s.GetWorkflowExecutionExpirationTime(), ContinuedExecutionRunId: env.id().GetRunId(), Initiator: why,
		OriginalExecutionRunId: env.world.newRunID(), FirstExecutionRunId: s.GetFirstExecutionRunId(), WorkflowId: s.GetWorkflowId(), Attempt: 1,
		RetryPolicy: s.GetRetryPolicy(), CronSchedule: s.GetCronSchedule(), Memo: s.GetMemo(), SearchAttributes: s.GetSearchAttributes(),
		LastCompletionResult: s.GetLastCompletionResult(), FirstWorkflowTaskBackoff: durationpb.New(wait),
		ParentWorkflowNamespace: s.GetParentWorkflowNamespace(), ParentWorkflowExecution: s.GetParentWorkflowExecution(),
		ParentInitiatedEventId: s.GetParentInitiatedEventId(), RootWorkflowExecution: s.GetRootWorkflowExecution(),
	}
}
