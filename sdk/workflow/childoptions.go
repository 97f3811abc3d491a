package workflow

import (
	"cmp"
	"fmt"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/attributes"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// ChildCancellation says what becomes of a child workflow whose context is cancelled after it was asked for. One that was
// not started yet is started all the same, and asked to cancel as soon as it is.
type ChildCancellation int

const (
	// ChildWaitCompleted asks the child to cancel; its future is ready when the child has ended, in
	// whatever way. This is what Temporal's Go SDK does.
	ChildWaitCompleted ChildCancellation = iota
	// ChildWaitRequested asks the child to cancel; its future is ready with a *failure.CanceledError when the child has
	// got the request.
	ChildWaitRequested
	// ChildTryCancel asks the child to cancel; its future is ready with a *failure.CanceledError at once.
	ChildTryCancel
	// ChildAbandon leaves the child alone; its future is ready with a *failure.CanceledError at once.
	ChildAbandon
)

// ChildWorkflowOptions are how child workflows are run. The zero value is usable; a time of zero is no limit.
type ChildWorkflowOptions struct {
	// WorkflowID is the child's id, at most 1000 bytes; by default the parent's run id, and the id of the event that asks
	// for the child. Two children that are open at a time need two ids.
	WorkflowID string
	// TaskQueue is the queue of the workers that run it; by default the parent's.
	TaskQueue string
	// WorkflowExecutionTimeout limits all runs of the child together: retries and continue-as-new included.
	WorkflowExecutionTimeout time.Duration
	// WorkflowRunTimeout limits one run.
	WorkflowRunTimeout time.Duration
	// WorkflowTaskTimeout limits one workflow task; zero is the service's default of 10 s.
	WorkflowTaskTimeout time.Duration
	// WorkflowIDReusePolicy says whether the id of a closed workflow may be used again; by default it may.
	WorkflowIDReusePolicy enumspb.WorkflowIdReusePolicy
	// ParentClosePolicy says what becomes of the child when its parent ends before it: by default it is terminated.
	ParentClosePolicy enumspb.ParentClosePolicy
	// Cancellation says what becomes of the child, and of its future, when its context is cancelled.
	Cancellation ChildCancellation
	// RetryPolicy starts a child that failed again; nil does not. The parent hears of the last run alone.
	RetryPolicy *RetryPolicy
	// CronSchedule runs the child again and again: see client.StartOptions. The parent hears of its end.
	CronSchedule string
	// Memo holds values that a description shows.
	Memo map[string]any
	// SearchAttributes are indexed values: strings, integers, floats, booleans, times and lists of strings.
	SearchAttributes map[string]any
	// Summary and Details are texts for whoever looks at the child.
	Summary, Details string
}

type childOptionsKey struct{}

// WithChildOptions returns a context whose child workflows are run with these options.
func WithChildOptions(ctx Context, o ChildWorkflowOptions) Context {
	return WithValue(ctx, childOptionsKey{}, o)
}

// GetChildWorkflowOptions are the options that child workflows of ctx are run with.
func GetChildWorkflowOptions(ctx Context) ChildWorkflowOptions {
	o, _ := ctx.Value(childOptionsKey{}).(ChildWorkflowOptions)
	return o
}

// command is what the server is asked for.
func (o ChildWorkflowOptions) command(env *engine.Env, in *ExecuteChildWorkflowInput) (*commandpb.StartChildWorkflowExecutionCommandAttributes, *sdkpb.UserMetadata, error) {
	dc, info := env.DataConverter(), env.Info()
	input, err := converter.Encode(dc, in.Input)
	if err != nil {
		return nil, nil, fmt.Errorf("input of child workflow %s: %w", in.WorkflowType, err)
	}
	memo, err := attributes.Memo(dc, o.Memo)
	if err != nil {
		return nil, nil, fmt.Errorf("child workflow %s: %w", in.WorkflowType, err)
	}
	indexed, err := attributes.Search(o.SearchAttributes)
	if err != nil {
		return nil, nil, fmt.Errorf("child workflow %s: %w", in.WorkflowType, err)
	}
	metadata, err := attributes.Metadata(dc, o.Summary, o.Details)
	if err != nil {
		return nil, nil, fmt.Errorf("child workflow %s: %w", in.WorkflowType, err)
	}
	queue := cmp.Or(o.TaskQueue, info.TaskQueue)
	return &commandpb.StartChildWorkflowExecutionCommandAttributes{
		Namespace:                info.Namespace,
		WorkflowId:               cmp.Or(o.WorkflowID, env.ChildID()),
		WorkflowType:             &commonpb.WorkflowType{Name: in.WorkflowType},
		TaskQueue:                &taskqueuepb.TaskQueue{Name: queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		Input:                    input,
		WorkflowExecutionTimeout: durationpb.New(o.WorkflowExecutionTimeout),
		WorkflowRunTimeout:       durationpb.New(o.WorkflowRunTimeout),
		WorkflowTaskTimeout:      durationpb.New(o.WorkflowTaskTimeout),
		ParentClosePolicy:        o.ParentClosePolicy,
		WorkflowIdReusePolicy:    o.WorkflowIDReusePolicy,
		RetryPolicy:              o.RetryPolicy.Proto(),
		CronSchedule:             o.CronSchedule,
		Header:                   &commonpb.Header{Fields: in.Header},
		Memo:                     memo,
		SearchAttributes:         indexed,
		InheritBuildId:           queue == info.TaskQueue,
	}, metadata, nil
}
