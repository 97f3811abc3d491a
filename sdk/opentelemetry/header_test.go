package opentelemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/interceptor"
	"github.com/perdure/perdure/sdk/opentelemetry"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// headless stands next to the code and passes activities on without a header.
type headless struct{ interceptor.Base }

type headlessRun struct {
	interceptor.WorkflowInboundInterceptorBase
}

type headlessCalls struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (headless) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return headlessRun{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

func (r headlessRun) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return r.Next.Init(headlessCalls{interceptor.WorkflowOutboundInterceptorBase{Next: next}})
}

func (c headlessCalls) ExecuteActivity(ctx workflow.Context, in *interceptor.ScheduleActivityInput) workflow.Future[*commonpb.Payloads] {
	return c.Next.ExecuteActivity(ctx, &interceptor.ScheduleActivityInput{ActivityType: in.ActivityType, Input: in.Input})
}

func TestAnotherInterceptorMayLeaveTheHeaderOut(t *testing.T) {
	tr := newTraced(t)
	same := func(_ context.Context, s string) (string, error) { return s, nil }
	around := []interceptor.WorkerInterceptor{opentelemetry.NewInterceptor(tr.options), headless{}}
	_, err := play(t, workflowtest.Options{Interceptors: around}, compose.Implement(same), polish.Implement(same))
	require.NoError(t, err)
	spans := tr.ended(t)
	require.Equal(t, spans["StartActivity:Compose"].SpanContext().SpanID(), spans["RunActivity:Compose"].Parent().SpanID())
}
