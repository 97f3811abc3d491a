package workflowtest_test

import (
	"context"
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

	t := &testing.T{} // the test's own, in a test
	env := workflowtest.New(t, workflowtest.Options{}, impl)
	workflowtest.OnActivity(env, greet, func(_ context.Context, name string) (string, error) { return "hello " + name, nil })
	env.After(7*24*time.Hour, func() { _ = workflowtest.Signal(env, leave, "bye") })

	out, err := workflowtest.Execute(env, welcome, "Ada")
	fmt.Println(out, err)
	// Output: hello Ada, bye <nil>
}
