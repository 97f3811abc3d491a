package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
	"github.com/perdure/perdure/sdk/metrics"
)

// runActivityTask runs a started activity task in a slot, reports what came of it and gives the
// slot back.
func (w *Worker) runActivityTask(task *workflowservice.PollActivityTaskQueueResponse) {
	defer w.activitySlots.Give(1)
	w.meters.activitySlots.add(1)
	defer w.meters.activitySlots.add(-1)
	info := attempt.InfoOf(task, w.namespace, w.queue, time.Now())
	base, end := context.WithCancelCause(w.working)
	defer end(nil)
	ctx := base
	if !info.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(base, info.Deadline, attempt.ErrTimeout)
		defer cancel()
	}
	if err := w.caller.Resolve(ctx, task); err != nil {
		w.reportActivity(task, info, nil, unreadable(err), nil)
		return
	}
	beat := w.newHeartbeat(task, info, end)
	env := &attempt.Env{
		Info: info, DataConverter: w.dc, HeartbeatDetails: task.GetHeartbeatDetails(), Heartbeat: beat.record, Stopping: w.stopping,
		Logger: attempt.NamedLogger(w.logger, info),
		Header: task.GetHeader().GetFields(), Interceptors: w.around.activity, Metrics: w.meters.handler,
	}
	result, err := w.execute(ctx, env, task.GetInput())
	w.reportActivity(task, info, result, err, beat.end())
}

// execute runs the activity's code, if there is any.
func (w *Worker) execute(ctx context.Context, env *attempt.Env, input *commonpb.Payloads) (*commonpb.Payloads, error) {
	impl, known := w.registry.activities[env.Info.ActivityType]
	if !known {
		w.meters.handler.Counter(metrics.UnregisteredActivityInvocation).Inc(1)
		return nil, failure.NewApplicationError(fmt.Sprintf("unable to find activityType=%s. Supported types: [%s]",
			env.Info.ActivityType, strings.Join(w.registry.activityNames(), ", ")), "ActivityNotRegisteredError")
	}
	began := time.Now()
	result, err := attempt.Run(ctx, env, impl, input)
	w.meters.activity(env.Info.ActivityType).ran(env.Info, time.Since(began), err)
	return result, err
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
		switch {
		case errors.As(err, &invalid):
			err = failure.NewNonRetryableApplicationError("the result of the activity was refused: "+invalid.Error(), "InvalidResult", nil)
		case unstored(err):
			err = failure.NewApplicationError("the result of the activity is not kept: "+err.Error(), "PayloadNotStored")
		default:
			w.reported(err, "the result of an activity")
			return
		}
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

// reporting is the context of a report: as long as the attempt's time lasts. It is the report's own: deadlines
// differ from one activity to the next, and may be far away.
func (w *Worker) reporting(deadline time.Time) (context.Context, context.CancelFunc) {
	if deadline.IsZero() {
		return w.calling, func() {}
	}
	if least := time.Now().Add(leastReporting); deadline.Before(least) {
		deadline = least
	}
	return context.WithDeadline(w.calling.Context, deadline)
}
