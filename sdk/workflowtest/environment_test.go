package workflowtest

import (
	"context"
	"errors"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

type order struct {
	ID    string
	Cents int
}

var (
	charge   = activity.Declare[order, string]("Charge")
	refund   = activity.Declare[string, none]("Refund")
	checkout = workflow.Declare[order, string]("Checkout")
	approve  = workflow.DeclareSignal[bool]("approve")
	status   = workflow.DeclareQuery[none, string]("status")
)

// checkoutCode charges, waits three days for an approval, and refunds if there is none.
var checkoutCode = checkout.Implement(func(ctx workflow.Context, in order) (string, error) {
	state := "charging"
	status.Handle(ctx, func(none) (string, error) { return state, nil })
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	receipt, err := workflow.ExecuteActivity(ctx, charge, in).Get(ctx)
	if err != nil {
		return "", err
	}
	state = "waiting"
	approved, _, err := approve.Channel(ctx).ReceiveWithTimeout(ctx, 72*time.Hour)
	if err != nil || !approved {
		cleanup, _ := workflow.NewDisconnectedContext(ctx)
		if _, err := workflow.ExecuteActivity(cleanup, refund, receipt).Get(cleanup); err != nil {
			return "", err
		}
		state = "refunded"
		return "refunded", err
	}
	state = "done"
	return receipt, nil
})

func newCheckout(t *testing.T) *Environment {
	env := New(t, Options{}, checkoutCode)
	OnActivity(env, charge, func(_ context.Context, o order) (string, error) { return "receipt of " + o.ID, nil })
	OnActivity(env, refund, func(context.Context, string) (none, error) { return none{}, nil })
	return env
}

func TestSignalAtAVirtualTime(t *testing.T) {
	env := newCheckout(t)
	env.After(48*time.Hour, func() {
		got, err := Query(env, status, none{})
		require.NoError(t, err)
		require.Equal(t, "waiting", got)
		require.NoError(t, Signal(env, approve, true))
	})
	out, err := Execute(env, checkout, order{ID: "o-1"})
	require.NoError(t, err)
	require.Equal(t, "receipt of o-1", out)
	require.Equal(t, 48*time.Hour, env.Now().Sub(startTime))
	got, err := Query(env, status, none{})
	require.NoError(t, err)
	require.Equal(t, "done", got)
}

func TestTimeSkips(t *testing.T) {
	env := newCheckout(t)
	out, err := Execute(env, checkout, order{ID: "o-1"})
	require.NoError(t, err)
	require.Equal(t, "refunded", out)
	require.Equal(t, 72*time.Hour, env.Now().Sub(startTime))
}

func TestCancelRunsTheCleanup(t *testing.T) {
	env := newCheckout(t)
	env.After(time.Hour, env.Cancel)
	refunds := OnActivity(env, refund, func(context.Context, string) (none, error) { return none{}, nil }).Takes(time.Second)
	_, err := Execute(env, checkout, order{ID: "o-1"})
	require.True(t, failure.IsCanceled(err))
	var execution *failure.WorkflowExecutionError
	require.ErrorAs(t, err, &execution)
	require.Equal(t, 1, refunds.Calls())
	require.Equal(t, time.Hour+time.Second, env.Now().Sub(startTime))
}

func TestActivitiesAreRetried(t *testing.T) {
	env := newCheckout(t)
	var double *Double
	double = OnActivity(env, charge, func(context.Context, order) (string, error) {
		switch double.Calls() {
		case 1:
			return "", errors.New("once")
		case 2:
			panic("twice")
		case 3:
			return "", failure.NewTimeoutError(enumspb.TIMEOUT_TYPE_HEARTBEAT, nil)
		}
		return "third time lucky", nil
	})
	env.After(time.Minute, func() { require.NoError(t, Signal(env, approve, true)) })
	out, err := Execute(env, checkout, order{})
	require.NoError(t, err)
	require.Equal(t, "third time lucky", out)
}

func TestActivityFailures(t *testing.T) {
	cases := map[string]struct {
		double func(context.Context, order) (string, error)
		takes  time.Duration
		check  func(*testing.T, error)
	}{
		"not retryable": {
			double: func(context.Context, order) (string, error) {
				return "", failure.NewNonRetryableApplicationError("no funds", "NoFunds", nil, 7)
			},
			check: func(t *testing.T, err error) {
				var app *failure.ApplicationError
				require.ErrorAs(t, err, &app)
				require.Equal(t, "NoFunds", app.Type())
				var n int
				require.NoError(t, app.Details(&n))
				require.Equal(t, 7, n)
			},
		},
		"too slow": {
			double: func(context.Context, order) (string, error) { return "late", nil }, takes: time.Hour,
			check: func(t *testing.T, err error) {
				var timeout *failure.TimeoutError
				require.ErrorAs(t, err, &timeout)
				require.Equal(t, enumspb.TIMEOUT_TYPE_START_TO_CLOSE, timeout.TimeoutType())
			},
		},
	}
	impl := checkout.Implement(func(ctx workflow.Context, in order) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 2}})
		return workflow.ExecuteActivity(ctx, charge, in).Get(ctx)
	})
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			env := New(t, Options{}, impl)
			OnActivity(env, charge, c.double).Takes(c.takes)
			_, err := Execute(env, checkout, order{})
			var act *failure.ActivityError
			require.ErrorAs(t, err, &act)
			require.Equal(t, "Charge", act.Info().ActivityType)
			c.check(t, err)
		})
	}
}

