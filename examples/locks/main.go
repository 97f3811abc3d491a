// Command locks is an example of workflows that signal each other: one is a lock, others take it and give it back.
//
// A workflow that wants the lock signals the lock's workflow and waits for a signal back. A lock that is not there is an error that can be told
// from others.
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
	"github.com/perdure/perdure/sdk/workflow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "locks:", err)
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
	p := &printer{}
	w.Register(Lock.Implement(lock), Print.Implement(printDocument), Feed.Implement(p.feed))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, p, out), w.Stop())
}

// story prints three documents at a time on one printer, and one on a printer that is not there.
func story(ctx context.Context, c *client.Client, p *printer, out io.Writer) error {
	lockID := "printer-" + uuid.NewString()
	lockRun, err := client.Start(ctx, c, Lock, workflow.None{}, client.StartOptions{ID: lockID, TaskQueue: taskQueue})
	if err != nil {
		return err
	}
	documents := []string{"poem", "letter", "bill"}
	var runs []client.Run[string]
	for _, name := range documents {
		run, err := client.Start(ctx, c, Print, Job{Lock: lockID, Document: name}, client.StartOptions{ID: name + "-" + uuid.NewString(), TaskQueue: taskQueue})
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		printed, err := run.Result(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, printed)
	}
	fmt.Fprintf(out, "At most %d at a time\n", p.most.Load())

	run, err := client.Start(ctx, c, Print, Job{Lock: "no-such-lock", Document: "map"}, client.StartOptions{ID: "map-" + uuid.NewString(), TaskQueue: taskQueue})
	if err != nil {
		return err
	}
	printed, err := run.Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, printed)

	if err := c.Cancel(ctx, lockID, ""); err != nil {
		return err
	}
	_, err = lockRun.Result(ctx)
	fmt.Fprintln(out, "The lock is gone:", failure.IsCanceled(err))
	return nil
}
