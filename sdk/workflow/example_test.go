package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// What workflows, workers and clients share: names with types.
var (
	Greet   = workflow.Declare[string, string]("Greet")
	Collect = workflow.Declare[workflow.None, []string]("Collect")
	Compose = activity.Declare[string, string]("Compose")
	Undo    = activity.Declare[string, workflow.None]("Undo")
	Add     = workflow.DeclareSignal[string]("add")
	Status  = workflow.DeclareQuery[workflow.None, string]("status")
)

// A workflow calls an activity. It is run here in a test environment; a worker runs it the same way.
func Example() {
	greet := Greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: 10 * time.Second,
			RetryPolicy:         &workflow.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 5},
		})
		return workflow.ExecuteActivity(ctx, Compose, name).Get(ctx)
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, greet) // in a test, the test's own t
	env.Register(Compose.Implement(func(_ context.Context, name string) (string, error) { return "hello " + name, nil }))
	fmt.Println(workflowtest.Execute(env, Greet, "Ada"))
	// Output: hello Ada <nil>
}

// Activities that do not need each other run side by side: start all, then wait.
func ExampleExecuteActivity_parallel() {
	collect := Collect.Implement(func(ctx workflow.Context, _ workflow.None) (all []string, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		var futures []workflow.Future[string]
		for _, name := range []string{"Ada", "Alan"} {
			futures = append(futures, workflow.ExecuteActivity(ctx, Compose, name))
		}
		for _, f := range futures {
			greeting, err := f.Get(ctx)
			if err != nil {
				return nil, err
			}
			all = append(all, greeting)
		}
		return all, nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, collect)
	env.Register(Compose.Implement(func(_ context.Context, name string) (string, error) { return "hello " + name, nil }))
	fmt.Println(workflowtest.Execute(env, Collect, workflow.None{}))
	// Output: [hello Ada hello Alan] <nil>
}

// The error of an activity says what happened; the error's type is what callers go by.
func ExampleExecuteActivity_failure() {
	greet := Greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		greeting, err := workflow.ExecuteActivity(ctx, Compose, name).Get(ctx)
		var refused *failure.ApplicationError
		if errors.As(err, &refused) && refused.Type() == "Nameless" {
			return "hello you", nil
		}
		return greeting, err
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, greet)
	env.Register(Compose.Implement(func(context.Context, string) (string, error) {
		return "", failure.NewNonRetryableApplicationError("a name is needed", "Nameless", nil)
	}))
	fmt.Println(workflowtest.Execute(env, Greet, ""))
	// Output: hello you <nil>
}

// Wait for a signal, but not for ever.
func ExampleSignal() {
	greet := Greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		added, came, err := Add.Channel(ctx).ReceiveWithTimeout(ctx, 24*time.Hour)
		if err != nil {
			return "", err // the workflow was cancelled
		}
		if !came {
			return name + " alone", nil
		}
		return name + " and " + added, nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, greet)
	env.After(time.Hour, func() { _ = workflowtest.Signal(env, Add, "Alan") })
	fmt.Println(workflowtest.Execute(env, Greet, "Ada"))
	// Output: Ada and Alan <nil>
}