func TestMissingActivityIsNamed(t *testing.T) {
	env := New(t, Options{}, checkoutCode)
	_, err := Execute(env, checkout, order{})
	require.ErrorContains(t, err, "the test has no activity Charge")
}

func TestWhatTheServerRefusesIsAnError(t *testing.T) {
	for want, o := range map[string]workflow.ActivityOptions{
		"a time-out is negative":                           {HeartbeatTimeout: -1},
		"another open activity has that id":                {ActivityID: "a"},
		"a number in its retry policy is negative":         {RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: -1}},
		"BackoffCoefficient of its retry policy":           {RetryPolicy: &workflow.RetryPolicy{BackoffCoefficient: 0.5}},
		"MaximumInterval of its retry policy is less than": {RetryPolicy: &workflow.RetryPolicy{InitialInterval: time.Minute, MaximumInterval: time.Second}},
		"": {RetryPolicy: &workflow.RetryPolicy{BackoffCoefficient: 0.5, MaximumAttempts: 1}},
	} {
		t.Run(want, func(t *testing.T) {
			o.StartToCloseTimeout = time.Minute
			env := New(t, Options{}, alone(func(ctx wctx) (string, error) {
				ctx = workflow.WithActivityOptions(ctx, o)
				first := workflow.ExecuteActivity(ctx, act, "")
				if o.ActivityID != "" {
					workflow.ExecuteActivity(ctx, act, "")
				}
				return first.Get(ctx)
			}))
			OnActivity(env, act, func(context.Context, string) (string, error) { return "", nil })
			_, err := Execute(env, workflow.Declare[none, string]("Alone"), none{})
			if want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, want)
		})
	}
}

func TestAPanicIsToldWithItsPlace(t *testing.T) {
	env := New(t, Options{}, alone(func(wctx) (none, error) { panic("boom") }))
	_, err := Execute(env, workflow.Declare[none, none]("Alone"), none{})
	require.ErrorContains(t, err, "boom")
	require.ErrorContains(t, err, "environment_test.go")
}

func TestWaitingForEverIsAnError(t *testing.T) {
	env := New(t, Options{}, alone(waitForGo))
	_, err := Execute(env, workflow.Declare[none, string]("Alone"), none{})
	require.ErrorIs(t, err, ErrBlocked)
	require.ErrorContains(t, err, "coroutine root [blocked on receiving from go]")
}

func TestRunTimeout(t *testing.T) {
	env := New(t, Options{RunTimeout: time.Hour}, alone(waitForGo))
	_, err := Execute(env, workflow.Declare[none, string]("Alone"), none{})
	var timeout *failure.TimeoutError
	require.ErrorAs(t, err, &timeout)
}

func TestContinueAsNewIsReturned(t *testing.T) {
	env := New(t, Options{}, continued)
	_, err := Execute(env, counter, 1)
	var next *failure.ContinueAsNewError
	require.ErrorAs(t, err, &next)
	require.Equal(t, "Alone", next.WorkflowType)
}

func TestNonDeterminismIsFoundByTheReplay(t *testing.T) {
	naughty := 0
	env := New(t, Options{}, alone(func(ctx workflow.Context) (none, error) {
		naughty++
		if naughty > 1 {
			_, err := workflow.SideEffect(ctx, func() int { return 1 })
			return none{}, err
		}
		return none{}, workflow.Sleep(ctx, time.Second)
	}))
	_, err := Execute(env, workflow.Declare[none, none]("Alone"), none{})
	require.ErrorIs(t, err, ErrNonDeterministic)
}

// However the workflow has ended.
func TestNonDeterminismIsFoundWhereTheWorkflowFails(t *testing.T) {
	for name, end := range map[string]func(ctx workflow.Context) error{
		"failed": func(workflow.Context) error { return errors.New("no") },
		"continued as new": func(ctx workflow.Context) error {
			return workflow.NewContinueAsNewError(ctx, workflow.Declare[none, none]("Alone"), none{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			runs := 0
			env := New(t, Options{}, alone(func(ctx workflow.Context) (none, error) {
				runs++
				if err := workflow.Sleep(ctx, time.Duration(runs)*time.Second); err != nil {
					return none{}, err
				}
				if runs > 1 {
					workflow.NewTimer(ctx, time.Second)
				}
				return none{}, end(ctx)
			}))
			_, err := Execute(env, workflow.Declare[none, none]("Alone"), none{})
			require.ErrorIs(t, err, ErrNonDeterministic)
		})
	}
}

func TestReplayNamesWhatDisagrees(t *testing.T) {
	env := newCheckout(t)
	_, err := Execute(env, checkout, order{ID: "o-1"})
	require.NoError(t, err)
	changed := checkout.Implement(func(ctx workflow.Context, in order) (string, error) {
		return "", workflow.Sleep(ctx, time.Second)
	})
	err = Replay(env.History(), changed)
	require.ErrorIs(t, err, ErrNonDeterministic)
	require.ErrorContains(t, err, `the history has event 5 ActivityTaskScheduled`)
	require.ErrorContains(t, err, `"name":"Charge"`)
	require.ErrorContains(t, err, `the command StartTimer {"timer_id":"5","start_to_fire_timeout":"1s"}`)
}

func TestOneRunPerEnvironment(t *testing.T) {
	env := newCheckout(t)
	_, err := Execute(env, checkout, order{})
	require.NoError(t, err)
	_, err = Execute(env, checkout, order{})
	require.ErrorContains(t, err, "make a new one")
	require.Error(t, Signal(env, approve, true))
}
