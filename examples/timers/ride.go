package main

import (
	"context"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "rides"

// Request is who may drive, and how long a passenger is waited for.
type Request struct {
	Drivers     []string `json:"drivers"`
	WaitSeconds float64  `json:"wait_seconds"`
}

// The workflow, what it is told, and what it leaves to the world.
var (
	Ride     = workflow.Declare[Request, string]("Ride")
	Boarded  = workflow.DeclareSignal[workflow.None]("boarded")
	Ask      = activity.Declare[string, string]("Ask")
	SendHome = activity.Declare[string, activity.None]("SendHome")
)

func ride(ctx workflow.Context, r Request) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		HeartbeatTimeout:    time.Second, // an activity hears of its cancellation by its heartbeats
		WaitForCancellation: true,
	})
	driver, err := first(ctx, r.Drivers)
	if err != nil {
		return "", err
	}
	wait := time.Duration(r.WaitSeconds * float64(time.Second))
	_, came, err := Boarded.Channel(ctx).ReceiveWithTimeout(ctx, wait)
	switch {
	case err != nil: // cancelled, and so is ctx: what cleans up needs another
		cleanup, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		if _, undoErr := workflow.ExecuteActivity(cleanup, SendHome, driver).Get(cleanup); undoErr != nil {
			return "", undoErr
		}
		return "", err // as it is, so that the workflow is closed as canceled
	case !came:
		return driver + " left alone", nil
	}
	return driver + " drives", nil
}

// first asks all drivers at once, takes the first who says yes, and cancels the rest.
func first(ctx workflow.Context, drivers []string) (yes string, err error) {
	asking, cancel := workflow.WithCancel(ctx)
	defer cancel()
	answered := false
	selector := workflow.NewSelector(ctx)
	var answers []workflow.Future[string]
	for _, driver := range drivers {
		answer := workflow.ExecuteActivity(asking, Ask, driver)
		answers = append(answers, answer)
		selector.AddFuture(answer, func() {
			if answer, failed := answer.Get(ctx); failed == nil {
				yes, answered = answer, true
			} else {
				err = failed
			}
		})
	}
	for range drivers {
		if selector.Select(ctx); answered {
			break
		}
	}
	if !answered {
		return "", err
	}
	cancel()
	for _, answer := range answers {
		if _, err := answer.Get(ctx); err != nil && !failure.IsCanceled(err) {
			return "", err
		}
	}
	return yes, nil
}

// ask is answered by Bob alone: the others think about it until they are told that they need not.
func ask(ctx context.Context, driver string) (string, error) {
	if driver == "Bob" {
		return driver, nil
	}
	thinking := time.NewTicker(100 * time.Millisecond)
	defer thinking.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx) // a *failure.CanceledError when the workflow has cancelled it
		case <-thinking.C:
			activity.RecordHeartbeat(ctx)
		}
	}
}

func sendHome(context.Context, string) (activity.None, error) { return activity.None{}, nil }
