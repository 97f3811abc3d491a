package workflowtest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var (
	greet   = activity.Declare[string, string]("Greet")
	welcome = workflow.Declare[string, string]("Welcome")
	leave   = workflow.DeclareSignal[string]("leave")
)

// A week passes in no time.
func Example() {
	impl := welcome.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		greeting, err := workflow.ExecuteActivity(ctx, greet, name).Get(ctx)
		if err != nil {
			return "", err
		}
		bye, _ := leave.Channel(ctx).Receive(ctx)
		return greeting + ", " + bye, nil
	})

	t := &testing.T{} // in a test, the test's own
	env := workflowtest.New(t, workflowtest.Options{}, impl)
	workflowtest.OnActivity(env, greet, func(_ context.Context, name string) (string, error) { return "hello " + name, nil })
	env.After(7*24*time.Hour, func() { _ = workflowtest.Signal(env, leave, "bye") })

	out, err := workflowtest.Execute(env, welcome, "Ada")
	fmt.Println(out, err)
	// Output: hello Ada, bye <nil>
}

// An activity that is stuck times out by its heartbeats, and the next attempt goes on.
func ExampleSleep() {
	impl := welcome.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Hour, HeartbeatTimeout: time.Minute})
		return workflow.ExecuteActivity(ctx, greet, name).Get(ctx)
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, impl)
	env.OnHeartbeat(func(h workflowtest.Heartbeat) { fmt.Println("attempt", h.Activity.Attempt, "lives") })
	workflowtest.OnActivity(env, greet, func(ctx context.Context, name string) (string, error) {
		activity.RecordHeartbeat(ctx)
		if activity.GetInfo(ctx).Attempt == 1 {
			return "", workflowtest.Sleep(ctx, 10*time.Minute)
		}
		return "hello " + name, nil
	})
	out, err := workflowtest.Execute(env, welcome, "Ada")
	fmt.Println(out, err)
	// Output:
	// attempt 1 lives
	// attempt 2 lives
	// hello Ada <nil>
}

// A child is replaced by a function, which is workflow code, too.
func ExampleOnWorkflow() {
	guests := workflow.Declare[[]string, int]("Guests")
	impl := guests.Implement(func(ctx workflow.Context, names []string) (int, error) {
		stayed := 0
		for _, name := range names {
			if _, err := workflow.ExecuteChildWorkflow(ctx, welcome, name).Get(ctx); err == nil {
				stayed++
			}
		}
		return stayed, nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, impl)
	workflowtest.OnWorkflow(env, welcome, func(ctx workflow.Context, name string) (string, error) {
		if name == "Bob" {
			return "", errors.New("no room")
		}
		return "hello " + name, workflow.Sleep(ctx, 24*time.Hour)
	})
	out, err := workflowtest.Execute(env, guests, []string{"Ada", "Bob", "Cleo"})
	fmt.Println(out, err, env.Now().Format(time.DateOnly))
	// Output: 2 <nil> 2026-01-03
}

// A history that was saved, by "perdure workflow show --output json" for one, shows whether changed code still
// fits it.
func ExampleReplay() {
	before := welcome.Implement(func(ctx workflow.Context, name string) (string, error) {
		return "hello " + name, workflow.Sleep(ctx, time.Hour)
	})
	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, before)
	_, _ = workflowtest.Execute(env, welcome, "Ada")
	history := env.History()

	after := welcome.Implement(func(_ workflow.Context, name string) (string, error) { return "hello " + name, nil })
	fmt.Println(workflowtest.Replay(history, before))
	fmt.Println(errors.Is(workflowtest.Replay(history, after), workflowtest.ErrNonDeterministic))
	// Output:
	// <nil>
	// true
}
