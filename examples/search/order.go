package main

import "github.com/perdure/perdure/sdk/workflow"

const taskQueue = "orders"

// Order waits until it is shipped.
var (
	Order = workflow.Declare[workflow.None, workflow.None]("Order")
	Ship  = workflow.DeclareSignal[workflow.None]("ship")
)

func order(ctx workflow.Context, _ workflow.None) (workflow.None, error) {
	shipped := Ship.Channel(ctx)
	return workflow.None{}, workflow.Await(ctx, func() bool { return shipped.Len() > 0 })
}
