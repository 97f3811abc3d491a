// Command children is an example of child workflows: a survey asks ten suppliers, each in a child workflow of its own, and takes the
// cheapest offer. One child fails; one never answers, and is terminated when the survey is over; and one, which its
// parent has abandoned, goes on.
//
// It starts a worker and the survey, and prints what came of each. It connects to NATS at $NATS_URL, by default nats://127.0.0.1:4222.
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
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "children:", err)
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
	w.Register(Survey.Implement(survey), Ask.Implement(ask), Remind.Implement(remind))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(show(ctx, c, out), w.Stop())
}

// show runs one survey and prints what came of it, of the child that was terminated, and of the one that went on.
func show(ctx context.Context, c *client.Client, out io.Writer) error {
	id := "survey-" + uuid.NewString()
	started, err := client.Start(ctx, c, Survey, Question{ID: id, Item: "a lamp"}, client.StartOptions{ID: id, TaskQueue: taskQueue})
	if err != nil {
		return err
	}
	best, err := started.Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The best offer is %d, by supplier %d.\nNo offer: %v.\n", best.Price, best.Supplier, best.Refusals)

	_, err = client.GetRun[int](c, fmt.Sprintf("%s-%d", id, slow), "").Result(ctx)
	if !errors.As(err, new(*failure.TerminatedError)) {
		return fmt.Errorf("the child that never answers was not terminated: %w", err)
	}
	fmt.Fprintf(out, "Supplier %d was not waited for: %v.\n", slow, errors.Unwrap(err))

	if err := client.Signal(ctx, c, id+"-reminder", "", seen, "the buyer"); err != nil {
		return err
	}
	reminder, err := client.GetRun[string](c, id+"-reminder", "").Result(ctx)
	fmt.Fprintf(out, "The reminder went on, and was %s.\n", reminder)
	return err
}
