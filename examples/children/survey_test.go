package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// The whole family runs in the test's time: the reminder is seen to a week after the survey is over.
func TestTheFamilyInMemory(t *testing.T) {
	env := workflowtest.New(t, workflowtest.Options{}, Survey.Implement(survey), Ask.Implement(ask), Remind.Implement(remind))
	env.After(7*24*time.Hour, func() {
		reminder, err := env.Workflow("lamps-reminder")
		require.NoError(t, err)
		require.NoError(t, workflowtest.Signal(reminder, seen, "the buyer"))
	})
	best, err := workflowtest.Execute(env, Survey, Question{ID: "lamps", Item: "a lamp"})
	require.NoError(t, err)
	require.Equal(t, Answer{Supplier: 3, Price: 111, Refusals: []string{"supplier 7 does not sell any more"}}, best)

	unanswered, err := env.Workflow("lamps-10")
	require.NoError(t, err)
	_, err = workflowtest.Result[int](unanswered)
	require.ErrorAs(t, err, new(*failure.TerminatedError))

	reminder, err := env.Workflow("lamps-reminder")
	require.NoError(t, err)
	text, err := workflowtest.Result[string](reminder)
	require.NoError(t, err)
	require.Equal(t, "seen to by the buyer", text)
}

// Suppliers are replaced by functions: nobody sells, and the survey takes as long as the slowest of those it waits for.
func TestNobodySells(t *testing.T) {
	env := workflowtest.New(t, workflowtest.Options{}, Survey.Implement(survey), Remind.Implement(remind))
	suppliersAsked := workflowtest.OnWorkflow(env, Ask, func(ctx workflow.Context, n int) (int, error) {
		if err := workflow.Sleep(ctx, time.Duration(n)*time.Hour); err != nil {
			return 0, err
		}
		return 0, failure.NewApplicationError("sold out", "SoldOut")
	})
	answer, err := workflowtest.Execute(env, Survey, Question{ID: "lamps"})
	require.NoError(t, err)
	require.Len(t, answer.Refusals, suppliers-1)
	require.Zero(t, answer.Supplier)
	require.Equal(t, suppliers, suppliersAsked.Calls())
	last := env.History().GetEvents()
	require.Equal(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, last[len(last)-1].GetEventType())
	require.Equal(t, (suppliers-1)*time.Hour, last[len(last)-1].GetEventTime().AsTime().Sub(last[0].GetEventTime().AsTime()))
}
