// Command localactivities is an example of what a workflow records without the cost of an activity: local activities, side effects, and
// mutable side effects.
//
// A quote looks a price up, draws a number and reads the tax. In between the worker is stopped, and another goes on by the history: price and number are
// those of the quote, and the tax is today's.
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
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "localactivities:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, out io.Writer) error {
	c, err := client.Connect(client.Options{URL: url})
	if err != nil {
		return err
	}
	defer c.Close()
	s := &shop{}
	s.tax.Store(10)
	id := "quote-" + uuid.NewString()
	quoted, err := work(c, s, func() (string, error) {
		if _, err := client.Start(ctx, c, Quote, "lamp", client.StartOptions{ID: id, TaskQueue: taskQueue}); err != nil {
			return "", err
		}
		return client.Query(ctx, c, id, "", Quoted, workflow.None{})
	})
	if err != nil {
		return err
	}
	s.tax.Store(20)
	billed, err := work(c, s, func() (string, error) {
		if err := client.Signal(ctx, c, id, "", Accept, workflow.None{}); err != nil {
			return "", err
		}
		return client.GetRun[string](c, id, "").Result(ctx)
	})
	if err != nil {
		return err
	}
	_, first, _ := strings.Cut(quoted, ": ")
	_, last, _ := strings.Cut(billed, ": ")
	fmt.Fprintf(out, "Quoted: %s\nBilled: %s\n", first, last)
	fmt.Fprintln(out, "The number is the quote's:", strings.Contains(billed, quoted[:len("quote 000")]))
	return count(ctx, c, id, out)
}

// work does something while a worker runs.
func work(c *client.Client, s *shop, do func() (string, error)) (string, error) {
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return "", err
	}
	w.Register(Quote.Implement(s.quote), Price.Implement(price))
	if err := w.Start(); err != nil {
		return "", err
	}
	told, err := do()
	return told, errors.Join(err, w.Stop())
}

// count tells how little there is in the history.
func count(ctx context.Context, c *client.Client, id string, out io.Writer) error {
	markers, activities := 0, 0
	for event, err := range c.History(ctx, id, "", client.HistoryOptions{}) {
		if err != nil {
			return err
		}
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_MARKER_RECORDED:
			markers++
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			activities++
		}
	}
	fmt.Fprintf(out, "In the history: %d markers, %d activities\n", markers, activities)
	return nil
}
