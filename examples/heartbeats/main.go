// Command heartbeats is an example of a long activity: its attempts, its heartbeats, and where the next attempt goes on.
//
// One attempt fails, one stands still until its heartbeat is missed, and the third goes on where they came to. What can never work is not
// tried again.
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
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "heartbeats:", err)
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
	w.Register(Import.Implement(importing), Load.Implement(load))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story imports a file that takes three attempts, and one that is refused.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	for _, rows := range [][]string{{"a", "b", "c", "d", "e"}, nil} {
		run, err := client.Start(ctx, c, Import, rows, client.StartOptions{ID: "import-" + uuid.NewString(), TaskQueue: taskQueue})
		if err != nil {
			return err
		}
		loaded, err := run.Result(ctx)
		var activityFailed *failure.ActivityError
		var refused *failure.ApplicationError
		switch {
		case err == nil:
			fmt.Fprintf(out, "%d rows, each by attempt: %v\n", len(rows), loaded)
		case errors.As(err, &activityFailed) && errors.As(err, &refused):
			fmt.Fprintf(out, "%d rows: %s failed with %s: %s\n", len(rows), activityFailed.Info().ActivityType, refused.Type(), refused.Message())
		default:
			return err
		}
	}
	return nil
}
