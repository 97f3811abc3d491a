// Command cron is an example of workflows that run by a schedule, and of one that begins later.
//
// A schedule is an option of the start: each run is followed by the next when the schedule comes round, under the same workflow id, and
// reads what the last one that completed has returned.
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
	"time"

	"github.com/google/uuid"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cron:", err)
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
	w.Register(Report.Implement(report))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story watches three runs of a schedule, ends it, and starts a workflow that begins a second later.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	id := "report-" + uuid.NewString()
	run, err := client.Start(ctx, c, Report, "energy", client.StartOptions{ID: id, TaskQueue: taskQueue, CronSchedule: "@every 1s"})
	if err != nil {
		return err
	}
	runID := run.RunID()
	for range 3 {
		// Run.Result would wait for the end of the schedule: GetRun with a run's id, and its history, tell of one run.
		ended, next, err := end(ctx, c, id, runID)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "A run has ended:", ended)
		runID = next
	}
	if err := c.Cancel(ctx, id, ""); err != nil {
		return err
	}
	_, err = run.Result(ctx)
	fmt.Fprintln(out, "The schedule is cancelled:", failure.IsCanceled(err))

	began := time.Now()
	later, err := client.Start(ctx, c, Report, "water", client.StartOptions{
		ID: "later-" + uuid.NewString(), TaskQueue: taskQueue, StartDelay: time.Second,
	})
	if err != nil {
		return err
	}
	report, err := later.Result(ctx)
	fmt.Fprintf(out, "Begun a second later: %s, %t\n", report, time.Since(began) >= time.Second)
	return err
}

// end waits for the end of one run, and tells its result and the run that follows it.
func end(ctx context.Context, c *client.Client, id, runID string) (result, next string, err error) {
	for event, err := range c.History(ctx, id, runID, client.HistoryOptions{Follow: true}) {
		if err != nil {
			return "", "", err
		}
		if completed := event.GetWorkflowExecutionCompletedEventAttributes(); completed != nil {
			err := converter.Decode(converter.Default(), completed.GetResult(), &result)
			return result, completed.GetNewExecutionRunId(), err
		}
	}
	return "", "", errors.New("the run did not complete")
}
