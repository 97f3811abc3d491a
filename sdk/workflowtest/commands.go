package workflowtest

import (
	"fmt"

	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// obey writes the event of every command, as the server does, and then starts what they ask for.
func (env *Environment) obey(commands []*commandpb.Command) error {
	task := env.journal.next() - 1
	var then []func()
	for _, c := range commands {
		switch c.GetCommandType() {
		case enumspb.COMMAND_TYPE_START_TIMER:
			env.startTimer(c, task)
		case enumspb.COMMAND_TYPE_CANCEL_TIMER:
			env.cancelTimer(c, task)
		case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
			if err := env.refusal(c.GetScheduleActivityTaskCommandAttributes()); err != nil {
				return err
			}
			then = append(then, env.scheduleActivity(c, task))
		case enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
			then = append(then, env.cancelActivity(c, task))
		case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
			if err := refusalOfChild(c.GetStartChildWorkflowExecutionCommandAttributes()); err != nil {
				return err
			}
			env.startChild(c, task)
		case enumspb.COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
			env.signalExternal(c, task)
		case enumspb.COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
			env.cancelExternal(c, task)
		case enumspb.COMMAND_TYPE_RECORD_MARKER:
			a := c.GetRecordMarkerCommandAttributes()
			env.journal.write(enumspb.EVENT_TYPE_MARKER_RECORDED, &historypb.HistoryEvent{
				UserMetadata: c.GetUserMetadata(),
				Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{
					MarkerName: a.GetMarkerName(), Details: a.GetDetails(), Failure: a.GetFailure(), WorkflowTaskCompletedEventId: task,
				}},
			})
		case enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			env.upsertSearchAttributes(c, task)
		case enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:
			env.upsertMemo(c, task)
		case enumspb.COMMAND_TYPE_PROTOCOL_MESSAGE:
			if err := env.message(c.GetProtocolMessageCommandAttributes().GetMessageId()); err != nil {
				return err
			}
		default:
			if err := env.close(c, task); err != nil {
				return err
			}
		}
	}
	for _, start := range then {
		if env.closed == nil {
			start()
		}
	}
	return nil
}

// close writes the event of a command that closes the run.
func (env *Environment) close(c *commandpb.Command, task int64) error {
	event := &historypb.HistoryEvent{}
	var (
		t    enumspb.EventType
		next *historypb.WorkflowExecutionStartedEventAttributes
	)
	switch c.GetCommandType() {
	case enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
		t = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
		event.Attributes = &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
			WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{
				Result: c.GetCompleteWorkflowExecutionCommandAttributes().GetResult(), WorkflowTaskCompletedEventId: task,
			},
		}
	case enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
		t = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED
		var state enumspb.RetryState
		next, state = env.retry(c.GetFailWorkflowExecutionCommandAttributes().GetFailure())
		event.Attributes = &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{
			WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
				Failure: c.GetFailWorkflowExecutionCommandAttributes().GetFailure(), WorkflowTaskCompletedEventId: task,
				RetryState: state, NewExecutionRunId: next.GetOriginalExecutionRunId(),
			},
		}
	case enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION:
		t = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED
		event.Attributes = &historypb.HistoryEvent_WorkflowExecutionCanceledEventAttributes{
			WorkflowExecutionCanceledEventAttributes: &historypb.WorkflowExecutionCanceledEventAttributes{
				Details: c.GetCancelWorkflowExecutionCommandAttributes().GetDetails(), WorkflowTaskCompletedEventId: task,
			},
		}
	case enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
		t = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
		a := c.GetContinueAsNewWorkflowExecutionCommandAttributes()
		continued := &historypb.WorkflowExecutionContinuedAsNewEventAttributes{
			WorkflowType: a.GetWorkflowType(), TaskQueue: a.GetTaskQueue(), Input: a.GetInput(), WorkflowRunTimeout: a.GetWorkflowRunTimeout(),
			WorkflowTaskTimeout: a.GetWorkflowTaskTimeout(), WorkflowTaskCompletedEventId: task, Header: a.GetHeader(),
			InheritBuildId: a.GetInheritBuildId(), BackoffStartInterval: a.GetBackoffStartInterval(),
			Memo: mergedMemo(env.memo, a.GetMemo()), SearchAttributes: mergedAttributes(env.attributes, a.GetSearchAttributes()),
		}
		next = env.continued(continued, a.GetRetryPolicy())
		continued.NewExecutionRunId = next.GetOriginalExecutionRunId()
		event.Attributes = &historypb.HistoryEvent_WorkflowExecutionContinuedAsNewEventAttributes{WorkflowExecutionContinuedAsNewEventAttributes: continued}
	default:
		return fmt.Errorf("the test environment cannot carry out the command %s yet", c.GetCommandType())
	}
	env.journal.write(t, event)
	env.ended(event, next)
	return nil
}

func (env *Environment) startTimer(c *commandpb.Command, task int64) {
	a := c.GetStartTimerCommandAttributes()
	started := env.journal.write(enumspb.EVENT_TYPE_TIMER_STARTED, &historypb.HistoryEvent{
		UserMetadata: c.GetUserMetadata(),
		Attributes: &historypb.HistoryEvent_TimerStartedEventAttributes{TimerStartedEventAttributes: &historypb.TimerStartedEventAttributes{
			TimerId: a.GetTimerId(), StartToFireTimeout: a.GetStartToFireTimeout(), WorkflowTaskCompletedEventId: task,
		}},
	})
	at := env.journal.now.Add(a.GetStartToFireTimeout().AsDuration())
	env.timers[a.GetTimerId()] = env.agenda.add(at, func() {
		delete(env.timers, a.GetTimerId())
		env.journal.write(enumspb.EVENT_TYPE_TIMER_FIRED, &historypb.HistoryEvent{
			Attributes: &historypb.HistoryEvent_TimerFiredEventAttributes{TimerFiredEventAttributes: &historypb.TimerFiredEventAttributes{
				TimerId: a.GetTimerId(), StartedEventId: started,
			}},
		})
		env.journal.news = true
	})
}

func (env *Environment) cancelTimer(c *commandpb.Command, task int64) {
	id := c.GetCancelTimerCommandAttributes().GetTimerId()
	var started int64
	for _, e := range env.journal.events {
		if a := e.GetTimerStartedEventAttributes(); a != nil && a.GetTimerId() == id {
			started = e.GetEventId()
		}
	}
	env.journal.write(enumspb.EVENT_TYPE_TIMER_CANCELED, &historypb.HistoryEvent{
		Attributes: &historypb.HistoryEvent_TimerCanceledEventAttributes{TimerCanceledEventAttributes: &historypb.TimerCanceledEventAttributes{
			TimerId: id, StartedEventId: started, WorkflowTaskCompletedEventId: task,
		}},
	})
	env.agenda.remove(env.timers[id])
	delete(env.timers, id)
}
