package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

// tracedClient traces what it and its workers do.
func tracedClient(t *testing.T, url string) (*client.Client, *tracetest.SpanRecorder, trace.Tracer) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithIDGenerator(opentelemetry.NewIDGenerator(nil)))
	t.Cleanup(func() { require.NoError(t, provider.Shutdown(context.WithoutCancel(t.Context()))) })
	tracer := provider.Tracer("test")
	c, err := client.Connect(client.Options{
		Conn: connection(t, url), Interceptors: []client.Interceptor{opentelemetry.NewInterceptor(opentelemetry.Options{Tracer: tracer})},
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, spans, tracer
}

// The service carries the headers of starts, signals, queries and the next run, so that all is one trace.
func TestTheServiceCarriesTraces(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c, spans, tracer := tracedClient(t, s.URL())

	relay := workflow.Declare[int, string]("Relay")
	pass := workflow.DeclareSignal[string]("pass")
	where := workflow.DeclareQuery[workflow.None, int]("where")
	lead := workflow.Declare[workflow.None, string]("Lead")
	startWorker(t, c, worker.Options{StickyCacheSize: -1}, lead.Implement(func(ctx workflow.Context, _ workflow.None) (string, error) {
		ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "child"})
		child := workflow.ExecuteChildWorkflow(ctx, relay, 1)
		started, err := child.GetChildWorkflowExecution().Get(ctx)
		if err != nil {
			return "", err
		}
		if _, err := workflow.SignalExternalWorkflow(ctx, started.ID, "", pass, "third").Get(ctx); err != nil {
			return "", err
		}
		return child.Get(ctx)
	}), relay.Implement(func(ctx workflow.Context, round int) (string, error) {
		where.Handle(ctx, func(workflow.None) (int, error) { return round, nil })
		word, _ := pass.Channel(ctx).Receive(ctx)
		if round == 0 {
			return "", workflow.NewContinueAsNewError(ctx, relay, round+1)
		}
		return word, nil
	}))
	ctx, root := tracer.Start(within(t), "test")
	run, err := client.SignalWithStart(ctx, c, pass, "first", relay, 0, client.StartOptions{ID: "relay", TaskQueue: queue})
	require.NoError(t, err)
	eventually(t, func() bool {
		d, err := c.Describe(ctx, "relay", "")
		info := d.GetWorkflowExecutionInfo()
		return err == nil && info.GetExecution().GetRunId() != run.RunID() && info.GetHistoryLength() > 3 // its first task is done
	}, "the next run does not begin")
	round, err := client.Query(ctx, c, "relay", "", where, workflow.None{})
	require.NoError(t, err)
	require.Equal(t, 1, round)
	require.NoError(t, client.Signal(ctx, c, "relay", "", pass, "second"))
	word, err := run.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "second", word)
	led, err := client.Start(ctx, c, lead, workflow.None{}, client.StartOptions{ID: "lead", TaskQueue: queue})
	require.NoError(t, err)
	word, err = led.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "third", word)
	root.End()

	require.Equal(t, map[string]int{
		"test of ":                              1,
		"SignalWithStartWorkflow:Relay of test": 1, "SignalWorkflow:pass of test": 1, "QueryWorkflow:where of test": 1,
		"RunWorkflow:Relay of SignalWithStartWorkflow:Relay": 1, "HandleSignal:pass of SignalWithStartWorkflow:Relay": 1,
		"RunWorkflow:Relay of RunWorkflow:Relay":   1,
		"HandleQuery:where of QueryWorkflow:where": 1, "HandleSignal:pass of SignalWorkflow:pass": 1,
		"StartWorkflow:Lead of test":                       1,
		"RunWorkflow:Lead of StartWorkflow:Lead":           1,
		"StartChildWorkflow:Relay of RunWorkflow:Lead":     1,
		"RunWorkflow:Relay of StartChildWorkflow:Relay":    1,
		"SignalExternalWorkflow:pass of RunWorkflow:Lead":  1,
		"HandleSignal:pass of SignalExternalWorkflow:pass": 1,
	}, parents(t, spans, root))
}

// parents are how often a span of a name was a child of another, all in the trace of root.
func parents(t *testing.T, spans *tracetest.SpanRecorder, root trace.Span) map[string]int {
	t.Helper()
	names := map[string]string{}
	for _, span := range spans.Ended() {
		names[span.SpanContext().SpanID().String()] = span.Name()
		require.Equal(t, root.SpanContext().TraceID(), span.SpanContext().TraceID(), span.Name())
	}
	count := map[string]int{}
	for _, span := range spans.Ended() {
		count[span.Name()+" of "+names[span.Parent().SpanID().String()]]++
	}
	return count
}

// The headers of updates, too, and of the start that one brings along.
func TestTheServiceCarriesTracesOfUpdates(t *testing.T) {
	t.Parallel()
	s := startLocal(t, runtime.Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", SyncInterval: seldom})
	c, spans, tracer := tracedClient(t, s.URL())

	counter := workflow.Declare[workflow.None, int]("Counter")
	startWorker(t, c, worker.Options{StickyCacheSize: -1}, counter.Implement(func(ctx workflow.Context, _ workflow.None) (int, error) {
		total := 0
		adds.HandleWithOptions(ctx, workflow.UpdateHandlerOptions[int]{Validator: func(_ workflow.Context, n int) error {
			if n < 0 {
				return errors.New("less than nothing")
			}
			return nil
		}}, func(ctx workflow.Context, n int) (int, error) {
			total += n
			return total, workflow.Sleep(ctx, time.Millisecond)
		})
		err := workflow.Await(ctx, func() bool { return total > 5 && workflow.AllHandlersFinished(ctx) })
		return total, err
	}))
	ctx, root := tracer.Start(within(t), "test")
	_, run, err := client.UpdateWithStart(ctx, c, adds, 2, client.UpdateOptions{}, counter, workflow.None{}, client.StartOptions{
		ID: "counter", TaskQueue: queue, IDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
	})
	require.NoError(t, err)
	for _, n := range []int{-1, 4} {
		_, err := client.Update(ctx, c, "counter", "", adds, n, client.UpdateOptions{})
		require.NoError(t, err)
	}
	total, err := run.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, 6, total)
	root.End()
	require.Equal(t, map[string]int{
		"test of ": 1, "UpdateWithStartWorkflow:add of test": 1, "UpdateWorkflow:add of test": 2,
		"RunWorkflow:Counter of UpdateWithStartWorkflow:add": 1,
		"ValidateUpdate:add of UpdateWithStartWorkflow:add":  1, "HandleUpdate:add of UpdateWithStartWorkflow:add": 1,
		"ValidateUpdate:add of UpdateWorkflow:add": 2, "HandleUpdate:add of UpdateWorkflow:add": 1,
	}, parents(t, spans, root))
}
