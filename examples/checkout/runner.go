package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/perdure/perdure/examples/checkout/order"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// entry is one order of the file.
type entry struct {
	About string      `json:"about"`
	Order order.Order `json:"order"`
	// Approval is what somebody says when the order asks for it; absent: nobody says anything.
	Approval *order.Approval `json:"approval"`
	// Expect is how the order ends: shipped, or the type of its failure.
	Expect string `json:"expect"`
}

// runFile runs all orders of a file at once. The error says which did not end as the file expects.
func runFile(ctx context.Context, c *client.Client, path string, out io.Writer) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var entries []entry
	if err := json.Unmarshal(body, &entries); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	r := &runner{c: c, out: &lines{w: out}}
	ends := make([]string, len(entries))
	errs := make([]error, len(entries))
	var all sync.WaitGroup
	for i, e := range entries {
		all.Go(func() { ends[i], errs[i] = r.runOrder(ctx, e) })
	}
	all.Wait()

	fmt.Fprintln(out, "\nResults")
	for i, e := range entries {
		fmt.Fprintf(out, "  %-8s  %-51s  %s\n", e.Order.ID, e.About, ends[i])
	}
	return errors.Join(errs...)
}

type runner struct {
	c   *client.Client
	out *lines
}

// runOrder starts an order's workflow, follows it and approves it if it is to be approved.
func (r *runner) runOrder(ctx context.Context, e entry) (end string, err error) {
	o := e.Order
	run, err := client.Start(ctx, r.c, order.Checkout, o, client.StartOptions{ID: o.ID, TaskQueue: order.TaskQueue})
	if err != nil {
		return "not started", fmt.Errorf("starting %s: %w", o.ID, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var aside sync.WaitGroup
	defer aside.Wait()
	defer cancel()
	if e.Approval != nil {
		aside.Go(func() { r.approve(ctx, o.ID, *e.Approval) })
	}
	if err := r.follow(ctx, run); err != nil {
		return "lost sight of", fmt.Errorf("following %s: %w", o.ID, err)
	}

	receipt, err := run.Result(ctx)
	var application *failure.ApplicationError
	switch {
	case err == nil:
		end = fmt.Sprintf("shipped: %s, %s", receipt.Payment, receipt.Tracking)
		return end, expect(e, "shipped")
	case errors.As(err, &application):
		end = fmt.Sprintf("%s: %s", application.Type(), application.Message())
		return end, expect(e, application.Type())
	}
	return err.Error(), fmt.Errorf("%s: %w", o.ID, err)
}

func expect(e entry, got string) error {
	if e.Expect != "" && e.Expect != got {
		return fmt.Errorf("%s ended as %s, not as %s", e.Order.ID, got, e.Expect)
	}
	return nil
}

// approve asks for the order's status until it waits for an approval, and sends it.
func (r *runner) approve(ctx context.Context, id string, approval order.Approval) {
	for ctx.Err() == nil {
		status, err := client.Query(ctx, r.c, id, "", order.GetStatus, workflow.None{})
		if err == nil && status.Step == order.AwaitingApproval {
			r.out.printf("%-8s  status: %s; %s approves", id, status.Step, approval.By)
			if err := client.Signal(ctx, r.c, id, "", order.Approve, approval); err != nil {
				r.out.printf("%-8s  approving: %v", id, err)
			}
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// follow prints the events of a run as they happen, until it closes.
func (r *runner) follow(ctx context.Context, run client.Run[order.Receipt]) error {
	var n narrator
	for event, err := range r.c.History(ctx, run.ID(), run.RunID(), client.HistoryOptions{Follow: true}) {
		if err != nil {
			return err
		}
		r.out.printf("%-8s %3d  %s", run.ID(), event.GetEventId(), n.tell(event))
	}
	return nil
}

// lines keeps lines of several goroutines whole.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, format+"\n", args...)
}
