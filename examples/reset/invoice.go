package main

import "github.com/perdure/perdure/sdk/workflow"

const taskQueue = "invoices"

// Invoice adds up what it is sent, until that is all.
var (
	Invoice = workflow.Declare[workflow.None, int]("Invoice")
	Item    = workflow.DeclareSignal[int]("item")
	All     = workflow.DeclareSignal[workflow.None]("all")
)

// broken forgets every item but the last.
func broken(ctx workflow.Context, _ workflow.None) (int, error) {
	return items(ctx, func(_, cents int) int { return cents })
}

// mended is the code as it should have been. It asks for the same things in the same order: runs that are open go on with it, and are right
// when they end. Those that have ended are reset.
func mended(ctx workflow.Context, _ workflow.None) (int, error) {
	return items(ctx, func(sum, cents int) int { return sum + cents })
}

func items(ctx workflow.Context, add func(sum, cents int) int) (sum int, err error) {
	more, all := Item.Channel(ctx), All.Channel(ctx)
	over := false
	selector := workflow.NewSelector(ctx).
		AddReceive(more, func() {
			cents, _ := more.Receive(ctx)
			sum = add(sum, cents)
		}).
		AddReceive(all, func() { over = true }).
		AddReceive(ctx.Done(), func() { over = true })
	for !over || more.Len() > 0 {
		selector.Select(ctx)
	}
	return sum, ctx.Err()
}