// A query tells the state of a workflow, open or closed.
func ExampleQuery() {
	greet := Greet.Implement(func(ctx workflow.Context, _ string) (string, error) {
		status := "begun"
		Status.Handle(ctx, func(workflow.None) (string, error) { return status, nil })
		if err := workflow.Sleep(ctx, time.Hour); err != nil {
			return "", err
		}
		status = "rested"
		return "", nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, greet)
	ask := func() { fmt.Println(workflowtest.Query(env, Status, workflow.None{})) }
	env.After(time.Minute, ask)
	_, _ = workflowtest.Execute(env, Greet, "")
	ask()
	// Output:
	// begun <nil>
	// rested <nil>
}

// A selector takes what comes first, again and again.
func ExampleSelector() {
	collect := Collect.Implement(func(ctx workflow.Context, _ workflow.None) (all []string, err error) {
		over := false
		signals := Add.Channel(ctx)
		selector := workflow.NewSelector(ctx).
			AddFuture(workflow.NewTimer(ctx, time.Hour), func() { over = true }).
			AddReceive(signals, func() {
				name, _ := signals.Receive(ctx)
				all = append(all, name)
			})
		for !over {
			selector.Select(ctx)
		}
		return all, nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, collect)
	for i, name := range []string{"Ada", "Alan", "Grace"} {
		env.After(time.Duration(i)*40*time.Minute, func() { _ = workflowtest.Signal(env, Add, name) })
	}
	fmt.Println(workflowtest.Execute(env, Collect, workflow.None{}))
	// Output: [Ada Alan] <nil>
}

// Coroutines share variables without locks: one runs at a time.
func ExampleGo() {
	collect := Collect.Implement(func(ctx workflow.Context, _ workflow.None) (all []string, err error) {
		wg := workflow.NewWaitGroup(ctx)
		for _, name := range []string{"Ada", "Alan"} {
			wg.Add(1)
			workflow.Go(ctx, func(ctx workflow.Context) {
				defer wg.Done()
				if workflow.Sleep(ctx, time.Second) == nil {
					all = append(all, name)
				}
			})
		}
		wg.Wait(ctx)
		return all, nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, collect)
	fmt.Println(workflowtest.Execute(env, Collect, workflow.None{}))
	// Output: [Ada Alan] <nil>
}

// When the workflow is cancelled its context is, too: what cleans up needs another one.
func ExampleNewDisconnectedContext() {
	greet := Greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		err := workflow.Sleep(ctx, 24*time.Hour)
		if failure.IsCanceled(err) {
			cleanup, cancel := workflow.NewDisconnectedContext(ctx)
			defer cancel()
			if _, err := workflow.ExecuteActivity(cleanup, Undo, name).Get(cleanup); err != nil {
				return "", err
			}
		}
		return "", err
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, greet)
	env.Register(Undo.Implement(func(_ context.Context, name string) (workflow.None, error) {
		fmt.Println("undone for", name)
		return workflow.None{}, nil
	}))
	env.After(time.Hour, env.Cancel)
	_, err := workflowtest.Execute(env, Greet, "Ada")
	fmt.Println(failure.IsCanceled(err))
	// Output:
	// undone for Ada
	// true
}

// A workflow that goes on for ever begins anew now and then, so that its history stays short.
func ExampleNewContinueAsNewError() {
	rounds := workflow.Declare[int, workflow.None]("Rounds")
	impl := rounds.Implement(func(ctx workflow.Context, done int) (workflow.None, error) {
		for range 100 {
			if err := workflow.Sleep(ctx, time.Hour); err != nil {
				return workflow.None{}, err
			}
			done++
		}
		return workflow.None{}, workflow.NewContinueAsNewError(ctx, rounds, done)
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, impl)
	_, err := workflowtest.Execute(env, rounds, 0)
	fmt.Println(err)
	// Output: continue as new Rounds: return this error from the workflow
}

// Await waits until the workflow's own variables say so.
func ExampleAwait() {
	collect := Collect.Implement(func(ctx workflow.Context, _ workflow.None) (all []string, err error) {
		workflow.Go(ctx, func(ctx workflow.Context) {
			for len(all) < 2 {
				name, _ := Add.Channel(ctx).Receive(ctx)
				all = append(all, name)
			}
		})
		err = workflow.Await(ctx, func() bool { return len(all) == 2 })
		return all, err
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, collect)
	env.After(time.Hour, func() { _ = workflowtest.Signal(env, Add, "Ada") })
	env.After(2*time.Hour, func() { _ = workflowtest.Signal(env, Add, "Alan") })
	fmt.Println(workflowtest.Execute(env, Collect, workflow.None{}))
	// Output: [Ada Alan] <nil>
}

// Lookup is an activity that is short enough to be run within a workflow task.
var Lookup = activity.Declare[string, string]("Lookup")

// A local activity runs in the worker that runs the workflow: one event, and no task queue.
func ExampleExecuteLocalActivity() {
	greet := Greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			StartToCloseTimeout: 2 * time.Second,
			RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 100 * time.Millisecond, MaximumAttempts: 3},
		})
		return workflow.ExecuteLocalActivity(ctx, Lookup, name).Get(ctx)
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, greet)
	workflowtest.OnActivity(env, Lookup, func(ctx context.Context, name string) (string, error) {
		if activity.GetInfo(ctx).Attempt == 1 {
			return "", errors.New("try again")
		}
		return "Dr. " + name, nil
	})
	fmt.Println(workflowtest.Execute(env, Greet, "Ada"))
	// Output: Dr. Ada <nil>
}

