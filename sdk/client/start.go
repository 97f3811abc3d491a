package client

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/attributes"
	"github.com/perdure/perdure/sdk/workflow"
)

// StartOptions say how a workflow is run. Only TaskQueue is required; zero times are no limits.
type StartOptions struct {
	// ID is the workflow id, at most 1000 bytes; empty makes a unique one. At most one workflow of an id
	// is open at a time: take what the workflow is about, such as an order's number.
	ID string
	// TaskQueue is the queue of the workers that run the workflow, of 1 to 1000 bytes.
	TaskQueue string
	// IDReusePolicy says whether the id of a closed workflow may be used again; by default it may.
	IDReusePolicy enumspb.WorkflowIdReusePolicy
	// IDConflictPolicy says what happens when a workflow of that id is open; by default the start fails
	// with serviceerror.WorkflowExecutionAlreadyStarted.
	IDConflictPolicy enumspb.WorkflowIdConflictPolicy
	// ExecutionTimeout limits all runs of the workflow together: retries and continue-as-new included.
	ExecutionTimeout time.Duration
	// RunTimeout limits one run. At its end the workflow is closed as timed out; its code is not asked.
	RunTimeout time.Duration
	// TaskTimeout limits one workflow task; zero is the service's default of 10 s.
	TaskTimeout time.Duration
	// RetryPolicy starts a failed workflow again; nil does not.
	RetryPolicy *workflow.RetryPolicy
	// CronSchedule runs the workflow again and again, each run when the schedule comes round after the one before has
	// ended: crontab's five fields, a descriptor (@hourly), or an interval (@every 90m), in UTC unless
	// "CRON_TZ=Europe/Berlin " stands before it. It ends when it is cancelled, terminated, or at ExecutionTimeout;
	// a run that fails is retried by the policy first. Not together with StartDelay.
	CronSchedule string
	// StartDelay is how long the first workflow task waits, unless a signal with start or a request to cancel
	// comes before; other signals wait with it. ExecutionTimeout begins before it, RunTimeout behind it.
	StartDelay time.Duration
	// EnableEagerStart has the first workflow task come with the answer to the start, when a worker of this client has a
	// free slot for it: one round trip less until the workflow runs. Otherwise, and where the first task has to
	// wait, it is a start like any other. SignalWithStart does without it.
	EnableEagerStart bool
	// Memo holds values that Describe shows.
	Memo map[string]any
	// SearchAttributes are indexed values: strings, integers, floats, booleans, times and lists of strings.
	SearchAttributes map[string]any
	// Summary and Details are texts for whoever looks at the workflow.
	Summary, Details string
}

// Start starts a workflow and returns when the service has recorded that; whether a worker is there does not
// matter yet. The error is, besides those of any call,
//   - serviceerror.WorkflowExecutionAlreadyStarted when the id's policies forbid another run,
//   - serviceerror.InvalidArgument when an option is wrong.
func Start[In, Out any](ctx context.Context, c *Client, w workflow.Workflow[In, Out], in In, o StartOptions) (Run[Out], error) {
	started, err := c.outbound.ExecuteWorkflow(ctx, &ExecuteWorkflowInput{
		WorkflowType: w.Name(), Input: in, Options: &o, Header: map[string]*commonpb.Payload{},
	})
	if err != nil {
		return Run[Out]{}, err
	}
	return Run[Out]{c: c, id: started.GetWorkflowId(), runID: started.GetRunId(), workflowType: w.Name()}, nil
}

func (o outbound) ExecuteWorkflow(ctx context.Context, in *ExecuteWorkflowInput) (*commonpb.WorkflowExecution, error) {
	request, err := o.c.startRequest(in.WorkflowType, in.Input, *in.Options)
	if err != nil {
		return nil, err
	}
	request.Header = header(in.Header)
	reply, err := o.c.start(ctx, request, in.Options.EnableEagerStart)
	if err != nil {
		return nil, err
	}
	return execution(request.WorkflowId, reply.GetRunId()), nil
}

// start sends the request. A slot that a worker keeps for the first task is used, or given back, in any case.
func (c *Client) start(ctx context.Context, request *workflowservice.StartWorkflowExecutionRequest, early bool) (*workflowservice.StartWorkflowExecutionResponse, error) {
	reply := &workflowservice.StartWorkflowExecutionResponse{}
	if early {
		if run, took := c.eager.Take(request.TaskQueue.Name, request.WorkflowType.Name); took {
			request.RequestEagerExecution = true
			defer func() { run(reply.EagerWorkflowTask) }()
		}
	}
	return reply, c.caller.APITask(ctx, "StartWorkflowExecution", request, reply)
}

func (c *Client) startRequest(name string, in any, o StartOptions) (*workflowservice.StartWorkflowExecutionRequest, error) {
	if o.TaskQueue == "" {
		return nil, serviceerror.NewInvalidArgumentf("starting a %s: no task queue: set StartOptions.TaskQueue to the queue of its workers", name)
	}
	input, err := converter.Encode(c.options.DataConverter, in)
	if err != nil {
		return nil, fmt.Errorf("input of workflow %s: %w", name, err)
	}
	memo, err := attributes.Memo(c.options.DataConverter, o.Memo)
	if err != nil {
		return nil, err
	}
	indexed, err := attributes.Search(o.SearchAttributes)
	if err != nil {
		return nil, err
	}
	metadata, err := attributes.Metadata(c.options.DataConverter, o.Summary, o.Details)
	if err != nil {
		return nil, err
	}
	if o.ID == "" {
		o.ID = uuid.NewString()
	}
	return &workflowservice.StartWorkflowExecutionRequest{
		Namespace:                c.options.Namespace,
		WorkflowId:               o.ID,
		WorkflowType:             &commonpb.WorkflowType{Name: name},
		TaskQueue:                &taskqueuepb.TaskQueue{Name: o.TaskQueue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		Input:                    input,
		WorkflowExecutionTimeout: duration(o.ExecutionTimeout),
		WorkflowRunTimeout:       duration(o.RunTimeout),
		WorkflowTaskTimeout:      duration(o.TaskTimeout),
		Identity:                 c.options.Identity,
		RequestId:                uuid.NewString(),
		WorkflowIdReusePolicy:    o.IDReusePolicy,
		WorkflowIdConflictPolicy: o.IDConflictPolicy,
		RetryPolicy:              o.RetryPolicy.Proto(),
		Memo:                     memo,
		SearchAttributes:         indexed,
		CronSchedule:             o.CronSchedule,
		WorkflowStartDelay:       duration(o.StartDelay),
		UserMetadata:             metadata,
	}, nil
}

// duration leaves out what is not set, so that the service's default applies.
func duration(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}
