package main

import "github.com/perdure/perdure/sdk/workflow"

const taskQueue = "orders"

// Order waits until it is shipped, and says so: lists find it by its stage, and show who carries it.
var (
	Order = workflow.Declare[workflow.None, workflow.None]("Order")
	Ship  = workflow.DeclareSignal[string]("ship") // by whom
)

func order(ctx workflow.Context, _ workflow.None) (workflow.None, error) {
	carrier, _ := Ship.Channel(ctx).Receive(ctx)
	if err := workflow.UpsertSearchAttributes(ctx, map[string]any{"Stage": "shipped", "Total": nil}); err != nil {
		return workflow.None{}, err
	}
	return workflow.None{}, workflow.UpsertMemo(ctx, map[string]any{"carrier": carrier})
}
