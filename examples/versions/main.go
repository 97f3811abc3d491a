// Command versions is an example of workflow code that changes while workflows are open.
//
// An order begins with the old code and ends with the new, in its own order of steps; one that begins with the new takes the new
// order. Both are in one function, told apart by workflow.GetVersion.
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

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "versions:", err)
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
	w.Register(Order.Implement(version1), Charge.Implement(done), Ship.Implement(done))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, w, out), w.Stop())
}

// story starts an order with the old code, deploys the new, and starts another order: the one worker stops, and another takes its place.
func story(ctx context.Context, c *client.Client, old *worker.Worker, out io.Writer) error {
	start := func() (client.Run[[]string], error) {
		return client.Start(ctx, c, Order, workflow.None{}, client.StartOptions{ID: "order-" + uuid.NewString(), TaskQueue: taskQueue})
	}
	before, err := start()
	if err != nil {
		return err
	}
	if err := waiting(ctx, c, before.ID()); err != nil {
		return err
	}
	if err := old.Stop(); err != nil {
		return err
	}
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(Order.Implement(version2), Charge.Implement(done), Ship.Implement(done))
	if err := w.Start(); err != nil {
		return err
	}
	after, err := start()
	if err != nil {
		return errors.Join(err, w.Stop())
	}
	for name, run := range map[string]client.Run[[]string]{"before": before, "after": after} {
		if err := client.Signal(ctx, c, run.ID(), "", Confirm, workflow.None{}); err != nil {
			return errors.Join(fmt.Errorf("confirming the order from %s: %w", name, err), w.Stop())
		}
	}
	oldSteps, oldErr := before.Result(ctx)
	newSteps, newErr := after.Result(ctx)
	fmt.Fprintln(out, "Begun before the change:", oldSteps)
	fmt.Fprintln(out, "Begun after it:", newSteps)
	return errors.Join(oldErr, newErr, w.Stop())
}

// waiting waits until an order's first workflow task is done: it waits for its confirmation then.
func waiting(ctx context.Context, c *client.Client, id string) error {
	for event, err := range c.History(ctx, id, "", client.HistoryOptions{Follow: true}) {
		if err != nil || event.GetWorkflowTaskCompletedEventAttributes() != nil {
			return err
		}
	}
	return errors.New("the order ended before it was confirmed")
}
