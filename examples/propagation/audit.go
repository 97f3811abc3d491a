package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/interceptor"
)

var errNoTenant = errors.New("nobody is named to do this for")

// audit is an interceptor: no workflow is started without a tenant, and each activity is noted.
type audit struct {
	interceptor.Base
	mu    sync.Mutex // guards notes
	notes []string
}

func (a *audit) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	return starts{interceptor.ClientOutboundInterceptorBase{Next: next}}
}

func (a *audit) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return attempts{interceptor.ActivityInboundInterceptorBase{Next: next}, a}
}

// told are the notes, in order of their texts.
func (a *audit) told() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(slices.Values(a.notes))
}

// starts stands before a client's calls. What it does not override is passed on.
type starts struct {
	interceptor.ClientOutboundInterceptorBase
}

func (s starts) ExecuteWorkflow(ctx context.Context, in *interceptor.ClientExecuteWorkflowInput) (*commonpb.WorkflowExecution, error) {
	if ctx.Value(tenantKey{}) == nil {
		return nil, errNoTenant
	}
	return s.Next.ExecuteWorkflow(ctx, in)
}

// attempts stands before the code of activities.
type attempts struct {
	interceptor.ActivityInboundInterceptorBase
	audit *audit
}

func (a attempts) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	out, err := a.Next.ExecuteActivity(ctx, in)
	a.audit.mu.Lock()
	defer a.audit.mu.Unlock()
	a.audit.notes = append(a.audit.notes, fmt.Sprintf("%s(%v) for %s", activity.GetInfo(ctx).ActivityType, in.Input, ctx.Value(tenantKey{})))
	return out, err
}
