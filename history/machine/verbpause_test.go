package machine_test

import (
	"strconv"
	"strings"

	activitypb "go.temporal.io/api/activity/v1"
	commonpb "go.temporal.io/api/common/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// pauseVerbs are what operators do to activities and workflows. An activity is named by its id, several are by type= or all.
var pauseVerbs = map[string]func(*script, command) error{
	// pause [reason= request= by= run=]
	"pause": func(s *script, c command) error {
		w := c.words
		_, err := s.request(&workflowservice.PauseWorkflowExecutionRequest{
			WorkflowId: workflowID, RunId: w.named["run"], Reason: w.named["reason"], RequestId: w.named["request"], Identity: w.named["by"],
		})
		return err
	},
	// unpause [reason= run=]
	"unpause": func(s *script, c command) error {
		_, err := s.request(&workflowservice.UnpauseWorkflowExecutionRequest{WorkflowId: workflowID, RunId: c.words.named["run"], Reason: c.words.named["reason"]})
		return err
	},
	// options [key= fairness= run=]: another priority
	"options": func(s *script, c command) error {
		reply, err := s.request(optionsRequest(c.words))
		if r, ok := reply.(*workflowservice.UpdateWorkflowExecutionOptionsResponse); ok {
			s.printf("%s", printMessage(r.WorkflowExecutionOptions.ProtoReflect()))
		}
		return err
	},
	// pause-activity ID|type= [reason= request= by= run=]
	"pause-activity": func(s *script, c command) error {
		_, err := s.request(pauseActivityRequest(c.words))
		return err
	},
	// unpause-activity ID|type=|all [reset-attempts reset-heartbeat jitter= run=]
	"unpause-activity": func(s *script, c command) error {
		_, err := s.request(unpauseActivityRequest(c.words))
		return err
	},
	// reset-activity ID|type=|all [reset-heartbeat keep-paused restore jitter= run=]
	"reset-activity": func(s *script, c command) error {
		_, err := s.request(resetActivityRequest(c.words))
		return err
	},
	// activity-options ID|type=|all [restore queue= schedule-to-close= schedule-to-start= start-to-close= heartbeat= retry= run=]
	"activity-options": func(s *script, c command) error {
		reply, err := s.request(activityOptionsRequest(c.words))
		if r, ok := reply.(*workflowservice.UpdateActivityOptionsResponse); ok {
			s.printf("%s", printMessage(r.ActivityOptions.ProtoReflect()))
		}
		return err
	},
}

func optionsRequest(w words) proto.Message {
	q := &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		WorkflowExecution: w.execution(), UpdateMask: &fieldmaskpb.FieldMask{},
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{Priority: &commonpb.Priority{FairnessKey: w.named["fairness"]}},
	}
	if key, said := w.named["key"]; said {
		n, _ := strconv.ParseInt(key, 10, 32)
		q.WorkflowExecutionOptions.Priority.PriorityKey = int32(n)
		q.UpdateMask.Paths = append(q.UpdateMask.Paths, "priority.priority_key")
	}
	if _, said := w.named["fairness"]; said {
		q.UpdateMask.Paths = append(q.UpdateMask.Paths, "priority.fairness_key")
	}
	return q
}

func pauseActivityRequest(w words) proto.Message {
	q := &workflowservice.PauseActivityRequest{
		Execution: w.execution(), Reason: w.named["reason"], RequestId: w.named["request"], Identity: w.named["by"],
		Activity: &workflowservice.PauseActivityRequest_Id{Id: w.arg(0)},
	}
	if w.named["type"] != "" {
		q.Activity = &workflowservice.PauseActivityRequest_Type{Type: w.named["type"]}
	}
	return q
}

func unpauseActivityRequest(w words) proto.Message {
	q := &workflowservice.UnpauseActivityRequest{
		Execution: w.execution(), ResetAttempts: w.has("reset-attempts"), ResetHeartbeat: w.has("reset-heartbeat"), Jitter: w.duration("jitter"),
		Activity: &workflowservice.UnpauseActivityRequest_Id{Id: w.arg(0)},
	}
	switch {
	case w.has("all"):
		q.Activity = &workflowservice.UnpauseActivityRequest_UnpauseAll{UnpauseAll: true}
	case w.named["type"] != "":
		q.Activity = &workflowservice.UnpauseActivityRequest_Type{Type: w.named["type"]}
	}
	return q
}

func resetActivityRequest(w words) proto.Message {
	q := &workflowservice.ResetActivityRequest{
		Execution: w.execution(), ResetHeartbeat: w.has("reset-heartbeat"), KeepPaused: w.has("keep-paused"), RestoreOriginalOptions: w.has("restore"),
		Jitter: w.duration("jitter"), Activity: &workflowservice.ResetActivityRequest_Id{Id: w.arg(0)},
	}
	switch {
	case w.has("all"):
		q.Activity = &workflowservice.ResetActivityRequest_MatchAll{MatchAll: true}
	case w.named["type"] != "":
		q.Activity = &workflowservice.ResetActivityRequest_Type{Type: w.named["type"]}
	}
	return q
}

// activityOptionsRequest has the paths of the options that are named; of a retry policy the fields that are.
func activityOptionsRequest(w words) proto.Message {
	q := &workflowservice.UpdateActivityOptionsRequest{
		Execution: w.execution(), RestoreOriginal: w.has("restore"), UpdateMask: &fieldmaskpb.FieldMask{},
		Activity: &workflowservice.UpdateActivityOptionsRequest_Id{Id: w.arg(0)},
		ActivityOptions: &activitypb.ActivityOptions{
			TaskQueue:              &taskqueuepb.TaskQueue{Name: w.named["queue"]},
			ScheduleToCloseTimeout: w.duration("schedule-to-close"), ScheduleToStartTimeout: w.duration("schedule-to-start"),
			StartToCloseTimeout: w.duration("start-to-close"), HeartbeatTimeout: w.duration("heartbeat"), RetryPolicy: w.retryPolicy(),
		},
	}
	switch {
	case w.has("all"):
		q.Activity = &workflowservice.UpdateActivityOptionsRequest_MatchAll{MatchAll: true}
	case w.named["type"] != "":
		q.Activity = &workflowservice.UpdateActivityOptionsRequest_Type{Type: w.named["type"]}
	}
	for name, path := range map[string]string{
		"queue": "task_queue.name", "schedule-to-close": "schedule_to_close_timeout", "schedule-to-start": "schedule_to_start_timeout",
		"start-to-close": "start_to_close_timeout", "heartbeat": "heartbeat_timeout",
	} {
		if _, named := w.named[name]; named {
			q.UpdateMask.Paths = append(q.UpdateMask.Paths, path)
		}
	}
	for name, path := range map[string]string{
		"initial": "initial_interval", "coefficient": "backoff_coefficient", "maximum": "maximum_interval", "attempts": "maximum_attempts",
	} {
		if strings.Contains(w.named["retry"], name+"=") {
			q.UpdateMask.Paths = append(q.UpdateMask.Paths, "retry_policy."+path)
		}
	}
	return q
}
