package gateway

import (
	"context"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// How long a request is served at most.
const (
	requestTimeout = 10 * time.Second
	// longPollTimeout is history's, below which it answers a long poll with an empty page.
	longPollTimeout = 20 * time.Second
)

// check refuses a request that no state could make right: InvalidArgument, or
// Unimplemented. It may fill in what a caller may leave out.
type check func(call api.Call) error

// serve answers a checked call.
type serve func(ctx context.Context, call api.Call) (proto.Message, error)

// checks of each method; those of a feature are in the file of its name.
var checks = map[string]check{
	"StartWorkflowExecution":             on(checkStart),
	"SignalWorkflowExecution":            on(checkSignal),
	"SignalWithStartWorkflowExecution":   on(checkSignalWithStart),
	"QueryWorkflow":                      on(checkQuery),
	"RequestCancelWorkflowExecution":     on(checkRequestCancel),
	"TerminateWorkflowExecution":         on(checkTerminate),
	"DescribeWorkflowExecution":          on(checkDescribe),
	"GetWorkflowExecutionHistory":        on(checkHistory),
	"GetWorkflowExecutionHistoryReverse": on(checkHistoryReverse),
	"RespondActivityTaskCompleted":       on(checkActivityCompleted),
	"RespondActivityTaskFailed":          on(checkActivityFailed),
	"RespondActivityTaskCanceled":        on(checkActivityCanceled),
	"RecordActivityTaskHeartbeat":        on(checkActivityHeartbeat),
	"RespondActivityTaskCompletedById":   on(checkActivityCompletedByID),
	"RespondActivityTaskFailedById":      on(checkActivityFailedByID),
	"RespondActivityTaskCanceledById":    on(checkActivityCanceledByID),
	"RecordActivityTaskHeartbeatById":    on(checkActivityHeartbeatByID),
	"RespondWorkflowTaskCompleted":       on(checkWorkflowTaskCompleted),
	"RespondWorkflowTaskFailed":          on(checkWorkflowTaskFailed),
	"DescribeTaskQueue":                  on(checkDescribeTaskQueue),
	"RegisterNamespace":                  on(checkRegisterNamespace),
	"DescribeNamespace":                  on(checkDescribeNamespace),
	"ListNamespaces":                     unchecked,
	"GetSystemInfo":                      unchecked,
	"GetClusterInfo":                     unchecked,
	api.OpenTaskQueue:                    checkOpenTaskQueue,
	api.StartWorkflowTask:                checkStartTask,
	api.StartActivityTask:                checkStartTask,
}

// on makes a check of a request one of a call.
func on[R proto.Message](f func(R) error) check {
	return func(call api.Call) error { return f(call.Request.(R)) }
}

func unchecked(api.Call) error { return nil }

// route finds who serves a method: history, unless it is named here.
func (g *Gateway) route(method string) serve {
	namespaces, matching := g.config.Namespaces, g.config.Matching
	switch method {
	case "RegisterNamespace":
		return plain(namespaces.RegisterNamespace)
	case "DescribeNamespace":
		return plain(namespaces.DescribeNamespace)
	case "ListNamespaces":
		return plain(namespaces.ListNamespaces)
	case "GetSystemInfo":
		return plain(g.getSystemInfo)
	case "GetClusterInfo":
		return plain(g.getClusterInfo)
	case "DescribeTaskQueue":
		return func(ctx context.Context, call api.Call) (proto.Message, error) {
			return matching.DescribeTaskQueue(ctx, call.Namespace, call.Request.(*workflowservice.DescribeTaskQueueRequest))
		}
	case api.OpenTaskQueue:
		return func(ctx context.Context, call api.Call) (proto.Message, error) {
			return matching.OpenTaskQueue(ctx, call.Namespace, call.Request.(*workerpb.OpenTaskQueueRequest))
		}
	}
	return g.config.History.Execute
}

// plain makes a method that needs its request alone one of a call.
func plain[Q, R proto.Message](f func(context.Context, Q) (R, error)) serve {
	return func(ctx context.Context, call api.Call) (proto.Message, error) { return f(ctx, call.Request.(Q)) }
}

// patience is how long a request is served, and whether it does nothing but
// wait for most of that time.
func (g *Gateway) patience(request proto.Message) (d *deadlines, polling bool) {
	switch r := request.(type) {
	case *workflowservice.GetWorkflowExecutionHistoryRequest:
		if r.WaitNewEvent {
			return g.reads, true
		}
	case *workflowservice.QueryWorkflowRequest: // waits for a worker
		return g.queries, true
	}
	return g.others, false
}
