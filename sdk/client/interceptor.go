package client

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// Interceptor wraps what a client asks of workflows: set it with [Options]. One that intercepts workflows and activities,
// too (it is an interceptor.WorkerInterceptor), does so in all workers of the client.
type Interceptor interface {
	// InterceptClient is called once, when the client is made. It returns what stands before next, the client or the
	// next interceptor's: the first of several is the outermost.
	InterceptClient(next OutboundInterceptor) OutboundInterceptor
}

// OutboundInterceptor is called for each call of a client, from any goroutine. Embed [OutboundInterceptorBase] and override
// what is to be changed. What a method is given may be changed before it is passed on.
type OutboundInterceptor interface {
	// ExecuteWorkflow is [Start]. It returns the run.
	ExecuteWorkflow(ctx context.Context, in *ExecuteWorkflowInput) (*commonpb.WorkflowExecution, error)
	// SignalWorkflow is [Signal].
	SignalWorkflow(ctx context.Context, in *SignalWorkflowInput) error
	// SignalWithStartWorkflow is [SignalWithStart]. It returns the run.
	SignalWithStartWorkflow(ctx context.Context, in *SignalWithStartWorkflowInput) (*commonpb.WorkflowExecution, error)
	// QueryWorkflow is [Query]. It returns the encoded answer.
	QueryWorkflow(ctx context.Context, in *QueryWorkflowInput) (*commonpb.Payloads, error)
	// UpdateWorkflow is [Update]. It returns how far the update has come: as far as the options say.
	UpdateWorkflow(ctx context.Context, in *UpdateWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error)
	// UpdateWithStartWorkflow is [UpdateWithStart]. It returns how far the update has come, and of which run it is.
	UpdateWithStartWorkflow(ctx context.Context, in *UpdateWithStartWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error)
	// PollWorkflowUpdate is what [UpdateHandle.Get] waits for where the outcome is not known.
	PollWorkflowUpdate(ctx context.Context, in *PollWorkflowUpdateInput) (*updatepb.Outcome, error)
	// CancelWorkflow is [Client.Cancel].
	CancelWorkflow(ctx context.Context, in *CancelWorkflowInput) error
	// TerminateWorkflow is [Client.Terminate].
	TerminateWorkflow(ctx context.Context, in *TerminateWorkflowInput) error
	// DescribeWorkflow is [Client.Describe].
	DescribeWorkflow(ctx context.Context, in *DescribeWorkflowInput) (*workflowservice.DescribeWorkflowExecutionResponse, error)

	mustEmbedOutboundInterceptorBase()
}

// ExecuteWorkflowInput is a workflow to be started.
type ExecuteWorkflowInput struct {
	WorkflowType string
	Input        any
	Options      *StartOptions
	// Header goes with the start, to the workflow.
	Header map[string]*commonpb.Payload
}

// SignalWorkflowInput is a signal. An empty run id means the workflow's latest run, here and below.
type SignalWorkflowInput struct {
	WorkflowID, RunID string
	SignalName        string
	Input             any
	// Header goes with the signal.
	Header map[string]*commonpb.Payload
}

// SignalWithStartWorkflowInput is a signal, and the workflow to be started for it.
type SignalWithStartWorkflowInput struct {
	SignalName    string
	SignalInput   any
	WorkflowType  string
	WorkflowInput any
	Options       *StartOptions
	// Header goes with the signal and with the start.
	Header map[string]*commonpb.Payload
}

// QueryWorkflowInput is a query.
type QueryWorkflowInput struct {
	WorkflowID, RunID    string
	QueryType            string
	Input                any
	QueryRejectCondition enumspb.QueryRejectCondition
	// Header goes with the query.
	Header map[string]*commonpb.Payload
}

// UpdateWorkflowInput is an update.
type UpdateWorkflowInput struct {
	WorkflowID, RunID string
	UpdateName        string
	Input             any
	Options           *UpdateOptions
	// Header goes with the update.
	Header map[string]*commonpb.Payload
}

// UpdateWithStartWorkflowInput is an update, and the workflow to be started for it.
type UpdateWithStartWorkflowInput struct {
	UpdateName    string
	UpdateInput   any
	UpdateOptions *UpdateOptions
	WorkflowType  string
	WorkflowInput any
	Options       *StartOptions
	// Header goes with the update and with the start.
	Header map[string]*commonpb.Payload
}

