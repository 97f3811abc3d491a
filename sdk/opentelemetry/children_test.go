package opentelemetry_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var (
	ship     = workflow.Declare[string, string]("Ship")
	book     = workflow.Declare[string, string]("Book")
	address  = workflow.DeclareSignal[string]("address")
	shipped  = workflow.DeclareSignal[string]("shipped")
	shipCode = ship.Implement(func(ctx workflow.Context, order string) (string, error) {
		child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "booking"}), book, order)
		if _, err := workflow.SignalChildWorkflow(ctx, child, address, "London").Get(ctx); err != nil {
			return "", err
		}
		shipped.Channel(ctx).Receive(ctx)
		return child.Get(ctx)
	})
	bookCode = book.Implement(func(ctx workflow.Context, order string) (string, error) {
		to, _ := address.Channel(ctx).Receive(ctx)
		_, err := workflow.SignalExternalWorkflow(ctx, workflow.GetInfo(ctx).Parent.WorkflowId, "", shipped, order).Get(ctx)
		return order + " to " + to, err
	})
)

// A trace goes on in children, and where they and their parents signal each other.
func TestAFamilyIsOneTrace(t *testing.T) {
	tr := newTraced(t)
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options)}}, shipCode, bookCode)
	out, err := workflowtest.Execute(env, ship, "a lamp")
	require.NoError(t, err)
	require.Equal(t, "a lamp to London", out)

	spans := tr.ended(t)
	root := spans["RunWorkflow:Ship"]
	for span, parent := range map[string]string{
		"StartChildWorkflow:Book": "RunWorkflow:Ship", "RunWorkflow:Book": "StartChildWorkflow:Book",
		"SignalChildWorkflow:address": "RunWorkflow:Ship", "HandleSignal:address": "SignalChildWorkflow:address",
		"SignalExternalWorkflow:shipped": "RunWorkflow:Book", "HandleSignal:shipped": "SignalExternalWorkflow:shipped",
	} {
		require.Contains(t, spans, span)
		require.Equal(t, spans[parent].SpanContext().SpanID(), spans[span].Parent().SpanID(), "%s is of %s", span, parent)
		require.Equal(t, root.SpanContext().TraceID(), spans[span].SpanContext().TraceID(), span)
	}
	require.Len(t, spans, 7)
	require.Contains(t, spans["RunWorkflow:Book"].Attributes(), attribute.String("temporalWorkflowID", "booking"))

	child, err := env.Workflow("booking")
	require.NoError(t, err)
	for _, history := range []*historypb.History{env.History(), child.History()} {
		again := newTraced(t)
		replayer := workflowtest.Replayer{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(again.options)}}
		require.NoError(t, replayer.Replay(history, shipCode, bookCode))
		require.Empty(t, again.spans.Ended(), "a replay emits nothing")
	}
}

func TestSignalsBetweenWorkflowsMayStayOut(t *testing.T) {
	tr := newTraced(t)
	tr.options.DisableSignalTracing = true
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options)}}, shipCode, bookCode)
	_, err := workflowtest.Execute(env, ship, "a lamp")
	require.NoError(t, err)
	require.Len(t, tr.ended(t), 3)
}
