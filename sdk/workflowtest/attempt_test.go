package workflowtest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

var callAgain = workflow.Declare[none, string]("Caller")

// calls is a workflow that calls one activity with these options.
func calls(o workflow.ActivityOptions) workflow.Implementation {
	return caller(func(ctx wctx) (string, error) {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, o), act, "one").Get(ctx)
	})
}

func TestAnAttemptKnowsItself(t *testing.T) {
	env := New(t, Options{}, calls(workflow.ActivityOptions{
		ActivityID: "a", TaskQueue: "elsewhere", ScheduleToCloseTimeout: time.Hour, StartToCloseTimeout: time.Minute, HeartbeatTimeout: 10 * time.Second,
	}))
	var attempts []activity.Info
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		require.True(t, activity.IsActivity(ctx))
		attempts = append(attempts, activity.GetInfo(ctx))
		if len(attempts) < 3 {
			return "", errors.New("again")
		}
		return "done", nil
	})
	_, err := Execute(env, callAgain, none{})
	require.NoError(t, err)
	for i, wait := range []time.Duration{0, time.Second, 3 * time.Second} {
		started := startTime.Add(wait)
		require.NotEmpty(t, attempts[i].TaskToken)
		attempts[i].TaskToken = nil
		require.Equal(t, activity.Info{
			Namespace: namespace, WorkflowID: workflowID, RunID: runID, WorkflowType: "Caller",
			ActivityID: "a", ActivityType: "Act", TaskQueue: "elsewhere", Attempt: int32(i + 1),
			ScheduledTime: startTime, CurrentAttemptScheduledTime: started, StartedTime: started, Deadline: started.Add(time.Minute),
			ScheduleToCloseTimeout: time.Hour, StartToCloseTimeout: time.Minute, HeartbeatTimeout: 10 * time.Second,
		}, attempts[i])
	}
}

func TestHeartbeatsReachTheTestAndTheNextAttempt(t *testing.T) {
	env := New(t, Options{}, calls(workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 10 * time.Second}))
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		at := 0
		if activity.HasHeartbeatDetails(ctx) {
			require.NoError(t, activity.GetHeartbeatDetails(ctx, &at))
		}
		for ; at < 4; at++ {
			activity.RecordHeartbeat(ctx, at+1)
			if at == 1 {
				return "", failure.NewApplicationErrorWithOptions("lost", "Lost", failure.ApplicationErrorOptions{NextRetryDelay: time.Hour})
			}
			if err := Sleep(ctx, 9*time.Second); err != nil {
				return "", err
			}
		}
		return "done", nil
	})
	type beat struct {
		at      time.Duration
		attempt int32
		step    int
	}
	var beats []beat
	env.OnHeartbeat(func(h Heartbeat) {
		b := beat{at: h.Time.Sub(startTime), attempt: h.Activity.Attempt}
		require.NoError(t, h.Details(&b.step))
		beats = append(beats, b)
	})
	out, err := Execute(env, callAgain, none{})
	require.NoError(t, err)
	require.Equal(t, "done", out)
	again := 9*time.Second + time.Hour // the delay that the error asks for, in place of the policy's
	require.Equal(t, []beat{{0, 1, 1}, {9 * time.Second, 1, 2}, {again, 2, 3}, {again + 9*time.Second, 2, 4}}, beats)
}

