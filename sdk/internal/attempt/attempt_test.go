package attempt

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The deadline is what is left of the shorter time-out, from when the task was received on.
func TestDeadline(t *testing.T) {
	scheduled, received := time.Unix(1000, 0).UTC(), time.Unix(5000, 0).UTC()
	for name, test := range map[string]struct{ scheduleToClose, startToClose, waited, want time.Duration }{
		"start to close":                    {startToClose: time.Minute, waited: time.Hour, want: time.Minute},
		"schedule to close":                 {scheduleToClose: time.Hour, waited: 10 * time.Minute, want: 50 * time.Minute},
		"the rest of schedule to close":     {scheduleToClose: time.Hour, startToClose: time.Minute, waited: time.Hour - time.Second, want: time.Second},
		"schedule to close, long still":     {scheduleToClose: time.Hour, startToClose: time.Minute, waited: time.Second, want: time.Minute},
		"schedule to close, over (a clock)": {scheduleToClose: time.Hour, startToClose: time.Minute, waited: 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			info := InfoOf(&workflowservice.PollActivityTaskQueueResponse{
				ScheduleToCloseTimeout: durationpb.New(test.scheduleToClose), StartToCloseTimeout: durationpb.New(test.startToClose),
				ScheduledTime: timestamppb.New(scheduled), StartedTime: timestamppb.New(scheduled.Add(test.waited)),
			}, "n", "q", received)
			require.Equal(t, received.Add(test.want), info.Deadline)
			require.Equal(t, scheduled, info.ScheduledTime)
			require.Zero(t, info.CurrentAttemptScheduledTime)
		})
	}
	require.Zero(t, InfoOf(&workflowservice.PollActivityTaskQueueResponse{}, "n", "q", received).Deadline, "no time-out")
}

type code func(ctx context.Context) error

func (c code) Execute(ctx context.Context, _ converter.DataConverter, input *commonpb.Payloads) (*commonpb.Payloads, error) {
	return input, c(ctx)
}

func TestRunSaysWhatAnAttemptEndedWith(t *testing.T) {
	run := func(cause error, c code) error {
		ctx, end := context.WithCancelCause(context.Background())
		defer end(nil)
		if cause != nil {
			end(cause)
		}
		_, err := Run(ctx, &Env{Info: Info{Attempt: 7}}, c, nil)
		return err
	}
	ended := code(func(ctx context.Context) error { return fmt.Errorf("asking: %w", ctx.Err()) })

	require.NoError(t, run(ErrTimeout, func(ctx context.Context) error {
		require.EqualValues(t, 7, From(ctx).Info.Attempt)
		return nil
	}))
	require.Equal(t, ErrTimeout, run(ErrTimeout, ended), "the cause says it better")
	require.EqualError(t, run(ErrTimeout, func(context.Context) error { return errors.New("its own") }), "its own")
	require.True(t, failure.IsCanceled(run(failure.NewCanceledError(), ended)))
	var stopped *failure.ApplicationError
	require.ErrorAs(t, run(ErrWorkerStopped, ended), &stopped)
	require.Equal(t, "WorkerStopped", stopped.Type())
	var panicked *failure.PanicError
	require.ErrorAs(t, run(nil, func(context.Context) error { panic("no way") }), &panicked)
	require.Contains(t, panicked.StackTrace(), "attempt_test.go")
}
