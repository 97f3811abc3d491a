package machine

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// runsApart is how far apart two runs of one chain begin at least, so that one that
// continues as new at once does not spin. Temporal's value.
const runsApart = time.Second

// nextRun is what a run that ends by itself leads to: another try of its retry policy, the next
// time of its cron schedule, or nothing.
type nextRun struct {
	initiator enumspb.ContinueAsNewInitiator // unspecified: the chain ends
	wait      time.Duration
	// retry is what the close event says of the retry policy.
	retry enumspb.RetryState
}

func (n nextRun) begins() bool { return n.initiator != enumspb.CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED }

// afterSuccess is what follows a run that completed.
func (t *transaction) afterSuccess() nextRun {
	if wait, scheduled := t.cronWait(); scheduled {
		return nextRun{initiator: enumspb.CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE, wait: wait}
	}
	return nextRun{}
}

// afterFailure is what follows a run that failed or timed out: its retry policy goes before its schedule.
func (t *transaction) afterFailure(failure *failurepb.Failure) nextRun {
	retry := t.decideRunRetry(failure)
	if retry.again() {
		return nextRun{enumspb.CONTINUE_AS_NEW_INITIATOR_RETRY, retry.wait, retry.state}
	}
	next := t.afterSuccess()
	next.retry = retry.state
	return next
}

// nextRunID is what the close event says of the run that follows; empty for none.
func (t *transaction) nextRunID(next nextRun) string {
	if next.begins() {
		return t.in.RunID
	}
	return ""
}

// beginNext begins the run that follows, which is told of the last result and failure.
func (t *transaction) beginNext(next nextRun, result *commonpb.Payloads, failure *failurepb.Failure) {
	if !next.begins() {
		return
	}
	a := t.successor(next.initiator)
	if next.initiator == enumspb.CONTINUE_AS_NEW_INITIATOR_RETRY {
		a.Attempt = t.run.start.Attempt + 1
		a.CompletionCallbacks = t.run.start.CompletionCallbacks
	}
	a.LastCompletionResult, a.ContinuedFailure = result, failure
	a.FirstWorkflowTaskBackoff = durationpb.New(t.apart(next.wait))
	t.beginSuccessor(a)
}

// successor are the Started attributes of a run that follows this one, with all that they have in common.
func (t *transaction) successor(initiator enumspb.ContinueAsNewInitiator) *historypb.WorkflowExecutionStartedEventAttributes {
	r, s := t.run, t.run.start
	return &historypb.WorkflowExecutionStartedEventAttributes{
		WorkflowType: s.WorkflowType, TaskQueue: s.TaskQueue, Input: s.Input,
		WorkflowExecutionTimeout: s.WorkflowExecutionTimeout, WorkflowRunTimeout: s.WorkflowRunTimeout, WorkflowTaskTimeout: s.WorkflowTaskTimeout,
		WorkflowExecutionExpirationTime: s.WorkflowExecutionExpirationTime,
		ContinuedExecutionRunId:         r.runID, Initiator: initiator, OriginalExecutionRunId: t.in.RunID, FirstExecutionRunId: s.FirstExecutionRunId,
		WorkflowId: r.workflowID, Attempt: 1, RetryPolicy: s.RetryPolicy, CronSchedule: s.CronSchedule,
		Memo: s.Memo, SearchAttributes: s.SearchAttributes, Header: s.Header, Priority: r.priority,
		PrevAutoResetPoints: r.handedOn(t.now, t.in.Retention), ParentWorkflowNamespace: s.ParentWorkflowNamespace, ParentWorkflowExecution: s.ParentWorkflowExecution,
		ParentInitiatedEventId: s.ParentInitiatedEventId, RootWorkflowExecution: s.RootWorkflowExecution,
	}
}

// beginSuccessor begins the run that the attributes describe, with the links of the one before.
func (t *transaction) beginSuccessor(a *historypb.WorkflowExecutionStartedEventAttributes) {
	first, err := t.run.decodedEvent(1)
	if err != nil && t.broken == nil {
		t.broken = err
	}
	t.links = first.GetLinks()
	t.beginRun(t.in.RunID, a)
	t.firstWorkflowTask()
}

// apart is a wait of the next run's first task that keeps it far enough from when this one was due.
func (t *transaction) apart(asked time.Duration) time.Duration {
	since := time.Duration(t.now - t.run.executionTime())
	return max(asked, runsApart-since, 0)
}

// decideRunRetry decides whether another run follows one that failed. Unlike an activity's, the wait that a failure
// asks for is bounded by the policy's.
func (t *transaction) decideRunRetry(failure *failurepb.Failure) retryDecision {
	s := t.run.start
	d := retryAfter(s.RetryPolicy, failure, s.Attempt)
	if longest := s.RetryPolicy.GetMaximumInterval().AsDuration(); longest > 0 && (d.wait <= 0 || d.wait > longest) {
		d.wait = longest
	}
	return d.before(t.now, t.run.executionExpires())
}
