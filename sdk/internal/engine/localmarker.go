package engine

import (
	"context"
	"fmt"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/command"
)

// The marker of a local activity's outcome, as Temporal's Go SDK names its parts. A failure is a field of the marker's own.
const (
	localActivityMarker = "LocalActivity"
	localActivityData   = "data"
	localActivityResult = "result"
)

// localMarker is the marker's data, as Temporal's Go SDK writes it.
type localMarker struct {
	ActivityID   string
	ActivityType string
	ReplayTime   time.Time // the workflow's time when the outcome came
	Attempt      int32
	Backoff      time.Duration // before the next attempt, by a timer; -1 where a failure is the last
}

// LocalOutcome is what a local activity came to.
type LocalOutcome struct {
	// Attempt is the number of the last attempt.
	Attempt int32
	// Result is what it returned, or Failure what that failed with.
	Result  *commonpb.Payloads
	Failure *failurepb.Failure
	// Backoff is how long to wait for the next attempt by a timer, or -1 if there is none; 0 without a failure, and
	// with a cancellation. See [LocalActivity.Next].
	Backoff time.Duration
	// Elapsed is the time since the workflow task was started, by the worker's clock.
	Elapsed time.Duration
}

// LocalActivities are those that the worker has to run now; it is given each once. Handle and Resolve may bring some.
func (e *Execution) LocalActivities() []*LocalActivity { return e.env.locals.take() }

// Resolve takes the outcome of a local activity while its workflow task is open, and lets the code go on. It returns the
// task's completion, or nil if that has to wait for others. An outcome that nobody waits for any more changes nothing.
// Errors are as for [Execution.Handle].
func (e *Execution) Resolve(ctx context.Context, a *LocalActivity, o LocalOutcome) (*workflowservice.RespondWorkflowTaskCompletedRequest, error) {
	if e.broken != nil {
		return nil, e.broken
	}
	if e.task == nil || e.env.locals.pending[a.ID] != a {
		return nil, nil
	}
	err := e.guarded("", func() error {
		if err := e.env.recordLocal(a, o); err != nil {
			return err
		}
		return e.step()
	})
	if err != nil {
		e.broken = asTaskFailure(ctx, err)
		return nil, e.broken
	}
	return e.completeOrWait(ctx), nil
}

// Heartbeat completes the open workflow task while its local activities go on, and asks for another in its stead, for which
// Handle is called with the same execution. It is nil if no task is open.
func (e *Execution) Heartbeat(ctx context.Context) *workflowservice.RespondWorkflowTaskCompletedRequest {
	if e.broken != nil || e.task == nil {
		return nil
	}
	out := e.complete(ctx, e.task)
	out.ForceCreateNewWorkflowTask = true
	e.task = nil
	return out
}

// recordLocal adds the marker of an outcome.
func (e *Env) recordLocal(a *LocalActivity, o LocalOutcome) error {
	dc := e.opts.DataConverter
	m := localMarker{ActivityID: a.ID, ActivityType: a.Type, ReplayTime: e.taskTime.Add(o.Elapsed), Attempt: o.Attempt, Backoff: o.Backoff}
	data, err := converter.EncodeAll(dc, m)
	if err != nil {
		return fmt.Errorf("outcome of local activity %s: %w", a.Type, err)
	}
	details := map[string]*commonpb.Payloads{localActivityData: data}
	if o.Failure == nil && o.Result != nil {
		details[localActivityResult] = o.Result
	}
	e.localEnded(a, m, details, o.Failure)
	return nil
}

// replayLocal takes an outcome that the history has.
func (e *Env) replayLocal(event *historypb.HistoryEvent) error {
	attrs := event.GetMarkerRecordedEventAttributes()
	var m localMarker
	if err := converter.DecodeAll(e.opts.DataConverter, attrs.GetDetails()[localActivityData], &m); err != nil {
		return damaged(event, "its local activity cannot be read: "+err.Error())
	}
	a, ok := e.locals.pending[m.ActivityID]
	if !ok || m.ActivityType != "" && m.ActivityType != a.Type {
		now := "runs none there"
		if ok {
			now = "runs " + a.Type + " there"
		}
		return nonDeterminism("nondeterministic workflow: the history has event %d, the outcome of local activity %s (id %s), but the code now %s; bring the old order back behind workflow.GetVersion",
			event.GetEventId(), m.ActivityType, m.ActivityID, now)
	}
	e.localEnded(a, m, attrs.GetDetails(), attrs.GetFailure())
	return nil
}

// localEnded records an outcome, moves the workflow's time to when it came, and tells who waits.
func (e *Env) localEnded(a *LocalActivity, m localMarker, details map[string]*commonpb.Payloads, f *failurepb.Failure) {
	command.RecordMarker(&e.outbox, &commandpb.RecordMarkerCommandAttributes{
		MarkerName: localActivityMarker, Details: details, Failure: f,
	}, a.metadata)
	e.locals.ended += a.attempts()
	delete(e.locals.pending, a.ID)
	e.advance(m.ReplayTime)
	a.course.resolved(m, details[localActivityResult], failure.ToError(e.opts.DataConverter, f))
}
