package opentelemetry_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

var (
	greet   = workflow.Declare[string, string]("Greet")
	compose = activity.Declare[string, string]("Compose")
	polish  = activity.Declare[string, string]("Polish")
	title   = workflow.DeclareSignal[string]("title")
	status  = workflow.DeclareQuery[workflow.None, string]("status")
)

var greetCode = greet.Implement(func(ctx workflow.Context, name string) (string, error) {
	span, _ := opentelemetry.SpanFromWorkflowContext(ctx)
	span.AddEvent("begun")
	status.Handle(ctx, func(workflow.None) (string, error) { return "greeting", nil })
	rank, _ := title.Channel(ctx).Receive(ctx)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1}})
	greeting, err := workflow.ExecuteActivity(ctx, compose, rank+" "+name).Get(ctx)
	if err != nil {
		return "", err
	}
	log := workflow.GetLogger(ctx)
	log.Info().Msg("composed")
	return workflow.ExecuteActivity(ctx, polish, greeting).Get(ctx)
})

// Every task of the workflow replays its whole history, and yet each span is there once, under the right parent.
func TestATraceFromTheClientToTheActivities(t *testing.T) {
	tr := newTraced(t)
	carried := make(chan string, 1)
	composeCode := compose.Implement(func(ctx context.Context, name string) (string, error) {
		_, span := tr.options.Tracer.Start(ctx, "write to the database")
		span.End()
		carried <- baggage.FromContext(ctx).Member("customer").Value()
		return "hello " + name, nil
	})
	polishCode := polish.Implement(func(_ context.Context, greeting string) (string, error) { return greeting + "!", nil })
	c := connect(t, client.Options{Interceptors: []client.Interceptor{opentelemetry.NewInterceptor(tr.options)}},
		worker.Options{StickyCacheSize: -1}, greetCode, composeCode, polishCode)

	member, err := baggage.NewMember("customer", "7")
	require.NoError(t, err)
	bag, err := baggage.New(member)
	require.NoError(t, err)
	ctx, root := tr.options.Tracer.Start(baggage.ContextWithBaggage(t.Context(), bag), "checkout")
	run, err := client.Start(ctx, c, greet, "Ada", client.StartOptions{ID: "w", TaskQueue: queue})
	require.NoError(t, err)
	require.NoError(t, client.Signal(ctx, c, "w", "", title, "Countess"))
	root.End()
	greeting, err := run.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hello Countess Ada!", greeting)
	require.Equal(t, "7", <-carried, "baggage travels along")
	_, err = client.Query(ctx, c, "w", "", status, workflow.None{})
	require.NoError(t, err)

	spans := tr.ended(t)
	for child, parent := range map[string]string{
		"StartWorkflow:Greet": "checkout", "SignalWorkflow:title": "checkout", "QueryWorkflow:status": "checkout",
		"RunWorkflow:Greet":  "StartWorkflow:Greet",
		"HandleSignal:title": "SignalWorkflow:title", "HandleQuery:status": "QueryWorkflow:status",
		"StartActivity:Compose": "RunWorkflow:Greet", "StartActivity:Polish": "RunWorkflow:Greet",
		"RunActivity:Compose": "StartActivity:Compose", "RunActivity:Polish": "StartActivity:Polish",
		"write to the database": "RunActivity:Compose",
	} {
		require.Contains(t, spans, child)
		require.Equal(t, spans[parent].SpanContext().SpanID(), spans[child].Parent().SpanID(), "%s is of %s", child, parent)
		require.Equal(t, root.SpanContext().TraceID(), spans[child].SpanContext().TraceID(), child)
	}
	require.Len(t, spans, 12)
	require.Contains(t, spans["RunActivity:Compose"].Attributes(), attribute.String("temporalWorkflowID", "w"))
	require.Contains(t, spans["RunWorkflow:Greet"].Attributes(), attribute.String("temporalRunID", run.RunID()))
	require.Len(t, spans["RunWorkflow:Greet"].Events(), 1, "what the code notes is in the span once")
	require.Equal(t, trace.SpanKindServer, spans["RunWorkflow:Greet"].SpanKind())
	require.Equal(t, trace.SpanKindClient, spans["StartActivity:Compose"].SpanKind())
}

// play runs the workflow in a test environment, with a signal.
func play(t *testing.T, o workflowtest.Options, impls ...activity.Implementation) (*workflowtest.Environment, error) {
	t.Helper()
	env := workflowtest.New(t, o, greetCode)
	for _, impl := range impls {
		env.Register(impl)
	}
	env.After(time.Second, func() { require.NoError(t, workflowtest.Signal(env, title, "Countess")) })
	_, err := workflowtest.Execute(env, greet, "Ada")
	return env, err
}

func TestAReplayEmitsNothingAndMakesTheSameIds(t *testing.T) {
	tr := newTraced(t)
	around := []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options)}
	same := func(_ context.Context, s string) (string, error) { return s, nil }
	var lines bytes.Buffer
	env, err := play(t, workflowtest.Options{Interceptors: around, Logger: zerolog.New(&lines)}, compose.Implement(same), polish.Implement(same))
	require.NoError(t, err)
	spans := tr.ended(t)
	require.Contains(t, spans, "RunWorkflow:Greet")
	id := spans["RunWorkflow:Greet"].SpanContext().SpanID()
	require.Contains(t, lines.String(), `"span_id":"`+id.String()+`"`)

	whole := env.History().GetEvents()
	for _, events := range [][]*historypb.HistoryEvent{whole, whole[:4]} {
		again := newTraced(t)
		replayer := workflowtest.Replayer{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(again.options)}}
		require.NoError(t, replayer.Replay(&historypb.History{Events: events}, greetCode))
		require.Empty(t, again.spans.Ended())
		require.Equal(t, id, again.spans.Started()[0].SpanContext().SpanID())
		require.Equal(t, spans["RunWorkflow:Greet"].SpanContext().TraceID(), again.spans.Started()[0].SpanContext().TraceID())
	}
}

