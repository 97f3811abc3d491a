package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "quotes"

// Quote tells a price, and the bill when the customer accepts.
var (
	Quote  = workflow.Declare[string, string]("Quote")
	Price  = activity.Declare[string, int]("Price")
	Accept = workflow.DeclareSignal[workflow.None]("accept")
	Quoted = workflow.DeclareQuery[workflow.None, string]("quoted")
)

// shop has what changes while quotes are open: its tax, in percent.
type shop struct{ tax atomic.Int64 }

func (s *shop) quote(ctx workflow.Context, item string) (string, error) {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 2 * time.Second,
		RetryPolicy:         &workflow.RetryPolicy{InitialInterval: 50 * time.Millisecond, MaximumAttempts: 3},
	})
	price, err := workflow.ExecuteLocalActivity(ctx, Price, item).Get(ctx)
	if err != nil {
		return "", err
	}
	tax, err := s.currentTax(ctx)
	if err != nil {
		return "", err
	}
	// A number that is another each time, but the same for this quote on every replay.
	number, err := workflow.SideEffect(ctx, func() int64 { return time.Now().UnixNano() % 1000 })
	if err != nil {
		return "", err
	}
	quoted := fmt.Sprintf("quote %03d: %d and %d percent", number, price, tax)
	Quoted.Handle(ctx, func(workflow.None) (string, error) { return quoted, nil })

	Accept.Channel(ctx).Receive(ctx)
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if tax, err = s.currentTax(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("bill of quote %03d: %d and %d percent", number, price, tax), nil
}

// currentTax is looked at each time, and recorded when it is another than before. Workflow code must not read it by itself: on a replay
// it would see today's.
func (s *shop) currentTax(ctx workflow.Context) (int64, error) {
	return workflow.MutableSideEffect(ctx, "tax", s.tax.Load, func(a, b int64) bool { return a == b })
}

// price is brief, so it is run where the workflow is, with no task of its own. It fails the first time.
func price(ctx context.Context, item string) (int, error) {
	if activity.GetInfo(ctx).Attempt == 1 {
		return 0, failure.NewApplicationError("the price list is being printed", "Busy")
	}
	return 10 * len(item), nil
}
