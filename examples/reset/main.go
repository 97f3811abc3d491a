// Command reset is an example of workflows that went wrong by a fault of their code, and are run again from before it.
//
// An invoice has ended with a wrong sum. The code is mended, and the workflow is reset to its first workflow task: a new run of it begins with the history up
// to there, and the signals that came since come again, in their order.
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
		fmt.Fprintln(os.Stderr, "reset:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, out io.Writer) error {
	c, err := client.Connect(client.Options{URL: url})
	if err != nil {
		return err
	}
	defer c.Close()
	id := "invoice-" + uuid.NewString()
	err = work(c, broken, func() error {
		sum, err := send(ctx, c, id)
		fmt.Fprintln(out, "The sum is", sum)
		return err
	})
	if err != nil {
		return err
	}
	return work(c, mended, func() error {
		sum, err := again(ctx, c, id)
		fmt.Fprintln(out, "After the reset it is", sum)
		return err
	})
}

// work does something while a worker with the given code runs.
func work(c *client.Client, code func(workflow.Context, workflow.None) (int, error), do func() error) error {
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(Invoice.Implement(code))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(do(), w.Stop())
}

// send has an invoice made.
func send(ctx context.Context, c *client.Client, id string) (sum int, err error) {
	run, err := client.Start(ctx, c, Invoice, workflow.None{}, client.StartOptions{ID: id, TaskQueue: taskQueue})
	if err != nil {
		return 0, err
	}
	if _, err := firstTask(ctx, c, id); err != nil { // so that the signals are behind it
		return 0, err
	}
	for _, cents := range []int{120, 250, 30} {
		if err := client.Signal(ctx, c, id, "", Item, cents); err != nil {
			return 0, err
		}
	}
	if err := client.Signal(ctx, c, id, "", All, workflow.None{}); err != nil {
		return 0, err
	}
	return run.Result(ctx)
}

// again resets the workflow to its first workflow task, and waits for the run that follows.
func again(ctx context.Context, c *client.Client, id string) (sum int, err error) {
	event, err := firstTask(ctx, c, id)
	if err != nil {
		return 0, err
	}
	runID, err := c.Reset(ctx, id, "", client.ResetOptions{EventID: event, Reason: "the sum was wrong"})
	if err != nil {
		return 0, err
	}
	return client.GetRun[int](c, id, runID).Result(ctx)
}

// firstTask waits for the first completed workflow task, and returns its event's id.
func firstTask(ctx context.Context, c *client.Client, id string) (int64, error) {
	for event, err := range c.History(ctx, id, "", client.HistoryOptions{Follow: true}) {
		if err != nil || event.GetWorkflowTaskCompletedEventAttributes() != nil {
			return event.GetEventId(), err
		}
	}
	return 0, errors.New("the invoice has had no workflow task")
}
