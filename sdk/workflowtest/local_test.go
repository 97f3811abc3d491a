package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// playLocal runs a workflow of one local activity, and returns what it came to and how long that took.
func playLocal(t *testing.T, o workflow.LocalActivityOptions, prepare func(*Environment) *Double) (env *Environment, out string, took time.Duration, err error) {
	t.Helper()
	w := workflow.Declare[none, string]("Caller")
	env = New(t, Options{}, w.Implement(func(ctx wctx, _ none) (string, error) {
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, o), act, "one").Get(ctx)
	}))
	prepare(env)
	out, err = Execute(env, w, none{})
	return env, out, env.Now().Sub(startTime), err
}

func eventTypes(env *Environment) (all []string) {
	for _, e := range env.History().GetEvents() {
		all = append(all, e.GetEventType().String())
	}
	return all
}

var aMinute = workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute}

func TestLocalActivityAndItsDouble(t *testing.T) {
	env, out, took, err := playLocal(t, aMinute, func(env *Environment) *Double {
		return OnActivity(env, act, func(ctx context.Context, in string) (string, error) {
			info := activity.GetInfo(ctx)
			require.True(t, info.IsLocalActivity)
			require.Equal(t, workflowID, info.WorkflowID)
			require.Equal(t, startTime.Add(time.Minute), info.Deadline)
			return "hello " + in, nil
		}).Takes(3 * time.Second)
	})
	require.NoError(t, err)
	require.Equal(t, "hello one", out)
	require.Equal(t, 3*time.Second, took)
	require.Equal(t, []string{"WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
		"MarkerRecorded", "WorkflowExecutionCompleted"}, eventTypes(env))
}

func TestLocalActivityIsTriedAgain(t *testing.T) {
	var attempts []int32
	env, out, took, err := playLocal(t, aMinute, func(env *Environment) *Double {
		return OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
			n := activity.GetInfo(ctx).Attempt
			attempts = append(attempts, n)
			switch n {
			case 1, 2, 3:
				return "", errors.New("not yet")
			case 4:
				panic("neither")
			case 5:
				return "", failure.NewApplicationErrorWithOptions("soon", "", failure.ApplicationErrorOptions{NextRetryDelay: time.Minute})
			}
			return "at last", nil
		})
	})
	require.NoError(t, err)
	require.Equal(t, "at last", out)
	require.Equal(t, []int32{1, 2, 3, 4, 5, 6}, attempts)
	require.Equal(t, (1+2+4+8+60)*time.Second, took)
	all := eventTypes(env)
	require.Contains(t, all, "TimerFired", "the last wait is longer than a task may be")
	require.Equal(t, 2, env.activities["Act"].Calls()-4, "all attempts are counted")
}

func TestWhatALocalActivityFailsWith(t *testing.T) {
	once := workflow.LocalActivityOptions{StartToCloseTimeout: 5 * time.Second, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1}}
	for name, c := range map[string]struct {
		options workflow.LocalActivityOptions
		code    func(context.Context, string) (string, error)
		check   func(err error) bool
		took    time.Duration
	}{
		"start to close": {once, func(ctx context.Context, _ string) (string, error) { return "", Sleep(ctx, time.Hour) }, timeoutOf(enumspb.TIMEOUT_TYPE_START_TO_CLOSE), 5 * time.Second},
		"just in time":   {once, func(ctx context.Context, _ string) (string, error) { return "", Sleep(ctx, 5*time.Second) }, func(err error) bool { return err == nil }, 5 * time.Second},
		"schedule to close": {workflow.LocalActivityOptions{ScheduleToCloseTimeout: 3 * time.Second}, func(ctx context.Context, _ string) (string, error) {
			return "", Sleep(ctx, time.Hour)
		}, timeoutOf(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE), 3 * time.Second},
		"no time for another": {workflow.LocalActivityOptions{ScheduleToCloseTimeout: 2500 * time.Millisecond}, func(context.Context, string) (string, error) {
			return "", errors.New("x")
		}, func(err error) bool { return err.Error() != "" }, time.Second},
		"a pending result": {once, func(context.Context, string) (string, error) { return "", activity.ErrResultPending }, func(err error) bool {
			var refused *failure.ApplicationError
			return errors.As(err, &refused) && refused.Type() == "ResultPending"
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, took, err := playLocal(t, c.options, func(env *Environment) *Double { return OnActivity(env, act, c.code) })
			require.True(t, c.check(err), "%v", err)
			require.Equal(t, c.took, took)
		})
	}
	t.Run("no double", func(t *testing.T) {
		_, _, _, err := playLocal(t, aMinute, func(*Environment) *Double { return nil })
		require.ErrorContains(t, err, "the test has no activity Act")
	})
	t.Run("no time-out", func(t *testing.T) {
		_, _, _, err := playLocal(t, workflow.LocalActivityOptions{}, func(*Environment) *Double { return nil })
		require.ErrorContains(t, err, workflow.ErrNoLocalActivityTimeout.Error())
	})
}

