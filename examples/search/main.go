// Command search is an example of workflows that are found by what they are about.
//
// Search attributes are a namespace's; a start sets some of them, the workflow changes them as it goes, and lists and counts take Temporal's filters.
// What was acknowledged before is in the list.
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
	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "search:", err)
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
	w.Register(Order.Implement(order))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(story(ctx, c, out), w.Stop())
}

// story starts four orders, ends one, and looks for them.
func story(ctx context.Context, c *client.Client, out io.Writer) error {
	if err := addAttributes(ctx, c); err != nil {
		return err
	}
	batch := uuid.NewString() // so that the example can be run twice
	for i, customer := range []string{"acme", "acme", "bell", "acme"} {
		_, err := client.Start(ctx, c, Order, workflow.None{}, client.StartOptions{
			ID: fmt.Sprintf("order-%d-%s", i+1, batch), TaskQueue: taskQueue,
			SearchAttributes: map[string]any{"Customer": customer, "Total": 100 * (i + 1), "Stage": "open", "Batch": batch},
		})
		if err != nil {
			return err
		}
	}
	if err := client.Signal(ctx, c, "order-1-"+batch, "", Ship, "a bicycle"); err != nil {
		return err
	}
	if _, err := client.GetRun[workflow.None](c, "order-1-"+batch, "").Result(ctx); err != nil {
		return err
	}

	mine := fmt.Sprintf("Batch = '%s'", batch)
	for found, err := range c.ListWorkflows(ctx, mine+" AND Customer = 'acme' AND Total > 150 ORDER BY Total") {
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "Found:", strings.TrimSuffix(found.GetExecution().GetWorkflowId(), "-"+batch), found.GetStatus())
	}
	for shipped, err := range c.ListWorkflows(ctx, mine+" AND Stage = 'shipped' AND Total IS NULL") {
		if err != nil {
			return err
		}
		var carrier string
		if err := converter.Default().FromPayload(shipped.GetMemo().GetFields()["carrier"], &carrier); err != nil {
			return err
		}
		fmt.Fprintln(out, "Shipped:", strings.TrimSuffix(shipped.GetExecution().GetWorkflowId(), "-"+batch), "by", carrier)
	}
	counted, err := c.CountWorkflows(ctx, mine+" GROUP BY ExecutionStatus")
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "In all:", counted.GetCount(), "in groups:", len(counted.GetGroups()))

	for found, err := range c.ListWorkflows(ctx, mine+" AND ExecutionStatus = 'Running'") {
		if err != nil {
			return err
		}
		if err := c.Terminate(ctx, found.GetExecution().GetWorkflowId(), "", "the example is over"); err != nil {
			return err
		}
	}
	return nil
}

// addAttributes does what "perdure search-attribute add" does, by a request as any language can send it. Those that are there already stay.
func addAttributes(ctx context.Context, c *client.Client) error {
	request := nats.NewMsg("perdure.admin.AddSearchAttributes")
	request.Header.Set("Content-Type", "application/json")
	request.Data = []byte(`{"namespace": "default", "searchAttributes": {"Customer": "Keyword", "Total": "Int", "Stage": "Keyword", "Batch": "Keyword"}}`)
	reply, err := c.Conn().RequestMsgWithContext(ctx, request)
	if err != nil {
		return err
	}
	if refused := reply.Header.Get("Nats-Service-Error"); refused != "" {
		return errors.New(refused)
	}
	return nil
}
