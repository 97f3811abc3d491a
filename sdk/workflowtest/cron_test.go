package workflowtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestWhatTheRunBeforeHasLeft(t *testing.T) {
	count := workflow.Declare[none, int]("Count")
	code := count.Implement(func(ctx workflow.Context, _ none) (int, error) {
		if !workflow.HasLastCompletionResult(ctx) {
			_, err := workflow.GetLastCompletionResult[int](ctx)
			require.ErrorIs(t, err, workflow.ErrNoLastResult)
			require.NoError(t, workflow.GetLastError(ctx))
			return 1, nil
		}
		require.Equal(t, "@hourly", workflow.GetInfo(ctx).CronSchedule)
		_, err := workflow.GetLastCompletionResult[[]string](ctx)
		require.ErrorContains(t, err, "result of the schedule's last run")
		var last *failure.ApplicationError
		require.ErrorAs(t, workflow.GetLastError(ctx), &last)
		require.Equal(t, "Closed", last.Type())
		n, err := workflow.GetLastCompletionResult[int](ctx)
		return n + 1, err
	})
	n, err := Execute(New(t, Options{}, code), count, none{})
	require.NoError(t, err)
	require.Equal(t, 1, n)

	n, err = Execute(New(t, Options{
		CronSchedule: "@hourly", LastResult: 41, LastError: failure.NewApplicationError("it is Sunday", "Closed", nil),
	}, code), count, none{})
	require.NoError(t, err)
	require.Equal(t, 42, n)

	_, err = Execute(New(t, Options{LastResult: make(chan int)}, code), count, none{})
	require.ErrorContains(t, err, "Options.LastResult")
}
