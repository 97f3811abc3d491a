package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

const month = 30 * 24 * time.Hour

var year = Plan{Customer: "Ada", MonthSeconds: month.Seconds(), Months: 12}

// newEnvironment counts charges and reminders, which always work.
func newEnvironment(t *testing.T) (env *workflowtest.Environment, charges, reminders *workflowtest.Double) {
	env = workflowtest.New(t, workflowtest.Options{}, Subscribe.Implement(subscribe))
	charges = workflowtest.OnActivity(env, Charge, charge)
	reminders = workflowtest.OnActivity(env, Remind, remind)
	return env, charges, reminders
}

func TestThirteenMonthsInNoTime(t *testing.T) {
	env, charges, reminders := newEnvironment(t)
	began := env.Now()
	bill, err := workflowtest.Execute(env, Subscribe, year)
	require.NoError(t, err)
	require.Equal(t, Bill{Customer: "Ada", Charges: 12}, bill)
	require.Equal(t, 12, charges.Calls())
	require.Equal(t, 1, reminders.Calls())
	require.Equal(t, 13*month, env.Now().Sub(began))
}

func TestWhoQuitsInTheTrialIsNotCharged(t *testing.T) {
	env, charges, _ := newEnvironment(t)
	env.After(20*24*time.Hour, func() { require.NoError(t, workflowtest.Signal(env, Quit, workflow.None{})) })
	bill, err := workflowtest.Execute(env, Subscribe, year)
	require.NoError(t, err)
	require.Zero(t, bill.Charges)
	require.Zero(t, charges.Calls())
}

func TestAChargeIsTriedThreeTimes(t *testing.T) {
	env, _, _ := newEnvironment(t)
	charges := workflowtest.OnActivity(env, Charge, func(context.Context, string) (activity.None, error) {
		return activity.None{}, errors.New("the bank does not answer")
	})
	bill, err := workflowtest.Execute(env, Subscribe, year)
	require.NoError(t, err)
	require.Zero(t, bill.Charges)
	require.Equal(t, 3, charges.Calls())
}

func TestACancelledSubscriptionEndsAsCancelled(t *testing.T) {
	env, charges, _ := newEnvironment(t)
	env.After(3*month+time.Hour, env.Cancel)
	_, err := workflowtest.Execute(env, Subscribe, year)
	require.True(t, failure.IsCanceled(err))
	require.Equal(t, 3, charges.Calls())
}

// A history that was saved shows whether changed code still fits it: of production, by "perdure workflow show --output json".
func TestChangedCodeDoesNotFitTheHistory(t *testing.T) {
	env, _, _ := newEnvironment(t)
	_, err := workflowtest.Execute(env, Subscribe, year)
	require.NoError(t, err)
	require.NoError(t, workflowtest.Replay(env.History(), Subscribe.Implement(subscribe)))

	changed := Subscribe.Implement(func(ctx workflow.Context, p Plan) (Bill, error) {
		return Bill{Customer: p.Customer}, workflow.Sleep(ctx, month) // in place of the trial's nine tenths
	})
	require.ErrorIs(t, workflowtest.Replay(env.History(), changed), workflowtest.ErrNonDeterministic)
}
