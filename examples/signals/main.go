// Command signals is an example of signals and queries: a cart that a customer fills, looks at and orders.
//
// Each cart is a workflow of its own. A signal tells it something and is answered when it is recorded; a query asks it and leaves no trace.
// The first signal starts the workflow, in the same step.
// It connects to NATS at $NATS_URL, by default nats://127.0.0.1:4222.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "signals:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, out io.Writer) error {
	c, err := client.Connect(client.Options{URL: url})
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(Cart.Implement(cart))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story is what a web shop does for one customer.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	id := "cart-" + uuid.NewString()
	tea := Item{Name: "tea", Quantity: 2}
	run, err := client.SignalWithStart(ctx, c, Add, tea, Cart, workflow.None{}, client.StartOptions{ID: id, TaskQueue: taskQueue})
	if err != nil {
		return err
	}
	for _, item := range []Item{{Name: "cup", Quantity: 1}, {Name: "piano", Quantity: 1}} {
		if err := client.Signal(ctx, c, id, "", Add, item); err != nil {
			return err
		}
	}
	if err := client.Signal(ctx, c, id, "", Remove, "piano"); err != nil {
		return err
	}
	contents, err := client.Query(ctx, c, id, "", Contents, workflow.None{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "In the cart:", contents)

	if err := client.Signal(ctx, c, id, "", Order, workflow.None{}); err != nil {
		return err
	}
	ordered, err := run.Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Ordered:", ordered)

	var notFound *serviceerror.NotFound
	err = client.Signal(ctx, c, id, "", Add, tea)
	fmt.Fprintln(out, "Too late for more:", errors.As(err, &notFound))
	contents, err = client.Query(ctx, c, id, "", Contents, workflow.None{})
	fmt.Fprintln(out, "It still answers:", contents)
	return err
}
