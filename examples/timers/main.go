// Command timers is an example of timers and cancellation: a ride that is asked of several drivers, waited for, and perhaps called off.
//
// The first driver that says yes gets the ride, and the others are cancelled; a passenger is waited for with a limit; and a ride that is
// cancelled from outside sends its driver home before it ends.
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
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "timers:", err)
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
	w.Register(Ride.Implement(ride), Ask.Implement(ask), SendHome.Implement(sendHome))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story orders three rides that end in three ways.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	order := func(about string, wait time.Duration, then func(id string) error) error {
		options := client.StartOptions{ID: "ride-" + uuid.NewString(), TaskQueue: taskQueue}
		run, err := client.Start(ctx, c, Ride, Request{Drivers: []string{"Ann", "Bob", "Carol"}, WaitSeconds: wait.Seconds()}, options)
		if err != nil {
			return err
		}
		if err := then(run.ID()); err != nil {
			return err
		}
		report, err := run.Result(ctx)
		fmt.Fprintf(out, "%s: %q, cancelled: %t\n", about, report, failure.IsCanceled(err))
		return nil
	}
	return errors.Join(
		order("The passenger comes", time.Hour, func(id string) error {
			return client.Signal(ctx, c, id, "", Boarded, workflow.None{})
		}),
		order("The passenger does not come", 100*time.Millisecond, func(string) error { return nil }),
		order("The ride is called off", time.Hour, func(id string) error { return callOff(ctx, c, id) }),
	)
}

// callOff cancels a ride when its driver waits: the timer tells.
func callOff(ctx context.Context, c *client.Client, id string) error {
	for event, err := range c.History(ctx, id, "", client.HistoryOptions{Follow: true}) {
		if err != nil {
			return err
		}
		if event.GetTimerStartedEventAttributes() != nil {
			return c.Cancel(ctx, id, "")
		}
	}
	return errors.New("the ride ended before it could be called off")
}
