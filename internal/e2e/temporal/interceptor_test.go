package temporal

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// tracing notes what passes, and carries a header from a client through its workflow to an activity.
type tracing struct {
	interceptor.InterceptorBase

	mu   sync.Mutex // guards seen
	seen []string
}

func (i *tracing) note(what string, header map[string]*commonpb.Payload) {
	var from string
	if header["trace"] != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(header["trace"], &from) // seen to be empty then
	}
	i.mu.Lock() //perdure:allow what is noted is the test's, and nobody holds the lock for long
	defer i.mu.Unlock()
	i.seen = append(i.seen, what+" "+from)
}

// mark sets the header.
func mark(header map[string]*commonpb.Payload, from string) {
	p, err := converter.GetDefaultDataConverter().ToPayload(from)
	if err == nil {
		header["trace"] = p
	}
}

func (i *tracing) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return &tracingClient{interceptor.ClientOutboundInterceptorBase{Next: next}, i}
}

type tracingClient struct {
	interceptor.ClientOutboundInterceptorBase
	*tracing
}

func (i *tracingClient) ExecuteWorkflow(ctx context.Context, in *interceptor.ClientExecuteWorkflowInput) (client.WorkflowRun, error) {
	mark(interceptor.Header(ctx), "start")
	return i.Next.ExecuteWorkflow(ctx, in)
}

func (i *tracingClient) SignalWorkflow(ctx context.Context, in *interceptor.ClientSignalWorkflowInput) error {
	mark(interceptor.Header(ctx), "signal")
	return i.Next.SignalWorkflow(ctx, in)
}

func (i *tracingClient) QueryWorkflow(ctx context.Context, in *interceptor.ClientQueryWorkflowInput) (converter.EncodedValue, error) {
	mark(interceptor.Header(ctx), "query")
	return i.Next.QueryWorkflow(ctx, in)
}

func (i *tracing) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &tracingWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}, i}
}

type tracingWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	*tracing
}

func (i *tracingWorkflow) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&tracingCommands{interceptor.WorkflowOutboundInterceptorBase{Next: outbound}})
}

func (i *tracingWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	i.note("workflow", interceptor.WorkflowHeader(ctx))
	return i.Next.ExecuteWorkflow(ctx, in)
}

func (i *tracingWorkflow) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	i.note("signaled", interceptor.WorkflowHeader(ctx))
	return i.Next.HandleSignal(ctx, in)
}

func (i *tracingWorkflow) HandleQuery(ctx workflow.Context, in *interceptor.HandleQueryInput) (any, error) {
	i.note("queried", interceptor.WorkflowHeader(ctx))
	return i.Next.HandleQuery(ctx, in)
}

type tracingCommands struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (i *tracingCommands) ExecuteActivity(ctx workflow.Context, kind string, args ...any) workflow.Future {
	mark(interceptor.WorkflowHeader(ctx), "command")
	return i.Next.ExecuteActivity(ctx, kind, args...)
}

func (i *tracing) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &tracingActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, i}
}

type tracingActivity struct {
	interceptor.ActivityInboundInterceptorBase
	*tracing
}

func (i *tracingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	i.note("activity", interceptor.Header(ctx))
	return i.Next.ExecuteActivity(ctx, in)
}

func TestInterceptors(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := &tracing{}
			options := way(t, shared(t))
			options.Interceptors = []interceptor.ClientInterceptor{i} // a worker of this client has it too
			c := dial(t, options)
			run := begin(t, c, startWorkerOf(t, c, traced, nothing), "play")
			require.Equal(t, 1, ask[int](t, c, run.GetID(), "q"))
			require.NoError(t, c.SignalWorkflow(within(t), run.GetID(), "", "s", nil))
			require.NoError(t, run.Get(within(t), nil))
			i.mu.Lock()
			defer i.mu.Unlock()
			// A query that comes while the first task runs has the workflow replayed, and then the signal may have, too.
			require.Equal(t, []string{"workflow start", "queried query", "signaled signal", "activity command"}, distinct(i.seen))
		})
	}
}

// distinct are the words in the order in which they come first.
func distinct(words []string) []string {
	var found []string
	for _, word := range words {
		if !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}

func traced(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, "q", func() (int, error) { return 1, nil }); err != nil {
		return err
	}
	workflow.GetSignalChannel(ctx, "s").Receive(ctx, nil)
	return workflow.ExecuteActivity(quickly(ctx), nothing).Get(ctx, nil)
}
