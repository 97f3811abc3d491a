package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
)

// Order, Receipt and the declarations are shared with the workers.
type (
	Order   struct{ ID string }
	Receipt struct{ Payment string }
)

var (
	Checkout = workflow.Declare[Order, Receipt]("Checkout")
	Approve  = workflow.DeclareSignal[bool]("approve")
	Status   = workflow.DeclareQuery[workflow.None, string]("status")
)

var (
	ctx = context.Background()
	c   *client.Client
)

func ExampleConnect() {
	c, err := client.Connect(client.Options{URL: "nats://127.0.0.1:4222", Namespace: "default"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
}

// Start a workflow and wait for its result; one that runs already is the same order, sent twice.
func ExampleStart() {
	run, err := client.Start(ctx, c, Checkout, Order{ID: "order-1"}, client.StartOptions{
		ID: "order-1", TaskQueue: "checkout", IDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	})
	if err != nil {
		log.Fatal(err)
	}
	receipt, err := run.Result(ctx)
	var refused *failure.ApplicationError
	switch {
	case err == nil:
		fmt.Println("paid:", receipt.Payment)
	case errors.As(err, &refused):
		fmt.Println("refused:", refused.Type(), refused.Message())
	default:
		log.Fatal(err)
	}
}

// Wait for a workflow that somebody else has started.
func ExampleGetRun() {
	receipt, err := client.GetRun[Receipt](c, "order-1", "").Result(ctx)
	fmt.Println(receipt, err)
}

// A workflow of another language: its arguments and its result are what they are there.
func ExampleStart_foreign() {
	legacy := workflow.Declare[converter.Args, converter.Raw]("Legacy")
	_, err := client.Start(ctx, c, legacy, converter.Args{"order-1", 42}, client.StartOptions{TaskQueue: "java"})
	fmt.Println(err)
}

func ExampleSignal() {
	err := client.Signal(ctx, c, "order-1", "", Approve, true)
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		fmt.Println("too late: the order is closed")
	}
}

// One request for "tell it, and start it if it does not run".
func ExampleSignalWithStart() {
	_, err := client.SignalWithStart(ctx, c, Approve, true, Checkout, Order{ID: "order-1"},
		client.StartOptions{ID: "order-1", TaskQueue: "checkout"})
	fmt.Println(err)
}

func ExampleQuery() {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // for when no worker is there
	defer cancel()
	status, err := client.Query(ctx, c, "order-1", "", Status, workflow.None{})
	fmt.Println(status, err)
}

// Watch a workflow as it goes on.
func ExampleClient_History() {
	for event, err := range c.History(ctx, "order-1", "", client.HistoryOptions{Follow: true}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.GetEventId(), event.GetEventType())
	}
}

// Complete an activity that returned activity.ErrResultPending, with the token that it handed on.
func ExampleClient_CompleteActivity() {
	var token []byte // activity.GetInfo(ctx).TaskToken
	if err := c.CompleteActivity(ctx, token, "approved by Ada", nil); err != nil {
		log.Print(err)
	}
}

// List the workflows that failed within the last hour.
func ExampleClient_ListWorkflows() {
	for workflow, err := range c.ListWorkflows(ctx, "ExecutionStatus = 'Failed' AND StartTime > '-1h'") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(workflow.Execution.WorkflowId, workflow.Type.Name)
	}
}
