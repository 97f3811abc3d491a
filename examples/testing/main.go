// Command testing is an example of workflows that are tested without a server, and without waiting.
//
// A subscription has a trial, reminders and monthly charges. trial_test.go lets months pass in no time, replaces activities, makes them fail, cancels,
// and replays a history. The command runs the same workflow against a server, with months of a tenth of a second.
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testing:", err)
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
	w.Register(Subscribe.Implement(subscribe), Charge.Implement(charge), Remind.Implement(remind))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story subscribes somebody for three short months.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	run, err := client.Start(ctx, c, Subscribe, Plan{Customer: "Ada", MonthSeconds: 0.1, Months: 3}, client.StartOptions{
		ID: "subscription-" + uuid.NewString(), TaskQueue: taskQueue,
	})
	if err != nil {
		return err
	}
	bill, err := run.Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s was charged %d times\n", bill.Customer, bill.Charges)
	return nil
}
