package gateway

import (
	"context"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/deadline"
)

// requestTimeout is how long a request is served at most, and up to a sixteenth more.
const requestTimeout = 10 * time.Second

// check refuses a request that no state could make right: InvalidArgument, or
// Unimplemented. It may fill in what a caller may leave out.
type check func(call api.Call) error

// serve has a checked call answered, as History.Execute does.
type serve func(ctx context.Context, call api.Call, done func(proto.Message, error))

// checks of each method; those of a feature are in the file of its name.
var checks = map[string]check{
	"StartWorkflowExecution":             on(checkStart),
	"SignalWorkflowExecution":            on(checkSignal),
	"SignalWithStartWorkflowExecution":   on(checkSignalWithStart),
	"QueryWorkflow":                      on(checkQuery),
	"ResetWorkflowExecution":             on(checkReset),
	"UpdateWorkflowExecution":            on(checkUpdate),
	"PollWorkflowExecutionUpdate":        on(checkPollUpdate),
	"ExecuteMultiOperation":              on(checkMultiOperation),
	"RequestCancelWorkflowExecution":     on(checkRequestCancel),
	"TerminateWorkflowExecution":         on(checkTerminate),
	"DeleteWorkflowExecution":            on(checkDelete),
	"DescribeWorkflowExecution":          on(checkDescribe),
	"GetWorkflowExecutionHistory":        on(checkHistory),
	"GetWorkflowExecutionHistoryReverse": on(checkHistoryReverse),
	"ResetStickyTaskQueue":               on(checkResetSticky),
	"RespondActivityTaskCompleted":       on(checkActivityCompleted),
	"RespondActivityTaskFailed":          on(checkActivityFailed),
	"RespondActivityTaskCanceled":        on(checkActivityCanceled),
	"RecordActivityTaskHeartbeat":        on(checkActivityHeartbeat),
	"RespondActivityTaskCompletedById":   on(checkActivityCompletedByID),
	"RespondActivityTaskFailedById":      on(checkActivityFailedByID),
	"RespondActivityTaskCanceledById":    on(checkActivityCanceledByID),
	"RecordActivityTaskHeartbeatById":    on(checkActivityHeartbeatByID),
	"PauseActivity":                      on(checkPauseActivity),
	"UnpauseActivity":                    on(checkUnpauseActivity),
	"ResetActivity":                      on(checkResetActivity),
	"UpdateActivityOptions":              on(checkActivityOptions),
	"PauseWorkflowExecution":             on(checkPause),
	"UnpauseWorkflowExecution":           on(checkUnpause),
	"UpdateWorkflowExecutionOptions":     on(checkOptions),
	"RespondWorkflowTaskCompleted":       on(checkWorkflowTaskCompleted),
	"RespondWorkflowTaskFailed":          on(checkWorkflowTaskFailed),
	"DescribeTaskQueue":                  on(checkDescribeTaskQueue),
	"ListTaskQueuePartitions":            on(checkListTaskQueuePartitions),
	"ShutdownWorker":                     checkShutdownWorker,
	"ListWorkflowExecutions":             unchecked,
	"ScanWorkflowExecutions":             unchecked,
	"CountWorkflowExecutions":            unchecked,
	"ListOpenWorkflowExecutions":         on(checkListOpen),
	"ListClosedWorkflowExecutions":       on(checkListClosed),
	"RegisterNamespace":                  on(checkRegisterNamespace),
	"DescribeNamespace":                  on(checkDescribeNamespace),
	"ListNamespaces":                     unchecked,
	"GetSystemInfo":                      unchecked,
	"GetClusterInfo":                     unchecked,
	"UpdateNamespace":                    on(checkUpdateNamespace),
	"DeprecateNamespace":                 named[*workflowservice.DeprecateNamespaceRequest],
	"GetSearchAttributes":                unchecked,
	"AddSearchAttributes":                named[*operatorservice.AddSearchAttributesRequest],
	"ListSearchAttributes":               named[*operatorservice.ListSearchAttributesRequest],
	"RemoveSearchAttributes":             named[*operatorservice.RemoveSearchAttributesRequest],
	"DeleteNamespace":                    unchecked,
	api.OpenTaskQueue:                    checkOpenTaskQueue,
	api.StartWorkflowTask:                checkStartTask,
	api.StartActivityTask:                checkStartTask,
	api.DescribePayloads:                 unchecked,
}

// on makes a check of a request one of a call.
func on[R proto.Message](f func(R) error) check {
	return func(call api.Call) error { return f(call.Request.(R)) }
}

func unchecked(api.Call) error { return nil }

// route finds who serves a method: history, unless it is named here. Those that are named block.
func (g *Gateway) route(method string) (serve serve, blocks bool) {
	matching := g.config.Matching
	switch method {
	case "GetSystemInfo":
		return plain(g.getSystemInfo), true
	case "GetClusterInfo":
		return plain(g.getClusterInfo), true
	case "DescribeTaskQueue":
		return inNamespace(matching.DescribeTaskQueue), true
	case "ListTaskQueuePartitions":
		return inNamespace(matching.ListTaskQueuePartitions), true
	case "ShutdownWorker":
		return inNamespace(matching.ShutdownWorker), true
	case api.OpenTaskQueue:
		return inNamespace(matching.OpenTaskQueue), true
	case api.DescribePayloads:
		return inNamespace(g.config.Namespaces.DescribePayloads), true
	}
	if serve := g.routeVisibility(method); serve != nil {
		return serve, true
	}
	if serve := g.routeNamespaces(method); serve != nil {
		return serve, true
	}
	return g.config.History.Execute, false
}

// plain makes a method that needs its request alone one of a call.
func plain[Q, R proto.Message](f func(context.Context, Q) (R, error)) serve {
	return func(ctx context.Context, call api.Call, done func(proto.Message, error)) {
		done(f(ctx, call.Request.(Q)))
	}
}

// inNamespace makes a method that needs its namespace and its request one of a call.
func inNamespace[Q, R proto.Message](f func(context.Context, string, Q) (R, error)) serve {
	return func(ctx context.Context, call api.Call, done func(proto.Message, error)) {
		done(f(ctx, call.Namespace, call.Request.(Q)))
	}
}

// patience is how long a request is served, and whether it does nothing but
// wait for most of that time.
func (g *Gateway) patience(request proto.Message) (d *deadline.Shared, polling bool) {
	switch r := request.(type) {
	case *workflowservice.GetWorkflowExecutionHistoryRequest:
		if r.WaitNewEvent {
			return g.reads, true
		}
	case *workflowservice.UpdateWorkflowExecutionRequest, *workflowservice.PollWorkflowExecutionUpdateRequest, *workflowservice.ExecuteMultiOperationRequest:
		return g.reads, true
	case *workflowservice.QueryWorkflowRequest: // waits for a worker
		return g.queries, true
	}
	return g.others, false
}
