package sdk_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing"
	"time"

	"github.com/perdure/perdure/internal/natstest"
	"github.com/perdure/perdure/runtime"
	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/worker"
	"github.com/perdure/perdure/sdk/workflow"
)

func TestMain(m *testing.M) { natstest.VerifyTestMain(m) }

// What worker and client share: names with types.
var (
	Greet   = workflow.Declare[string, string]("Greet")
	Compose = activity.Declare[string, string]("Compose")
)

func greet(ctx workflow.Context, name string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, Compose, name).Get(ctx)
}

func compose(_ context.Context, name string) (string, error) { return "hello " + name, nil }

// All of it: a server, a worker, a client.
func Example() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "perdure")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	server, err := runtime.Start(ctx, runtime.Config{DataDir: folder, Listen: "127.0.0.1:0"}) // or: perdure server
	if err != nil {
		log.Fatal(err)
	}
	defer server.Stop(ctx)

	c, err := client.Connect(client.Options{URL: server.URL()})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	w, err := worker.New(c, "greetings", worker.Options{})
	if err != nil {
		log.Fatal(err)
	}
	w.Register(Greet.Implement(greet), Compose.Implement(compose))
	if err := w.Start(); err != nil {
		log.Fatal(err)
	}
	defer w.Stop()

	run, err := client.Start(ctx, c, Greet, "Ada", client.StartOptions{ID: "greet-ada", TaskQueue: "greetings"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Result(ctx))
	// Output: hello Ada <nil>
}
