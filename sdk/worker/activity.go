package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// runActivityTask runs a started activity task in a slot, reports what came of it and gives the
// slot back.
func (w *Worker) runActivityTask(task *workflowservice.PollActivityTaskQueueResponse) {
	defer w.activitySlots.Give(1)
	received := time.Now()
	info := w.activityInfo(task, received)
	base, end := context.WithCancelCause(w.working)
	defer end(nil)
	ctx := base
	if !info.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(base, info.Deadline, attempt.ErrTimeout)
		defer cancel()
	}
	beat := w.newHeartbeat(task, info, end)
	env := &attempt.Env{
		Info: info, DataConverter: w.dc, HeartbeatDetails: task.GetHeartbeatDetails(), Heartbeat: beat.record, Stopping: w.stopping,
		Logger: w.logger.With().Str("activity_type", info.ActivityType).Str("activity_id", info.ActivityID).
			Str("workflow_id", info.WorkflowID).Str("run_id", info.RunID).Int32("attempt", info.Attempt).Logger(),
	}
	result, err := w.execute(attempt.NewContext(ctx, env), info.ActivityType, task.GetInput())
	unsent := beat.end()
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = causedBy(cause, err)
	}
	w.reportActivity(task, info, result, err, unsent)
}

// execute runs the activity's code; its panic is an error.
func (w *Worker) execute(ctx context.Context, name string, input *commonpb.Payloads) (result *commonpb.Payloads, err error) {
	impl, known := w.registry.activities[name]
	if !known {
		return nil, failure.NewApplicationError(fmt.Sprintf("unable to find activityType=%s. Supported types: [%s]",
			name, strings.Join(w.registry.activityNames(), ", ")), "ActivityNotRegisteredError")
	}
	defer func() {
		if value := recover(); value != nil {
			result, err = nil, failure.NewPanicError(value, string(debug.Stack()))
			w.logger.Error().Str("activity_type", name).Err(err).Msg("an activity panicked: its failure tells the stack")
		}
	}()
	return impl.Execute(ctx, w.dc, input)
}

// causedBy is the error of an activity whose context had ended: where it says no more than that, the
// cause says it better.
func causedBy(cause, err error) error {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(cause, attempt.ErrWorkerStopped) {
		return failure.NewApplicationError("the worker was stopped before the activity had ended", "WorkerStopped")
	}
	return cause
}

// reportActivity tells the service what an attempt ended with, as long as its time lasts.
func (w *Worker) reportActivity(task *workflowservice.PollActivityTaskQueueResponse, info attempt.Info, result *commonpb.Payloads, err error, unsent *commonpb.Payloads) {
	if errors.Is(err, activity.ErrResultPending) || errors.Is(err, attempt.ErrGone) {
		return
	}
	ctx, cancel := w.reporting(info.Deadline)
	defer cancel()
	if err == nil {
		err = w.completeActivity(ctx, task, result)
		var invalid *serviceerror.InvalidArgument
		if !errors.As(err, &invalid) {
			w.reported(err, "the result of an activity")
			return
		}
		err = failure.NewNonRetryableApplicationError("the result of the activity was refused: "+invalid.Error(), "InvalidResult", nil)
	}
	var canceled *failure.CanceledError
	if errors.As(err, &canceled) && w.cancelActivity(ctx, task, canceled) {
		return
	}
	w.reported(w.caller.Worker(ctx, w.queue, "RespondActivityTaskFailed", &workflowservice.RespondActivityTaskFailedRequest{
		TaskToken: task.GetTaskToken(), Failure: w.fitting(failure.FromError(w.dc, err)), LastHeartbeatDetails: unsent,
		Identity: w.identity, Namespace: w.namespace,
	}, &workflowservice.RespondActivityTaskFailedResponse{}), "the failure of an activity")
}

func (w *Worker) completeActivity(ctx context.Context, task *workflowservice.PollActivityTaskQueueResponse, result *commonpb.Payloads) error {
	return w.caller.Worker(ctx, w.queue, "RespondActivityTaskCompleted", &workflowservice.RespondActivityTaskCompletedRequest{
		TaskToken: task.GetTaskToken(), Result: result, Identity: w.identity, Namespace: w.namespace,
	}, &workflowservice.RespondActivityTaskCompletedResponse{})
}

// cancelActivity reports an activity as canceled. It is false when the service refuses that, since
// nobody asked for the cancellation: the activity has failed then.
func (w *Worker) cancelActivity(ctx context.Context, task *workflowservice.PollActivityTaskQueueResponse, canceled *failure.CanceledError) bool {
	err := w.caller.Worker(ctx, w.queue, "RespondActivityTaskCanceled", &workflowservice.RespondActivityTaskCanceledRequest{
		TaskToken: task.GetTaskToken(), Details: failure.FromError(w.dc, canceled).GetCanceledFailureInfo().GetDetails(),
		Identity: w.identity, Namespace: w.namespace,
	}, &workflowservice.RespondActivityTaskCanceledResponse{})
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return false
	}
	w.reported(err, "the cancellation of an activity")
	return true
}

// leastReporting is how long a report is tried even when the attempt's time is nearly over.
const leastReporting = 5 * time.Second

// reporting is the context of a report: as long as the attempt's time lasts.
func (w *Worker) reporting(deadline time.Time) (context.Context, context.CancelFunc) {
	if deadline.IsZero() {
		return context.WithCancel(w.calling)
	}
	if least := time.Now().Add(leastReporting); deadline.Before(least) {
		deadline = least
	}
	return context.WithDeadline(w.calling, deadline)
}

// activityInfo tells the attempt's names and times. Its deadline is counted from when it was
// received, so that clocks that differ do no harm.
func (w *Worker) activityInfo(task *workflowservice.PollActivityTaskQueueResponse, received time.Time) attempt.Info {
	info := attempt.Info{
		Namespace:              w.namespace,
		WorkflowID:             task.GetWorkflowExecution().GetWorkflowId(),
		RunID:                  task.GetWorkflowExecution().GetRunId(),
		WorkflowType:           task.GetWorkflowType().GetName(),
		ActivityID:             task.GetActivityId(),
		ActivityType:           task.GetActivityType().GetName(),
		TaskQueue:              w.queue,
		Attempt:                task.GetAttempt(),
		ScheduleToCloseTimeout: task.GetScheduleToCloseTimeout().AsDuration(),
		StartToCloseTimeout:    task.GetStartToCloseTimeout().AsDuration(),
		HeartbeatTimeout:       task.GetHeartbeatTimeout().AsDuration(),
		TaskToken:              task.GetTaskToken(),
	}
	if t := task.GetScheduledTime(); t != nil {
		info.ScheduledTime = t.AsTime()
	}
	if t := task.GetCurrentAttemptScheduledTime(); t != nil {
		info.CurrentAttemptScheduledTime = t.AsTime()
	}
	if t := task.GetStartedTime(); t != nil {
		info.StartedTime = t.AsTime()
	}
	left := info.StartToCloseTimeout
	if total := info.ScheduleToCloseTimeout; total > 0 {
		total = max(total-info.StartedTime.Sub(info.ScheduledTime), 0)
		if left == 0 || total < left {
			left = total
		}
	}
	if left > 0 {
		info.Deadline = received.Add(left)
	}
	return info
}
