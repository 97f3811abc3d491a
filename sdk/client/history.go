package client

import (
	"context"
	"iter"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// HistoryOptions say how a history is read.
type HistoryOptions struct {
	// Follow waits for further events until the run is closed or the context ends.
	Follow bool
	// PageSize is how many events a page has at most; zero leaves it to the service.
	PageSize int32
}

// History reads the events of one run in order, page by page; an empty run id means the latest run.
// An error is the last thing that the sequence yields: serviceerror.NotFound when there is no such run.
//
//	for event, err := range c.History(ctx, id, runID, client.HistoryOptions{}) { ... }
func (c *Client) History(ctx context.Context, id, runID string, o HistoryOptions) iter.Seq2[*historypb.HistoryEvent, error] {
	return func(yield func(*historypb.HistoryEvent, error) bool) {
		request := &workflowservice.GetWorkflowExecutionHistoryRequest{
			Namespace:       c.options.Namespace,
			Execution:       execution(id, runID),
			MaximumPageSize: o.PageSize,
			WaitNewEvent:    o.Follow,
			SkipArchival:    true,
		}
		for {
			reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
			if err := c.page(ctx, request, reply); err != nil {
				yield(nil, err)
				return
			}
			for _, event := range reply.GetHistory().GetEvents() {
				if !yield(event, nil) {
					return
				}
			}
			if len(reply.GetNextPageToken()) == 0 {
				return
			}
			request.NextPageToken = reply.NextPageToken
		}
	}
}

func (c *Client) page(ctx context.Context, request *workflowservice.GetWorkflowExecutionHistoryRequest, reply *workflowservice.GetWorkflowExecutionHistoryResponse) error {
	if request.WaitNewEvent {
		return c.caller.Poll(ctx, "GetWorkflowExecutionHistory", request, reply)
	}
	return c.caller.API(ctx, "GetWorkflowExecutionHistory", request, reply)
}
