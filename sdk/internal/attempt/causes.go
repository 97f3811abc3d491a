package attempt

import "errors"

// Why an attempt's context ended; package activity documents them.
var (
	ErrHeartbeatTimeout = errors.New("no heartbeat within the heartbeat time-out")
	ErrTimeout          = errors.New("the attempt has timed out")
	ErrGone             = errors.New("the attempt is over for the service")
	ErrWorkerStopped    = errors.New("the worker was stopped")
	ErrPaused           = errors.New("the activity was paused")
	ErrReset            = errors.New("the activity was reset")
)
