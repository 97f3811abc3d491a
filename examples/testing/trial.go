package main

import (
	"context"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "subscriptions"

// Plan is a subscription: a month for nothing, and then so many.
type Plan struct {
	Customer     string  `json:"customer"`
	MonthSeconds float64 `json:"month_seconds"`
	Months       int     `json:"months"`
}

// Bill is what came of it.
type Bill struct {
	Customer string `json:"customer"`
	Charges  int    `json:"charges"`
}

// The workflow, its activities, and the customer's word.
var (
	Subscribe = workflow.Declare[Plan, Bill]("Subscribe")
	Charge    = activity.Declare[string, activity.None]("Charge")
	Remind    = activity.Declare[string, activity.None]("Remind")
	Quit      = workflow.DeclareSignal[workflow.None]("quit")
)

func subscribe(ctx workflow.Context, p Plan) (Bill, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		RetryPolicy:         &workflow.RetryPolicy{InitialInterval: time.Hour, MaximumAttempts: 3},
	})
	month := time.Duration(p.MonthSeconds * float64(time.Second))
	bill := Bill{Customer: p.Customer}
	quit := Quit.Channel(ctx)
	if over, err := wait(ctx, quit, month*9/10); over || err != nil {
		return bill, err
	}
	if _, err := workflow.ExecuteActivity(ctx, Remind, p.Customer).Get(ctx); err != nil {
		return bill, err
	}
	if over, err := wait(ctx, quit, month/10); over || err != nil {
		return bill, err
	}
	for range p.Months {
		if _, err := workflow.ExecuteActivity(ctx, Charge, p.Customer).Get(ctx); err != nil {
			if failure.IsCanceled(err) {
				return bill, err
			}
			return bill, nil // the card does not work any more: so ends the subscription
		}
		bill.Charges++
		if over, err := wait(ctx, quit, month); over || err != nil {
			return bill, err
		}
	}
	return bill, nil
}

// wait lets a time pass, unless the customer quits before.
func wait(ctx workflow.Context, quit workflow.ReceiveChannel[workflow.None], d time.Duration) (over bool, err error) {
	_, over, err = quit.ReceiveWithTimeout(ctx, d)
	return over, err
}

func charge(context.Context, string) (activity.None, error) { return activity.None{}, nil }

func remind(context.Context, string) (activity.None, error) { return activity.None{}, nil }
