package workflowtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// The files in testdata/golden are histories that Temporal Server 1.32 and its Go SDK 1.50 wrote. The
// same workflows, written with this SDK, must fit them: same commands, same order, same ids.
func TestGoldenHistoriesFit(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			impl, ok := goldenWorkflows[name]
			require.True(t, ok, "no workflow here is written for the history")
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, ReplayJSON(data, impl))
		})
	}
}

type (
	none = workflow.None
	wctx = workflow.Context
)

var (
	act      = activity.Declare[string, string]("Act")
	actNone  = activity.Declare[none, none]("Act")
	actCount = activity.Declare[int, int]("Act")
	goSignal = workflow.DeclareSignal[string]("go")
	add      = workflow.DeclareSignal[string]("add")
	hold     = workflow.DeclareSignal[string]("hold")
	cancel   = workflow.DeclareSignal[string]("cancel")
)

var goldenWorkflows = map[string]workflow.Implementation{
	"activity-one": caller(callAct), "activity-retry": caller(callAct), "activity-error-chain": caller(callAct),
	"activity-non-retryable-error": caller(callAct), "activity-panic": caller(callAct), "activity-start-to-close-timeout": caller(callAct),
	"activity-heartbeat-timeout-details": caller(callAct), "activity-summary": caller(callAct),
	"activity-nil-result": caller(func(ctx wctx) (none, error) {
		return workflow.ExecuteActivity(withActivity(ctx), actNone, none{}).Get(ctx)
	}),
	"activity-parallel": caller(func(ctx wctx) (string, error) {
		var futures []workflow.Future[string]
		for _, name := range []string{"1", "2", "3"} {
			futures = append(futures, workflow.ExecuteActivity(withActivity(ctx), act, name))
		}
		var out string
		for _, f := range futures {
			s, err := f.Get(ctx)
			if err != nil {
				return "", err
			}
			out += s + "; "
		}
		return out, nil
	}),
	"activity-fifty": caller(func(ctx wctx) (int, error) {
		var futures []workflow.Future[int]
		for i := range 50 {
			futures = append(futures, workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				ActivityID: fmt.Sprintf("act-%02d", i), StartToCloseTimeout: time.Second,
			}), actCount, i))
		}
		receive(ctx, hold)
		sum := 0
		for _, f := range futures {
			v, err := f.Get(ctx)
			if err != nil {
				return 0, err
			}
			sum += v
		}
		return sum, nil
	}),
	"activity-cancel-try": caller(cancelAtSignal(false)), "activity-cancel-wait": caller(cancelAtSignal(true)),
	"activity-cancel-wait-completed": caller(cancelAtSignal(true)), "activity-cancel-before-started": caller(cancelAtSignal(true)),
	"activity-cancel-same-task": caller(func(ctx wctx) (string, error) {
		actCtx, stop := workflow.WithCancel(withActivity(ctx))
		f := workflow.ExecuteActivity(actCtx, act, "one")
		stop()
		_, err := f.Get(ctx)
		return canceledOr(err, "not canceled"), nil
	}),
	"activity-abandon": caller(func(ctx wctx) (string, error) {
		workflow.ExecuteActivity(withActivity(ctx), act, "one")
		return receive(ctx, goSignal), nil
	}),

	"localactivity-success": caller(callLocal), "localactivity-failed": caller(callLocal), "localactivity-retries-exhausted": caller(callLocal),
	"localactivity-retry-by-timer": caller(callLocal), "localactivity-long": caller(callLocal),
	"localactivity-then-activity": caller(func(ctx wctx) (string, error) {
		a, err := callLocal(ctx)
		if err != nil {
			return "", err
		}
		b, err := workflow.ExecuteActivity(withActivity(ctx), act, "b").Get(ctx)
		return a + ", " + b, err
	}),

	"timer-fires": alone(func(ctx wctx) (none, error) { return none{}, workflow.Sleep(ctx, 300*time.Millisecond) }),
	"timer-two-alike": alone(func(ctx wctx) (none, error) {
		a, b := workflow.NewTimer(ctx, time.Second), workflow.NewTimer(ctx, time.Second)
		_, err := a.Get(ctx)
		_, err2 := b.Get(ctx)
		return none{}, errors.Join(err, err2)
	}),
	"timer-shorter-second": alone(func(ctx wctx) (none, error) {
		a, b := workflow.NewTimer(ctx, 1500*time.Millisecond), workflow.NewTimer(ctx, 300*time.Millisecond)
		_, err := b.Get(ctx)
		_, err2 := a.Get(ctx)
		return none{}, errors.Join(err, err2)
	}),
	"timer-cancel-same-task": alone(func(ctx wctx) (bool, error) {
		timerCtx, stop := workflow.WithCancel(ctx)
		f := workflow.NewTimer(timerCtx, time.Hour)
		stop()
		_, err := f.Get(ctx)
		return failure.IsCanceled(err), nil
	}),
	"timer-canceled": alone(func(ctx wctx) (string, error) {
		timerCtx, stop := workflow.WithCancel(ctx)
		f := workflow.NewTimer(timerCtx, time.Hour)
		receive(ctx, cancel)
		stop()
		_, err := f.Get(ctx)
		return canceledOr(err, "fired"), nil
	}),
	"timer-fires-during-task": alone(func(ctx wctx) (string, error) {
		f := workflow.NewTimer(ctx, time.Second)
		receive(ctx, hold)
		_, err := f.Get(ctx)
		return "fired", err
	}),
	"timer-canceled-after-buffered-fire": alone(func(ctx wctx) (bool, error) {
		timerCtx, stop := workflow.WithCancel(ctx)
		f := workflow.NewTimer(timerCtx, time.Second)
		receive(ctx, hold)
		stop()
		_, err := f.Get(ctx)
		receive(ctx, goSignal)
		return failure.IsCanceled(err), nil
	}),

	"signal-one": collect(1), "signal-three-in-order": collect(3), "signal-with-start-new": collect(1),
	"signal-during-task": workflow.Declare[none, []string]("Collect").Implement(func(ctx wctx, _ none) ([]string, error) {
		workflow.NewTimer(ctx, time.Hour)
		return collectSignals(ctx, 2), nil
	}),
	"signal-unhandled-command": workflow.Declare[none, string]("Collect").Implement(func(ctx wctx, _ none) (string, error) {
		if v, ok := add.Channel(ctx).ReceiveAsync(); ok {
			return v, nil
		}
		return "none", nil
	}),
	"signal-flush-order": workflow.Declare[none, string]("Collect").Implement(func(ctx wctx, _ none) (string, error) {
		f := workflow.ExecuteActivity(withActivity(ctx), act, "one")
		receive(ctx, hold)
		s := receive(ctx, add)
		out, err := f.Get(ctx)
		return s + ", " + out, err
	}),
	"signal-or-timer": workflow.Declare[none, string]("Select").Implement(func(ctx wctx, _ none) (string, error) {
		timerCtx, stop := workflow.WithCancel(ctx)
		won := "timer"
		signals := add.Channel(ctx)
		workflow.NewSelector(ctx).
			AddFuture(workflow.NewTimer(timerCtx, time.Hour), func() {}).
			AddReceive(signals, func() { won, _ = signals.Receive(ctx) }).
			Select(ctx)
		stop()
		return won, nil
	}),
	"signal-await": workflow.Declare[none, int]("Await").Implement(func(ctx wctx, _ none) (int, error) {
		n := 0
		workflow.Go(ctx, func(ctx wctx) {
			for {
				receive(ctx, add)
				n++
			}
		})
		err := workflow.Await(ctx, func() bool { return n >= 2 })
		return n, err
	}),
	"signal-await-timeout": workflow.Declare[none, bool]("Await").Implement(func(ctx wctx, _ none) (bool, error) {
		done := false
		workflow.Go(ctx, func(ctx wctx) {
			receive(ctx, add)
			done = true
		})
		return workflow.AwaitWithTimeout(ctx, time.Hour, func() bool { return done })
	}),

	"cancel-with-cleanup": alone(func(ctx wctx) (none, error) {
		err := workflow.Sleep(ctx, time.Hour)
		cleanup, stop := workflow.NewDisconnectedContext(ctx)
		defer stop()
		if err := workflow.Sleep(cleanup, 100*time.Millisecond); err != nil {
			return none{}, err
		}
		return none{}, err
	}),
	"cancel-completes-anyway": alone(func(ctx wctx) (string, error) {
		ctx.Done().Receive(ctx)
		return "not impressed", nil
	}),
	"cancel-during-activity": alone(func(ctx wctx) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Second, WaitForCancellation: true})
		return workflow.ExecuteActivity(ctx, act, "one").Get(ctx)
	}),
	"cancel-before-first-task": alone(sleepAnHour), "cancel-during-task": alone(sleepAnHour),

	"marker-side-effect": alone(func(ctx wctx) ([]int, error) {
		a, err := workflow.SideEffect(ctx, func() int { return 10 })
		if err != nil {
			return nil, err
		}
		if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
		b, err := workflow.SideEffect(ctx, func() int { return 20 })
		return []int{a, b}, err
	}),
	"marker-mutable-side-effect": alone(func(ctx wctx) ([]int, error) {
		var out []int
		for range 3 {
			v, err := workflow.MutableSideEffect(ctx, "the-value", func() int { return 0 }, func(a, b int) bool { return a == b })
			if err != nil {
				return nil, err
			}
			out = append(out, v)
			if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
				return nil, err
			}
		}
		return out, nil
	}),
	"marker-version-new": alone(func(ctx wctx) (string, error) {
		v := version(ctx)
		if err := workflow.Sleep(ctx, 50*time.Millisecond); err != nil {
			return "", err
		}
		return v + ", " + version(ctx), nil
	}),
	"marker-version-kept": workflow.Declare[none, string]("Patched").Implement(func(ctx wctx, _ none) (string, error) {
		v := version(ctx)
		receive(ctx, goSignal)
		return v, nil
	}),

	"lifecycle-upsert-memo": alone(func(ctx wctx) (none, error) {
		if err := workflow.UpsertMemo(ctx, map[string]any{"a": 1, "b": "x"}); err != nil {
			return none{}, err
		}
		return none{}, workflow.UpsertMemo(ctx, map[string]any{"a": 2, "b": nil})
	}),
	"lifecycle-echo":                              workflow.Declare[string, string]("Alone").Implement(func(_ wctx, s string) (string, error) { return s, nil }),
	"lifecycle-no-result":                         alone(func(wctx) (none, error) { return none{}, nil }),
	"lifecycle-failed":                            alone(func(wctx) (none, error) { return none{}, errors.New("outer") }),
	"lifecycle-continue-as-new-signal-buffered-1": continued, "lifecycle-continue-as-new-signal-buffered-2": continued,
	"lifecycle-terminated": alone(waitForGo),

	"workflowtask-panic":                   alone(func(wctx) (string, error) { return "fixed", nil }),
	"workflowtask-timeout":                 alone(func(wctx) (string, error) { return "in time", nil }),
	"workflowtask-timeout-buffered-signal": alone(waitForGo),
	"workflowtask-non-determinism-command": alone(func(ctx wctx) (string, error) { workflow.NewTimer(ctx, time.Hour); return waitForGo(ctx) }),
}

