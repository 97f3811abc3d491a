// Command saga is an example of a saga: steps that are taken back, the last first, when a later one fails.
//
// A trip needs a flight, a hotel and a car. What was booked is cancelled when something else cannot be had, also when the trip itself is
// cancelled meanwhile; no step of that is forgotten, whoever crashes.
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
		fmt.Fprintln(os.Stderr, "saga:", err)
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
	b := &bookings{}
	w.Register(Trip.Implement(trip), Book.Implement(b.book), Cancel.Implement(b.cancel))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, b, out), w.Stop())
}

// story books a trip that works out and one that does not.
func story(ctx context.Context, c *client.Client, b *bookings, out io.Writer) error {
	for _, to := range []string{"Lisbon", "Atlantis"} {
		run, err := client.Start(ctx, c, Trip, to, client.StartOptions{ID: "trip-" + uuid.NewString(), TaskQueue: taskQueue})
		if err != nil {
			return err
		}
		booked, err := run.Result(ctx)
		var refused *failure.ApplicationError
		switch {
		case err == nil:
			fmt.Fprintf(out, "%s: booked %s\n", to, booked)
		case errors.As(err, &refused):
			fmt.Fprintf(out, "%s: %s (%s)\n", to, refused.Message(), refused.Type())
		default:
			return err
		}
		for _, line := range b.told() {
			fmt.Fprintln(out, " ", line)
		}
	}
	return nil
}
