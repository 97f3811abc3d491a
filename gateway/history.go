package gateway

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
)

func checkHistory(r *workflowservice.GetWorkflowExecutionHistoryRequest) error {
	return first(
		execution(r.Execution),
		pageSize(r.MaximumPageSize),
		known("HistoryEventFilterType", r.HistoryEventFilterType, enumspb.HistoryEventFilterType_name),
	)
}

func checkHistoryReverse(r *workflowservice.GetWorkflowExecutionHistoryReverseRequest) error {
	return first(execution(r.Execution), pageSize(r.MaximumPageSize))
}

func pageSize(size int32) error {
	if size < 0 {
		return serviceerror.NewInvalidArgument("MaximumPageSize cannot be negative.")
	}
	return nil
}

// halvePage asks for half of the events that a reply has. History cuts its
// pages by their size in protobuf, and in JSON they may be several times as large. It
// is false for any other method, and for a page of one event.
func halvePage(request, reply proto.Message) bool {
	page, pages := reply.(interface{ GetHistory() *historypb.History })
	if !pages {
		return false
	}
	half := int32(len(page.GetHistory().GetEvents()) / 2)
	if half == 0 {
		return false
	}
	switch r := request.(type) {
	case *workflowservice.GetWorkflowExecutionHistoryRequest:
		r.MaximumPageSize = half
	case *workflowservice.GetWorkflowExecutionHistoryReverseRequest:
		r.MaximumPageSize = half
	default:
		return false
	}
	return true
}
