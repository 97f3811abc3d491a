package machine

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// A page of history has at most so many events and so many bytes. A batch is
// not split, unless it alone exceeds the bytes: a reply has to fit a message.
const (
	pageEvents = 256
	pageBytes  = 512 << 10
)

// MaxPage is how many events of history a page may have at most.
const MaxPage = pageEvents

type pageRequest struct {
	token *workerpb.HistoryToken
	// limit is how many events are asked for; 0 as many as a page may have.
	limit int
	// room is how many bytes there are for the page where that is less than a page may have; 0: it is not.
	room int
}

// attachPage puts a page of events into the reply and returns the token of the
// next; nil behind the last.
func attachPage(reply proto.Message, r *Run, q pageRequest) []byte {
	events, next := r.page(q)
	last := q.token.LastEventId
	if next > last {
		events = append(events, q.token.Tail...)
		api.AttachHistory(reply, events)
		return nil
	}
	api.AttachHistory(reply, events)
	return encodePageToken(&workerpb.HistoryToken{RunId: r.runID, NextEventId: next, LastEventId: last, Tail: q.token.Tail})
}

// page are whole batches from the token's next event on, and the event behind them.
func (r *Run) page(q pageRequest) (events [][]byte, next int64) {
	limit, most := pageLimit(q.limit), pageBytes
	if q.room > 0 {
		most = min(most, q.room)
	}
	next = q.token.NextEventId
	size := 0
	first := int64(1)
	for _, batch := range r.batches {
		behind := first + int64(len(batch))
		if behind <= next {
			first = behind
			continue
		}
		rest := batch[next-first:]
		if over := first + int64(len(batch)) - 1 - q.token.LastEventId; over > 0 {
			rest = rest[:max(int64(len(rest))-over, 0)]
		}
		if len(events) > 0 && (len(events)+len(rest) > limit || size+sizeOf(rest) > most) {
			return events, next
		}
		for _, event := range rest {
			if len(events) > 0 && size+len(event) > most {
				return events, next
			}
			events = append(events, event)
			size += len(event)
			next++
		}
		if next > q.token.LastEventId {
			return events, next
		}
		first = behind
	}
	return events, next
}

// pageLimit is how many events a page may have for which so many are asked.
func pageLimit(asked int) int {
	if asked <= 0 || asked > pageEvents {
		return pageEvents
	}
	return asked
}

func sizeOf(events [][]byte) int {
	size := 0
	for _, event := range events {
		size += len(event)
	}
	return size
}

func encodePageToken(token *workerpb.HistoryToken) []byte {
	encoded, err := proto.Marshal(token)
	if err != nil {
		return nil // it holds a run id of ours and encoded events: it cannot fail
	}
	return encoded
}

// PageToken decodes the next_page_token of a history: nil for none.
func PageToken(encoded []byte) (*workerpb.HistoryToken, error) {
	if len(encoded) == 0 {
		return nil, nil
	}
	token := &workerpb.HistoryToken{}
	if err := proto.Unmarshal(encoded, token); err != nil || token.RunId == "" || token.NextEventId < 1 {
		return nil, serviceerror.NewInvalidArgument("Invalid NextPageToken.")
	}
	return token, nil
}

// pageToken decodes the token of a page of this run. It is bound to the run that the first page was of: a request that
// names another run is refused.
func (r *Run) pageToken(encoded []byte, runID string) (*workerpb.HistoryToken, error) {
	token, err := PageToken(encoded)
	switch {
	case err != nil || token == nil:
		return nil, err
	case token.RunId != r.runID:
		return nil, serviceerror.NewInvalidArgument("Invalid NextPageToken: it is of another run.")
	case runID != "" && runID != token.RunId:
		return nil, serviceerror.NewInvalidArgument("RunID in the request does not match the NextPageToken.")
	}
	return token, nil
}

// ReadHistory is one page of the run's history. It returns nil when the
// request is to wait: for an event behind the token, or for the close. With Temporal a workflow task's start is
// in the history at once; here it is shown to who does not wait for more events, as a worker does that has lost its cache in
// the middle of the task.
func (r *Run) ReadHistory(q *workflowservice.GetWorkflowExecutionHistoryRequest) (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
	token, err := r.pageToken(q.NextPageToken, q.GetExecution().GetRunId())
	if err != nil {
		return nil, err
	}
	reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
	if q.HistoryEventFilterType == enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT {
		if r.Open() && q.WaitNewEvent {
			return nil, nil
		}
		var closing [][]byte
		if !r.Open() {
			closing = append(closing, r.eventBytes(r.lastEvent))
		}
		api.AttachHistory(reply, closing)
		return reply, nil
	}
	if token == nil {
		token = &workerpb.HistoryToken{RunId: r.runID, NextEventId: 1, LastEventId: r.lastEvent}
		if !q.WaitNewEvent {
			if token.Tail, err = r.unwritten(); err != nil {
				return nil, serviceerror.NewInternal(err.Error())
			}
		}
	}
	if token.LastEventId > r.lastEvent || token.NextEventId > r.lastEvent+1 {
		return nil, serviceerror.NewInvalidArgument("Invalid NextPageToken: it is ahead of the history.")
	}
	if token.LastEventId == 0 || q.WaitNewEvent && token.NextEventId > token.LastEventId {
		token.LastEventId = r.lastEvent
	}
	if token.NextEventId > token.LastEventId && len(token.Tail) == 0 {
		if q.WaitNewEvent && r.Open() {
			return nil, nil
		}
		api.AttachHistory(reply, nil)
		return reply, nil
	}
	reply.NextPageToken = attachPage(reply, r, pageRequest{token: token, limit: int(q.MaximumPageSize)})
	if reply.NextPageToken == nil && q.WaitNewEvent && r.Open() {
		reply.NextPageToken = encodePageToken(&workerpb.HistoryToken{RunId: r.runID, NextEventId: token.LastEventId + 1})
	}
	return reply, nil
}

// WaitedHistory is the answer to a wait that nothing ended: no events, and the token to ask again with.
func (r *Run) WaitedHistory(q *workflowservice.GetWorkflowExecutionHistoryRequest) *workflowservice.GetWorkflowExecutionHistoryResponse {
	reply := &workflowservice.GetWorkflowExecutionHistoryResponse{NextPageToken: q.NextPageToken}
	if len(reply.NextPageToken) == 0 {
		reply.NextPageToken = encodePageToken(&workerpb.HistoryToken{RunId: r.runID, NextEventId: 1})
	}
	api.AttachHistory(reply, nil)
	return reply
}