func timeoutOf(kind enumspb.TimeoutType) func(error) bool {
	return func(err error) bool {
		var timeout *failure.TimeoutError
		return errors.As(err, &timeout) && timeout.TimeoutType() == kind
	}
}

// A long one keeps its task open by heartbeats, which bring what has happened meanwhile.
func TestLongLocalActivity(t *testing.T) {
	w := workflow.Declare[none, []string]("Long")
	var notes []string
	env := New(t, Options{}, w.Implement(func(ctx wctx, _ none) ([]string, error) {
		var out []string
		begin := workflow.Now(ctx)
		note := func(what string) { out = append(out, fmt.Sprint(what, " ", workflow.Now(ctx).Sub(begin))) }
		workflow.Go(ctx, func(ctx wctx) { note("signal " + receive(ctx, add)) })
		ctx, stop := workflow.WithCancel(workflow.WithLocalActivityOptions(ctx, aMinute))
		f := workflow.ExecuteLocalActivity(ctx, act, "one")
		workflow.Go(ctx, func(ctx wctx) {
			receive(ctx, cancel)
			note("cancel")
			stop()
		})
		_, err := f.Get(ctx)
		note(fmt.Sprint(err))
		return out, nil
	}))
	OnActivity(env, act, func(ctx context.Context, _ string) (string, error) {
		err := Sleep(ctx, time.Hour)
		notes = append(notes, fmt.Sprint("the code: ", err))
		return "", err
	})
	env.After(3*time.Second, func() {
		require.Equal(t, 3*time.Second, env.Now().Sub(startTime))
		require.NoError(t, Signal(env, add, "a"))
	})
	env.After(20*time.Second, func() { require.NoError(t, Signal(env, cancel, "")) })
	out, err := Execute(env, w, none{})
	require.NoError(t, err)
	require.Equal(t, []string{"signal a 8s", "cancel 24s", "canceled 24s"}, out)
	require.Equal(t, []string{"the code: canceled"}, notes)
}

// What an activity sends from within the open task comes behind the task.
func TestSignalsFromWithinALocalActivity(t *testing.T) {
	w := workflow.Declare[none, string]("Signaled")
	env := New(t, Options{}, w.Implement(func(ctx wctx, _ none) (string, error) {
		out, err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, aMinute), act, "one").Get(ctx)
		if err != nil {
			return "", err
		}
		out += receive(ctx, add)
		return out, workflow.Sleep(ctx, time.Hour)
	}))
	OnActivity(env, act, func(context.Context, string) (string, error) {
		require.NoError(t, Signal(env, add, "signal"))
		env.Cancel()
		return "result, ", nil
	})
	_, err := Execute(env, w, none{})
	require.True(t, failure.IsCanceled(err))
}

// A run that ends leaves its local activities behind.
func TestLocalActivityThatIsAbandoned(t *testing.T) {
	var cause error
	w := workflow.Declare[none, string]("Hasty")
	env := New(t, Options{}, w.Implement(func(ctx wctx, _ none) (string, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, aMinute)
		workflow.ExecuteLocalActivity(ctx, act, "slow")
		return workflow.ExecuteLocalActivity(ctx, act, "quick").Get(ctx)
	}))
	OnActivity(env, act, func(ctx context.Context, in string) (string, error) {
		if in == "slow" {
			cause = Sleep(ctx, time.Hour)
		}
		return in, nil
	})
	out, err := Execute(env, w, none{})
	require.NoError(t, err)
	require.Equal(t, "quick", out)
	require.ErrorIs(t, cause, activity.ErrGone)
}
