// Command affinity is an example of activities that have to run on the same machine, one after the other: the first leaves a file there.
//
// Each machine has two workers: one for the queue of all, one for a queue of its own. An activity of the first answers with the name of the second, and
// what belongs together goes there. If the machine is lost the workflow begins anew on another.
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
		fmt.Fprintln(os.Stderr, "affinity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, out io.Writer) (err error) {
	c, err := client.Connect(client.Options{URL: url})
	if err != nil {
		return err
	}
	defer c.Close()
	for range 3 {
		m := machine{queue: taskQueue + "-" + uuid.NewString()}
		if m.disk, err = os.MkdirTemp("", "films"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(m.disk)) }()
		stop, startErr := m.start(c)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	return story(ctx, c, out)
}

// start starts the two workers of a machine.
func (m machine) start(c *client.Client) (stop func() error, err error) {
	shared, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return nil, err
	}
	own, err := worker.New(c, m.queue, worker.Options{})
	if err != nil {
		return nil, err
	}
	shared.Register(Film.Implement(film), Claim.Implement(m.claim))
	own.Register(Fetch.Implement(m.fetch), Cut.Implement(m.cut))
	stop = func() error { return errors.Join(shared.Stop(), own.Stop()) }
	if err := errors.Join(shared.Start(), own.Start()); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// story has several films worked on at a time.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	var runs []client.Run[string]
	for _, title := range []string{"Metropolis", "Nosferatu", "Faust"} {
		run, err := client.Start(ctx, c, Film, title, client.StartOptions{ID: "film-" + uuid.NewString(), TaskQueue: taskQueue})
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		cut, err := run.Result(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, cut)
	}
	return nil
}
