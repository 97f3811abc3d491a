package worker

import (
	"context"
	"fmt"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// taskEvents are the events that a task came with, and those of its further pages.
func (w *Worker) taskEvents(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse) ([]*historypb.HistoryEvent, error) {
	events := task.GetHistory().GetEvents()
	if len(task.GetNextPageToken()) == 0 {
		return events, nil
	}
	further, err := w.readHistory(ctx, task, task.GetNextPageToken(), 0)
	return append(events, further...), err
}

// wholeHistory are the events of a task from the first of the run on. The task's own events come
// last as they are: the newest of them may be in no history yet.
func (w *Worker) wholeHistory(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, own []*historypb.HistoryEvent) ([]*historypb.HistoryEvent, error) {
	var first int64
	if len(own) > 0 {
		first = own[0].GetEventId()
	}
	if first == 1 {
		return own, nil
	}
	events, err := w.readHistory(ctx, task, nil, first)
	if err != nil || first == 0 {
		return events, err
	}
	if int64(len(events)) < first-1 {
		return nil, fmt.Errorf("the history ends at event %d, and the workflow task begins at event %d", len(events), first)
	}
	return append(events[:first-1:first-1], own...), nil
}

// readHistory reads pages of a run's history, from the one that the token names, until they end or
// reach the event before.
func (w *Worker) readHistory(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, token []byte, before int64) ([]*historypb.HistoryEvent, error) {
	request := &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: w.namespace, Execution: task.GetWorkflowExecution(), NextPageToken: token,
	}
	var events []*historypb.HistoryEvent
	for {
		reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
		if err := w.caller.Worker(ctx, w.queue, "GetWorkflowExecutionHistory", request, reply); err != nil {
			return nil, fmt.Errorf("history of workflow %s: %w", task.GetWorkflowExecution().GetWorkflowId(), err)
		}
		page := reply.GetHistory().GetEvents()
		events = append(events, page...)
		if len(reply.GetNextPageToken()) == 0 || before > 0 && len(page) > 0 && page[len(page)-1].GetEventId() >= before-1 {
			return events, nil
		}
		request.NextPageToken = reply.NextPageToken
	}
}
