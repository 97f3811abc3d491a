package main

import (
	"context"
	"errors"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "imports"

// Import loads rows by one long activity, and tells which attempt has loaded which row.
var (
	Import = workflow.Declare[[]string, []int]("Import")
	Load   = activity.Declare[[]string, []int]("Load")
)

func importing(ctx workflow.Context, rows []string) ([]int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    time.Hour,      // of one attempt
		HeartbeatTimeout:       time.Second,    // how soon it is noticed that one stands still, or that its worker is lost
		ScheduleToCloseTimeout: 24 * time.Hour, // of all attempts together
		RetryPolicy: &workflow.RetryPolicy{
			InitialInterval:        100 * time.Millisecond,
			BackoffCoefficient:     2,
			MaximumAttempts:        5,
			NonRetryableErrorTypes: []string{"Empty"},
		},
	})
	return workflow.ExecuteActivity(ctx, Load, rows).Get(ctx)
}

// load goes on where the attempt before it came to. What it has done is in its heartbeats' details.
func load(ctx context.Context, rows []string) ([]int, error) {
	if len(rows) == 0 {
		return nil, failure.NewApplicationError("there is nothing to import", "Empty")
	}
	var done []int
	if err := activity.GetHeartbeatDetails(ctx, &done); err != nil && !errors.Is(err, activity.ErrNoHeartbeatDetails) {
		return nil, err
	}
	attempt := int(activity.GetInfo(ctx).Attempt)
	for len(done) < len(rows) {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx) // cancelled, timed out, or the worker stops
		}
		done = append(done, attempt)
		activity.RecordHeartbeat(ctx, done)
		switch {
		case attempt == 1 && len(done) == 2:
			return nil, errors.New("the connection was lost")
		case attempt == 2 && len(done) == 3:
			<-ctx.Done() // stands still: after a second without a heartbeat the attempt is over
		}
	}
	return done, nil
}
