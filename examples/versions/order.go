package main

import (
	"context"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "orders"

// Order is confirmed, charged and shipped, and tells in which order.
var (
	Order   = workflow.Declare[workflow.None, []string]("Order")
	Confirm = workflow.DeclareSignal[workflow.None]("confirm")
	Charge  = activity.Declare[string, string]("Charge")
	Ship    = activity.Declare[string, string]("Ship")
)

// version1 is the code as it was.
func version1(ctx workflow.Context, _ workflow.None) ([]string, error) {
	Confirm.Channel(ctx).Receive(ctx)
	return steps(ctx, Ship, Charge)
}

// version2 is the code as it is now: an order that has come by here gets the version that is the highest then, and keeps it. Those that began
// with version1 and are already behind this line on replay get DefaultVersion.
func version2(ctx workflow.Context, _ workflow.None) ([]string, error) {
	version := workflow.GetVersion(ctx, "charge-first", workflow.DefaultVersion, 1)
	Confirm.Channel(ctx).Receive(ctx)
	if version == workflow.DefaultVersion {
		return steps(ctx, Ship, Charge) // until the last order of old is closed
	}
	return steps(ctx, Charge, Ship)
}

func steps(ctx workflow.Context, activities ...activity.Activity[string, string]) (done []string, err error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for _, a := range activities {
		step, err := workflow.ExecuteActivity(ctx, a, a.Name()).Get(ctx)
		if err != nil {
			return nil, err
		}
		done = append(done, step)
	}
	return done, nil
}

func done(_ context.Context, what string) (string, error) { return what, nil }
