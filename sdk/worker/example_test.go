package worker_test

import (
	"context"
	"log"
	"os/signal"
	"syscall"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

var (
	greet   = workflow.Declare[string, string]("Greet")
	compose = activity.Declare[string, string]("Compose")
)

// A worker's main function: it runs until it is interrupted, and lets what runs finish.
func Example() {
	c, err := client.Connect(client.Options{URL: "nats://127.0.0.1:4222"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	w, err := worker.New(c, "greetings", worker.Options{StopTimeout: 30 * time.Second})
	if err != nil {
		log.Fatal(err)
	}
	w.Register(
		greet.Implement(func(ctx workflow.Context, name string) (string, error) {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
			return workflow.ExecuteActivity(ctx, compose, name).Get(ctx)
		}),
		compose.Implement(func(_ context.Context, name string) (string, error) { return "hello " + name, nil }),
	)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := w.Run(ctx); err != nil {
		log.Print(err)
	}
}
