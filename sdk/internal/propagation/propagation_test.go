package propagation_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var (
	report = workflow.Declare[string, string]("Report")
	who    = activity.Declare[workflow.None, string]("Who")
	again  = workflow.DeclareSignal[string]("again")
	asks   = workflow.DeclareQuery[workflow.None, string]("asks")
)

func values(of func(any) any) string { return fmt.Sprint(of(keyOf("tenant")), " ", of(keyOf("zone"))) }

var whoCode = who.Implement(func(ctx context.Context, _ workflow.None) (string, error) { return values(ctx.Value), nil })

// reportCode says what its own context and that of an activity have, before a signal and behind it.
var reportCode = report.Implement(func(ctx workflow.Context, goOn string) (string, error) {
	asks.Handle(ctx, func(workflow.None) (string, error) { return values(ctx.Value), nil })
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1}})
	first, err := workflow.ExecuteActivity(ctx, who, workflow.None{}).Get(ctx)
	if err != nil {
		return "", err
	}
	zone, _ := again.Channel(ctx).Receive(ctx)
	ctx = workflow.WithValue(ctx, keyOf("zone"), zone)
	if goOn != "" {
		return "", workflow.NewContinueAsNewError(ctx, report, "")
	}
	second, err := workflow.ExecuteActivity(ctx, who, workflow.None{}).Get(ctx)
	if err != nil {
		return "", err
	}
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	third, err := workflow.ExecuteLocalActivity(ctx, who, workflow.None{}).Get(ctx)
	return first + ", " + second + ", " + third, err
})

// What the client's context has reaches the workflow and its activities, by the propagators of the client and of the worker.
func TestContextsTravel(t *testing.T) {
	c := connect(t, client.Options{ContextPropagators: []workflow.ContextPropagator{tenant{"tenant"}}},
		worker.Options{ContextPropagators: []workflow.ContextPropagator{tenant{"zone"}}}, reportCode, whoCode)
	ctx := context.WithValue(context.WithValue(t.Context(), keyOf("tenant"), "acme"), keyOf("zone"), "of the client, which does not carry it")
	run, err := client.Start(ctx, c, report, "", client.StartOptions{ID: "w", TaskQueue: queue})
	require.NoError(t, err)
	require.NoError(t, client.Signal(ctx, c, "w", "", again, "north"))
	got, err := run.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "acme <nil>, acme north, acme north", got)

	answer, err := client.Query(ctx, c, "w", "", asks, workflow.None{})
	require.NoError(t, err)
	require.Equal(t, "acme north", answer)
	_, err = client.Start(context.WithValue(ctx, keyOf("tenant"), ""), c, report, "", client.StartOptions{TaskQueue: queue})
	require.ErrorIs(t, err, errNobody)
	require.ErrorIs(t, client.Signal(context.WithValue(ctx, keyOf("tenant"), ""), c, "w", "", again, ""), errNobody)
}

func header(t *testing.T, value any) map[string]*commonpb.Payload {
	t.Helper()
	payload, err := converter.Default().ToPayload(value)
	require.NoError(t, err)
	return map[string]*commonpb.Payload{"tenant": payload}
}

// What a propagator cannot do fails what it is done for, and no more than that.
func TestPropagatorsThatFail(t *testing.T) {
	options := workflowtest.Options{ContextPropagators: []workflow.ContextPropagator{tenant{"tenant"}}, Header: header(t, "acme")}
	env := workflowtest.New(t, options, reportCode)
	env.Register(whoCode)
	require.NoError(t, workflowtest.Signal(env, again, "north"))
	got, err := workflowtest.Execute(env, report, "")
	require.NoError(t, err)
	require.Equal(t, "acme <nil>, acme <nil>, acme <nil>", got, "the zone has no propagator here")
	require.NoError(t, workflowtest.Replayer{ContextPropagators: options.ContextPropagators}.Replay(env.History(), reportCode))

	options.Header = header(t, 7)
	_, err = workflowtest.Execute(workflowtest.New(t, options, reportCode), report, "-")
	require.ErrorContains(t, err, "context propagator propagation_test.tenant")
	require.ErrorContains(t, err, "string")

	options.Header = header(t, "")
	env = workflowtest.New(t, options, reportCode)
	env.Register(whoCode)
	_, err = workflowtest.Execute(env, report, "-")
	require.ErrorContains(t, err, errNobody.Error(), "the activity is not scheduled")
}

func TestTheNextRunGetsIt(t *testing.T) {
	options := workflowtest.Options{ContextPropagators: []workflow.ContextPropagator{tenant{"tenant"}, tenant{"zone"}}, Header: header(t, "acme")}
	env := workflowtest.New(t, options, reportCode)
	env.Register(whoCode)
	require.NoError(t, workflowtest.Signal(env, again, "north"))
	_, err := workflowtest.Execute(env, report, "go on")
	require.ErrorContains(t, err, "continue")
	events := env.History().GetEvents()
	next := events[len(events)-1].GetWorkflowExecutionContinuedAsNewEventAttributes().GetHeader().GetFields()
	require.JSONEq(t, `"acme"`, string(next["tenant"].GetData()))
	require.JSONEq(t, `"north"`, string(next["zone"].GetData()))
}