func TestTimeoutsOfActivities(t *testing.T) {
	const once = 1
	for name, test := range map[string]struct {
		options workflow.ActivityOptions
		act     func(context.Context) error
		takes   time.Duration
		kind    enumspb.TimeoutType
		cause   string
		details int
		after   time.Duration
		attempt int
	}{
		"start to close": {
			options: workflow.ActivityOptions{StartToCloseTimeout: time.Minute},
			act:     func(ctx context.Context) error { return Sleep(ctx, time.Hour) },
			kind:    enumspb.TIMEOUT_TYPE_START_TO_CLOSE, after: time.Minute, attempt: 1,
		},
		"takes longer": {
			options: workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: time.Second}, takes: time.Hour,
			act:  func(context.Context) error { return nil },
			kind: enumspb.TIMEOUT_TYPE_START_TO_CLOSE, after: time.Minute, attempt: 1,
		},
		"heartbeat": {
			options: workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 10 * time.Second},
			act: func(ctx context.Context) error {
				if err := Sleep(ctx, 10*time.Second); err != nil { // just in time
					return err
				}
				activity.RecordHeartbeat(ctx, 7)
				return Sleep(ctx, 11*time.Second)
			},
			kind: enumspb.TIMEOUT_TYPE_HEARTBEAT, details: 7, after: 20 * time.Second, attempt: 1,
		},
		"schedule to close, while an attempt runs": {
			options: workflow.ActivityOptions{ScheduleToCloseTimeout: time.Minute},
			act:     func(ctx context.Context) error { return Sleep(ctx, time.Hour) },
			kind:    enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, after: time.Minute, attempt: 1,
		},
		"schedule to close, when there is no time for another attempt": {
			options: workflow.ActivityOptions{ScheduleToCloseTimeout: 90 * time.Second, StartToCloseTimeout: time.Minute},
			act:     func(ctx context.Context) error { return Sleep(ctx, time.Hour) },
			kind:    enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, cause: "activity StartToClose timeout", after: 90 * time.Second, attempt: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := test.options
			if test.attempt == once {
				o.RetryPolicy = &workflow.RetryPolicy{MaximumAttempts: once}
			}
			env := New(t, Options{}, calls(o))
			double := OnActivity(env, act, func(ctx context.Context, _ string) (string, error) { return "late", test.act(ctx) }).Takes(test.takes)
			_, err := Execute(env, callAgain, none{})
			var timeout *failure.TimeoutError
			require.ErrorAs(t, err, &timeout)
			require.Equal(t, test.kind, timeout.TimeoutType())
			if test.cause != "" {
				require.ErrorContains(t, timeout.Unwrap(), test.cause)
			}
			details := 0
			if timeout.HasDetails() {
				require.NoError(t, timeout.Details(&details))
			}
			require.Equal(t, test.details, details)
			require.Equal(t, test.after, env.Now().Sub(startTime))
			require.Equal(t, test.attempt, double.Calls())
		})
	}
}

func TestAnAttemptLearnsWhyItsContextEnds(t *testing.T) {
	for name, test := range map[string]struct {
		options workflow.ActivityOptions
		closes  bool
		cause   error
	}{
		"time-out":        {workflow.ActivityOptions{StartToCloseTimeout: time.Minute}, false, activity.ErrTimeout},
		"no heartbeat":    {workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: time.Second}, false, activity.ErrHeartbeatTimeout},
		"closed workflow": {workflow.ActivityOptions{StartToCloseTimeout: time.Minute}, true, activity.ErrGone},
	} {
		t.Run(name, func(t *testing.T) {
			env := New(t, Options{}, caller(func(ctx wctx) (none, error) {
				test.options.RetryPolicy = &workflow.RetryPolicy{MaximumAttempts: 1}
				f := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, test.options), act, "one")
				if test.closes {
					return none{}, workflow.Sleep(ctx, time.Second)
				}
				_, err := f.Get(ctx)
				return none{}, err
			}))
			var cause error
			OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
				cause = Sleep(ctx, time.Hour)
				require.Error(t, ctx.Err())
				require.Error(t, Sleep(ctx, time.Hour), "there is no more time")
				return "", failure.NewNonRetryableApplicationError("of no use", "", nil)
			})
			_, err := Execute(env, workflow.Declare[none, none]("Caller"), none{})
			require.Equal(t, test.closes, err == nil)
			require.ErrorIs(t, cause, test.cause)
		})
	}
}

// A cancelled activity is ended as far as it has come: its code learns of it by a heartbeat.
func TestCancelledActivities(t *testing.T) {
	beating := func(ctx context.Context) error {
		for {
			if err := Sleep(ctx, time.Minute); err != nil {
				return err
			}
			activity.RecordHeartbeat(ctx)
		}
	}
	for name, test := range map[string]struct {
		act   func(context.Context) error
		takes time.Duration
		want  string
		after time.Duration
	}{
		"by a heartbeat":      {act: beating, want: "canceled", after: 6 * time.Minute},
		"without heartbeats":  {act: func(ctx context.Context) error { return Sleep(ctx, time.Hour) }, want: "done", after: time.Hour},
		"that takes its time": {act: func(context.Context) error { return nil }, takes: time.Hour, want: "canceled", after: 5*time.Minute + time.Second},
		"backing off":         {act: func(context.Context) error { return errors.New("again") }, want: "canceled", after: 5*time.Minute + time.Second},
		"that fails after it": {
			act: func(ctx context.Context) error {
				if failure.IsCanceled(beating(ctx)) {
					return errors.New("cleaning up")
				}
				return nil
			},
			want: "failed: cleaning up", after: 6 * time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := New(t, Options{}, cancelOnRequest)
			OnActivity(env, act, func(ctx context.Context, _ string) (string, error) { return "done", test.act(ctx) }).Takes(test.takes)
			env.After(5*time.Minute+time.Second, env.Cancel)
			out, err := Execute(env, callAgain, none{})
			require.NoError(t, err)
			require.Equal(t, test.want, out)
			require.Equal(t, test.after, env.Now().Sub(startTime))
		})
	}
}

