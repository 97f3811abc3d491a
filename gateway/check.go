package gateway

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
)

// The texts of the checks are Temporal's where it has the same check. That
// strings are valid UTF-8 is checked by decoding them.

// first is the first error, if there is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// bounded refuses an id or name of more than 1000 bytes.
func bounded(name, value string) error {
	if len(value) > api.MaxID {
		return serviceerror.NewInvalidArgumentf("%s length exceeds limit: it has %d bytes, at most %d are possible.", name, len(value), api.MaxID)
	}
	return nil
}

// required refuses an id or name that is absent or too long.
func required(name, value string) error {
	if value == "" {
		return serviceerror.NewInvalidArgumentf("%s is not set on request.", name)
	}
	return bounded(name, value)
}

// execution refuses an execution without a workflow id; the run id may be left out.
func execution(e *commonpb.WorkflowExecution) error {
	if e == nil {
		return serviceerror.NewInvalidArgument("Execution is not set on request.")
	}
	return first(required("WorkflowId", e.WorkflowId), runID(e.RunId))
}

func runID(id string) error {
	return runIDOr("RunId", id, "leave it out for the workflow's latest run")
}

func firstRunID(id string) error {
	return runIDOr("FirstExecutionRunId", id, "leave it out for the runs of any start")
}

// runIDOr refuses a run id that is no UUID, and says what to do without one.
func runIDOr(name, id, without string) error {
	if id == "" || api.IsRunID(id) {
		return nil
	}
	return serviceerror.NewInvalidArgumentf("Invalid %s %.80q: it is not a UUID, as the ids of runs are; give one, or %s.", name, id, without)
}

func workflowType(t *commonpb.WorkflowType) error { return required("WorkflowType", t.GetName()) }

func taskQueue(q *taskqueuepb.TaskQueue) error { return required("TaskQueue", q.GetName()) }

// sender checks what says who sent a request, and which.
func sender(identity, requestID string) error {
	return first(bounded("Identity", identity), bounded("RequestId", requestID))
}

func taskToken(token []byte) error {
	if len(token) == 0 {
		return serviceerror.NewInvalidArgument("Task token not set on request.")
	}
	return nil
}

// duration refuses a negative or impossible time, and cuts one that is too long; none is fine.
func duration(name string, d *durationpb.Duration) error {
	switch {
	case d == nil:
		return nil
	case d.Seconds > 0 && d.Nanos < 0, d.Seconds < 0 && d.Nanos > 0, d.Nanos >= 1e9, d.Nanos <= -1e9:
		return serviceerror.NewInvalidArgumentf("An invalid %s is set on request: its nanoseconds are out of range.", name)
	case d.AsDuration() < 0:
		return serviceerror.NewInvalidArgumentf("An invalid %s is set on request: %s is negative.", name, d.AsDuration())
	case d.AsDuration() > api.LongestDuration:
		d.Seconds, d.Nanos = int64(api.LongestDuration/time.Second), 0
	}
	return nil
}

// known refuses a value that the enum does not have.
func known[E ~int32](name string, value E, names map[int32]string) error {
	if _, found := names[int32(value)]; !found {
		return serviceerror.NewInvalidArgumentf("%s has no value %d.", name, value)
	}
	return nil
}

// absent refuses what is not implemented yet, rather than to take it and do nothing.
func absent(name string, present bool) error {
	if present {
		return api.NotImplemented(name)
	}
	return nil
}
