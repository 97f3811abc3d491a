package main

import (
	"context"
	"fmt"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "tenants"

// Order has its parcel sent by a child workflow. None of them is told the tenant by its input.
var (
	Order  = workflow.Declare[string, string]("Order")
	Parcel = workflow.Declare[string, string]("Parcel")
	Send   = activity.Declare[string, string]("Send")
)

func order(ctx workflow.Context, item string) (string, error) {
	return workflow.ExecuteChildWorkflow(ctx, Parcel, item).Get(ctx)
}

func parcel(ctx workflow.Context, item string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	return workflow.ExecuteActivity(ctx, Send, item).Get(ctx)
}

func send(ctx context.Context, item string) (string, error) {
	return fmt.Sprintf("%s, sent by %s", item, ctx.Value(tenantKey{})), nil
}