// A setting that is looked at again and again leaves an event only when it has changed.
func ExampleMutableSideEffect() {
	settings := []int{3, 3, 5, 5}
	limits := workflow.Declare[workflow.None, []int]("Limits")
	impl := limits.Implement(func(ctx workflow.Context, _ workflow.None) (seen []int, err error) {
		for i := range settings {
			limit, err := workflow.MutableSideEffect(ctx, "limit", func() int { return settings[i] }, func(a, b int) bool { return a == b })
			if err != nil {
				return nil, err
			}
			seen = append(seen, limit)
		}
		return seen, nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, impl)
	fmt.Println(workflowtest.Execute(env, limits, workflow.None{}))
	markers := 0
	for _, event := range env.History().GetEvents() {
		if event.GetMarkerRecordedEventAttributes() != nil {
			markers++
		}
	}
	fmt.Println(markers, "markers")
	// Output:
	// [3 3 5 5] <nil>
	// 2 markers
}

// A mutex guards code that blocks in its midst, a semaphore bounds how many are in it.
func ExampleSemaphore() {
	collect := Collect.Implement(func(ctx workflow.Context, _ workflow.None) (all []string, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		two := workflow.NewSemaphore(ctx, 2) // at a time
		group := workflow.NewWaitGroup(ctx)
		for _, name := range []string{"Ada", "Alan", "Edsger"} {
			group.Go(ctx, func(ctx workflow.Context) {
				if two.Acquire(ctx, 1) != nil {
					return // cancelled
				}
				defer two.Release(1)
				greeting, err := workflow.ExecuteActivity(ctx, Compose, name).Get(ctx)
				if err == nil {
					all = append(all, greeting)
				}
			})
		}
		group.Wait(ctx)
		return all, ctx.Err()
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, collect)
	workflowtest.OnActivity(env, Compose, func(_ context.Context, name string) (string, error) { return "hello " + name, nil }).Takes(time.Minute)
	fmt.Println(workflowtest.Execute(env, Collect, workflow.None{}))
	// Output: [hello Ada hello Alan hello Edsger] <nil>
}

// Of several futures one is made.
func ExampleAll() {
	collect := Collect.Implement(func(ctx workflow.Context, _ workflow.None) ([]string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		ada, alan := workflow.ExecuteActivity(ctx, Compose, "Ada"), workflow.ExecuteActivity(ctx, Compose, "Alan")
		return workflow.All(ctx, ada, alan).Get(ctx)
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, collect)
	env.Register(Compose.Implement(func(_ context.Context, name string) (string, error) { return "hello " + name, nil }))
	fmt.Println(workflowtest.Execute(env, Collect, workflow.None{}))
	// Output: [hello Ada hello Alan] <nil>
}

// A workflow says what has become of it: lists find it by its search attributes, and show its memo.
func ExampleUpsertSearchAttributes() {
	greet := Greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		if err := workflow.UpsertSearchAttributes(ctx, map[string]any{"Stage": "asleep", "Attempts": nil}); err != nil {
			return "", err
		}
		if err := workflow.UpsertMemo(ctx, map[string]any{"until": workflow.Now(ctx).Add(time.Hour).Format(time.TimeOnly)}); err != nil {
			return "", err
		}
		return "hello " + name, workflow.Sleep(ctx, time.Hour)
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{SearchAttributes: map[string]any{"Attempts": 2}}, greet)
	env.After(time.Minute, func() {
		var stage, until string
		fmt.Println(env.SearchAttribute("Stage", &stage))
		fmt.Println(env.SearchAttribute("Attempts", new(int)))
		fmt.Println(env.Memo("until", &until))
		fmt.Println(stage, "until", until)
	})
	fmt.Println(workflowtest.Execute(env, Greet, "Ada"))
	// Output:
	// true <nil>
	// false <nil>
	// true <nil>
	// asleep until 01:00:00
	// hello Ada <nil>
}
