package machine_test

import (
	"cmp"
	"fmt"
	"reflect"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// workflowTaskVerbs are the requests of workers about workflow tasks. A token is kept under
// the name as=, "task" where there is none, and used with token=.
var workflowTaskVerbs = map[string]func(*script, command) error{
	// start-task [as= request=]
	"start-task": func(s *script, c command) error {
		task := s.world.task(enumspb.TASK_QUEUE_TYPE_WORKFLOW, "")
		if task == nil {
			return fmt.Errorf("no workflow task is queued")
		}
		return s.startWorkflowTask(c, task)
	},
	// start-task-again: whatever became of the task that was queued for this token
	"start-task-again": func(s *script, c command) error {
		task, err := machine.TokenTask(s.tokens[cmp.Or(c.words.named["token"], "task")])
		if err != nil {
			return err
		}
		return s.startWorkflowTask(c, task)
	},
	"start-sticky": func(s *script, c command) error {
		in := s.world.input(nil)
		in.RunID = "sticky-start"
		latest := s.world.run()
		d, err := machine.StartSticky(s.world.workflow, in)
		if err != nil {
			return err
		}
		reply, err := s.world.persist(d, latest)
		if reply == nil {
			s.printf("no sticky task")
			return err
		}
		s.gotTask(c.words, reply.(*workflowservice.PollWorkflowTaskQueueResponse))
		return err
	},
	"return-sticky": func(s *script, _ command) error {
		s.world.run().ReturnSticky("sticky-start")
		s.world.takeOwed()
		return nil
	},
	// reset-sticky [run=]
	"reset-sticky": func(s *script, c command) error {
		_, err := s.request(&workflowservice.ResetStickyTaskQueueRequest{Execution: c.words.execution()})
		return err
	},
	// complete-task [token= sticky=WORKER checksum= build= force return-new versioned page message], with commands below
	"complete-task": func(s *script, c command) error {
		s.messages = nil
		commands, err := s.commands(c.below)
		if err != nil {
			return err
		}
		q := &workflowservice.RespondWorkflowTaskCompletedRequest{
			TaskToken: s.tokens[cmp.Or(c.words.named["token"], "task")], Commands: commands,
			Messages: s.messages, BinaryChecksum: c.words.named["checksum"], WorkerVersionStamp: c.words.build(), ForceCreateNewWorkflowTask: c.words.has("force"), ReturnNewWorkflowTask: c.words.has("return-new"),
		}
		if c.words.has("versioned") {
			q.VersioningBehavior = enumspb.VERSIONING_BEHAVIOR_PINNED
		}
		if c.words.has("message") {
			q.Messages = []*protocolpb.Message{{Id: "m"}}
		}
		if c.words.has("discards") {
			q.Capabilities = &workflowservice.RespondWorkflowTaskCompletedRequest_Capabilities{DiscardSpeculativeWorkflowTaskWithEvents: true}
		}
		q.IntermediatePage = c.words.has("page")
		if worker := c.words.named["sticky"]; worker != "" {
			q.StickyAttributes = &taskqueuepb.StickyExecutionAttributes{
				WorkerTaskQueue: &taskqueuepb.TaskQueue{Name: worker, Kind: enumspb.TASK_QUEUE_KIND_STICKY}, ScheduleToStartTimeout: durationpb.New(5 * time.Second),
			}
		}
		reply, err := s.request(q)
		r, ok := reply.(*workflowservice.RespondWorkflowTaskCompletedResponse)
		if !ok {
			return err
		}
		for _, a := range r.ActivityTasks {
			s.gotActivity(words{}, a)
		}
		if r.ResetHistoryEventId != 0 {
			s.printf("reset to event %d", r.ResetHistoryEventId)
		}
		if r.WorkflowTask != nil {
			s.gotTask(c.words, r.WorkflowTask)
		}
		return err
	},
	// fail-task [token= cause= message=]
	"fail-task": func(s *script, c command) error {
		_, err := s.request(&workflowservice.RespondWorkflowTaskFailedRequest{
			TaskToken: s.tokens[cmp.Or(c.words.named["token"], "task")], Failure: c.words.failure(),
			Cause: enumspb.WorkflowTaskFailedCause(enum(enumspb.WorkflowTaskFailedCause_shorthandValue, cmp.Or(c.words.named["cause"], "WorkflowWorkerUnhandledFailure"))),
		})
		return err
	},
}

func (s *script) startWorkflowTask(c command, task *workerpb.Task) error {
	s.world.starts++
	reply, err := s.request(&workerpb.StartTaskRequest{
		Task: task, RequestId: cmp.Or(c.words.named["request"], fmt.Sprintf("start-%d", s.world.starts)), Identity: c.words.named["worker"],
	})
	if r, ok := reply.(*workflowservice.PollWorkflowTaskQueueResponse); ok {
		s.gotTask(c.words, r)
	}
	return err
}

// gotTask keeps the token and prints what the worker is sent.
func (s *script) gotTask(w words, r *workflowservice.PollWorkflowTaskQueueResponse) {
	s.tokens[cmp.Or(w.named["as"], "task")] = r.TaskToken
	s.printf("task: previous=%d started=%d attempt=%d", r.PreviousStartedEventId, r.StartedEventId, r.Attempt)
	for _, m := range r.Messages {
		s.printf("message %s, behind event %d", m.Id, m.GetEventId())
	}
	events := r.GetHistory().GetEvents()
	if len(events) > 0 {
		s.printf("events %d to %d", events[0].EventId, events[len(events)-1].EventId)
	}
	for _, event := range events {
		if event.EventId > s.world.run().LastEventID() {
			s.printf("unwritten: %s", printEvent(event, s.world.now))
		}
	}
}

func (s *script) commands(lines []words) ([]*commandpb.Command, error) {
	var commands []*commandpb.Command
	for _, w := range lines {
		build, known := commandsByName[w.name]
		if !known {
			return nil, fmt.Errorf("no such workflow command: %s", w.name)
		}
		if command := build(s, w); command != nil {
			commands = append(commands, command)
		}
	}
	return commands, nil
}

var commandsByName = map[string]func(*script, words) *commandpb.Command{
	// activity ID [type= queue= input= schedule-to-close= schedule-to-start= start-to-close= heartbeat= retry= priority= eager]
	"activity": func(_ *script, w words) *commandpb.Command {
		q := &taskqueuepb.TaskQueue{Name: w.named["queue"], Kind: enumspb.TASK_QUEUE_KIND_NORMAL}
		return newCommand(enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK, &commandpb.Command_ScheduleActivityTaskCommandAttributes{ScheduleActivityTaskCommandAttributes: &commandpb.ScheduleActivityTaskCommandAttributes{
			ActivityId: w.arg(0), ActivityType: &commonpb.ActivityType{Name: cmp.Or(w.named["type"], "Act")}, TaskQueue: q, Input: w.payloads("input"),
			ScheduleToCloseTimeout: orZero(w.duration("schedule-to-close")), ScheduleToStartTimeout: orZero(w.duration("schedule-to-start")),
			StartToCloseTimeout: orZero(w.duration("start-to-close")), HeartbeatTimeout: orZero(w.duration("heartbeat")),
			RetryPolicy: w.retryPolicy(), RequestEagerExecution: w.has("eager"), UseWorkflowBuildId: true, Header: &commonpb.Header{},
			Priority: w.priority(),
		}})
	},
	// cancel-activity ID, or event=N
	"cancel-activity": func(s *script, w words) *commandpb.Command {
		var id int64
		for _, event := range eventsOf(s.world.run()) {
			if a := event.GetActivityTaskScheduledEventAttributes(); a != nil && a.ActivityId == w.arg(0) {
				id = event.EventId
			}
		}
		fmt.Sscan(w.named["event"], &id)
		return newCommand(enumspb.COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK, &commandpb.Command_RequestCancelActivityTaskCommandAttributes{
			RequestCancelActivityTaskCommandAttributes: &commandpb.RequestCancelActivityTaskCommandAttributes{ScheduledEventId: id},
		})
	},
	// timer ID DURATION
	"timer": func(_ *script, w words) *commandpb.Command {
		d, _ := time.ParseDuration(w.arg(1))
		return newCommand(enumspb.COMMAND_TYPE_START_TIMER, &commandpb.Command_StartTimerCommandAttributes{
			StartTimerCommandAttributes: &commandpb.StartTimerCommandAttributes{TimerId: w.arg(0), StartToFireTimeout: durationpb.New(d)},
		})
	},
	"cancel-timer": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_CANCEL_TIMER, &commandpb.Command_CancelTimerCommandAttributes{
			CancelTimerCommandAttributes: &commandpb.CancelTimerCommandAttributes{TimerId: w.arg(0)},
		})
	},
	"marker": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_RECORD_MARKER, &commandpb.Command_RecordMarkerCommandAttributes{
			RecordMarkerCommandAttributes: &commandpb.RecordMarkerCommandAttributes{MarkerName: w.arg(0)},
		})
	},
	// upsert [NAME=VALUE...]
	"upsert": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, &commandpb.Command_UpsertWorkflowSearchAttributesCommandAttributes{
			UpsertWorkflowSearchAttributesCommandAttributes: &commandpb.UpsertWorkflowSearchAttributesCommandAttributes{SearchAttributes: &commonpb.SearchAttributes{IndexedFields: w.fields()}},
		})
	},
	// memo [NAME=VALUE...]
	"memo": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES, &commandpb.Command_ModifyWorkflowPropertiesCommandAttributes{
			ModifyWorkflowPropertiesCommandAttributes: &commandpb.ModifyWorkflowPropertiesCommandAttributes{UpsertedMemo: &commonpb.Memo{Fields: w.fields()}},
		})
	},
	"complete": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
			CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{Result: w.payloads("result")},
		})
	},
	// fail [message= type= non-retryable next-delay=]
	"fail": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION, &commandpb.Command_FailWorkflowExecutionCommandAttributes{
			FailWorkflowExecutionCommandAttributes: &commandpb.FailWorkflowExecutionCommandAttributes{Failure: w.failure()},
		})
	},
	"cancel": func(_ *script, w words) *commandpb.Command {
		return newCommand(enumspb.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION, &commandpb.Command_CancelWorkflowExecutionCommandAttributes{
			CancelWorkflowExecutionCommandAttributes: &commandpb.CancelWorkflowExecutionCommandAttributes{Details: w.payloads("details")},
		})
	},
	// continue-as-new [type= queue= input= run-timeout= task-timeout= backoff= retry= cron= memo= search-attribute=]
	"continue-as-new": func(_ *script, w words) *commandpb.Command {
		a := &commandpb.ContinueAsNewWorkflowExecutionCommandAttributes{
			Input: w.payloads("input"), WorkflowRunTimeout: w.duration("run-timeout"), WorkflowTaskTimeout: w.duration("task-timeout"),
			BackoffStartInterval: w.duration("backoff"), RetryPolicy: w.retryPolicy(), CronSchedule: w.named["cron"], Header: &commonpb.Header{}, Memo: w.memo(), SearchAttributes: w.searchAttributes(), InheritBuildId: true,
		}
		if w.named["type"] != "" {
			a.WorkflowType = &commonpb.WorkflowType{Name: w.named["type"]}
		}
		if w.named["queue"] != "" {
			a.TaskQueue = &taskqueuepb.TaskQueue{Name: w.named["queue"]}
		}
		return newCommand(enumspb.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION, &commandpb.Command_ContinueAsNewWorkflowExecutionCommandAttributes{ContinueAsNewWorkflowExecutionCommandAttributes: a})
	},
	// command NUMBER, without attributes
	"command": func(_ *script, w words) *commandpb.Command {
		var number int32
		fmt.Sscan(w.arg(0), &number)
		return &commandpb.Command{CommandType: enumspb.CommandType(number)}
	},
}

// newCommand is a command of a type; attributes are one of the wrappers of its oneof.
func newCommand(kind enumspb.CommandType, attributes any) *commandpb.Command {
	c := &commandpb.Command{CommandType: kind}
	reflect.ValueOf(c).Elem().FieldByName("Attributes").Set(reflect.ValueOf(attributes))
	return c
}

// build is the stamp of a worker that says its build and is not versioned.
func (w words) build() *commonpb.WorkerVersionStamp {
	if w.named["build"] == "" {
		return nil
	}
	return &commonpb.WorkerVersionStamp{BuildId: w.named["build"]}
}
