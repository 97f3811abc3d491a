package main

import (
	"fmt"
	"slices"

	"github.com/perdure/perdure/sdk/workflow"
)

const taskQueue = "carts"

// Item is a number of one thing.
type Item struct {
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
}

// String is as the example prints it.
func (i Item) String() string { return fmt.Sprintf("%d %s", i.Quantity, i.Name) }

// What can be said to and asked of a cart.
var (
	Cart     = workflow.Declare[workflow.None, []Item]("Cart")
	Add      = workflow.DeclareSignal[Item]("add").WithDescription("Puts something into the cart.")
	Remove   = workflow.DeclareSignal[string]("remove").WithDescription("Takes what has this name out of the cart.")
	Order    = workflow.DeclareSignal[workflow.None]("order").WithDescription("Ends the cart.")
	Contents = workflow.DeclareQuery[workflow.None, []Item]("contents").WithDescription("What is in the cart.")
)

// cart takes signals, in the order in which they came, until one of them is the order.
func cart(ctx workflow.Context, _ workflow.None) ([]Item, error) {
	var items []Item
	Contents.Handle(ctx, func(workflow.None) ([]Item, error) { return items, nil })

	over := false
	add, remove, order := Add.Channel(ctx), Remove.Channel(ctx), Order.Channel(ctx)
	selector := workflow.NewSelector(ctx).
		AddReceive(ctx.Done(), func() { over = true }).
		AddReceive(add, func() {
			item, _ := add.Receive(ctx)
			items = append(items, item)
		}).
		AddReceive(remove, func() {
			name, _ := remove.Receive(ctx)
			items = slices.DeleteFunc(items, func(i Item) bool { return i.Name == name })
		}).
		AddReceive(order, func() {
			order.Receive(ctx)
			over = true
		})
	for !over {
		selector.Select(ctx)
	}
	return items, ctx.Err()
}
