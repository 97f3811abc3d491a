package engine

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// apply takes an event that is not one of a workflow task or a command. Code that waits for it runs
// when all events of the task are applied.
func (e *Execution) apply(event *historypb.HistoryEvent) error {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		return e.started(event)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		e.env.signaled(event)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		e.env.cancelRequested()
	case enumspb.EVENT_TYPE_TIMER_FIRED:
		return e.env.timerFired(event)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		return e.env.activityStarted(event)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
		enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		return e.env.activityClosed(event)
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED:
		return e.env.childStarted(event)
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED:
		return e.env.childStartFailed(event)
	case enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED,
		enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED:
		return e.env.childClosed(event)
	case enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
		return e.env.externalSignaled(event)
	case enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
		return e.env.externalSignalFailed(event)
	case enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		return e.env.externalCanceled(event)
	case enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
		return e.env.externalCancelFailed(event)
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED: // a reset: what was written before is another run's
		e.env.children.seed = event.GetWorkflowTaskFailedEventAttributes().GetNewRunId()
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED: // it has come with the task
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UNPAUSED,
		enumspb.EVENT_TYPE_ACTIVITY_PROPERTIES_MODIFIED_EXTERNALLY, enumspb.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED_EXTERNALLY:
		// The code is not told.
	default:
		if !event.GetWorkerMayIgnore() {
			return damaged(event, "this worker does not know events of this type; update it")
		}
	}
	return nil
}

// started makes the coroutine that runs the workflow function.
func (e *Execution) started(event *historypb.HistoryEvent) error {
	if event.GetEventId() != 1 {
		return damaged(event, "only the first event can be WorkflowExecutionStarted")
	}
	env := e.env
	env.info.start(event)
	env.children.seed = env.info.OriginalRunID
	started := event.GetWorkflowExecutionStartedEventAttributes()
	env.input, env.header = started.GetInput(), started.GetHeader()
	env.dispatcher.Go("root", func() {
		result, err := e.impl.Run(env, env.input)
		env.result = &outcome{result: result, err: err}
	})
	return nil
}
