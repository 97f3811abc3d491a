package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	filterpb "go.temporal.io/api/filter/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/perdure/perdure/api"
)

// Visibility serves the lists of workflows. Each method also tells by how much what it answers is behind what had been
// acknowledged when it was asked; 0: it is not. Errors are those of package serviceerror, or the context's.
type Visibility interface {
	ListWorkflowExecutions(ctx context.Context, namespace string, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, time.Duration, error)
	ScanWorkflowExecutions(ctx context.Context, namespace string, request *workflowservice.ScanWorkflowExecutionsRequest) (*workflowservice.ScanWorkflowExecutionsResponse, time.Duration, error)
	CountWorkflowExecutions(ctx context.Context, namespace string, request *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, time.Duration, error)
	ListOpenWorkflowExecutions(ctx context.Context, namespace string, request *workflowservice.ListOpenWorkflowExecutionsRequest) (*workflowservice.ListOpenWorkflowExecutionsResponse, time.Duration, error)
	ListClosedWorkflowExecutions(ctx context.Context, namespace string, request *workflowservice.ListClosedWorkflowExecutionsRequest) (*workflowservice.ListClosedWorkflowExecutionsResponse, time.Duration, error)
}

// routeVisibility finds who serves a method of Visibility; nil when it is none.
func (g *Gateway) routeVisibility(method string) serve {
	visibility := g.config.Visibility
	switch method {
	case "ListWorkflowExecutions":
		return listed(visibility.ListWorkflowExecutions)
	case "ScanWorkflowExecutions":
		return listed(visibility.ScanWorkflowExecutions)
	case "CountWorkflowExecutions":
		return listed(visibility.CountWorkflowExecutions)
	case "ListOpenWorkflowExecutions":
		return listed(visibility.ListOpenWorkflowExecutions)
	case "ListClosedWorkflowExecutions":
		return listed(visibility.ListClosedWorkflowExecutions)
	}
	return nil
}

// listed makes a method of Visibility one of a call.
func listed[Q, R proto.Message](f func(context.Context, string, Q) (R, time.Duration, error)) serve {
	return func(ctx context.Context, call api.Call, done func(proto.Message, error)) {
		reply, lag, err := f(ctx, call.Namespace, call.Request.(Q))
		if err == nil && lag > 0 {
			err = behind(lag)
		}
		done(reply, err)
	}
}

// behind comes with a reply that may lack what was acknowledged within that time. It is none of the errors that a caller sees: a
// header of the reply tells it.
type behind time.Duration

func (b behind) Error() string {
	return fmt.Sprintf("the reply is behind by %s", time.Duration(b))
}

// headerBehind is the header of a reply that is behind.
func headerBehind(json bool, lag behind) nats.Header {
	return nats.Header{
		api.HeaderContentType: headerOf(json)[api.HeaderContentType],
		api.HeaderIndexLag:    {lag.text()},
	}
}

func (b behind) text() string { return time.Duration(b).Round(time.Millisecond).String() }

// listing is what the requests for open or closed workflows have in common.
type listing interface {
	GetStartTimeFilter() *filterpb.StartTimeFilter
	GetExecutionFilter() *filterpb.WorkflowExecutionFilter
	GetTypeFilter() *filterpb.WorkflowTypeFilter
}

func checkListing(r listing) error {
	earliest, latest := r.GetStartTimeFilter().GetEarliestTime(), r.GetStartTimeFilter().GetLatestTime()
	for _, t := range []*timestamppb.Timestamp{earliest, latest} {
		if t != nil && t.CheckValid() != nil {
			return serviceerror.NewInvalidArgument("A time in StartTimeFilter is out of range.")
		}
	}
	if earliest != nil && latest != nil && earliest.AsTime().After(latest.AsTime()) {
		return serviceerror.NewInvalidArgument("EarliestTime in StartTimeFilter should not be larger than LatestTime.")
	}
	if f := r.GetExecutionFilter(); f != nil {
		return first(required("WorkflowId", f.WorkflowId), bounded("RunId", f.RunId))
	}
	if f := r.GetTypeFilter(); f != nil {
		return required("WorkflowType", f.Name)
	}
	return nil
}

func checkListOpen(r *workflowservice.ListOpenWorkflowExecutionsRequest) error {
	return checkListing(r)
}

func checkListClosed(r *workflowservice.ListClosedWorkflowExecutionsRequest) error {
	if f := r.GetStatusFilter(); f != nil {
		switch f.Status {
		case enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED:
			return serviceerror.NewInvalidArgument("Status filter must be specified and must be not Running.")
		}
		if err := known("Status", f.Status, enumspb.WorkflowExecutionStatus_name); err != nil {
			return err
		}
	}
	return checkListing(r)
}

// halveList asks for half of the workflows that a reply has: pages are cut by their size in protobuf, and in JSON they may be
// several times as large. It is false for any other method, and for a page of one.
func halveList(request, reply proto.Message) bool {
	page, pages := reply.(interface {
		GetExecutions() []*workflowpb.WorkflowExecutionInfo
	})
	if !pages || len(page.GetExecutions()) < 2 {
		return false
	}
	half := int32(len(page.GetExecutions()) / 2)
	switch r := request.(type) {
	case *workflowservice.ListWorkflowExecutionsRequest:
		r.PageSize = half
	case *workflowservice.ScanWorkflowExecutionsRequest:
		r.PageSize = half
	case *workflowservice.ListOpenWorkflowExecutionsRequest:
		r.MaximumPageSize = half
	case *workflowservice.ListClosedWorkflowExecutionsRequest:
		r.MaximumPageSize = half
	default:
		return false
	}
	return true
}