// PollWorkflowUpdateInput is an update whose outcome is waited for.
type PollWorkflowUpdateInput struct{ WorkflowID, RunID, UpdateID string }

// CancelWorkflowInput is a workflow to be cancelled.
type CancelWorkflowInput struct{ WorkflowID, RunID string }

// TerminateWorkflowInput is a workflow to be terminated.
type TerminateWorkflowInput struct {
	WorkflowID, RunID string
	Reason            string
	Details           []any
}

// DescribeWorkflowInput is a workflow to be described.
type DescribeWorkflowInput struct{ WorkflowID, RunID string }

// OutboundInterceptorBase passes everything on to Next. For embedding.
type OutboundInterceptorBase struct{ Next OutboundInterceptor }

var _ OutboundInterceptor = OutboundInterceptorBase{}

// ExecuteWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) ExecuteWorkflow(ctx context.Context, in *ExecuteWorkflowInput) (*commonpb.WorkflowExecution, error) {
	return b.Next.ExecuteWorkflow(ctx, in)
}

// SignalWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) SignalWorkflow(ctx context.Context, in *SignalWorkflowInput) error {
	return b.Next.SignalWorkflow(ctx, in)
}

// SignalWithStartWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) SignalWithStartWorkflow(ctx context.Context, in *SignalWithStartWorkflowInput) (*commonpb.WorkflowExecution, error) {
	return b.Next.SignalWithStartWorkflow(ctx, in)
}

// QueryWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) QueryWorkflow(ctx context.Context, in *QueryWorkflowInput) (*commonpb.Payloads, error) {
	return b.Next.QueryWorkflow(ctx, in)
}

// UpdateWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) UpdateWorkflow(ctx context.Context, in *UpdateWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	return b.Next.UpdateWorkflow(ctx, in)
}

// UpdateWithStartWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) UpdateWithStartWorkflow(ctx context.Context, in *UpdateWithStartWorkflowInput) (*workflowservice.UpdateWorkflowExecutionResponse, error) {
	return b.Next.UpdateWithStartWorkflow(ctx, in)
}

// PollWorkflowUpdate implements OutboundInterceptor.
func (b OutboundInterceptorBase) PollWorkflowUpdate(ctx context.Context, in *PollWorkflowUpdateInput) (*updatepb.Outcome, error) {
	return b.Next.PollWorkflowUpdate(ctx, in)
}

// CancelWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) CancelWorkflow(ctx context.Context, in *CancelWorkflowInput) error {
	return b.Next.CancelWorkflow(ctx, in)
}

// TerminateWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) TerminateWorkflow(ctx context.Context, in *TerminateWorkflowInput) error {
	return b.Next.TerminateWorkflow(ctx, in)
}

// DescribeWorkflow implements OutboundInterceptor.
func (b OutboundInterceptorBase) DescribeWorkflow(ctx context.Context, in *DescribeWorkflowInput) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return b.Next.DescribeWorkflow(ctx, in)
}

func (OutboundInterceptorBase) mustEmbedOutboundInterceptorBase() {}

// outbound is the end of the chain: the client. Its methods are beside the functions that lead to them.
type outbound struct {
	OutboundInterceptorBase
	c *Client
}

// intercept makes the chain of interceptors before the client.
func (c *Client) intercept() (OutboundInterceptor, error) {
	var out OutboundInterceptor = outbound{c: c}
	if len(c.options.ContextPropagators) > 0 {
		out = propagation{OutboundInterceptorBase{out}, c.options.ContextPropagators}
	}
	for i := len(c.options.Interceptors) - 1; i >= 0; i-- {
		if out = c.options.Interceptors[i].InterceptClient(out); out == nil {
			return nil, fmt.Errorf("the interceptor %T returned nil: return next to change nothing", c.options.Interceptors[i])
		}
	}
	return out, nil
}

// header is the API's form of a call's header; nil if there is nothing in it.
func header(fields map[string]*commonpb.Payload) *commonpb.Header {
	if len(fields) == 0 {
		return nil
	}
	return &commonpb.Header{Fields: fields}
}
