// Command updates is an example of updates: an account, whose workflow answers deposits and withdrawals, and refuses what it has not got
// without a trace in its history.
//
//	updates           starts a worker and opens an account with its first deposit, uses it, and prints what it was answered
//	updates worker    runs a worker alone, until interrupted, for accounts that are opened from elsewhere
//
// Both connect to NATS at $NATS_URL, by default nats://127.0.0.1:4222.
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
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	do := show
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		do = serve
	}
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout, do)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "updates:", err)
		os.Exit(1)
	}
}

// run does something while a worker runs.
func run(ctx context.Context, url string, out io.Writer, do func(context.Context, *client.Client, io.Writer) error) error {
	c, err := client.Connect(client.Options{URL: url})
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	w.Register(Account.Implement(account))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(do(ctx, c, out), w.Stop())
}

// serve leaves the worker to others.
func serve(ctx context.Context, _ *client.Client, out io.Writer) error {
	fmt.Fprintf(out, "The worker takes tasks of queue %s until interrupted\n", taskQueue)
	<-ctx.Done()
	return nil
}

// show opens an account, uses it and closes it.
func show(ctx context.Context, c *client.Client, out io.Writer) error {
	id := "account-" + uuid.NewString()
	// The first deposit opens the account; others of that id would find it open.
	first, opened, err := client.UpdateWithStart(ctx, c, Deposit, Amount{10_00}, client.UpdateOptions{}, Account, Amount{},
		client.StartOptions{ID: id, TaskQueue: taskQueue, IDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING})
	if err != nil {
		return err
	}
	balance, err := first.Get(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Opened with %d cents.\n", balance.Cents)

	// A transfer has a number: asked for twice under the same one it is carried out once.
	for range 2 {
		if balance, err = change(ctx, c, id, Deposit, Amount{5_00}, "transfer-7"); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "With the transfer %d cents.\n", balance.Cents)

	_, err = change(ctx, c, id, Withdraw, Amount{20_00}, "")
	var refused *failure.ApplicationError
	if !errors.As(err, &refused) {
		return fmt.Errorf("the account paid out what it has not got: %w", err)
	}
	fmt.Fprintf(out, "Refused: %s: %s.\n", refused.Type(), refused.Message())
	if balance, err = change(ctx, c, id, Withdraw, Amount{3_00}, ""); err != nil {
		return err
	}
	fmt.Fprintf(out, "Paid out 300 cents, and %d are left.\n", balance.Cents)

	if _, err = change(ctx, c, id, Close, workflow.None{}, ""); err != nil {
		return err
	}
	left, err := opened.Result(ctx)
	fmt.Fprintf(out, "Closed with %d cents.\n", left.Cents)
	return err
}

// change updates an account and waits for the answer.
func change[In any](ctx context.Context, c *client.Client, id string, u workflow.Update[In, Amount], in In, updateID string) (Amount, error) {
	handle, err := client.Update(ctx, c, id, "", u, in, client.UpdateOptions{ID: updateID})
	if err != nil {
		return Amount{}, err
	}
	return handle.Get(ctx)
}
