package machine

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/workerpb"
)

// startWorkflowTask makes the task the caller's. Nothing is written but what
// had to wait for it: an attempt that was transient becomes a written one when
// events came meanwhile.
func (t *transaction) startWorkflowTask(q *workerpb.StartTaskRequest) (proto.Message, error) {
	const doing = "starting a workflow task"
	r := t.run
	if r == nil || !r.Open() || r.runID != q.GetTask().GetRunId() || r.task == nil {
		return nil, stale(doing)
	}
	if started := r.taskStarted; started != nil {
		if started.requestID == q.RequestId && q.RequestId != "" {
			if started.reply == nil { // it was started with an earlier owner
				started.reply = t.taskContent(false)
			}
			return started.reply, nil
		}
		return nil, stale(doing)
	}
	if q.Task.ScheduledEventId != r.task.ScheduledEventId || q.Task.Attempt != r.task.Attempt {
		return nil, stale(doing)
	}
	return t.giveTask(q.RequestId, q.Identity, false), nil
}

// giveTask marks the workflow task started and is its content; sticky gives
// only what is new since the last one.
func (t *transaction) giveTask(requestID, identity string, sticky bool) *workflowservice.PollWorkflowTaskQueueResponse {
	r := t.run
	if t.flush() || r.task.Transient && r.task.ScheduledEventId != r.nextEvent() {
		// Buffered for a start that this owner does not know of, or come behind
		// a transient attempt: the worker sees them now.
		if r.task.Transient {
			t.append(scheduledEvent(r.normalQueue(), r.task.Timeout, 1))
		}
	}
	started := &startedTask{
		requestID: requestID, identity: identity, time: t.now, timeout: r.task.Timeout.AsDuration(),
		scheduled: r.task.ScheduledEventId, started: r.nextEvent(), size: r.size,
	}
	if r.task.Transient {
		started.started++
	}
	started.suggested = t.suggestContinueAsNew(started.started)
	r.taskStarted = started
	reply := t.taskContent(sticky)
	started.reply = reply
	return reply
}

func (t *transaction) taskContent(sticky bool) *workflowservice.PollWorkflowTaskQueueResponse {
	r, started := t.run, t.run.taskStarted
	reply := &workflowservice.PollWorkflowTaskQueueResponse{
		TaskToken:                  t.workflowTaskToken(),
		WorkflowExecution:          r.execution(),
		WorkflowType:               r.start.GetWorkflowType(),
		PreviousStartedEventId:     r.lastStarted,
		StartedEventId:             started.started,
		Attempt:                    r.task.Attempt,
		WorkflowExecutionTaskQueue: r.normalQueue(),
		ScheduledTime:              timestamp(r.task.ScheduledTime),
		StartedTime:                timestamp(started.time),
	}
	messages, size := t.updateMessages(started.started)
	reply.Messages = messages
	room := 0
	if t.in.MaxReply > 0 {
		room = max(t.in.MaxReply-size-messageRoom, 1)
	}
	from := int64(1)
	if sticky {
		from = r.lastStarted + 1
	}
	reply.NextPageToken = attachPage(reply, r, pageRequest{
		token: &workerpb.HistoryToken{RunId: r.runID, NextEventId: from, LastEventId: r.lastEvent, Tail: t.unwritten()},
		room:  room,
	})
	return reply
}

// unwritten are the encoded events of the started task that are not in the history yet.
func (t *transaction) unwritten() [][]byte {
	tail, err := t.run.unwritten()
	if err != nil && t.broken == nil {
		t.broken = err
	}
	return tail
}

// unwritten are the encoded events of the started workflow task that are not in the history yet; none without such a task.
func (r *Run) unwritten() ([][]byte, error) {
	started := r.taskStarted
	if started == nil {
		return nil, nil
	}
	var events []*historypb.HistoryEvent
	if r.task.Transient {
		event := scheduledEvent(r.task.TaskQueue, r.task.Timeout, r.task.Attempt)
		event.EventId, event.EventTime = started.scheduled, timestamp(r.task.ScheduledTime)
		events = append(events, event)
	}
	event := startedEvent(started)
	event.EventId, event.EventTime = started.started, timestamp(started.time)
	events = append(events, event)

	encoded := make([][]byte, len(events))
	for i, event := range events {
		var err error
		if encoded[i], err = proto.Marshal(event); err != nil {
			return nil, fmt.Errorf("encoding event %s: %w", event.EventType, err)
		}
	}
	return encoded, nil
}

func startedEvent(started *startedTask) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{
			ScheduledEventId: started.scheduled, Identity: started.identity, RequestId: started.requestID, HistorySizeBytes: started.size,
			SuggestContinueAsNew: len(started.suggested) > 0, SuggestContinueAsNewReasons: started.suggested,
		}},
	}
}

// writeStarted writes the events of the started attempt up to its
// WorkflowTaskStarted, whose id it returns.
func (t *transaction) writeStarted() int64 {
	r, started := t.run, t.run.taskStarted
	if r.task.Transient {
		event := scheduledEvent(r.task.TaskQueue, r.task.Timeout, r.task.Attempt)
		t.appendAt(event, r.task.ScheduledTime)
		r.taskStarted = started
	}
	return t.appendAt(startedEvent(started), started.time)
}

func (t *transaction) workflowTaskToken() []byte {
	r, started := t.run, t.run.taskStarted
	return t.token(&workerpb.TaskToken{
		Task:      t.stamp(r.workflowTask()),
		RequestId: started.requestID, StartedTime: started.time, StartedEventId: started.started,
		Identity: started.identity, Timeout: durationpb.New(started.timeout), HistorySizeBytes: started.size,
		SuggestContinueAsNewReasons: started.suggested,
	})
}
