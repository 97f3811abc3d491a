package main

import (
	"context"
	"fmt"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "transfers"

// Order is what somebody pays to whom.
type Order struct {
	To    string `json:"to"`
	Cents int    `json:"cents"`
}

// What worker and client share: names with types. Nothing of them speaks of encryption.
var (
	Transfer = workflow.Declare[Order, string]("Transfer")
	Book     = activity.Declare[Order, string]("Book")
)

func transfer(ctx workflow.Context, order Order) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, Book, order).Get(ctx)
}

func book(_ context.Context, order Order) (string, error) {
	if order.Cents > 1_000_00 {
		return "", failure.NewNonRetryableApplicationError(fmt.Sprintf("%s may not have %d cents", order.To, order.Cents), "TooMuch", nil)
	}
	return fmt.Sprintf("%s has %d cents", order.To, order.Cents), nil
}
