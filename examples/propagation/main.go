// Command propagation is an example of contexts that are carried along, and of interceptors.
//
// A tenant is in the context of who starts an order; a context propagator carries it to the workflow, to its child, and to the activity. An interceptor
// refuses starts without a tenant, and notes what was done for whom.
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
		fmt.Fprintln(os.Stderr, "propagation:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, out io.Writer) error {
	a := &audit{}
	c, err := client.Connect(client.Options{ // its workers have both, too
		URL:                url,
		ContextPropagators: []workflow.ContextPropagator{tenants{}},
		Interceptors:       []client.Interceptor{a},
	})
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(Order.Implement(order), Parcel.Implement(parcel), Send.Implement(send))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, a, out), w.Stop())
}

// story orders for two tenants, and for none.
func story(ctx context.Context, c *client.Client, a *audit, out io.Writer) error {
	for tenant, item := range map[string]string{"acme": "anvil", "bell": "phone"} {
		of := context.WithValue(ctx, tenantKey{}, tenant)
		run, err := client.Start(of, c, Order, item, client.StartOptions{ID: "order-" + uuid.NewString(), TaskQueue: taskQueue})
		if err != nil {
			return err
		}
		sent, err := run.Result(of)
		if err != nil {
			return err
		}
		if want := item + ", sent by " + tenant; sent != want {
			return fmt.Errorf("it came out as %q, and not as %q", sent, want)
		}
	}
	_, err := client.Start(ctx, c, Order, "nothing", client.StartOptions{ID: "order-" + uuid.NewString(), TaskQueue: taskQueue})
	fmt.Fprintln(out, "Without a tenant:", err)
	for _, note := range a.told() {
		fmt.Fprintln(out, "Done:", note)
	}
	return nil
}
