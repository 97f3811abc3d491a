package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// stuck are activities that hang until their worker stops, whatever their context says.
type stuck struct{}

func (s *stuck) Hang(ctx context.Context) error {
	activity.RecordHeartbeat(ctx, "last seen here")
	<-activity.GetWorkerStopChannel(ctx)
	return nil
}

func TestActivityTimeouts(t *testing.T) {
	const short = 150 * time.Millisecond
	first := &temporal.RetryPolicy{MaximumAttempts: 1}
	cases := map[string]struct {
		options workflow.ActivityOptions
		kind    enumspb.TimeoutType
	}{
		"schedule to start": {workflow.ActivityOptions{TaskQueue: "nobody", ScheduleToStartTimeout: short, StartToCloseTimeout: patience}, enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START},
		"schedule to close": {workflow.ActivityOptions{TaskQueue: "nobody", ScheduleToCloseTimeout: short}, enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE},
		"start to close":    {workflow.ActivityOptions{StartToCloseTimeout: short, RetryPolicy: first}, enumspb.TIMEOUT_TYPE_START_TO_CLOSE},
		"heartbeat":         {workflow.ActivityOptions{StartToCloseTimeout: patience, HeartbeatTimeout: short, RetryPolicy: first}, enumspb.TIMEOUT_TYPE_HEARTBEAT},
	}
	eachWay(t, func(t *testing.T, c client.Client) {
		for name, is := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				_, err := play(t, c, func(ctx workflow.Context) (bool, error) {
					ctx = workflow.WithActivityOptions(ctx, is.options)
					return false, workflow.ExecuteActivity(ctx, new(stuck).Hang).Get(ctx, nil)
				}, &stuck{})
				var late *temporal.TimeoutError
				require.ErrorAs(t, err, &late)
				require.Equal(t, is.kind, late.TimeoutType())
				if is.kind == enumspb.TIMEOUT_TYPE_HEARTBEAT {
					var seen string
					require.NoError(t, late.LastHeartbeatDetails(&seen))
					require.Equal(t, "last seen here", seen)
				}
			})
		}
	})
}

// stumbling hangs at its first attempt, and goes on from there at its second.
type stumbling struct{ stuck }

func (s *stumbling) Walk(ctx context.Context) (string, error) {
	if activity.GetInfo(ctx).Attempt == 1 {
		return "", s.Hang(ctx)
	}
	var seen string
	err := activity.GetHeartbeatDetails(ctx, &seen)
	return seen, err
}

func TestActivityResumesAfterHeartbeatTimeout(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		s := &stumbling{}
		got, err := play(t, c, func(ctx workflow.Context) (seen string, err error) {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: patience, HeartbeatTimeout: 200 * time.Millisecond,
				RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond},
			})
			return seen, workflow.ExecuteActivity(ctx, s.Walk).Get(ctx, &seen)
		}, s)
		require.NoError(t, err)
		require.Equal(t, "last seen here", got)
	})
}
