package worker

import (
	"context"
	"errors"
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/engine"
)

// completeWorkflowTask sends the completion, and keeps the execution only if the service took it. It
// returns the next task, if that came back.
func (w *Worker) completeWorkflowTask(ctx context.Context, run *cachedRun, task *workflowservice.PollWorkflowTaskQueueResponse, completion *workflowservice.RespondWorkflowTaskCompletedRequest) *workflowservice.PollWorkflowTaskQueueResponse {
	completion.Identity = w.identity
	completion.Namespace = w.namespace
	completion.Capabilities = &workflowservice.RespondWorkflowTaskCompletedRequest_Capabilities{DiscardSpeculativeWorkflowTaskWithEvents: true}
	if id := w.options.BuildID; id != "" {
		completion.WorkerVersionStamp = &commonpb.WorkerVersionStamp{BuildId: id}
	}
	if w.working.Err() == nil { // else the next task is for another worker
		completion.ReturnNewWorkflowTask = true
		completion.StickyAttributes = w.sticky()
	}
	w.fitAnswers(ctx, completion)
	slots := w.requestEager(task, completion.GetCommands())
	reply := &workflowservice.RespondWorkflowTaskCompletedResponse{}
	err := w.caller.Task(ctx, w.queue, "RespondWorkflowTaskCompleted", completion, reply)
	if err != nil {
		w.activitySlots.Give(slots)
		run.drop()
		w.notCompleted(ctx, task, completion, err)
		return nil
	}
	w.meters.workflow(task).closed(completion, run.began)
	switch previous := reply.GetResetHistoryEventId(); {
	case previous != 0:
		run.discarded(task, completion, previous)
	case closes(completion.GetCommands()):
		run.drop()
	default:
		run.started = task.GetStartedEventId()
	}
	w.runEager(reply.GetActivityTasks(), slots)
	return reply.GetWorkflowTask()
}

// fitAnswers leaves the answers of queries out where they would keep the completion from being sent: the
// service asks again by itself, and who asked is told that the answer is too large.
func (w *Worker) fitAnswers(ctx context.Context, completion *workflowservice.RespondWorkflowTaskCompletedRequest) {
	const envelope = 16 << 10 // bytes for headers, and what the service keeps free of a message
	if len(completion.GetQueryResults()) > 0 && w.sentSize(ctx, completion) > w.conn.MaxPayload()-envelope {
		completion.QueryResults = nil
	}
}

// notCompleted tells the service when the completion itself is at fault, so that the history
// shows the reason instead of a time-out.
func (w *Worker) notCompleted(ctx context.Context, task *workflowservice.PollWorkflowTaskQueueResponse, completion *workflowservice.RespondWorkflowTaskCompletedRequest, err error) {
	if unstored(err) {
		w.failWorkflowTask(ctx, task, err)
		return
	}
	var invalid *serviceerror.InvalidArgument
	if !errors.As(err, &invalid) {
		w.reported(err, "the completion of a workflow task")
		return
	}
	reason := &engine.TaskFailure{Failure: failure.FromError(w.dc, invalid)}
	if size, limit := w.sentSize(ctx, completion), w.conn.MaxPayload(); size > limit {
		reason.Cause = enumspb.WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE
		reason.Failure = failure.FromError(w.dc, failure.NewNonRetryableApplicationError(fmt.Sprintf(
			"the completion of the workflow task has %d bytes with its %d commands, more than the NATS server's max_payload of %d: pass less data, or raise max_payload",
			size, len(completion.GetCommands()), limit), "MessageTooLarge", nil))
	}
	w.failWorkflowTask(ctx, task, reason)
}

// sticky asks for the run's next tasks to be sent straight here.
func (w *Worker) sticky() *taskqueuepb.StickyExecutionAttributes {
	if w.options.StickyCacheSize < 0 {
		return nil
	}
	return &taskqueuepb.StickyExecutionAttributes{
		WorkerTaskQueue: &taskqueuepb.TaskQueue{Name: w.id, Kind: enumspb.TASK_QUEUE_KIND_STICKY, NormalName: w.queue},
	}
}

// closes tells whether one of the commands ends the run.
func closes(commands []*commandpb.Command) bool {
	for _, command := range commands {
		switch command.GetCommandType() {
		case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
			enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION, enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
			return true
		}
	}
	return false
}

// requestEager asks for the activities that this worker can run at once to come with the answer,
// and takes a slot for each: not for those that are cancelled by the same task, which the service ends without a start. A
// worker that is stopping asks for none.
func (w *Worker) requestEager(task *workflowservice.PollWorkflowTaskQueueResponse, commands []*commandpb.Command) (slots int) {
	select {
	case <-w.stopping:
		return 0
	default:
	}
	first, canceled := task.GetStartedEventId()+2, canceledActivities(commands) // each command makes one event
	for i, command := range commands {
		a := command.GetScheduleActivityTaskCommandAttributes()
		if a == nil || a.GetTaskQueue().GetName() != w.queue || canceled[first+int64(i)] {
			continue
		}
		if _, known := w.registry.activities[a.GetActivityType().GetName()]; !known {
			continue
		}
		if w.activitySlots.Take(1) == 0 {
			return slots
		}
		slots++
		a.RequestEagerExecution = true
	}
	return slots
}

// canceledActivities are those that commands ask to cancel, by their scheduled events.
func canceledActivities(commands []*commandpb.Command) map[int64]bool {
	var canceled map[int64]bool
	for _, command := range commands {
		if a := command.GetRequestCancelActivityTaskCommandAttributes(); a != nil {
			if canceled == nil {
				canceled = map[int64]bool{}
			}
			canceled[a.GetScheduledEventId()] = true
		}
	}
	return canceled
}

// runEager runs activities that came with an answer in the slots that were taken for them.
func (w *Worker) runEager(activities []*workflowservice.PollActivityTaskQueueResponse, slots int) {
	for _, task := range activities {
		if slots == 0 { // more than was asked for: it times out and is tried again
			w.often().Warn().Str("activity_id", task.GetActivityId()).Msg("no slot for an activity that came with a workflow task")
			continue
		}
		w.tasks.fork(func() { w.runActivityTask(task) })
		slots--
	}
	w.activitySlots.Give(slots)
}
