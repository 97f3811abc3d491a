package workflow_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

func TestActivityMistakesAreErrorsOfTheFuture(t *testing.T) {
	act := activity.Declare[any, none]("Act")
	trace(t, func(ctx wctx, _ func(string)) error {
		_, err := workflow.ExecuteActivity[any](ctx, act, 1).Get(ctx)
		require.ErrorIs(t, err, workflow.ErrNoActivityTimeout)
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Second})
		_, err = workflow.ExecuteActivity[any](ctx, act, make(chan int)).Get(ctx)
		require.ErrorContains(t, err, "input of activity Act")
		return nil
	})
}

func TestForeignActivity(t *testing.T) {
	foreign := activity.Declare[converter.Args, converter.Raw]("Foreign")
	w := workflow.Declare[none, string]("W")
	impl := w.Implement(func(ctx wctx, _ none) (out string, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Second})
		raw, err := workflow.ExecuteActivity(ctx, foreign, converter.Args{"a", 2}).Get(ctx)
		if err != nil {
			return "", err
		}
		return out, converter.Default().FromPayload(raw.Payload, &out)
	})
	env := workflowtest.New(t, workflowtest.Options{}, impl)
	workflowtest.OnActivity(env, foreign, func(_ context.Context, in converter.Args) (converter.Raw, error) {
		require.Len(t, in, 2)
		return in[0].(converter.Raw), nil
	})
	_, err := workflowtest.Execute(env, w, none{})
	require.NoError(t, err)
}

func TestWrongOutputTypeIsSaid(t *testing.T) {
	asString, asInt := activity.Declare[none, string]("Act"), activity.Declare[none, int]("Act")
	w := workflow.Declare[none, int]("W")
	impl := w.Implement(func(ctx wctx, _ none) (int, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Second})
		return workflow.ExecuteActivity(ctx, asInt, none{}).Get(ctx)
	})
	env := workflowtest.New(t, workflowtest.Options{}, impl)
	env.Register(asString.Implement(func(context.Context, none) (string, error) { return "x", nil }))
	_, err := workflowtest.Execute(env, w, none{})
	var app *failure.ApplicationError
	require.ErrorAs(t, err, &app)
	require.ErrorContains(t, err, "output of activity Act")
}
