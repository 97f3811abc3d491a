package gateway

import (
	"strings"

	activitypb "go.temporal.io/api/activity/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/perdure/perdure/api"
)

func checkActivityOptions(r *workflowservice.UpdateActivityOptionsRequest) error {
	return first(
		execution(r.Execution),
		chosenActivities(r.GetId(), r.GetType(), r.GetMatchAll()),
		api.CheckPriority(r.ActivityOptions.GetPriority()),
		sender(r.Identity, ""),
		optionsOrOriginal(r),
	)
}

// optionsOrOriginal refuses what asks for other options and for the original ones at once, or for none. It mends a path that is
// none.
func optionsOrOriginal(r *workflowservice.UpdateActivityOptionsRequest) error {
	paths := r.GetUpdateMask().GetPaths()
	switch {
	case r.RestoreOriginal && len(paths) > 0:
		return serviceerror.NewInvalidArgument("Both UpdateMask and RestoreOriginal are provided")
	case r.RestoreOriginal:
		return nil
	case r.ActivityOptions == nil:
		return serviceerror.NewInvalidArgument("ActivityOptions are not provided")
	case r.UpdateMask == nil:
		return serviceerror.NewInvalidArgument("UpdateMask is not provided")
	}
	for i, path := range paths {
		if path == "task_queue_name" { // as Temporal's command line has it
			paths[i] = "task_queue.name"
		}
	}
	if err := mask(r.ActivityOptions, r.UpdateMask); err != nil {
		return err
	}
	for _, path := range paths {
		if err := optionProvided(r.ActivityOptions, path); err != nil {
			return err
		}
	}
	o := r.ActivityOptions
	return first(
		bounded("TaskQueue", o.GetTaskQueue().GetName()),
		duration("ScheduleToCloseTimeout", o.ScheduleToCloseTimeout),
		duration("ScheduleToStartTimeout", o.ScheduleToStartTimeout),
		duration("StartToCloseTimeout", o.StartToCloseTimeout),
		duration("HeartbeatTimeout", o.HeartbeatTimeout),
		retryPolicy(o.RetryPolicy),
	)
}

// optionProvided refuses a path into a message that the request does not have, and the one option of activities
// without a workflow.
func optionProvided(o *activitypb.ActivityOptions, path string) error {
	parent, _, _ := strings.Cut(path, ".")
	absent := ""
	switch {
	case parent == "start_delay":
		return serviceerror.NewInvalidArgument("start_delay cannot be updated: a workflow's activity has none.")
	case parent == "task_queue" && o.TaskQueue == nil:
		absent = "TaskQueue"
	case parent == "retry_policy" && o.RetryPolicy == nil:
		absent = "RetryPolicy"
	case path != "priority" && parent == "priority" && o.Priority == nil:
		absent = "Priority"
	}
	if absent != "" {
		return serviceerror.NewInvalidArgumentf("%s is not provided", absent)
	}
	return nil
}

// mask refuses an update mask with paths that are no fields of the message.
func mask(of proto.Message, m *fieldmaskpb.FieldMask) error {
	if _, err := fieldmaskpb.New(of, m.GetPaths()...); err != nil {
		return serviceerror.NewInvalidArgumentf("error parsing UpdateMask: %s", err)
	}
	return nil
}
