// Command continueasnew is an example of a workflow that never ends, and whose history stays short all the same: it continues as new.
//
// An electricity meter takes readings as signals. After some of them it goes on in a new run, with its sum as the input; those that have come
// meanwhile are taken first, since a run's unread signals end with it.
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
		fmt.Fprintln(os.Stderr, "continueasnew:", err)
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
	w.Register(Meter.Implement(meter))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story reads a meter 25 times, where 10 readings fill a run: 15 times, and the rest when the first run has ended.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	id := "meter-" + uuid.NewString()
	first, err := client.Start(ctx, c, Meter, State{PerRun: 10}, client.StartOptions{ID: id, TaskQueue: taskQueue})
	if err != nil {
		return err
	}
	for watts := range 25 {
		if watts == 15 {
			for _, err := range c.History(ctx, id, first.RunID(), client.HistoryOptions{Follow: true}) {
				if err != nil {
					return err
				}
			}
		}
		if err := client.Signal(ctx, c, id, "", Reading, watts); err != nil {
			return err
		}
	}
	if err := client.Signal(ctx, c, id, "", Close, workflow.None{}); err != nil {
		return err
	}
	state, err := first.Result(ctx) // of the last run: it is one workflow
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d readings, %d in all, in several runs: %t\n", state.Readings, state.Sum, state.Runs > 1)
	return nil
}
