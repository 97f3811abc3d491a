package workflow

import (
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// ErrNoLocalActivityTimeout is returned by a local activity's future if its options limit neither one attempt nor all
// of them.
var ErrNoLocalActivityTimeout = errors.New("a local activity needs a StartToCloseTimeout or a ScheduleToCloseTimeout: set one with workflow.WithLocalActivityOptions")

// LocalActivityOptions are how local activities are run. One of the time-outs is required.
type LocalActivityOptions struct {
	// ScheduleToCloseTimeout limits all attempts together, waiting included; zero is none.
	ScheduleToCloseTimeout time.Duration
	// StartToCloseTimeout limits each attempt; zero is ScheduleToCloseTimeout.
	StartToCloseTimeout time.Duration
	// RetryPolicy says when an attempt that failed or timed out is made again. Nil takes the defaults of RetryPolicy.
	// A wait that is longer than the workflow's task time-out is made by a timer.
	RetryPolicy *RetryPolicy
	// Summary is shown beside the activity in user interfaces.
	Summary string
}

type localActivityOptionsKey struct{}

// WithLocalActivityOptions returns a context whose local activities are run with these options.
func WithLocalActivityOptions(ctx Context, o LocalActivityOptions) Context {
	return WithValue(ctx, localActivityOptionsKey{}, o)
}

// GetLocalActivityOptions are the options that local activities of ctx are run with.
func GetLocalActivityOptions(ctx Context) LocalActivityOptions {
	o, _ := ctx.Value(localActivityOptionsKey{}).(LocalActivityOptions)
	return o
}

// ExecuteLocalActivity runs an activity in the worker that runs the workflow, with the local options of ctx: without a
// task queue, and with one event for its outcome. It has to be registered with that worker, too. It is for what takes a
// few seconds at most, since the workflow hears of nothing else meanwhile: while it runs the workflow task stays open,
// and is made anew before it times out. It has no heartbeats, and when the worker is lost before its outcome is
// recorded another makes all of the task's attempts again.
//
// The future is ready with its output, or with the error of the last attempt as it is: a *failure.ApplicationError,
// *failure.PanicError or *failure.TimeoutError, or a *failure.CanceledError after ctx was cancelled. The activity's context ends
// then, but what it still does is not waited for.
func ExecuteLocalActivity[In, Out any](ctx Context, a activity.Activity[In, Out], in In) Future[Out] {
	result := ctx.run().outbound.ExecuteLocalActivity(ctx, &ExecuteActivityInput{ActivityType: a.Name(), Input: in, Header: map[string]*commonpb.Payload{}})
	return decoded[Out](ctx, result, "local activity", a.Name())
}

func (outbound) ExecuteLocalActivity(ctx Context, in *ExecuteActivityInput) Future[*commonpb.Payloads] {
	f := &future[*commonpb.Payloads]{}
	env, o := ctx.run().env, GetLocalActivityOptions(ctx)
	input, err := converter.Encode(env.DataConverter(), in.Input)
	switch {
	case err != nil:
		err = fmt.Errorf("input of local activity %s: %w", in.ActivityType, err)
	case o.StartToCloseTimeout < 0 || o.ScheduleToCloseTimeout < 0:
		err = fmt.Errorf("local activity %s: a time-out is negative", in.ActivityType)
	case o.StartToCloseTimeout == 0 && o.ScheduleToCloseTimeout == 0:
		err = fmt.Errorf("local activity %s: %w", in.ActivityType, ErrNoLocalActivityTimeout)
	}
	if err != nil {
		f.SetError(err)
		return f
	}
	forget := func() {}
	cancel := env.ExecuteLocalActivity(engine.LocalActivityCall{
		Type: in.ActivityType, Input: input, Header: in.Header, Summary: o.Summary, RetryPolicy: o.RetryPolicy.Proto(),
		ScheduleToClose: o.ScheduleToCloseTimeout, StartToClose: o.StartToCloseTimeout,
	}, func(result *commonpb.Payloads, err error) {
		forget()
		f.Set(result, err)
	})
	forget = ctx.scope().onCancel(cancel)
	return f
}
