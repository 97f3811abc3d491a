// Command approval is an example of an activity that somebody else completes, hours after its function has returned.
//
// The activity hands its task token to the world, here a mailbox, and returns activity.ErrResultPending. Whoever holds the token, or knows the
// ids, completes it: with a result or with an error. Its time-outs hold until then.
//
//	approval           starts a worker and has three expenses decided
//	approval worker    runs a worker alone, until interrupted, for expenses that are started and decided from elsewhere
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

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	do := story
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		do = serve
	}
	err := run(ctx, os.Getenv("NATS_URL"), os.Stdout, do)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "approval:", err)
		os.Exit(1)
	}
}

// run does something while a worker runs.
func run(ctx context.Context, url string, out io.Writer, do func(context.Context, *client.Client, mailbox, io.Writer) error) error {
	c, err := client.Connect(client.Options{URL: url})
	if err != nil {
		return err
	}
	defer c.Close()
	w, err := worker.New(c, taskQueue, worker.Options{})
	if err != nil {
		return err
	}
	mail := make(mailbox, 1)
	w.Register(Expense.Implement(expense), Approve.Implement(mail.approve))
	if err := w.Start(); err != nil {
		return err
	}
	return errors.Join(do(ctx, c, mail, out), w.Stop())
}

// serve reads the mail, and leaves it to others to decide.
func serve(ctx context.Context, _ *client.Client, mail mailbox, out io.Writer) error {
	fmt.Fprintf(out, "The worker takes tasks of queue %s until interrupted\n", taskQueue)
	for {
		select {
		case m := <-mail:
			fmt.Fprintf(out, "%s waits for somebody to approve %d\n", m.WorkflowID, m.Amount)
		case <-ctx.Done():
			return nil
		}
	}
}

// story has three expenses decided: by token, by the activity's id, and by a refusal.
func story(ctx context.Context, c *client.Client, mail mailbox, out io.Writer) error {
	decide := func(amount int, how func(m message) error) error {
		run, err := client.Start(ctx, c, Expense, amount, client.StartOptions{ID: "expense-" + uuid.NewString(), TaskQueue: taskQueue})
		if err != nil {
			return err
		}
		select {
		case m := <-mail:
			if err := how(m); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
		outcome, err := run.Result(ctx)
		fmt.Fprintln(out, outcome)
		return err
	}
	return errors.Join(
		decide(120, func(m message) error { return c.CompleteActivity(ctx, m.Token, "Ann", nil) }),
		decide(250, func(m message) error {
			return c.CompleteActivityByID(ctx, client.ActivityID{WorkflowID: m.WorkflowID, ActivityID: "approve"}, "Bob", nil)
		}),
		decide(999_999, func(m message) error {
			return c.CompleteActivity(ctx, m.Token, nil, failure.NewNonRetryableApplicationError("we are not made of money", "Refused", nil))
		}),
	)
}
