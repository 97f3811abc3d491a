package activity

import (
	"errors"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

var (
	// ErrResultPending is returned by an activity that is completed from elsewhere: by
	// Client.CompleteActivity with the task token of [Info], or by its id. The activity's time-outs hold
	// until then.
	ErrResultPending = errors.New("the activity's result is given later")
	// ErrNoHeartbeatDetails says that no earlier attempt left details.
	ErrNoHeartbeatDetails = errors.New("no earlier attempt recorded heartbeat details")
)

// Causes of the end of an activity's context, as context.Cause tells them. A cancelled activity's is
// a *failure.CanceledError.
var (
	// ErrHeartbeatTimeout says that no heartbeat was recorded within the heartbeat time-out.
	ErrHeartbeatTimeout = attempt.ErrHeartbeatTimeout
	// ErrTimeout says that the attempt's start-to-close or schedule-to-close time is over.
	ErrTimeout = attempt.ErrTimeout
	// ErrGone says that the service knows nothing of the attempt any more: it timed out, was
	// completed from elsewhere, or the workflow is closed.
	ErrGone = attempt.ErrGone
	// ErrPaused says that somebody has paused the activity, which a heartbeat is told. An attempt may end all the
	// same; if it fails, the next is made when the activity goes on, from the details of the last heartbeat.
	ErrPaused = attempt.ErrPaused
	// ErrReset says that somebody has reset the activity, which a heartbeat is told: it is to begin again. An attempt
	// may end all the same.
	ErrReset = attempt.ErrReset
	// ErrWorkerStopped says that the worker was stopped and its StopTimeout is over.
	ErrWorkerStopped = attempt.ErrWorkerStopped
)
