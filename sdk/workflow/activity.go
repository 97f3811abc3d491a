package workflow

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/converter"
)

// ErrNoActivityTimeout is returned by an activity's future if its options limit neither one attempt
// nor all of them.
var ErrNoActivityTimeout = errors.New("an activity needs a StartToCloseTimeout or a ScheduleToCloseTimeout: set one with workflow.WithActivityOptions")

// ActivityOptions are how activities are run. One of StartToCloseTimeout and ScheduleToCloseTimeout is
// required; a time-out of zero is none, or the one that contains it.
type ActivityOptions struct {
	// ActivityID is unique among the run's open activities; by default it is the decimal of the
	// scheduled event's id.
	ActivityID string
	// TaskQueue is the queue of the workers that may run it; by default the workflow's.
	TaskQueue string
	// ScheduleToCloseTimeout limits all attempts together, waiting included.
	ScheduleToCloseTimeout time.Duration
	// ScheduleToStartTimeout limits the wait of an attempt for a worker. After it there is no other attempt.
	ScheduleToStartTimeout time.Duration
	// StartToCloseTimeout limits each attempt. It should be little longer than an attempt may take: that a worker
	// was lost with an attempt is noticed by this time-out, or by HeartbeatTimeout.
	StartToCloseTimeout time.Duration
	// HeartbeatTimeout limits the time between two heartbeats of an attempt; see activity.RecordHeartbeat.
	// An activity that is to hear of its cancellation needs it.
	HeartbeatTimeout time.Duration
	// WaitForCancellation makes the future of a cancelled activity wait until the activity has ended, in
	// whatever way; otherwise it is ready at once, and how the activity ends is not told.
	WaitForCancellation bool
	// RetryPolicy says when an attempt that failed or timed out is made again. Nil takes the defaults of
	// RetryPolicy: again and again, until ScheduleToCloseTimeout.
	RetryPolicy *RetryPolicy
	// Summary is shown beside the activity in user interfaces.
	Summary string
}

type activityOptionsKey struct{}

// WithActivityOptions returns a context whose activities are run with these options.
func WithActivityOptions(ctx Context, o ActivityOptions) Context {
	return WithValue(ctx, activityOptionsKey{}, o)
}

// GetActivityOptions are the options that activities of ctx are run with.
func GetActivityOptions(ctx Context) ActivityOptions {
	o, _ := ctx.Value(activityOptionsKey{}).(ActivityOptions)
	return o
}

// ExecuteActivity schedules an activity, with the options of ctx. The future is ready with its output,
// with a *failure.ActivityError if it does not succeed, or with a *failure.CanceledError when ctx is
// cancelled.
func ExecuteActivity[In, Out any](ctx Context, a activity.Activity[In, Out], in In) Future[Out] {
	result := ctx.run().outbound.ExecuteActivity(ctx, &ExecuteActivityInput{ActivityType: a.Name(), Input: in, Header: map[string]*commonpb.Payload{}})
	return decoded[Out](ctx, result, "activity", a.Name())
}

func (outbound) ExecuteActivity(ctx Context, in *ExecuteActivityInput) Future[*commonpb.Payloads] {
	f := &future[*commonpb.Payloads]{}
	env, o := ctx.run().env, GetActivityOptions(ctx)
	input, err := converter.Encode(env.DataConverter(), in.Input)
	switch {
	case err != nil:
		f.SetError(fmt.Errorf("input of activity %s: %w", in.ActivityType, err))
		return f
	case o.StartToCloseTimeout <= 0 && o.ScheduleToCloseTimeout <= 0:
		f.SetError(fmt.Errorf("activity %s: %w", in.ActivityType, ErrNoActivityTimeout))
		return f
	}
	forget := func() {}
	command := o.command(in.ActivityType, input, env.Info().TaskQueue)
	command.Header.Fields = in.Header
	cancel := env.ScheduleActivity(command, o.Summary, o.WaitForCancellation, func(result *commonpb.Payloads, err error) {
		forget()
		f.Set(result, err)
	})
	forget = ctx.scope().onCancel(cancel)
	return f
}

// decoded is a future of the encoded output that an activity, or something else of that kind, has.
func decoded[Out any](ctx Context, result Future[*commonpb.Payloads], kind, name string) Future[Out] {
	f, dc := &future[Out]{}, ctx.run().env.DataConverter()
	whenReady(result, func(payloads *commonpb.Payloads, err error) {
		var out Out
		if err == nil {
			if err = converter.Decode(dc, payloads, &out); err != nil {
				err = fmt.Errorf("output of %s %s: %w; its declaration must have the %s's output type", kind, name, err, kind)
			}
		}
		f.Set(out, err)
	})
	return f
}

func (o ActivityOptions) command(name string, input *commonpb.Payloads, workflowQueue string) *commandpb.ScheduleActivityTaskCommandAttributes {
	queue := cmp.Or(o.TaskQueue, workflowQueue)
	return &commandpb.ScheduleActivityTaskCommandAttributes{
		ActivityId:             o.ActivityID,
		ActivityType:           &commonpb.ActivityType{Name: name},
		TaskQueue:              &taskqueuepb.TaskQueue{Name: queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		Header:                 &commonpb.Header{},
		Input:                  input,
		ScheduleToCloseTimeout: durationpb.New(o.ScheduleToCloseTimeout),
		ScheduleToStartTimeout: durationpb.New(o.ScheduleToStartTimeout),
		StartToCloseTimeout:    durationpb.New(o.StartToCloseTimeout),
		HeartbeatTimeout:       durationpb.New(o.HeartbeatTimeout),
		RetryPolicy:            o.RetryPolicy.Proto(),
		UseWorkflowBuildId:     queue == workflowQueue,
	}
}
