package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// The attempts of recordings of Temporal 1.32, played by doubles, leave the same events as there.
func TestActivitiesLeaveTheEventsOfTheServer(t *testing.T) {
	untilCancelled := func(ctx context.Context) error {
		for {
			activity.RecordHeartbeat(ctx)
			if err := Sleep(ctx, time.Second/2); err != nil {
				return err
			}
		}
	}
	for name, double := range map[string]func(context.Context, string) (string, error){
		"activity-one": func(_ context.Context, in string) (string, error) { return "hello " + in, nil },
		"activity-retry": func(ctx context.Context, _ string) (string, error) {
			if n := activity.GetInfo(ctx).Attempt; n < 3 {
				return "", failure.NewApplicationError(fmt.Sprintf("attempt %d failed", n), "Flaky", n)
			}
			return "attempt 3", nil
		},
		"activity-non-retryable-error": func(context.Context, string) (string, error) {
			return "", failure.NewNonRetryableApplicationError("never again", "Fatal", errors.New("the cause"), "detail", 7)
		},
		"activity-error-chain": func(context.Context, string) (string, error) {
			return "", failure.NewApplicationErrorWithOptions("outer", "Outer", failure.ApplicationErrorOptions{
				Cause: fmt.Errorf("wrapped: %w", failure.NewApplicationError("inner", "Inner", "x")), Details: []any{map[string]int{"n": 1}, nil},
			})
		},
		"activity-panic":                  func(context.Context, string) (string, error) { panic("no way") },
		"activity-start-to-close-timeout": func(ctx context.Context, _ string) (string, error) { return "", Sleep(ctx, time.Minute) },
		"activity-heartbeat-timeout-details": func(ctx context.Context, _ string) (string, error) {
			activity.RecordHeartbeat(ctx, "step", 3)
			return "", Sleep(ctx, 10*time.Second)
		},
		"activity-cancel-wait": func(ctx context.Context, _ string) (string, error) {
			require.True(t, failure.IsCanceled(untilCancelled(ctx)))
			return "", failure.NewCanceledError("cleaned up")
		},
		"activity-cancel-wait-completed": func(ctx context.Context, _ string) (string, error) { return "too late", Sleep(ctx, 5*time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			want := goldenActivity(t, name)
			env := New(t, Options{}, asScheduled(want[0].GetActivityTaskScheduledEventAttributes()))
			OnActivity(env, act, double)
			env.After(2*time.Second, func() { require.NoError(t, Signal(env, cancel, "")) })
			_, err := Execute(env, workflow.Declare[none, string]("Caller"), none{})
			require.False(t, errors.Is(err, ErrBlocked) || errors.Is(err, ErrNonDeterministic), "%v", err)
			got := ofActivities(env.History())
			require.Len(t, got, len(want))
			for i, event := range got {
				require.Equal(t, text(want[i]), text(event))
			}
		})
	}
}

// asScheduled calls the activity with the options of the recording, and cancels it at the signal.
func asScheduled(a *historypb.ActivityTaskScheduledEventAttributes) workflow.Implementation {
	p := a.GetRetryPolicy()
	return caller(func(ctx wctx) (string, error) {
		ctx, stop := workflow.WithCancel(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: a.GetStartToCloseTimeout().AsDuration(), HeartbeatTimeout: a.GetHeartbeatTimeout().AsDuration(),
			WaitForCancellation: true,
			RetryPolicy: &workflow.RetryPolicy{
				InitialInterval: p.GetInitialInterval().AsDuration(), BackoffCoefficient: p.GetBackoffCoefficient(),
				MaximumInterval: p.GetMaximumInterval().AsDuration(), MaximumAttempts: p.GetMaximumAttempts(),
			},
		}))
		workflow.Go(ctx, func(ctx wctx) {
			receive(ctx, cancel)
			stop()
		})
		return workflow.ExecuteActivity(ctx, act, "one").Get(ctx)
	})
}

func goldenActivity(t *testing.T, name string) []*historypb.HistoryEvent {
	t.Helper()
	data, err := os.ReadFile("testdata/golden/" + name + ".json")
	require.NoError(t, err)
	h, err := ReadHistory(data)
	require.NoError(t, err)
	return ofActivities(h)
}

func ofActivities(h *historypb.History) []*historypb.HistoryEvent {
	return slices.DeleteFunc(slices.Clone(h.GetEvents()), func(e *historypb.HistoryEvent) bool {
		t := e.GetEventType()
		return t < enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED || t > enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED
	})
}

// text is an event without what differs from run to run: names, times, and who made a failure.
func text(e *historypb.HistoryEvent) string {
	e = proto.CloneOf(e)
	e.EventTime, e.EventId = nil, 0
	if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
		a.TaskQueue, a.Input = nil, nil
	}
	if a := e.GetActivityTaskStartedEventAttributes(); a != nil {
		plain(a.GetLastFailure())
	}
	if a := e.GetActivityTaskFailedEventAttributes(); a != nil {
		plain(a.GetFailure())
	}
	if a := e.GetActivityTaskTimedOutEventAttributes(); a != nil {
		plain(a.GetFailure())
	}
	return protojson.Format(e)
}

func plain(f *failurepb.Failure) {
	for ; f != nil; f = f.GetCause() {
		f.Source, f.StackTrace = "", ""
	}
}
