package attempt

import (
	"context"
	"errors"
	"runtime/debug"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

// Code is an activity's code, as activity.Implementation has it.
type Code interface {
	Execute(ctx context.Context, dc converter.DataConverter, input *commonpb.Payloads) (*commonpb.Payloads, error)
}

// Run makes the attempt: it calls the code, whose context is ctx with env in it, and returns what it
// returned. A panic is a *failure.PanicError. An error that says no more than that ctx has ended is
// replaced by the cause of that end.
func Run(ctx context.Context, env *Env, code Code, input *commonpb.Payloads) (*commonpb.Payloads, error) {
	result, err := call(NewContext(ctx, env), env, code, input)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = causedBy(cause, err)
	}
	return result, err
}

func call(ctx context.Context, env *Env, code Code, input *commonpb.Payloads) (result *commonpb.Payloads, err error) {
	defer func() {
		if value := recover(); value != nil {
			result, err = nil, failure.NewPanicError(value, string(debug.Stack()))
			env.Logger.Error().Err(err).Msg("an activity panicked: its failure tells the stack")
		}
	}()
	return code.Execute(ctx, env.DataConverter, input)
}

// causedBy is the error of an activity whose context had ended: where it says no more than that, the
// cause says it better.
func causedBy(cause, err error) error {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch {
	case errors.Is(cause, ErrWorkerStopped):
		return failure.NewApplicationError("the worker was stopped before the activity had ended", "WorkerStopped")
	case errors.Is(cause, ErrPaused):
		return failure.NewApplicationError("the activity was paused before the attempt had ended", "ActivityPaused")
	case errors.Is(cause, ErrReset):
		return failure.NewApplicationError("the activity was reset before the attempt had ended", "ActivityReset")
	}
	return cause
}
