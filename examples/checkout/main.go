// Command checkout is an example: a shop's orders as workflows.
//
//	checkout worker             runs the workflow and its activities, until interrupted
//	checkout run orders.json    starts a workflow for each order, shows events as they happen and the results
//
// Both connect to NATS at $NATS_URL, by default nats://127.0.0.1:4222.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"

	"github.com/perdure/perdure/examples/checkout/order"
	"github.com/perdure/perdure/examples/checkout/shop"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "checkout:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	c, err := client.Connect(client.Options{
		URL:    os.Getenv("NATS_URL"),
		Logger: zerolog.New(os.Stderr).Level(zerolog.WarnLevel).With().Timestamp().Logger(),
	})
	if err != nil {
		return err
	}
	defer c.Close()
	switch {
	case len(args) == 1 && args[0] == "worker":
		return work(ctx, c)
	case len(args) == 2 && args[0] == "run":
		return runFile(ctx, c, args[1], os.Stdout)
	}
	return errors.New("use: checkout worker, or: checkout run orders.json")
}

// work serves the queue until ctx ends.
func work(ctx context.Context, c *client.Client) error {
	w, err := worker.New(c, order.TaskQueue, worker.Options{})
	if err != nil {
		return err
	}
	shop.New(map[string]int{"tea": 10, "cup": 10, "piano": 2}).Register(w)
	fmt.Println("The worker takes tasks of queue", order.TaskQueue, "until interrupted")
	return w.Run(ctx)
}
