package workflowtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

var counts = workflow.Declare[none, int]("Counter")

func countEnv(t *testing.T) *Environment {
	t.Helper()
	return New(t, Options{}, counting(count))
}

func TestUpdates(t *testing.T) {
	env := countEnv(t)
	OnActivity(env, act, func(_ context.Context, in string) (string, error) { return "hello " + in, nil })
	early := Update(env, "", addTo, 1)
	var slow UpdateHandle[string]
	var wait UpdateHandle[int]
	env.After(time.Hour, func() {
		n, err := early.Get()
		require.NoError(t, err)
		require.Equal(t, 1, n)
		slow, wait = Update(env, "slow", slowly, "world"), Update(env, "", gated, 5)
		require.False(t, wait.Accepted(), "its task has not run")
		_, err = wait.Get()
		require.ErrorIs(t, err, ErrUnfinished)
	})
	env.After(2*time.Hour, func() {
		out, err := slow.Get()
		require.NoError(t, err)
		require.Equal(t, "hello world", out)
		require.True(t, wait.Accepted())
		_, err = wait.Get()
		require.ErrorIs(t, err, ErrUnfinished)
		require.NoError(t, Signal(env, openGate, ""))
	})
	again := UpdateHandle[int]{}
	env.After(3*time.Hour, func() { again = Update(env, early.ID(), addTo, 100) })
	env.After(4*time.Hour, func() { require.NoError(t, Signal(env, goSignal, "")) })
	total, err := Execute(env, counts, none{})
	require.NoError(t, err)
	require.Equal(t, 6, total)
	n, err := wait.Get()
	require.NoError(t, err)
	require.Equal(t, 6, n)
	n, err = again.Get()
	require.NoError(t, err)
	require.Equal(t, 1, n, "the first of that id")
}

func TestARejectedUpdateLeavesNoTrace(t *testing.T) {
	env := countEnv(t)
	before := 0
	var rejected UpdateHandle[int]
	env.After(time.Hour, func() {
		before = len(env.History().GetEvents())
		rejected = Update(env, "", addTo, -1)
	})
	env.After(2*time.Hour, func() {
		_, err := rejected.Get()
		var failed *failure.ApplicationError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "Negative", failed.Type())
		require.Len(t, env.History().GetEvents(), before)
		Update(env, "", addTo, 2)
	})
	env.After(3*time.Hour, func() { require.NoError(t, Signal(env, goSignal, "")) })
	total, err := Execute(env, counts, none{})
	require.NoError(t, err)
	require.Equal(t, 2, total)
	for _, event := range env.History().GetEvents() {
		if a := event.GetWorkflowExecutionUpdateAcceptedEventAttributes(); a != nil {
			require.Equal(t, int64(before)+1, a.GetAcceptedRequestSequencingEventId(), "the ids of the dropped task are used again")
		}
	}
}

// A rejection beside something else that has happened: the task is written.
func TestARejectedUpdateBesideASignal(t *testing.T) {
	env := countEnv(t)
	rejected := UpdateHandle[int]{}
	env.After(time.Hour, func() {
		rejected = Update(env, "", addTo, -1)
		require.NoError(t, Signal(env, openGate, ""))
	})
	env.After(2*time.Hour, func() { require.NoError(t, Signal(env, goSignal, "")) })
	_, err := Execute(env, counts, none{})
	require.NoError(t, err)
	_, err = rejected.Get()
	require.ErrorContains(t, err, "no negative numbers")
	tasks := 0
	for _, event := range env.History().GetEvents() {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			tasks++
		}
	}
	require.Equal(t, 3, tasks)
}

func TestUpdatesOfAWorkflowThatEnds(t *testing.T) {
	env := countEnv(t)
	left := UpdateHandle[int]{}
	env.After(time.Hour, func() { left = Update(env, "", gated, 1) })
	env.After(2*time.Hour, func() { require.NoError(t, Signal(env, goSignal, "")) })
	_, err := Execute(env, counts, none{})
	require.NoError(t, err)
	_, err = left.Get()
	var failed *failure.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "AcceptedUpdateCompletedWorkflow", failed.Type())
	_, err = Update(env, "", addTo, 1).Get()
	var notFound *serviceerror.NotFound
	require.ErrorAs(t, err, &notFound)
}