// A local activity is traced as others are, and a benign error is none.
func TestALocalActivityAndABenignError(t *testing.T) {
	tr := newTraced(t)
	code := greet.Implement(func(ctx workflow.Context, name string) (string, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			StartToCloseTimeout: time.Minute, RetryPolicy: &workflow.RetryPolicy{MaximumAttempts: 1},
		})
		_, err := workflow.ExecuteLocalActivity(ctx, compose, name).Get(ctx)
		return "", err
	})
	env := workflowtest.New(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options)}}, code)
	env.Register(compose.Implement(func(context.Context, string) (string, error) {
		return "", failure.NewApplicationErrorWithOptions("not yet", "Pending", failure.ApplicationErrorOptions{Category: enumspb.APPLICATION_ERROR_CATEGORY_BENIGN})
	}))
	_, err := workflowtest.Execute(env, greet, "Ada")
	require.ErrorContains(t, err, "not yet")
	spans := tr.ended(t)
	require.Equal(t, spans["RunWorkflow:Greet"].SpanContext().SpanID(), spans["StartActivity:Compose"].Parent().SpanID())
	require.Equal(t, spans["StartActivity:Compose"].SpanContext().SpanID(), spans["RunActivity:Compose"].Parent().SpanID())
	require.Equal(t, codes.Unset, spans["RunActivity:Compose"].Status().Code)
	require.Len(t, spans["RunActivity:Compose"].Events(), 1, "it is noted")
}

func TestErrorsAndPanicsShow(t *testing.T) {
	for name, code := range map[string]func(context.Context, string) (string, error){
		"no ink":                func(context.Context, string) (string, error) { return "", errors.New("no ink") },
		"the activity panicked": func(context.Context, string) (string, error) { panic("no ink") },
	} {
		tr := newTraced(t)
		_, err := play(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options)}}, compose.Implement(code))
		require.ErrorContains(t, err, "no ink")
		spans := tr.ended(t)
		require.Equal(t, codes.Error, spans["RunActivity:Compose"].Status().Code)
		require.Equal(t, name, spans["RunActivity:Compose"].Status().Description)
		require.Equal(t, codes.Error, spans["RunWorkflow:Greet"].Status().Code)
	}
}

// keeper looks at the header of the activity.
type keeper struct {
	interceptor.Base
	header *map[string]*commonpb.Payload
}

type kept struct {
	interceptor.ActivityInboundInterceptorBase
	keeper
}

func (k keeper) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return kept{interceptor.ActivityInboundInterceptorBase{Next: next}, k}
}

func (k kept) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	*k.header = in.Header
	return k.Next.ExecuteActivity(ctx, in)
}

// The header is as Temporal's SDKs write it: a JSON object under the same key.
func TestTheHeaderIsTemporals(t *testing.T) {
	same := func(_ context.Context, s string) (string, error) { return s, nil }
	var header map[string]*commonpb.Payload
	tr := newTraced(t)
	_, err := play(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options), keeper{header: &header}}},
		compose.Implement(same), polish.Implement(same))
	require.NoError(t, err)
	payload := header["_tracer-data"]
	require.Equal(t, "json/plain", string(payload.GetMetadata()["encoding"]))
	span := tr.ended(t)["StartActivity:Polish"].SpanContext()
	require.JSONEq(t, `{"traceparent":"00-`+span.TraceID().String()+`-`+span.SpanID().String()+`-01"}`, string(payload.GetData()))

	// Where nothing is traced nothing is written.
	untraced := opentelemetry.NewInterceptor(opentelemetry.Options{Tracer: noop.NewTracerProvider().Tracer("")})
	_, err = play(t, workflowtest.Options{Interceptors: []interceptor.WorkerInterceptor{untraced, keeper{header: &header}}}, compose.Implement(same), polish.Implement(same))
	require.NoError(t, err)
	require.Empty(t, header)
}

// writer puts something into the header that is no trace.
type writer struct{ interceptor.Base }

type written struct {
	interceptor.WorkflowOutboundInterceptorBase
}

type writing struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (writer) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return writing{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (w writing) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return w.Next.Init(written{interceptor.WorkflowOutboundInterceptorBase{Next: next}})
}

func (w written) ExecuteActivity(ctx workflow.Context, in *interceptor.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	in.Header[opentelemetry.HeaderKey] = &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`[1`)}
	return w.Next.ExecuteActivity(ctx, in)
}

func TestAHeaderThatCannotBeReadHarmsNothing(t *testing.T) {
	same := func(_ context.Context, s string) (string, error) { return s, nil }
	tr := newTraced(t)
	// The first is next to the service, so that it writes last.
	around := []interceptor.WorkerInterceptor{writer{}, opentelemetry.NewInterceptor(tr.options)}
	_, err := play(t, workflowtest.Options{Interceptors: around}, compose.Implement(same), polish.Implement(same))
	require.NoError(t, err)
	require.False(t, tr.ended(t)["RunActivity:Polish"].Parent().IsValid())
}
