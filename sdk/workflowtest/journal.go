package workflowtest

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// journal is the history of the environment's run.
type journal struct {
	*clock
	events  []*historypb.HistoryEvent
	handled int  // events that the engine has been given
	news    bool // something happened that the workflow has to be told
}

// write appends an event at the present time; attributes are set by the caller.
func (j *journal) write(t enumspb.EventType, event *historypb.HistoryEvent) int64 {
	event.EventId, event.EventType, event.EventTime = j.next(), t, timestamppb.New(j.now)
	j.events = append(j.events, event)
	return event.EventId
}

// next is the id of the next event.
func (j *journal) next() int64 { return int64(len(j.events)) + 1 }

// fresh are the events that the engine has not seen, which it now has.
func (j *journal) fresh() []*historypb.HistoryEvent {
	out := j.events[j.handled:]
	j.handled, j.news = len(j.events), false
	return out
}