// cancelOnRequest waits for its activity when it is cancelled, and tells how it ended.
var cancelOnRequest = caller(func(ctx wctx) (string, error) {
	out, err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Hour, WaitForCancellation: true,
		RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Hour},
	}), act, "one").Get(ctx)
	var failed *failure.ApplicationError
	if errors.As(err, &failed) {
		return "failed: " + failed.Message(), nil
	}
	return canceledOr(err, out), nil
})

func TestActivitiesCompletedFromElsewhere(t *testing.T) {
	for name, test := range map[string]struct {
		result any
		err    error
		cancel bool
		want   string
		fails  string
	}{
		"result":   {result: "by hand", want: "by hand"},
		"failure":  {err: failure.NewNonRetryableApplicationError("refused", "Refused", nil), want: "failed: refused"},
		"canceled": {err: failure.NewCanceledError(), cancel: true, want: "canceled"},
		"unknown":  {result: make(chan int), fails: "result of activity Act"},
	} {
		t.Run(name, func(t *testing.T) {
			env := New(t, Options{}, cancelOnRequest)
			var token []byte
			OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
				token = activity.GetInfo(ctx).TaskToken
				return "", activity.ErrResultPending
			})
			if test.cancel {
				env.After(time.Second, env.Cancel)
			}
			env.After(time.Hour, func() {
				err := env.CompleteActivity(token, test.result, test.err)
				if test.fails != "" {
					require.ErrorContains(t, err, test.fails)
					test.want = "by hand"
					err = env.CompleteActivity(token, test.want, nil)
				}
				require.NoError(t, err)
				var notFound *serviceerror.NotFound
				require.ErrorAs(t, env.CompleteActivity(token, nil, nil), &notFound, "once is all")
			})
			out, err := Execute(env, callAgain, none{})
			require.NoError(t, err)
			require.Equal(t, test.want, out)
			require.Equal(t, time.Hour, env.Now().Sub(startTime))
		})
	}
}

func TestSleepIsForActivitiesOfAnEnvironment(t *testing.T) {
	require.ErrorContains(t, Sleep(context.Background(), time.Second), "not that of an activity in a test environment")
}

// An activity may record heartbeats from a goroutine of its own, also when it has returned.
func TestHeartbeatsOfAnotherGoroutine(t *testing.T) {
	env := New(t, Options{}, calls(workflow.ActivityOptions{StartToCloseTimeout: time.Hour}))
	var beating sync.WaitGroup
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		first := make(chan struct{})
		beating.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				activity.RecordHeartbeat(ctx, i)
				if i == 0 {
					close(first)
				}
			}
		})
		<-first
		return "done", Sleep(ctx, time.Minute)
	})
	_, err := Execute(env, callAgain, none{})
	require.NoError(t, err)
	beating.Wait()
}

// A double may end the test, as require does; nothing is left of its attempt, nor of others.
func TestADoubleThatEndsTheTest(t *testing.T) {
	env := New(t, Options{}, caller(func(ctx wctx) (string, error) {
		ctx = withActivity(ctx)
		workflow.ExecuteActivity(ctx, act, "sleeps")
		return workflow.ExecuteActivity(ctx, act, "ends").Get(ctx)
	}))
	OnActivity(env, act, func(ctx context.Context, in string) (string, error) {
		if in == "ends" {
			runtime.Goexit()
		}
		return "", Sleep(ctx, time.Minute)
	})
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = Execute(env, callAgain, none{})
		returned = true
	}()
	<-ended
	require.False(t, returned)
}
