package activity

import (
	"context"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/sdk/internal/attempt"
)

// Info says which attempt at which activity is running.
type Info = attempt.Info

// GetInfo tells about the running attempt.
func GetInfo(ctx context.Context) Info {
	if env := attempt.From(ctx); env != nil {
		return env.Info
	}
	return Info{}
}

// IsActivity tells whether ctx is that of a running activity.
func IsActivity(ctx context.Context) bool { return attempt.From(ctx) != nil }

// GetLogger is the worker's logger, with the activity's names added.
func GetLogger(ctx context.Context) zerolog.Logger {
	if env := attempt.From(ctx); env != nil {
		return env.Logger
	}
	return zerolog.Nop()
}

// GetWorkerStopChannel is closed when the worker begins to stop: the time to finish, the worker's
// StopTimeout, runs from then on. Outside of an activity it is nil.
func GetWorkerStopChannel(ctx context.Context) <-chan struct{} {
	if env := attempt.From(ctx); env != nil {
		return env.Stopping
	}
	return nil
}
