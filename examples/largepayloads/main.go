// Command largepayloads is an example of inputs and results that are larger than a message of NATS may be.
//
// What is above 128 KiB is kept in a JetStream object store of the namespace, and travels as a reference. Neither the workflow nor its
// client sees a difference; the history is small.
// It connects to NATS at $NATS_URL, by default nats://127.0.0.1:4222.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
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
		fmt.Fprintln(os.Stderr, "largepayloads:", err)
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
	w.Register(Translate.Implement(translate), Upper.Implement(upper))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story translates a text of 4 MiB, where a message of NATS has at most 1 MiB, and asks how large the history is.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	text := strings.Repeat("to be or not to be, ", 4<<20/20)
	run, err := client.Start(ctx, c, Translate, text, client.StartOptions{ID: "translate-" + uuid.NewString(), TaskQueue: taskQueue})
	if err != nil {
		return err
	}
	translated, err := run.Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d bytes in, %d bytes out, beginning with %q\n", len(text), len(translated), translated[:18])

	described, err := c.Describe(ctx, run.ID(), run.RunID())
	if err != nil {
		return err
	}
	size := described.GetWorkflowExecutionInfo().GetHistorySizeBytes()
	fmt.Fprintln(out, "The whole history has less than 10 KiB:", size < 10<<10)
	return nil
}
