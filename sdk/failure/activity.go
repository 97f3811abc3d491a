package failure

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
)

// ActivityError is what a workflow sees of an activity that did not succeed. Its cause says why:
// an [ApplicationError], [TimeoutError], [CanceledError] or [PanicError].
type ActivityError struct {
	origin
	info  ActivityInfo
	cause error
}

// ActivityInfo names the activity that an [ActivityError] is about.
type ActivityInfo struct {
	ActivityType     string
	ActivityID       string
	ScheduledEventID int64
	StartedEventID   int64
	Identity         string
	RetryState       enumspb.RetryState
}

// NewActivityError makes an error about an activity; the engine makes it from history events.
func NewActivityError(info ActivityInfo, cause error) *ActivityError {
	return &ActivityError{info: info, cause: cause}
}

// Error implements error.
func (e *ActivityError) Error() string {
	return withCause(fmt.Sprintf("activity error (type: %s, scheduledEventID: %d, startedEventID: %d, identity: %s)",
		e.info.ActivityType, e.info.ScheduledEventID, e.info.StartedEventID, e.info.Identity), e.cause)
}

// Info names the activity.
func (e *ActivityError) Info() ActivityInfo { return e.info }

// Unwrap is the cause.
func (e *ActivityError) Unwrap() error { return e.cause }
