package temporal

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// retried are options for activities that are tried again soon, so many times.
func retried(ctx workflow.Context, attempts int32, final ...string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: patience,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 10 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 30 * time.Millisecond,
			MaximumAttempts: attempts, NonRetryableErrorTypes: final,
		},
	})
}

// third succeeds at its third attempt, with what the second left behind.
func third(ctx context.Context) (string, error) {
	attempt := activity.GetInfo(ctx).Attempt
	if attempt < 3 {
		activity.RecordHeartbeat(ctx, "left by the second", attempt)
		return "", temporal.NewApplicationError("not yet", "NotYet")
	}
	var text string
	var by int32
	if err := activity.GetHeartbeatDetails(ctx, &text, &by); err != nil {
		return "", err
	}
	if by != 2 {
		return "", temporal.NewNonRetryableApplicationError("details of another attempt", "Wrong", nil, by)
	}
	return text, nil
}

func TestActivityRetryResumes(t *testing.T) {
	eachWay(t, func(t *testing.T, c client.Client) {
		got, err := play(t, c, func(ctx workflow.Context) (text string, err error) {
			ctx = retried(ctx, 0)
			return text, workflow.ExecuteActivity(ctx, third).Get(ctx, &text)
		}, third)
		require.NoError(t, err)
		require.Equal(t, "left by the second", got)
	})
}

// attempts counts how often it was tried, and fails each time.
type attempts struct{ count atomic.Int32 }

func (a *attempts) Try(_ context.Context, delay time.Duration, final bool) error {
	a.count.Add(1)
	return temporal.NewApplicationErrorWithOptions("never", "Never", temporal.ApplicationErrorOptions{NextRetryDelay: delay, NonRetryable: final})
}

func TestActivityRetriesEnd(t *testing.T) {
	cases := map[string]struct {
		options func(workflow.Context) workflow.Context
		delay   time.Duration
		final   bool
		tried   int32
		state   enumspb.RetryState
	}{
		"attempts":    {func(ctx workflow.Context) workflow.Context { return retried(ctx, 4) }, 0, false, 4, enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED},
		"type":        {func(ctx workflow.Context) workflow.Context { return retried(ctx, 0, "Never") }, 0, false, 1, enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE},
		"error":       {func(ctx workflow.Context) workflow.Context { return retried(ctx, 0) }, 0, true, 1, enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE},
		"no time":     {noTimeLeft, 0, false, 1, enumspb.RETRY_STATE_TIMEOUT},
		"own delay":   {slow, time.Millisecond, false, 3, enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED},
		"one attempt": {once, 0, false, 1, enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED},
	}
	eachWay(t, func(t *testing.T, c client.Client) {
		for name, is := range cases {
			t.Run(name, func(t *testing.T) {
				a := &attempts{}
				_, err := play(t, c, func(ctx workflow.Context) (bool, error) {
					ctx = is.options(ctx)
					return false, workflow.ExecuteActivity(ctx, a.Try, is.delay, is.final).Get(ctx, nil)
				}, a)
				var failed *temporal.ActivityError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, is.state, failed.RetryState())
				require.Equal(t, is.tried, a.count.Load())
			})
		}
	})
}

// noTimeLeft are options with which a second attempt would begin too late.
func noTimeLeft(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ScheduleToCloseTimeout: patience, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Hour},
	})
}

// slow are options whose own interval nobody would wait for.
func slow(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: patience, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Hour, MaximumAttempts: 3},
	})
}
