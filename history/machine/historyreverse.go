package machine

import (
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// ReadHistoryReverse is one page of the run's history, the last event first. What is appended meanwhile is in none
// of the later pages.
func (r *Run) ReadHistoryReverse(q *workflowservice.GetWorkflowExecutionHistoryReverseRequest) (*workflowservice.GetWorkflowExecutionHistoryReverseResponse, error) {
	token, err := r.pageToken(q.NextPageToken, q.GetExecution().GetRunId())
	if err != nil {
		return nil, err
	}
	from := r.lastEvent
	if token != nil {
		if from = token.NextEventId; from > r.lastEvent {
			return nil, serviceerror.NewInvalidArgument("Invalid NextPageToken: it is ahead of the history.")
		}
	}
	events, next := r.pageBack(from, pageLimit(int(q.MaximumPageSize)))
	reply := &workflowservice.GetWorkflowExecutionHistoryReverseResponse{}
	api.AttachHistory(reply, events)
	if next >= 1 {
		reply.NextPageToken = encodePageToken(&workerpb.HistoryToken{RunId: r.runID, NextEventId: next})
	}
	return reply, nil
}

// pageBack are whole batches from an event on back, and the event before them; 0: there is none.
func (r *Run) pageBack(from int64, limit int) (events [][]byte, next int64) {
	size, first := 0, r.lastEvent+1
	for i := len(r.batches) - 1; i >= 0; i-- {
		batch := r.batches[i]
		first -= int64(len(batch))
		if first > from {
			continue
		}
		rest := batch[:from-first+1]
		if len(events) > 0 && (len(events)+len(rest) > limit || size+sizeOf(rest) > pageBytes) {
			return events, from
		}
		for ; from >= first; from-- {
			event := batch[from-first]
			if len(events) > 0 && size+len(event) > pageBytes {
				return events, from
			}
			events = append(events, event)
			size += len(event)
		}
	}
	return events, 0
}