func caller[Out any](fn func(wctx) (Out, error)) workflow.Implementation {
	return workflow.Declare[none, Out]("Caller").Implement(func(ctx wctx, _ none) (Out, error) { return fn(ctx) })
}

func alone[Out any](fn func(wctx) (Out, error)) workflow.Implementation {
	return workflow.Declare[none, Out]("Alone").Implement(func(ctx wctx, _ none) (Out, error) { return fn(ctx) })
}

func withActivity(ctx wctx) wctx {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 20 * time.Second})
}

func callAct(ctx wctx) (string, error) {
	return workflow.ExecuteActivity(withActivity(ctx), act, "one").Get(ctx)
}

func callLocal(ctx wctx) (string, error) {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 5 * time.Second})
	return workflow.ExecuteLocalActivity(ctx, act, "a").Get(ctx)
}

func cancelAtSignal(wait bool) func(wctx) (string, error) {
	return func(ctx wctx) (string, error) {
		actCtx, stop := workflow.WithCancel(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: 20 * time.Second, WaitForCancellation: wait,
		}))
		f := workflow.ExecuteActivity(actCtx, act, "one")
		receive(ctx, cancel)
		stop()
		out, err := f.Get(ctx)
		return canceledOr(err, out), nil
	}
}

func canceledOr(err error, other string) string {
	if failure.IsCanceled(err) {
		return "canceled"
	}
	return other
}

func receive(ctx wctx, s workflow.Signal[string]) string {
	v, _ := s.Channel(ctx).Receive(ctx)
	return v
}

func waitForGo(ctx wctx) (string, error) { return receive(ctx, goSignal), nil }

func sleepAnHour(ctx wctx) (none, error) { return none{}, workflow.Sleep(ctx, time.Hour) }

func collect(n int) workflow.Implementation {
	return workflow.Declare[none, []string]("Collect").Implement(func(ctx wctx, _ none) ([]string, error) { return collectSignals(ctx, n), nil })
}

func collectSignals(ctx wctx, n int) []string {
	var got []string
	for range n {
		got = append(got, receive(ctx, add))
	}
	return got
}

func version(ctx wctx) string {
	switch workflow.GetVersion(ctx, "change-a", workflow.DefaultVersion, 2) {
	case workflow.DefaultVersion:
		return "old"
	case 1:
		return "one"
	}
	return "two"
}

var counter = workflow.Declare[int, string]("Alone")

var continued = counter.Implement(func(ctx wctx, n int) (string, error) {
	if n > 1 {
		return "second run", nil
	}
	return "", workflow.NewContinueAsNewError(ctx, counter, n+1)
})
